"""Choosing files under an envelope: the problem, what is wrong with it, and its count again. Pure values.

A choice takes files and grants each a sum. Its score is the sum of theirs: the best choice has the greatest.
Money is in cents, scores are whole numbers (thousandths of a point for the calls of Terreau), shares are in
hundredths of a percent. Source: R-73, R-78, R-85; issue of the procedures, point 4.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Literal

#: Nothing that is counted leaves 63 bits, shares included: a hundred billion euros asked in all.
MOST_CENTS: Final = 10**13
MOST_SCORE: Final = 10**9
MOST_FILES: Final = 10_000
WHOLE: Final = 10_000

On = Literal["all", "region", "category", "qpv", "rural"]
Of = Literal["files", "cents"]
Sense = Literal["at_least", "at_most", "at_least_share", "at_most_share"]
Decided = Literal["", "in", "out"]

ON: Final = ("all", "region", "category", "qpv", "rural")
SENSES: Final = ("at_least", "at_most", "at_least_share", "at_most_share")


@dataclass(frozen=True, slots=True)
class File:
    """A file to choose: what it asks, the least that would be of use to it, and where it belongs."""

    key: str
    score: int
    asked: int
    minimum: int
    region: str = ""
    category: str = ""
    qpv: bool = False
    rural: bool = False
    decided: Decided = ""

    def belongs(self, on: On, value: str) -> bool:
        """Say whether a rule on this group counts the file."""
        if on == "region":
            return self.region == value
        if on == "category":
            return self.category == value
        return on == "all" or (self.qpv if on == "qpv" else self.rural)


@dataclass(frozen=True, slots=True)
class Rule:
    """A floor or a ceiling on a group, in files or in cents; shares are of all that is taken or granted."""

    on: On
    of: Of
    sense: Sense
    amount: int
    value: str = ""

    @property
    def code(self) -> str:
        """A name that tells the rule from the others of the problem: ``region:84:files:at_least``."""
        return ":".join(filter(None, (self.on, self.value, self.of, self.sense)))

    @property
    def share(self) -> bool:
        """Whether the rule is a share of the whole."""
        return self.sense.endswith("_share")

    @property
    def floor(self) -> bool:
        """Whether the rule asks for enough, and not for no more."""
        return self.sense.startswith("at_least")


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The problem. ``step`` is 0 when a file is granted what it asks or nothing.

    ``least`` and ``most`` bound every grant: a file that asks less than ``least`` cannot be taken.
    """

    envelope: int
    files: tuple[File, ...]
    rules: tuple[Rule, ...] = ()
    step: int = 0
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a problem: where, and a code that the words explain."""

    where: str
    code: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a choice grants to a file, in cents."""

    key: str
    cents: int


@dataclass(frozen=True, slots=True)
class Count:
    """What a choice gives to a rule: what is reached, of what whole (1 when the rule is no share)."""

    rule: Rule
    reached: int
    whole: int

    @property
    def kept(self) -> bool:
        """Whether the choice keeps the rule."""
        left = self.reached * WHOLE if self.rule.share else self.reached
        right = self.rule.amount * self.whole if self.rule.share else self.rule.amount
        return left >= right if self.rule.floor else left <= right


def check(one: Portfolio) -> list[Problem]:
    """Return all that is wrong with a problem; nothing when it can be solved."""
    found = [] if 0 <= one.envelope <= MOST_CENTS else [Problem("envelope_cents", "bad_amount")]
    found += [] if 0 <= one.step <= MOST_CENTS else [Problem("step_cents", "bad_amount")]
    found += [] if 0 <= one.least <= MOST_CENTS else [Problem("least_grant_cents", "bad_amount")]
    if one.most is not None and not max(one.least, 1) <= one.most <= MOST_CENTS:
        found.append(Problem("most_grant_cents", "most_under_least"))
    if not one.files or len(one.files) > MOST_FILES:
        found.append(Problem("files", "no_file" if not one.files else "too_many"))
    if sum(max(file.asked, 0) for file in one.files) > MOST_CENTS:
        found.append(Problem("files", "too_much"))
    seen: set[str] = set()
    for n, file in enumerate(one.files):
        found += [Problem(f"files[{n}]{where}", code) for where, code in _wrong_file(file, seen)]
    codes: set[str] = set()
    for n, rule in enumerate(one.rules):
        found += [Problem(f"rules[{n}]{where}", code) for where, code in _wrong_rule(rule, one.files, codes)]
    return found


def _wrong_file(file: File, seen: set[str]) -> Iterable[tuple[str, str]]:
    if not file.key:
        yield ".id", "no_id"
    elif file.key in seen:
        yield ".id", "twice"
    seen.add(file.key)
    if not 0 <= file.score <= MOST_SCORE:
        yield ".score", "bad_score"
    if not 0 < file.asked <= MOST_CENTS:
        yield ".asked_cents", "bad_amount"
    elif not 0 < file.minimum <= file.asked:
        yield ".minimum_cents", "minimum_over_asked"


def _wrong_rule(rule: Rule, files: Sequence[File], codes: set[str]) -> Iterable[tuple[str, str]]:
    if rule.code in codes:
        yield "", "rule_twice"
    codes.add(rule.code)
    if rule.on in {"region", "category"} and not rule.value:
        yield ".value", "no_value"
    elif rule.floor and rule.amount and not any(file.belongs(rule.on, rule.value) for file in files):
        yield ".value", "no_such_file"
    if not 0 <= rule.amount <= (WHOLE if rule.share else MOST_CENTS):
        yield f".{rule.sense}", "bad_share" if rule.share else "bad_amount"


def bounds(one: Portfolio, file: File, *, least: bool = True) -> tuple[int, int] | None:
    """Return the smallest and the greatest grant of a file; None when no grant would do.

    What is granted is the greatest, less a whole number of steps: without a step, the greatest alone.
    """
    high = file.asked if one.most is None else min(file.asked, one.most)
    low = max(file.minimum, one.least if least else 0)
    if high < low:
        return None
    return (high - (high - low) // one.step * one.step if one.step else high), high


def score(one: Portfolio, grants: Iterable[Grant]) -> int:
    """Return the score of a choice: the sum of the scores of its files."""
    scores = {file.key: file.score for file in one.files}
    return sum(scores[grant.key] for grant in grants)


def counts(one: Portfolio, grants: Iterable[Grant]) -> list[Count]:
    """Return what a choice gives to each rule."""
    taken = {grant.key: grant.cents for grant in grants}
    chosen = [file for file in one.files if file.key in taken]
    found = []
    for rule in one.rules:
        held = [file for file in chosen if file.belongs(rule.on, rule.value)]
        reached = len(held) if rule.of == "files" else sum(taken[file.key] for file in held)
        whole = len(chosen) if rule.of == "files" else sum(taken.values())
        found.append(Count(rule, reached, whole if rule.share else 1))
    return found


def broken(one: Portfolio, grants: Sequence[Grant]) -> list[str]:
    """Return what a choice does not keep, as codes; nothing when it keeps all. Counted, not presumed."""
    files = {file.key: file for file in one.files}
    found = [] if len({grant.key for grant in grants}) == len(grants) else ["twice"]
    for grant in grants:
        limits = bounds(one, files[grant.key])
        if limits is None or not limits[0] <= grant.cents <= limits[1]:
            found.append(f"grant:{grant.key}")
        elif (limits[1] - grant.cents) % (one.step or 1):
            found.append(f"step:{grant.key}")
    if sum(grant.cents for grant in grants) > one.envelope:
        found.append("envelope")
    taken = {grant.key for grant in grants}
    found += [f"decided:{f.key}" for f in one.files if f.decided and (f.decided == "in") != (f.key in taken)]
    return found + [count.rule.code for count in counts(one, grants) if not count.kept]


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as the solver wants it: so much a file taken, so much a cent granted, not above the limit."""

    code: str
    limit: int
    files: Mapping[int, int]
    cents: Mapping[int, int]


def rows(one: Portfolio, files: Sequence[File]) -> list[Row]:
    """Return what must hold, for these files in this order: the envelope, the rules, what was decided."""
    every = range(len(files))
    found = [Row("envelope", one.envelope, {}, dict.fromkeys(every, 1))]
    for rule in one.rules:
        sign = -1 if rule.floor else 1
        if rule.share:
            worth = {i: sign * (WHOLE * files[i].belongs(rule.on, rule.value) - rule.amount) for i in every}
            limit = 0
        else:
            worth = {i: sign for i in every if files[i].belongs(rule.on, rule.value)}
            limit = sign * rule.amount
        worth = {i: value for i, value in worth.items() if value}
        counted = rule.of == "files"
        found.append(Row(rule.code, limit, worth if counted else {}, {} if counted else worth))
    decided = [(i, file) for i, file in enumerate(files) if file.decided]
    for i, file in decided:
        sign = -1 if file.decided == "in" else 1
        found.append(Row(f"decided:{file.key}", min(sign, 0), {i: sign}, {}))
    return found


def groups(found: Iterable[Row]) -> list[str]:
    """Return the codes of the rules whose price may be asked: all but the envelope."""
    return [row.code for row in chain(found) if row.code != "envelope"]
