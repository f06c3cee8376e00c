"""Facts of the catalogue as grids read them: bounds rather than words, with their date, status and source.

« Plus de 100 » is a bound; « environ 130 » is read as 130 and its note says so. Two sources that cannot
both be true of the same days give the range that holds both for a number or a date, and nothing for a yes
or a no. The latest word known on the day is read, however old: its note then says so (R-154).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common.periods import DAY, PartialDate
from terreau.facts import catalogue, rules
from terreau.facts.models import Fact, Qualifier
from terreau.facts.projection import statement_of
from terreau.grids.known import Interval, Known, Value
from terreau.grids.readables import readable
from terreau.pieces.models import Source
from terreau.poles.rules import YEARS_BEFORE_OLD

_NOTHING: Mapping[str, str] = MappingProxyType({})
#: Columns that a frame does not need.
_LEFT = ("note", "author", "supersedes", "superseded_at")
#: How far a number that a source gives roughly may be from the truth: no source says, so it only says so.
ROUGHLY = frozenset({Qualifier.ABOUT, Qualifier.ALMOST})


@dataclass(frozen=True, slots=True)
class Sources:
    """Every source of a batch, read at once. Without ``cited`` only their dates serve: nothing is shown."""

    rows: Mapping[UUID, Source]
    cited: bool = True

    @classmethod
    def of(cls, ids: Iterable[UUID | None], *, cited: bool = True) -> "Sources":
        """Read the sources of these identifiers (one query)."""
        return cls(Source.objects.in_bulk({one for one in ids if one}), cited)

    def cite(self, ids: Iterable[UUID | None]) -> Mapping[str, str]:
        """Return the documents that say something, as one source; three at most, then how many more."""
        if not self.cited:
            return _NOTHING
        cited = dict.fromkeys(one for one in ids if one in self.rows)
        found = [self.rows[one] for one in cited if one is not None]
        if len(found) == 1:
            only = found[0]
            return {"kind": only.kind, "document": only.document, "section": only.section, "url": only.url}
        names = list(dict.fromkeys(str(one) for one in found))
        more = [_("et %(number)d autres") % {"number": len(names) - 3}] if len(names) > 3 else []
        kind = found[0].kind if found else "register"
        return {"kind": kind, "document": " ; ".join([*names[:3], *more]), "section": "", "url": ""}

    def said_on(self, source: UUID | None) -> date | None:
        """Return the day when a source speaks: that of its publication, else of its reading."""
        row = self.rows.get(source) if source else None
        return (row.published_on or row.consulted_on) if row else None


def codes(*, inside: bool) -> Mapping[str, str]:
    """Return the codes of the catalogue that grids read directly, and the readable fact of each.

    A stranger reads public facts only.
    """
    entries = catalogue.load()
    return {
        one.taken_from: one.code
        for one in readable().values()
        if one.taken_from and (inside or entries[one.taken_from].secrecy == "public")
    }


def living(subjects: Collection[UUID], wanted: Collection[str], on: date) -> list[Fact]:
    """Return the facts that the register holds of these subjects, begun on the day or before (one query)."""
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
    rows = Fact.objects.filter(
        begun, subject__in=subjects, code__in=wanted, superseded_at__isnull=True
    ).order_by("subject", "code", "pk")
    return list(rows.defer(*_LEFT))


def known(code: str, facts: Sequence[Fact], sources: Sources, old: Callable[[Fact], str]) -> Known | None:
    """Return what a readable fact is worth, from the living facts of its code; None when nothing holds.

    ``old`` says in words that a fact is old, or "".
    """
    entry = catalogue.load()[facts[0].code]
    held = _preferred(facts)
    against = _contradicting(held, facts) if entry.single else []
    value = _value(entry.type, entry.single, held, against)
    if value is None:
        return None
    first = held[0]
    notes = [old(first), _("nombre donné à peu près par la source") if first.qualifier in ROUGHLY else ""]
    notes += [_("une autre source dit autre chose") if against else ""]
    return Known(
        code,
        value,
        complete=entry.single or entry.type == "text",
        source=sources.cite(row.source_id for row in [*held, *against]),
        on=period(first),
        status=first.status,
        note=" ; ".join(filter(None, notes)),
    )


def _preferred(facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts, the one to hold first: the surest, then the latest."""
    if len(facts) == 1:
        return list(facts)
    by_id = {fact.pk: fact for fact in facts}
    return [by_id[one.id] for one in rules.prefer(map(statement_of, facts))]


def _contradicting(held: list[Fact], facts: Sequence[Fact]) -> list[Fact]:
    if len(facts) == 1:
        return []
    first = statement_of(held[0])
    return [fact for fact in held[1:] if rules.contradict(first, statement_of(fact))]


def _value(kind: str, single: bool, held: list[Fact], against: list[Fact]) -> Value | None:
    first = held[0]
    if kind in {"number", "money"}:
        return _hull([bounds(fact) for fact in [first, *against]])
    if kind == "date":
        return _hull([_days(fact) for fact in [first, *against]])
    if kind == "bool":
        return None if against else first.flag
    if kind == "code":
        return first.term if single else frozenset(fact.term for fact in held)
    texts = dict.fromkeys(_text(fact) for fact in held[: 1 if single else None])
    return " ; ".join(texts)


def _text(fact: Fact) -> str:
    english = (get_language() or "fr").startswith("en")
    return (fact.text_en or fact.text) if english else fact.text


def bounds(fact: Fact) -> Interval:
    """Return the bounds that a number or an amount in euros gives; « plus de » excludes what it names."""
    low, high = _amount(fact)
    if fact.qualifier in {Qualifier.MORE_THAN, Qualifier.AT_LEAST}:
        step = 1 if fact.qualifier == Qualifier.MORE_THAN and low == int(low) and fact.cents is None else 0
        return Interval(low + step, None)
    if fact.qualifier in {Qualifier.LESS_THAN, Qualifier.UP_TO}:
        return Interval(None, high)
    return Interval(low, high)


def _amount(fact: Fact) -> tuple[Decimal, Decimal]:
    low, high, scale = fact.number, fact.number_max, 1
    if fact.cents is not None:
        low, high, scale = (
            Decimal(fact.cents),
            None if fact.cents_max is None else Decimal(fact.cents_max),
            100,
        )
    low = (low or Decimal(0)) / scale
    return low, low if high is None else high / scale


def _days(fact: Fact) -> Interval:
    day = fact.day or date.min
    if fact.qualifier == Qualifier.DECADE:
        return Interval(day, date(day.year + 9, 12, 31))
    following = PartialDate(day, fact.day_precision or DAY).next
    return Interval(day, following - timedelta(days=1))


def _hull(ranges: list[Interval]) -> Interval | date:
    lows: list[Any] = [one.low for one in ranges]
    highs: list[Any] = [one.high for one in ranges]
    low = None if None in lows else min(lows)
    high = None if None in highs else max(highs)
    return low if isinstance(low, date) and low == high else Interval(low, high)


def period(fact: Fact) -> str:
    """Return the dates of a fact for machines: ``2014``, ``2014-09/..``, "" when unknown."""
    precision = fact.valid_precision or DAY
    first = PartialDate(fact.valid_from, precision).iso() if fact.valid_from else ""
    last = PartialDate(fact.valid_to - timedelta(days=1), precision).iso() if fact.valid_to else ""
    if not first and not last:
        return ""
    return first if first == last else f"{first or '..'}/{last or '..'}"


def spoken_on(fact: Fact, sources: Sources) -> date | None:
    """Return the last day that a fact speaks of: the end of its period, or the day its source speaks."""
    days = [fact.valid_to or fact.valid_from, sources.said_on(fact.source_id)]
    return max((day for day in days if day), default=None)


def is_old(spoken: date | None, confirmed: date | None, on: date) -> bool:
    """Say whether what was said that day is old on another, nobody having confirmed it since (R-154)."""
    last = max((day for day in (spoken, confirmed) if day and day <= on), default=spoken)
    return last is None or _years_later(last) <= on


def _years_later(day: date) -> date:
    leap = day.month == 2 and day.day == 29
    return day.replace(year=day.year + YEARS_BEFORE_OLD, day=28 if leap else day.day)
