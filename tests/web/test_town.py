"""« Ma commune » and « Près de chez moi »: what to do first, from what the register holds alone."""

import re
from typing import Any

import pytest
from django.test import Client

from terreau.actors.actions import add_function, create_actor
from terreau.actors.models import Actor, Subsidy
from terreau.common.content import ContentError
from terreau.facts import actions as facts
from terreau.pieces.sources import source as cite
from terreau.poles import listing
from terreau.poles.models import Carrier, Membership, Pole
from terreau.sheets import near
from terreau.sheets.town import town
from terreau.subjects.models import Subject
from terreau.territories.actions import set_perimeter
from terreau.territories.models import Zone

ROMANS, VALENCE, LOZERE = "26281", "26362", "48095"


@pytest.fixture
def said(zones: None) -> Any:
    return cite("page", "exemple", "Page d'exemple", "", "https://example.org/")


def commune(code: str) -> Zone:
    return Zone.objects.get(level="commune", code=code, cog_year=2026)


@pytest.fixture
def pole(said: Any) -> Pole:
    """A pole on Romans alone, carried by an actor with a telephone; the town is a member."""
    subject = create_actor("Pôle de la Presle", kind=Subject.Kind.POLE, source=said, public=True)
    made = Pole.objects.create(actor=subject, slug="la-presle")
    set_perimeter(
        subject.subject, kind="cooperation", label="Romans", codes=[ROMANS], cog_year=2026, source=said
    )
    carrier = create_actor("Porteuse", source=said, public=True)
    Carrier.objects.create(pole=made, actor=carrier, source=said)
    facts.record(carrier.subject, "contact.phone", "04 75 00 00 00", source=said)
    hall = create_actor(
        "Ville de Romans", legal_nature="local_authority", zone=commune(ROMANS), source=said, public=True
    )
    Membership.objects.create(pole=made, actor=hall, role="founder", source=said, valid_from="2007-01-01")
    listing.project([made.pk])
    return made


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode())


def test_whom_to_call_is_the_carrier_when_the_pole_says_nothing(
    client: Client, pole: Pole, said: Any
) -> None:
    shown = page(client, f"/ma-commune/{ROMANS}/")
    assert 'href="tel:0475000000"' in shown
    assert "Porteuse" in shown
    facts.record(pole.actor.subject, "contact.phone", "04 75 11 11 11", source=said)
    shown = page(client, f"/ma-commune/{ROMANS}/")
    assert 'href="tel:0475111111"' in shown
    assert "04 75 00 00 00" not in shown


def test_the_paragraph_says_poles_carriers_and_the_place_of_the_town(pole: Pole) -> None:
    paragraph = town(ROMANS).paragraph
    assert "est dans le périmètre d'un pôle territorial de coopération économique" in paragraph
    assert "Pôle de la Presle, porté par Porteuse" in paragraph
    assert "Ville de Romans y est fondateur de Pôle de la Presle depuis 2007." in paragraph
    assert "Source : registre Terreau" in paragraph


def test_an_ended_or_private_role_is_not_told(pole: Pole) -> None:
    Membership.objects.filter(pole=pole).update(valid_to="2020-01-01")
    assert town(ROMANS).seats == []
    Membership.objects.filter(pole=pole).update(valid_to=None)
    Subject.objects.filter(pk=Membership.objects.get(pole=pole).actor_id).update(public=False)
    assert town(ROMANS).seats == []


def test_what_the_town_gave_to_who_makes_the_pole_and_until_when(
    client: Client, pole: Pole, said: Any
) -> None:
    carrier = Carrier.objects.get(pole=pole).actor
    common = {"giver_name": "Romans-sur-Isère", "giver_siren": "212602817", "source": said, "row": 2}
    Subsidy.objects.create(
        beneficiary=carrier, cents=1_250_050, decided_on="2025-03-04", paid_to="2031-12-31",
        purpose="Animation du pôle", digest="a", **common,
    )  # fmt: skip
    other = create_actor("Ailleurs", source=said, public=True)
    Subsidy.objects.create(beneficiary=other, cents=100, digest="b", **common)
    (gift,) = town(ROMANS).gifts
    assert (gift.beneficiary, gift.amount.replace("\u202f", " ").replace("\xa0", " ")) == (
        "Porteuse",
        "12 500,50 €",
    )
    assert [one.what for one in town(ROMANS).coming] == ["dernier versement à Porteuse"]
    assert "Animation du pôle" in page(client, f"/ma-commune/{ROMANS}/")
    Subsidy.objects.update(withdrawn_at="2026-01-01T00:00Z")
    assert town(ROMANS).gifts == []


def test_an_empty_commune_offers_the_nearest_pole_and_the_form(client: Client, pole: Pole) -> None:
    shown = page(client, f"/ma-commune/{LOZERE}/")
    assert "Aucun pôle connu ici" in shown
    assert "Signaler une initiative" in shown
    assert "n'est dans le périmètre d'aucun pôle" in town(LOZERE).paragraph
    shown = page(client, f"/pres-de-chez-moi/?commune={LOZERE}")
    assert "Rien de connu si près" in shown
    assert "/signaler/" in shown


def test_an_old_code_leads_to_the_commune_of_today(client: Client, zones: None) -> None:
    response = client.get("/ma-commune/01220/")
    assert (response.status_code, response["Location"]) == (301, "/ma-commune/01185/")
    assert client.get("/ma-commune/99999/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "leads"), [("Romans-sur-Isère", ROMANS), (ROMANS, ROMANS), ("01220", "01185")]
)
def test_a_name_or_a_code_leads_to_the_page(client: Client, zones: None, typed: str, leads: str) -> None:
    response = client.get("/ma-commune/", {"commune": typed})
    assert (response.status_code, response["Location"]) == (302, f"/ma-commune/{leads}/")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Saint-Denis", "Laquelle"),
        ("xyzzyx", "n'est pas trouvée"),
        ("Gironde", "plus qu'une commune"),
        ("\0", "Votre commune"),
        ("", "Votre commune"),
    ],
)
@pytest.mark.parametrize("path", ["/ma-commune/", "/pres-de-chez-moi/"])
def test_what_cannot_be_one_commune_is_asked_again(
    client: Client, zones: None, path: str, typed: str, told: str
) -> None:
    response = client.get(path, {"commune": typed})
    assert response.status_code == 200
    assert told in response.content.decode().replace("&#x27;", "'")


def test_one_page_of_pdf(client: Client, pole: Pole) -> None:
    response = client.get(f"/ma-commune/{ROMANS}/fiche.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.count(b"/Type/Page/") + response.content.count(b"/Type /Page\n") <= 1


@pytest.fixture
def school(said: Any) -> Actor:
    actor = create_actor("École du bois", zone=commune(VALENCE), source=said, public=True)
    add_function(actor, "training", by=None)
    return actor


def test_offers_are_said_or_meant_and_placed(client: Client, school: Actor, said: Any) -> None:
    found = near.around(commune(ROMANS), 30)
    (offer,) = found.offers["learn"]
    assert (offer.name, offer.means, offer.said) == ("École du bois", ("Formation",), ())
    assert 10 < offer.kilometres < 25
    assert near.around(commune(ROMANS), 5).offers["learn"] == []
    facts.record(school.subject, "offer.learn", "Stages de menuiserie", source=said)
    facts.record(school.subject, "contact.hours", "du lundi au vendredi", source=said)
    shown = page(client, f"/pres-de-chez-moi/?commune={ROMANS}&rayon=30")
    assert "Stages de menuiserie" in shown
    assert "du lundi au vendredi" in shown
    assert "<p>Formation</p>" not in shown


def test_what_is_private_is_not_offered(school: Actor) -> None:
    Subject.objects.filter(pk=school.pk).update(public=False)
    assert near.around(commune(VALENCE), 5).offers["learn"] == []


def test_a_pole_that_is_surely_there_takes_ideas(client: Client, pole: Pole) -> None:
    assert "Pôle de la Presle" in page(client, f"/pres-de-chez-moi/?commune={ROMANS}")


@pytest.mark.parametrize("radius", ["7", "-5", "x", "9" * 400])
def test_a_radius_that_is_not_offered_is_refused(client: Client, zones: None, radius: str) -> None:
    assert client.get("/pres-de-chez-moi/", {"commune": ROMANS, "rayon": radius}).status_code == 422


def test_the_queries_do_not_grow_with_the_offers(said: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        actor = create_actor(f"Atelier {number}", zone=commune(VALENCE), source=said, public=True)
        facts.record(actor.subject, "offer.buy", "Des meubles", source=said)
    with django_assert_max_num_queries(14):
        assert len(near.around(commune(VALENCE), 5).offers["buy"]) == 12


def test_an_unknown_function_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    wrong = tmp_path / "near.yaml"
    wrong.write_text("source: R-148\nverbs:\n  get: [nothing]\n")
    monkeypatch.setattr(near, "_CONTENT", wrong)
    near.verbs_of_functions.cache_clear()
    with pytest.raises(ContentError):
        near.verbs_of_functions()
    near.verbs_of_functions.cache_clear()


def test_the_name_is_completed_as_it_is_typed(client: Client, zones: None) -> None:
    page = client.get("/ma-commune/").content.decode()
    assert 'list="noms"' in page
    assert 'data-for="commune" data-names="/mon-territoire/dessiner/noms/"' in page
    assert "web/entry" in page
    names = client.get("/mon-territoire/dessiner/noms/", {"q": "redon"}).json()["noms"]
    assert client.get("/ma-commune/", {"commune": names[0][0]})["Location"] == "/ma-commune/35236/"
