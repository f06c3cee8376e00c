"""Actors, territories, facts, search and what is found in memory: pages without loss, filters that filter."""

from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from terreau.facts.models import CurrentFact
from terreau.subjects.models import Subject

pytestmark = pytest.mark.usefixtures("register")


def get(client: Client, path: str) -> Any:
    response = client.get(path if path.startswith("http") else f"/api/v1/{path}")
    assert response.status_code == 200, response.content
    return response.json()


def every_page(client: Client, path: str) -> list[dict[str, Any]]:
    pages = [get(client, path)]
    while pages[-1]["next"]:
        pages.append(get(client, pages[-1]["next"]))
    for before, after in pairwise(pages):
        assert get(client, after["previous"])["results"] == before["results"]
    assert pages[0]["previous"] is None
    return [line for page in pages for line in page["results"]]


@pytest.mark.parametrize(
    ("path", "unique"),
    [
        ("actors?region=53&limit=7", ["id"]),
        ("territories?niveau=departement&limit=40", ["niveau", "code"]),
        ("facts?code=pole.sector&limit=60", ["sujet.id", "code", "valeur"]),
        ("catalogue?limit=50", ["code"]),
        ("units?limit=20", ["code"]),
        ("vocabularies?limit=6", ["nom"]),
        ("search?q=saint&nature=actor&limit=5", ["id"]),
        ("search?q=redon&limit=4", ["id"]),
    ],
)
def test_pages_lose_and_repeat_nothing(client: Client, path: str, unique: list[str]) -> None:
    lines = every_page(client, path)
    keys = [tuple(str(_inside(line, name)) for name in unique) for line in lines]
    assert len(set(keys)) == len(keys) == get(client, path)["count"] > 0


def _inside(line: dict[str, Any], name: str) -> Any:
    first, _, rest = name.partition(".")
    return line[first][rest] if rest else line[first]


def test_actors_are_filtered_and_unknowns_are_null(client: Client) -> None:
    found = get(client, "actors?region=53&limit=100")["results"]
    assert found
    assert {line["region"] for line in found} == {"53"}
    assert all(value != "" for line in found for value in line.values())


def test_an_actor_is_read_by_its_identifier(client: Client) -> None:
    line = get(client, "actors?limit=1")["results"][0]
    sheet = get(client, f"actors/{line['id']}")
    assert (sheet["id"], sheet["nom"]) == (line["id"], line["nom"])
    assert sheet["ess"]["verdict"] == line["ess"]
    assert sheet["ess"]["raisons"]


def test_a_private_actor_is_nowhere(client: Client) -> None:
    line = get(client, "actors?limit=1")["results"][0]
    Subject.objects.filter(pk=line["id"]).update(public=False)
    assert client.get(f"/api/v1/actors/{line['id']}").status_code == 404
    assert client.get(f"/api/v1/facts?sujet={line['id']}").status_code == 404
    assert line["id"] not in [other["id"] for other in get(client, "actors?limit=2")["results"]]


def test_facts_of_a_private_subject_are_not_listed(client: Client) -> None:
    first = get(client, "facts?code=pole.sector&limit=1")
    Subject.objects.filter(pk=first["results"][0]["sujet"]["id"]).update(public=False)
    after = get(client, "facts?code=pole.sector&limit=100")
    assert after["count"] < first["count"]
    assert first["results"][0]["sujet"]["id"] not in [line["sujet"]["id"] for line in after["results"]]


@pytest.mark.parametrize(
    ("level", "count"), [("region", 18), ("ancienne-region", 27), ("departement", 101), ("epci", 1255)]
)
def test_territories_of_a_level_are_all_there(client: Client, level: str, count: int) -> None:
    page = get(client, f"territories?niveau={level}&limit=1")
    assert (page["count"], page["results"][0]["niveau"]) == (count, level)


def test_the_communes_of_an_epci(client: Client) -> None:
    page = get(client, "territories?niveau=commune&epci=243500741&limit=100")
    assert page["count"] == len(page["results"]) == 31
    assert {line["departement"] for line in page["results"]} == {"35", "44", "56"}
    assert sum(line["population"] for line in page["results"]) == 67_666


@pytest.mark.parametrize("query", ["redon", "REDON", "35236"])
def test_a_territory_is_found_by_name_or_code(client: Client, query: str) -> None:
    codes = [line["code"] for line in get(client, f"territories?niveau=commune&q={query}")["results"]]
    assert "35236" in codes
    assert len(codes) < 20


def test_facts_of_a_pole_are_those_of_its_sheet(client: Client) -> None:
    sheet = get(client, "poles/artis")
    facts = every_page(client, f"facts?sujet={sheet['id']}")
    told = {(fact["code"], str(fact["valeur"])): fact["contredit"] for fact in sheet["faits"]}
    assert told == {(fact["code"], str(fact["valeur"])): fact["contredit"] for fact in facts}
    assert {fact["sujet"]["chemin"] for fact in facts} == {"/poles/artis/"}


def test_facts_are_filtered_by_status_and_term(client: Client) -> None:
    every = get(client, "facts?nature=pole")["count"]
    counts = {
        status: get(client, f"facts?nature=pole&statut={status}")["count"]
        for status in ("verifie", "justifie", "declare", "calcule", "estime")
    }
    assert sum(counts.values()) == every > max(counts.values())
    term = CurrentFact.objects.filter(code="pole.sector").order_by("pk").values_list("term", flat=True)[0]
    found = get(client, f"facts?code=pole.sector&terme={term}&limit=100")["results"]
    assert {line["valeur"] for line in found} == {term}


def test_a_page_of_facts_takes_the_same_number_of_queries(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for limit in (5, 100):
        with django_assert_max_num_queries(7):
            get(client, f"facts?nature=pole&limit={limit}")


def test_the_catalogue_and_its_vocabularies_are_in_both_languages(client: Client) -> None:
    entry = get(client, "catalogue/pole.sector")
    assert set(entry["libelle"]) == {"fr", "en"}
    words = get(client, f"vocabularies/{entry['vocabulaire']}")
    assert words["termes"]
    assert all(term["libelle"]["fr"] and term["libelle"]["en"] for term in words["termes"])


def test_search_says_what_and_where(client: Client) -> None:
    found = get(client, "search?q=redon")["results"]
    commune = next(line for line in found if line["chemin"] == "/territoires/commune/35236/")
    assert (commune["nature"], commune["nom"]) == ("territory", "Redon")
    assert {line["nature"] for line in get(client, "search?q=redon&nature=territory")["results"]} == {
        "territory"
    }
    assert get(client, "search?q=%F0%9F%90%99")["count"] == 0
