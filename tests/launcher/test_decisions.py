"""What the launcher decides, without running it: its stamps, its words, what the machine lacks."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.house.tree import ROOT


@pytest.mark.parametrize(
    ("words", "own", "name", "rest"),
    [
        ([], [], "serve", []),
        (["--port", "80"], ["--port", "80"], "serve", []),
        (["serve", "--port", "80"], [], "serve", ["--port", "80"]),
        (["--data-dir", "d", "poles_list", "--json"], ["--data-dir", "d"], "poles_list", ["--json"]),
        (["test", "-k", "x"], [], "test", ["-k", "x"]),
        (["--no-demo", "serve"], ["--no-demo"], "serve", []),
        (["--version"], [], "--version", []),
    ],
)
def test_words_are_split(
    launcher: ModuleType, words: list[str], own: list[str], name: str, rest: list[str]
) -> None:
    assert launcher.split(words) == (own, name, rest)


def test_a_stamp_that_cannot_be_read_is_forgotten(launcher: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "etat.json"
    path.write_text("{half")
    stamps = launcher.Stamps(path)
    assert not stamps.done("migrations", "a")
    stamps.put(migrations="a")
    assert launcher.Stamps(path).done("migrations", "a")
    assert not launcher.Stamps(path).done("migrations", "b")


def test_a_digest_sees_a_name_and_a_byte(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launcher, "ROOT", tmp_path)
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "a").write_text("x")
    first = launcher.digest(tmp_path / "content")
    (tmp_path / "content" / "a").rename(tmp_path / "content" / "b")
    second = launcher.digest(tmp_path / "content")
    (tmp_path / "content" / "b").write_text("y")
    assert len({first, second, launcher.digest(tmp_path / "content")}) == 3


@pytest.mark.parametrize("changed", ["run", "postgres", None])
def test_an_environment_is_made_again_only_for_what_changed(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: str | None
) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").touch()
    for group in ("run", "postgres"):
        (tmp_path / "requirements" / f"{group}.txt").write_text(group)
    monkeypatch.setattr(launcher, "ROOT", tmp_path)
    monkeypatch.setattr(launcher, "REQUIREMENTS", tmp_path / "requirements")
    monkeypatch.setattr(launcher, "VENV", tmp_path / "venv")
    monkeypatch.setattr(launcher, "PYTHON", tmp_path / "venv" / "bin" / "python")
    installed: list[tuple[str, ...]] = []
    monkeypatch.setattr(launcher, "_install", installed.append)
    launcher.ensure_environment("run", "postgres")
    if changed:
        (tmp_path / "requirements" / f"{changed}.txt").write_text("other")
    launcher.ensure_environment("run")
    launcher.ensure_environment("run", "postgres")
    expected = {"run": [("run",)], "postgres": [("run", "postgres")], None: []}[changed]
    assert installed == [("run", "postgres"), *expected]


def test_a_missing_venv_module_gives_the_one_line(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launcher, "VENV", tmp_path / "none")
    monkeypatch.setattr(launcher, "PYTHON", tmp_path / "none" / "bin" / "python")
    monkeypatch.setattr(launcher.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(launcher.shutil, "which", lambda name: None)
    with pytest.raises(launcher.LaunchError, match="apt-get install -y python3-venv"):
        launcher._make_environment()


def test_an_old_python_is_told_what_to_do() -> None:
    """The check runs before anything that an old Python does not have."""
    source = (ROOT / "terreau").read_text(encoding="utf-8")
    head = source[: source.index("import argparse")].replace("sys.version_info < (3, 11)", "True")
    head = head.replace('("python3.13", "python3.12", "python3.11")', "()")
    done = subprocess.run([sys.executable, "-c", head], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Python 3.11" in done.stderr
    assert "apt-get install" in done.stderr


def test_an_old_python_can_read_the_file() -> None:
    import ast

    ast.parse((ROOT / "terreau").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_what_the_machine_lacks_is_named(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launcher.shutil, "which", lambda name: None)
    monkeypatch.setattr(launcher, "postgres_programs", lambda: None)
    monkeypatch.setattr(launcher, "VENV", tmp_path / "environment")
    monkeypatch.setenv("TERREAU_SHARED", str(tmp_path))
    monkeypatch.delenv("TERREAU_DATABASE_URL", raising=False)
    assert set(launcher.lacking()) == {"Chromium", "PostgreSQL", "Java", "Spark", "échantillons"}
    (tmp_path / "environment/lib/python3.11/site-packages/pyspark").mkdir(parents=True)
    assert "Spark" not in launcher.lacking()
    monkeypatch.setenv("TERREAU_DATABASE_URL", "postgresql://host/base")
    assert "PostgreSQL" not in launcher.lacking()


@pytest.mark.parametrize(
    ("ci", "missing", "skipped", "code", "status"),
    [
        ("", {}, [], 0, 0),
        ("", {"Java": "…"}, ["x"], 0, 0),
        ("true", {"Java": "…"}, [], 0, 1),
        ("true", {}, ["x"], 0, 1),
        ("true", {}, [], 0, 0),
        ("", {}, [], 1, 1),
    ],
)
def test_under_ci_what_lacks_fails(
    launcher: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    ci: str,
    missing: Any,
    skipped: Any,
    code: int,
    status: int,
) -> None:
    outcome = launcher.Outcome("SQLite", code, Path(os.devnull))
    outcome.skipped = skipped
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(launcher, "ensure_environment", lambda *groups: None)
    monkeypatch.setattr(launcher, "run_all", lambda words: iter([outcome]))
    monkeypatch.setattr(launcher, "lacking", lambda: missing)
    assert launcher.test([]) == status


@pytest.mark.parametrize(
    ("ci", "words", "spark", "left"),
    [
        ("", [], False, []),
        ("", ["--spark"], True, []),
        ("", ["tests/analytics", "--spark", "-q"], True, ["tests/analytics", "-q"]),
        ("true", [], True, []),
    ],
)
def test_spark_is_installed_where_asked_or_where_everything_is_played(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, ci: str, words: Any, spark: bool, left: Any
) -> None:
    groups: list[str] = []
    played: list[Any] = []
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(launcher, "ensure_environment", lambda *names: groups.extend(names))
    monkeypatch.setattr(launcher, "run_all", lambda given: iter(played.append(given) or []))
    monkeypatch.setattr(launcher, "lacking", dict)
    assert launcher.test(words) == 0
    assert ("spark" in groups) is spark
    assert played == [left]


def test_skipped_tests_are_read_from_the_report(launcher: ModuleType, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="a.b" name="c"><skipped message="samples absent"/>'
        '</testcase><testcase classname="a.b" name="d"/></testsuite></testsuites>'
    )
    assert launcher.Outcome("SQLite", 0, report).skipped == ["a.b::c (samples absent)"]


def test_a_long_folder_has_no_control_socket(launcher: ModuleType) -> None:
    assert "--control-socket" in launcher.web_command([], Path("/short"))
    assert "--no-control-socket" in launcher.web_command([], Path("/" + "long/" * 30))
