"""An actor is born from the official registers at its first use, once, and never written over."""

from pathlib import Path

import pytest
from django.db import connection

from terreau.actors import actions as actors
from terreau.actors.birth import differences, from_directory, legal_nature, official
from terreau.actors.models import Actor, ActorName
from terreau.common.errors import DomainError, NotFoundError
from terreau.directory.actions import Import
from terreau.journal.models import Event
from tests.directory import files
from tests.directory.conftest import Bring
from tests.two_connections import at_once

UNITS = [
    files.unit(1, "La Fabrique du Val", sigle="FDV", identifiantAssociation="W353000001"),
    files.unit(2, "[ND]", statutDiffusion="P"),
    files.unit(3, "Fermée", etatAdministratif="C", categorieJuridique="5499", economieSocialeSolidaire="N"),
]
PLACES = [files.place(1), files.place(1, 2, enseigne1="L'atelier", codeCommune="35047"), files.place(3)]


@pytest.fixture
def held(bring: Bring, tmp_path: Path) -> None:
    bring(files.write(tmp_path / "u.csv", UNITS), files.write(tmp_path / "e.csv", PLACES))
    asso = [files.association("W353000009", "Les amis", titre_court="LA")]
    bring(files.write(tmp_path / "w.csv", asso, ";"), register="rna")


@pytest.mark.usefixtures("held", "zones")
class TestBirth:
    def test_a_unit_becomes_an_actor_once(self) -> None:
        number = files.siren(1)
        actor = from_directory(f"{number[:3]} {number[3:6]} {number[6:]}", by=None)
        assert (actor.name, actor.siren, actor.siret) == ("La Fabrique du Val", number, files.siret(1))
        assert (actor.legal_nature, actor.legal_category, actor.rna) == ("association", "9220", "W353000001")
        assert (actor.naf, actor.naf_version, actor.ess) == ("94.99Z", "rev2", "oui")
        assert actor.zone is not None
        assert actor.zone.code == "35236"
        assert actor.source is not None
        assert actor.source.kind == "register"
        assert not actor.subject.public
        assert ActorName.objects.get(actor=actor).text == "FDV"
        assert Event.objects.get(subject=actor.subject).verb == "actor.created"
        assert from_directory(number, by=None) == actor
        assert from_directory(files.siret(1), by=None) == actor
        assert Actor.objects.filter(siren=number).count() == 1

    def test_another_establishment_is_its_own_actor(self) -> None:
        unit = from_directory(files.siren(1), by=None)
        place = from_directory(files.siret(1, 2), by=None)
        assert (place.name, place.siren) == ("L'atelier", unit.siren)
        assert place.pk != unit.pk
        assert from_directory(files.siret(1, 2), by=None) == place
        assert from_directory(files.siren(1), by=None) == unit

    def test_an_association_by_its_number(self) -> None:
        actor = from_directory("w353000009", by=None, public=True)
        assert (actor.name, actor.rna, actor.siren, actor.legal_nature) == (
            "Les amis",
            "W353000009",
            "",
            "association",
        )
        assert actor.subject.public

    def test_what_was_merged_leads_to_its_winner(self) -> None:
        loser = from_directory(files.siren(1), by=None)
        winner = actors.create_actor("Fabrique", source=None, public=True)
        actors.merge_actors(loser, winner, by=None, reason="la même")
        assert from_directory(files.siren(1), by=None) == winner

    def test_who_is_not_shown_is_not_born(self) -> None:
        with pytest.raises(DomainError, match="ne pas être diffusée") as refused:
            from_directory(files.siren(2), by=None)
        assert refused.value.code == "partial_diffusion"

    @pytest.mark.parametrize("number", [files.siren(77), files.siret(77), "W111111111"])
    def test_what_nobody_holds_is_said(self, number: str) -> None:
        with pytest.raises(NotFoundError, match=number):
            from_directory(number, by=None)

    @pytest.mark.parametrize(
        ("number", "code"), [("400000027", "siren_key"), ("4", "number_length"), ("", "number_length")]
    )
    def test_a_wrong_number_says_why(self, number: str, code: str) -> None:
        with pytest.raises(DomainError) as refused:
            from_directory(number, by=None)
        assert refused.value.code == code

    def test_what_changes_later_is_proposed_never_written(self, bring: Bring, tmp_path: Path) -> None:
        actor = from_directory(files.siren(1), by=None)
        assert differences(actor) == []
        new = files.unit(1, "La Fabrique nouvelle", etatAdministratif="C", trancheEffectifs="11", sigle="FDV")
        new["identifiantAssociationUniteLegale"] = "W353000001"
        bring(files.write(tmp_path / "new.csv", [new]))
        found = {one.field: (one.held, one.official) for one in differences(actor)}
        assert found == {
            "name": ("La Fabrique du Val", "La Fabrique nouvelle"),
            "size_class": ("NN", "11"),
            "closed": ("", "C"),
        }
        actor.refresh_from_db()
        assert (actor.name, actor.size_class) == ("La Fabrique du Val", "NN")
        assert official(actors.create_actor("Sans numéro", source=None, public=True)) is None


@pytest.mark.parametrize(
    ("category", "nature"),
    [
        ("9220", "association"),
        ("9300", "foundation"),
        ("5499", "company"),
        ("7210", "local_authority"),
        ("7346", "authority_grouping"),
        ("7361", "public_body"),
        ("7381", "chamber"),
        ("8410", "union"),
        ("6220", "enterprise_grouping"),
        ("", "unknown"),
        ("0000", "unknown"),
    ],
)
def test_the_legal_nature_of_a_category(category: str, nature: str) -> None:
    assert legal_nature(category) == nature


@pytest.mark.django_db(transaction=True)
def test_two_people_get_the_same_actor(tmp_path: Path) -> None:
    paths = files.write(tmp_path / "u.csv", UNITS), files.write(tmp_path / "e.csv", PLACES)
    with Import(paths, "sirene") as one:
        one.save(by=None)

    def ask() -> Actor:
        return from_directory(files.siren(1), by=None)

    found = at_once(ask, ask)
    assert found[0] == found[1]
    assert Actor.objects.filter(siren=files.siren(1)).count() == 1, connection.vendor
