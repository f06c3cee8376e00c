"""A review of a file: written by criterion, given once, sealed until every reader has given theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from terreau.accounts.models import User
from terreau.common.errors import DomainError, RefusedError, StaleWriteError
from terreau.common.inserting import insert
from terreau.common.stale import three_way
from terreau.dossiers.models import Dossier
from terreau.dossiers.states import INSTRUCTED
from terreau.instruction import conflicts, progress, rules, setups
from terreau.instruction.models import Appraisal, Assignment
from terreau.journal.actions import counting_refusals, record
from terreau.notices.actions import tell

#: What a reviewer writes: ``score:<criterion>``, ``text:<criterion>``, ``advice``.
Words = Mapping[str, Any]


def mine(dossier: Dossier, user: User) -> Appraisal | None:
    """Return the review of a person on a file, given or not."""
    return Appraisal.objects.filter(dossier=dossier, reviewer=user, ended_at=None).first()


def flat(row: Appraisal | None, grid: tuple[rules.Criterion, ...]) -> dict[str, Any]:
    """Return a review as the page holds it, field by field."""
    scores, texts = (row.scores, row.texts) if row else ({}, {})
    found: dict[str, Any] = {"advice": row.advice if row else ""}
    for one in grid:
        found[f"score:{one.code}"] = scores.get(one.code)
        found[f"text:{one.code}"] = texts.get(one.code, "")
    return found


def write(dossier: Dossier, user: User, *, base: Words, mine_: Words) -> Appraisal:
    """Keep a draft over what the person saw: two windows of one reader lose nothing (``StaleWriteError``)."""
    grid = setups.grid(dossier.call)
    with counting_refusals(dossier.subject, "review.written", by=user), transaction.atomic():
        row = _held(dossier, user)
        if row.given_at is not None:
            words = _("Votre relecture est rendue : elle ne change plus qu'en réunion d'harmonisation.")
            raise DomainError("given", words, status=409)
        theirs = flat(row, grid)
        wanted = {key: mine_.get(key, theirs[key]) for key in theirs}
        merge = three_way({key: base.get(key, theirs[key]) for key in theirs}, theirs, wanted)
        if merge.conflicts:
            words = _("Vous avez modifié cette relecture dans une autre fenêtre : choisissez ce qui reste.")
            raise StaleWriteError("stale_write", words, facts={"conflicts": merge.conflicts})
        _save(row, {**theirs, **merge.changes}, grid)
    return row


def give(dossier: Dossier, user: User, *, base: Words, mine_: Words) -> Appraisal:
    """Give a review: every criterion scored and explained; from then on it is sealed, then read by all."""
    grid = setups.grid(dossier.call)
    with counting_refusals(dossier.subject, "review.given", by=user), transaction.atomic():
        row = write(dossier, user, base=base, mine_=mine_)
        if lacking := rules.missing(grid, row.scores, row.texts):
            words = ngettext(
                "Il manque un critère : %(names)s.", "Il manque des critères : %(names)s.", len(lacking)
            )
            facts = {"criteria": [one.code for one in lacking]}
            raise DomainError(
                "unfinished", words % {"names": ", ".join(one.label for one in lacking)}, facts=facts
            )
        found = rules.total(grid, row.scores)
        if found is None:
            raise DomainError("no_grid", _("Cet appel n'a pas encore de grille de relecture."), status=409)
        row.total = row.first_total = found
        row.given_at = timezone.now()
        row.save(update_fields=["total", "first_total", "given_at"])
        record(dossier.subject, "review.given", by=user, data={"review": row.pk.hex})
        progress.project([dossier.pk])
        opened = opened_now(dossier)
    if opened:
        _tell_opened(dossier)
    return row


def opened_now(dossier: Dossier) -> bool:
    """Say whether the reviews of a file may be read: each assigned reviewer has given theirs (2 queries)."""
    assigned = Assignment.objects.filter(dossier=dossier, part="reviewer", ended_at=None)
    given = Appraisal.objects.filter(dossier=dossier, ended_at=None, given_at__isnull=False)
    return rules.unsealed(
        assigned.order_by().values_list("user", flat=True),
        given.order_by().values_list("reviewer", flat=True),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """The reviews of a file as somebody may read them."""

    rows: list[Appraisal]
    assigned: int
    given: int
    opened: bool
    mean: int | None
    spread: int | None


def seen(
    dossier: Dossier,
    user: User,
    *,
    officer: bool,
    assigned: Collection[UUID] | None = None,
    rows: Iterable[Appraisal] | None = None,
) -> Seen:
    """Return what a person reads of the reviews of a file: one query, two more unless these are given.

    ``assigned``: the reviewers of the file; ``rows``: its reviews that count, drafts among them.
    """
    if assigned is None:
        parts = Assignment.objects.filter(dossier=dossier, part="reviewer", ended_at=None)
        assigned = set(parts.order_by().values_list("user", flat=True))
    if rows is None:
        found = Appraisal.objects.filter(dossier=dossier, ended_at=None, given_at__isnull=False)
        rows = found.select_related("reviewer").order_by("given_at", "pk")
    given = [one for one in rows if one.given_at is not None and one.reviewer_id in assigned]
    ids = {one.reviewer_id for one in given}
    sight = rules.sight(
        user.pk, officer=officer, assigned=assigned, given=ids, totals=setups.of(dossier.call).totals
    )
    totals = [one.total for one in given if one.total is not None]
    return Seen(
        rows=[one for one in given if one.reviewer_id in sight.reviews],
        assigned=len(assigned),
        given=len(given),
        opened=rules.unsealed(assigned, ids),
        mean=rules.mean(totals) if sight.mean else None,
        spread=rules.spread(totals) if sight.mean else None,
    )


def _held(dossier: Dossier, user: User) -> Appraisal:
    """Return the row of a reader, made when there is none, locked; refused to who may not review the file."""
    if why := conflicts.why_not(user, dossier):
        raise RefusedError("in_conflict", conflicts.said(why))
    part = Assignment.objects.filter(dossier=dossier, user=user, part="reviewer", ended_at=None)
    if not part.exists():
        raise RefusedError("not_assigned", _("Ce dossier ne vous est pas confié pour relecture."))
    if dossier.state not in INSTRUCTED:
        words = _("Ce dossier n'est plus en instruction : il ne se relit plus.")
        raise DomainError("not_instructed", words, status=409)
    rows = Appraisal.objects.select_for_update().filter(dossier=dossier, reviewer=user, ended_at=None)
    found = rows.first()
    if found is None:
        insert(Appraisal(dossier=dossier, reviewer=user), "appraised_already")
        found = rows.get()
    return found


def _save(row: Appraisal, values: Words, grid: tuple[rules.Criterion, ...]) -> None:
    scores: dict[str, int] = {}
    for one in grid:
        value = values[f"score:{one.code}"]
        if value is None:
            continue
        if not 0 <= int(value) <= one.most:
            words = _("La note de « %(name)s » va de 0 à %(most)d.") % {"name": one.label, "most": one.most}
            raise DomainError("bad_score", words, facts={"field": f"score:{one.code}"})
        scores[one.code] = int(value)
    row.scores = scores
    row.texts = {one.code: text for one in grid if (text := str(values[f"text:{one.code}"]).strip()[:4000])}
    row.advice = str(values["advice"]).strip()[:4000]
    row.version += 1
    rows = Appraisal.objects.filter(pk=row.pk, given_at=None)
    if not rows.update(scores=scores, texts=row.texts, advice=row.advice, version=F("version") + 1):
        raise DomainError(
            "given", _("Votre relecture vient d'être rendue : elle ne change plus."), status=409
        )


def _tell_opened(dossier: Dossier) -> None:
    words = format_lazy(
        gettext_lazy("Toutes les relectures de « {name} » sont rendues : elles peuvent être lues."),
        name=dossier.name,
    )
    path = f"/instruction/dossiers/{dossier.pk}/"
    rows = Assignment.objects.filter(dossier=dossier, part="officer", ended_at=None).select_related("user")
    for row in rows:
        tell(
            row.user, "instruction", words, subject=dossier.subject, path=path, dedupe=f"opened-{dossier.pk}"
        )
