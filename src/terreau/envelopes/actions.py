"""Opening envelopes and moving what is in them. Each move is checked under the lock of its envelopes.

The order of locks is the same everywhere: the dossier, its subject (or that of the programme), then the
envelopes by key. Two awards of the last euros: one is written, the other is told what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls.models import Call, Programme, Sponsor, Strand
from terreau.common.errors import DomainError, RefusedError
from terreau.common.inserting import insert
from terreau.common.money import Euro
from terreau.design.numbers import with_unit
from terreau.dossiers import moving
from terreau.dossiers.models import Dossier
from terreau.envelopes import conditions, read, rules
from terreau.envelopes.models import Envelope, EnvelopeMove
from terreau.envelopes.rules import Held, Refusal, State
from terreau.journal.actions import record
from terreau.subjects import actions as subjects

#: More than this is a slip of the hand: ten thousand million euros.
MOST_CENTS: Final = 10**12
_COLUMNS: Final = {
    rules.COMMIT: ("committed_cents", 1),
    rules.RELEASE: ("committed_cents", -1),
    rules.PAY: ("paid_cents", 1),
    rules.RECOVER: ("recovered_cents", 1),
}


class OverspentError(RefusedError):
    """An envelope does not hold what is asked of it; ``facts["left_cents"]`` says the most that it allows."""

    status = 409


def open(  # noqa: A001, PLR0913 - keyword-only: each is a part of the envelope
    programme: Programme,
    *,
    name: str,
    by: User | None,
    cents: int = 0,
    strand: Strand | None = None,
    call: Call | None = None,
    sponsor: Sponsor | None = None,
    parent: Envelope | None = None,
    year: int | None = None,
    source: str = "",
    example: bool = False,
    origin: str = "",
) -> Envelope:
    """Open an envelope and its first budget, taken out of ``parent`` if there is one; once for an ``origin``.

    Raises ``DomainError`` when its parts are not of the programme, ``OverspentError`` when the parent has
    less.
    """
    called = " ".join(name.split())[:200]
    if not called:
        raise DomainError("no_name", _("Donnez un nom à cette enveloppe."), facts={"field": "name"})
    _of_programme(programme, strand, call, sponsor, parent)
    row = Envelope(programme=programme, strand=strand, call=call, sponsor=sponsor, parent=parent, year=year)
    row.name, row.source, row.example, row.by = called, source.strip()[:300], example, by
    with transaction.atomic():
        subjects.lock(programme.subject_id)
        if origin and (known := Envelope.objects.filter(programme=programme, moves__origin=origin).first()):
            return known
        insert(row, "envelope_refused")
        data = {"envelope": row.pk.hex, "cents": cents}
        record(programme.subject, "envelope.opened", by=by, data=data)
        if cents:
            _budgeted(row, _sized(cents), source.strip()[:300], by, origin)
    return Envelope.objects.get(pk=row.pk)


def budget(envelope: Envelope, cents: int, *, reason: str, by: User | None, origin: str = "") -> EnvelopeMove:
    """Add to an envelope, or cut it: never below what is engaged, nor above what its parent has."""
    why = reason.strip()[:300]
    if not why:
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    with transaction.atomic():
        subjects.lock(envelope.programme.subject_id)
        if known := _known(origin, envelope.pk, rules.BUDGET, cents):
            return known
        move = _budgeted(envelope, _sized(cents), why, by, origin)
        data = {"envelope": envelope.pk.hex, "cents": cents}
        record(envelope.programme.subject, "envelope.budgeted", by=by, data=data)
    return move


def commit(  # noqa: PLR0913 - keyword-only: each is a part of the commitment
    envelope: Envelope, dossier: Dossier, cents: int, *, by: User | None, origin: str, reason: str = ""
) -> EnvelopeMove:
    """Commit part of an envelope to a dossier. The same ``origin`` again gives the move that is written.

    Raises ``OverspentError`` (409) with what is left.
    """
    kind = rules.COMMIT
    return _moved(envelope.pk, dossier, kind, cents, by=by, origin=origin, reason=reason, asks=True)


def commit_shared(
    envelopes: Sequence[Envelope], dossier: Dossier, cents: int, *, by: User | None, origin: str
) -> list[EnvelopeMove]:
    """Commit an amount to a dossier between several envelopes: all of it or nothing, once for an ``origin``.

    Those of another strand than that of the dossier are left alone.
    Envelopes of sponsors share it by what the call says of each (its rate, else its amount); others are drawn
    from the first one on (that of this year, then the next: R-79).
    """
    if not envelopes:
        raise DomainError("no_envelope", _("Cet appel n'a pas d'enveloppe : ouvrez-en une."), status=409)
    with transaction.atomic():
        _hold(dossier)
        if origin and (written := _again(dossier, rules.COMMIT, cents, origin)):
            return written
        rows = _locked({row.pk for row in envelopes})
        ordered = [rows[row.pk] for row in envelopes if read.serves(row, dossier)]
        if not ordered:
            words = _("Aucune enveloppe de cet appel n'est pour le volet de ce dossier : ouvrez-en une.")
            raise DomainError("no_envelope", words, status=409)
        asked = _parts(ordered, _sized(cents))
        if sum(asked) < cents:
            raise _overspent(Refusal(rules.TOO_LITTLE_LEFT, sum(row.state.left for row in ordered)))
        conditions.ask(dossier, cents)
        taken = [(row.pk, part) for row, part in zip(ordered, asked, strict=True) if part]
        return [
            _moved(key, dossier, rules.COMMIT, part, by=by, origin=_nth(origin, rank))
            for rank, (key, part) in enumerate(taken)
        ]


def release(
    dossier: Dossier, cents: int, *, reason: str, by: User | None, origin: str = ""
) -> list[EnvelopeMove]:
    """Give back to the envelopes part of what is committed to a dossier and not paid: the last one first."""
    return _spread(dossier, rules.RELEASE, cents, reason=reason, by=by, origin=origin)


def pay(dossier: Dossier, cents: int, *, by: User | None, origin: str) -> list[EnvelopeMove]:
    """Count as paid part of what is committed to a dossier, in the order it was committed."""
    return _spread(dossier, rules.PAY, cents, reason="", by=by, origin=origin)


def recover(dossier: Dossier, cents: int, *, reason: str, by: User | None, origin: str) -> list[EnvelopeMove]:
    """Count money given back, the last paid first. It may be paid again, or released to the envelope."""
    return _spread(dossier, rules.RECOVER, cents, reason=reason, by=by, origin=origin)


def undo(move: EnvelopeMove, *, reason: str, by: User | None) -> EnvelopeMove:
    """Undo a move by the contrary one; refused when what followed stands on it, or when undone already."""
    why = reason.strip()[:300]
    if not why:
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    dossier = move.dossier
    if dossier is None:
        raise DomainError("not_undone", _("Un montant ouvert se corrige par un autre montant."), status=409)
    with transaction.atomic():
        _hold(dossier)
        row = _locked({move.envelope_id})[move.envelope_id]
        held = _held(dossier, row.pk)
        if not rules.fits(*rules.moved(move.kind, -move.cents, row.state, held)):
            words = _("La suite s'appuie sur ce mouvement : corrigez d'abord ce qui a suivi.")
            raise DomainError("stood_on", words, status=409)
        back = EnvelopeMove(envelope=row, kind=move.kind, cents=-move.cents, dossier=dossier, by=by)
        back.reason, back.reverses = why, move
        insert(back, "undone_already")
        _written(row, back)
        record(dossier.subject, f"envelope.{move.kind}_undone", by=by, data=_data(back))
    return back


def _moved(  # noqa: PLR0913 - keyword-only: each is a part of the move
    envelope: UUID,
    dossier: Dossier,
    kind: str,
    cents: int,
    *,
    by: User | None,
    origin: str,
    reason: str = "",
    asks: bool = False,
) -> EnvelopeMove:
    """Write one move under the locks, or raise what refuses it; ``asks``: the conditions of an award too."""
    with transaction.atomic():
        _hold(dossier)
        row = _locked({envelope})[envelope]
        if known := _known(origin, envelope, kind, cents, dossier.pk):
            return known
        if why := rules.refusal(kind, _sized(cents), row.state, _held(dossier, envelope)):
            raise _overspent(why)
        if asks:
            conditions.ask(dossier, cents)
        move = EnvelopeMove(envelope=row, kind=kind, cents=cents, dossier=dossier, by=by, origin=origin)
        move.reason = reason.strip()[:300]
        insert(move, "origin_taken")
        _written(row, move)
        record(dossier.subject, f"envelope.{kind}", by=by, data=_data(move))
    return move


def _spread(  # noqa: PLR0913 - keyword-only: each is a part of the moves
    dossier: Dossier, kind: str, cents: int, *, reason: str, by: User | None, origin: str
) -> list[EnvelopeMove]:
    """Write a move over all the envelopes that a dossier has something in."""
    if kind != rules.PAY and not reason.strip():
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    with transaction.atomic():
        _hold(dossier)
        if origin and (written := _again(dossier, kind, cents, origin)):
            return written
        parts = read.parts(dossier)
        _locked({part.envelope for part in parts})
        parts = parts if kind == rules.PAY else parts[::-1]
        rooms = [part.held.out if kind == rules.RECOVER else part.held.to_pay for part in parts]
        drawn = rules.drawn(_sized(cents), rooms)
        if sum(drawn) < cents:
            bound = rules.refusal(kind, cents, State(), read.together(part.held for part in parts))
            raise _overspent(bound or Refusal(rules.NO_CENTS, 0))
        taken = [(part, some) for part, some in zip(parts, drawn, strict=True) if some]
        return [
            _moved(part.envelope, dossier, kind, some, by=by, origin=_nth(origin, rank), reason=reason)
            for rank, (part, some) in enumerate(taken)
        ]


def _budgeted(envelope: Envelope, cents: int, reason: str, by: User | None, origin: str = "") -> EnvelopeMove:
    keys = {envelope.pk} | ({envelope.parent_id} if envelope.parent_id else set())
    rows = _locked(keys)
    row = rows[envelope.pk]
    if why := rules.refusal(rules.BUDGET, cents, row.state, Held()):
        raise _overspent(why)
    if row.parent_id and cents > (left := rows[row.parent_id].state.left):
        raise _overspent(Refusal(rules.TOO_LITTLE_LEFT, left))
    move = EnvelopeMove(envelope=row, kind=rules.BUDGET, cents=cents, by=by, reason=reason, origin=origin)
    insert(move, "budget_refused")
    if row.parent_id:
        _changed(row.parent_id, allotted_cents=F("allotted_cents") + cents)
    _changed(row.pk, budget_cents=F("budget_cents") + cents)
    return move


def _written(row: Envelope, move: EnvelopeMove) -> None:
    column, sign = _COLUMNS[move.kind]
    _changed(row.pk, **{column: F(column) + sign * move.cents})


def _changed(envelope: UUID, **values: Any) -> None:
    Envelope.objects.filter(pk=envelope).update(**values, version=F("version") + 1)


def _locked(keys: Iterable[UUID]) -> dict[UUID, Envelope]:
    rows = Envelope.objects.select_for_update(no_key=True).filter(pk__in=list(keys)).order_by("pk")
    return {row.pk: row for row in rows}


def _hold(dossier: Dossier) -> None:
    moving.lock(dossier)
    subjects.lock(dossier.subject_id)


def _held(dossier: Dossier, envelope: UUID) -> Held:
    found = {part.envelope: part.held for part in read.parts(dossier)}
    return found.get(envelope, Held())


def _known(
    origin: str, envelope: UUID, kind: str, cents: int, dossier: UUID | None = None
) -> EnvelopeMove | None:
    """Return the move that this origin made; raise when it made another one."""
    move = EnvelopeMove.objects.filter(origin=origin).first() if origin else None
    if move is None:
        return None
    if (move.envelope_id, move.kind, move.cents, move.dossier_id) != (envelope, kind, cents, dossier):
        raise _other_move(origin)
    return move


def _again(dossier: Dossier, kind: str, cents: int, origin: str) -> list[EnvelopeMove]:
    """Return the moves that this origin made already, all together; raise when they are other ones."""
    first = EnvelopeMove.objects.filter(origin=origin).first()
    if first is None:
        return []
    rest = EnvelopeMove.objects.filter(origin__startswith=f"{origin}#").order_by("id")
    written = [first, *rest]
    same = all(move.kind == kind and move.dossier_id == dossier.pk for move in written)
    if not same or sum(move.cents for move in written) != cents:
        raise _other_move(origin)
    return written


def _other_move(origin: str) -> DomainError:
    words = _("Un autre mouvement est déjà écrit sous cette origine.")
    return DomainError("origin_taken", words, facts={"origin": origin}, status=409)


def _nth(origin: str, rank: int) -> str:
    return f"{origin}#{rank + 1}" if origin and rank else origin


def _parts(rows: Sequence[Envelope], cents: int) -> list[int]:
    if weights := _weights(rows):
        return rules.shared(cents, weights)
    today = timezone.localdate()
    order = sorted(range(len(rows)), key=lambda rank: _turn(rows[rank].year, today, rank))
    drawn = rules.drawn(cents, [rows[rank].state.left for rank in order])
    taken = dict(zip(order, drawn, strict=True))
    return [taken[rank] for rank in range(len(rows))]


def _turn(year: int | None, today: date, rank: int) -> tuple[bool, int, int]:
    """This year first, then the next ones, then those that are past."""
    known = year or today.year
    return known < today.year, known, rank


def _weights(rows: Sequence[Envelope]) -> list[int]:
    """Return the share of each sponsor in one same unit: their rates, else their amounts, else nothing."""
    sponsors = [row.sponsor for row in rows if row.sponsor]
    for said in ([one.share_rate or 0 for one in sponsors], [one.share_cents or 0 for one in sponsors]):
        if len(said) == len(rows) and all(said):
            return said
    return []


def _sized(cents: int) -> int:
    if abs(cents) > MOST_CENTS:
        words = _("Ce montant est trop grand pour être vrai.")
        raise DomainError("too_large", words, facts={"field": "cents"})
    return cents


def _of_programme(
    programme: Programme,
    strand: Strand | None,
    call: Call | None,
    sponsor: Sponsor | None,
    parent: Envelope | None,
) -> None:
    wrong = (
        (strand is not None and strand.programme_id != programme.pk)
        or (call is not None and call.programme_id != programme.pk)
        or (sponsor is not None and sponsor.call_id != (call.pk if call else None))
        or (parent is not None and parent.programme_id != programme.pk)
    )
    if wrong:
        words = _("Ce volet, cet appel ou ce financeur n'est pas de ce programme.")
        raise DomainError("not_of_programme", words)


def _overspent(why: Refusal) -> OverspentError:
    said = {
        rules.NO_CENTS: _("Dites un montant plus grand que zéro."),
        rules.TOO_LITTLE_LEFT: _("Il reste %(most)s dans cette enveloppe : on ne peut pas aller au-delà."),
        rules.BELOW_ENGAGED: _("Le reste est engagé ou réparti : on peut retirer %(most)s au plus."),
        rules.OVER_COMMITTED: _("On ne verse pas plus que ce qui est engagé : %(most)s au plus."),
        rules.PAID_ALREADY: _("Le reste est déjà versé : on peut libérer %(most)s au plus."),
        rules.NOT_PAID: _("On ne peut reprendre que ce qui a été versé : %(most)s au plus."),
    }[why.code]
    if "%(most)s" in said:
        said %= {"most": with_unit(Euro(why.most), "", get_language() or "fr")}
    return OverspentError(why.code, said, facts={"left_cents": why.most, "field": "cents"})


def _data(move: EnvelopeMove) -> dict[str, Any]:
    return {"envelope": move.envelope_id.hex, "move": move.pk, "cents": move.cents, "origin": move.origin}
