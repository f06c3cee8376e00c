"""The home page and the search."""

from typing import Any

import pytest
from django.test import Client

from terreau.facts.models import CurrentFact
from terreau.poles.models import Listing, Pole
from terreau.web import home

pytestmark = pytest.mark.usefixtures("register")


def test_the_home_page_shows_every_pole_on_a_map_or_says_that_it_is_not_there(client: Client) -> None:
    response = client.get("/")
    html = response.content.decode()
    placed = Listing.objects.filter(lon__isnull=False).count()
    assert html.count('<circle class="dot') == placed
    assert response.context["unplaced"] == Listing.objects.count() - placed


def test_the_list_says_the_same_as_the_map_and_more(client: Client) -> None:
    response = client.get("/")
    listed = [row.slug for region in response.context["regions"] for row in region.rows]
    slugs = Pole.objects.filter(listing__isnull=False).values_list("slug", flat=True)
    assert sorted(listed) == sorted(slugs)
    assert {dot["slug"] for dot in response.context["dots"]} <= set(listed)


def test_the_figures_are_those_of_the_register(client: Client) -> None:
    context = client.get("/").context
    assert context["poles_count"] == Listing.objects.filter(pole__kind="pole").count() > 40
    assert context["poles_count"] + context["groups_count"] == Listing.objects.count()
    assert context["facts_count"] == CurrentFact.objects.filter(subject__public=True).count() > 100
    assert 0 < context["regions_count"] <= context["regions_total"] == 18


def test_the_home_page_asks_few_questions(client: Client, django_assert_max_num_queries: Any) -> None:
    client.get("/")
    with django_assert_max_num_queries(8):
        client.get("/")


def test_an_empty_register_says_what_it_is_for(client: Client) -> None:
    Listing.objects.all().delete()
    html = client.get("/").content.decode()
    assert "Le registre est vide" in html


def test_beyond_a_few_hundred_poles_regions_are_counted_not_unrolled(
    client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr("terreau.web.home._LISTED", 10)
    context = client.get("/").context
    assert all(region.rows == [] for region in context["regions"])
    assert sum(region.count for region in context["regions"]) > 10


@pytest.mark.parametrize(
    ("query", "path"), [("bretagne", "/territoires/region/53/"), ("35236", "/territoires/commune/35236/")]
)
def test_the_search_crosses_kinds(client: Client, query: str, path: str) -> None:
    html = client.get("/recherche/", {"q": query}).content.decode()
    assert f'href="{path}' in html


def test_a_pole_is_found_by_its_name(client: Client) -> None:
    html = client.get("/recherche/?q=ecossolies").content.decode()
    slug = Pole.objects.get(actor__name__startswith="Les Ecossolies").slug
    assert f'href="/poles/{slug}/"' in html


def test_a_search_in_english_leads_to_english_pages(client: Client) -> None:
    html = client.get("/en/recherche/?q=redon").content.decode()
    assert 'href="/en/territoires/commune/35236/"' in html


@pytest.mark.parametrize("query", ["xqzw", "'\"<script>", "\0", "%", "*", " ", "a" * 5000])
def test_a_search_that_finds_nothing_says_what_to_try(client: Client, query: str) -> None:
    response = client.get("/recherche/", {"q": query})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_many_poles_are_counted_by_department(
    client: Client, register: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "_DOTS", 3)
    monkeypatch.setattr(home, "_LISTED", 3)
    shown = client.get("/").content.decode()
    assert 'href="/poles/?departement=26"' in shown
    assert '<circle class="dot' not in shown
    assert 'href="/poles/?region=84"' in shown
