"""What is known of a subject: a frame of readable facts. What is absent from it is unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias

#: What a person answers to a criterion that is judged: ``judged.<criterion>``, a yes or a no.
JUDGED = "judged."
_NOTHING: Mapping[str, str] = MappingProxyType({})

Number: TypeAlias = int | Decimal


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds, both included, of a number or of a day known roughly; None is unbounded (« plus de 100 »)."""

    low: Number | date | None = None
    high: Number | date | None = None

    @property
    def exact(self) -> bool:
        """Say whether there is one value only."""
        return self.low is not None and self.low == self.high


Scalar: TypeAlias = bool | int | Decimal | Interval | str | frozenset[str] | date
Record: TypeAlias = Mapping[str, Scalar | None]
Value: TypeAlias = Scalar | tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """One readable fact as known, with where it comes from.

    ``complete`` is False when there may be codes or records that we do not know; ``total`` then bounds the
    number of records in all. ``source`` is that of a fact (``kind``, ``document``, ``section``, ``url``…);
    ``on`` the day or period it speaks of, ``status`` how sure it is, ``note`` a sentence to show beside it.
    """

    code: str
    value: Value
    complete: bool = True
    source: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    on: str = ""
    status: str = ""
    note: str = ""
    total: Interval | None = None


Frame: TypeAlias = Mapping[str, Known]
