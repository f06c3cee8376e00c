"""Each is written to as often as they chose; a click stops it, signed out too."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from terreau.accounts import personal
from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.notices import rhythm
from terreau.notices.actions import send_digests, tell
from terreau.notices.models import Notice, Preference, Rhythm

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.org", name="Ada")


def test_who_chose_never_is_not_written_to_and_comes_back_without_what_was_missed(ada: User) -> None:
    rhythm.choose(ada, Rhythm.NEVER)
    tell(ada, "x", "manqué exprès")
    assert send_digests() == 0
    assert rhythm.choose(ada, Rhythm.DAILY) == Rhythm.NEVER
    assert send_digests() == 0
    tell(ada, "x", "d'après")
    assert send_digests() == 1
    assert "d'après" in mail.outbox[0].body
    assert "manqué" not in mail.outbox[0].body


def test_once_a_week_is_once_a_week(ada: User) -> None:
    rhythm.choose(ada, Rhythm.WEEKLY)
    tell(ada, "x", "premier")
    assert send_digests() == 1
    tell(ada, "x", "second")
    assert send_digests() == 0
    Notice.objects.filter(text="premier").update(mailed_at=timezone.now() - timedelta(days=6, hours=13))
    assert send_digests() == 1
    assert ["second" in one.body for one in mail.outbox] == [False, True]


def test_what_is_no_rhythm_is_refused(ada: User) -> None:
    with pytest.raises(DomainError, match="rythmes"):
        rhythm.choose(ada, "hourly")
    assert not Preference.objects.exists()


def test_every_mail_says_how_to_stop_in_one_click(ada: User, settings: Any, client: Client) -> None:
    settings.SITE_URL = "https://terreau.example.org"
    tell(ada, "x", "premier")
    send_digests()
    sent = mail.outbox[0]
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert address in sent.body
    # What a program of mail sends (RFC 8058): no cookie, no guard, that body.
    strict = Client(enforce_csrf_checks=True)
    path = address.removeprefix(settings.SITE_URL)
    assert strict.get(path).status_code == 200
    assert rhythm.of(ada) == Rhythm.DAILY
    answer = strict.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert rhythm.of(ada) == Rhythm.NEVER
    strict.post(path, {"encore": "1"})
    assert rhythm.of(ada) == Rhythm.DAILY


def test_a_link_is_of_one_person_only(ada: User, client: Client) -> None:
    User.objects.create_user("bob@example.org")
    signed = rhythm.token(ada)
    assert client.post(reverse("notices_stop", args=[f"{signed[:-3]}abc"])).status_code == 404
    assert client.get(reverse("notices_stop", args=["rien"])).status_code == 404
    assert not Preference.objects.exists()
    User.objects.filter(pk=ada.pk).update(erased_at=timezone.now())
    with pytest.raises(NotFoundError):
        rhythm.person(signed)


def test_the_page_of_messages_chooses_the_rhythm(ada: User, client: Client) -> None:
    assert client.post(reverse("notices_rhythm"), {"rhythm": "weekly"}).status_code == 302
    assert not Preference.objects.exists(), "a stranger"
    client.force_login(ada)
    assert client.post(reverse("notices_rhythm"), {"rhythm": "hourly"}).status_code == 422
    client.post(reverse("notices_rhythm"), {"rhythm": "weekly"})
    page = client.get(reverse("notices")).content.decode()
    assert 'value="weekly" checked' in page


def test_what_was_seen_never_goes_back_nor_ahead(ada: User) -> None:
    now = timezone.now()
    assert rhythm.seen_since(ada, now=now) == now - timedelta(days=7)
    rhythm.mark_seen(ada, now)
    rhythm.mark_seen(ada, now - timedelta(days=1))
    assert rhythm.seen_since(ada, now=now) == now
    rhythm.mark_seen(ada, now + timedelta(days=400))
    assert rhythm.seen_since(ada, now=now) < timezone.now()


def test_the_choice_is_given_to_the_person_and_forgotten_with_her(ada: User) -> None:
    rhythm.choose(ada, Rhythm.WEEKLY)
    assert personal.exported(ada)["messages"]["rythme"][0]["rhythm"] == "weekly"
    personal.erase(ada)
    assert not Preference.objects.exists()
