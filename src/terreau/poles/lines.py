"""The lines of the directory held in memory: what is filtered, counted and sorted without reading tables.

A copy of what `Listing` and `Tag` say, for this process. Each line has a stamp, the digest of what it says;
the sum of the stamps, asked for before each use, tells whether anything moved, and only the lines that did
are read again. So nothing is announced and nothing can be forgotten, whoever writes, on both databases.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Sum

from terreau.poles.models import Listing, Tag

Mask = npt.NDArray[np.bool_]
#: Columns of the orders, as `Listing` names them.
ORDERS = ("by_name", "by_carrier", "by_region", "by_former_region", "by_department")
_BATCH = 500


class Record(NamedTuple):
    """What is held of one line; ``values`` are pairs (facet, code) in their order."""

    stamp: int
    keys: tuple[str, ...]
    words: str
    placed: bool
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Order:
    """One order of the lines: sorted keys (key, identifier), and the row of each."""

    keys: list[tuple[str, str]]
    rows: npt.NDArray[np.intp]

    def after(self, key: tuple[str, str]) -> int:
        """Return the place of the first line beyond a key."""
        return bisect_right(self.keys, key)

    def before(self, key: tuple[str, str]) -> int:
        """Return the place that follows the last line before a key."""
        return bisect_left(self.keys, key)


@dataclass
class Lines:
    """All lines at one moment; rows are numbered in the order of ``ids``."""

    records: Mapping[UUID, Record]
    label: tuple[int, int]
    ids: list[UUID] = field(init=False)
    placed: Mask = field(init=False)
    _texts: list[str] = field(init=False)
    _places: dict[tuple[str, str], int] = field(init=False)
    _bits: npt.NDArray[np.uint8] = field(init=False)
    _orders: dict[str, Order] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.ids = list(self.records)
        records = list(self.records.values())
        self.placed = np.fromiter((r.placed for r in records), bool, len(records))
        self._texts = [record.words for record in records]
        self._places = {}
        for record in records:
            for value in record.values:
                self._places.setdefault(value, len(self._places))
        held = np.zeros((len(self._places), len(records)), bool)
        lengths = np.fromiter((len(r.values) for r in records), np.intp, len(records))
        known = chain.from_iterable(r.values for r in records)
        places = np.fromiter((self._places[value] for value in known), np.intp, int(lengths.sum()))
        held[places, np.repeat(np.arange(len(records)), lengths)] = True
        self._bits = np.packbits(held, axis=1)

    def every(self) -> Mask:
        """Return the mask that leaves every line."""
        return np.ones(len(self.ids), bool)

    def having(self, facet: str, code: str) -> Mask:
        """Return the lines that have a value."""
        place = self._places.get((facet, code))
        if place is None:
            return np.zeros(len(self.ids), bool)
        return np.unpackbits(self._bits[place], count=len(self.ids)).view(bool)

    def saying(self, words: Sequence[str]) -> Mask:
        """Return the lines that say every word; the last may be the beginning of one."""
        parts = [f" {word} " for word in words[:-1]] + [f" {word}" for word in words[-1:]]
        kept = list(range(len(self.ids)))
        for part in parts:
            kept = [row for row in kept if part in self._texts[row]]
        found = np.zeros(len(self.ids), bool)
        found[kept] = True
        return found

    def counts(self, kept: Mask) -> dict[tuple[str, str], int]:
        """Return how many of the lines kept have each value, those that none has left out."""
        found = np.bitwise_count(self._bits & np.packbits(kept)).sum(axis=1, dtype=np.intp).tolist()
        return {value: found[place] for value, place in self._places.items() if found[place]}

    def order(self, column: str) -> Order:
        """Return the lines in the order of a column of `ORDERS`, then of their identifiers."""
        if column not in self._orders:
            part = ORDERS.index(column)
            keys = [(record.keys[part], str(pk)) for pk, record in self.records.items()]
            rows = sorted(range(len(keys)), key=keys.__getitem__)
            self._orders[column] = Order([keys[row] for row in rows], np.array(rows, np.intp))
        return self._orders[column]


_lock = threading.Lock()
_held: list[Lines] = []


def now() -> Lines:
    """Return the lines as this connection sees them at this moment. One query, if nothing moved."""
    told = Listing.objects.order_by().aggregate(count=Count("*"), stamps=Sum("stamp"))
    label = (int(told["count"]), int(told["stamps"] or 0))
    held = _held[0] if _held else None
    if held and held.label == label:
        return held
    with _lock:
        lines = _read(_held[0].records if _held else {})
        _held[:] = [lines]
        return lines


def _read(before: Mapping[UUID, Record]) -> Lines:
    """Read the lines whose stamp is not the one held."""
    stamps = dict(Listing.objects.order_by("pk").values_list("pk", "stamp"))
    moved = [pk for pk, stamp in stamps.items() if pk not in before or before[pk].stamp != stamp]
    fresh: dict[UUID, Record] = {}
    for start in range(0, len(moved), _BATCH):
        fresh |= _records(moved[start : start + _BATCH])
    # A line may have gone since its stamp was read.
    records = {pk: fresh.get(pk) or before.get(pk) for pk in stamps}
    living = {pk: record for pk, record in records.items() if record}
    return Lines(living, (len(living), sum(record.stamp for record in living.values())))


def _records(ids: Iterable[UUID]) -> dict[UUID, Record]:
    wanted = list(ids)
    values: dict[UUID, list[tuple[str, str]]] = {pk: [] for pk in wanted}
    tags = Tag.objects.filter(listing__in=wanted).order_by("listing", "facet", "rank")
    for pk, facet, code in tags.values_list("listing", "facet", "code"):
        values[pk].append(_same(facet, code))
    columns = ("pk", "stamp", "words", "lon", "lat", *ORDERS)
    rows: Iterable[Any] = Listing.objects.filter(pk__in=wanted).order_by().values_list(*columns)
    return {
        pk: Record(stamp, tuple(keys), words, None not in (lon, lat), tuple(values[pk]))
        for pk, stamp, words, lon, lat, *keys in rows
    }


_pairs: dict[tuple[str, str], tuple[str, str]] = {}


def _same(facet: str, code: str) -> tuple[str, str]:
    """Return one pair for all the lines that have the value."""
    return _pairs.setdefault((facet, code), (facet, code))
