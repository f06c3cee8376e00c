"""Writing the ledger: lines are added, and corrected by counter-entries; nothing is changed nor removed.

Who may is said by the caller, who knows what the book is: a pole, a member, an authority.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common import canonical
from terreau.common.errors import DomainError
from terreau.flows import rules
from terreau.flows.models import Closing, Flow
from terreau.journal import actions as journal
from terreau.pieces.models import Piece
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

_BATCH = 500
#: What a counter-entry has of the line it corrects.
_SAME = (
    *("giver_id", "receiver_id", "nature", "method", "unit", "period_from", "period_to", "label", "status"),
    *("purpose_id", "instrument", "piece_id", "attributable", "attributable_why", "origin"),
)
_COLUMNS = {"giver": "giver_id", "receiver": "receiver_id", "purpose": "purpose_id", "piece": "piece_id"}


def problems(book: Actor, entries: Sequence[rules.Entry], *, today: date) -> list[rules.Problem]:
    """Return all that hinders these lines, among it what only the register knows (four queries)."""
    parties = {party for entry in entries for party in (entry.giver, entry.receiver)}
    known = frozenset(
        Actor.objects.filter(pk__in=parties, subject__merged_into=None).values_list("pk", flat=True)
    )
    bounds = rules.Bounds(today=today, closed_to=closed_to(book), parties=known)
    return [*rules.check(entries, bounds), *_links(entries), *_written(book, entries)]


def record(
    book: Actor, entries: Sequence[rules.Entry], *, by: User | None, today: date | None = None
) -> list[Flow]:
    """Write the lines in the book, all or none, and return them.

    What writes a line again after its correction gives it another origin (``booking:…:2``).
    Raises ``DomainError`` ``flows_refused`` with ``facts["problems"]``: each with its line and field. Two
    people at once take their turn: the book is locked until the end of the transaction.
    """
    if not entries:
        return []
    with transaction.atomic():
        subjects.lock(book.pk)
        if found := problems(book, entries, today=today or timezone.localdate()):
            raise DomainError(
                "flows_refused",
                _("Rien n'a été écrit : %(count)d problème(s) à corriger.") % {"count": len(found)},
                facts={"problems": [one.as_dict() for one in found]},
            )
        rank = next_rank(book)
        rows = [_row(book, entry, rank + i, by) for i, entry in enumerate(entries)]
        Flow.objects.bulk_create(rows, batch_size=_BATCH)
        _tell(book, "flow.recorded", rows, by)
    return rows


def reverse(flow: Flow, *, reason: str, by: User | None, on: date | None = None) -> Flow:
    """Write the counter-entry of a line: same parties, signs turned; return it.

    Dated ``on`` (today when left out), after what is closed. Raises ``DomainError`` when the line is itself
    a correction, was already corrected, or the reason lacks.
    """
    if not reason.strip():
        raise DomainError(
            "reason_needed", _("Dites pourquoi la ligne est corrigée."), facts={"field": "reason"}
        )
    if flow.reverses_id is not None:
        words = _("Cette ligne est une correction : écrivez plutôt la ligne juste.")
        raise DomainError("already_a_correction", words, status=409)
    day = max(on or timezone.localdate(), flow.on)
    try:
        with transaction.atomic():
            subjects.lock(flow.book_id)
            _after_closing(flow.book, day)
            row = _counter(flow, day, reason.strip(), by)
            row.save(force_insert=True)
            _tell(flow.book, "flow.reversed", [row], by)
    except IntegrityError as error:
        words = _("Cette ligne vient d'être corrigée par quelqu'un d'autre.")
        raise DomainError("already_corrected", words, status=409) from error
    return row


def take_back(
    book: Actor, flows: Sequence[Flow], *, reason: str, by: User | None, save: bool = True
) -> list[Flow]:
    """Write the counter-entries of many lines, each on the day of its line, all or none; return them.

    Raises ``DomainError`` (409) when one is in a closed period, was corrected, or is a correction.
    ``save=False`` checks only.
    """
    with transaction.atomic():
        subjects.lock(book.pk)
        ids = [flow.pk for flow in flows]
        done = Flow.objects.filter(reverses__in=ids).values_list("reverses__rank", flat=True)
        settled = sorted({*done, *(flow.rank for flow in flows if flow.reverses_id)})
        if settled:
            words = _("La ligne %(rank)d est déjà corrigée : corrigez les autres une à une.")
            raise DomainError("already_corrected", words % {"rank": settled[0]}, status=409)
        last = closed_to(book)
        late = min(
            (flow for flow in flows if last and flow.on <= last), key=lambda one: one.rank, default=None
        )
        if late is not None:
            words = _(
                "La ligne %(rank)d est d'une période close : ces lignes ne se reprennent plus ensemble."
            )
            raise DomainError("closed_period", words % {"rank": late.rank}, status=409)
        if not save or not flows:
            return []
        rank = next_rank(book)
        rows = [_counter(flow, flow.on, reason, by, rank=rank + i) for i, flow in enumerate(flows)]
        Flow.objects.bulk_create(rows, batch_size=_BATCH)
        _tell(book, "flow.reversed", rows, by)
    return rows


def close(book: Actor, to: date, *, by: User | None) -> Closing:
    """Close the book up to a day, included; earlier lines stay as they are for ever."""
    if to >= timezone.localdate():
        raise DomainError("closing_to_come", _("On clôt une période finie."), facts={"field": "to"})
    with transaction.atomic():
        subjects.lock(book.pk)
        last = closed_to(book)
        if last is not None and to <= last:
            words = _("Le livre est déjà clos jusqu'au %(day)s.") % {"day": date_format(last)}
            raise DomainError("already_closed", words, facts={"field": "to"}, status=409)
        row = Closing.objects.create(book=book, to=to, by=by)
        journal.record(book.subject, "flow.period_closed", by=by, data={"to": to.isoformat()})
    return row


def closed_to(book: Actor) -> date | None:
    """Return the last day of the closed periods of a book."""
    found: date | None = Closing.objects.filter(book=book).aggregate(last=Max("to"))["last"]
    return found


def next_rank(book: Actor) -> int:
    """Return the next number of the day-book; call it under the lock of the book."""
    last: int | None = Flow.objects.filter(book=book).aggregate(last=Max("rank"))["last"]
    return (last or 0) + 1


def _links(entries: Sequence[rules.Entry]) -> list[rules.Problem]:
    known = {
        "purpose": Subject.objects.filter(pk__in=_named(entries, "purpose")),
        "piece": Piece.objects.filter(pk__in=_named(entries, "piece")).exclude(state=Piece.State.REFUSED),
    }
    held = {name: {None, *rows.values_list("pk", flat=True)} for name, rows in known.items()}
    words = {
        "purpose": _("Cet objet n'existe pas."),
        "piece": _("Cette pièce n'existe pas ou a été refusée."),
    }
    return [
        rules.Problem(f"unknown_{name}", line, name, words[name])
        for line, entry in enumerate(entries)
        for name in words
        if getattr(entry, name) not in held[name]
    ]


def _named(entries: Sequence[rules.Entry], name: str) -> set[UUID]:
    return {getattr(entry, name) for entry in entries if getattr(entry, name) is not None}


def _written(book: Actor, entries: Sequence[rules.Entry]) -> list[rules.Problem]:
    origins = {entry.origin for entry in entries if entry.origin}
    rows = Flow.objects.filter(book=book, origin__in=origins, reverses=None)
    known = dict(rows.values_list("origin", "rank")) if origins else {}
    words = _("Cette ligne est déjà au journal, au numéro %(rank)d.")
    return [
        rules.Problem("known", line, "origin", words % {"rank": known[entry.origin]})
        for line, entry in enumerate(entries)
        if entry.origin in known
    ]


def _row(book: Actor, entry: rules.Entry, rank: int, by: User | None) -> Flow:
    values = {_COLUMNS.get(name, name): value for name, value in asdict(entry).items()}
    return Flow(book=book, rank=rank, by=by, **values)


def _counter(flow: Flow, day: date, reason: str, by: User | None, *, rank: int | None = None) -> Flow:
    return Flow(
        book_id=flow.book_id,
        rank=next_rank(flow.book) if rank is None else rank,
        on=day,
        cents=None if flow.cents is None else -flow.cents,
        thousandths=None if flow.thousandths is None else -flow.thousandths,
        reverses=flow,
        reason=reason,
        by=by,
        **{name: getattr(flow, name) for name in _SAME},
    )


def _after_closing(book: Actor, day: date) -> None:
    last = closed_to(book)
    if last is not None and day <= last:
        words = _("La période est close jusqu'au %(day)s : datez la correction d'après.") % {
            "day": date_format(last)
        }
        raise DomainError("closed_period", words, facts={"field": "on"})


def _tell(book: Actor, verb: str, rows: Sequence[Flow], by: User | None) -> None:
    said = [
        [
            *(row.rank, row.pk.hex, row.giver_id.hex, row.receiver_id.hex, row.nature),
            *(row.cents, row.thousandths, row.unit, row.on.isoformat()),
        ]
        for row in rows
    ]
    data = {"first": rows[0].rank, "last": rows[-1].rank}
    journal.record_batch(book.subject, verb, by=by, digest=canonical.digest(said), count=len(rows), data=data)
