"""Two colleagues sign, withdraw, give one voice, publish, at the same moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from terreau.charters import community, signing, writing
from terreau.charters.models import Signature, Text, Voice, Withdrawal
from terreau.journal.verification import verify
from tests.charters.conftest import make_world, published, signed
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(results: list[object]) -> list[str]:
    return sorted(type(one).__name__ for one in results)


def test_an_organisation_signs_once() -> None:
    world = make_world()
    text = published(world.charter, world.keeper)
    results = at_once(lambda: signed(text, world.a, world.ada), lambda: signed(text, world.a, world.bob))
    assert kinds(results) == ["DomainError", "Signature"], results
    assert Signature.objects.count() == 1
    row = Signature.objects.get()
    results = at_once(*(lambda: signing.withdraw(row, by=world.ada) for _ in range(2)))
    assert kinds(results) == ["DomainError", "Withdrawal"], results
    assert Withdrawal.objects.count() == 1
    assert verify() == []


def test_a_signatory_has_one_voice() -> None:
    world = make_world()
    signed(published(world.charter, world.keeper), world.a, world.ada)
    row = community.consult(
        world.charter,
        question="Quand ?",
        context="",
        options=["Mai", "Juin"],
        due_on=timezone.localdate() + timedelta(days=9),
        by=world.keeper,
    )
    results = at_once(
        lambda: community.speak(row, world.a, 0, version=0, by=world.ada),
        lambda: community.speak(row, world.a, 1, version=0, by=world.bob),
    )
    assert kinds(results) == ["DomainError", "Voice"], results
    assert Voice.objects.get().option == next(one.option for one in results if isinstance(one, Voice))
    results = at_once(
        *(lambda n=n: community.speak(row, world.a, n, version=1, by=world.ada) for n in (0, 1))
    )
    assert kinds(results) == ["DomainError", "Voice"], results
    assert verify() == []


def test_a_draft_is_published_once() -> None:
    world = make_world()
    draft = writing.save_draft(
        world.charter, {"preamble_fr": "Nous."}, label="1", note="", version=1, by=world.keeper
    )
    results = at_once(
        *(
            lambda: writing.publish(world.charter, public=True, version=draft.version, by=world.keeper)
            for _ in range(2)
        )
    )
    assert kinds(results) == ["DomainError", "Text"], results
    assert Text.objects.count() == 1
