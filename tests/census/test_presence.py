"""Who else has a sheet open to change it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.census import presence
from terreau.census.models import Presence
from terreau.journal.models import Refusal
from terreau.subjects.actions import create
from tests.people import People
from tests.two_connections import at_once


def path(people: People) -> str:
    return f"/presence/{people.pole_actor.pk}/"


def ago(seconds: int) -> None:
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=seconds))


def test_two_people_see_each_other_and_the_field(people: People, client: Client) -> None:
    people.sign_in(client, people.animator)
    assert "modifie aussi" not in client.post(path(people), {"champ": "Nom"}).content.decode()
    people.sign_in(client, people.member)
    page = client.post(path(people), {"champ": "Emplois"}).content.decode()
    assert "Animation modifie aussi cette fiche : « Nom »." in page
    assert "Membre" not in page


def test_after_a_minute_one_is_gone(people: People) -> None:
    subject = people.pole_actor.subject
    presence.beat(subject, people.animator)
    assert [one.name for one in presence.others(subject, people.member)] == ["Animation"]
    ago(61)
    assert presence.others(subject, people.member) == []


def test_at_most_one_write_in_twenty_seconds(people: People, django_assert_num_queries: Any) -> None:
    subject = people.pole_actor.subject
    assert presence.beat(subject, people.animator, field="a")
    with django_assert_num_queries(1):
        assert not presence.beat(subject, people.animator, field="b")
    assert Presence.objects.get().field == "a"
    ago(21)
    assert presence.beat(subject, people.animator, field="b " * 100)
    assert Presence.objects.get().field == ("b " * 30)[:60]


def test_who_may_not_change_the_sheet_is_not_there(people: People, client: Client) -> None:
    assert client.post(path(people)).status_code == 404
    assert client.get(path(people)).status_code == 405
    people.sign_in(client, people.stranger)
    assert client.post(path(people)).status_code == 403
    assert Refusal.objects.filter(verb="presence.beat", by=people.stranger.pk).exists()
    assert not Presence.objects.exists()
    assert client.post("/presence/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_markup_in_a_field_is_shown_as_text(people: People, client: Client) -> None:
    presence.beat(people.pole_actor.subject, people.member, field="<script>x</script>")
    people.sign_in(client, people.animator)
    assert "<script>" not in client.post(path(people)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_pages_of_one_person_make_one_row() -> None:
    user = User.objects.create_user("a@people.example.org")
    subject = create("actor")
    results = at_once(*(lambda: presence.beat(subject, user) for _ in range(2)))
    assert set(results) <= {True, False}
    assert Presence.objects.count() == 1
