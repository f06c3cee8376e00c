"""The page of an actor: what it shows, to whom, and where merged actors lead."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from terreau.actors import actions, projection
from terreau.actors.actions import NewFunction, NewName
from terreau.actors.models import ActorName
from terreau.common.errors import NotFoundError
from terreau.common.periods import PartialDate
from terreau.facts import actions as facts
from terreau.poles.models import Carrier, Membership, Pole
from terreau.sheets.actors import actor_sheet
from terreau.subjects.models import Subject
from terreau.territories.models import Zone

TODAY = date(2026, 11, 21)


@pytest.fixture
def pole(make, source):
    """A pole."""
    return Pole.objects.create(actor=make("Pôle Sud", kind=Subject.Kind.POLE), slug="pole-essai")


@pytest.fixture
def archer(make, source, pole, zones, moderator):
    """An actor of whom much is said."""
    drome = Zone.objects.get(level="departement", code="26", cog_year=2026)
    actor = make(
        "Groupe Archer", key="essai-archer", legal_nature="company", legal_category="5710", siren="442597001",
        naf="88.99B", size_class="12", zone=drome, zone_note="Romans-sur-Isère",
        functions=["siae", NewFunction("bank", valid_from=date(2001, 1, 1), valid_to=date(2005, 1, 1))],
        names=[NewName("Archer", source=source), NewName("GA", ActorName.Kind.ACRONYM, source=source)],
    )  # fmt: skip
    network = make("RTES", legal_nature="association")
    actions.affiliate(actor, network, by=moderator, valid_from=date(2010, 1, 1), source=source)
    Carrier.objects.create(pole=pole, actor=actor, source=source)
    Membership.objects.create(
        pole=pole, actor=actor, role="founder", circle="core", source=source,
        valid_from=date(2007, 1, 1), from_precision="year",
    )  # fmt: skip
    text = {"fr": "Structure porteuse de Pôle Sud.", "en": "Carrier of Pôle Sud."}
    facts.record(actor.subject, "actor.role", text, source=source, on=PartialDate.parse("2014"))
    return actor


def read(client, actor, prefix=""):
    response = client.get(f"{prefix}/acteurs/{actor.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_says_who_where_and_in_which_poles(client, archer):
    html = read(client, archer)
    for expected in (
        "<h1>Groupe Archer</h1>", "Société commerciale", "/territoires/departement/26/", "Romans-sur-Isère",
        "/poles/pole-essai/", "Structure porteuse", "noyau dur", "depuis 2007", "20 à 49 salariés",
        "Structure porteuse de Pôle Sud.", "RTES", "Réseau · depuis le 1", "graphie rencontrée",
    ):  # fmt: skip
        assert expected in html, expected


def test_the_verdict_comes_with_its_reason_and_its_text(client, archer):
    html = read(client, archer)
    assert "À vérifier" in html
    assert "ses statuts ne sont pas connus" in html
    assert "Loi n° 2014-856 du 31 juillet 2014, art. 1-II, 2°" in html


def test_what_is_unknown_is_said(client, make):
    html = read(client, make("Inconnu"))
    assert "Nature juridique inconnue" in html
    assert "On ne sait pas encore" in html
    assert "Aucune source ne le dit membre" in html


def test_the_page_in_english(client, archer):
    html = read(client, archer, "/en")
    assert "Carrier of Pôle Sud." in html
    assert "20 to 49 employees" in html
    assert "/en/poles/pole-essai/" in html


def test_a_network_shows_its_members(client, archer):
    network = archer.affiliations.get().network
    html = read(client, network)
    assert f"/acteurs/{archer.pk}/" in html
    assert f"?reseau={network.pk}" in html
    assert "Entreprises de l&#x27;ESS : 0 · hors ESS : 0 · à vérifier : 1." in html or (
        "Entreprises de l'ESS : 0 · hors ESS : 0 · à vérifier : 1." in html
    )


@pytest.mark.parametrize("who", [None, "member"])
def test_strangers_and_members_do_not_see_a_private_actor(client, make, request, who):
    actor = make("Secret", public=False)
    if who:
        client.force_login(request.getfixturevalue(who))
    response = client.get(f"/acteurs/{actor.pk}/")
    assert response.status_code == 404
    assert "Secret" not in response.content.decode()


def test_those_who_keep_the_register_see_it(client, make, moderator):
    client.force_login(moderator)
    assert "Secret" in read(client, make("Secret", public=False))


def test_a_role_that_has_ended_opens_nothing(client, make, moderator):
    moderator.global_roles.update(valid_to=date(2021, 1, 1))
    client.force_login(moderator)
    assert client.get(f"/acteurs/{make('Secret', public=False).pk}/").status_code == 404


def test_private_networks_and_poles_do_not_show(client, archer, pole):
    Subject.objects.filter(pk=archer.affiliations.get().network_id).update(public=False)
    Subject.objects.filter(pk=pole.pk).update(public=False)
    html = read(client, archer)
    assert "RTES" not in html
    assert "pole-essai" not in html


@pytest.mark.parametrize("address", ["/acteurs/0190a0a0-0000-7000-8000-000000000000/", "/acteurs/archer/"])
def test_an_unknown_address_is_not_found(client, db, address):
    assert client.get(address).status_code == 404


def test_a_merged_actor_leads_to_the_winner_which_keeps_its_names_and_poles(client, archer, make, moderator):
    winner = make("Archer SCIC")
    record = actions.merge_actors(archer, winner, by=moderator, reason="Doublon.")
    response = client.get(f"/en/acteurs/{archer.pk}/")
    assert (response.status_code, response.headers["Location"]) == (301, f"/en/acteurs/{winner.pk}/")
    html = read(client, winner)
    for kept in ("Groupe Archer", "GA", "/poles/pole-essai/", "Structure porteuse de Pôle Sud.", "RTES"):
        assert kept in html
    winner.refresh_from_db()
    assert " groupe archer " in winner.words
    assert projection.drift() == []
    actions.unmerge_actors(record, by=moderator, reason="Erreur.")
    winner.refresh_from_db()
    assert winner.words == " archer scic "
    assert "Pôle Sud" in read(client, archer)


def test_a_pole_has_its_own_page(client, pole):
    response = client.get(f"/acteurs/{pole.pk}/")
    assert (response.status_code, response.headers["Location"]) == (301, "/poles/pole-essai/")


def test_a_closed_actor_stays_readable_and_leaves_the_lists(client, archer, moderator):
    from terreau.search.index import find

    actions.close_actor(archer, by=moderator, reason="Dissous.")
    assert "Fiche fermée" in read(client, archer)
    assert str(archer.pk) not in client.get("/acteurs/").content.decode()
    assert find("groupe archer") == []


def test_the_number_of_queries_does_not_depend_on_the_actor(make, archer, moderator, source):
    def asked(actor):
        with CaptureQueriesContext(connection) as queries:
            actor_sheet(actor.pk, on=TODAY).as_json()
        return len(queries)

    before = asked(archer)
    for number in range(10):
        other = make(f"Réseau {number}")
        actions.affiliate(archer, other, by=moderator, source=source)
        actions.affiliate(other, archer, by=moderator, source=source)
        actions.add_name(archer, NewName(f"Nom {number}", source=source), by=moderator)
        new = Pole.objects.create(actor=make(f"Pôle {number}", kind=Subject.Kind.POLE), slug=f"pole-{number}")
        Membership.objects.create(pole=new, actor=archer, source=source)
    assert asked(archer) == before


def test_the_json_of_an_actor(archer):
    answer = actor_sheet(archer.pk, on=TODAY).as_json()
    assert answer["ess"]["verdict"] == "a_verifier"
    assert answer["fonctions"] == ["siae"]
    assert answer["lieu"] == {"niveau": "departement", "code": "26", "nom": "Drôme", "cog": 2026}
    assert [line["role"] for line in answer["poles"]] == ["carrier", "founder"]
    assert answer["faits"][0]["code"] == "actor.role"


def test_an_unknown_actor_has_no_sheet(db):
    from uuid import UUID

    with pytest.raises(NotFoundError):
        actor_sheet(UUID("0190a0a0-0000-7000-8000-000000000000"))
