"""Multilateral netting: cycles of obligations cancelled so that as much as possible is cleared.

What is found is a circulation of greatest sum under the amounts owed. Taking it away from the obligations
leaves the net position of each party as it was, and no party owes more than before. Integer cents throughout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from terreau.netting import solver

Cents = NDArray[np.int64]
Codes = NDArray[np.int32]

#: No obligation is larger, so that no sum that a machine holds leaves 63 bits: ten thousand billion euros.
MOST_CENTS: Final = 10**15
MOST_TOTAL: Final = 2**62


@dataclass(frozen=True, slots=True)
class Obligation:
    """What a debtor owes a creditor, in cents, more than zero."""

    debtor: str
    creditor: str
    cents: int


@dataclass(frozen=True, slots=True)
class Netting:
    """What is owed in all, what is cleared, and what remains of each obligation, in the order given."""

    total: int
    cleared: int
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an obligation cannot be taken: its place in the list, and a code."""

    line: int
    code: str


def check(obligations: Sequence[Obligation]) -> list[Problem]:
    """Return all that is wrong with these obligations; none when they can be netted."""
    found = [Problem(line, code) for line, one in enumerate(obligations) for code in wrong(one)]
    if sum(one.cents for one in obligations) > MOST_TOTAL:
        found.append(Problem(-1, "too_much"))
    return found


def wrong(one: Obligation) -> tuple[str, ...]:
    """Return why one obligation cannot be taken, as codes."""
    codes: tuple[str, ...] = ()
    if not one.debtor or not one.creditor:
        codes += ("no_party",)
    elif one.debtor == one.creditor:
        codes += ("same_party",)
    return codes if 0 < one.cents <= MOST_CENTS else (*codes, "bad_amount")


def net(obligations: Sequence[Obligation], *, seconds: float = 300) -> Netting:
    """Return the netting that clears most; the same obligations in the same order give the same one.

    Raises ``ValueError`` when ``check`` finds a problem, ``solver.TooLong`` beyond ``seconds``.
    """
    if problems := check(obligations):
        raise ValueError(f"obligations that cannot be netted: {problems[:5]}")
    numbers = {name: i for i, name in enumerate(dict.fromkeys(_parties(obligations)))}
    debtors = np.fromiter((numbers[one.debtor] for one in obligations), np.int32, len(obligations))
    creditors = np.fromiter((numbers[one.creditor] for one in obligations), np.int32, len(obligations))
    cents = np.fromiter((one.cents for one in obligations), np.int64, len(obligations))
    cleared = reductions(debtors, creditors, cents, parties=len(numbers), seconds=seconds)
    return Netting(int(cents.sum()), int(cleared.sum()), tuple((cents - cleared).tolist()))


def reductions(
    debtors: Codes, creditors: Codes, cents: Cents, *, parties: int, seconds: float = 300
) -> Cents:
    """Return what is cancelled of each obligation; parties are numbered from zero.

    Obligations of one pair go to the solver as one: what is cancelled of them takes the first ones first.
    """
    if not len(cents):
        return np.zeros(0, np.int64)
    pairs, which = np.unique(debtors.astype(np.int64) * parties + creditors, return_inverse=True)
    amounts = np.zeros(len(pairs), np.int64)
    np.add.at(amounts, which, cents)
    tails, heads = (pairs // parties).astype(np.int32), (pairs % parties).astype(np.int32)
    flows = solver.circulation(tails, heads, amounts, nodes=parties, seconds=seconds)
    return _spread(flows, which, cents)


def positions(debtors: Codes, creditors: Codes, cents: Cents, *, parties: int) -> Cents:
    """Return what each party is owed less what it owes."""
    found = np.zeros(parties, np.int64)
    np.add.at(found, creditors, cents)
    np.subtract.at(found, debtors, cents)
    return found


def same_positions(obligations: Sequence[Obligation], after: Sequence[int]) -> bool:
    """Say whether every party stands where it stood and no obligation has grown: counted, not presumed."""
    changes: dict[str, int] = {}
    for one, remains in zip(obligations, after, strict=True):
        if not 0 <= remains <= one.cents:
            return False
        changes[one.debtor] = changes.get(one.debtor, 0) + one.cents - remains
        changes[one.creditor] = changes.get(one.creditor, 0) - one.cents + remains
    return not any(changes.values())


def _parties(obligations: Sequence[Obligation]) -> list[str]:
    return [name for one in obligations for name in (one.debtor, one.creditor)]


def _spread(flows: Cents, which: NDArray[np.intp], cents: Cents) -> Cents:
    """Share what is cancelled of each pair among its obligations, in their order."""
    order = np.argsort(which, kind="stable")
    owed = cents[order]
    before = np.cumsum(owed) - owed
    first = np.r_[True, which[order][1:] != which[order][:-1]]
    before -= np.repeat(before[first], np.diff(np.r_[np.flatnonzero(first), len(owed)]))
    taken = np.empty_like(cents)
    taken[order] = np.clip(flows[which[order]] - before, 0, owed)
    return taken
