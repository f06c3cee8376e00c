"""What keeps machines out of the forms open to strangers."""

from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.test import RequestFactory
from django.utils import timezone

from terreau.census import spam
from terreau.census.models import Attempt
from terreau.common.errors import DomainError


class Words(spam.GuardedForm):
    guarded_texts = ("text",)
    text = forms.CharField()


def opened(seconds: float, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a form opened so many seconds ago carries."""
    now = timezone.now().timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now - seconds)
    found = spam._SIGNER.sign("f")
    monkeypatch.setattr("django.core.signing.time.time", lambda: now)
    return found


@pytest.mark.parametrize(
    ("seconds", "trap", "text", "word"),
    [
        (10, "", "une initiative", ""),
        (10, "x", "une initiative", "personnes ne voient pas"),
        (1, "", "une initiative", "trop rapide"),
        (spam.MOST + 5, "", "une initiative", "trop longtemps"),
        (10, "", "http://a http://b www.c", ""),
        (10, "", "http://a http://b www.c https://d", "Trop d'adresses"),
    ],
)
def test_who_passes(seconds: float, trap: str, text: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    form = Words({"text": text, spam.TRAP: trap, spam.OPENED: opened(seconds, monkeypatch)})
    assert form.is_valid() is not bool(word)
    assert word in " ".join(form.non_field_errors())


@pytest.mark.parametrize("forged", ["", "f", "f:1:x", "f:zzzzzz:" + "a" * 43])
def test_a_moment_that_was_not_signed_here_is_refused(forged: str) -> None:
    assert not Words({"text": "a", spam.OPENED: forged}).is_valid()


def test_a_person_who_signed_in_is_not_asked() -> None:
    assert Words({"text": "a"}, trusted=True).is_valid()


def test_the_moment_survives_a_form_that_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened(1, monkeypatch)
    assert first in str(Words({"text": "a", spam.OPENED: first}).guard)
    assert "f:1:x" not in str(Words({"text": "a", spam.OPENED: "f:1:x"}).guard)


def request(address: str) -> Any:
    return RequestFactory().post("/", REMOTE_ADDR=address)


@pytest.mark.django_db
def test_so_many_a_day_by_address_and_kind() -> None:
    for _ in range(3):
        spam.count(request("192.0.2.1"), "report", most=3)
    with pytest.raises(DomainError, match="demain") as refused:
        spam.count(request("192.0.2.1"), "report", most=3)
    assert refused.value.status == 429
    spam.count(request("192.0.2.1"), "proposal", most=3)
    spam.count(request("192.0.2.2"), "report", most=3)
    assert Attempt.objects.count() == 3


@pytest.mark.django_db
def test_the_address_is_not_kept_and_yesterday_goes() -> None:
    spam.count(request("192.0.2.1"), "report")
    Attempt.objects.update(day=timezone.localdate() - timedelta(days=1), digest="0" * 64)
    spam.count(request("192.0.2.1"), "report")
    (row,) = Attempt.objects.all()
    assert row.count == 1
    assert len(row.digest) == 64
    assert not {field.name for field in Attempt._meta.get_fields()} & {"address", "ip"}


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "unknown"),
    ],
)
def test_who_asks(address: str, found: str) -> None:
    assert spam.network(request(address)) == found
