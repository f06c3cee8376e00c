"""Pages of verdicts: one glance, one grid, what people say of a criterion, the form of who has only facts."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from terreau.grids import store
from terreau.grids.models import Judgement, Lift
from terreau.journal.models import Event, Refusal
from terreau.poles.actions import register_pole
from terreau.poles.models import Pole
from tests.people import POLE_A, People

pytestmark = pytest.mark.usefixtures("grids")
BASE = f"/poles/{POLE_A}/appreciations/"
DECREE, CRITERIA = f"{BASE}decret-2015-431/", f"{BASE}labo-2011-criteres/"
JUDGED, EXCLUSION = f"{DECREE}c1-personne-morale/", f"{CRITERIA}e5-observatoire/"
TRY = "/grilles/decret-2015-431/apprecier/"


def page(client: Client, path: str, status: int = 200, /, **sent: str) -> str:
    response = client.post(path, sent) if sent else client.get(path)
    assert response.status_code == status, response.content.decode()[-3000:]
    return response.content.decode()


def subject() -> Any:
    return Pole.objects.get(slug=POLE_A).actor.subject


def exclusion() -> str:
    """The address of the first exclusion of the criteria of 2011."""
    grid = next(one for one in store.grids().values() if one.code == "labo-2011-criteres")
    return f"{CRITERIA}{grid.of_kind('exclusion')[0].code}/"


def answers(said: str) -> list[str]:
    """The answers of a page: those of the criteria, in their order."""
    return re.findall(r'class="criterion-head">.*?class="answer([^"]*)"', said, re.DOTALL)


# For everybody


def test_every_grid_of_poles_is_there_and_the_two_definitions_side_by_side(client: Client) -> None:
    said = page(client, BASE)
    for code in ("labo-2011-criteres", "labo-2011-definition", "loi-2014-art9", "decret-2015-431"):
        assert f'href="{BASE}{code}/' in said
    assert "charte-modele" not in said
    assert 'id="deux-definitions"' in said
    assert "À vérifier" in said


def test_before_the_law_there_is_one_definition_only(client: Client) -> None:
    said = page(client, f"{BASE}?le=2012-06-01")
    assert "labo-2011-definition" in said
    assert "loi-2014-art9" not in said
    assert 'id="deux-definitions"' not in said


def test_a_verdict_says_what_it_rests_on(client: Client) -> None:
    said = page(client, "/poles/pole-sud/appreciations/decret-2015-431/")
    assert "verdict-bad" in said
    assert "Pas de soutien de l&#x27;État reçu" in said
    assert "article 3" in said
    assert 'class="source-button' in said
    assert "Ce qui le changerait" in said


def test_the_first_screen_names_what_is_missing(client: Client) -> None:
    said = page(client, f"{BASE}loi-2014-art9/")
    assert 'id="manque"' in said
    assert f'href="/poles/{POLE_A}/proposer/"' in said


def test_a_past_day_and_another_version(client: Client) -> None:
    assert "2016" in page(client, f"{DECREE}?le=2016-03-01")
    page(client, f"{DECREE}?version=2099", 404)
    page(client, f"{DECREE}?le=2012-01-01", 404)
    page(client, f"{DECREE}?le=hier", 422)
    page(client, f"{DECREE}?le=2999-01-01", 422)
    page(client, f"{BASE}grille-inconnue/", 404)
    page(client, "/poles/nulle-part/appreciations/", 404)


def test_the_number_of_queries_does_not_depend_on_the_pole(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for path in (
        BASE,
        DECREE,
        "/poles/pole-sud/appreciations/",
        "/poles/pole-sud/appreciations/loi-2014-art9/",
    ):
        with django_assert_max_num_queries(30):
            page(client, path)


def test_everything_is_in_english(client: Client) -> None:
    said = page(client, f"/en{DECREE}")
    assert "A legal person under private law" in said
    assert "Une personne morale de droit privé" not in said
    assert "Cooperations" in page(client, f"/en{BASE}grille-terreau/")


def test_the_criteria_as_a_file_and_on_paper(client: Client) -> None:
    response = client.get(f"{DECREE}?format=csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert text.splitlines()[0].startswith("Critère;Code;Sorte de critère;Réponse")
    assert len(text.splitlines()) >= 7
    listed = client.get(f"{BASE}?format=csv")
    assert b"decret-2015-431" in b"".join(listed.streaming_content)  # type: ignore[attr-defined]
    printed = client.get(DECREE[:-1] + ".pdf")
    assert printed.content.startswith(b"%PDF-")
    assert b"/MarkInfo" in printed.content or b"StructTreeRoot" in printed.content


def test_an_old_address_leads_to_the_new_one(client: Client, people: People) -> None:
    from terreau.poles import actions

    pole = Pole.objects.get(slug=POLE_A)
    actions.move_address(pole, "la-coursive", by=people.animator)
    response = client.get(DECREE)
    assert (response.status_code, response["Location"]) == (
        301,
        "/poles/la-coursive/appreciations/decret-2015-431/",
    )


def test_a_pole_links_to_its_appraisals(client: Client) -> None:
    assert f'href="{BASE}"' in page(client, f"/poles/{POLE_A}/")


# Who says something


def test_a_private_pole_is_not_there_for_strangers(client: Client, people: People) -> None:
    made = register_pole("Pôle caché", carrier=None, codes=[], cog_year=2026, by=people.animator)
    paths = [
        f"/poles/{made.slug}/appreciations/{rest}" for rest in ("", "decret-2015-431/", "decret-2015-431.pdf")
    ]
    assert [client.get(path).status_code for path in paths] == [404] * 3
    people.sign_in(client, people.stranger)
    assert [client.get(path).status_code for path in paths] == [404] * 3
    people.sign_in(client, people.animator)
    assert [client.get(path).status_code for path in paths] == [200] * 3


def test_who_may_speak_of_a_criterion(client: Client, people: People) -> None:
    assert client.get(JUDGED).status_code == 302
    assert client.post(JUDGED, {"faire": "juger"}).status_code == 404
    for user, expected in (
        (people.animator, 200),
        (people.moderator, 200),
        (people.stranger, 403),
        (people.moderator_elsewhere, 403),
    ):
        people.sign_in(client, user)
        assert client.get(JUDGED).status_code == expected, user
        client.logout()
    assert Refusal.objects.filter(subject=subject(), by=people.stranger.pk, verb="grid.judge").exists()
    people.sign_in(client, people.animator)
    assert client.get(f"{BASE}grille-terreau/a1/").status_code == 404


def test_a_moderator_judges_and_the_computation_stays_beside(client: Client, people: People) -> None:
    people.sign_in(client, people.moderator)
    sent = {"faire": "juger", "answer": "oui", "reason": "Statuts lus en préfecture."}
    response = client.post(JUDGED, sent)
    assert response.status_code == 302
    assert response["Location"].endswith("#critere-c1-personne-morale")
    row = Judgement.objects.get()
    assert (row.answer, row.decides, row.quality) == ("oui", True, "moderation")
    assert Event.objects.filter(subject=subject(), verb="grid.judged").exists()
    client.logout()
    said = page(client, DECREE)
    assert "Statuts lus en préfecture." in said
    assert "une personne qui tient le registre" in said
    assert people.moderator.name not in said
    history = page(client, f"/poles/{POLE_A}/historique/?genre=appreciations")
    assert "Critère jugé" in history


def test_an_opinion_of_the_pole_is_shown_and_does_not_decide(client: Client, people: People) -> None:
    before = page(client, DECREE)
    people.sign_in(client, people.animator)
    page(client, JUDGED, 302, faire="juger", answer="oui", reason="Nous sommes une association.")
    assert Judgement.objects.get().decides is False
    client.logout()
    after = page(client, DECREE)
    assert "Nous sommes une association." in after
    assert "il ne décide pas" in after
    assert answers(after) == answers(before)


def test_a_moderator_lifts_an_exclusion_with_a_reason_and_puts_it_back(
    client: Client, people: People
) -> None:
    path = exclusion()
    people.sign_in(client, people.moderator)
    page(client, path, 422, faire="lever", **{"levee-reason": ""})
    page(client, path, 302, faire="lever", **{"levee-reason": "Le pôle fait bien davantage."})
    assert "Le pôle fait bien davantage." in page(client, CRITERIA)
    base = str(Lift.objects.get().pk)
    page(client, path, 302, faire="retablir", jalon=base, **{"levee-reason": "Erreur de pôle."})
    assert "Erreur de pôle." in page(client, path)
    assert [row.lifted for row in Lift.objects.order_by("at")] == [True, False]


def test_people_of_the_pole_do_not_lift(client: Client, people: People) -> None:
    people.sign_in(client, people.animator)
    path = exclusion()
    assert "Lever l" not in page(client, path)
    page(client, path, 403, faire="lever", **{"levee-reason": "Nous voulons."})
    assert not Lift.objects.exists()
    assert Refusal.objects.filter(subject=subject(), by=people.animator.pk, verb="grid.lift").exists()


def test_a_stale_page_is_told_and_keeps_what_was_written(client: Client, people: People) -> None:
    other = Client()
    people.sign_in(other, people.administrator)
    people.sign_in(client, people.moderator)
    page(other, JUDGED, 302, faire="juger", answer="non", reason="Vu au registre.")
    stale = page(client, JUDGED, 409, faire="juger", answer="oui", reason="Statuts lus.")
    assert "Statuts lus." in stale
    assert "Vu au registre." in stale
    base = re.search(r'name="jalon" value="([0-9a-f-]{36})"', stale)
    assert base is not None
    page(client, JUDGED, 302, faire="juger", answer="oui", reason="Statuts lus.", jalon=base[1])
    assert Judgement.objects.count() == 2


@pytest.mark.parametrize(
    "sent",
    [{"answer": "", "reason": "x"}, {"answer": "peut-être", "reason": "x"}, {"answer": "oui", "reason": " "}],
)
def test_a_judgement_needs_an_answer_and_a_reason(
    client: Client, people: People, sent: dict[str, str]
) -> None:
    people.sign_in(client, people.moderator)
    page(client, JUDGED, 422, faire="juger", **sent)
    assert not Judgement.objects.exists()


# Who has only facts


def lines(*kinds: str) -> dict[str, str]:
    sent: dict[str, str] = {}
    for number, kind in enumerate(kinds, start=1):
        sent |= {f"members.{number}.combien": "1", f"members.{number}.kind": kind}
    return sent


def test_a_visitor_gives_facts_and_reads_the_verdict(client: Client) -> None:
    asked = page(client, TRY)
    assert 'name="pole.legal_person"' in asked
    given = {
        "pole.legal_person": "oui",
        "pole.private_law": "oui",
        **lines("ess_enterprise", "lucrative_firm", "local_authority"),
        "members.2.legal_person": "oui",
        "members.whole": "1",
        "project.innovation": "social",
        "perimeter.communes": "3",
        "state_aid.earlier_call": "non",
        "le": "2015-06-30",
    }
    said = page(client, TRY, **given)
    assert "verdict-good" in said
    assert "Tout ce que le texte demande est rempli." in said
    alone = page(client, TRY, **{**given, "state_aid.earlier_call": "oui"})
    assert "verdict-bad" in alone
    assert 'value="oui" checked' in alone


def test_facts_left_unsaid_are_unknown(client: Client) -> None:
    said = page(client, TRY, le="2015-06-30")
    assert "verdict-check" in said
    assert 'id="manque"' in said


def test_lines_are_added_and_nothing_typed_is_lost(client: Client) -> None:
    said = page(client, TRY, ajouter="members", **lines("ess_enterprise"))
    assert said.count(".combien") > 3 * 2
    assert '<option value="ess_enterprise" selected>' in said
    assert 'id="reponse"' not in said


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"le": "hier"}, "Écrivez une date"),
        ({"members.1.combien": "beaucoup"}, "Ligne 1"),
        ({"members.1.combien": "1", "members.1.kind": "<b>"}, "vocabulaire"),
        ({"perimeter.communes": "douze"}, "nombre"),
        ({"project.innovation": "magique"}, "vocabulaire"),
    ],
)
def test_bad_facts_are_told_beside_their_question(client: Client, sent: dict[str, str], said: str) -> None:
    told = page(client, TRY, 422, **sent)
    assert said in told
    assert "<b>" not in told


def test_many_alike_are_told_by_one_line(client: Client) -> None:
    said = page(client, TRY, **{"members.1.combien": "3", "members.1.kind": "ess_enterprise"})
    assert "3 connus" in said


def test_nothing_is_kept_of_what_a_visitor_typed(client: Client, django_assert_num_queries: Any) -> None:
    before = Event.objects.count()
    page(client, TRY, **{"le": timezone.localdate().isoformat(), "pole.legal_person": "oui"})
    assert Event.objects.count() == before
    assert client.get(TRY)["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_every_grid_can_be_tried(client: Client) -> None:
    for code in (
        "labo-2011-criteres",
        "labo-2011-definition",
        "loi-2014-art9",
        "ess-art1",
        "ess-art2",
        "esus",
    ):
        path = f"/grilles/{code}/apprecier/"
        assert "criteria" in page(client, path, le="2026-01-01")
        page(client, f"/en{path}")
    page(client, "/grilles/referentiel-labo/apprecier/", 404)
