"""The directory of actors: filters, facets, pages, exports, as rows and as a page."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from terreau.actors import actions, directory
from terreau.actors.actions import NewFunction, NewName
from terreau.actors.directory import Filters
from terreau.common.errors import DomainError
from terreau.journal import subjects as journalled
from terreau.territories.models import Zone

TODAY = date(2026, 11, 21)


def names(**asked):
    page = directory.page(Filters.parse(asked), on=TODAY, limit=100)
    return [row.nom for row in page.rows]


def counts(facet, **asked):
    values = directory.facets(Filters.parse(asked), on=TODAY)[facet]
    return {value.code: value.count for value in values}


@pytest.fixture
def few(make, zones):
    """A handful of actors: two associations, a bank, a region, a network; and two that nobody may see."""
    drome = Zone.objects.get(level="departement", code="26", cog_year=2026)
    rhone_alpes = Zone.objects.get(level="region", code="84", cog_year=2026)
    network = make(
        "RTES", key="essai-rtes", legal_nature="association", functions=["network", "representation"]
    )
    archer = make(
        "Groupe Archer", legal_nature="association", functions=["siae"], zone=drome, siren="442597001",
        names=[NewName("Arché, la structure")],
    )  # fmt: skip
    make(
        "Banque d'Ici",
        legal_nature="company",
        functions=["bank", NewFunction("fund", valid_to=date(2020, 1, 1))],
    )
    region = make("Région Auvergne-Rhône-Alpes", legal_nature="local_authority", zone=rhone_alpes)
    make("Secret", public=False)
    closed = make("Fermé")
    journalled.close(closed.subject, by=None, reason="Dissous.")
    merged = make("Archer bis")
    journalled.merge(merged.subject, archer.subject, by=None, reason="Doublon.")
    actions.affiliate(archer, network, by=None)
    actions.affiliate(region, network, by=None, valid_to=date(2020, 1, 1))
    return {"archer": archer, "network": network, "region": region, "merged": merged}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Banque d'Ici", "Groupe Archer", "Région Auvergne-Rhône-Alpes", "RTES"]),
        ({"q": "arch"}, ["Groupe Archer"]),
        ({"q": "ARCHÉ struc"}, ["Groupe Archer"]),
        ({"q": "442597001"}, ["Groupe Archer"]),
        ({"q": "rcher"}, []),
        ({"q": "groupe arch xyz"}, []),
        ({"q": "%_"}, ["Banque d'Ici", "Groupe Archer", "Région Auvergne-Rhône-Alpes", "RTES"]),
        ({"nature": "association"}, ["Groupe Archer", "RTES"]),
        ({"ess": "oui"}, ["Groupe Archer", "RTES"]),
        ({"ess": "non"}, ["Région Auvergne-Rhône-Alpes"]),
        ({"ess": "a_verifier"}, ["Banque d'Ici"]),
        ({"fonction": "bank"}, ["Banque d'Ici"]),
        ({"fonction": "fund"}, []),  # ended in 2020
        ({"region": "84"}, ["Groupe Archer", "Région Auvergne-Rhône-Alpes"]),
        ({"reseau": "essai-rtes"}, ["Groupe Archer"]),  # the region left in 2020
        (
            {"nature": "association", "fonction": "siae", "region": "84", "reseau": "essai-rtes"},
            ["Groupe Archer"],
        ),
    ],
)
def test_filters(few, asked, found):
    assert names(**asked) == found


def test_facets_ignore_their_own_choice(few):
    assert counts("nature") == {"association": 2, "company": 1, "local_authority": 1}
    assert counts("nature", nature="company") == {"association": 2, "company": 1, "local_authority": 1}
    assert counts("ess", nature="association") == {"oui": 2}
    assert counts("fonction") == {"bank": 1, "network": 1, "representation": 1, "siae": 1}
    assert counts("region") == {"84": 2}
    assert counts("reseau") == {"essai-rtes": 1}
    assert counts("reseau", nature="company", reseau="essai-rtes") == {"essai-rtes": 0}


@pytest.mark.parametrize("name", directory.FACETS)
def test_an_unknown_value_is_refused_with_the_known_ones(few, name):
    with pytest.raises(DomainError) as caught:
        Filters.parse({name: "xyzzy"})
    assert caught.value.status == 422
    assert caught.value.facts["parameter"] == name
    assert len(caught.value.facts["allowed"]) >= 1


def test_pages_follow_one_another_both_ways_without_loss(make):
    for number in range(7):
        make(f"Acteur {number % 3}")
    seen, cursor, pages = [], None, 0
    while True:
        page = directory.page(Filters(), on=TODAY, limit=3, cursor=cursor)
        seen += [row.id for row in page.rows]
        pages += 1
        if page.next is None:
            break
        cursor = page.next
    assert (len(seen), len(set(seen)), pages, page.total) == (7, 7, 3, 7)
    before = directory.page(Filters(), on=TODAY, limit=3, cursor=page.previous)
    assert [row.id for row in before.rows] == seen[3:6]


def test_the_number_of_queries_does_not_grow(make, few):
    def asked(limit):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            directory.page(Filters(), on=TODAY, limit=limit)
            directory.facets(Filters(), on=TODAY)
        return len(queries)

    few_queries = asked(2)
    for number in range(30):
        actor = make(f"Acteur {number}", functions=["bank"], zone=few["archer"].zone)
        actions.affiliate(actor, few["network"], by=None)
    assert asked(100) == few_queries <= 10


def test_the_page_shows_the_list_and_its_filters(client, few):
    response = client.get("/acteurs/?nature=association")
    html = response.content.decode()
    assert response.status_code == 200
    assert "2 acteurs" in html
    assert f"/acteurs/{few['archer'].pk}/" in html
    assert "Drôme, Auvergne-Rhône-Alpes" in html
    assert "Structure d&#x27;insertion (SIAE)" in html
    assert "Banque d&#x27;Ici" not in html
    assert "Secret" not in html


def test_the_page_speaks_english(client, few):
    response = client.get("/en/acteurs/")
    html = response.content.decode()
    assert response.status_code == 200
    assert "Work-integration structure" in html
    assert f"/en/acteurs/{few['archer'].pk}/" in html


@pytest.mark.parametrize("address", ["/acteurs/", "/acteurs/?q=introuvable"])
def test_an_empty_list_says_what_to_do(client, nobody_else, address):
    response = client.get(address)
    assert response.status_code == 200
    assert "notice-empty" in response.content.decode()


@pytest.mark.parametrize("query", ["region=99", "ess=peut-etre", "cursor=abc", "format=pdf", "cursor=%00"])
def test_a_wrong_address_says_why(client, few, query):
    response = client.get(f"/acteurs/?{query}")
    assert response.status_code == 422


def test_the_list_is_read_only(client, db):
    assert client.post("/acteurs/").status_code == 405


def test_the_export_is_the_filtered_list_without_formulas(client, make, few):
    make("=HYPERLINK(1)", legal_nature="association")
    response = client.get("/acteurs/?nature=association&format=csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("Identifiant;Nom;Nature juridique")
    assert len(lines) == 4
    assert "'=HYPERLINK(1)" in text
    assert "442597001" in text


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_spreadsheets_are_offered(client, few, kind):
    from python_calamine import CalamineWorkbook

    response = client.get(f"/acteurs/?format={kind}")
    import io

    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content)))
    assert len(book.get_sheet_by_index(0).to_python()) == 5


def test_a_function_is_held_until_its_last_day_excluded(make):
    make("Banque", functions=[NewFunction("bank", valid_to=TODAY + timedelta(days=1))])
    make("Ancienne banque", functions=[NewFunction("bank", valid_to=TODAY)])
    make("Future banque", functions=[NewFunction("bank", valid_from=TODAY + timedelta(days=1))])
    assert names(fonction="bank") == ["Banque"]
