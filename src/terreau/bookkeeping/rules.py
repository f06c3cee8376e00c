"""Gifts to a pole and their statement: what each is, whether it is paid elsewhere, both sides equal. Pure.

Two classifications are kept and never merged (R-152): the accounts 86 and 87 are found here; the matrix of
resources reads the ledger itself (R-106). A gift is never added to cash.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

#: What a gift is, in the order of a statement; ``unsaid`` until somebody says in which role time was given.
VOLUNTEER, STAFF, LENT, GIVEN, SERVICE, UNSAID = WHATS = (
    "volunteer",
    "staff",
    "lent",
    "given",
    "service",
    "unsaid",
)
_UNPAID_ROLES: Final = frozenset({"volunteer", "elected", "beneficiary"})
_LENT_UNITS: Final = frozenset({"m2", "m2_day", "hours", "days"})
_GIVEN_UNITS: Final = frozenset({"units", "kg"})
#: Accounts of a gift whose role nobody said: the class alone.
_OPEN: Final = ("86", "87")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """A line of time, in kind or of skill that came to a pole; ``of`` is the line that it corrects."""

    pk: UUID
    rank: int
    giver: UUID
    on: date
    nature: str
    unit: str = ""
    thousandths: int | None = None
    #: Value: what the ledger says, else what a rate gave.
    cents: int | None = None
    origin: str = ""
    purpose: UUID | None = None
    role: str = ""
    person: UUID | None = None
    elsewhere: bool | None = None
    of: UUID | None = None

    @property
    def what(self) -> str:
        """What is given: volunteering, staff, a thing lent, a thing given, a service."""
        if self.nature == "time":
            if not self.role:
                return UNSAID
            return VOLUNTEER if self.role in _UNPAID_ROLES else STAFF
        if self.nature == "skill":
            return SERVICE
        if self.unit in _LENT_UNITS:
            return LENT
        return GIVEN if self.unit in _GIVEN_UNITS else SERVICE


@dataclass(frozen=True, slots=True)
class Paid:
    """Something paid to a giver, on a day or over a period: an invoice, a payment, hours of a shared job."""

    kind: str
    actor: UUID
    first: date
    last: date
    purpose: UUID | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a gift may be paid elsewhere already: the rule and what it found."""

    code: str
    label: str = ""


def doubts(gifts: Sequence[Gift], paid: Iterable[Paid]) -> dict[UUID, Doubt]:
    """Return the gifts that may be counted twice, with why; the counter-entry of one as well.

    A price, the hours of a shared job, an invoice of the giver over the same days, a payment for the same
    purpose that day, the same thing written twice. Who says that they volunteer is not doubted for staff.
    """
    of_actor: defaultdict[UUID, list[Paid]] = defaultdict(list)
    for one in paid:
        of_actor[one.actor].append(one)
    seen: dict[tuple[object, ...], UUID] = {}
    found: dict[UUID, Doubt] = {}
    taken_back = {gift.of for gift in gifts if gift.of}
    for gift in sorted(gifts, key=lambda one: one.rank):
        if gift.of is not None:
            if gift.of in found:
                found[gift.pk] = found[gift.of]
            continue
        doubt = _own(gift) or _paid(gift, of_actor.get(gift.giver, ()))
        key = (gift.giver, gift.on, gift.nature, gift.unit, gift.thousandths, gift.purpose, gift.person)
        if gift.pk not in taken_back and gift.thousandths is not None:
            first = seen.setdefault(key, gift.pk)
            doubt = doubt or (Doubt("twice") if first != gift.pk else None)
        if doubt:
            found[gift.pk] = doubt
    return found


def _own(gift: Gift) -> Doubt | None:
    if gift.origin.startswith("booking:") and gift.cents:
        return Doubt("booking")
    if gift.origin.startswith("job:") and gift.cents:
        return Doubt("job")
    return None


def _paid(gift: Gift, paid: Iterable[Paid]) -> Doubt | None:
    for one in paid:
        if not one.first <= gift.on <= one.last:
            continue
        if one.kind == "job" and (gift.what not in {STAFF, UNSAID} or gift.origin.startswith("job:")):
            continue
        if one.kind == "cash" and one.purpose != gift.purpose:
            continue
        return Doubt(one.kind, one.label)
    return None


def counted(gift: Gift, doubt: Doubt | None) -> bool:
    """Say whether a gift stands in the statement: a person decides; without one, what is doubted waits."""
    if gift.elsewhere is not None:
        return not gift.elsewhere
    return doubt is None


@dataclass(slots=True)
class Sum:
    """Lines, quantities by unit, value of those that have one, how many have none."""

    lines: int = 0
    unvalued: int = 0
    cents: int = 0
    quantities: dict[str, int] = field(default_factory=dict)

    def add(self, gift: Gift) -> None:
        """Count a gift in; a counter-entry takes it out."""
        sign = -1 if gift.of is not None else 1
        self.lines += sign
        self.unvalued += sign * (gift.cents is None)
        self.cents += gift.cents or 0
        if gift.thousandths is not None:
            self.quantities[gift.unit] = self.quantities.get(gift.unit, 0) + gift.thousandths

    @property
    def valued(self) -> bool:
        """Say whether some line has a value."""
        return self.lines != self.unvalued or self.cents != 0


Accounts = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Statement:
    """What came to a pole in a period without payment: by kind, by use (86), by resource (87), by giver.

    ``apart``: what is paid elsewhere or waits for somebody to say; it is in no sum of the statement.
    """

    by_what: dict[str, Sum]
    uses: dict[str, Sum]
    resources: dict[str, Sum]
    by_giver: dict[UUID, dict[str, Sum]]
    by_phase: dict[str, dict[str, Sum]]
    by_function: dict[str, Sum]
    apart: Sum
    total: Sum

    @property
    def balanced(self) -> bool:
        """Say whether uses and resources are equal to the cent, as they must."""
        return sum(one.cents for one in self.uses.values()) == sum(
            one.cents for one in self.resources.values()
        )


def statement(
    gifts: Iterable[Gift],
    found: Mapping[UUID, Doubt],
    accounts: Accounts,
    stages: Sequence[tuple[date, str]] = (),
    functions: Mapping[UUID, str] | None = None,
) -> Statement:
    """Return the statement of gifts, in one pass. ``stages``: since when the pole is at which, in order."""
    by_what: defaultdict[str, Sum] = defaultdict(Sum)
    uses: defaultdict[str, Sum] = defaultdict(Sum)
    resources: defaultdict[str, Sum] = defaultdict(Sum)
    by_giver: defaultdict[UUID, defaultdict[str, Sum]] = defaultdict(lambda: defaultdict(Sum))
    by_phase: defaultdict[str, defaultdict[str, Sum]] = defaultdict(lambda: defaultdict(Sum))
    by_function: defaultdict[str, Sum] = defaultdict(Sum)
    apart, total = Sum(), Sum()
    for gift in gifts:
        if not counted(gift, found.get(gift.pk)):
            apart.add(gift)
            continue
        use, resource = accounts.get(gift.what, _OPEN)
        function = (functions or {}).get(gift.pk, "")
        for into in (
            by_what[gift.what],
            uses[use],
            resources[resource],
            by_giver[gift.giver][gift.what],
            by_phase[stage_on(stages, gift.on)][gift.what],
            by_function[function],
            total,
        ):
            into.add(gift)
    return Statement(
        by_what=_in_order(by_what),
        uses=dict(sorted(uses.items())),
        resources=dict(sorted(resources.items())),
        by_giver={giver: _in_order(rows) for giver, rows in by_giver.items()},
        by_phase={stage: _in_order(rows) for stage, rows in by_phase.items()},
        by_function=dict(by_function),
        apart=apart,
        total=total,
    )


def _in_order(rows: Mapping[str, Sum]) -> dict[str, Sum]:
    return {what: rows[what] for what in WHATS if what in rows}


def stage_on(stages: Sequence[tuple[date, str]], day: date) -> str:
    """Return the stage of a pole a day, from the days since which it is at each; empty before the first."""
    found = ""
    for since, stage in stages:
        if since > day:
            break
        found = stage
    return found


def worth(cents: int, thousandths: int) -> int:
    """Return what a quantity is worth at so many cents a unit, to the nearest cent."""
    return int((Decimal(cents) * thousandths / 1000).to_integral_value(ROUND_HALF_UP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """A rate since a day, until another follows or its own end (that day included)."""

    key: tuple[str, str, str]
    since: date
    until: date | None
    cents: int


def rate_on(rates: Iterable[Since], key: tuple[str, str, str], day: date) -> Since | None:
    """Return the rate of a thing a day: the last that began; none when it ended before."""
    begun = [rate for rate in rates if rate.key == key and rate.since <= day]
    last = max(begun, key=lambda rate: rate.since, default=None)
    return None if last is None or (last.until is not None and last.until < day) else last


def valued(gift: Gift, cents: int | None) -> Gift:
    """Return the gift with another value: what the tests compare a statement with."""
    return replace(gift, cents=cents)
