"""Totals to the thousandth, sealing, the clock, even sharing, a draw done again, opinions never skipped."""

import hashlib
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.dossiers import states
from terreau.instruction import clock, lots, rules
from terreau.instruction.merging import merge
from terreau.instruction.rules import Criterion
from terreau.instruction.sharing import share

DAY = date(2026, 3, 2)
GRID = (Criterion("a", "A", weight=2, most=5), Criterion("b", "B", weight=1, most=10, text=False))
ANNA, BRUNO, CARLA = (UUID(int=i) for i in (1, 2, 3))


def test_a_total_is_weighted_out_of_a_hundred_to_the_thousandth() -> None:
    assert rules.total(GRID, {"a": 4, "b": 7}) == 76_667  # (2 × 4/5 + 7/10) / 3
    assert rules.total(GRID, {"a": 5, "b": 10}) == rules.WHOLE
    assert rules.total(GRID, {"a": 0, "b": 0}) == 0
    assert rules.total(GRID, {"a": 4}) is None
    assert rules.total((), {}) is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, rules.WHOLE), min_size=1, max_size=12))
def test_the_mean_is_exact_and_between_the_extremes(totals: list[int]) -> None:
    found = rules.mean(totals)
    assert found is not None
    assert abs(Fraction(found) - Fraction(sum(totals), len(totals))) <= Fraction(1, 2)
    assert min(totals) <= found <= max(totals)
    assert rules.spread(totals) == max(totals) - min(totals)
    assert rules.mean(list(reversed(totals))) == found


def test_a_score_without_its_sentence_is_missing_only_where_a_sentence_is_asked() -> None:
    assert [one.code for one in rules.missing(GRID, {"a": 3, "b": 3}, {})] == ["a"]
    assert rules.missing(GRID, {"a": 3, "b": 3}, {"a": "Bien."}) == []


def test_reviews_stay_sealed_for_everybody_until_each_assigned_reviewer_gave_theirs() -> None:
    both = {ANNA, BRUNO}
    for officer in (False, True):
        sealed = rules.sight(ANNA, officer=officer, assigned=both, given={ANNA})
        assert sealed == rules.Sight(frozenset({ANNA}), mean=False)
    assert rules.sight(CARLA, officer=True, assigned=both, given={ANNA}).reviews == frozenset()
    assert rules.sight(CARLA, officer=True, assigned=both, given=both).reviews == both
    assert not rules.unsealed((), ())


@pytest.mark.parametrize(
    ("totals", "reviews", "mean"),
    [("all", {ANNA, BRUNO}, True), ("mean", {ANNA}, True), ("officers", {ANNA}, False)],
)
def test_the_call_says_what_reviewers_read_of_one_another(
    totals: str, reviews: set[UUID], mean: bool
) -> None:
    both = {ANNA, BRUNO}
    assert rules.sight(ANNA, officer=False, assigned=both, given=both, totals=totals) == rules.Sight(
        frozenset(reviews), mean=mean
    )
    assert rules.sight(CARLA, officer=True, assigned=both, given=both, totals=totals).mean


def test_a_complement_stops_the_clock_until_it_is_answered_or_its_day_is_past() -> None:
    asked, due = DAY + timedelta(10), DAY + timedelta(25)
    waiting = clock.Pause(asked, due)
    on = clock.read(DAY, 60, [waiting], DAY + timedelta(20))
    assert (on.stopped, on.left, on.paused) == (True, 50, 10)
    answered = clock.read(DAY, 60, [clock.Pause(asked, due, DAY + timedelta(14))], DAY + timedelta(20))
    assert (answered.stopped, answered.paused, answered.left) == (False, 4, 44)
    past = clock.read(DAY, 60, [waiting], DAY + timedelta(40))
    assert (past.stopped, past.paused, past.left) == (False, 16, 36)
    late = clock.read(DAY, 60, [], DAY + timedelta(61))
    assert late.left == -1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30), st.integers(0, 40)), max_size=5))
def test_the_clock_never_counts_a_day_twice(spans: list[tuple[int, int, int]]) -> None:
    pauses = [
        clock.Pause(DAY + timedelta(a), DAY + timedelta(a + b), DAY + timedelta(a + c)) for a, b, c in spans
    ]
    found = clock.read(DAY, 90, pauses, DAY + timedelta(100))
    stopped = {
        DAY + timedelta(n)
        for n in range(100)
        for one in pauses
        if one.asked <= DAY + timedelta(n) < one.end(DAY + timedelta(100))
    }
    assert found.paused == len(stopped)
    assert found.until == DAY + timedelta(90 + found.paused)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 30),
    st.integers(1, 6),
    st.integers(1, 4),
    st.sets(st.tuples(st.integers(0, 29), st.integers(0, 5)), max_size=20),
)
def test_sharing_makes_no_forbidden_pair_and_gives_as_many_as_may_be(
    files: int, people: int, each: int, forbidden: set[tuple[int, int]]
) -> None:
    found = share(range(files), range(people), each, forbidden=forbidden)
    assert not set(found.pairs) & forbidden
    assert len(set(found.pairs)) == len(found.pairs)
    for one in range(files):
        able = sum((one, who) not in forbidden for who in range(people))
        held = sum(pair[0] == one for pair in found.pairs)
        assert held == min(each, able)
        assert found.short.get(one, 0) == each - held
    assert found == share(range(files), range(people), each, forbidden=forbidden)
    if not forbidden:
        loads = [sum(pair[1] == who for pair in found.pairs) for who in range(people)]
        assert max(loads) - min(loads) <= 1


def test_sharing_counts_what_is_held() -> None:
    found = share([1, 2], ["a", "b"], 1, held=[(9, "a"), (9, "b"), (8, "a"), (1, "a")])
    assert found.pairs == ((2, "b"),)


def test_anybody_can_draw_again_with_what_every_computer_has() -> None:
    names = ["AMI-0003", "AMI-0001", "AMI-0002"]
    again = sorted((hashlib.sha256(f"graine\n{name}".encode()).hexdigest(), name) for name in names)
    assert [(one.digest, one.name) for one in lots.draw("graine", names)] == again
    assert lots.list_hash(names) == hashlib.sha256(b"AMI-0001\nAMI-0002\nAMI-0003\n").hexdigest()
    assert lots.draw("graine", reversed(names)) == lots.draw("graine", names)
    with pytest.raises(ValueError, match="twice"):
        lots.draw("graine", ["AMI-0001", "AMI-0001"])


def test_a_letter_says_which_places_it_cannot_fill() -> None:
    found = merge(
        "Dossier {dossier}", "{titre} : {motif} {inconnu}", {"dossier": "A-1", "titre": "T", "motif": ""}
    )
    assert (found.title, found.text) == ("Dossier A-1", "T : {motif} {inconnu}")
    assert (found.unknown, found.empty, found.ready) == (("inconnu",), ("motif",), False)
    assert merge("", "{motif}", {"motif": ""}, optional=["motif"]).ready
    values = {"titre": "T", "montant": ""}
    found = merge("", "« {titre} » est retenu.\nMontant : {montant}.\n{titre} {montant}", values,
                  optional=["montant"])  # fmt: skip
    assert (found.text, found.ready) == ("« T » est retenu.\nT ", True)


_STAGES = st.lists(
    st.tuples(
        st.sampled_from(["region", "national", "committee"]), st.sampled_from(["none", "asked", "mandatory"])
    ),
    unique_by=lambda one: one[0],
    max_size=3,
)


def reached(stages: states.Stages, given_: set[str]) -> set[str]:
    """Return every state that some path of the table reaches, whoever walks it and whatever they prove."""
    roles = frozenset().union(*(step.roles for step in states.TABLE))
    has = ("reason", "copy", "open", "last")
    first = ("draft", "")
    seen, waiting = {first}, [first]
    while waiting:
        state, back = waiting.pop()
        for step in states.steps(state, stages):
            if states.find(state, step.verb, stages, back_to=back) != step:
                continue
            if states.allowed(state, step.verb, stages, roles=roles, has=has, opinions=given_, back_to=back):
                now = (step.target, state if step.verb in states.UNDOABLE else "")
                if now not in seen:
                    seen.add(now)
                    waiting.append(now)
    return {state for state, _back in seen}


@settings(max_examples=50, deadline=None)
@given(_STAGES, st.lists(st.integers(1, 3), unique=True, max_size=2))
def test_no_path_of_the_table_skips_a_mandatory_opinion(
    chosen: list[tuple[str, str]], sponsors: list[int]
) -> None:
    """Every path is walked, for the stages that a call chose: one opinion missing, no decision is reached."""
    listed = [{"code": code, "opinion": opinion} for code, opinion in chosen]
    stages = states.read_stages(listed, sponsors)
    needed = {code for code, opinion in chosen if opinion == "mandatory" and code != "committee"}
    needed |= {f"sponsor:{one}" for one in sponsors}
    assert {"laureate", "reserve", "refused", "closed"} <= reached(stages, needed)
    for one in needed:
        assert not reached(stages, needed - {one}) & (states.DECIDED - {"ended", "closed"})
        assert "closed" not in reached(stages, needed - {one})
