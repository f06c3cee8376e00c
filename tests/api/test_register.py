"""The poles and the territories of the API, on the real register."""

from typing import Any

import pytest
from django.test import Client

LINE = {
    "id", "slug", "nom", "porteur", "stade", "statut_registre", "reconnaissances", "secteurs",
    "departements", "regions", "anciennes_regions", "lon", "lat",
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("register")


def get(client: Client, path: str) -> Any:
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content
    return response.json()


def test_the_directory_is_paged_without_losing_or_repeating_a_pole(client: Client) -> None:
    seen: list[str] = []
    path = "poles?limit=7"
    while path:
        page = get(client, path)
        assert set(page) >= {"results", "next", "previous"}
        seen += [line["id"] for line in page["results"]]
        path = page["next"].split("/api/v1/")[1] if page["next"] else ""
    assert len(seen) == len(set(seen)) == get(client, "poles")["count"] >= 49


def test_previous_comes_back_to_the_page_before(client: Client) -> None:
    first = get(client, "poles?limit=5")
    second = get(client, first["next"].split("/api/v1/")[1])
    back = get(client, second["previous"].split("/api/v1/")[1])
    assert back["results"] == first["results"]


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("q=archer", "pole-sud"),
        ("region=53", "eclis"),
        ("ancienne_region=82", "culture-et-cooperation"),
        ("departement=40", "sud-aquitain"),
        ("reconnaissance=temoin", "culture-et-cooperation"),
        ("stade=en_projet", "sicoval"),
        ("secteur=culture_creation", "la-coursive-boutaric"),
    ],
)
def test_a_filter_keeps_what_it_says(client: Client, query: str, slug: str) -> None:
    found = get(client, f"poles?limit=100&{query}")["results"]
    assert slug in [line["slug"] for line in found]
    assert len(found) < get(client, "poles")["count"]
    assert set(found[0]) >= LINE
    name, _, value = query.partition("=")
    field = {
        "region": "regions",
        "ancienne_region": "anciennes_regions",
        "departement": "departements",
        "reconnaissance": "reconnaissances",
        "secteur": "secteurs",
    }.get(name)
    if field:
        assert all(value in line[field] for line in found)


def test_the_map_holds_every_placed_pole(client: Client) -> None:
    body = get(client, "poles.geojson")
    assert body["type"] == "FeatureCollection"
    assert all({"slug", "nom"} <= set(feature["properties"]) for feature in body["features"])
    placed = [line["slug"] for line in get(client, "poles?limit=100")["results"] if line["lon"] is not None]
    assert sorted(placed) == sorted(feature["properties"]["slug"] for feature in body["features"])


def test_contradictions_of_the_seeds_stay_visible(client: Client) -> None:
    facts = get(client, "poles/artis")["faits"]
    surface = [fact for fact in facts if fact["contredit"] and fact["unite"] == "m2"]
    assert {fact["valeur"] for fact in surface} | {other["valeur"] for other in surface[0]["contredit"]} == {
        1000,
        4000,
    }
    assert set(surface[0]) >= {"code", "valeur", "unite", "periode", "source", "statut", "contredit"}
    assert set(surface[0]["source"]) == {"document", "section", "url"}


def test_a_department_only_perimeter_is_said_approximate(client: Client) -> None:
    sheet = get(client, "poles/eclis")
    assert sheet["perimetre"]["approche"] is True
    assert sheet["perimetre"]["cog"] == 2026
    assert "22278" in sheet["perimetre"]["communes"]


def test_a_quarter_never_claims_its_commune(client: Client) -> None:
    assert get(client, "poles/la-coursive-boutaric")["perimetre"]["communes"] == ["21231"]
    dijon = get(client, "territories/commune/21231")
    coursive = next(pole for pole in dijon["poles"] if pole["slug"] == "la-coursive-boutaric")
    assert (coursive["part_du_perimetre"], coursive["part_de_la_zone"]) == (None, None)


@pytest.mark.parametrize(
    ("level", "code", "communes", "population"),
    [
        ("region", "53", None, None),
        ("departement", "40", None, None),
        ("ancienne-region", "82", None, None),
        ("epci", "243500741", 31, 67_666),
        ("commune", "35236", 1, 9_542),
    ],
)
def test_a_territory_says_its_size_and_its_poles(
    client: Client, level: str, code: str, communes: int | None, population: int | None
) -> None:
    found = get(client, f"territories/{level}/{code}")
    assert (found["niveau"], found["code"], found["cog"]) == (level, code, 2026)
    if communes:
        assert (found["communes"], found["population"]) == (communes, population)
    for pole in found["poles"]:
        for part in (pole["part_du_perimetre"], pole["part_de_la_zone"]):
            assert part is None or 0 <= part <= 1


def test_regions_add_up_to_france(client: Client) -> None:
    codes = ["01", "02", "03", "04", "06", "11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84"]
    codes += ["93", "94"]
    found = [get(client, f"territories/region/{code}") for code in codes]
    assert sum(zone["communes"] for zone in found) == 34_875
    assert sum(zone["population"] for zone in found) == 68_350_798


def test_an_old_commune_code_answers_with_the_current_one(client: Client) -> None:
    assert get(client, "territories/commune/01220")["code"] == "01185"


def test_the_directory_takes_the_same_number_of_queries_whatever_its_length(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        get(client, "poles?limit=100")
