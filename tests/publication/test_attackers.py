"""Nobody can compute what is hidden: attackers with a linear solver, and with every table there is."""

from dataclasses import replace
from datetime import date
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.publication import attack, policies, reports
from terreau.publication.composing import Past
from terreau.publication.protection import Protected, protect
from terreau.publication.search import UnprotectableError
from terreau.publication.systems import System
from terreau.publication.tables import Axis, Contribution, Table, build

ZONES = Axis("zone", {"R": "", "S": "", "R1": "R", "R2": "R", "S1": "S", "S2": "S"})
SECTORS = Axis("sector", {"A": "", "B": "", "B1": "B", "B2": "B"})
WAYS = Axis("way", {"in": "", "out": ""})
PLACES, TRADES = ("R1", "R2", "S1", "S2"), ("A", "B1", "B2")
POLES = policies.load()["poles"][-1]
FIRMS = policies.load()["entreprises"][-1]

contributors = st.sampled_from([f"c{number}" for number in range(7)])
amounts = st.integers(0, 10**8) | st.integers(0, 9)
rows = st.lists(
    st.tuples(contributors, st.sampled_from(PLACES), st.sampled_from(TRADES), amounts), max_size=24
)
members = st.dictionaries(
    st.integers(0, 30), st.tuples(st.sampled_from(PLACES), st.sampled_from(TRADES)), max_size=24
)


def _amounts(found: list[tuple[str, str, str, int]]) -> Table:
    return build("amounts", [((ZONES, SECTORS), [Contribution(who, (z, s), n) for who, z, s, n in found])])


def _counts(found: dict[int, tuple[str, str]]) -> Table:
    return build("counts", [((ZONES, SECTORS), [Contribution(str(who), at) for who, at in found.items()])])


def _holds(protected: Protected) -> None:
    """Each secret figure can be as far each way as the rule wants, whatever else is shown."""
    _policy, system, hidden = reports.read(protected.report)
    found = attack.intervals(system, hidden, targets=set(system.needs))
    for rank, need in system.needs.items():
        low, high = found[rank]
        assert low <= system.values[rank] - need.down + 1e-3
        assert high >= system.values[rank] + need.up - 1e-3


@given(rows)
@settings(max_examples=25, deadline=None)
def test_no_amount_is_pinned(found: list[tuple[str, str, str, int]]) -> None:
    table = _amounts(found)
    protected = protect(table, FIRMS)
    assert reports.replay(protected.report, table) == []
    _holds(protected)
    for key, figure in table.figures.items():
        if figure.contributors < 3 or max(figure.by.values()) * 100 > 85 * figure.value:
            assert protected.cell(key).status == "secret"


@given(rows)
@settings(max_examples=25, deadline=None)
def test_somebody_alone_in_a_figure_learns_nothing_of_the_others(
    found: list[tuple[str, str, str, int]],
) -> None:
    protected = protect(_amounts(found), FIRMS)
    _policy, system, hidden = reports.read(protected.report)
    for who, known in system.alone.items():
        targets = set(system.needs) - known
        seen = attack.intervals(system, hidden - known, targets=targets)
        for rank in targets:
            low, high = seen[rank]
            assert low <= system.values[rank] - system.need(rank, -1, who) + 1e-3
            assert high >= system.values[rank] + system.need(rank, 1, who) - 1e-3


@given(members)
@settings(max_examples=25, deadline=None)
def test_no_count_is_pinned(found: dict[int, tuple[str, str]]) -> None:
    table = _counts(found)
    protected = protect(table, POLES)
    assert reports.replay(protected.report, table) == []
    _holds(protected)


def _whole_tables(system: System, hidden: set[int], most: int) -> list[dict[int, int]]:
    """Every table of whole numbers that shows the same, up to ``most``: no solver at all."""
    ranks = sorted(hidden)
    found = []
    for values in product(range(most + 1), repeat=len(ranks)):
        tried = {**dict(enumerate(system.values)), **dict(zip(ranks, values, strict=True))}
        if not any(sum(sign * tried[rank] for rank, sign in relation) for relation in system.relations):
            found.append(dict(zip(ranks, values, strict=True)))
    return found


@given(st.lists(st.tuples(st.sampled_from("RS"), st.sampled_from(["in", "out"])), max_size=9))
@settings(max_examples=25, deadline=None)
def test_whoever_knows_that_counts_are_whole_pins_none(found: list[tuple[str, str]]) -> None:
    zones = Axis("zone", {"R": "", "S": ""})
    table = build("small", [((zones, WAYS), [Contribution(str(n), at) for n, at in enumerate(found)])])
    protected = protect(table, replace(POLES, zeros="open") if len(found) > 5 else POLES)
    _policy, system, hidden = reports.read(protected.report)
    if not system.needs or len(hidden) > 5:
        return
    tables = _whole_tables(system, hidden, most=max(system.values) + 1)
    for rank in system.needs:
        assert len({one[rank] for one in tables}) > 1


@given(members, members)
@settings(max_examples=25, deadline=None)
def test_two_releases_together_pin_nothing(
    first: dict[int, tuple[str, str]], second: dict[int, tuple[str, str]]
) -> None:
    """What few poles changed between two releases cannot be read in their difference."""
    before, after = _counts(first), _counts({**first, **second})
    shown = protect(before, POLES)
    try:
        protected = protect(after, POLES, [Past(before, frozenset(shown.hidden))])
    except UnprotectableError:
        return
    assert reports.replay(protected.report, after) == []
    _holds(protected)
    for key, figure in after.figures.items():
        old = before.figures.get(key)
        if old is None or key in shown.hidden or key in protected.hidden:
            continue
        changed = set(old.by) ^ set(figure.by)
        assert len(changed) == 0 or len(changed) >= 3


def test_the_policy_of_the_day() -> None:
    assert policies.policy("entreprises", date(1950, 1, 1)) is None
    found = policies.policy("entreprises", date(2026, 1, 1))
    assert found is not None
    assert (found.least, found.share, found.protection) == (3, 85, 10)
