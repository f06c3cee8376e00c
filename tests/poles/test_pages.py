"""Pages of the poles, under templates that refuse an unknown variable."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from terreau.journal import subjects
from terreau.poles import listing
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

pytestmark = pytest.mark.usefixtures("register")


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_pole_has_its_page(client: Client, prefix: str) -> None:
    for slug in Pole.objects.values_list("slug", flat=True):
        html = page(client, f"{prefix}/poles/{slug}/")
        assert html.count("<h1") == 1
        assert 'id="sources"' in html


def test_the_first_screen_answers_who_where_what_and_with_what_result(client: Client) -> None:
    html = page(client, "/poles/pole-sud/")
    first = html[: html.index('id="pole"')]
    for answer in (
        "Groupe Archer",
        "7 membres nommés",
        "Romans-sur-Isère",
        "filière cuir",
        "1\u202f000\u00a0personnes",
    ):
        assert answer in first
    assert "Information de 2014, non confirmée depuis" in first


def test_contradictions_are_in_sight(client: Client) -> None:
    html = page(client, "/poles/artis/")
    assert "sources en désaccord" in html
    assert "4\u202f000\u00a0m²" in html
    assert "1\u202f000\u00a0m²" in html


def test_what_is_unknown_says_so(client: Client) -> None:
    html = page(client, "/poles/ardes/")
    assert "Aucune source ne dit où est ce pôle." in html
    assert "Aucun chiffre dans les sources." in html


def test_an_approximate_perimeter_says_so_and_is_drawn(client: Client) -> None:
    html = page(client, "/poles/eclis/")
    assert "le périmètre exact est inconnu" in html
    assert "<path d=" in html


def test_a_part_of_a_commune_does_not_count_its_inhabitants(client: Client) -> None:
    html = page(client, "/poles/la-coursive-boutaric/")
    assert "jamais toute la commune" in html


def test_the_national_label_was_never_instituted(client: Client) -> None:
    assert "n&#x27;a jamais été institué" in page(client, "/poles/smac-07/").replace("'", "&#x27;")


def test_a_source_that_is_a_page_opens_at_its_address(client: Client) -> None:
    assert 'href="https://archer.fr"' in page(client, "/poles/pole-sud/")


def test_the_directory_lists_and_filters(client: Client) -> None:
    html = page(client, "/poles/?region=53")
    assert "Les Articulteurs" in html
    assert "Culture &amp; Coopération" not in html
    assert "ECLIS" in page(client, "/poles/?q=eclis")


def test_pages_follow_one_another(client: Client) -> None:
    response = client.get("/poles/")
    cursor = response.context["page"].next
    second = client.get("/poles/", {"cursor": cursor})
    first_names = {row.nom for row in response.context["page"].rows}
    assert not first_names & {row.nom for row in second.context["page"].rows}


def test_an_empty_answer_gives_the_first_action(client: Client) -> None:
    html = page(client, "/poles/?q=zzzz")
    assert "Aucun pôle ne répond à cette recherche" in html
    assert 'href="/poles/"' in html


@pytest.mark.parametrize("query", ["region=99", "stade=mort", "tri=taille", "cursor=abc", "format=pdf"])
def test_a_wrong_address_is_refused_and_says_what_to_write(client: Client, query: str) -> None:
    page(client, f"/poles/?{query}", status=422)


def test_the_error_of_a_wrong_region_says_the_right_ones(client: Client) -> None:
    assert "53 (Bretagne)" in page(client, "/poles/?region=99", status=422)


def test_the_same_list_as_a_spreadsheet(client: Client) -> None:
    response = client.get("/poles/?format=csv&ancienne_region=82&tri=region")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [row["Pôle"] for row in rows][:2] == ["Domb'Innov", "SMAC 07"]
    assert rows[0]["Structure porteuse"] == "Val Horizon"
    for form in ("xlsx", "ods"):
        sent = client.get(f"/poles/?format={form}")
        assert b"".join(sent.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]


def test_the_printed_list_is_by_region_department_and_name(client: Client) -> None:
    groups = client.get("/poles/imprimer/").context["groups"]
    order = [(group.region, group.department) for group in groups]
    assert order[0] == ("Auvergne-Rhône-Alpes", "Ain")
    assert order[-1] == ("inconnue", "")
    assert ("Bretagne", "plusieurs départements") in order
    former = client.get("/poles/imprimer/?tri=ancienne_region").context["groups"]
    assert ("Rhône-Alpes", "Ain") in [(group.region, group.department) for group in former]
    assert sum(len(group.rows) for group in groups) == Pole.objects.count()


def test_points_of_the_map(client: Client) -> None:
    body = json.loads(client.get("/poles/points.geojson?region=53").content)
    assert body["type"] == "FeatureCollection"
    assert {feature["properties"]["slug"] for feature in body["features"]} >= {"eclis", "les-articulteurs"}
    english = json.loads(client.get("/en/poles/points.geojson").content)
    assert english["features"][0]["properties"]["url"].startswith("/en/poles/")


def test_a_stranger_gets_404_for_what_is_not_public(client: Client) -> None:
    page(client, "/poles/nulle-part/", status=404)
    Subject.objects.filter(actor__pole__slug="artis").update(public=False)
    listing.project()
    page(client, "/poles/artis/", status=404)


def test_a_merged_pole_leads_to_the_one_that_remains(client: Client) -> None:
    loser, winner = (Subject.objects.get(actor__pole__slug=slug) for slug in ("artis", "le-phares"))
    subjects.merge(loser, winner, by=None, reason="doublon")
    response = client.get("/poles/artis/")
    assert (response.status_code, response["Location"]) == (301, "/poles/le-phares/")


def test_an_example_that_is_invented_says_so(client: Client) -> None:
    Pole.objects.filter(slug="ardes").update(fictional=True)
    assert "exemple fictif" in page(client, "/poles/ardes/")
    assert "exemple fictif" in page(client, "/poles/?q=ardes")


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_only_read(client: Client, method: str) -> None:
    assert getattr(client, method)("/poles/artis/").status_code == 405


def test_queries_of_the_directory(client: Client, django_assert_max_num_queries: Any) -> None:
    page(client, "/poles/")
    with django_assert_max_num_queries(7):
        page(client, "/poles/?region=84&secteur=culture_creation")
