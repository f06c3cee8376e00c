"""A person is told once, in their language, and mailed once."""

from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.utils.translation import gettext_lazy as _

from terreau.accounts.models import User
from terreau.notices.actions import mark_read, send_digests, tell
from terreau.notices.models import Notice
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db


class BrokenBackend(EmailBackend):
    """A mail server that is down."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.org", name="Ada")


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob@example.org", language="en")


def test_a_person_is_told_once(ada: User) -> None:
    assert tell(ada, "fact", "Un fait contesté", dedupe="fact:1")
    assert tell(ada, "fact", "Un fait contesté", dedupe="fact:1") is None
    assert tell(ada, "fact", "Sans repère")
    assert tell(ada, "fact", "Sans repère")
    assert Notice.objects.count() == 3


def test_each_in_their_language(ada: User, bob: User) -> None:
    words = {user.email: tell(user, "x", _("Yes")) for user in (ada, bob)}
    assert [str(notice) for notice in words.values()] == ["Oui", "Yes"]


def test_reading_is_for_oneself(ada: User, bob: User) -> None:
    mine, other, theirs = tell(ada, "x", "a"), tell(ada, "x", "b"), tell(bob, "x", "c")
    assert mine
    assert other
    assert theirs
    assert mark_read(ada, [mine.pk, theirs.pk]) == 1
    assert mark_read(ada) == 1
    assert mark_read(ada) == 0
    assert Notice.objects.filter(read_at__isnull=True).get() == theirs


def test_one_mail_a_person_and_never_twice(ada: User, bob: User, settings: Any) -> None:
    settings.SITE_URL = "https://terreau.example.org"
    for text in ("premier", "second"):
        tell(ada, "x", text, path="/poles/archer/")
    tell(bob, "x", "third", path="/poles/archer/")
    call_command("notices_digest", verbosity=0)
    assert send_digests() == 0
    french, english = mail.outbox
    assert french.to == ["ada@example.org"]
    assert "premier" in french.body
    assert "second" in french.body
    assert "https://terreau.example.org/poles/archer/" in french.body
    assert "https://terreau.example.org/en/poles/archer/" in english.body


def test_who_has_read_left_or_been_erased_gets_nothing(ada: User, bob: User) -> None:
    tell(ada, "x", "lu")
    mark_read(ada)
    tell(bob, "x", "parti")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert send_digests() == 0


def test_a_mail_that_cannot_leave_is_kept_for_later(ada: User, settings: Any) -> None:
    tell(ada, "x", "attend")
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"
    with pytest.raises(ConnectionRefusedError):
        send_digests()
    settings.EMAIL_BACKEND = works
    assert send_digests() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_send_the_same(ada: User, bob: User) -> None:
    for user in (ada, bob):
        tell(user, "x", "une fois")
    sent = at_once(send_digests, send_digests)
    assert sum(sent) == len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_two_requests_tell_once(ada: User) -> None:
    told = at_once(*[lambda: tell(ada, "x", "une fois", dedupe="k")] * 2)
    assert sorted(type(one).__name__ for one in told) == ["NoneType", "Notice"]
