"""The yearly round: several people, nothing lost, closed once and frozen."""

import pytest
from django.db import IntegrityError, transaction

from terreau.common.canonical import digest
from terreau.common.errors import DomainError
from terreau.indicators import actions, rounds
from terreau.indicators.models import Answer, Indicator, Round, Value
from terreau.indicators.rounds import BLANK, Said
from tests.indicators.conftest import Plot, make
from tests.two_connections import at_once

YEAR = 2025


@pytest.fixture
def pair(plot: Plot) -> list[Indicator]:
    """Two indicators of the core."""
    return actions.follow(plot.pole, ["meetings", "jobs"], by=plot.animator)


def said(row: Indicator, amount: int | None, base: dict[str, object] | None = None, **more: object) -> Said:
    return Said(row, base or BLANK, {**BLANK, "amount": amount, **more})


def test_a_round_is_opened_once_and_not_before_its_year(plot: Plot) -> None:
    assert rounds.open_round(plot.pole, YEAR, by=plot.animator) == rounds.open_round(plot.pole, YEAR, by=None)
    for year in (1900, 2999):
        with pytest.raises(DomainError):
            rounds.open_round(plot.pole, year, by=plot.animator)


def test_two_people_answer_and_only_the_same_figure_is_a_conflict(plot: Plot, pair: list[Indicator]) -> None:
    held = rounds.open_round(plot.pole, YEAR, by=plot.animator)
    assert rounds.answer(held, [said(pair[0], 4_000)], by=plot.animator).written == 1
    other = rounds.answer(held, [said(pair[0], 5_000), said(pair[1], 2_000)], by=plot.member)
    assert set(other.conflicts) == {pair[0].pk}
    assert other.conflicts[pair[0].pk]["amount"] == {"base": None, "theirs": 4_000, "mine": 5_000}
    assert dict(Answer.objects.values_list("indicator__code", "amount")) == {"meetings": 4_000, "jobs": 2_000}


def test_a_refusal_costs_nothing_to_the_others(plot: Plot, pair: list[Indicator]) -> None:
    held = rounds.open_round(plot.pole, YEAR, by=plot.animator)
    done = rounds.answer(
        held, [said(pair[0], 4_000, status="justifie"), said(pair[1], 1_000)], by=plot.member
    )
    assert done.refusals[pair[0].pk].code == "not_justified"
    assert done.written == 1
    both = rounds.answer(held, [said(pair[0], 4_000, unknown=True)], by=plot.member)
    assert both.refusals[pair[0].pk].code == "two_answers"


def test_closing_makes_values_and_freezes_what_was_said(plot: Plot, pair: list[Indicator]) -> None:
    held = rounds.open_round(plot.pole, YEAR, by=plot.animator)
    with pytest.raises(DomainError, match="au moins"):
        rounds.close(held, by=plot.animator)
    rounds.answer(held, [said(pair[0], 4_000), said(pair[1], None, unknown=True)], by=plot.animator)
    closed = rounds.close(held, by=plot.animator)
    assert closed.digest == digest(closed.data)
    assert [(one["code"], one["amount"], one["unknown"]) for one in closed.data["answers"]] == [
        ("meetings", 4_000, False),
        ("jobs", None, True),
    ]
    assert list(Value.objects.values_list("indicator__code", "amount")) == [("meetings", 4_000)]
    for again in (
        lambda: rounds.close(held, by=plot.animator),
        lambda: rounds.answer(held, [], by=plot.member),
    ):
        with pytest.raises(DomainError) as refused:
            again()
        assert refused.value.code == "round_closed"
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.filter(pk=closed.pk).update(digest="0" * 64)


def test_closing_corrects_the_value_that_the_year_has(plot: Plot, pair: list[Indicator]) -> None:
    first, last = actions.year_of(YEAR)
    actions.add_value(pair[0], 3_000, first=first, last=last, by=plot.member)
    held = rounds.open_round(plot.pole, YEAR, by=plot.animator)
    rounds.answer(held, [said(pair[0], 4_000)], by=plot.animator)
    rounds.close(held, by=plot.animator)
    current = Value.objects.get(indicator=pair[0], superseded_by=None)
    assert (current.amount, current.reason) == (4_000, "tour annuel 2025")


@pytest.mark.django_db(transaction=True)
def test_two_people_close_at_once_one_wins() -> None:
    plot = make()
    row = actions.follow(plot.pole, ["meetings"], by=plot.animator)[0]
    held = rounds.open_round(plot.pole, YEAR, by=plot.animator)
    rounds.answer(held, [said(row, 4_000)], by=plot.animator)
    mine, yours = (Round.objects.select_related("pole__actor__subject").get(pk=held.pk) for _ in range(2))
    done = at_once(lambda: rounds.close(mine, by=plot.animator), lambda: rounds.close(yours, by=plot.member))
    assert sorted(type(one).__name__ for one in done) == ["DomainError", "Round"]
    assert Value.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_answer_at_once_one_figure_stands_and_the_other_is_told() -> None:
    plot = make()
    row = actions.follow(plot.pole, ["meetings"], by=plot.animator)[0]
    held = rounds.open_round(plot.pole, YEAR, by=plot.animator)
    done = at_once(
        lambda: rounds.answer(held, [said(row, 4_000)], by=plot.animator),
        lambda: rounds.answer(held, [said(row, 5_000)], by=plot.member),
    )
    assert sorted(one.written for one in done) == [0, 1]
    assert sorted(len(one.conflicts) for one in done) == [0, 1]
