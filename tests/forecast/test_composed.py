"""What the room says to the week, the calendar, the search, the report, the page of a pole's life."""

from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext

from terreau.accounts.models import User
from terreau.forecast import actions, composed
from terreau.poles.workspace import Workspace, of_person
from tests.forecast.conftest import Purse


def space(purse: Purse, user: User) -> Workspace:
    return of_person(user, purse.pole.slug)


def kinds(purse: Purse) -> list[str]:
    return [one.kind for one in composed.week(space(purse, purse.by))]


def test_the_week_says_what_presses_to_who_animates(purse: Purse) -> None:
    assert kinds(purse) == []
    asked = {"state": "asked", "asked_cents": 100}
    purse.granted(**asked, answer_on=purse.day(-1))
    purse.granted(**asked, answer_on=purse.day(1))
    purse.granted(ask_again_by=purse.day(20), period_to=purse.day(90))
    purse.granted(period_to=purse.day(90))
    purse.granted(parts=((purse.day(-2), 600_000),))
    assert sorted(kinds(purse)) == ["funding", "funding", "funding_end", "instalment"]
    assert composed.week(space(purse, purse.member)) == []


def test_the_week_says_that_money_will_lack(purse: Purse) -> None:
    actions.read_balance(purse.pole, on=purse.day(-1), cents=10_000, by=purse.by)
    values = {"out": True, "cents": 15_000, "first": purse.day(9), "every": "once", "kind": "staff"}
    row = actions.expect(purse.pole, label="Salaire", by=purse.by, **values)
    (one,) = composed.week(space(purse, purse.by))
    assert (one.kind, one.on) == ("cash", purse.day(9))
    assert "50" in one.title
    actions.drop_line(row, by=purse.by)
    assert kinds(purse) == []
    actions.read_balance(purse.pole, on=purse.day(-1), cents=-5, by=purse.by)
    assert kinds(purse) == ["cash"]


def test_an_old_balance_is_asked_again(purse: Purse) -> None:
    actions.read_balance(purse.pole, on=purse.day(-36), cents=10_000, by=purse.by)
    assert kinds(purse) == ["balance"]


def test_questions_are_two_whatever_the_rows(purse: Purse) -> None:
    def asked() -> int:
        ws = space(purse, purse.by)
        with CaptureQueriesContext(connection) as found:
            composed.week(ws)
        return len(found)

    actions.read_balance(purse.pole, on=purse.day(-1), cents=10_000, by=purse.by)
    for _turn in range(3):
        purse.granted(parts=((purse.day(-2), 600_000),), period_to=purse.day(60))
    assert asked() == 2


def test_days_words_and_figures(purse: Purse) -> None:
    row = purse.granted(parts=((purse.day(5), 600_000),), period_to=purse.day(8), ask_again_by=purse.day(7))
    ws = space(purse, purse.by)
    days = composed.stamps(ws, purse.today, purse.day(30))
    assert sorted(one.starts for one in days) == [purse.day(5), purse.day(7), purse.day(8)]
    assert composed.stamps(space(purse, purse.member), purse.today, purse.day(30)) == []
    assert [one.title for one in composed.found(ws, "région anim", 5)] == [str(row)]
    assert composed.found(ws, "zzz", 5) == []
    year = (date(purse.today.year, 1, 1), date(purse.today.year, 12, 31))
    assert composed.figures(purse.pole, *year) == []
    actions.receive(row.instalments.get(), on=purse.today, by=purse.by)
    (said,) = composed.figures(purse.pole, *year)
    assert (said.code, getattr(said.value, "cents", None)) == ("forecast.received", 600_000)


def test_the_page_of_the_economy_is_told_once_it_shows_something(purse: Purse) -> None:
    assert composed.published(purse.pole, purse.today) == []
    actions.show(purse.pole, ["hours"], known=("hours",), by=purse.by)
    (one,) = composed.published(purse.pole, purse.today)
    assert one.path == f"/poles/{purse.pole.slug}/economie/"
