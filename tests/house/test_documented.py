"""What exists is documented, and what is documented exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError

from terreau.analytics import catalogue as indicators
from terreau.analytics import contract
from terreau.api.urls import api
from terreau.common import reference
from terreau.config.environment import VARIABLES
from terreau.facts.catalogue import load
from tests.house.tree import ROOT, layers, modules, short, texts, tracked

pytestmark = pytest.mark.once

REFERENCE = ROOT / "docs" / "reference"


def documented(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["docs_reference", "api_reference"])
def test_the_reference_is_up_to_date(command: str) -> None:
    call_command(command, "--check")


def test_a_page_out_of_date_is_refused(settings: Any, tmp_path: Path) -> None:
    settings.PACKAGE_DIR = tmp_path / "src" / "terreau"
    assert reference.refresh({"x.md": "one"}, check=False, command="docs_reference") == ["x.md"]
    assert reference.refresh({"x.md": "one"}, check=True, command="docs_reference") == []
    with pytest.raises(CommandError, match=r"x\.md.*docs_reference"):
        reference.refresh({"x.md": "two"}, check=True, command="docs_reference")


def test_a_cell_breaks_no_table() -> None:
    assert reference.table(("a",), [("one | two\nthree",)]).splitlines()[-1] == "| one \\| two three |"


def test_every_setting_is_documented() -> None:
    page = documented("settings.md")
    assert not [name for name in VARIABLES if f"`{name}`" not in page]


def test_every_variable_that_the_code_names_is_known() -> None:
    """A variable that is read but not in VARIABLES would stop the start of whoever sets it."""
    named = {
        (short(path), name)
        for path, text in texts()
        if path.suffix in {".py", ".sh", ""} and not path.is_relative_to(ROOT / "tests")
        for name in re.findall(r"\bTERREAU_[A-Z_]+[A-Z]\b", text)
    }
    assert not {pair for pair in named if pair[1] not in VARIABLES}


def test_every_command_is_documented() -> None:
    page = documented("commands.md")
    own = [name for name, app in get_commands().items() if str(app).startswith("terreau.")]
    assert own
    assert not [name for name in own if f"## `{name}`" not in page]


def test_every_command_is_named_after_a_room() -> None:
    """The first word is the room that it speaks of, even where ``sheets`` composes the answer."""
    names = [name for name, app in get_commands().items() if str(app).startswith("terreau.")]
    rooms = {room for line in layers() for room in line}
    assert not {name for name in names if name.split("_")[0] not in rooms} - {
        "docs_reference",
        "demo_generate",
        "demo_workspace",
        # Django's own, which lays a new database down otherwise.
        "migrate",
    }


def test_every_route_is_documented() -> None:
    page = documented("api.md")
    paths = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    assert paths
    for path, methods in paths.items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in page


def test_every_code_of_the_catalogue_is_documented() -> None:
    page = documented("facts.md")
    assert not [entry.code for entry in load() if f"`{entry.code}`" not in page]


def test_every_indicator_is_documented() -> None:
    page = documented("analytics.md")
    assert not [name for name in indicators.load() if f"`{name}`" not in page]
    assert not [table.name for table in contract.TABLES if f"### `{table.name}`" not in page]


LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def anchors(text: str) -> set[str]:
    """Anchors that the titles of a Markdown page give, as GitHub and GitLab make them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_links() -> Iterator[str]:
    for path in tracked():
        if path.suffix != ".md":
            continue
        text = path.read_text(encoding="utf-8")
        for target in LINK.findall(text):
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            name, _, anchor = target.partition("#")
            page = (path.parent / name).resolve() if name else path
            if not page.exists():
                yield f"{short(path)}: {target}"
            elif anchor and anchor not in anchors(page.read_text(encoding="utf-8")):
                yield f"{short(path)}: {target} (no such title)"


def test_links_of_the_documentation_resolve() -> None:
    assert not list(dead_links())


def test_decisions_are_numbered_once_and_listed() -> None:
    names = sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md") if path.name != "README.md")
    numbers = [name.split("-")[0] for name in names if re.match(r"\d{3}-", name)]
    assert len(numbers) == len(set(numbers)), "two decisions have one number"
    listed = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    assert not [name for name in names if f"({name})" not in listed]


def test_the_two_readmes_say_the_same() -> None:
    """The same commands, files and titles' count in English and in French."""
    english, french = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "LISEZMOI.md"))
    assert re.findall(r"^\./terreau[^#\n]*", english, re.MULTILINE) == re.findall(
        r"^\./terreau[^#\n]*", french, re.MULTILINE
    )
    assert len(re.findall("^#", english, re.MULTILINE)) == len(re.findall("^#", french, re.MULTILINE))
    assert set(LINK.findall(english)) - {"LISEZMOI.md"} == set(LINK.findall(french)) - {"README.md"}


def test_every_mark_of_a_test_is_registered(pytestconfig: pytest.Config) -> None:
    known = {line.split(":")[0].split("(")[0] for line in pytestconfig.getini("markers")}
    used = {
        name
        for path, _ in modules(tests=True)
        for name in re.findall(r"pytest\.mark\.(\w+)", path.read_text(encoding="utf-8"))
    }
    assert used <= known, used - known
