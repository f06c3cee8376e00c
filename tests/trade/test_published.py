"""Sums are shown when nobody, a member least of all, finds a pair in them."""

from datetime import date, datetime

import highspy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.publication.models import Release
from terreau.publication.policies import policy
from terreau.publication.protection import SECRET, SHOWN, ZERO, Cell, protect
from terreau.publication.tables import WHOLE
from terreau.trade import published
from terreau.trade.models import Spending
from terreau.trade.published import SPENT, TRADE, Part
from tests.trade.conftest import Market, code_of

_RULE = policy(published.POLICY, date(2026, 1, 1))
_NAMES = "abcdef"


def shown(parts: list[Part], what: str = TRADE) -> dict[str, Cell]:
    """Return what a first release shows, without a database."""
    assert _RULE is not None
    rows = [
        Release(
            table=table.name,
            figures=[
                [[list(place) for place in key], cell.status, cell.value, cell.reason] for key, cell in made
            ],
        )
        for table in published.tables("t", what, parts)
        for made in [list(protect(table, _RULE).cells())]
    ]
    return published.joined(rows)


def bounds(parts: list[Part], cells: dict[str, Cell], knows: str) -> dict[int, tuple[float, float]]:
    """Return between what and what each part can be, for who knows theirs, the sums shown, and who trades."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    columns = []
    for part in parts:
        low, high = (part.amount, part.amount) if knows in part.parties else (0, highspy.kHighsInf)
        columns.append(highs.addVariable(low, high))
    for code, cell in cells.items():
        inside = [column for column, part in zip(columns, parts, strict=True) if code in {"", part.code}]
        if cell.status in {SHOWN, ZERO} and inside:
            highs.addConstr(sum(inside) == cell.value)
    found = {}
    for rank, part in enumerate(parts):
        if knows in part.parties:
            continue
        ends = []
        for go in (highs.minimize, highs.maximize):
            go(columns[rank])
            solved = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
            ends.append(highs.getSolution().col_value[rank] if solved else float("inf"))
        found[rank] = (ends[0], ends[1])
    return found


_parts = st.lists(
    st.builds(
        Part,
        parties=st.tuples(st.sampled_from(_NAMES), st.sampled_from(_NAMES)).filter(
            lambda two: two[0] != two[1]
        ),
        code=st.sampled_from(published.CODES[TRADE]),
        amount=st.integers(1, 1_000),
    ),
    max_size=14,
    unique_by=lambda part: (part.parties, part.code),
)


@settings(max_examples=25, deadline=None)
@given(_parts)
def test_no_member_finds_a_pair_in_what_is_shown(parts: list[Part]) -> None:
    cells = shown(parts)
    for knows in ("", *_NAMES):
        for rank, (low, high) in bounds(parts, cells, knows).items():
            assert high - low > parts[rank].amount * 0.1, (knows, parts[rank])


def test_three_pairs_of_three_members_say_nothing() -> None:
    """Of a triangle each member knows two sides: the sum would give the third away."""
    parts = [Part(("a", "b"), "due", 100), Part(("b", "c"), "due", 100), Part(("c", "a"), "due", 100)]
    cells = shown(parts)
    assert cells[WHOLE].status == SECRET
    assert cells["due"].status == SECRET


def test_many_pairs_are_shown_in_sum() -> None:
    parts = [Part((one, other), "due", 100) for one in _NAMES for other in _NAMES if one < other]
    cells = shown(parts)
    assert (cells[WHOLE].status, cells[WHOLE].value) == (SHOWN, 1_500)


def test_one_who_weighs_too_much_is_not_shown() -> None:
    parts = [Part((one, other), "due", 1) for one in _NAMES for other in _NAMES if one < other]
    parts.append(Part(("a", "b"), "other", 10_000))
    assert shown(parts)[WHOLE].status == SECRET


def test_a_year_under_way_is_not_published(market: Market) -> None:
    publish = published.publish
    assert code_of(lambda: publish(market.pole, market.today.year, by=market.animator)) == "year_not_over"


def test_what_three_members_trade_stays_theirs_when_published(market: Market) -> None:
    from terreau.poles.models import Membership

    year = market.today.year - 1
    assert Membership.objects.filter(valid_from=None).count() == 3
    days = (market.today - date(year, 6, 1)).days
    for seller, buyer in (
        (market.farm, market.bakery),
        (market.mill, market.farm),
        (market.bakery, market.mill),
    ):
        market.agreed(seller, buyer, 100_000, why="met", before=days)
    published.publish(market.pole, year, by=market.animator)
    found = published.figures(market.pole, year, TRADE)
    assert found.cells[WHOLE].status == SECRET
    assert found.value() is None
    assert Release.objects.count() > 3


@pytest.mark.usefixtures("db")
def test_published_purchases_give_the_share_kept_near(market: Market) -> None:
    from terreau.actors.actions import create_actor
    from terreau.poles.composition import add_member

    year = market.today.year - 1
    actors = [create_actor(f"Membre {n}", source=None, public=False) for n in range(6)]
    for actor in actors:
        add_member(market.pole, actor, by=market.animator)
        Spending.objects.create(
            pole=market.pole,
            actor=actor,
            year=year,
            members_cents=30_000,
            perimeter_cents=20_000,
            outside_cents=40_000,
            unknown_cents=10_000,
            lines=9,
            first=date(year, 1, 1),
            last=date(year, 12, 31),
        )
    published.publish(market.pole, year, by=market.animator, at=datetime.now().astimezone())
    kept = published.kept(published.figures(market.pole, year, SPENT))
    assert [None if one is None else float(one) for one in (kept.pole, kept.least, kept.most)] == [
        0.3,
        0.5,
        0.6,
    ]
