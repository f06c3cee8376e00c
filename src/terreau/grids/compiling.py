"""Rules made into functions, once: from a frame to no, to check, or yes (0, 1, 2).

Three-valued everywhere (Kleene): ``all`` is the least, ``any`` the most, ``not`` turns 0 and 2. What is
asked of numbers is asked of bounds: knowing less widens them, so that knowing less never turns « à vérifier »
into yes or no.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, cast

from terreau.common.verdicts import Answer
from terreau.grids import rules
from terreau.grids.known import Frame, Interval, Known, Record

NO, TO_CHECK, YES = 0, 1, 2
ANSWERS = (Answer.NO, Answer.TO_CHECK, Answer.YES)
#: The value of a parameter on the day of the question; None when it is unknown or not verified.
Numbers: TypeAlias = Mapping[str, Any]
Test: TypeAlias = Callable[[Any, bool], int]
OnFrame: TypeAlias = Callable[[Frame], int]
OnRecord: TypeAlias = Callable[[Record], int]
#: More records than anybody has: what « unbounded » is in counts.
ENDLESS = 10**12


def compile_rule(rule: rules.Rule, numbers: Numbers, criterion: str) -> OnFrame:
    """Return the function of a rule; ``numbers`` holds parameters, ``judged.<criterion>`` a person's word."""
    if isinstance(rule, rules.All | rules.OneOf | rules.Not):
        return cast(OnFrame, _joined(rule, lambda one: compile_rule(one, numbers, criterion)))
    if isinstance(rule, rules.Is | rules.Compare | rules.Has):
        return _of_fact(rule.name, compile_test(rule, numbers))
    if isinstance(rule, rules.Judged):
        return _of_fact(f"judged.{criterion}", _is)
    if isinstance(rule, rules.ParameterKnown):
        known = YES if numbers.get(rule.code) is not None else TO_CHECK
        return lambda _frame: known
    return _of_fact_whole(rule.of, _AGGREGATES[type(rule)](rule, numbers))


def compile_condition(rule: rules.Rule | None, numbers: Numbers) -> OnRecord | None:
    """Return the function of a condition on one record; None when there is no condition."""
    if rule is None:
        return None
    if isinstance(rule, rules.All | rules.OneOf | rules.Not):
        return cast(OnRecord, _joined(rule, lambda one: compile_condition(one, numbers)))
    assert isinstance(rule, rules.Is | rules.Compare | rules.Has)  # noqa: S101
    name, test = rule.name, compile_test(rule, numbers)

    def on_record(record: Record) -> int:
        value = record.get(name)
        return TO_CHECK if value is None else test(value, True)  # noqa: FBT003

    return on_record


def compile_test(rule: rules.Is | rules.Compare | rules.Has, numbers: Numbers) -> Test:
    """Return the function of a value (and of whether it is complete) for a leaf on one value."""
    if isinstance(rule, rules.Is):
        return _is
    if isinstance(rule, rules.Has):
        return _HAS[rule.mode](frozenset(rule.terms))
    target = operand(rule.to, numbers)
    if target is None:
        return lambda _value, _complete: TO_CHECK
    compare = _COMPARE[rule.op]

    def compared(value: Any, _complete: bool) -> int:
        if isinstance(value, Interval):
            return compare(value.low, value.high, target)
        return compare(value, value, target)

    return compared


def operand(to: rules.Operand, numbers: Numbers) -> Any:
    """Return what is compared to; None for a parameter that is unknown on the day."""
    return numbers.get(to.code) if isinstance(to, rules.Parameter) else to


def _joined(rule: Any, compiled: Callable[[Any], Any]) -> Any:
    if isinstance(rule, rules.Not):
        one = compiled(rule.item)
        return lambda given: 2 - one(given)
    every = [compiled(item) for item in rule.items]
    worst, best = (NO, YES) if isinstance(rule, rules.All) else (YES, NO)
    least = isinstance(rule, rules.All)

    def joined(given: Any) -> int:
        found = best
        for one in every:
            answer = one(given)
            if answer == worst:
                return worst
            if (answer < found) is least and answer != found:
                found = answer
        return found

    return joined


def _of_fact(name: str, test: Test) -> OnFrame:
    def on_frame(frame: Frame) -> int:
        known = frame.get(name)
        return TO_CHECK if known is None else test(known.value, known.complete)

    return on_frame


def _of_fact_whole(name: str, test: Callable[[Known], int]) -> OnFrame:
    """Test the records of a fact; a fact that is unknown is a list of which nothing is known."""
    nothing = Known(name, (), complete=False)

    def on_frame(frame: Frame) -> int:
        return test(frame.get(name, nothing))

    return on_frame


# ---------------------------------------------------------------- one value


def _is(value: Any, _complete: bool) -> int:
    return YES if value is True else NO


def _any_of(terms: frozenset[str]) -> Test:
    def test(value: Any, complete: bool) -> int:
        if isinstance(value, str):
            return YES if value in terms else NO
        if not terms.isdisjoint(value):
            return YES
        return NO if complete else TO_CHECK

    return test


def _all_of(terms: frozenset[str]) -> Test:
    def test(value: Any, complete: bool) -> int:
        if terms <= _set(value):
            return YES
        return NO if complete else TO_CHECK

    return test


def _only(terms: frozenset[str]) -> Test:
    """Solely these, and one at least (R-49): one thing more, and the answer is no."""

    def test(value: Any, complete: bool) -> int:
        values = _set(value)
        if not values <= terms:
            return NO
        if not complete:
            return TO_CHECK
        return YES if values else NO

    return test


def _set(value: Any) -> frozenset[str]:
    return frozenset((value,)) if isinstance(value, str) else value


_HAS = {"any_of": _any_of, "all_of": _all_of, "only": _only}


def _at_least(low: Any, high: Any, target: Any) -> int:
    if low is not None and low >= target:
        return YES
    return NO if high is not None and high < target else TO_CHECK


def _more_than(low: Any, high: Any, target: Any) -> int:
    if low is not None and low > target:
        return YES
    return NO if high is not None and high <= target else TO_CHECK


def _equals(low: Any, high: Any, target: Any) -> int:
    if low is not None and high is not None and low == high:
        return YES if low == target else NO
    outside = (low is not None and low > target) or (high is not None and high < target)
    return NO if outside else TO_CHECK


_COMPARE: dict[str, Callable[[Any, Any, Any], int]] = {
    "at_least": _at_least,
    "more_than": _more_than,
    "at_most": lambda low, high, target: 2 - _more_than(low, high, target),
    "less_than": lambda low, high, target: 2 - _at_least(low, high, target),
    "equals": _equals,
}


# ---------------------------------------------------------------- records


def unlisted(known: Known) -> tuple[int, int]:
    """Return how many records there may be beside those listed: at least, at most."""
    if known.complete:
        return 0, 0
    listed, total = len(known.value), known.total  # type: ignore[arg-type]
    if total is None:
        return 0, ENDLESS
    low = 0 if total.low is None else max(0, int(total.low) - listed)  # type: ignore[arg-type]
    high = ENDLESS if total.high is None else max(0, int(total.high) - listed)  # type: ignore[arg-type]
    return low, max(low, high)


def count_bounds(known: Known, where: OnRecord | None) -> tuple[int, int]:
    """Return the least and the most number of records that hold the condition."""
    least, most = unlisted(known)
    if where is None:
        listed = len(known.value)  # type: ignore[arg-type]
        return listed + least, listed + most
    sure = maybe = 0
    for record in known.value:  # type: ignore[union-attr]
        answer = where(record)  # type: ignore[arg-type]
        if answer == YES:
            sure += 1
        elif answer == TO_CHECK:
            maybe += 1
    return sure, sure + maybe + most


def distinct_bounds(known: Known, where: OnRecord | None, by: str) -> tuple[int, int]:
    """Return the least and the most number of different values of a field, one at least known to hold."""
    sure: set[Any] = set()
    maybe: set[Any] = set()
    blank_sure = blanks = 0
    for record in known.value:  # type: ignore[union-attr]
        answer = YES if where is None else where(record)  # type: ignore[arg-type]
        if answer == NO:
            continue
        value = record.get(by)  # type: ignore[union-attr]
        if value is None:
            blanks += 1
            blank_sure += answer == YES
        else:
            (sure if answer == YES else maybe).add(value)
    least, most = unlisted(known)
    some = 1 if blank_sure or (where is None and least) else 0
    return max(len(sure), some), len(sure | maybe) + blanks + most


def share_bounds(known: Known, where: OnRecord) -> tuple[Fraction, Fraction]:
    """Return the least and the most part of records that hold the condition; of none, any part."""
    bare = Known(known.code, known.value)
    sure, possible = count_bounds(bare, where)
    listed = len(known.value)  # type: ignore[arg-type]
    _, most = unlisted(known)
    low = Fraction(0) if most >= ENDLESS or listed + most == 0 else Fraction(sure, listed + most)
    if listed + most == 0 or most >= ENDLESS:
        return low, Fraction(1) if most or not listed else Fraction(possible, listed)
    return low, Fraction(possible + most, listed + most)


def _bounded(
    bounds: Callable[[Known], tuple[Any, Any]], rule: Any, numbers: Numbers
) -> Callable[[Known], int]:
    target = operand(rule.to, numbers)
    if target is None:
        return lambda _known: TO_CHECK
    compare = _COMPARE[rule.op]
    exact = Fraction(target)

    def test(known: Known) -> int:
        return compare(*bounds(known), exact)

    return test


def _count(rule: rules.Count, numbers: Numbers) -> Callable[[Known], int]:
    where = compile_condition(rule.where, numbers)
    return _bounded(lambda known: count_bounds(known, where), rule, numbers)


def _distinct(rule: rules.Distinct, numbers: Numbers) -> Callable[[Known], int]:
    where, by = compile_condition(rule.where, numbers), rule.by
    return _bounded(lambda known: distinct_bounds(known, where, by), rule, numbers)


def _share(rule: rules.Share, numbers: Numbers) -> Callable[[Known], int]:
    where = compile_condition(rule.where, numbers)
    assert where is not None  # noqa: S101
    return _bounded(lambda known: share_bounds(known, where), rule, numbers)


def _each(rule: rules.Each, numbers: Numbers) -> Callable[[Known], int]:
    wheres = [compile_condition(part.where, numbers) for part in rule.parts]

    def test(known: Known) -> int:
        table = [[where(record) for record in known.value] for where in wheres]  # type: ignore[misc,union-attr,arg-type]
        if matched(table, YES) == len(table):
            return YES
        return TO_CHECK if matched(table, TO_CHECK) + unlisted(known)[1] >= len(table) else NO

    return test


def matched(table: Sequence[Sequence[int]], least: int) -> int:
    """Return how many parts can have a record of their own, answers of ``least`` and more counting.

    The largest matching (Kuhn): ``table[part][record]`` is an answer.
    """
    holder: dict[int, int] = {}

    def place(part: int, tried: set[int]) -> bool:
        for record, answer in enumerate(table[part]):
            if answer >= least and record not in tried:
                tried.add(record)
                if record not in holder or place(holder[record], tried):
                    holder[record] = part
                    return True
        return False

    return sum(place(part, set()) for part in range(len(table)))


_AGGREGATES: dict[type, Callable[[Any, Numbers], Callable[[Known], int]]] = {
    rules.Count: _count,
    rules.Distinct: _distinct,
    rules.Share: _share,
    rules.Each: _each,
}
