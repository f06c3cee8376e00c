"""Rows written with their event, and what the database refuses said in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.journal.actions import record, save_fresh
from terreau.poles.models import Carrier, Membership, Pole
from terreau.subjects.models import Subject

Row = TypeVar("Row", bound=models.Model)


def add(row: Row, *, taken: str = "", field: str = "") -> Row:
    """Insert a row; ``taken`` is what is said when another one stands in its place (409)."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise refusal(row, error, taken=taken, field=field) from error
    return row


def change(  # noqa: PLR0913 - keyword-only: each is a part of a change
    row: Row,
    *,
    subject: Subject,
    verb: str,
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    by: User,
    taken: str = "",
    field: str = "",
) -> Row:
    """Write fields over a row as the person saw it: see ``journal.actions.save_fresh``."""
    try:
        return save_fresh(row, subject=subject, verb=verb, base=base, mine=mine, by=by)
    except IntegrityError as error:
        raise refusal(row, error, taken=taken, field=field) from error


def tell(subject: Subject, verb: str, *, by: User, **data: Any) -> None:
    """Write the event of a change; call it in its transaction."""
    record(subject, verb, by=by, data=data)


def refusal(row: models.Model, error: IntegrityError, *, taken: str = "", field: str = "") -> DomainError:
    """Say what the database refused, beside the field when it is known."""
    text = str(error)
    facts = {"field": field} if field else {}
    named = {one.name: str(one.violation_error_message) for one in row._meta.constraints}
    for name, words in named.items():
        if name in text and not (taken and "unique" in text.lower()):
            return DomainError("refused_by_base", words, facts=facts, status=409)
    if taken and "unique" in text.lower():
        return DomainError("taken", taken, facts=facts, status=409)
    return DomainError("refused_by_base", _("La base refuse cette ligne."), status=409)


def around(pole: Pole, on: date) -> list[Actor]:
    """Return the pole, its members and its carriers that day, by name (three queries)."""
    current = (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gt=on))
    ids = {pole.pk}
    for rows in (Membership.objects.filter(current, pole=pole), Carrier.objects.filter(current, pole=pole)):
        ids.update(rows.values_list("actor", flat=True))
    return list(Actor.objects.filter(pk__in=ids).order_by("sort_key", "pk"))


def need_reason(text: str, field: str = "why") -> str:
    """Return a reason without its outer spaces; raise ``DomainError`` when there is none."""
    if not text.strip():
        raise DomainError("reason_needed", _("Dites pourquoi, en une phrase."), facts={"field": field})
    return text.strip()


def need_title(text: str, field: str = "title") -> str:
    """Return a title on one line; raise ``DomainError`` when there is none."""
    words = " ".join(text.split())
    if not words:
        raise DomainError("no_title", _("Donnez-lui un nom."), facts={"field": field})
    return words
