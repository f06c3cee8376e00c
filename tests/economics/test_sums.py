"""For any book: day-book, statements and matrix agree to the cent; consolidation eliminates the inside."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from terreau.economics import sums
from terreau.economics.rules import Answer, Given, Origin, Role, Said, classify
from terreau.economics.sums import Amount, Cell, Movement, View
from terreau.economics.tables import tables
from terreau.flows import rules as ledger

ACTORS = [UUID(int=n) for n in range(1, 9)]
ROLES = dict(zip(ACTORS, [Role.POLE, Role.CARRIER, *[Role.MEMBER] * 3, *[Role.OUTSIDE] * 3], strict=True))
TRAITS = dict(zip(ACTORS, [*Origin, *Origin][:8], strict=True))


@dataclass(frozen=True)
class Written:
    """A generated line: what the ledger holds, and what the rules read beside it."""

    giver: UUID
    receiver: UUID
    nature: str
    cents: int | None
    purpose: str
    written_by: str
    account: str
    phase: str
    said: Said

    @property
    def movement(self) -> ledger.Movement:
        """The line as the day-book sums it."""
        return ledger.Movement(self.giver, self.receiver, self.nature, "", self.cents, None)

    @property
    def answer(self) -> Answer:
        """What the rules make of it."""
        known = Given(
            self.nature,
            ROLES[self.giver],
            ROLES[self.receiver],
            TRAITS[self.giver],
            purpose=self.purpose,
            written_by=self.written_by,
            account=self.account,
        )
        return classify(known, tables(), self.said)


_WORDS = {
    "purpose": ["", "pole", "project", "cooperation", "means", "decision"],
    "written_by": ["", "fee", "trade", "booking", "service"],
    "account": ["", "74", "706", "756", "164", "641", "6132", "875"],
    "phase": ["", "emergence", "creation"],
}


@st.composite
def lines(draw: st.DrawFn) -> Written:
    """Draw a line of any kind: a correction is negative, a gift may have no value."""
    first = draw(st.integers(0, 7))
    giver, receiver = ACTORS[first], ACTORS[(first + draw(st.integers(1, 7))) % 8]
    nature = draw(st.sampled_from(ledger.NATURES))
    cents = draw(st.integers(-(10**10), 10**10))
    said = Said(
        kind=draw(st.sampled_from(["", "", "sales", "staff", "subsidies"])),
        origin=draw(st.sampled_from(["", "", "ess"])),
    )
    valued = nature == "cash" or draw(st.booleans())
    words = {name: draw(st.sampled_from(choices)) for name, choices in _WORDS.items()}
    return Written(giver, receiver, nature, cents if valued else None, **words, said=said)


def cells(book: list[Written]) -> list[Cell]:
    """Sum the lines as the database does."""
    found: defaultdict[tuple[object, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in book:
        a = line.answer
        key = (a.level, a.side, a.kind, a.origin, line.phase, a.function, line.nature, a.how, a.through)
        row = found[key]
        row[0] += line.cents or 0
        row[1] += 1
        row[2] += line.cents is not None
    return [Cell(*key, *row) for key, row in found.items()]  # type: ignore[arg-type]


BOOKS = st.lists(lines(), max_size=40)


@given(BOOKS)
def test_day_book_statements_and_matrix_agree_to_the_cent(book: list[Written]) -> None:
    moves = [line.movement for line in book]
    daybook, parties = ledger.totals(moves), ledger.statements(moves)
    assert not ledger.disagreements(daybook, parties.values())
    classed = cells(book)
    matrix = sums.matrix(classed, View.WHOLE)
    parts = [
        *(matrix.values.values()),
        matrix.unclassed,
        matrix.uses,
        *sums.outside(classed).values(),
        sums.total(c for c in classed if c.side != "none" and c.level == "members"),
    ]
    # Each line exactly once: in the matrix, to class, a use, or beside with its reason.
    assert sum(part.lines for part in parts) == len(book)
    cash = sum(total.cents for (nature, _unit), total in daybook.items() if nature == "cash")
    gifts = sum(total.cents for (nature, _unit), total in daybook.items() if nature != "cash")
    assert sum(part.cash for part in parts) == cash
    assert sum(part.gifts for part in parts) == gifts
    assert sum(part.unvalued for part in parts) == sum(line.cents is None for line in book)
    given_cents = sum(total.cents for one in parties.values() for total in one.given.values())
    assert given_cents == cash + gifts


@given(BOOKS)
def test_a_matrix_adds_up_along_its_rows_columns_and_phases(book: list[Written]) -> None:
    for view in View:
        matrix = sums.matrix(cells(book), view)
        whole = matrix.all()
        for phase in ("*", *matrix.phases):
            of_phase = matrix.all(phase)
            by_row = [matrix.row(kind, phase) for kind in sums.RESOURCES]
            by_column = [matrix.column(origin, phase) for origin in sums.ORIGINS]
            assert _added(by_row) == _added(by_column) == _figures(of_phase)
        assert _added([matrix.all(phase) for phase in matrix.phases]) == _figures(whole)
        account = sums.account(cells(book), view)
        assert whole.cash + matrix.unclassed.cash == account.received.cash
        assert whole.gifts + matrix.unclassed.gifts == account.received.gifts


@given(BOOKS)
def test_levels_are_parts_of_one_another_and_never_added(book: list[Written]) -> None:
    classed = cells(book)
    held = {view: {id(cell) for cell in sums.held(classed, view)} for view in View}
    assert held[View.CELL] <= held[View.POLE] <= held[View.WHOLE]
    assert held[View.PROJECTS] <= held[View.WHOLE]
    assert held[View.POLE] | held[View.PROJECTS] == held[View.WHOLE]
    assert all(cell.level != "members" for cell in sums.held(classed, View.WHOLE))
    steps = {step.code: step.cents for step in sums.waterfall(classed)}
    assert steps["pole"] == sums.account(classed, View.POLE).received.cash
    assert steps["whole"] == sums.account(classed, View.WHOLE).received.cash
    assert steps["cell"] + steps["rest"] + steps["projects_inside"] == steps["pole"]


@given(BOOKS)
def test_functions_share_every_line_of_a_view(book: list[Written]) -> None:
    classed = cells(book)
    found = sums.by_function(classed)
    account = sums.account(classed, View.WHOLE)
    assert sum(one.cost.cash for one in found) == account.spent.cash
    assert sum(one.own.cash + one.other.cash for one in found) == account.received.cash
    assert sum(one.result for one in found) == account.balance


@given(BOOKS, st.lists(st.sampled_from(range(3)), min_size=8, max_size=8))
def test_any_grouping_is_its_parts_less_what_moves_inside(book: list[Written], groups: list[int]) -> None:
    moves = [Movement(one.giver, one.receiver, one.nature, one.cents or 0) for one in book]
    for number in range(3):
        group = [actor for actor, of in zip(ACTORS, groups, strict=True) if of == number]
        whole = sums.consolidate(moves, group)
        alone = [sums.consolidate(moves, [actor]) for actor in group]
        for nature in ledger.NATURES:
            inside = whole.internal.get(nature, 0)
            assert whole.received.get(nature, 0) == sum(one.received.get(nature, 0) for one in alone) - inside
            assert whole.given.get(nature, 0) == sum(one.given.get(nature, 0) for one in alone) - inside
            assert whole.net(nature) == sum(one.net(nature) for one in alone)


def test_self_financing_of_a_function_is_exact() -> None:
    def cell(side: str, kind: str, cents: int) -> Cell:
        return Cell("cell", side, kind, "", "", "watch", "cash", "account", True, cents, 1, 1)

    (watch,) = sums.by_function(
        [cell("in", "sales", 100), cell("in", "subsidies", 50), cell("out", "staff", 300)]
    )
    assert (watch.rate, watch.result) == (333, -150)
    (free,) = sums.by_function([cell("in", "sales", 100)])
    assert free.rate is None
    assert [sums.round_half_even(top, 2) for top in (1, 2, 3, 5, -1)] == [0, 1, 2, 2, 0]


def test_public_money_is_counted_without_loans() -> None:
    def cell(kind: str, origin: str, cents: int) -> Cell:
        return Cell("cell", "in", kind, origin, "", "", "cash", "account", True, cents, 1, 1)

    book = [
        cell("subsidies", "public", 60),
        cell("capital_loans", "public", 900),
        cell("sales", "private", 40),
    ]
    assert sums.public_share(book, View.CELL) == (60, 100)


def _figures(amount: Amount) -> tuple[int, int, int]:
    return amount.cash, amount.gifts, amount.lines


def _added(amounts: list[Amount]) -> tuple[int, int, int]:
    found = Amount()
    for amount in amounts:
        found.cash, found.gifts = found.cash + amount.cash, found.gifts + amount.gifts
        found.lines += amount.lines
    return _figures(found)
