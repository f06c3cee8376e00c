"""Old addresses of the API lead for good to where a pole or an actor is now."""

from typing import Any

import pytest
from django.test import Client

from terreau.actors.models import Actor
from terreau.poles import listing
from terreau.poles.actions import move_address
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

pytestmark = pytest.mark.usefixtures("register")


def leads(client: Client, path: str) -> str:
    """Return where an address leads, once it is known to be a whole redirect."""
    response = client.get(f"/api/v1/{path}", headers={"origin": "https://elsewhere.example"})
    assert response.status_code == 308, response.content
    assert set(response.json()) == {"code", "message", "facts"}
    assert response.json()["code"] == "moved"
    assert response["Location"] == response.json()["facts"]["address"]
    assert response["Cache-Control"] == "public, no-cache"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Location"].startswith("/api/v1/")
    return response["Location"].removeprefix("/api/v1/")


def merge(one: Any, into: Any) -> None:
    Subject.objects.filter(pk=one.pk).update(merged_into=into.pk)
    listing.project([one.pk, into.pk])


def test_a_pole_that_moved_is_found_at_its_new_address(client: Client) -> None:
    move_address(Pole.objects.get(slug="artis"), "artis-besancon", by=None)
    assert leads(client, "poles/artis") == "poles/artis-besancon"
    assert leads(client, "poles/artis/outline?x=1&y=%C3%A9") == "poles/artis-besancon/outline?x=1&y=%C3%A9"
    assert client.get("/api/v1/poles/artis-besancon").json()["slug"] == "artis-besancon"


def test_a_merged_pole_leads_to_the_other_until_it_is_unmerged(client: Client) -> None:
    one, other = Pole.objects.get(slug="artis"), Pole.objects.get(slug="le-phares")
    merge(one, other)
    assert leads(client, "poles/artis") == "poles/le-phares"
    Subject.objects.filter(pk=one.pk).update(merged_into=None)
    listing.project([one.pk])
    assert client.get("/api/v1/poles/artis").status_code == 200


def test_a_pole_merged_into_an_actor_leads_to_the_actor(client: Client) -> None:
    actor = Actor.objects.filter(subject__public=True, pole__isnull=True).order_by("pk")[0]
    merge(Pole.objects.get(slug="artis"), actor)
    assert leads(client, "poles/artis") == f"actors/{actor.pk}"
    assert client.get("/api/v1/poles/artis/outline").status_code == 404


def test_a_merged_actor_leads_to_the_end_of_the_merges(client: Client) -> None:
    one, two, three = Actor.objects.filter(subject__public=True, pole__isnull=True).order_by("pk")[:3]
    merge(one, two)
    merge(two, three)
    assert leads(client, f"actors/{one.pk}") == f"actors/{three.pk}"
    assert client.get(f"/api/v1/actors/{three.pk}").json()["id"] == str(three.pk)


def test_nothing_leads_to_what_is_not_public(client: Client) -> None:
    one, other = Actor.objects.filter(subject__public=True, pole__isnull=True).order_by("pk")[:2]
    pole = Pole.objects.get(slug="artis")
    merge(one, other)
    merge(pole, other)
    Subject.objects.filter(pk=other.pk).update(public=False)
    for path in (f"actors/{one.pk}", "poles/artis"):
        response = client.get(f"/api/v1/{path}")
        assert response.status_code == 404
        assert str(other.pk) not in response.content.decode()
