"""Pages of duplicates: who sees them, what is asked, what is told."""

import pytest
from django.test import Client

from terreau.actors import duplicates
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Pair
from terreau.journal.models import Refusal
from terreau.pieces.sources import source as cite
from terreau.territories.models import Zone
from tests.people import People

DIJON = "21231"


@pytest.fixture
def pair(people: People) -> Pair:
    source = cite("page", "exemple", "Page d'exemple", "", "https://example.org/")
    zone = Zone.objects.get(level="commune", code=DIJON, cog_year=2026)
    for name in ("Boulange solidaire dijonnaise", "La Boulange Solidaire Dijonnaise"):
        create_actor(name, zone=zone, source=source, public=True)
    duplicates.find(save=True)
    return Pair.objects.get(one__name__icontains="boulange")


def test_a_stranger_sees_nothing_and_a_reader_is_refused(client: Client, people: People, pair: Pair) -> None:
    for path in ("/doublons/", f"/doublons/{pair.pk}/"):
        assert client.get(path).status_code == 404
    people.sign_in(client, people.stranger)
    for path in ("/doublons/", f"/doublons/{pair.pk}/"):
        assert client.get(path).status_code == 403
    assert Refusal.objects.filter(by=people.stranger.pk, verb="duplicate.decide").exists()
    client.post(f"/doublons/{pair.pk}/", {"choix": "one", "motif": "je le dis"})
    pair.refresh_from_db()
    assert pair.state == "waiting"


def test_only_the_moderator_of_the_territory_decides(client: Client, people: People, pair: Pair) -> None:
    people.sign_in(client, people.moderator_elsewhere)
    assert client.get(f"/doublons/{pair.pk}/").status_code == 403
    assert "Boulange" not in client.get("/doublons/").content.decode()
    client.logout()
    people.sign_in(client, people.moderator)
    assert "Boulange solidaire dijonnaise" in client.get("/doublons/").content.decode()
    assert "Boulange solidaire dijonnaise" in client.get("/moderation/?nature=doublon").content.decode()


def test_a_decision_without_a_reason_is_asked_again(client: Client, people: People, pair: Pair) -> None:
    people.sign_in(client, people.moderator)
    response = client.post(f"/doublons/{pair.pk}/", {"choix": "one", "motif": " "})
    assert response.status_code == 422
    assert "Dites pourquoi" in response.content.decode()


def test_decide_then_undo(client: Client, people: People, pair: Pair) -> None:
    people.sign_in(client, people.moderator)
    page = f"/doublons/{pair.pk}/"
    assert client.post(page, {"choix": "two", "motif": "x"}).status_code == 422
    response = client.post(page, {"choix": "other", "motif": "Même four"}, follow=True)
    assert "reste, l&#x27;autre y mène" in response.content.decode()
    moved = client.get(f"/acteurs/{pair.one_id}/")
    assert (moved.status_code, moved["Location"]) == (301, f"/acteurs/{pair.other_id}/")
    assert client.post(page, {"choix": "one", "motif": "encore"}).status_code == 409
    client.post(page, {"choix": "undo", "motif": "Deux fours"})
    assert client.get(f"/acteurs/{pair.one_id}/").status_code == 200
    assert Actor.objects.get(pk=pair.one_id).subject.merged_into_id is None


def test_a_pair_that_does_not_exist(client: Client, people: People) -> None:
    people.sign_in(client, people.moderator)
    assert client.get("/doublons/999999/").status_code == 404
