"""Pages where people join organisations and answer those who join."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.common.errors import DomainError
from terreau.journal.models import Event, Refusal
from terreau.notices.models import Notice
from tests.people import People
from tests.two_connections import at_once

REQUESTS = "/compte/organisations/demandes/"


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def asked(people: People) -> Belonging:
    return belonging.ask(people.stranger, people.pole_actor, message="C'est moi.", by=people.stranger)


def test_pages_are_not_for_strangers(client: Client, people: People) -> None:
    for path in ("", "demandes/", f"{people.pole_actor.pk}/", f"{people.pole_actor.pk}/rejoindre/"):
        response = client.get(f"/compte/organisations/{path}")
        assert response["Location"].startswith("/compte/connexion/")


def test_one_searches_asks_and_waits(client: Client, people: People) -> None:
    client.force_login(people.stranger)
    page = text(client.get("/compte/organisations/?q=coursive boutaric"))
    assert f"/compte/organisations/{people.pole_actor.pk}/rejoindre/" in page
    path = f"/compte/organisations/{people.pole_actor.pk}/rejoindre/"
    assert client.post(path, {"role": "member", "message": "Bonjour"}).status_code == 302
    assert "attends une réponse" in text(client.get("/compte/organisations/"))
    again = client.post(path, {"role": "member", "message": ""})
    assert again.status_code == 422
    assert "Vous appartenez déjà" in text(again)


def test_the_page_of_a_pole_leads_there(client: Client, people: People) -> None:
    path = f"/compte/organisations/{people.pole_actor.pk}/rejoindre/"
    page = f"/poles/{people.pole_actor.pole.slug}/"  # type: ignore[attr-defined]
    assert path in text(client.get(page))
    client.force_login(people.member)
    assert path not in text(client.get(page))
    other = create_actor("Association ouverte", source=None, public=True)
    assert f"{other.pk}/rejoindre/" in text(client.get(f"/acteurs/{other.pk}/"))


def test_what_one_may_not_see_is_not_found(client: Client, people: People) -> None:
    hidden = create_actor("Association discrète", source=None, public=False)
    client.force_login(people.stranger)
    assert client.get(f"/compte/organisations/{hidden.pk}/rejoindre/").status_code == 404
    assert client.get(f"/compte/organisations/{hidden.pk}/").status_code == 404
    assert client.get(f"/compte/organisations/{uuid4()}/rejoindre/").status_code == 404


def test_a_member_confirms(client: Client, people: People) -> None:
    row = asked(people)
    client.force_login(people.member)
    page = text(client.get(REQUESTS))
    assert "C&#x27;est moi." in page
    client.post(REQUESTS, {"id": row.pk, "confirm": ""})
    row.refresh_from_db()
    assert row.state == "confirmed"


def test_a_refusal_without_its_reason_says_so(client: Client, people: People) -> None:
    row = asked(people)
    people.sign_in(client, people.moderator)
    page = client.post(REQUESTS, {"id": row.pk, "refuse": "", "reason": " "})
    assert page.status_code == 422
    assert "la personne lira ce motif" in text(page)
    client.post(REQUESTS, {"id": row.pk, "refuse": "", "reason": "Inconnue de l'équipe."})
    client.force_login(people.stranger)
    assert "Inconnue de l&#x27;équipe." in text(client.get("/compte/organisations/"))


@pytest.mark.parametrize("who", ["stranger", "moderator_elsewhere", "officer"])
def test_others_see_no_request_and_answer_none(client: Client, people: People, who: str) -> None:
    other = User.objects.create_user("autre@example.org")
    row = belonging.ask(other, people.pole_actor, by=other)
    user = people.sign_in(client, getattr(people, who))
    assert "Aucune demande" in text(client.get(REQUESTS))
    assert client.post(REQUESTS, {"id": row.pk, "confirm": ""}).status_code == 404
    row.refresh_from_db()
    assert row.state == "asked"
    assert Refusal.objects.filter(verb="belonging.answer", by=user.pk).exists()


@pytest.mark.parametrize(
    ("who", "seen"),
    [("animator", 1), ("member", 0), ("moderator", 1), ("moderator_elsewhere", 0), ("administrator", 1)],
)
def test_the_list_is_what_one_may_answer(client: Client, people: People, who: str, seen: int) -> None:
    from terreau.actors.people_views import requests_for

    belonging.ask(people.stranger, people.pole_actor, role="animator", by=people.stranger)
    assert requests_for(getattr(people, who)).count() == seen


@pytest.mark.parametrize("ident", ["", "0", "-1", "abc", "9" * 30])
def test_a_wrong_number_is_not_found(client: Client, people: People, ident: str) -> None:
    client.force_login(people.animator)
    assert client.post(REQUESTS, {"id": ident, "confirm": ""}).status_code == 404
    assert client.post("/compte/organisations/quitter/", {"id": ident}).status_code == 404


def test_one_leaves_ones_own_and_no_other(client: Client, people: People) -> None:
    row = Belonging.objects.get(user=people.member)
    client.force_login(people.stranger)
    assert client.post("/compte/organisations/quitter/", {"id": row.pk}).status_code == 404
    client.force_login(people.member)
    client.post("/compte/organisations/quitter/", {"id": row.pk})
    row.refresh_from_db()
    assert row.state == "ended"


def test_the_people_are_seen_among_themselves(client: Client, people: People) -> None:
    path = f"/compte/organisations/{people.pole_actor.pk}/"
    client.force_login(people.member)
    page = text(client.get(path))
    assert "Animation" in page
    assert "Confier l" not in page
    client.force_login(people.stranger)
    assert client.get(path).status_code == 403
    assert Refusal.objects.filter(verb="belonging.people").exists()


def test_an_animator_manages_and_a_member_does_not(client: Client, people: People) -> None:
    path = f"/compte/organisations/{people.pole_actor.pk}/"
    mine = Belonging.objects.get(user=people.member)
    animators = Belonging.objects.get(user=people.animator)
    client.force_login(people.member)
    assert client.post(path, {"id": animators.pk, "role": "member"}).status_code == 403
    client.force_login(people.animator)
    assert client.post(path, {"id": mine.pk, "role": "king"}).status_code == 422
    client.post(path, {"id": mine.pk, "role": "animator"})
    mine.refresh_from_db()
    assert mine.role == "animator"
    assert client.post(path, {"id": mine.pk, "reason": ""}).status_code == 422
    client.post(path, {"id": mine.pk, "reason": "A changé de métier."})
    mine.refresh_from_db()
    assert mine.state == "ended"


def test_messages_are_counted_and_read(client: Client, people: People) -> None:
    Notice.objects.all().delete()
    asked(people)
    client.force_login(people.animator)
    assert '<span class="count">1' in text(client.get("/poles/"))
    page = text(client.get("/compte/messages/"))
    assert "demande à rejoindre" in page
    client.post("/compte/messages/", {"id": "pas-un-numero"})
    assert Notice.objects.filter(to=people.animator, read_at=None).count() == 1
    client.post("/compte/messages/")
    assert '<span class="count">' not in text(client.get("/poles/"))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_is_told() -> None:
    first, second, who = (User.objects.create_user(f"{n}@example.org") for n in ("un", "deux", "trois"))
    actor = create_actor("Association", source=None, public=True)
    belonging.found(first, actor, by=first)
    belonging.confirm(belonging.ask(second, actor, by=second), by=first)
    row = belonging.ask(who, actor, by=who)
    results = at_once(
        lambda: belonging.confirm(Belonging.objects.get(pk=row.pk), by=first).state,
        lambda: belonging.refuse(Belonging.objects.get(pk=row.pk), by=second, reason="Non.").state,
    )
    told = [one for one in results if isinstance(one, DomainError)]
    assert [one.code for one in told] == ["answered_already"]
    assert Event.objects.filter(verb__in=["belonging.confirmed", "belonging.refused"]).count() == 2
    assert Notice.objects.filter(to=who).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_who_asks_twice_at_once_asks_once() -> None:
    who = User.objects.create_user("un@example.org")
    actor = create_actor("Association", source=None, public=True)
    results = at_once(
        lambda: belonging.ask(who, actor, by=who).state, lambda: belonging.ask(who, actor, by=who).state
    )
    assert sorted(str(getattr(one, "code", one)) for one in results) == ["asked", "belongs_already"]
