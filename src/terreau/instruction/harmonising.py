"""The harmonisation meeting: scores change there alone, each with its reason; those given first stay."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert
from terreau.dossiers.states import INSTRUCTED
from terreau.instruction import appraising, progress, rules, setups
from terreau.instruction.models import Appraisal, Harmonisation, ScoreChange
from terreau.journal.actions import record


def current(call: Call) -> Harmonisation | None:
    """Return the meeting that is open in a call."""
    return Harmonisation.objects.filter(call=call, closed_at=None).first()


def open_meeting(call: Call, *, on: date, present: str, by: User) -> Harmonisation:
    """Open a meeting; one at a time in a call."""
    with transaction.atomic():
        made = insert(
            Harmonisation(call=call, on=on, present=present.strip(), by=by), "meeting_open", field="on"
        )
        record(call.subject, "harmonisation.opened", by=by, data={"meeting": made.pk.hex})
    return made


def close(meeting: Harmonisation, *, note: str, by: User) -> None:
    """Close a meeting with what was said."""
    with transaction.atomic():
        rows = Harmonisation.objects.filter(pk=meeting.pk, closed_at=None)
        if not rows.update(closed_at=timezone.now(), note=note.strip()):
            raise DomainError("closed", _("Cette réunion est déjà close."), status=409)
        record(meeting.call.subject, "harmonisation.closed", by=by, data={"meeting": meeting.pk.hex})


def change(  # noqa: PLR0913 - keyword-only: each is a part of the change
    meeting: Harmonisation,
    appraisal: Appraisal,
    criterion: str,
    *,
    before: int,
    after: int,
    reason: str,
    by: User,
) -> ScoreChange:
    """Change one score of a review that was given, in an open meeting, with the reason.

    ``before`` is the score that was seen: another change meanwhile is told (409).
    """
    why = reason.strip()[:500]
    if not why:
        raise DomainError("reason_needed", _("Dites pourquoi cette note change."), facts={"field": "reason"})
    with transaction.atomic():
        row = (
            Appraisal.objects.select_for_update()
            .select_related("dossier__call", "dossier__subject")
            .get(pk=appraisal.pk)
        )
        _may(meeting, row)
        grid = setups.grid(row.dossier.call)
        one = next((one for one in grid if one.code == criterion), None)
        scores = dict(row.agreed or row.scores)
        _check(one, scores, before=before, after=after)
        made = insert(
            ScoreChange(
                meeting=meeting,
                appraisal=row,
                criterion=criterion,
                before=before,
                after=after,
                reason=why,
                by=by,
            )
        )
        scores[criterion] = after
        total = rules.total(grid, scores)
        Appraisal.objects.filter(pk=row.pk).update(agreed=scores, total=total)
        data = {"review": row.pk.hex, "criterion": criterion, "before": before, "after": after}
        record(row.dossier.subject, "review.harmonised", by=by, data=data)
        progress.project([row.dossier_id])
    return made


def _may(meeting: Harmonisation, row: Appraisal) -> None:
    if row.dossier.call_id != meeting.call_id or row.given_at is None or row.ended_at is not None:
        raise DomainError("not_of_call", _("Cette relecture n'est pas de cet appel."), status=409)
    if not Harmonisation.objects.filter(pk=meeting.pk, closed_at=None).exists():
        raise DomainError("closed", _("Cette réunion est close : ouvrez-en une autre."), status=409)
    if row.dossier.state not in INSTRUCTED:
        words = _("Ce dossier est décidé : ses notes ne changent plus.")
        raise DomainError("decided", words, status=409)
    if not appraising.opened_now(row.dossier):
        words = _("Les relectures de ce dossier sont scellées : chacun rend d'abord la sienne.")
        raise DomainError("sealed", words, status=409)


def _check(one: rules.Criterion | None, scores: dict[str, int], *, before: int, after: int) -> None:
    if one is None or one.code not in scores:
        raise DomainError(
            "unknown_criterion", _("Ce critère n'est pas dans la grille de l'appel."), status=404
        )
    if scores[one.code] != before:
        words = _("Cette note vient de changer : elle est maintenant de %(now)d.") % {"now": scores[one.code]}
        raise StaleWriteError("stale_write", words, facts={"field": "after", "now": scores[one.code]})
    if not 0 <= after <= one.most:
        words = _("La note de « %(name)s » va de 0 à %(most)d.") % {"name": one.label, "most": one.most}
        raise DomainError("bad_score", words, facts={"field": "after"})
    if after == before:
        raise DomainError("same_score", _("La note est la même."), facts={"field": "after"})


def changes(appraisals: Collection[Appraisal]) -> dict[str, list[ScoreChange]]:
    """Return the changes of some reviews, by review: one query."""
    found: dict[str, list[ScoreChange]] = {}
    rows = ScoreChange.objects.filter(appraisal__in=[one.pk for one in appraisals])
    for row in rows.select_related("by", "meeting").order_by("pk"):
        found.setdefault(str(row.appraisal_id), []).append(row)
    return found
