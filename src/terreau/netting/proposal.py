"""What a netting would cancel of each invoice, who must agree, and what it changes for each. Pure values.

What is kept of a proposal is every invoice that was looked at, also those that nothing is cancelled of: so
that anybody can count again that no position moved.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from terreau.netting import rules

#: Seconds given to the solver when a page asks: thousands of invoices take less than one.
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Owed:
    """What is left of an invoice, in cents; ``rank`` is its number, which orders those of one day."""

    invoice: UUID
    debtor: UUID
    creditor: UUID
    cents: int
    due: date | None = None
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """An invoice before and after: ``cleared`` cents of it are cancelled."""

    invoice: UUID
    debtor: UUID
    creditor: UUID
    before: int
    after: int

    @property
    def cleared(self) -> int:
        """What is cancelled of the invoice."""
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class Gain:
    """What a netting changes for one actor: what it owes and what it is owed, before and after.

    As much is cancelled of the one as of the other (``cleared``): that is what keeps its position.
    """

    owes: int
    will_owe: int
    owed: int
    will_be_owed: int

    @property
    def cleared(self) -> int:
        """What the actor has no longer to pay, nor to wait for."""
        return self.owes - self.will_owe

    @property
    def position(self) -> int:
        """What is owed to the actor less what it owes; the same before and after."""
        return self.owed - self.owes


def propose(owed: Iterable[Owed], *, among: Collection[UUID], seconds: float = SECONDS) -> list[Cut]:
    """Return what the best netting among these actors does to each invoice between two of them.

    Of two invoices of one pair, the one due first is cancelled first. The same invoices give the same
    answer. Raises what ``rules.net`` raises, and ``ValueError`` if a position moved, which cannot be.
    """
    between = [one for one in owed if one.debtor in among and one.creditor in among and one.cents > 0]
    between.sort(key=lambda one: (one.due or date.max, one.rank, one.invoice))
    told = [rules.Obligation(one.debtor.hex, one.creditor.hex, one.cents) for one in between]
    found = rules.net(told, seconds=seconds)
    if not rules.same_positions(told, found.after):
        raise ValueError("the netting moves a position")
    return [
        Cut(one.invoice, one.debtor, one.creditor, one.cents, after)
        for one, after in zip(between, found.after, strict=True)
    ]


def concerned(cuts: Iterable[Cut]) -> frozenset[UUID]:
    """Return the actors of whom something is cancelled: each must agree."""
    return frozenset(party for one in cuts if one.cleared for party in (one.debtor, one.creditor))


def gain(cuts: Iterable[Cut], actor: UUID) -> Gain:
    """Return what a netting changes for an actor, over all the invoices that were looked at."""
    bought = [one for one in cuts if one.debtor == actor]
    sold = [one for one in cuts if one.creditor == actor]
    return Gain(
        sum(one.before for one in bought),
        sum(one.after for one in bought),
        sum(one.before for one in sold),
        sum(one.after for one in sold),
    )


def unchanged(before: Sequence[Cut], after: Sequence[Cut], actor: UUID) -> bool:
    """Say whether a proposal asks of an actor exactly what another asked: its word then still holds."""
    return bool(_asked(before, actor)) and _asked(before, actor) == _asked(after, actor)


def _asked(cuts: Iterable[Cut], actor: UUID) -> set[Cut]:
    return {one for one in cuts if one.cleared and actor in {one.debtor, one.creditor}}


def moved(cuts: Iterable[Cut], left: dict[UUID, int]) -> list[Cut]:
    """Return the invoices to cancel of which something else was paid meanwhile: the proposal is stale.

    ``left`` says what is left of each invoice now; one that is absent has nothing left.
    """
    return [one for one in cuts if one.cleared and left.get(one.invoice, 0) != one.before]


def between(cuts: Iterable[Cut]) -> list[tuple[UUID, UUID, int, int]]:
    """Return what each pair owes (debtor, creditor, before, after), the largest cancelled first."""
    before, after = Counter[tuple[UUID, UUID]](), Counter[tuple[UUID, UUID]]()
    for one in cuts:
        before[one.debtor, one.creditor] += one.before
        after[one.debtor, one.creditor] += one.after
    rows = [(*pair, before[pair], after[pair]) for pair in before]
    return sorted(rows, key=lambda row: (row[3] - row[2], -row[2], row[0], row[1]))


@dataclass(frozen=True, slots=True)
class Posting:
    """A line that an accountant may write for a netting: of a supplier (debit) or of a customer (credit)."""

    invoice: UUID
    other: UUID
    bought: bool
    cents: int


def postings(cuts: Iterable[Cut], actor: UUID) -> list[Posting]:
    """Return the lines of an actor: suppliers debited, customers credited, as much of one as of the other."""
    return [
        Posting(
            one.invoice, one.creditor if one.debtor == actor else one.debtor, one.debtor == actor, one.cleared
        )
        for one in cuts
        if one.cleared and actor in {one.debtor, one.creditor}
    ]
