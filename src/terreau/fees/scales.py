"""Versions of a scale: written, changed, copied, proposed to a meeting or recorded as voted (R-103).

What is proposed never changes: to change it, one starts again from a copy. A scale is in force when its
decision is adopted, from the day it says until a later one; nothing is switched on by hand.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.inserting import insert
from terreau.fees import documents, wording
from terreau.fees.documents import Sheet
from terreau.fees.models import ScaleVersion
from terreau.governance import ballots, meetings
from terreau.governance.models import Decision, Item, Meeting
from terreau.journal.actions import record, save_fresh
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

#: What may be changed of a draft, field by field.
FIELDS: Final = ("name", "said", "valid_from")


class State(StrEnum):
    """Where a scale stands, said by its decision and the day."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    VOTED = "voted"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    REJECTED = "rejected"
    DROPPED = "dropped"


def draft(pole: Pole, *, name: str, sheet: Sheet, valid_from: date, by: User | None) -> ScaleVersion:
    """Write a draft; it takes the next number of the pole."""
    return _add(pole, _called(name), documents.write(sheet), valid_from, by=by)


def copy(scale: ScaleVersion, *, valid_from: date | None = None, by: User | None) -> ScaleVersion:
    """Start a draft again from any version."""
    name = _("%(name)s (copie)") % {"name": scale.name[:100]}
    return _add(scale.pole, name, dict(scale.said), valid_from or scale.valid_from, by=by, source=scale)


def change(
    scale: ScaleVersion, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User | None
) -> ScaleVersion:
    """Change a draft as the person saw it; two people on the same field are told (409).

    Raises ``DomainError`` once it is proposed: what is voted does not change.
    """
    if unknown := set(mine) - set(FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    if "said" in mine:
        documents.read(mine["said"])
    wanted = dict(mine)
    if "name" in wanted:
        wanted["name"] = _called(wanted["name"])
    with transaction.atomic():
        row = _locked(scale)
        _is_draft(row)
        subject = row.pole.actor.subject
        return save_fresh(row, subject=subject, verb="fees.scale_changed", base=base, mine=wanted, by=by)


def drop(scale: ScaleVersion, *, by: User | None) -> None:
    """Give a draft up; it stays readable."""
    with transaction.atomic():
        row = _locked(scale)
        _is_draft(row)
        _update(row, dropped_at=timezone.now())
        _tell(row, "fees.scale_dropped", by)


def propose(scale: ScaleVersion, meeting: Meeting, *, text: str = "", by: User) -> Decision:
    """Put a draft on the agenda of a meeting, as a decision to vote; from now on it is frozen.

    ``text`` is added to the scale in words: what the simulation gives, why.
    """
    if meeting.body.pole_id != scale.pole_id:
        raise NotFoundError("unknown_meeting", _("Cette séance n'est pas de ce pôle."))
    with transaction.atomic():
        row = _locked(scale)
        _is_draft(row)
        title = _title(row)
        item = meetings.add_item(meeting, title, kind=Item.Kind.DECISION, by=by)
        decision = ballots.propose(row.pole, title=title, text=_text(row, text), item=item, by=by)
        _freeze(row, decision, by)
    return decision


def record_vote(scale: ScaleVersion, *, on: date, text: str = "", by: User) -> Decision:
    """Write that a scale was adopted on a day, elsewhere than in a meeting held here."""
    if on > timezone.localdate():
        raise DomainError("future", _("Cette date est à venir."), facts={"field": "on"})
    with transaction.atomic():
        row = _locked(scale)
        _is_draft(row)
        decision = ballots.propose(row.pole, title=_title(row), text=_text(row, text), by=by)
        _freeze(row, decision, by)
        return ballots.decide(decision, Decision.Outcome.ADOPTED, on=on, by=by)


def adopted(pole: Pole) -> QuerySet[ScaleVersion]:
    """Return the scales that were voted, the one that comes last first."""
    rows = ScaleVersion.objects.filter(pole=pole, decision__outcome=Decision.Outcome.ADOPTED)
    return rows.select_related("decision").order_by("-valid_from", "-decision__decided_on", "-number")


def in_force(pole: Pole, on: date) -> ScaleVersion | None:
    """Return the scale in force on a day, or none: one query."""
    return adopted(pole).filter(valid_from__lte=on).first()


def state(scale: ScaleVersion, current: ScaleVersion | None, on: date) -> State:
    """Return where a scale stands; ``current`` is the one in force, ``scale`` comes with its decision."""
    if scale.dropped_at is not None:
        return State.DROPPED
    if scale.decision is None:
        return State.DRAFT
    if scale.decision.outcome == Decision.Outcome.REJECTED:
        return State.REJECTED
    if scale.decision.outcome != Decision.Outcome.ADOPTED:
        return State.PROPOSED
    if current is not None and current.pk == scale.pk:
        return State.IN_FORCE
    return State.VOTED if scale.valid_from > on else State.REPLACED


def sheet_of(scale: ScaleVersion) -> Sheet:
    """Return what a version says."""
    return documents.read(scale.said)


def _title(row: ScaleVersion) -> str:
    return _("Barème de cotisations : %(name)s") % {"name": row.name}


def _text(row: ScaleVersion, added: str) -> str:
    """Return the scale in words, as it is voted, and what was added."""
    return "\n".join(part for part in (*wording.scale(sheet_of(row), row.valid_from), added.strip()) if part)


def _freeze(row: ScaleVersion, decision: Decision, by: User | None) -> None:
    _update(row, proposed_at=timezone.now(), decision=decision)
    _tell(row, "fees.scale_proposed", by, decision=decision.pk.hex, said=row.said)


def _called(name: str) -> str:
    text = " ".join(name.split())[:120]
    if not text:
        raise DomainError("no_name", _("Donnez un nom au barème."), facts={"field": "name"})
    return text


def _add(  # noqa: PLR0913 - what a version is made of
    pole: Pole,
    name: str,
    said: dict[str, Any],
    valid_from: date,
    *,
    by: User | None,
    source: ScaleVersion | None = None,
) -> ScaleVersion:
    documents.read(said)
    with transaction.atomic():
        subjects.lock(pole.actor_id)
        last = ScaleVersion.objects.filter(pole=pole).aggregate(last=Max("number"))["last"] or 0
        row = ScaleVersion(pole=pole, number=last + 1, name=name, said=said, valid_from=valid_from, by=by)
        row.copied_from = source
        insert(row, "scale_refused")
        _tell(row, "fees.scale_drafted", by)
    return row


def _locked(scale: ScaleVersion) -> ScaleVersion:
    subjects.lock(scale.pole_id)
    rows = ScaleVersion.objects.select_related("pole__actor__subject", "decision")
    return rows.get(pk=scale.pk)


def _is_draft(row: ScaleVersion) -> None:
    if row.dropped_at is not None:
        raise DomainError("dropped", _("Ce barème est abandonné : repartez d'une copie."), status=409)
    if row.proposed_at is not None:
        words = _("Ce barème est proposé au vote ou voté : il ne change plus. Repartez d'une copie.")
        raise DomainError("proposed", words, status=409)


def _update(row: ScaleVersion, **values: Any) -> None:
    ScaleVersion.objects.filter(pk=row.pk).update(**values, version=F("version") + 1)


def _tell(row: ScaleVersion, verb: str, by: User | None, **data: Any) -> None:
    told = {"scale": row.pk, "number": row.number, **data}
    record(row.pole.actor.subject, verb, by=by, data=told)
