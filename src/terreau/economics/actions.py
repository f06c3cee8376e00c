"""Saying what lines of a book are, many at once, taking it back, and which function a thing serves.

Who may is asked by the pages: those who animate the pole. Everything is journalled on the pole and classed
again in the same transaction, under its lock, so that sums never show half of a classing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common import canonical
from terreau.common.errors import DomainError
from terreau.economics import projection
from terreau.economics.models import Batch, Imputation, Line, Saying, Serves
from terreau.economics.rules import NO_SAID, Level, Said, Side, kinds_of
from terreau.flows.models import Flow
from terreau.journal import actions as journal
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

#: Lines that one gesture classes at most: what a page shows, and more than a person reads.
MOST: Final = 500
_OWN_LEVELS: Final = frozenset({Level.CELL, Level.POLE})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a gesture did: its batch (None when it changed nothing), and the lines that it left alone.

    ``stale``: somebody said something else of them in the meantime.
    """

    batch: Batch | None
    done: int
    stale: tuple[UUID, ...] = ()


def impute(pole: Pole, chosen: Mapping[UUID, int], said: Said, *, by: User | None) -> Outcome:
    """Say of lines what a person knows of them, part by part; empty parts are left as they are.

    ``chosen``: a line → the version of what was said of it when it was shown (0: nothing). A line of which
    somebody has said something since, otherwise than ``said``, is left alone and named in ``stale``.
    Raises ``DomainError`` when nothing is said, a line is not of the book, or the words do not fit it.
    """
    if not said:
        raise DomainError("nothing_said", _("Dites au moins le type, l'origine, le niveau ou la fonction."))
    if not chosen or len(chosen) > MOST:
        words = _("Choisissez de 1 à %(most)d lignes.") % {"most": MOST}
        raise DomainError("no_line", words, facts={"most": MOST})
    with transaction.atomic():
        subjects.lock(pole.pk)
        _check(pole, chosen, said)
        held = {row.pk: row for row in Imputation.objects.filter(flow__in=chosen)}
        stale, changes = [], {}
        for flow, version in chosen.items():
            before = held[flow].said if flow in held else NO_SAID
            after = over(before, said)
            if after == before:
                continue
            if (held[flow].version if flow in held else 0) != version:
                stale.append(flow)
            else:
                changes[flow] = (before, after)
        batch = _say(pole, changes, held, by=by) if changes else None
    return Outcome(batch, len(changes), tuple(stale))


def over(before: Said, said: Said) -> Said:
    """Return what was said with the parts that are said now."""
    return replace(before, **{name: value for name, value in _parts(said).items() if value})


def undo(batch: Batch, *, by: User | None) -> Outcome:
    """Take a classing back: each line is again what it was before, unless somebody said otherwise since.

    Raises ``DomainError`` ``already_undone`` (409) when somebody did it a moment before.
    """
    pole = Pole.objects.select_related("actor__subject").get(pk=batch.book_id)
    with transaction.atomic():
        subjects.lock(pole.pk)
        now = timezone.now()
        if not Batch.objects.filter(pk=batch.pk, undone_at=None).update(undone_at=now):
            raise DomainError("already_undone", _("Ce classement est déjà repris."), status=409)
        rows = {row.flow_id: row for row in Saying.objects.filter(batch=batch)}
        held = {row.pk: row for row in Imputation.objects.filter(flow__in=rows)}
        stale, back = [], {}
        for flow, row in rows.items():
            current = held[flow].said if flow in held else NO_SAID
            if current != Said(*row.after):
                stale.append(flow)
            else:
                back[flow] = (current, Said(*row.before))
        _write(back, held, by=by)
        projection.reclass(pole, back)
        data = {"batch": batch.pk.hex, "count": len(back), "left": len(stale)}
        journal.record(pole.actor.subject, "economics.classing_undone", by=by, data=data)
    return Outcome(batch, len(back), tuple(stale))


def serve(pole: Pole, purpose: UUID, function: str, *, version: int, by: User | None) -> None:
    """Say which function something of the pole serves (empty: none); its lines are classed again.

    ``version``: what was shown (0: nothing said). Raises ``DomainError`` ``stale`` (409) when somebody said
    otherwise since, ``unknown_purpose`` for what has no line in the book.
    """
    with transaction.atomic():
        subjects.lock(pole.pk)
        flows = list(Flow.objects.filter(book=pole.pk, purpose=purpose).values_list("pk", flat=True))
        if not flows:
            raise DomainError("unknown_purpose", _("Aucune ligne du livre ne porte sur cela."), status=404)
        row = Serves.objects.filter(book=pole.pk, purpose=purpose).first()
        if (row.function if row else "") == function:
            return
        if (row.version if row else 0) != version:
            words = _("Quelqu'un d'autre vient de dire la fonction : relisez-la.")
            raise DomainError("stale", words, status=409)
        _serve(pole, purpose, function, row, by)
        data = {"purpose": purpose.hex, "function": function}
        journal.record(pole.actor.subject, "economics.function_said", by=by, data=data)
        projection.reclass(pole, flows)
        projection.settle(pole)


def _serve(pole: Pole, purpose: UUID, function: str, row: Serves | None, by: User | None) -> None:
    values = {"function": function, "at": timezone.now(), "by": by}
    if row is None:
        Serves.objects.create(book_id=pole.pk, purpose_id=purpose, **values)
    elif not function:
        row.delete()
    else:
        Serves.objects.filter(pk=row.pk).update(**values, version=row.version + 1)


def _parts(said: Said) -> dict[str, str]:
    return {"level": said.level, "kind": said.kind, "origin": said.origin, "function": said.function}


def _check(pole: Pole, chosen: Collection[UUID], said: Said) -> None:
    """Refuse words that do not fit the lines: all that hinders is said before anything is written."""
    projection.refresh(pole)
    rows = Line.objects.filter(book=pole.pk, pk__in=list(chosen), flow__reverses=None)
    lines = list(rows.order_by().values_list("side", "level", "through", "purpose"))
    if len(lines) != len(set(chosen)):
        words = _("Une de ces lignes n'est pas au livre de ce pôle, ou corrige une autre ligne.")
        raise DomainError("unknown_line", words, status=404)
    if said.level in _OWN_LEVELS and not all(through for *_rest, through, _purpose in lines):
        words = _("Une de ces lignes ne passe ni par le pôle ni par sa structure porteuse.")
        raise DomainError("not_of_pole", words, facts={"field": "level"})
    moved = said.level and any(level == Level.MEMBERS for _side, level, *_rest in lines)
    sides = {Side(side) for side, *_rest in lines}
    if said.kind and not moved and not all(said.kind in kinds_of(side) for side in sides):
        words = _("Ce type ne va pas avec une de ces lignes : une ressource n'est pas une dépense.")
        raise DomainError("other_side", words, facts={"field": "kind"})


def _say(
    pole: Pole,
    changes: Mapping[UUID, tuple[Said, Said]],
    held: Mapping[UUID, Imputation],
    *,
    by: User | None,
) -> Batch:
    batch = Batch.objects.create(book_id=pole.pk, count=len(changes), by=by)
    Saying.objects.bulk_create(
        Saying(batch=batch, flow_id=flow, before=list(astuple(before)), after=list(astuple(after)))
        for flow, (before, after) in changes.items()
    )
    _write(changes, held, by=by)
    projection.reclass(pole, changes)
    said = _digest((flow, after) for flow, (_before, after) in changes.items())
    data = {"batch": batch.pk.hex}
    journal.record_batch(
        pole.actor.subject, "economics.lines_classed", by=by, digest=said, count=len(changes), data=data
    )
    return batch


def _digest(rows: Iterable[tuple[UUID, Said]]) -> str:
    said: Sequence[list[str]] = sorted([flow.hex, *astuple(after)] for flow, after in rows)
    return canonical.digest(said)


def _write(
    changes: Mapping[UUID, tuple[Said, Said]], held: Mapping[UUID, Imputation], *, by: User | None
) -> None:
    """Write what is said of lines; a line of which nothing is said any more keeps an empty row."""
    now, fresh, known = timezone.now(), [], []
    for flow, (_before, after) in changes.items():
        row = held.get(flow)
        if row is None:
            fresh.append(Imputation(flow_id=flow, at=now, by=by, **_parts(after)))
            continue
        for name, value in _parts(after).items():
            setattr(row, name, value)
        row.version, row.at, row.by = row.version + 1, now, by
        known.append(row)
    Imputation.objects.bulk_create(fresh)
    Imputation.objects.bulk_update(known, [*_parts(NO_SAID), "version", "at", "by"], batch_size=200)
