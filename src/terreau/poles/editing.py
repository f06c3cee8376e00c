"""A sheet changed field by field: what was seen, what is held, what is wanted (``common.stale.three_way``).

Nothing is overwritten: a fact is superseded, withdrawn, or stands beside another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors import actions as actors
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.periods import PartialDate
from terreau.common.stale import three_way
from terreau.facts import actions as facts
from terreau.facts import catalogue, read
from terreau.facts.models import Fact, Status
from terreau.facts.rules import STATUSES
from terreau.journal.actions import record
from terreau.pieces.models import Source
from terreau.poles import identity
from terreau.poles.fields import (
    DESCRIPTION,
    FIGURES,
    IDENTITY,
    QUALIFIERS,
    SECTIONS,
    Field,
    Item,
    entries,
    fields,
    joined,
    read_typed,
    split,
)
from terreau.poles.presentation import SUMMARY
from terreau.subjects import actions as subjects

_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Provenance:
    """On whose word a change is made: status, source, day of the values, reason of what is taken back."""

    status: str
    source: Source
    on: PartialDate | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for: values of single fields, what is added, what is taken back, what is confirmed."""

    base: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)
    added: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    removed: frozenset[UUID] = frozenset()
    confirmed: frozenset[str] = frozenset()


@transaction.atomic
def apply(actor: Actor, section: str, wanted: Wanted, said: Provenance, *, by: User) -> list[str]:
    """Write what a form asks for and return the codes that changed.

    Fields that somebody else changed meanwhile stay; the same field changed by both raises
    ``StaleWriteError`` with ``facts["conflicts"]`` (base, theirs and mine, as ``Field.base`` writes them),
    and nothing is written. A wrong value raises ``DomainError`` with ``facts["field"]``.
    """
    subjects.lock(actor.pk)
    actor = Actor.objects.select_related("subject", "zone", "source").get(pk=actor.pk)
    now = {one.code: one for one in fields(actor, section)}
    mine = {code: text for code, text in wanted.values.items() if code in now and not now[code].several}
    theirs = {code: now[code].base for code in mine}
    base = {code: _tidy(now[code], wanted.base.get(code, theirs[code])) for code in mine}
    merge = three_way(base, theirs, {code: _tidy(now[code], text) for code, text in mine.items()})
    if merge.conflicts:
        message = _("Quelqu'un a modifié les mêmes champs pendant ce temps : choisissez la valeur à garder.")
        raise StaleWriteError("stale_write", message, facts={"conflicts": merge.conflicts})
    again = {code: theirs[code] for code in wanted.confirmed & mine.keys() if theirs[code]}
    for code, text in {**again, **merge.changes}.items():
        _write_one(actor, now[code], text, said, by=by)
    changed = [*again, *merge.changes]
    changed += _write_terms(actor, now, wanted, said, by=by)
    changed += _write_lines(actor, now, wanted, said, by=by)
    return list(dict.fromkeys(changed))


def _tidy(one: Field, text: str) -> str:
    """Return what is typed with its spaces as the register writes them: spaces alone change nothing."""
    word, value = one.split(text)
    value = value.replace("\r\n", "\n").strip() if one.widget == "area" else " ".join(value.split())
    if len(value) > _LONGEST:
        message = _("Ce texte est trop long : %(most)d caractères au plus.") % {"most": _LONGEST}
        raise DomainError("too_long", message, facts={"field": one.code})
    return joined(word, value) if value else ""


def _write_one(actor: Actor, one: Field, text: str, said: Provenance, *, by: User) -> None:
    if one.code in identity.CODES:
        _write_identity(actor, one, text, said, by=by)
    elif text:
        word, value = one.split(text)
        _record(actor, one.code, read_typed(one, value), word, said, by=by)
    else:
        _withdraw_held(actor, one.code, said, by=by)


def _write_identity(actor: Actor, one: Field, text: str, said: Provenance, *, by: User) -> None:
    if one.status == Status.VERIFIED and said.status != Status.VERIFIED:
        raise _verified(one.code)
    if one.code == identity.NAME:
        name = str(identity.checked(one.code, text))
        if name != actor.name:
            _baseline(actor, one)
            actors.rename(actor, name, on=_day(said), by=by, source=said.source)
        _record_identity(actor, one.code, name, said, by=by)
        return
    if not text:
        _baseline(actor, one)
        if _held(actor, one.code) is None:
            record(actor.subject, "actor.changed", by=by, data={"fields": [identity.COLUMNS[one.code]]})
        _withdraw_held(actor, one.code, said, by=by)
        identity.clear(actor, one.code)
        return
    value = identity.checked(one.code, text)
    _baseline(actor, one)
    _record_identity(actor, one.code, value, said, by=by)
    identity.write_column(actor, one.code, value)
    if not identity.has_facts(actor):
        record(actor.subject, "actor.changed", by=by, data={"fields": [identity.COLUMNS[one.code]]})


def _day(said: Provenance) -> Any:
    return said.on.first if said.on else timezone.localdate()


def _baseline(actor: Actor, one: Field) -> None:
    """Keep what the column held before its first fact, as known since the actor is in the register."""
    if not (one.typed and actor.source and identity.has_facts(actor)):
        return
    if Fact.objects.filter(subject=actor.pk, code=one.code).exists():
        return
    value = identity.checked(one.code, one.typed)
    facts.record(actor.subject, one.code, value, source=actor.source, at=actor.subject.created_at)


def _record_identity(actor: Actor, code: str, value: Any, said: Provenance, *, by: User) -> None:
    if identity.has_facts(actor):
        held = _held(actor, code)
        facts.record(
            actor.subject, code, value, source=said.source, status=said.status, supersedes=held, by=by
        )


def _record(  # noqa: PLR0913 - one value, as it was typed
    actor: Actor, code: str, value: Any, word: str, said: Provenance, *, by: User
) -> None:
    """Record a value; it supersedes the one held when it speaks of the same days and is as sure."""
    entry = catalogue.load()[code]
    on = (said.on or PartialDate(timezone.localdate(), "day")) if entry.period != "none" else None
    held = _held(actor, code)
    old = held if held and _corrects(held, on, said) else None
    if code == SUMMARY and held is None:
        old = _first_summary(actor)
    facts.record(
        actor.subject,
        code,
        value,
        source=said.source,
        by=by,
        status=said.status,
        on=on,
        qualifier=word,
        supersedes=old,
    )


def _first_summary(actor: Actor) -> Fact | None:
    """Keep what a content file presented, as known since the pole is in the register."""
    told = actor.pole.summary
    if not (told.get("fr") and actor.source):
        return None
    at = actor.subject.created_at
    return facts.record(actor.subject, SUMMARY, told, source=actor.source, at=at)


def _corrects(held: Fact, on: PartialDate | None, said: Provenance) -> bool:
    """Say whether a new value takes the place of the one held, rather than standing beside it.

    One about other days is another observation; a surer one is not undone by a mere declaration. A value
    without a day, that a person declared, gives way to a dated one.
    """
    if STATUSES.index(said.status) > STATUSES.index(held.status):
        return False
    if held.valid_from is None and held.valid_to is None:
        return on is None or held.source.kind == Source.Kind.DECLARATION
    return on is not None and (held.valid_from, held.valid_to) == (on.first, on.next)


def _held(actor: Actor, code: str) -> Fact | None:
    held = Fact.objects.filter(current__subject=actor.pk, current__code=code, current__rank=0)
    return held.select_related("source", "subject").first()


def _withdraw_held(actor: Actor, code: str, said: Provenance, *, by: User) -> None:
    held = _held(actor, code)
    if held is not None:
        _withdraw(held, said, by=by)


def _withdraw(fact: Fact, said: Provenance, *, by: User) -> None:
    if STATUSES.index(said.status) > STATUSES.index(fact.status) and fact.status == Status.VERIFIED:
        raise _verified(fact.code)
    facts.withdraw(fact, by=by, reason=said.reason or _("retiré de la fiche"))


def _verified(code: str) -> DomainError:
    message = _("Une valeur vérifiée ne change que par la modération : proposez-lui ce changement.")
    return DomainError("verified_stays", message, facts={"field": code})


def _write_terms(
    actor: Actor, now: Mapping[str, Field], wanted: Wanted, said: Provenance, *, by: User
) -> list[str]:
    """Add and take back terms of vocabularies one by one: what others added meanwhile stays."""
    changed = []
    for code, (seen, chosen) in wanted.terms.items():
        if code not in now or now[code].widget != "checks":
            continue
        held = set(filter(None, now[code].typed.split(",")))
        known = {term for term, _label in now[code].choices}
        for term in sorted((chosen - seen - held) & known):
            _record_new(actor, code, term, said, by=by)
            changed.append(code)
        gone = sorted((seen - chosen) & held)
        for fact in read.living().filter(subject=actor.pk, code=code, term__in=gone).order_by("pk"):
            _withdraw(fact, said, by=by)
            changed.append(code)
        if code in wanted.confirmed:
            for term in sorted(held & chosen):
                _record_new(actor, code, term, said, by=by)
                changed.append(code)
    return changed


def _write_lines(
    actor: Actor, now: Mapping[str, Field], wanted: Wanted, said: Provenance, *, by: User
) -> list[str]:
    changed = []
    lines = {code: one for code, one in now.items() if one.widget == "lines"}
    mine = {item.fact: code for code, one in lines.items() for item in one.items}
    gone = read.living().filter(subject=actor.pk, pk__in=wanted.removed & mine.keys())
    for fact in gone.select_related("subject").order_by("pk"):
        _withdraw(fact, said, by=by)
        changed.append(fact.code)
    for code, texts in wanted.added.items():
        for text in (one.strip() for one in texts if one.strip() and code in lines):
            _record_new(actor, code, read_typed(lines[code], _tidy(lines[code], text)), said, by=by)
            changed.append(code)
    return changed


def _record_new(actor: Actor, code: str, value: Any, said: Provenance, *, by: User) -> None:
    dated = catalogue.load()[code].period != "none"
    on = said.on if dated else None
    facts.record(actor.subject, code, value, source=said.source, by=by, status=said.status, on=on)


__all__ = [
    "DESCRIPTION",
    "FIGURES",
    "IDENTITY",
    "QUALIFIERS",
    "SECTIONS",
    "Field",
    "Item",
    "Provenance",
    "Wanted",
    "apply",
    "entries",
    "fields",
    "joined",
    "read_typed",
    "split",
]
