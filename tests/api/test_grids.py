"""Grids and verdicts by the API: what each asks, what it gives for a pole, what it gives for facts."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from terreau.common.permissions import Permission
from terreau.common.verdicts import Answer
from terreau.grids import judging, store
from terreau.journal.models import Event
from terreau.poles.actions import register_pole
from terreau.poles.models import Pole
from tests.people import POLE_A, People

pytestmark = pytest.mark.usefixtures("grids")
VERDICT = "/api/v1/poles/pole-sud/verdicts/decret-2015-431"
GIVEN: dict[str, Any] = {
    "pole.legal_person": True,
    "pole.private_law": True,
    "members": [
        {"kind": "ess_enterprise"},
        {"kind": "lucrative_firm", "legal_person": True},
        {"kind": "local_authority"},
    ],
    "project.innovation": ["social"],
    "perimeter.communes": {"min": 1, "max": None},
    "state_aid.earlier_call": False,
}


def get(client: Client, path: str, status: int = 200, /, **headers: str) -> Any:
    response = client.get(path, headers=headers)
    assert response.status_code == status, response.content
    return response.json()


def post(client: Client, body: Any, status: int = 200, grid: str = "decret-2015-431") -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    response = client.post(f"/api/v1/grids/{grid}/verdict", text, content_type="application/json")
    assert response.status_code == status, response.content
    return response.json()


def test_the_list_and_the_places_kept(client: Client) -> None:
    found = {one["code"]: one for one in get(client, "/api/v1/grids")["results"]}
    assert found["decret-2015-431"]["version"] == "2015"
    assert found["decret-2015-431"]["prescriptive"] is True
    assert found["grille-terreau"]["prescriptive"] is False
    assert found["referentiel-labo"]["version"] is None


def test_a_grid_lists_the_facts_it_reads(client: Client) -> None:
    found = get(client, "/api/v1/grids/decret-2015-431")
    facts = {one["code"]: one for one in found["facts"]}
    assert set(GIVEN) <= set(facts)
    assert (
        "ess_enterprise" in next(one for one in facts["members"]["champs"] if one["code"] == "kind")["choix"]
    )
    assert all(one["titre"]["en"] for one in found["criteria"])
    get(client, "/api/v1/grids/inconnue", 404)
    assert get(client, "/api/v1/grids/referentiel-labo", 404)["code"] == "no_text"
    assert get(client, "/api/v1/grids/decret-2015-431?version=2099", 404)["code"] == "unknown_version"


def test_a_verdict_has_the_shape_of_the_contract(client: Client) -> None:
    found = get(client, VERDICT)
    assert (found["pole"], found["grid"], found["version"]) == ("pole-sud", "decret-2015-431", "2015")
    assert found["verdict"] == "non"
    by_code = {one["code"]: one for one in found["criteria"]}
    aided = by_code["c4-aide-anterieure"]
    assert (aided["kind"], aided["verdict"]) == ("incontournable", "non")
    assert aided["source"]["section"].startswith("article 3")
    assert aided["reasons"][0]["texte"]
    assert aided["would_change"][0]["gives"] == "oui"
    fact = next(one for one in aided["facts"] if one["code"] == "state_aid.earlier_call")
    assert (fact["value"], set(fact)) == (True, {"code", "value", "source", "date", "status"})
    assert fact["source"]["document"]


def test_the_command_says_the_same(client: Client) -> None:
    out = StringIO()
    call_command("sheets_verdict", pole="pole-sud", grid="decret-2015-431@2015", json=True, stdout=out)
    assert json.loads(out.getvalue()) == get(client, VERDICT)
    text = StringIO()
    call_command("sheets_verdict", pole="pole-sud", grid="decret-2015-431", stdout=text)
    assert "Ce qui" not in text.getvalue().splitlines()[0]
    assert "c4-aide-anterieure" in text.getvalue()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"pole": "nulle-part", "grid": "decret-2015-431"}, "unknown_pole"),
        ({"pole": "pole-sud", "grid": "inconnue"}, "unknown_grid"),
        ({"pole": "pole-sud", "grid": "decret-2015-431@9"}, "unknown_version"),
        ({"pole": "pole-sud", "grid": "decret-2015-431", "on": "hier"}, "not_a_date"),
        ({"pole": "pole-sud", "grid": "decret-2015-431", "on": "2999-01-01"}, "out_of_reach"),
        ({"pole": "pole-sud", "grid": "decret-2015-431", "on": "2012-01-01"}, "grid_not_in_force"),
    ],
)
def test_the_command_refuses_with_a_code(options: dict[str, str], code: str) -> None:
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("sheets_verdict", json=True, stdout=out, **options)
    assert refused.value.returncode == 2
    assert json.loads(out.getvalue())["code"] == code


def test_a_verdict_of_another_day_and_language(client: Client) -> None:
    assert get(client, f"{VERDICT}?on=2015-06-30")["on"] == "2015-06-30"
    assert get(client, f"{VERDICT}?on=2012-01-01", 404)["code"] == "grid_not_in_force"
    assert get(client, f"{VERDICT}?on=2999-01-01", 422)["code"] == "out_of_reach"
    assert get(client, f"{VERDICT}?on=hier", 422)["code"] == "invalid"
    get(client, "/api/v1/poles/nulle-part/verdicts/decret-2015-431", 404)
    english = get(client, VERDICT, **{"accept-language": "en"})
    assert english["criteria"][0]["title"] != get(client, VERDICT)["criteria"][0]["title"]


def test_a_verdict_is_read_by_anybody_and_asked_again_for_nothing(client: Client) -> None:
    response = client.get(VERDICT)
    assert response["Access-Control-Allow-Origin"] == "*"
    assert client.get(VERDICT, headers={"if-none-match": response["ETag"]}).status_code == 304


def test_a_private_pole_is_not_there(client: Client, people: People) -> None:
    made = register_pole("Pôle caché", carrier=None, codes=[], cog_year=2026, by=people.animator)
    get(client, f"/api/v1/poles/{made.slug}/verdicts/decret-2015-431", 404)
    people.sign_in(client, people.animator)
    get(client, f"/api/v1/poles/{made.slug}/verdicts/decret-2015-431", 404)


def test_a_judgement_is_told_without_the_person(client: Client, people: People) -> None:
    subject = Pole.objects.get(slug=POLE_A).actor.subject
    judging.judge(
        subject,
        store.grid("decret-2015-431"),
        "c1-personne-morale",
        Answer.YES,
        reason="Statuts lus.",
        by=people.moderator,
        quality="moderation",
        may=Permission(ok=True),
    )
    response = client.get(f"/api/v1/poles/{POLE_A}/verdicts/decret-2015-431")
    one = response.json()["criteria"][0]
    assert (one["verdict"], one["judged"]["answer"], one["judged"]["reason"]) == (
        "oui",
        "oui",
        "Statuts lus.",
    )
    assert people.moderator.name not in response.content.decode()


# Facts that somebody gives


def test_facts_alone_get_a_verdict_and_nothing_is_kept(client: Client) -> None:
    before = Event.objects.count()
    found = post(client, {"on": "2015-06-30", "facts": GIVEN})
    assert (found["pole"], found["verdict"], found["on"]) == (None, "oui", "2015-06-30")
    aided = post(client, {"on": "2015-06-30", "facts": {**GIVEN, "state_aid.earlier_call": True}})
    assert aided["verdict"] == "non"
    nothing = post(client, {"facts": {}})
    assert nothing["verdict"] == "a_verifier"
    assert all(one["reasons"] for one in nothing["criteria"])
    assert Event.objects.count() == before


def test_the_command_of_grids_says_the_same_of_facts(client: Client, tmp_path: Any) -> None:
    file = tmp_path / "faits.json"
    file.write_text(json.dumps({"on": "2015-06-30", "facts": GIVEN}), "utf-8")
    out = StringIO()
    call_command("grids_evaluate", grid="decret-2015-431", facts=file, json=True, stdout=out)
    said, asked = json.loads(out.getvalue()), post(client, {"on": "2015-06-30", "facts": GIVEN})
    assert said["verdict"] == asked["verdict"] == "oui"
    assert [one["verdict"] for one in said["criteria"]] == [one["verdict"] for one in asked["criteria"]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "bad_json"),
        ({}, 422, "invalid"),
        ({"facts": []}, 422, "invalid"),
        ({"facts": {}, "autre": 1}, 422, "invalid"),
        ({"facts": {}, "on": "hier"}, 422, "invalid"),
        ({"facts": {"inconnu": 1}}, 422, "bad_facts"),
        ({"facts": {"pole.legal_person": "oui"}}, 422, "bad_facts"),
        ({"facts": {"members": [{"kind": "x", "autre": 1}]}}, 422, "bad_facts"),
        ({"facts": {"judged.inconnu": True}}, 422, "bad_facts"),
        ({"facts": {}, "version": "9"}, 404, "unknown_version"),
    ],
)
def test_bad_facts_are_refused_all_at_once(client: Client, body: Any, status: int, code: str) -> None:
    found = post(client, body, status)
    assert (found["code"], set(found)) == (code, {"code", "message", "facts"})
    if code == "bad_facts":
        assert all(one["path"].startswith("facts.") for one in found["facts"]["problems"])


def test_every_problem_has_its_path(client: Client) -> None:
    found = post(client, {"facts": {"inconnu": 1, "members": [{"kind": "x"}, {"ess": 3}]}}, 422)
    paths = {one["path"] for one in found["facts"]["problems"]}
    assert paths == {"facts.inconnu", "facts.members[0].kind", "facts.members[1].ess"}


@pytest.mark.parametrize("grid", ["ess-art1", "ess-art2", "esus"])
def test_a_pole_is_an_actor_for_the_grids_of_actors(client: Client, grid: str) -> None:
    found = get(client, f"/api/v1/poles/pole-sud/verdicts/{grid}")
    assert (found["pole"], found["grid"], found["verdict"]) == ("pole-sud", grid, "a_verifier")
    assert found["criteria"]
    assert client.get(f"/poles/pole-sud/appreciations/{grid}/").status_code == 200
