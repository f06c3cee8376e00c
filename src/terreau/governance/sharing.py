"""What members let their pole see of their own figures, datum by datum (R-08).

The figures are private facts of the member (``content/catalogue/members.yaml``): the member writes them,
keeps them when it leaves, and takes a consent back when it likes. Who animates the pole reads what is shared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.periods import YEAR, PartialDate
from terreau.facts import actions as facts
from terreau.facts import catalogue, read
from terreau.facts.models import Fact
from terreau.governance import admissions
from terreau.governance.models import Consent
from terreau.pieces.actions import declaration
from terreau.poles.models import Membership, Pole

CODES: Final = (
    "member.turnover",
    "member.employees_fte",
    "member.insertion_fte",
    "member.volunteers",
    "member.purchases",
    "member.surface",
)


@dataclass(frozen=True, slots=True)
class Datum:
    """A datum that may be shared: its code, its name, what it means, its unit."""

    code: str
    label: str
    definition: str
    unit: str


@dataclass(frozen=True, slots=True)
class Shared:
    """A datum of a member: the consent in force, when there is one, and the values of the last years."""

    datum: Datum
    consent: Consent | None
    values: tuple[read.FactView, ...] = ()


def data() -> list[Datum]:
    """Return what may be shared, in the language of the page."""
    lang, entries = (get_language() or "fr")[:2], catalogue.load()
    found = [entries[code] for code in CODES]
    return [Datum(one.code, one.label(lang), one.definition(lang), one.unit) for one in found]


def of_member(pole: Pole, actor: Actor, *, owner: bool) -> list[Shared]:
    """Return every datum of a member; its values when its ``owner`` asks, else of those that are shared."""
    held = {row.what: row for row in Consent.objects.filter(pole=pole, actor=actor, ended_at=None)}
    seen = set(CODES) if owner else set(CODES) & set(held)
    values = _values([actor.pk], seen).get(actor.pk, {})
    return [Shared(one, held.get(one.code), tuple(values.get(one.code, ()))) for one in data()]


def by_member(pole: Pole, day: date) -> dict[UUID, dict[str, list[read.FactView]]]:
    """Return what each member of a day shares: code to values, empty when shared and not written.

    Six queries whatever the number of members; who is no longer a member shares nothing.
    """
    shared: defaultdict[UUID, set[str]] = defaultdict(set)
    now = Membership.objects.filter(pole=pole).exclude(valid_to__lte=day).exclude(valid_from__gt=day)
    rows = Consent.objects.filter(pole=pole, ended_at=None, actor__in=now.values("actor"))
    for actor, what in rows.values_list("actor", "what"):
        shared[actor].add(what)
    values = _values(list(shared), CODES)
    return {
        actor: {code: values.get(actor, {}).get(code, []) for code in CODES if code in codes}
        for actor, codes in shared.items()
    }


def _values(actors: Collection[UUID], codes: Collection[str]) -> dict[UUID, dict[str, list[read.FactView]]]:
    if not actors or not codes:
        return {}
    found: dict[UUID, dict[str, list[read.FactView]]] = {}
    for actor, views in read.by_subject(actors, codes=codes, public_only=False).items():
        for view in views:
            found.setdefault(actor, {})[view.code] = [view, *view.earlier]
    return found


def write(actor: Actor, code: str, typed: str, year: int, *, by: User) -> Fact:
    """Write a figure of a member for a year, private: the declaration of its people, over the one before."""
    if code not in CODES:
        raise DomainError("unknown_code", _("Cette donnée n'existe pas."), facts={"field": "value"})
    try:
        value = parsing.euros(typed) if catalogue.load()[code].type == "money" else parsing.number(typed)
    except DomainError as error:
        error.facts["field"] = "value"
        raise
    on = PartialDate(date(year, 1, 1), YEAR)
    with transaction.atomic():
        mine = Fact.objects.filter(subject=actor.pk, code=code, superseded_at=None, valid_from=on.first)
        before = mine.order_by("-recorded_at").first()
        return facts.record(
            actor.subject,
            code,
            value,
            source=declaration(by, timezone.localdate()),
            by=by,
            on=on,
            supersedes=before,
        )


def choose(pole: Pole, actor: Actor, wanted: Collection[str], *, by: User) -> tuple[int, int]:
    """Share exactly these data with a pole; return how many consents were given and taken back."""
    held = {row.what: row for row in Consent.objects.filter(pole=pole, actor=actor, ended_at=None)}
    asked = [code for code in CODES if code in wanted and code not in held]
    gone = [row for what, row in held.items() if what in CODES and what not in wanted]
    with transaction.atomic():
        for code in asked:
            admissions.agree(pole, actor, code, by=by)
        for row in gone:
            admissions.take_back(row, by=by)
    return len(asked), len(gone)
