"""What every verb of the room does alike: ask for what is needed, know who is around, tell the people."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.common.errors import DomainError
from terreau.notices.actions import tell
from terreau.poles.models import Membership, Pole
from terreau.subjects.models import Subject


def required(value: str, code: str, words: str, field: str) -> str:
    """Return a text without its outer spaces; raise ``DomainError`` when there is none."""
    text = value.strip()
    if not text:
        raise DomainError(code, words, facts={"field": field})
    return text


def members(pole: Pole, *, on: date) -> list[Actor]:
    """Return the pole itself, then its members on a day by name: who may offer, buy, answer (2 queries)."""
    held = (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gt=on))
    rows = Membership.objects.filter(held, pole=pole).values("actor")
    found = Actor.objects.filter(pk__in=rows, subject__merged_into=None, subject__closed_at=None)
    return [pole.actor, *found.exclude(pk=pole.pk).order_by("sort_key", "pk")]


def people_of(actors: Collection[UUID]) -> list[User]:
    """Return the people who belong to these actors today, once each."""
    rows = Belonging.objects.confirmed().filter(actor__in=actors)
    return list(
        User.objects.filter(pk__in=rows.values("user"), is_active=True, erased_at=None).order_by("pk")
    )


def tell_people(  # noqa: PLR0913 - keyword-only: each is a part of what is told
    actors: Collection[UUID], kind: str, text: Any, *, path: str, but: User | None, subject: Subject | None
) -> None:
    """Tell the people of some actors something, except who did it."""
    for user in people_of(actors):
        if but is None or user.pk != but.pk:
            tell(user, kind, text, subject=subject, path=path)
