"""The shared evaluation of a file (R-81, R-94): opened, rested on two campaigns of ``reviews``, discussed.

Nothing is evaluated here: the pole answers its grid alone or in a workshop, somebody invited answers it on a
frozen copy, and both are campaigns of the pole. A file without a pole has words of each side instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError
from terreau.dossiers import moving, states
from terreau.dossiers.models import Dossier
from terreau.followup import rules
from terreau.followup.models import Conclusion, ConclusionSignature, Evaluation, Steering
from terreau.followup.telling import tell_officers, tell_team
from terreau.grids.models import GridVersion
from terreau.journal.actions import record, save_fresh
from terreau.reviews import campaigns
from terreau.reviews.models import Mode, Review
from terreau.reviews.models import State as Campaign

#: A campaign older than that says nothing of what the agreement gave.
OLDEST: Final = timedelta(days=550)
#: Which campaigns count for which part.
_MODES: Final[Mapping[str, tuple[str, ...]]] = {
    "self": (Mode.SELF, Mode.INTERNAL),
    "external": (Mode.EXTERNAL,),
}
_ENDED: Final[Mapping[str, tuple[str, ...]]] = {
    "self": (Campaign.CLOSED,),
    "external": (Campaign.SIGNED, Campaign.CLOSED),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an evaluation is: its parts, its last contradictory meeting that was held, what is missing."""

    evaluation: Evaluation
    conclusion: Conclusion
    meeting: Steering | None
    self_done: bool
    external_done: bool
    lacks: tuple[rules.Lack, ...]


def of(dossier: Dossier) -> Evaluation | None:
    """Return the evaluation of a file, None before it is opened."""
    rows = Evaluation.objects.select_related(
        *("dossier__call__programme", "dossier__subject", "dossier__pole__actor__subject"),
        *("dossier__applicant", "grid_version__grid", "self_review__pole", "external_review__pole"),
        "conclusion",
    )
    return rows.filter(dossier=dossier).first()


def open_evaluation(dossier: Dossier, version: GridVersion | None, *, by: User) -> Evaluation:
    """Open the shared evaluation of a file that runs, and move it there.

    A second opening changes nothing. Raises ``DomainError`` for a file that does not run.
    """
    with transaction.atomic():
        row = moving.lock(dossier)
        if (held := Evaluation.objects.filter(dossier=row).first()) is not None:
            return held
        if row.state not in {states.RUNNING, states.EVALUATION}:
            words = _("L'évaluation partagée s'ouvre quand l'action est en cours.")
            raise DomainError("not_running", words, facts={"state": row.state}, status=409)
        if row.state == states.RUNNING:
            moving.move(dossier, "evaluate", by=by)
        made = Evaluation.objects.create(dossier=row, grid_version=version, opened_by=by)
        Conclusion.objects.create(evaluation=made)
        record(row.subject, "evaluation.opened", by=by, data={"grid": str(version.pk) if version else ""})
        key = f"evaluation-{row.pk.hex}"
        tell_team(row, "evaluation", by=by, dedupe=key)
        tell_officers(row, "evaluation", by=by, dedupe=key)
    return made


def start(
    evaluation: Evaluation, part: str, *, title: str, reviewer: Actor | None = None, by: User
) -> Review:
    """Open the campaign that a part rests on: a self-diagnosis, or a co-evaluation by ``reviewer``.

    The caller has checked that the person animates the pole.
    """
    pole, version = evaluation.dossier.pole, evaluation.grid_version
    if pole is None or version is None:
        raise DomainError("no_grid", _("Cette évaluation se fait sans grille : écrivez vos constats."))
    mode = Mode.EXTERNAL if part == "external" else Mode.INTERNAL
    plan = campaigns.Plan(mode, title, reviewer=reviewer, quality="funder" if reviewer else "")
    with transaction.atomic():
        moving.lock(evaluation.dossier)
        made = campaigns.open_review(pole, version, plan, by=by)
        rest_on(evaluation, part, made, by=by)
    return made


def rest_on(evaluation: Evaluation, part: str, review: Review, *, by: User) -> Evaluation:
    """Let a part rest on a campaign of the pole, begun here or before: nothing is answered twice."""
    if part not in _MODES:
        raise NotFoundError("unknown_part", _("Une évaluation partagée n'a pas cette partie."))
    if review.pole_id != evaluation.dossier.pole_id or review.mode not in _MODES[part]:
        raise NotFoundError("unknown_review", _("Ce pôle n'a pas cette campagne."))
    if evaluation.grid_version is None or review.grid_version.grid_id != evaluation.grid_version.grid_id:
        words = _("Cette campagne ne répond pas à la grille de l'évaluation.")
        raise DomainError("other_grid", words, facts={"field": "review"})
    if review.state == Campaign.CANCELLED or review.opened_at < timezone.now() - OLDEST:
        words = _("Cette campagne est annulée, ou trop ancienne : dix-huit mois au plus.")
        raise DomainError("review_too_old", words, facts={"field": "review"})
    with transaction.atomic():
        row = moving.lock(evaluation.dossier)
        _check_open(evaluation)
        column = "self_review" if part == "self" else "external_review"
        Evaluation.objects.filter(pk=evaluation.pk).update(**{column: review}, version=F("version") + 1)
        record(row.subject, "evaluation.rests_on", by=by, data={"part": part, "review": review.pk.hex})
    evaluation.refresh_from_db()
    return evaluation


def write(
    evaluation: Evaluation, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User
) -> Evaluation:
    """Write what a side finds, for a file evaluated without a grid; ``mine``: that side alone."""
    with transaction.atomic():
        subject = moving.lock(evaluation.dossier).subject
        _check_open(evaluation)
        return save_fresh(evaluation, subject=subject, verb="evaluation.written", base=base, mine=mine, by=by)


def usable(evaluation: Evaluation, part: str) -> list[Review]:
    """Return the campaigns of the pole on the grid, on which a part may rest, the newest first."""
    if evaluation.grid_version is None:
        return []
    rows = Review.objects.filter(
        pole=evaluation.dossier.pole_id,
        grid_version__grid=evaluation.grid_version.grid_id,
        mode__in=_MODES[part],
        opened_at__gte=timezone.now() - OLDEST,
    )
    rows = rows.exclude(state=Campaign.CANCELLED).select_related("grid_version")
    return list(rows.order_by("-opened_at", "pk")[:20])


def progress(evaluation: Evaluation) -> Progress:
    """Return where an evaluation is (one query, the rows of ``of`` at hand)."""
    meetings = Steering.objects.filter(
        dossier=evaluation.dossier_id, kind=Steering.Kind.CONTRADICTORY, state=Steering.State.HELD
    )
    meeting = meetings.order_by("-at", "pk").first()
    conclusion = evaluation.conclusion
    self_done = _done(evaluation.self_review, "self", evaluation.self_words, evaluation.grid_version_id)
    external_done = _done(
        evaluation.external_review, "external", evaluation.external_words, evaluation.grid_version_id
    )
    written = bool(conclusion.results.strip() and conclusion.advice)
    lacks = rules.lacking(
        self_done=self_done, external_done=external_done, met=meeting is not None, written=written
    )
    return Progress(evaluation, conclusion, meeting, self_done, external_done, lacks)


def _done(review: Review | None, part: str, words: str, grid: Any) -> bool:
    if grid is None:
        return bool(words.strip())
    return review is not None and review.state in _ENDED[part]


def _check_open(evaluation: Evaluation) -> None:
    if Conclusion.objects.filter(evaluation=evaluation.pk, concluded_at__isnull=False).exists():
        raise DomainError("concluded", _("Cette évaluation est conclue : elle ne change plus."), status=409)
    signed = ConclusionSignature.objects.filter(conclusion=evaluation.pk, taken_back_at=None)
    if signed.exists():
        words = _("Une partie a signé : elle doit reprendre sa signature avant que le texte change.")
        raise DomainError("conclusion_signed", words, status=409)
