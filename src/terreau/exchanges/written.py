"""What every verb of the room does alike: add a row or say why the database refuses, tell the people."""

from collections.abc import Collection
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.common.errors import DomainError
from terreau.notices.actions import tell
from terreau.poles.models import Membership, Pole
from terreau.subjects.models import Subject

Row = TypeVar("Row", bound=models.Model)


def insert(row: Row, code: str, field: str = "") -> Row:
    """Add a row; raise ``DomainError`` (409) with the words of the constraint that refuses it."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise refusal(row, code, error, field) from error
    return row


def refusal(row: models.Model, code: str, error: IntegrityError, field: str = "") -> DomainError:
    """Say in words what the database refused (SQLite names the columns of a unique constraint)."""
    constraints = row._meta.constraints
    named = [one for one in constraints if one.name in str(error)]
    if not named and "UNIQUE" in str(error):
        named = [one for one in constraints if isinstance(one, models.UniqueConstraint)]
    words = named[0].violation_error_message if named else _("La base refuse cette ligne.")
    return DomainError(code, str(words), facts={"field": field} if field else {}, status=409)


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
