"""Pages of the official territories."""

import re
from typing import Any

import pytest
from django.test import Client

from terreau.facts.models import Fact
from terreau.pieces.models import Source
from terreau.sheets.territories import territory_sheet
from terreau.territories.models import Layer, LayerValue, LayerZone, Zone
from terreau.web import portrait

pytestmark = pytest.mark.usefixtures("register")

ONE_OF_EACH = ["commune/35236", "epci/243500741", "departement/40", "region/84", "ancienne-region/82"]


def page(client: Client, path: str) -> str:
    response = client.get(f"/territoires/{path}/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("path", ONE_OF_EACH)
def test_each_level_says_who_lives_there_and_where_it_is(client: Client, path: str) -> None:
    html = page(client, path)
    assert "habitants" in html
    assert "<svg" in html
    assert "Ce que l'on ne sait pas" in html.replace("&#x27;", "'")


@pytest.mark.parametrize("path", ONE_OF_EACH)
def test_a_page_asks_few_questions_whatever_its_size(
    client: Client, path: str, django_assert_max_num_queries: Any
) -> None:
    client.get(f"/territoires/{path}/")
    with django_assert_max_num_queries(16):
        client.get(f"/territoires/{path}/")


def test_redon_spans_three_departments_and_two_regions(client: Client) -> None:
    html = page(client, "epci/243500741")
    for link in ("departement/35", "departement/44", "departement/56", "region/52", "region/53"):
        assert f'href="/territoires/{link}/"' in html


def test_an_old_code_leads_to_the_commune_of_today(client: Client) -> None:
    response = client.get("/territoires/commune/01220/")
    assert response.status_code == 301
    assert response["Location"] == "/territoires/commune/01185/"


def test_a_code_in_lower_case_leads_to_its_page(client: Client) -> None:
    response = client.get("/en/territoires/commune/2a004/")
    assert (response.status_code, response["Location"]) == (301, "/en/territoires/commune/2A004/")


@pytest.mark.parametrize(
    "path", ["commune/99999", "Commune/35236", "canton/3501", "epci/1", "region/%00", "commune/" + "9" * 300]
)
def test_a_stranger_territory_is_a_404_that_says_what_to_do(client: Client, path: str) -> None:
    response = client.get(f"/territoires/{path}/")
    assert response.status_code == 404
    assert "Cherchez-le par son nom" in response.content.decode()


def test_shares_go_both_ways_and_a_rough_place_is_an_upper_bound() -> None:
    whole = territory_sheet("departement", "40").communes.poles
    pole = next(pole for pole in whole if pole.slug == "sud-aquitain" or "Sud Aquitain" in pole.name)
    part = next(p for p in territory_sheet("ancienne-region", "72").communes.poles if p.slug == pole.slug)
    assert 0 < part.of_zone <= 1
    assert 0 < pole.of_zone <= 1


def test_a_pole_known_only_roughly_is_said_to_be_perhaps_there(client: Client) -> None:
    poles = territory_sheet("commune", "35236").communes.poles
    assert poles
    assert all(pole.approximate and not pole.inside for pole in poles)
    html = page(client, "commune/35236")
    assert "Et peut-être" in html or "Peut-être, car" in html
    assert "au plus 100" in html


def test_a_rough_place_wholly_inside_is_surely_there() -> None:
    poles = territory_sheet("region", "84").communes.poles
    assert any(pole.approximate and pole.sure for pole in poles)


def test_where_no_pole_is_known_the_nearest_are_named_with_their_distance(client: Client) -> None:
    sheet = territory_sheet("commune", "2A004")
    assert sheet.communes.poles == []
    near = sheet.communes.nearest_poles
    assert [pole.distance for pole in near] == sorted(pole.distance for pole in near)
    assert len(near) == 5
    html = page(client, "commune/2A004")
    assert "Cela ne prouve pas" in html
    assert "km" in html


def test_the_communes_of_a_region_are_paged_and_none_is_lost_or_doubled(client: Client) -> None:
    path, seen = "/territoires/departement/90/", []
    while path:
        context = client.get(path).context
        shown = context["portrait"].page
        seen += [line.code for line in shown.rows]
        path = f"/territoires/departement/90/?cursor={shown.next}" if shown.next else ""
    assert len(seen) == len(set(seen)) == len(territory_sheet("departement", "90").communes)
    back = client.get(f"/territoires/departement/90/?cursor={shown.previous}").context["portrait"].page
    assert [line.code for line in back.rows] == seen[-len(shown.rows) - 50 : -len(shown.rows)]


@pytest.mark.parametrize("cursor", ["x", "WzAsIjk5OTk5Il0", "WzAsMV0", "A" * 2000])
def test_a_cursor_that_is_not_ours_is_refused(client: Client, cursor: str) -> None:
    assert client.get(f"/territoires/region/53/?cursor={cursor}").status_code == 422


def test_a_commune_overseas_without_outline_has_a_page(client: Client) -> None:
    html = page(client, "commune/98735")
    assert "Pas de carte" in html


def _layer(kind: str, name: str) -> Layer:
    source = Source.objects.create(kind="register", code=name, document=f"INSEE, {name}")
    return Layer.objects.create(
        name=name, vintage=2021, kind=kind, label={"fr": name}, cog_year=2026, source=source
    )


def test_a_secret_is_neither_zero_nor_missing(client: Client) -> None:
    layer = _layer("measures", "filosofi")
    redon, other = Zone.objects.filter(level="commune", code__in=["35236", "35268"]).order_by("code")
    LayerValue.objects.create(layer=layer, commune=redon, measure="niveau_vie_median", value=21500)
    LayerValue.objects.create(layer=layer, commune=other, measure="taux_pauvrete", secret=True)
    assert re.search(r"21.500.€", page(client, "commune/35236"))
    assert "secret statistique" not in page(client, "commune/35236")
    assert "secret statistique" in page(client, "commune/35268")
    assert "pas de donnée pour cette commune" in page(client, "commune/35294")


def test_imported_layers_are_shown_with_their_source_and_others_said_absent(client: Client) -> None:
    layer = _layer("partition", "bassins-vie")
    redon = Zone.objects.get(level="commune", code="35236")
    LayerZone.objects.create(layer=layer, commune=redon, code="35236", label="Redon (bassin)")
    html = page(client, "commune/35236")
    assert "Redon (bassin)" in html
    assert "INSEE, bassins-vie" in html
    missing = re.search(r"découpages, que ce registre n.{1,6}a pas importés : ([^<]+)", html)
    assert missing
    assert "bassins de vie" not in missing[1]
    assert "QPV" in missing[1]


def test_the_population_says_its_year_and_its_source(client: Client) -> None:
    (population, surface) = territory_sheet("commune", "97601").facts[:2]
    assert population.period == "2017"
    assert population.status == "justifie"
    assert surface.display.startswith("environ")
    assert territory_sheet("epci", "243500741").facts[0].status == "calcule"


def test_the_index_finds_a_territory_and_lists_regions_new_and_old(client: Client) -> None:
    html = client.get("/territoires/", {"q": "redon"}).content.decode()
    assert 'href="/territoires/commune/35236/"' in html
    assert 'href="/territoires/epci/243500741/"' in html
    html = client.get("/territoires/").content.decode()
    for path in ("region/53", "ancienne-region/82", "departement/974"):
        assert f'href="/territoires/{path}/"' in html
    assert "Aucun territoire ne porte ce nom" in client.get("/territoires/?q=xqzw").content.decode()


def test_nothing_shown_is_recorded_by_looking(client: Client) -> None:
    before = Fact.objects.count()
    page(client, "commune/35236")
    assert Fact.objects.count() == before


def test_a_territory_of_many_poles_shows_the_most_concerned(
    client: Client, register: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = client.get("/territoires/region/53/").content.decode()
    assert "la liste entière est dans les fichiers" not in rows
    monkeypatch.setattr(portrait, "_POLES", 1)
    monkeypatch.setattr(portrait, "_DOTS", 1)
    few = client.get("/territoires/region/53/").content.decode()
    assert "la liste entière est dans les fichiers" in few
    assert few.count("<circle") < rows.count("<circle")
