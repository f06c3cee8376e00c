"""The arithmetic of cooperations: levels, density, trajectory, loops."""

from datetime import date
from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from terreau.cooperations import rules
from terreau.cooperations.rules import Bond, Deed, Span, Step

D = date
IDS = [f"{n:02d}" for n in range(12)]
bonds = st.lists(
    st.builds(
        Bond,
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(rules.FORMS),
        st.integers(0, 5),
        st.frozensets(st.sampled_from(IDS), max_size=6),
    ),
    max_size=12,
)


def test_a_level_holds_from_its_day_until_the_next_one() -> None:
    steps = [Step(D(2020, 1, 1), 1), Step(D(2022, 5, 1), 4), Step(D(2024, 1, 1), 2)]
    said = [rules.rank_on(steps, day) for day in (D(2019, 12, 31), D(2020, 1, 1), D(2022, 4, 30))]
    assert said == [0, 1, 1]
    assert [rules.rank_on(steps, day) for day in (D(2022, 5, 1), D(2023, 12, 31), D(2025, 1, 1))] == [4, 4, 2]


def test_of_two_levels_on_one_day_the_last_written_stands() -> None:
    assert rules.rank_on([Step(D(2020, 1, 1), 3), Step(D(2020, 1, 1), 5)], D(2020, 1, 1)) == 5


def test_a_step_written_late_about_an_earlier_day_does_not_hide_a_later_one() -> None:
    assert rules.rank_on([Step(D(2022, 1, 1), 5), Step(D(2021, 1, 1), 2)], D(2023, 1, 1)) == 5


def test_who_left_or_has_not_come_is_in_no_bond() -> None:
    deed = Deed(
        "c",
        rules.MEANS,
        Span(D(2020, 1, 1), D(2024, 1, 1)),
        [("a", Span()), ("b", Span(D(2021, 1, 1))), ("c", Span(None, D(2021, 1, 1)))],
    )
    first, second = rules.bonds_on([deed], D(2020, 6, 1)), rules.bonds_on([deed], D(2022, 6, 1))
    assert first[0].parties == {"a", "c"}
    assert second[0].parties == {"a", "b"}
    assert rules.bonds_on([deed], D(2024, 1, 1)) == []


def test_density_is_an_exact_fraction_of_pairs_of_members() -> None:
    one = Bond("c", rules.MEANS, 1, frozenset({"00", "01", "02", "dehors"}))
    assert rules.density(IDS[:4], [one]).share == Fraction(3, 6)
    assert rules.density(IDS[:1], [one]).share is None


@given(st.sets(st.sampled_from(IDS)), bonds)
def test_density_counts_each_linked_pair_once(members: set[str], found: list[Bond]) -> None:
    pairs = {pair for bond in found for pair in combinations(sorted(bond.parties), 2) if members >= set(pair)}
    density = rules.density(members, found)
    assert density.linked == len(pairs) == len(rules.links(members, found))
    assert density.possible == len(list(combinations(members, 2)))


@given(st.sets(st.sampled_from(IDS)), bonds)
def test_asking_for_more_never_makes_a_pole_denser(members: set[str], found: list[Bond]) -> None:
    linked = [rules.density(members, rules.chosen(found, least=least)).linked for least in range(6)]
    assert linked == sorted(linked, reverse=True)


spans = st.builds(
    Span,
    st.sampled_from([None, D(2020, 1, 1), D(2022, 1, 1)]),
    st.sampled_from([None, D(2023, 1, 1), D(2024, 1, 1)]),
)
lives = st.builds(
    Deed,
    st.just("c"),
    st.sampled_from(rules.FORMS),
    spans,
    st.lists(st.tuples(st.sampled_from(IDS), spans), max_size=5),
    st.lists(st.builds(Step, st.sampled_from([D(2020, 1, 1), D(2022, 6, 1)]), st.integers(1, 5)), max_size=3),
)


@given(st.lists(lives, max_size=6), st.lists(st.tuples(st.sampled_from(IDS), spans), max_size=10))
def test_time_says_of_each_day_what_that_day_says(deeds: list[Deed], members: list[tuple[str, Span]]) -> None:
    days = [D(2019, 6, 1), D(2021, 6, 1), D(2023, 6, 1), D(2025, 6, 1)]
    for day, moment in zip(days, rules.in_time(deeds, members, days, strong=3), strict=True):
        here = {actor for actor, span in members if span.holds(day)}
        found = rules.bonds_on(deeds, day)
        assert moment.members == len(here)
        assert moment.density == rules.density(here, found)
        assert moment.strong == rules.density(here, rules.chosen(found, least=3))
        assert sum(moment.living.values()) == len(found)


def test_the_wide_form_holds_its_sub_form_and_not_the_reverse() -> None:
    found = [Bond(form, form, 1, frozenset()) for form in rules.FORMS]
    assert [one.form for one in rules.chosen(found, form=rules.MEANS)] == [rules.MEANS, rules.STRUCTURED]
    assert [one.form for one in rules.chosen(found, form=rules.STRUCTURED)] == [rules.STRUCTURED]


def test_forms_come_in_any_order() -> None:
    deeds = [
        Deed("a", rules.STRATEGIC, Span(D(2015, 1, 1))),
        Deed("b", rules.MEANS, Span(D(2018, 1, 1))),
        Deed("c", rules.MEANS, Span(D(2016, 1, 1))),
    ]
    assert rules.beginnings(deeds) == [(rules.STRATEGIC, D(2015, 1, 1)), (rules.MEANS, D(2016, 1, 1))]


def test_years_are_the_last_ones_and_end_today() -> None:
    days = rules.days_between(D(1990, 5, 1), D(2026, 3, 1))
    assert len(days) == rules.MOST_YEARS
    assert days[-2:] == [D(2025, 12, 31), D(2026, 3, 1)]
    assert rules.days_between(D(2026, 1, 1), D(2026, 3, 1)) == [D(2026, 3, 1)]


@given(st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=24))
def test_a_loop_is_who_gives_and_receives_again(arrows: list[tuple[str, str]]) -> None:
    after = {one: {b for a, b in arrows if a == one} for one in IDS}

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = list(after[start])
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo += after[one]
        return seen

    mutual = {frozenset({a, *(b for b in reached(a) if a in reached(b))}) for a in IDS if a in reached(a)}
    assert rules.loops(arrows) == sorted(sorted(one) for one in mutual if len(one) > 1)


def test_crossed_holdings_are_those_of_both_sides() -> None:
    assert rules.crossed([("a", "b"), ("b", "a"), ("a", "c")]) == {("a", "b")}
