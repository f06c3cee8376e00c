"""What a service costs and what a commission is, from rules that people wrote. Pure (R-104).

Amounts are whole cents, quantities whole thousandths of an hour, shares hundredths of a percent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from terreau.billing.rules import half_up

BOOKING, HOURS, PURCHASE, MONTH = ABOUT = ("booking", "hours", "purchase", "month")
UNIT, FLAT, PERCENT = HOW = ("unit", "flat", "percent")
OPPORTUNITY, TENDER = ("opportunity", "tender")
CORE, MEMBER, PARTNER, OUTSIDE = ("core", "member", "partner", "outside")
#: Who has no price of its own has the next one; then that of everybody.
_NEXT: Final = {
    CORE: (CORE, MEMBER, ""),
    MEMBER: (MEMBER, ""),
    PARTNER: (PARTNER, ""),
    OUTSIDE: (OUTSIDE, ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A price: for whom, of what, how it counts, from which quantity in the month."""

    pk: UUID
    about: str
    how: str
    seller: UUID
    who: str = ""
    means: UUID | None = None
    cents: int = 0
    hundredths: int = 0
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Use:
    """What was used: ``thousandths`` of an hour, or ``base`` cents of a purchase."""

    seller: UUID
    who: str
    thousandths: int = 1000
    means: UUID | None = None
    base: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """A quantity in thousandths and the price of one in cents."""

    thousandths: int
    unit_cents: int

    @property
    def cents(self) -> int:
        """The whole."""
        return half_up(self.thousandths * self.unit_cents, 1000)


def pick(rules: Iterable[Rule], about: str, use: Use, in_month: int = 0) -> Rule | None:
    """Return the rule of a use: the nearest kind of user, this very means, then the highest step reached.

    ``in_month`` is the quantity of the user in the month, in thousandths, which opens the steps.
    """
    fitting = [
        rule
        for rule in rules
        if rule.about == about
        and rule.seller == use.seller
        and rule.who in _NEXT.get(use.who, ("",))
        and rule.means in (None, use.means)
        and rule.at_least <= max(in_month, 0)
    ]
    order = _NEXT.get(use.who, ("",))
    fitting.sort(key=lambda rule: (order.index(rule.who), rule.means is None, -rule.at_least, rule.pk))
    return fitting[0] if fitting else None


def cost(rule: Rule, use: Use) -> Cost:
    """Return what a use costs by a rule."""
    if rule.how == FLAT:
        return Cost(1000, rule.cents)
    if rule.how == PERCENT:
        return Cost(1000, half_up(use.base * rule.hundredths, 10_000))
    return Cost(use.thousandths, rule.cents)


@dataclass(frozen=True, slots=True)
class Commission:
    """A rule of commission: a share of the business, an amount, a cap."""

    hundredths: int = 0
    flat: int = 0
    cap: int | None = None

    def of(self, base: int) -> int:
        """Return what is due of a business of ``base`` cents: no more than the cap, nor than the business."""
        due = self.flat + half_up(max(base, 0) * self.hundredths, 10_000)
        due = due if self.cap is None else min(due, self.cap)
        return min(due, base) if base > 0 else due


def more(due: int, charged: Sequence[int]) -> int:
    """Return what is still to ask of what is due, after what was asked or paid."""
    return max(0, due - sum(charged))
