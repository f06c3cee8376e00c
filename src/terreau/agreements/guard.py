"""The guard against cumulation: what is known so far about four limits, and nothing more. Pure.

Each limit is answered in three values: respected (« oui »), passed (« non »), to check. « Non » rests on what
is established alone: what nobody said, a hidden amount, an aid told twice, a ceiling that nobody confirmed
never make one. The more is hidden, the fewer « non »: « à vérifier » never becomes « non » because a fact is
missing. « Oui » needs the applicant's word that every aid was told, and every figure that the limit reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from terreau.common.verdicts import Answer

PUBLIC_RATE, DE_MINIMIS, DOUBLE, ALREADY = "public_rate", "de_minimis", "double_funding", "already_aided"

#: What keeps an answer from being certain, or makes it; said by ``guard_words``.
NO_BUDGET, UNBALANCED, NO_LIMIT, UNCONFIRMED = "no_budget", "unbalanced", "no_limit", "unconfirmed"
NOT_STATED, NO_AMOUNT, NO_DAY, NO_NATURE = "not_stated", "no_amount", "no_day", "no_nature"
NOT_CERTAIN, PASSED, WOULD_PASS, RESPECTED = "not_certain", "passed", "would_pass", "respected"
ALIKE, NO_NUMBER, HAD_ONE, MAY_HAVE_HAD = "alike", "no_number", "had_one", "may_have_had"


@dataclass(frozen=True, slots=True)
class Told:
    """Where something is known from: a code, words, the day it was said or read, a page to open."""

    code: str
    label: str
    on: date | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Aid:
    """An aid as one source tells it; what the source does not say is None.

    ``certain``: established by a deed, a decision or a payment; not asked, planned nor only declared.
    ``giver_id``: who gives, when it is an actor that the register knows.
    """

    told: Told
    giver: str
    giver_id: str | None = None
    cents: int | None = None
    granted_on: date | None = None
    public: bool | None = None
    state: bool | None = None
    de_minimis: bool | None = None
    for_pole: bool | None = None
    certain: bool = False
    label: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """An expense charged to an agreement: ``total`` of its voucher, ``charged`` here; its file's digest."""

    told: Told
    request: str
    supplier: str
    total: int
    charged: int
    number: str | None = None
    on: date | None = None
    digest: str | None = None

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """What makes it surely the same expense as another: the same file, or the same numbered invoice."""
        found: list[tuple[str, ...]] = []
        if self.digest:
            found.append(("file", self.digest, str(self.total)))
        if self.number and self.supplier and self.on:
            found.append(("invoice", self.supplier, self.number, self.on.isoformat(), str(self.total)))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a dossier before its limits are asked.

    ``statement``: where the applicant said that every aid was told; None: nobody said it.
    ``budget``: the cost of the whole as its frozen copy gives it; ``balanced``: expenses equal resources.
    ``plan``: who finances this budget, the aid of the call among them; ``aids``: every other aid.
    """

    day: date
    aids: tuple[Aid, ...] = ()
    plan: tuple[Aid, ...] = ()
    claims: tuple[Claim, ...] = ()
    budget: int | None = None
    balanced: bool = False
    asked: int | None = None
    statement: Told | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A ceiling: an amount in cents, or a rate in hundredths of a percent; who answers for it."""

    value: int | None
    confirmed: bool
    source: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one limit gives. ``low``: what is established; ``high``: with all that may be (cents)."""

    code: str
    answer: Answer
    reasons: tuple[str, ...]
    low: int = 0
    high: int = 0
    limit: Limit | None = None
    used: tuple[Aid, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def sources(self) -> tuple[Told, ...]:
        """Where what it says is known from, each once."""
        told = [one.told for one in self.used] + [one.told for one in self.claims]
        return tuple(dict.fromkeys(told))


def lowest(aids: Iterable[Aid]) -> int:
    """Return what was surely given, an aid that several sources tell being counted once (cents).

    The greater of: what one source alone tells; what the givers that the register knows gave, each by the
    source that tells the most. Two sources never add up for a giver of whom nobody knows who it is.
    """
    by_source: dict[tuple[str, str], int] = {}
    by_giver: dict[str, dict[tuple[str, str], int]] = {}
    for one in aids:
        if one.cents is None or not one.certain:
            continue
        source = (one.told.code, one.told.label)
        by_source[source] = by_source.get(source, 0) + one.cents
        if one.giver_id is not None:
            mine = by_giver.setdefault(one.giver_id, {})
            mine[source] = mine.get(source, 0) + one.cents
    return max(
        max(by_source.values(), default=0),
        sum(max(told.values()) for told in by_giver.values()),
    )


def highest(aids: Iterable[Aid]) -> int:
    """Return all that is told, counted as if no two sources told the same aid (cents)."""
    return sum(one.cents or 0 for one in aids)


def doubtful(aids: Sequence[Aid]) -> frozenset[int]:
    """Return the ranks of aids that may be one told twice: two sources, and one giver or one amount."""
    found: set[int] = set()
    for rank, one in enumerate(aids):
        for other in range(rank + 1, len(aids)):
            two = aids[other]
            same = one.giver_id is not None and one.giver_id == two.giver_id
            alike = one.cents is not None and one.cents == two.cents
            if one.told.code != two.told.code and (same or alike):
                found |= {rank, other}
    return frozenset(found)


def public_rate(known: Known, limit: Limit) -> Finding:
    """Ask whether public money stays under its share of the budget (R-77, R-87)."""
    used = tuple(one for one in known.plan if one.public is not False)
    low = lowest(one for one in used if one.public)
    high = highest(used)
    gaps = _gaps(used, (NO_AMOUNT, lambda one: one.cents), (NO_NATURE, lambda one: one.public))
    if known.budget is None or known.budget <= 0:
        gaps.append(NO_BUDGET)
    elif not known.balanced:
        gaps.append(UNBALANCED)
    room = _share(known.budget, limit.value)
    usable = room is not None and known.balanced
    return _found(PUBLIC_RATE, known, limit, low, high, room if usable else None, gaps, used)


def de_minimis(known: Known, limit: Limit, *, years: int = 3) -> Finding:
    """Ask whether de minimis aids of the last three years, this one in, stay under the ceiling.

    The period is rolling: ``years`` years that end on the day of the new aid (Regulation (EU) 2023/2831). An
    aid that is said to be de minimis counts, whoever gives it: a network may give public money on.
    """
    start = _years_before(known.day, years)
    used = tuple(
        one
        for one in known.aids
        if one.de_minimis is not False
        and (one.public is not False or one.de_minimis)
        and (one.granted_on is None or start < one.granted_on <= known.day)
    )
    sure = [one for one in used if one.de_minimis and one.granted_on is not None]
    new = known.asked or 0
    gaps = _gaps(
        used,
        (NO_AMOUNT, lambda one: one.cents),
        (NO_DAY, lambda one: one.granted_on),
        (NO_NATURE, lambda one: one.de_minimis),
    )
    if known.asked is None:
        gaps.append(NO_AMOUNT)
    low, high = lowest(sure) + new, highest(used) + new
    return _found(DE_MINIMIS, known, limit, low, high, limit.value, gaps, used)


def double_funding(known: Known) -> Finding:
    """Ask whether one expense is charged for more than it cost, here and elsewhere (R-87)."""
    groups: dict[tuple[str, ...], list[Claim]] = {}
    for claim in known.claims:
        for key in claim.keys:
            groups.setdefault(key, []).append(claim)
    passed = [rows for rows in groups.values() if sum(one.charged for one in rows) > rows[0].total]
    if passed:
        over = max(sum(one.charged for one in rows) - rows[0].total for rows in passed)
        shown = tuple(dict.fromkeys(one for rows in passed for one in rows))
        return Finding(DOUBLE, Answer.NO, (PASSED,), low=over, high=over, claims=shown)
    gaps = [NO_NUMBER] if any(not one.keys for one in known.claims) else []
    alike = _alike(known.claims)
    if alike:
        gaps.append(ALIKE)
    if known.statement is None:
        gaps.append(NOT_STATED)
    answer = Answer.TO_CHECK if gaps else Answer.YES
    return Finding(DOUBLE, answer, tuple(gaps) or (RESPECTED,), claims=alike or known.claims)


def already_aided(known: Known) -> Finding:
    """Ask that no aid of the State was given before under a call for poles (decree 2015-431, art. 3)."""
    used = tuple(one for one in known.aids if one.state is not False and one.for_pole is not False)
    sure = [one for one in used if one.state and one.for_pole and one.certain]
    if sure:
        return Finding(ALREADY, Answer.NO, (HAD_ONE,), lowest(sure), highest(used), used=tuple(sure))
    gaps = [MAY_HAVE_HAD] if used else []
    if known.statement is None:
        gaps.append(NOT_STATED)
    answer = Answer.TO_CHECK if gaps else Answer.YES
    return Finding(ALREADY, answer, tuple(gaps) or (RESPECTED,), 0, highest(used), used=used)


def _found(  # noqa: PLR0913, PLR0917 - the parts of one comparison
    code: str,
    known: Known,
    limit: Limit,
    low: int,
    high: int,
    room: int | None,
    gaps: list[str],
    used: tuple[Aid, ...],
) -> Finding:
    """Compare what is known with what is allowed: passed for sure, respected for sure, or to check."""
    if room is None and limit.value is None:
        gaps = [NO_LIMIT, *gaps]
    if room is not None and low > room:
        if limit.confirmed:
            return Finding(code, Answer.NO, (PASSED,), low, high, limit, used)
        return Finding(code, Answer.TO_CHECK, (WOULD_PASS, UNCONFIRMED), low, high, limit, used)
    if room is not None and high > room:
        gaps.append(NOT_CERTAIN)
    if known.statement is None:
        gaps.append(NOT_STATED)
    if not gaps and not limit.confirmed:
        gaps.append(UNCONFIRMED)
    answer = Answer.TO_CHECK if gaps else Answer.YES
    return Finding(code, answer, tuple(dict.fromkeys(gaps)) or (RESPECTED,), low, high, limit, used)


def _gaps(aids: Sequence[Aid], *asked: tuple[str, Callable[[Aid], object]]) -> list[str]:
    return [code for code, read in asked if any(read(one) is None for one in aids)]


def _share(whole: int | None, rate: int | None) -> int | None:
    """Return a part of an amount, rounded down; the rate is in hundredths of a percent."""
    return None if not whole or rate is None else whole * rate // 10_000


def _alike(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return expenses of two requests that look the same and may be: one supplier, one amount."""
    found: dict[tuple[str, int], list[Claim]] = {}
    for one in claims:
        found.setdefault((one.supplier, one.total), []).append(one)
    pairs = [
        rows
        for rows in found.values()
        if len({one.request for one in rows}) > 1 and sum(one.charged for one in rows) > rows[0].total
    ]
    return tuple(one for rows in pairs for one in rows)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
