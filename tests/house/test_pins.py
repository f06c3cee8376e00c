"""What is installed is pinned, with hashes, the same in every file; the card of the project is complete."""

import json
import re

import pytest
from ruamel.yaml import YAML

from tests.house.tree import ROOT

pytestmark = pytest.mark.once

GROUPS = ["run", "postgres", "dev", "bench", "spark"]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)


def name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;! ]", text.strip())[0]).lower()


def pins(group: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
    return {name(each): version for each, version in PIN.findall(text)}


@pytest.mark.parametrize("group", GROUPS)
def test_what_is_asked_for_is_pinned(group: str) -> None:
    lines = (ROOT / "requirements" / f"{group}.in").read_text(encoding="utf-8").splitlines()
    asked = {name(line) for line in lines if line.strip() and not line.startswith(("#", "-"))}
    assert asked
    assert asked <= set(pins(group)), "run `make pins`"


@pytest.mark.parametrize("group", GROUPS)
def test_every_pin_has_a_hash_and_no_address(group: str) -> None:
    text = (ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    packages = [block for block in blocks if re.match(r"[A-Za-z0-9]", block)]
    assert len(packages) == len(PIN.findall(text))
    assert not [block.split()[0] for block in packages if "--hash=sha256:" not in block]
    assert "://" not in text
    assert "index-url" not in text


def test_one_version_everywhere() -> None:
    """Two files installed together never ask for two versions."""
    found: dict[str, set[str]] = {}
    for group in ("run", "postgres", "dev", "spark"):
        for package, version in pins(group).items():
            found.setdefault(package, set()).add(version)
    assert not {package: versions for package, versions in found.items() if len(versions) > 1}


def test_the_browser_libraries_are_pinned_exactly() -> None:
    packages = json.loads((ROOT / "frontend/package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert not [each for each, version in packages.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)]
    lock = (ROOT / "frontend/package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock, "an address of a registry is recorded: see frontend/.npmrc"


def test_the_card_of_the_project_is_complete() -> None:
    """publiccode.yml 0.4: its mandatory keys, and the lengths of its texts."""
    card = YAML(typ="safe").load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    for key in (
        "name",
        "url",
        "platforms",
        "developmentStatus",
        "softwareType",
        "description",
        "localisation",
    ):
        assert card[key], key
    assert card["legal"]["license"] == "AGPL-3.0-or-later"
    assert card["maintenance"]["contacts"]
    for language in card["localisation"]["availableLanguages"]:
        told = card["description"][language]
        assert len(told["shortDescription"]) <= 150
        assert 150 <= len(told["longDescription"]) <= 10_000
        assert all(len(feature) <= 100 for feature in told["features"])
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
