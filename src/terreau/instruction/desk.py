"""The working sheet of a file: whether it may be received, point by point, and what officers write there.

The points are prefilled by what is known (deposit, completeness, rules and grids of the call); an officer
answers each. Two officers on one sheet merge by themselves unless they answered the same point differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls import form_rules
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.stale import three_way
from terreau.common.verdicts import Answer
from terreau.dossiers import moving
from terreau.dossiers.actions import values_of
from terreau.dossiers.models import Dossier, Transition
from terreau.instruction import letters
from terreau.instruction.eligibility import verdicts
from terreau.instruction.models import Desk
from terreau.journal.actions import counting_refusals, record

ON_TIME, COMPLETE = "on_time", "complete"
LONGEST = 8_000


@dataclass(frozen=True, slots=True)
class Point:
    """One point of admissibility: what is known says ``found``, an officer answered ``said``."""

    code: str
    label: str
    found: Answer
    why: str = ""
    said: str = ""
    note: str = ""
    source: str = ""

    @property
    def answer(self) -> str:
        """What stands: the officer's answer, else what is known."""
        return self.said or self.found.value


def points(
    dossier: Dossier,
    desk: Desk | None,
    answers: Mapping[str, Any] | None = None,
    viewer: User | None = None,
) -> list[Point]:
    """Return the points of a file, those of the site first, then the rules and grids of the call."""
    values = values_of(dossier) if answers is None else answers
    lacking = form_rules.missing(dossier.form.content, values)
    why = ", ".join(one.label for one in lacking[:6])
    found = [
        Point(ON_TIME, _("Déposé dans les délais"), Answer.NO if dossier.late else Answer.YES),
        Point(COMPLETE, _("Dossier complet"), Answer.TO_CHECK if lacking else Answer.YES, why),
        *(
            Point(one.code, one.label, one.answer, one.why, source=one.source)
            for one in verdicts(dossier, values, viewer)
        ),
    ]
    said = desk.checks if desk else {}
    return [_with(one, said.get(one.code, {})) for one in found]


def _with(one: Point, said: Mapping[str, Any]) -> Point:
    return replace(one, said=str(said.get("verdict", "")), note=str(said.get("note", "")))


def held(dossier: Dossier) -> Desk | None:
    """Return the sheet of a file when somebody wrote in it."""
    return Desk.objects.filter(pk=dossier.pk).select_related("by").first()


def flat(row: Desk | None) -> dict[str, str]:
    """Return a sheet field by field: ``summary``, ``note``, ``verdict:<point>``, ``note:<point>``."""
    found = {"summary": row.summary if row else "", "note": row.note if row else ""}
    for code, said in (row.checks if row else {}).items():
        found[f"verdict:{code}"] = str(said.get("verdict", ""))
        found[f"note:{code}"] = str(said.get("note", ""))
    return found


def write(dossier: Dossier, *, base: Mapping[str, str], mine: Mapping[str, str], by: User) -> Desk:
    """Write the sheet over what the person saw; a field written meanwhile is told (409)."""
    with transaction.atomic():
        moving.lock(dossier)
        row, _made = Desk.objects.get_or_create(pk=dossier.pk, defaults={"dossier": dossier})
        theirs = flat(row)
        keys = {*mine, *theirs, *base}
        full = [{key: one.get(key, "") for key in keys} for one in (base, theirs, {**theirs, **mine})]
        merge = three_way(*full)
        if merge.conflicts:
            words = _("Quelqu'un d'autre a écrit au même endroit pendant ce temps : choisissez ce qui reste.")
            raise StaleWriteError("stale_write", words, facts={"conflicts": merge.conflicts})
        if not merge.changes:
            return row
        _fill(row, {**theirs, **merge.changes})
        row.by, row.version = by, row.version + 1
        row.save()
        record(dossier.subject, "desk.written", by=by, data={"fields": sorted(merge.changes)})
    return row


def _fill(row: Desk, values: Mapping[str, str]) -> None:
    checks: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        kind, _colon, code = key.partition(":")
        text = str(value).strip()[:LONGEST]
        if not code:
            setattr(row, kind, text)
        elif kind == "verdict" and text and text not in list(Answer):
            raise DomainError("bad_verdict", _("Répondez oui, non ou à vérifier."), facts={"field": key})
        elif text:
            checks.setdefault(code, {})[kind] = text
    row.checks = checks


def admit(dossier: Dossier, *, by: User, base_version: int | None = None) -> Transition:
    """Declare a file admissible; refused while a point answered « non » stands."""
    bad = [one.label for one in points(dossier, held(dossier)) if one.said == Answer.NO.value]
    if bad:
        words = _("Un point est à « non » : %(names)s. Corrigez-le, ou déclarez le dossier irrecevable.")
        raise DomainError("point_refused", words % {"names": ", ".join(bad)}, status=409)
    return moving.move(dossier, "admit", by=by, base_version=base_version)


def reject(dossier: Dossier, *, reason: str, by: User, base_version: int | None = None) -> Transition:
    """Declare a file inadmissible, with the reasons, and write to its applicant in the same breath."""
    words = reason.strip()
    if not words:
        message = _("Un dossier n'est jamais irrecevable sans motif : écrivez-les.")
        raise DomainError("reason_needed", message, facts={"field": "reason"})
    with counting_refusals(dossier.subject, "dossier.reject", by=by), transaction.atomic():
        made = moving.move(dossier, "reject", by=by, reason=words, base_version=base_version)
        letters.leave(dossier, "inadmissible", by=by, reason=words)
    return made


def reasons(found: list[Point]) -> str:
    """Return the reasons that the points give, to begin the letter with: one a line."""
    bad = [one for one in found if one.answer == Answer.NO.value]
    return "\n".join(f"– {one.label}{_colon(one.note or one.why)}" for one in bad)


def _colon(text: str) -> str:
    return f" : {text}" if text else ""
