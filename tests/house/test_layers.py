"""Imports and foreign keys point down: never up, never sideways."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey, ManyToManyField, Model

from tests.house.tree import ROOT, SOURCE, layers, level

pytestmark = pytest.mark.once

OWN = [config.label for config in apps.get_app_configs() if config.name.startswith("terreau.")]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    command += ["--config", str(ROOT / "pyproject.toml")]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def test_imports_point_down() -> None:
    done = lint_imports(ROOT / "src")
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_import_that_goes_up_is_caught(tmp_path: Path) -> None:
    rooms = {name for line in layers() for name in line if (SOURCE / name).is_dir()}
    for name in ("", *rooms):
        (tmp_path / "terreau" / name).mkdir()
        (tmp_path / "terreau" / name / "__init__.py").write_text("")
    (tmp_path / "terreau/common/upward.py").write_text("import terreau.poles\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert "terreau.common.upward -> terreau.poles" in done.stdout


def foreign_keys() -> list[tuple[type[Model], str, type[Model]]]:
    """Every relation that Terreau's own models declare: model, field, target."""
    found = []
    for model in apps.get_models():
        if model._meta.app_label in OWN:
            fields = [*model._meta.local_fields, *model._meta.local_many_to_many]
            for field in fields:
                if isinstance(field, ForeignKey | ManyToManyField):
                    found.append((model, field.name, field.related_model))
    return found


def refusal(room: str, target: str) -> str:
    """Why a relation from one room to the other is refused; empty when it is right."""
    if room == target or target not in OWN:
        return ""
    if level(target) == level(room):
        return f"{room} and {target} stand on one line and ignore one another"
    return f"{target} stands above {room}" if level(target) < level(room) else ""


@pytest.mark.parametrize(
    ("room", "target", "refused"),
    [
        ("poles", "actors", False),
        ("actors", "poles", True),
        ("notices", "journal", True),
        ("subjects", "subjects", False),
        ("subjects", "auth", False),
    ],
)
def test_the_rule_of_foreign_keys(room: str, target: str, refused: bool) -> None:
    assert bool(refusal(room, target)) is refused


def test_foreign_keys_point_down() -> None:
    keys = foreign_keys()
    assert len(keys) > 30, "the models are not walked any more"
    wrong = [
        f"{model._meta.label}.{name}: {why}"
        for model, name, target in keys
        if (why := refusal(model._meta.app_label, target._meta.app_label))
    ]
    assert not wrong, "\n".join(wrong)


def test_people_are_named_through_the_setting() -> None:
    """A foreign key to a person is written ``settings.AUTH_USER_MODEL``, never the class of accounts."""
    wrong = []
    for model, name, target in foreign_keys():
        if target._meta.label == settings.AUTH_USER_MODEL:
            field = model._meta.get_field(name)
            if getattr(field, "swappable_setting", None) != "AUTH_USER_MODEL":
                wrong.append(f"{model._meta.label}.{name}")
    assert not wrong, wrong


def test_no_generic_foreign_key() -> None:
    fields = [
        f for model in apps.get_models() if model._meta.app_label in OWN for f in model._meta.private_fields
    ]
    assert not [f for f in fields if type(f).__name__ == "GenericForeignKey"]


def test_every_room_has_its_place_in_the_layers() -> None:
    known = {room for line in layers() for room in line}
    rooms = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
    assert rooms <= known, rooms - known
