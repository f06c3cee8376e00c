"""The equation of an envelope holds after any sequence of moves; shares add up; scenarios count."""

from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.envelopes import rules
from terreau.envelopes.rules import Held, Scenario, State

_cents = st.integers(-50_000, 90_000)
_moves = st.lists(st.tuples(st.sampled_from(rules.KINDS), st.integers(0, 2), _cents), max_size=40)


@settings(max_examples=50, deadline=None)
@given(_moves)
def test_the_equation_holds_after_any_sequence(moves: list[tuple[str, int, int]]) -> None:
    """Budgets, awards, releases, payments and recoveries in any order: what is accepted leaves it true."""
    state, held = State(), [Held(), Held(), Held()]
    for kind, who, cents in moves:
        if rules.refusal(kind, cents, state, held[who]) is not None:
            continue
        state, held[who] = rules.moved(kind, cents, state, held[who])
        assert state.sound
        assert all(rules.fits(state, one) for one in held)
        assert state.budget == state.allotted + state.committed + state.left
        assert state.committed == sum(one.committed for one in held)
        assert state.to_pay == sum(one.to_pay for one in held)


@settings(max_examples=50, deadline=None)
@given(_moves, st.sampled_from(rules.KINDS), st.integers(1, 90_000))
def test_a_refusal_says_the_most_that_is_accepted(
    moves: list[tuple[str, int, int]], kind: str, cents: int
) -> None:
    """The amount that a refusal gives is accepted, and one cent more is not."""
    state, held = State(), Held()
    for done, _who, some in moves:
        if rules.refusal(done, some, state, held) is None:
            state, held = rules.moved(done, some, state, held)
    sign = -1 if kind == rules.BUDGET else 1
    if why := rules.refusal(kind, sign * cents, state, held):
        assert why.most < cents
        assert rules.refusal(kind, sign * (why.most + 1), state, held) is not None
        assert not why.most or rules.refusal(kind, sign * why.most, state, held) is None


def test_what_each_move_may_not_do() -> None:
    """Each bound by its own name."""
    state, held = State(budget=100, committed=60, paid=20), Held(committed=60, paid=20)
    wanted = {
        ("commit", 41): (rules.TOO_LITTLE_LEFT, 40),
        ("budget", -41): (rules.BELOW_ENGAGED, 40),
        ("pay", 41): (rules.OVER_COMMITTED, 40),
        ("release", 41): (rules.PAID_ALREADY, 40),
        ("recover", 21): (rules.NOT_PAID, 20),
        ("pay", 0): (rules.NO_CENTS, 0),
        ("commit", -1): (rules.NO_CENTS, 0),
    }
    for (kind, cents), (code, most) in wanted.items():
        why = rules.refusal(kind, cents, state, held)
        assert why is not None
        assert (why.code, why.most) == (code, most)


@given(st.integers(0, 10**11), st.lists(st.integers(1, 10_000), min_size=1, max_size=7))
def test_shares_add_up(cents: int, weights: list[int]) -> None:
    """No cent is lost between the sponsors."""
    parts = rules.shared(cents, weights)
    assert sum(parts) == cents
    fair = [cents * weight / sum(weights) for weight in weights]
    assert all(abs(part - due) <= 1 for part, due in zip(parts, fair, strict=True))


def test_drawn_takes_the_first_rooms_first() -> None:
    assert rules.drawn(100, [30, 0, 90, 10]) == [30, 0, 70, 0]
    assert rules.drawn(200, [30, -5, 90]) == [30, 0, 90]


def test_the_simulator_counts_poles_and_aid() -> None:
    """Fifty poles for three years in 50 M€ (S0 annex §7): 333 333,33 € a year each at most."""
    found = rules.simulate(Scenario(poles=50, aid=30_000_000, years=3), 5_000_000_000)
    assert found.fits
    assert (found.left, found.most_poles, found.most_aid) == (500_000_000, 55, 33_333_333)
    short = rules.simulate(Scenario(poles=50, aid=40_000_000, years=3), 5_000_000_000)
    assert not short.fits
    assert short.left == -1_000_000_000
    nothing = rules.simulate(Scenario(poles=0, aid=0), 100)
    assert (nothing.most_poles, nothing.most_aid) == (0, 0)
