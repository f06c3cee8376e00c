"""Money is a whole number of cents."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Self

_NARROW_SPACE = "\u202f"


@dataclass(frozen=True, order=True, slots=True)
class Euro:
    """An exact amount in euros, held as integer cents (may be negative)."""

    cents: int

    def __post_init__(self) -> None:
        if not isinstance(self.cents, int) or isinstance(self.cents, bool):
            raise TypeError(f"Euro takes a whole number of cents, not {self.cents!r}")

    @classmethod
    def of(cls, euros: Decimal | int | str) -> Self:
        """Return the amount for ``euros``; a part of a cent is refused, a float too."""
        if isinstance(euros, float):
            raise TypeError("Euro.of takes an int, a Decimal or a string: a float loses cents")
        cents = Decimal(euros) * 100
        if cents != cents.to_integral_value():
            raise ValueError(f"{euros} € holds a part of a cent")
        return cls(int(cents))

    def __add__(self, other: "Euro") -> "Euro":
        return Euro(self.cents + other.cents) if isinstance(other, Euro) else NotImplemented

    def __sub__(self, other: "Euro") -> "Euro":
        return Euro(self.cents - other.cents) if isinstance(other, Euro) else NotImplemented

    def __neg__(self) -> "Euro":
        return Euro(-self.cents)

    def __mul__(self, factor: int) -> "Euro":
        return Euro(self.cents * factor) if isinstance(factor, int) else NotImplemented

    def times(self, factor: Decimal) -> "Euro":
        """Return the amount times a rate, rounded half to even at the cent."""
        return Euro(int((Decimal(self.cents) * factor).to_integral_value(ROUND_HALF_EVEN)))

    def split(self, weights: list[int]) -> "list[Euro]":
        """Share the amount by integer ``weights`` so that the parts add up to it exactly.

        Cents that do not divide go to the largest remainders, first come first.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights must be positive and add up to more than zero")
        parts = [divmod(abs(self.cents) * weight, total) for weight in weights]
        missing = abs(self.cents) - sum(share for share, _ in parts)
        order = sorted(range(len(parts)), key=lambda i: -parts[i][1])
        extra = set(order[:missing])
        sign = -1 if self.cents < 0 else 1
        return [Euro(sign * (share + (i in extra))) for i, (share, _) in enumerate(parts)]

    def __str__(self) -> str:
        """Return the French form, e.g. ``1 800 000,00 €`` with narrow no-break spaces."""
        whole, cents = divmod(abs(self.cents), 100)
        grouped = f"{whole:,}".replace(",", _NARROW_SPACE)
        sign = "−" if self.cents < 0 else ""
        return f"{sign}{grouped},{cents:02d}\u00a0€"
