"""What people say under a grid: they judge a criterion, they set an exclusion aside. Nothing said is changed.

A later word supersedes the one before, which stays. The word that holds on a day is the last one said whose
``on`` is not after that day. Who may is decided above (``may``): this room knows no pole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.common.permissions import Permission
from terreau.common.verdicts import Answer
from terreau.grids import evaluate, models
from terreau.grids.language import DECIDING, Grid
from terreau.journal.actions import counting_refusals, record
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

#: Lengths of what a person writes.
MOST_REASON, MOST_QUALITY = 2_000, 120
Row = TypeVar("Row", models.Judgement, models.Lift)


@dataclass(frozen=True)
class Said:
    """What was said of a subject under one version, as it held on a day, by criterion.

    ``opinions`` are those of people who do not decide. ``last_judgements`` and ``last_lifts`` are the words
    that a new one would supersede, taken back or not: what a form gives back as ``base``.
    """

    judgements: Mapping[str, evaluate.Judgement] = field(default_factory=dict)
    lifts: Mapping[str, evaluate.Lift] = field(default_factory=dict)
    opinions: Mapping[str, tuple[evaluate.Judgement, ...]] = field(default_factory=dict)
    last_judgements: Mapping[str, UUID] = field(default_factory=dict)
    last_lifts: Mapping[str, UUID] = field(default_factory=dict)


def judge(  # noqa: PLR0913 - keyword-only after what is judged
    subject: Subject,
    grid: Grid,
    criterion: str,
    answer: Answer | None,
    *,
    reason: str,
    by: User,
    may: Permission,
    quality: str = "",
    decides: bool = True,
    on: date | None = None,
    base: UUID | None = None,
) -> models.Judgement:
    """Record a person's answer to a criterion (None takes it back), which prevails over the rule.

    ``decides`` False records an opinion, shown beside. ``on`` is the day from which it holds (today).
    ``base`` is the last word the person read: ``StaleWriteError`` with the other one when somebody spoke
    meanwhile. Raises ``RefusedError`` (counted), or ``DomainError`` for a criterion that is not judged.
    """
    version = _checked(subject, grid, criterion, by, may, "grid.judge")
    if grid.by_code[criterion].kind not in DECIDING:
        raise DomainError("not_judged", _("Ce critère ne se juge pas : il se note, ou se signe."))
    own = {"by": by} if not decides else {}
    chain = models.Judgement.objects.filter(
        subject=subject, grid_version=version, criterion=criterion, decides=decides, **own
    )
    row = models.Judgement(answer=answer.value if answer else "", decides=decides)
    return _say(row, chain, subject, version, criterion, by, reason, quality, on, base)


def lift(  # noqa: PLR0913 - keyword-only after what is lifted
    subject: Subject,
    grid: Grid,
    criterion: str,
    *,
    reason: str,
    by: User,
    may: Permission,
    lifted: bool = True,
    quality: str = "",
    on: date | None = None,
    base: UUID | None = None,
) -> models.Lift:
    """Set an exclusion aside, with a reason that stays (R-153); ``lifted`` False puts it back.

    The same errors as ``judge``; ``not_an_exclusion`` for a criterion of another kind.
    """
    version = _checked(subject, grid, criterion, by, may, "grid.lift")
    if grid.by_code[criterion].kind != "exclusion":
        raise DomainError("not_an_exclusion", _("Seule une exclusion se lève."))
    chain = models.Lift.objects.filter(subject=subject, grid_version=version, criterion=criterion)
    row = models.Lift(lifted=lifted)
    return _say(row, chain, subject, version, criterion, by, reason, quality, on, base)


def _checked(  # noqa: PLR0913, PLR0917 - what every word has
    subject: Subject, grid: Grid, criterion: str, by: User, may: Permission, verb: str
) -> models.GridVersion:
    with counting_refusals(subject, verb, by=by):
        if not may:
            raise RefusedError("not_allowed", may.reason or _("Vous ne pouvez pas vous prononcer ici."))
    version = models.GridVersion.objects.filter(pk=grid.row).first() if grid.row else None
    if version is None or version.state == models.GridVersion.State.DRAFT:
        raise NotFoundError("unknown_version", _("Cette version n'existe pas."))
    if criterion not in grid.by_code:
        raise NotFoundError("unknown_criterion", _("Ce critère n'existe pas dans cette version."))
    return version


@transaction.atomic
def _say(  # noqa: PLR0913, PLR0917 - what every word has
    row: Row,
    chain: Any,
    subject: Subject,
    version: models.GridVersion,
    criterion: str,
    by: User,
    reason: str,
    quality: str,
    on: date | None,
    base: UUID | None,
) -> Row:
    subjects.lock(subject.pk)
    last = chain.filter(superseded_by__isnull=True).select_related("by").first()
    if (last.pk if last else None) != base:
        raise _stale(last)
    row.subject, row.grid_version, row.criterion, row.by = subject, version, criterion, by
    row.reason, row.quality = _reason(reason), quality.strip()[:MOST_QUALITY]
    row.at = timezone.now()
    row.on = _day(on)
    row.supersedes = last
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise _stale(chain.filter(superseded_by__isnull=True).select_related("by").first()) from error
    record(subject, _verb(row), by=by, data=_told(row, version))
    return row


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise DomainError("reason_missing", _("Dites pourquoi : le motif reste lisible."))
    if len(reason) > MOST_REASON:
        message = _("Ce motif est trop long : au plus %(count)s caractères.") % {"count": MOST_REASON}
        raise DomainError("reason_too_long", message)
    return reason


def _day(on: date | None) -> date:
    today = timezone.localdate()
    if on is not None and on > today:
        raise DomainError("future_day", _("On ne juge pas d'un jour qui n'est pas encore venu."))
    return on or today


def _verb(row: models.Judgement | models.Lift) -> str:
    if isinstance(row, models.Lift):
        return "grid.lifted" if row.lifted else "grid.lift_ended"
    return "grid.judged" if row.decides else "grid.opinion"


def _told(row: models.Judgement | models.Lift, version: models.GridVersion) -> dict[str, Any]:
    told = {
        "grid": version.grid.code,
        "version": version.version,
        "criterion": row.criterion,
        "on": row.on.isoformat(),
        "word": row.pk.hex,
    }
    return {**told, "answer": row.answer} if isinstance(row, models.Judgement) else told


def _stale(last: models.Judgement | models.Lift | None) -> StaleWriteError:
    message = _("Quelqu'un s'est prononcé pendant ce temps : relisez ce qui a été dit, puis recommencez.")
    if last is None:
        return StaleWriteError("stale_word", message)
    theirs: dict[str, Any] = {"reason": last.reason, "on": last.on.isoformat(), "id": str(last.pk)}
    if isinstance(last, models.Judgement):
        theirs["answer"] = last.answer
    return StaleWriteError("stale_word", message, facts={"theirs": theirs})


# ---------------------------------------------------------------- reading


def said_of(subject: Subject | UUID, grid: Grid, *, on: date, known_at: datetime | None = None) -> Said:
    """Return what was said of a subject under a version, as it held on a day; three queries.

    What was said of a subject merged into this one is read with it. ``known_at``: only what had been said
    at that instant.
    """
    key = subject.pk if isinstance(subject, Subject) else subject
    return said_of_many([key], [grid], on=on, known_at=known_at).get((key, grid.row), Said())


def said_of_many(
    keys: Iterable[UUID], grids: Iterable[Grid], *, on: date, known_at: datetime | None = None
) -> dict[tuple[UUID, UUID | None], Said]:
    """Return what was said of many subjects under many versions, by subject and row; three queries."""
    owners = subjects.family(keys)
    rows = [grid.row for grid in grids if grid.row is not None]
    judged = _found(models.Judgement.objects, owners, rows, known_at)
    lifted = _found(models.Lift.objects, owners, rows, known_at)
    return {
        key: Said(
            **_judgements(judged.get(key, []), on, key[0]),
            **_lifts(lifted.get(key, []), on, key[0]),
        )
        for key in {*judged, *lifted}
    }


def _found(
    manager: Any, owners: Mapping[UUID, UUID], rows: list[UUID], known_at: datetime | None
) -> dict[tuple[UUID, UUID | None], list[Any]]:
    found = manager.filter(subject__in=list(owners), grid_version__in=rows).select_related("by")
    if known_at is not None:
        found = found.filter(at__lte=known_at)
    by_key: dict[tuple[UUID, UUID | None], list[Any]] = {}
    for row in found.order_by("at", "id"):
        by_key.setdefault((owners[row.subject_id], row.grid_version_id), []).append(row)
    return by_key


def _judgements(rows: list[models.Judgement], on: date, own: UUID) -> dict[str, Any]:
    holding: dict[str, models.Judgement] = {}
    opinions: dict[str, dict[UUID, models.Judgement]] = {}
    last: dict[str, UUID] = {}
    for row in rows:
        if row.decides and row.subject_id == own:
            last[row.criterion] = row.pk
        if row.on > on:
            continue
        if row.decides:
            holding[row.criterion] = row
        else:
            opinions.setdefault(row.criterion, {})[row.by_id] = row
    return {
        "judgements": {code: _judgement(row) for code, row in holding.items() if row.answer},
        "opinions": {
            code: tuple(_judgement(row) for row in given.values() if row.answer)
            for code, given in opinions.items()
        },
        "last_judgements": last,
    }


def _lifts(rows: list[models.Lift], on: date, own: UUID) -> dict[str, Any]:
    holding = {row.criterion: row for row in rows if row.on <= on}
    return {
        "lifts": {
            code: evaluate.Lift(row.reason, row.by_id, row.by.name, row.quality, row.on, row.at, row.pk)
            for code, row in holding.items()
            if row.lifted
        },
        "last_lifts": {row.criterion: row.pk for row in rows if row.subject_id == own},
    }


def _judgement(row: models.Judgement) -> evaluate.Judgement:
    return evaluate.Judgement(
        Answer(row.answer), row.reason, row.by_id, row.by.name, row.quality, row.on, row.at, row.pk
    )


def last_opinion(subject: Subject, grid: Grid, criterion: str, by: User) -> UUID | None:
    """Return the last opinion of a person on a criterion: the ``base`` of their next one. One query."""
    found = models.Judgement.objects.filter(
        subject=subject,
        grid_version=grid.row,
        criterion=criterion,
        decides=False,
        by=by,
        superseded_by__isnull=True,
    )
    return found.values_list("pk", flat=True).first()
