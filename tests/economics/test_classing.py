"""Saying what lines are: part by part, many at once, refused, taken back, two people at the same time."""

import pytest

from terreau.common.errors import DomainError
from terreau.economics import actions, projection
from terreau.economics.models import Batch, Imputation, Line
from terreau.economics.rules import Said
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.journal.models import Event
from tests import two_connections
from tests.economics import conftest
from tests.economics.conftest import Purse


def kinds(*rows: Flow) -> list[str]:
    """Return the kinds of lines as they are kept now."""
    found = dict(Line.objects.values_list("pk", "kind"))
    return [found[row.pk] for row in rows]


def said(*rows: Flow, version: int = 0) -> dict[object, int]:
    """Return lines as a form sends them."""
    return {row.pk: version for row in rows}


@pytest.mark.django_db
def test_lines_are_classed_and_taken_back(purse: Purse) -> None:
    rows = [purse.paid(purse.firm, purse.pole.actor, cents) for cents in (100, 200)]
    outcome = actions.impute(purse.pole, said(*rows), Said(kind="sales"), by=purse.by)
    assert (outcome.done, outcome.stale) == (2, ())
    assert kinds(*rows) == ["sales", "sales"]
    again = actions.impute(purse.pole, said(*rows), Said(kind="sales"), by=purse.by)
    assert (again.batch, again.done, again.stale) == (None, 0, ())
    assert outcome.batch is not None
    actions.undo(outcome.batch, by=purse.by)
    assert kinds(*rows) == ["unknown", "unknown"]
    with pytest.raises(DomainError, match="déjà repris"):
        actions.undo(outcome.batch, by=purse.by)
    verbs = Event.objects.filter(subject=purse.pole.pk, verb__startswith="economics.")
    assert list(verbs.order_by("seq").values_list("verb", flat=True)) == [
        "economics.lines_classed",
        "economics.classing_undone",
    ]


@pytest.mark.django_db
def test_parts_are_said_one_after_the_other(purse: Purse) -> None:
    row = purse.paid(purse.firm, purse.pole.actor, 100)
    actions.impute(purse.pole, said(row), Said(kind="sales"), by=purse.by)
    actions.impute(purse.pole, said(row, version=1), Said(function="watch", level="cell"), by=purse.by)
    kept = Line.objects.get(pk=row.pk)
    assert (kept.kind, kept.function, kept.level, kept.how) == ("sales", "watch", "cell", "person")
    assert Imputation.objects.get(pk=row.pk).version == 2


@pytest.mark.django_db
def test_what_somebody_said_since_is_left_alone(purse: Purse) -> None:
    row, other = (purse.paid(purse.firm, purse.pole.actor, cents) for cents in (100, 200))
    first = actions.impute(purse.pole, said(row), Said(kind="sales"), by=purse.by)
    outcome = actions.impute(purse.pole, said(row, other), Said(kind="fees"), by=purse.by)
    assert (outcome.done, outcome.stale) == (1, (row.pk,))
    assert kinds(row, other) == ["sales", "fees"]
    actions.impute(purse.pole, said(row, version=1), Said(kind="fees"), by=purse.by)
    assert first.batch is not None
    assert actions.undo(first.batch, by=purse.by).stale == (row.pk,)
    assert kinds(row) == ["fees"]


@pytest.mark.django_db
def test_a_correction_follows_its_line(purse: Purse) -> None:
    row = purse.paid(purse.firm, purse.pole.actor, 100)
    back = flows.reverse(row, reason="Erreur", by=purse.by)
    actions.impute(purse.pole, said(row), Said(kind="sales"), by=purse.by)
    assert kinds(row, back) == ["sales", "sales"]
    with pytest.raises(DomainError, match="corrige une autre ligne"):
        actions.impute(purse.pole, said(back), Said(kind="sales"), by=purse.by)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (Said(), "nothing_said"),
        (Said(kind="staff"), "other_side"),
        (Said(kind="sales", level="members"), ""),
    ],
)
def test_words_that_do_not_fit_are_refused_whole(purse: Purse, words: Said, code: str) -> None:
    row = purse.paid(purse.firm, purse.pole.actor, 100)
    if not code:
        actions.impute(purse.pole, said(row), words, by=purse.by)
        assert Line.objects.get(pk=row.pk).side == "none"
        return
    with pytest.raises(DomainError) as refused:
        actions.impute(purse.pole, said(row), words, by=purse.by)
    assert refused.value.code == code
    assert not Batch.objects.exists()


@pytest.mark.django_db
def test_the_cell_pays_only_what_passes_through_the_pole(purse: Purse) -> None:
    row = purse.paid(purse.firm, purse.coop, 100)
    with pytest.raises(DomainError, match="ne passe ni par le pôle"):
        actions.impute(purse.pole, said(row), Said(level="cell"), by=purse.by)
    actions.impute(purse.pole, said(row), Said(level="project"), by=purse.by)
    assert Line.objects.get(pk=row.pk).level == "project"


@pytest.mark.django_db
def test_the_function_of_a_thing_is_that_of_its_lines_to_come(purse: Purse) -> None:
    row = purse.paid(purse.firm, purse.pole.actor, 100, purpose=purse.coop.pk)
    actions.serve(purse.pole, purse.coop.pk, "communication", version=0, by=purse.by)
    later = purse.paid(purse.firm, purse.pole.actor, 200, purpose=purse.coop.pk)
    projection.refresh(purse.pole)
    found = Line.objects.filter(pk__in=[row.pk, later.pk]).values_list("function", "level")
    assert set(found) == {("communication", "cell")}
    assert projection.rebuild(purse.pole, save=False) == 0
    actions.serve(purse.pole, purse.coop.pk, "", version=1, by=purse.by)
    assert set(Line.objects.values_list("function", flat=True)) == {""}


@pytest.mark.django_db(transaction=True)
def test_two_people_class_the_same_line_at_once() -> None:
    purse = conftest.make()
    row = purse.paid(purse.firm, purse.pole.actor, 100)
    projection.refresh(purse.pole)

    def say(kind: str) -> actions.Outcome:
        return actions.impute(purse.pole, said(row), Said(kind=kind), by=purse.by)

    outcomes = two_connections.at_once(lambda: say("sales"), lambda: say("fees"))
    assert sorted(one.done for one in outcomes) == [0, 1]
    assert sorted(len(one.stale) for one in outcomes) == [0, 1]
    assert Batch.objects.count() == 1
    assert Imputation.objects.get().version == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_open_a_book_that_nobody_classed() -> None:
    purse = conftest.make()
    for cents in range(1, 30):
        purse.paid(purse.firm, purse.pole.actor, cents)

    def read() -> None:
        projection.refresh(purse.pole)

    two_connections.at_once(read, read)
    assert Line.objects.count() == 29
    assert projection.rebuild(purse.pole, save=False) == 0
