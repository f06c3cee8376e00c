"""The portfolio: the best choice is that of an exhaustive search, prices and conflicts are true."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.selection import portfolio_rules as rules
from terreau.selection import solver
from terreau.selection.portfolio_rules import File, Grant, Portfolio, Rule


def _file(key: str, score: int, asked: int, minimum: int | None = None, **more: object) -> File:
    return File(key, score, asked, asked if minimum is None else minimum, **more)  # type: ignore[arg-type]


def _choices(one: Portfolio) -> Iterator[list[Grant]]:
    """Yield every choice there is, kept or not by the rules."""
    options: list[list[Grant | None]] = []
    for file in one.files:
        limits = rules.bounds(one, file)
        sums = range(limits[0], limits[1] + 1, one.step or 1) if limits else ()
        options.append([None, *(Grant(file.key, cents) for cents in sums)])
    for choice in itertools.product(*options):
        yield [grant for grant in choice if grant]


def _best(one: Portfolio) -> int | None:
    """Return the greatest score of a choice that keeps the rules, by looking at all of them."""
    return max((rules.score(one, c) for c in _choices(one) if not rules.broken(one, c)), default=None)


FILES = st.lists(
    st.builds(
        lambda score, minimum, more, region, category, qpv, rural: (
            score,
            minimum,
            minimum + more,
            region,
            category,
            qpv,
            rural,
        ),
        st.integers(0, 30),
        st.integers(1, 12),
        st.integers(0, 3),
        st.sampled_from("AB"),
        st.sampled_from("xy"),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)
RULES = st.lists(
    st.builds(
        lambda on, of, sense, amount, share: Rule(
            on.partition(":")[0],
            of,
            sense,
            share if sense.endswith("share") else amount,
            on.partition(":")[2],
        ),
        st.sampled_from(["all", "region:A", "region:B", "category:x", "qpv", "rural"]),
        st.sampled_from(["files", "cents"]),
        st.sampled_from(rules.SENSES),
        st.integers(0, 14),
        st.sampled_from([0, 2000, 3333, 5000]),
    ),
    max_size=3,
    unique_by=lambda rule: rule.code,
)


PROBLEMS = st.builds(
    lambda drawn, limits, envelope, step, least: Portfolio(
        envelope,
        tuple(
            File(f"f{n}", score, asked, minimum, region, category, qpv, rural)
            for n, (score, minimum, asked, region, category, qpv, rural) in enumerate(drawn)
        ),
        tuple(limits),
        step,
        least,
    ),
    FILES,
    RULES,
    st.integers(0, 45),
    st.sampled_from([0, 1, 2]),
    st.sampled_from([0, 3]),
).filter(lambda one: not rules.check(one))


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(st.lists(PROBLEMS, min_size=6, max_size=16))
def test_the_choice_is_that_of_an_exhaustive_search(drawn: list[Portfolio]) -> None:
    for one, found in zip(drawn, solver.choose_each(drawn), strict=True):
        known = _best(one)
        if known is None:
            assert found.status == "infeasible"
            _is_a_conflict(one, found)
            continue
        assert (found.status, found.score, found.bound) == ("optimal", known, known)
        assert not rules.broken(one, found.grants)
        for price in found.prices:
            free = _best(replace(one, rules=tuple(rule for rule in one.rules if rule.code != price.code)))
            assert free is not None
            assert price.proven
            assert price.least == free - known


def _is_a_conflict(one: Portfolio, found: solver.Found) -> None:
    """Hold that the rules told cannot hold together, and that each is needed for that."""
    assert found.conflict
    assert found.conflict.proven
    assert not _possible(one, set(found.conflict.codes))
    for code in found.conflict.codes:
        assert _possible(one, set(found.conflict.codes) - {code})


def _possible(one: Portfolio, codes: set[str]) -> bool:
    kept = Portfolio(
        one.envelope if "envelope" in codes else rules.MOST_CENTS,
        one.files,
        tuple(rule for rule in one.rules if rule.code in codes),
        one.step,
        one.least,
    )
    return _best(kept) is not None


FIVE = (
    _file("a", 90, 50, region="A", qpv=True),
    _file("b", 80, 40, region="A"),
    _file("c", 70, 40, region="B", rural=True),
    _file("d", 60, 30, region="B", qpv=True),
    _file("e", 10, 30, region="C"),
)


def test_the_order_of_the_files_changes_nothing() -> None:
    one = Portfolio(120, FIVE, (Rule("region", "files", "at_least", 1, "C"),))
    turned = Portfolio(120, FIVE[::-1], one.rules)
    assert solver.choose(one) == solver.choose(turned)


def test_a_rule_costs_what_would_be_gained_without_it() -> None:
    one = Portfolio(120, FIVE, (Rule("region", "files", "at_least", 1, "C"),))
    found = solver.choose(one)
    assert (found.score, {grant.key for grant in found.grants}) == (180, {"a", "b", "e"})
    [price] = found.prices
    assert (price.least, price.most, price.enter, price.leave) == (50, 50, ("c", "d"), ("b", "e")) or (
        price.least == 50 and "e" in price.leave
    )


def test_what_is_left_goes_first_to_the_best_scores() -> None:
    files = (_file("a", 90, 50, 30), _file("b", 80, 50, 30), _file("c", 70, 50, 30))
    found = solver.choose(Portfolio(110, files, step=5))
    assert [(one.key, one.cents) for one in found.grants] == [("a", 50), ("b", 30), ("c", 30)]


def test_rules_that_cannot_hold_together_are_told_and_only_these() -> None:
    asked = (
        Rule("region", "files", "at_least", 1, "C"),
        Rule("rural", "files", "at_least", 1),
        Rule("qpv", "cents", "at_least_share", 5000),
    )
    found = solver.choose(Portfolio(60, FIVE, asked))
    assert found.status == "infeasible"
    assert found.conflict
    assert found.conflict.codes == ("envelope", "region:C:files:at_least", "rural:files:at_least")
    # Without the region, the share of the districts still stands against the rural file.
    assert found.conflict.enough == ("envelope", "rural:files:at_least")


def test_what_the_committee_decided_is_kept_and_has_its_price() -> None:
    files = (*FIVE[:4], _file("e", 10, 30, decided="in"))
    found = solver.choose(Portfolio(120, files))
    assert "e" in {grant.key for grant in found.grants}
    assert {price.code: price.least for price in found.prices} == {"decided:e": 50}


def test_a_file_decided_under_the_least_grant_is_told() -> None:
    found = solver.choose(Portfolio(500, (*FIVE, _file("z", 1, 5, decided="in")), least=20))
    assert found.conflict
    assert found.conflict.codes == ("decided:z", "bounds")


@pytest.mark.parametrize(
    ("files", "limits", "problem"),
    [
        ((), (), rules.Problem("files", "no_file")),
        ((_file("", 1, 1),), (), rules.Problem("files[0].id", "no_id")),
        ((_file("a", 1, 1), _file("a", 1, 1)), (), rules.Problem("files[1].id", "twice")),
        ((_file("a", -1, 1),), (), rules.Problem("files[0].score", "bad_score")),
        ((_file("a", 1, 0),), (), rules.Problem("files[0].asked_cents", "bad_amount")),
        ((_file("a", 1, 5, 6),), (), rules.Problem("files[0].minimum_cents", "minimum_over_asked")),
        (
            (_file("a", 1, 1),),
            (Rule("region", "files", "at_least", 1),),
            rules.Problem("rules[0].value", "no_value"),
        ),
        (
            (_file("a", 1, 1),),
            (Rule("region", "files", "at_least", 1, "84"),),
            rules.Problem("rules[0].value", "no_such_file"),
        ),
        (
            (_file("a", 1, 1),),
            (Rule("all", "cents", "at_most_share", 10_001),),
            rules.Problem("rules[0].at_most_share", "bad_share"),
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_is(
    files: tuple[File, ...], limits: tuple[Rule, ...], problem: rules.Problem
) -> None:
    assert problem in rules.check(Portfolio(10, files, limits))


def test_a_solver_that_lasts_or_is_asked_to_stop_is_stopped() -> None:
    with pytest.raises(solver.TooLong):
        solver.choose(Portfolio(120, FIVE), seconds=0.001)


def test_without_effort_the_gap_is_told() -> None:
    files = tuple(
        _file(f"{n:03d}", 50_000 + n * 7919 % 50_000, 1_000_003 + n * 104_729 % 900_001, region="AB"[n % 2])
        for n in range(150)
    )
    one = Portfolio(30_000_017, files, (Rule("region", "cents", "at_least_share", 4321, "A"),))
    found = solver.choose(one, effort=0.02, prices=0)
    assert found == solver.choose(one, effort=0.02, prices=0)
    if found.status == "feasible":
        assert found.bound is None or found.bound >= found.score
    else:
        assert found.status in {"unknown", "optimal"}


def test_a_problem_larger_than_a_pipe_is_solved() -> None:
    files = tuple(_file(f"{n:05d}", 1000 + n % 7, 5000, region=str(n % 18)) for n in range(1500))
    limits = tuple(Rule("region", "cents", "at_most_share", 900, str(n)) for n in range(18))
    found = solver.choose(Portfolio(500_000, files, limits), prices=0)
    assert found.status == "optimal"
    assert len(found.grants) == 100
