"""Organisations of the official registers, named in a first entry: proposed, chosen, born at the end only."""

from pathlib import Path
from typing import Any

import pytest

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.census import entry, parties
from terreau.census.entry_rules import Party
from terreau.poles.models import Carrier, Membership
from tests.census.test_entry import full, verified
from tests.directory import files

pytestmark = pytest.mark.usefixtures("zones", "official")


@pytest.fixture
def official(tmp_path: Path, settings: Any, zones: None) -> None:
    """Three made-up units, one of them closed."""
    from terreau.directory.actions import Import

    settings.DIRECTORY_DIR = tmp_path / "repertoires"
    units = [
        files.unit(1, "La Fabrique du Val", sigle="FDV"),
        files.unit(2, "La Fabrique du Val"),
        files.unit(3, "La Fabrique du Val fermée", etatAdministratif="C"),
    ]
    places = [files.place(1), files.place(2), files.place(3)]
    paths = (files.write(tmp_path / "units.csv", units), files.write(tmp_path / "places.csv", places))
    with Import(paths, "sirene") as one:
        one.save(by=None)


@pytest.fixture
def person() -> User:
    return verified("ada@example.org")


def numbers() -> list[str]:
    """The SIREN of the two that live."""
    return [one.id.removeprefix("siren:") for one in parties.completions("la fabrique")]


def test_those_that_live_are_proposed_and_never_recognised_by_a_name_alone() -> None:
    offered = parties.completions("la fabrique")
    assert [one.name for one in offered] == ["La Fabrique du Val"] * 2
    assert all(one.id.startswith("siren:") for one in offered)
    assert parties.recognised("La Fabrique du Val") == []
    assert len(parties.recognised(offered[0].said)) == (2 if offered[0].place else 0)
    assert not Actor.objects.filter(name="La Fabrique du Val").exists()


def test_a_number_is_recognised() -> None:
    siren = numbers()[0]
    (found,) = parties.recognised(f"{siren[:3]} {siren[3:6]} {siren[6:]}")
    assert (found.name, found.id) == ("La Fabrique du Val", f"siren:{siren}")
    assert parties.chosen(found.id) == found.party
    assert parties.chosen("siren:000000000") is None
    assert parties.chosen("siren:x") is None


def test_an_actor_is_born_once_when_the_draft_is_submitted(person: User) -> None:
    one = parties.completions("la fabrique")[0].party
    draft = entry.recognise_carrier(full(person), one)
    draft = entry.add_members(draft, [one, Party("Le Moulin")])
    assert not Actor.objects.filter(siren=one.actor.removeprefix("siren:")).exists()
    pole = entry.submit(draft, by=person, version=draft.version, public=True)
    born = Actor.objects.get(siren=one.actor.removeprefix("siren:"))
    assert Carrier.objects.get(pole=pole).actor == born
    assert born in [row.actor for row in Membership.objects.filter(pole=pole)]
    assert born.source is not None
    assert born.source.kind == "register"
    assert born.subject.public


def test_the_register_comes_before_the_official_ones(person: User) -> None:
    one = parties.completions("la fabrique")[0].party
    draft = entry.recognise_carrier(full(person), one)
    entry.submit(draft, by=person, version=draft.version, public=True)
    offered = parties.completions("la fabrique")
    assert not offered[0].id.startswith("siren:")
    assert len([found for found in offered if found.name == "La Fabrique du Val"]) == 2


def test_one_that_left_the_official_registers_becomes_a_name(person: User) -> None:
    draft = entry.add_members(full(person), [Party("Partie", "siren:123456782")])
    pole = entry.submit(draft, by=person, version=draft.version, public=False)
    member = Membership.objects.get(pole=pole).actor
    assert (member.name, member.siren) == ("Partie", "")
