"""The sheet of a pole is changed by its people, each field with its provenance; others are refused."""

from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from terreau.actors import belonging
from terreau.actors.models import Actor
from terreau.facts.models import Fact
from terreau.journal.models import Event, Refusal
from terreau.pieces.models import Piece
from terreau.poles.actions import register_pole
from terreau.poles.models import Membership, PlaceLink, Pole, StageMove, Statement
from terreau.subjects.models import Subject
from terreau.territories.models import Perimeter
from tests.people import POLE_A, People

pytestmark = pytest.mark.usefixtures("register")
BASE = f"/poles/{POLE_A}/modifier/"
FIGURES = f"{BASE}chiffres/"
SECTIONS = (
    "",
    "identite/",
    "description/",
    "chiffres/",
    "membres/",
    "porteur/",
    "perimetre/",
    "lieux/",
    "textes/",
    "stade/",
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def pole() -> Pole:
    return Pole.objects.select_related("actor__subject").get(slug=POLE_A)


def held(code: str) -> list[Fact]:
    rows = Fact.objects.filter(current__subject=pole().pk, current__code=code).select_related("source")
    return list(rows.order_by("current__rank"))


def figure(typed: str, base: str = "", code: str = "pole.ideas", **more: str) -> dict[str, str]:
    sent = {f"b.{code}": base, f"q.{code}": "", f"v.{code}": typed, "statut": "declare", "jour": "2026"}
    return {**sent, **more}


@pytest.mark.parametrize("section", SECTIONS)
def test_its_people_and_its_moderator_change_it_others_do_not(
    client: Client, people: People, section: str
) -> None:
    assert client.get(BASE + section).status_code == 302
    assert client.post(BASE + section, {}).status_code in {404, 405}
    for user, expected in (
        (people.animator, 200),
        (people.member, 200),
        (people.moderator, 200),
        (people.administrator, 200),
        (people.stranger, 403),
        (people.moderator_elsewhere, 403),
    ):
        people.sign_in(client, user)
        response = client.get(BASE + section)
        assert response.status_code == expected, user
        if expected == 200:
            assert response["Cache-Control"] == "private, no-store"
        client.logout()
    assert Refusal.objects.filter(subject=pole().pk, by=people.stranger.pk, verb="sheet.edit").exists()


def test_a_private_pole_is_not_there_for_strangers(client: Client, people: People) -> None:
    made = register_pole("Pôle caché", carrier=None, codes=[], cog_year=2026, by=people.animator)
    paths = [f"/poles/{made.slug}/{rest}" for rest in ("", "modifier/", "historique/", "au/2026-11-21/")]
    assert [client.get(path).status_code for path in paths] == [404] * 4
    people.sign_in(client, people.stranger)
    assert [client.get(path).status_code for path in paths] == [404] * 4
    people.sign_in(client, people.animator)
    assert [client.get(path).status_code for path in paths] == [200] * 4


def test_a_reader_who_posts_writes_nothing(client: Client, people: People) -> None:
    people.sign_in(client, people.stranger)
    assert client.post(FIGURES, figure("12")).status_code == 403
    assert held("pole.ideas") == []


def test_a_figure_is_declared_with_its_date(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    response = client.post(FIGURES, figure("about:12", **{"q.pole.ideas": "about", "v.pole.ideas": "12"}))
    assert (response.status_code, response["Location"]) == (302, BASE)
    fact = held("pole.ideas")[0]
    assert (fact.number, fact.qualifier, fact.status, fact.author) == (
        12,
        "about",
        "declare",
        people.animator,
    )
    assert fact.source.document.startswith("Déclaration du ")
    assert "enregistré" in client.get(BASE).content.decode()


def test_justified_needs_a_piece_and_keeps_it(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    refused = client.post(FIGURES, figure("12", statut="justifie"))
    assert refused.status_code == 422
    assert "Joignez la pièce" in refused.content.decode()
    file = SimpleUploadedFile("rapport.pdf", PDF, "application/pdf")
    sent: dict[str, Any] = figure("12", statut="justifie", document="Rapport 2025, p. 3")
    assert client.post(FIGURES, {**sent, "piece": file}).status_code == 302
    fact, piece = held("pole.ideas")[0], Piece.objects.get(subject=pole().pk)
    assert (fact.status, fact.source.kind, fact.source.document) == (
        "justifie",
        "piece",
        "Rapport 2025, p. 3",
    )
    assert (fact.source.piece, piece.public) == (piece, False)
    sent = figure("13", "12", statut="justifie", deja=str(piece.pk))
    assert client.post(FIGURES, sent).status_code == 302
    assert held("pole.ideas")[0].number == 13
    assert Piece.objects.filter(subject=pole().pk).count() == 1


def test_a_piece_of_a_wrong_type_is_refused(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    file = SimpleUploadedFile("rapport.pdf", b"MZ\x90\x00" + bytes(200), "application/pdf")
    response = client.post(FIGURES, {**figure("12", statut="justifie"), "piece": file})
    assert response.status_code == 415
    assert held("pole.ideas") == []


def test_verified_is_said_by_moderators_only(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    assert client.post(FIGURES, figure("12", statut="verifie")).status_code == 422
    people.sign_in(client, people.moderator)
    assert client.post(FIGURES, figure("12", statut="verifie")).status_code == 302
    assert held("pole.ideas")[0].status == "verifie"


def test_a_page_is_cited_by_its_address(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    client.post(FIGURES, figure("12", adresse="https://example.org/bilan", document="Bilan"))
    source = held("pole.ideas")[0].source
    assert (source.kind, source.document, source.url) == ("page", "Bilan", "https://example.org/bilan")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"v.pole.ideas": "douze"}, "nombre"),
        ({"jour": "hier"}, "Écrivez une date"),
        ({"jour": "2999"}, "hors de portée"),
        ({"adresse": "javascript:alert(1)"}, "valide"),
        ({"statut": "gloire"}, "choix"),
        ({"v.pole.ideas": "9" * 30}, ""),
    ],
)
def test_bad_input_says_why_and_keeps_what_was_typed(
    client: Client, people: People, sent: dict[str, str], said: str
) -> None:
    people.sign_in(client, people.animator)
    response = client.post(FIGURES, figure("12", **sent))
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "Rien n'est enregistré" in page or "Rien n&#x27;est enregistré" in page
    assert held("pole.ideas") == []


def test_two_people_and_one_field(people: People) -> None:
    one, two = Client(), Client()
    people.sign_in(one, people.animator)
    people.sign_in(two, people.member)
    assert one.post(FIGURES, figure("12")).status_code == 302
    stale = two.post(FIGURES, {**figure("15"), **figure("3", code="pole.workshops")})
    page = stale.content.decode()
    assert stale.status_code == 409
    assert 'name="w.pole.ideas" value="15"' in page
    assert 'name="w.pole.ideas" value="12"' in page
    assert 'name="b.pole.ideas" value="12"' in page
    assert 'name="v.pole.workshops" value="3"' in page
    assert held("pole.workshops") == []
    chosen = {**figure("3", code="pole.workshops"), "b.pole.ideas": "12", "w.pole.ideas": "15"}
    assert two.post(FIGURES, chosen).status_code == 302
    assert [fact.number for fact in held("pole.ideas")] == [15]
    assert [fact.number for fact in held("pole.workshops")] == [3]


def test_a_piece_sent_with_a_stale_page_is_not_lost(people: People) -> None:
    one, two = Client(), Client()
    people.sign_in(one, people.animator)
    people.sign_in(two, people.member)
    one.post(FIGURES, figure("12"))
    sent: dict[str, Any] = {**figure("15", statut="justifie"), "piece": BytesIO(PDF)}
    sent["piece"].name = "bilan.pdf"
    stale = two.post(FIGURES, sent)
    piece = Piece.objects.get(subject=pole().pk)
    assert stale.status_code == 409
    assert f'value="{piece.pk}" selected' in stale.content.decode()


def test_members_are_added_changed_ended_and_struck(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    path = f"{BASE}membres/"
    unknown = client.post(path, {"nom": "Fromagerie neuve", "role": "member", "statut": "declare"})
    assert unknown.status_code == 422
    assert "confirmez" in unknown.content.decode()
    sent = {"nom": "Fromagerie neuve", "laquelle": "nouveau", "role": "member", "statut": "declare"}
    assert client.post(path, {**sent, "depuis": "2020"}).status_code == 302
    row = Membership.objects.get(pole=pole().pk, actor__name="Fromagerie neuve")
    assert row.actor.subject.public
    change = {"ligne": row.pk, "faire": "changer", "role": "founder", "cercle": "core", "date": "2025-01-01"}
    assert client.post(path, change).status_code == 302
    new = Membership.objects.get(pole=pole().pk, actor=row.actor, valid_to=None)
    assert (new.role, new.circle) == ("founder", "core")
    ended = {"ligne": new.pk, "faire": "finir", "date": "2026-01-01"}
    assert client.post(path, ended).status_code == 422
    assert client.post(path, {**ended, "motif": "fusion"}).status_code == 302
    assert client.post(path, {**ended, "motif": "fusion"}).status_code == 404
    assert client.post(path, {"ligne": "9999999", "faire": "rayer", "motif": "x"}).status_code == 404
    assert client.post(path, {**sent, "depuis": "hier"}).status_code == 422


def test_a_line_of_another_pole_is_out_of_reach(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    other = Membership.objects.exclude(pole=pole().pk).first()
    assert other
    sent = {"ligne": other.pk, "faire": "rayer", "motif": "x"}
    assert client.post(f"{BASE}membres/", sent).status_code == 404
    assert Membership.objects.filter(pk=other.pk).exists()


def test_two_people_describe_the_perimeter_and_both_stay(people: People) -> None:
    one, two = Client(), Client()
    people.sign_in(one, people.animator)
    people.sign_in(two, people.member)
    path = f"{BASE}perimetre/"
    before = Perimeter.objects.get(subject=pole().pk, valid_to=None)
    seen = sorted(before.communes.values_list("commune__code", flat=True))
    common = {"vues": " ".join(seen), "depuis": "2026-10-01", "statut": "declare"}
    assert one.post(path, {**common, "communes": "\n".join([*seen, "21617"])}).status_code == 302
    assert two.post(path, {**common, "communes": "\n".join([*seen, "Quetigny"])}).status_code == 302
    now = Perimeter.objects.get(subject=pole().pk, valid_to=None)
    assert set(now.communes.values_list("commune__code", flat=True)) == {*seen, "21617", "21515"}
    before.refresh_from_db()
    assert before.valid_to == now.valid_from
    for wrong in ({"communes": ""}, {"communes": "Nulle-Part"}, {"depuis": "2999-01-01"}, {"depuis": ""}):
        assert one.post(path, {**common, "communes": "21617", **wrong}).status_code == 422


def test_a_stage_moves_once_for_two_people(people: People) -> None:
    one, two = Client(), Client()
    people.sign_in(one, people.animator)
    people.sign_in(two, people.member)
    path = f"{BASE}stade/"
    sent = {"vu": pole().stage, "depuis": "2026-10-01", "pourquoi": "première embauche", "statut": "declare"}
    assert one.post(path, {**sent, "stade": "consolidation"}).status_code == 302
    stale = two.post(path, {**sent, "stade": "creation"})
    assert stale.status_code == 409
    assert "il est maintenant" in stale.content.decode()
    assert StageMove.objects.filter(pole=pole().pk, on="2026-10-01").count() == 1
    assert two.post(path, {**sent, "stade": "creation", "pourquoi": ""}).status_code == 422


def test_places_and_sentences(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    sent = {"nom": "La Halle", "nature": "building", "commune": "Dijon", "statut": "declare"}
    assert client.post(f"{BASE}lieux/", sent).status_code == 302
    link = PlaceLink.objects.get(pole=pole().pk, place__name="La Halle")
    assert client.post(f"{BASE}lieux/", {**sent, "commune": "Nulle-Part"}).status_code == 422
    struck = {"ligne": link.pk, "faire": "rayer", "motif": "vendue"}
    assert client.post(f"{BASE}lieux/", struck).status_code == 302
    assert not PlaceLink.objects.filter(pk=link.pk).exists()
    text = {"rubrique": "pole", "texte": "Un pôle qui relie.", "statut": "declare"}
    assert client.post(f"{BASE}textes/", text).status_code == 302
    row = Statement.objects.get(pole=pole().pk, text__fr="Un pôle qui relie.")
    assert client.post(f"{BASE}textes/", {**text, "ligne": row.pk, "faire": "finir"}).status_code == 404


def test_a_member_organisation_changes_its_own_sheet(client: Client, people: People) -> None:
    actor = Actor.objects.filter(subject__kind=Subject.Kind.ACTOR, subject__public=True, siren="").first()
    assert actor
    base = f"/acteurs/{actor.pk}/modifier/"
    people.sign_in(client, people.stranger)
    assert client.get(base).status_code == 403
    belonging.found(people.stranger, actor, by=people.stranger)
    assert client.get(base).status_code == 200
    sent = {"b.actor.siren": "", "v.actor.siren": "552 100 554", "statut": "declare"}
    assert client.post(f"{base}identite/", sent).status_code == 302
    actor.refresh_from_db()
    assert actor.siren == "552100554"
    wrong = client.post(f"{base}identite/", {**sent, "b.actor.siren": "552100554", "v.actor.siren": "123"})
    assert wrong.status_code == 422
    assert "aria-invalid" in wrong.content.decode()
    assert client.post(f"{base}fonctions/", {"fonction": "bank", "statut": "declare"}).status_code == 302
    assert actor.functions.filter(function="bank").exists()
    assert client.get(f"{base}membres/").status_code == 404
    assert client.get(f"/acteurs/{UUID(int=1)}/modifier/").status_code == 404
    people.sign_in(client, people.animator)
    assert client.get(f"/acteurs/{pole().pk}/modifier/")["Location"] == BASE


def test_what_is_typed_is_never_markup(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    bad = "<script>alert(1)</script>"
    text = {"rubrique": "pole", "texte": bad, "statut": "declare"}
    client.post(f"{BASE}textes/", text)
    sent = {"b.pole.summary": "x", "v.pole.summary": bad, "statut": "gloire"}
    for page in (
        client.get(f"{BASE}textes/"),
        client.get(f"/poles/{POLE_A}/"),
        client.get(f"/poles/{POLE_A}/historique/"),
        client.post(f"{BASE}description/", sent),
    ):
        assert bad not in page.content.decode()
        assert "&lt;script&gt;" in page.content.decode()


def test_english_pages_say_english(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    assert client.get(f"/en{BASE}description/").status_code == 200
    assert Event.objects.filter(subject=pole().pk, verb="fact.recorded").count() == 0
