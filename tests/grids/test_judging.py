"""A person's word prevails, stays, and is superseded once: the second of two people is told."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from terreau.accounts import personal
from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.common.permissions import Permission
from terreau.common.verdicts import Answer
from terreau.grids import judging, models
from terreau.grids.evaluate import verdict
from terreau.grids.known import Known
from terreau.grids.language import Grid
from terreau.grids.loading import described, version_of
from terreau.grids.store import of_row
from terreau.journal.models import Event, Refusal
from terreau.journal.subjects import merge
from terreau.subjects.models import Subject
from tests.grids.grid_files import checked
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db
ALLOWED = Permission(ok=True)
TODAY = date(2026, 11, 21)


def published() -> Grid:
    found = checked()
    assert found.grid is not None
    row = models.Grid.objects.create(code="essai", public=True, **described(found.grid))
    version = version_of(found, row, state="published", published_at=timezone.now())
    version.save()
    return of_row(version)


@pytest.fixture
def grid() -> Grid:
    return published()


@pytest.fixture
def pole() -> Subject:
    return Subject.objects.create(kind=Subject.Kind.POLE)


def person(name: str = "ada") -> User:
    return User.objects.create_user(f"{name}@example.org", name=name.capitalize())


def say(subject: Subject, grid: Grid, answer: Answer | None, **given: object) -> models.Judgement:
    words = {"reason": "Vu sur place.", "may": ALLOWED, "on": None, **given}
    return judging.judge(subject, grid, "durable", answer, **words)  # type: ignore[arg-type]


def test_a_judgement_prevails_and_keeps_who_when_and_why(pole: Subject, grid: Grid) -> None:
    ada = person()
    row = say(pole, grid, Answer.YES, by=ada, quality="moderation")
    said = judging.said_of(pole, grid, on=timezone.localdate())
    judged = said.judgements["durable"]
    assert (judged.answer, judged.reason, judged.by_name, judged.quality) == (
        Answer.YES,
        "Vu sur place.",
        "Ada",
        "moderation",
    )
    assert said.last_judgements == {"durable": row.pk}
    found = verdict(grid, {}, on=timezone.localdate(), judgements=said.judgements).by_code["durable"]
    assert found.answer == Answer.YES
    event = Event.objects.get(verb="grid.judged")
    assert event.data["criterion"] == "durable"
    assert event.data["answer"] == "oui"
    assert "Vu sur place." not in str(event.data)


def test_a_later_word_supersedes_the_one_before_which_stays(pole: Subject, grid: Grid) -> None:
    ada = person()
    first = say(pole, grid, Answer.YES, by=ada)
    second = say(pole, grid, Answer.NO, by=ada, base=first.pk)
    assert second.supersedes_id == first.pk
    assert models.Judgement.objects.count() == 2
    assert judging.said_of(pole, grid, on=timezone.localdate()).judgements["durable"].answer == Answer.NO


def test_a_word_holds_from_its_day(pole: Subject, grid: Grid) -> None:
    ada = person()
    old = say(pole, grid, Answer.YES, by=ada, on=date(2020, 1, 1))
    say(pole, grid, Answer.NO, by=ada, on=date(2024, 1, 1), base=old.pk)

    def on(day: date) -> Answer | None:
        found = judging.said_of(pole, grid, on=day).judgements.get("durable")
        return found.answer if found else None

    assert [on(date(2019, 12, 31)), on(date(2020, 1, 1)), on(date(2023, 12, 31)), on(TODAY)] == [
        None,
        Answer.YES,
        Answer.YES,
        Answer.NO,
    ]


def test_a_word_is_known_since_it_was_said(pole: Subject, grid: Grid) -> None:
    before = timezone.now() - timedelta(seconds=1)
    say(pole, grid, Answer.YES, by=person())
    assert judging.said_of(pole, grid, on=TODAY + timedelta(days=9999), known_at=before).judgements == {}


def test_a_word_is_taken_back(pole: Subject, grid: Grid) -> None:
    ada = person()
    first = say(pole, grid, Answer.YES, by=ada)
    back = say(pole, grid, None, by=ada, base=first.pk, reason="Je me suis trompée.")
    said = judging.said_of(pole, grid, on=timezone.localdate())
    assert said.judgements == {}
    assert said.last_judgements == {"durable": back.pk}


def test_opinions_are_shown_beside_and_decide_nothing(pole: Subject, grid: Grid) -> None:
    ada, bob = person(), person("bob")
    first = say(pole, grid, Answer.YES, by=ada, decides=False)
    say(pole, grid, Answer.NO, by=bob, decides=False)
    assert judging.last_opinion(pole, grid, "durable", ada) == first.pk
    say(pole, grid, Answer.TO_CHECK, by=ada, decides=False, base=first.pk)
    said = judging.said_of(pole, grid, on=timezone.localdate())
    assert said.judgements == {}
    assert {one.by_name: one.answer for one in said.opinions["durable"]} == {
        "Ada": Answer.TO_CHECK,
        "Bob": Answer.NO,
    }


def test_an_exclusion_is_lifted_with_its_reason_and_put_back(pole: Subject, grid: Grid) -> None:
    ada = person()
    frame = {"functions": Known("functions", frozenset({"consular_chamber"}))}
    row = judging.lift(pole, grid, "chambre", reason="Elle anime le pôle.", by=ada, may=ALLOWED)
    said = judging.said_of(pole, grid, on=timezone.localdate())
    found = verdict(grid, frame, on=timezone.localdate(), lifts=said.lifts).by_code["chambre"]
    assert (found.answer, found.computed) == (Answer.NO, Answer.YES)
    assert found.lifted is not None
    assert found.lifted.by_name == "Ada"
    assert "Elle anime le pôle." in found.reasons[0].text["fr"]
    judging.lift(
        pole,
        grid,
        "chambre",
        reason="Fin.",
        by=ada,
        may=ALLOWED,
        lifted=False,
        base=said.last_lifts["chambre"],
    )
    after = judging.said_of(pole, grid, on=timezone.localdate())
    assert after.lifts == {}
    assert models.Lift.objects.get(pk=row.pk).reason == "Elle anime le pôle."
    assert set(Event.objects.values_list("verb", flat=True)) == {"grid.lifted", "grid.lift_ended"}


def test_who_may_not_is_refused_and_counted(pole: Subject, grid: Grid) -> None:
    ada = person()
    with pytest.raises(RefusedError, match="Réservé"):
        say(pole, grid, Answer.YES, by=ada, may=Permission(ok=False, reason="Réservé."))
    assert Refusal.objects.get().verb == "grid.judge"
    assert not models.Judgement.objects.exists()


@pytest.mark.parametrize(
    ("criterion", "reason", "code"),
    [
        ("inconnu", "Vu.", "unknown_criterion"),
        ("note", "Vu.", "not_judged"),
        ("durable", "  ", "reason_missing"),
        ("durable", "x" * 2_001, "reason_too_long"),
    ],
)
def test_what_cannot_be_judged_is_told(
    pole: Subject, grid: Grid, criterion: str, reason: str, code: str
) -> None:
    with pytest.raises(DomainError) as caught:
        judging.judge(pole, grid, criterion, Answer.YES, reason=reason, by=person(), may=ALLOWED)
    assert caught.value.code == code


def test_only_an_exclusion_is_lifted_and_no_day_to_come_is_judged(pole: Subject, grid: Grid) -> None:
    ada = person()
    with pytest.raises(DomainError) as caught:
        judging.lift(pole, grid, "durable", reason="Non.", by=ada, may=ALLOWED)
    assert caught.value.code == "not_an_exclusion"
    with pytest.raises(DomainError) as caught:
        say(pole, grid, Answer.YES, by=ada, on=timezone.localdate() + timedelta(days=1))
    assert caught.value.code == "future_day"


def test_a_draft_is_not_judged(pole: Subject) -> None:
    found = checked()
    row = models.Grid.objects.create(code="essai", **described(found.grid))  # type: ignore[arg-type]
    draft = version_of(found, row)
    draft.save()
    with pytest.raises(NotFoundError):
        say(pole, of_row(draft), Answer.YES, by=person())


def test_the_database_keeps_every_word(pole: Subject, grid: Grid) -> None:
    row = say(pole, grid, Answer.YES, by=person())
    for change in (
        lambda: models.Judgement.objects.filter(pk=row.pk).update(answer="non"),
        lambda: models.Judgement.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_the_word_that_was_not_read_is_told(pole: Subject, grid: Grid) -> None:
    first = say(pole, grid, Answer.YES, by=person())
    for base in (None, uuid4()):
        with pytest.raises(StaleWriteError) as caught:
            say(pole, grid, Answer.NO, by=User.objects.get(), base=base)
        assert caught.value.facts["theirs"]["id"] == str(first.pk)


def test_words_follow_a_merge_and_come_back(pole: Subject, grid: Grid) -> None:
    other, ada = Subject.objects.create(kind=Subject.Kind.POLE), person()
    say(other, grid, Answer.YES, by=ada)
    merge(other, pole, by=ada, reason="Le même.")
    said = judging.said_of(pole, grid, on=timezone.localdate())
    assert said.judgements["durable"].answer == Answer.YES
    assert said.last_judgements == {}
    say(pole, grid, Answer.NO, by=ada)
    assert judging.said_of(pole, grid, on=timezone.localdate()).judgements["durable"].answer == Answer.NO


def test_many_are_read_in_a_constant_number_of_queries(
    grid: Grid, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    ada = person()
    poles = [Subject.objects.create(kind=Subject.Kind.POLE) for _ in range(5)]
    for one in poles:
        say(one, grid, Answer.YES, by=ada)
    with django_assert_num_queries(3):  # type: ignore[operator]
        found = judging.said_of_many([one.pk for one in poles], [grid], on=timezone.localdate())
    assert len(found) == 5


def test_what_a_person_said_is_theirs_and_stays_when_they_leave(pole: Subject, grid: Grid) -> None:
    ada = person()
    say(pole, grid, Answer.YES, by=ada)
    (held,) = personal.exported(ada)["grilles"]["jugements"]
    assert held["reason"] == "Vu sur place."
    personal.erase(ada)
    said = judging.said_of(pole, grid, on=timezone.localdate()).judgements["durable"]
    assert (said.reason, said.by_name) == ("Vu sur place.", "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("superseding", [False, True])
def test_two_people_judge_at_once_and_the_second_is_told(superseding: bool) -> None:
    grid, pole = published(), Subject.objects.create(kind=Subject.Kind.POLE)
    ada, bob = person(), person("bob")
    base = say(pole, grid, Answer.TO_CHECK, by=ada).pk if superseding else None
    found = at_once(
        lambda: say(pole, grid, Answer.YES, by=ada, base=base),
        lambda: say(pole, grid, Answer.NO, by=bob, base=base),
    )
    told = [one for one in found if isinstance(one, StaleWriteError)]
    kept = [one for one in found if isinstance(one, models.Judgement)]
    assert (len(told), len(kept)) == (1, 1), found
    assert told[0].facts["theirs"]["id"] == str(kept[0].pk)
    assert models.Judgement.objects.count() == 1 + superseding
