"""Once a year each pole is asked what is still true."""

import json
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.census import confirmations
from terreau.census.confirmations import CHANGED, STILL, UNKNOWN, Answer
from terreau.census.models import Confirmation
from terreau.common.errors import DomainError
from terreau.facts import actions as facts
from terreau.facts.models import CurrentFact, Fact
from terreau.jobs.models import Job
from terreau.jobs.work import start
from terreau.journal.models import Event, Refusal
from terreau.notices.models import Notice
from terreau.pieces.actions import source
from terreau.poles.actions import register_pole
from terreau.poles.models import Pole
from terreau.sheets.poles import pole_sheet
from terreau.subjects.models import Subject
from tests.people import People
from tests.two_connections import at_once

JOBS = "pole.jobs"


@pytest.fixture
def pole(people: People) -> Pole:
    """Pole A, known for two years."""
    Subject.objects.filter(pk=people.pole_actor.pk).update(created_at=timezone.now() - timedelta(days=800))
    return Pole.objects.select_related("actor__subject", "actor__source").get(pk=people.pole_actor.pk)


def key_of(pole: Pole, code: str) -> str:
    return next(item.key for item in confirmations.items(pole) if item.code == code)


def test_who_is_asked(pole: Pole, people: People) -> None:
    today = timezone.localdate()
    assert list(confirmations.to_ask(today)) == [pole]
    assert confirmations.due()
    assert confirmations.ask_all(today) == {"asked": 1, "reminded": 0}
    assert confirmations.ask_all(today) == {"asked": 0, "reminded": 0}
    assert not confirmations.due()
    (notice,) = Notice.objects.filter(kind="confirmation")
    assert (notice.to, notice.path) == (people.animator, f"/poles/{pole.slug}/confirmer/")


@pytest.mark.parametrize("why", ["confirmed", "young", "closed", "nobody", "fictional"])
def test_who_is_not_asked(pole: Pole, people: People, why: str) -> None:
    today = timezone.localdate()
    if why == "confirmed":
        Pole.objects.filter(pk=pole.pk).update(last_confirmed_on=today - timedelta(days=300))
    elif why == "young":
        Subject.objects.filter(pk=pole.pk).update(created_at=timezone.now() - timedelta(days=100))
    elif why == "closed":
        Subject.objects.filter(pk=pole.pk).update(closed_at=timezone.now(), closing_reason="fin")
    elif why == "fictional":
        Pole.objects.filter(pk=pole.pk).update(fictional=True)
    else:
        for row in people.pole_actor.belongings.all():
            belonging.end(row, by=row.user)
    assert not confirmations.to_ask(today).exists()


def test_two_reminders_then_the_moderators_see_it(pole: Pole) -> None:
    day = timezone.localdate()
    confirmations.ask_all(day)
    reminded = []
    for later in range(1, 60):
        if confirmations.ask_all(day + timedelta(days=later))["reminded"]:
            reminded.append(later)
    assert reminded == [14, 28]
    assert Notice.objects.filter(kind="confirmation").count() == 3


def test_what_is_asked_may_change(pole: Pole) -> None:
    codes = {item.code for item in confirmations.items(pole)}
    keys = {item.key for item in confirmations.items(pole)}
    assert JOBS in codes
    assert "name" in keys
    assert not {"pole.origin", "pole.founded_on", "pole.created"} & codes
    assert "perimeter" in keys


def test_still_true_is_a_new_statement_beside_the_one_it_confirms(pole: Pole, people: People) -> None:
    before = CurrentFact.objects.get(subject=pole.pk, code=JOBS).fact
    known = list(Fact.objects.filter(subject=pole.pk, code=JOBS).values_list("pk", flat=True))
    confirmations.answer(pole, {JOBS: Answer(STILL)}, by=people.animator, on=date(2026, 11, 21))
    before.refresh_from_db()
    assert before.superseded_at is None
    new = Fact.objects.exclude(pk__in=known).select_related("source").get(subject=pole.pk, code=JOBS)
    assert (new.number, new.qualifier, new.unit) == (before.number, before.qualifier, before.unit)
    assert (str(new.valid_from), new.source.document) == ("2026-01-01", "Déclaration du 21 novembre 2026")
    assert new.source.kind == "declaration"
    held = next(fact for fact in pole_sheet(pole.slug).facts if fact.code == JOBS)
    assert held.on == "2026"
    assert not held.contested


def test_a_pole_confirmed_is_no_longer_old(pole: Pole, people: People) -> None:
    assert pole_sheet(pole.slug).old
    confirmations.answer(pole, {"name": Answer(STILL)}, by=people.animator)
    assert pole_sheet(pole.slug).old is None
    assert Event.objects.filter(subject=pole.pk, verb="pole.confirmed").count() == 1


def test_what_changed_is_written_and_the_rest_stays_unknown(pole: Pole, people: People) -> None:
    confirmations.ask_all(timezone.localdate())
    answers = {JOBS: Answer(CHANGED, "42"), "perimeter": Answer(CHANGED), "name": Answer(UNKNOWN)}
    one = confirmations.answer(pole, answers, by=people.member)
    assert Fact.objects.filter(subject=pole.pk, code=JOBS, number=42).exists()
    kept = {item["field"]: item["answer"] for item in one.items}
    assert (kept[JOBS], kept["perimeter"], kept["name"]) == (CHANGED, CHANGED, UNKNOWN)
    assert Confirmation.objects.count() == 1
    assert confirmations.last_answers(pole) == kept


def test_a_declaration_of_another_year_is_kept(pole: Pole, people: People) -> None:
    said = source("declaration", "essai", "Déclaration")
    old = facts.record(pole.actor.subject, JOBS, 10, source=said, valid_from=None, on=_year(2025))
    confirmations.answer(pole, {JOBS: Answer(CHANGED, "12")}, by=people.animator, on=date(2026, 5, 1))
    old.refresh_from_db()
    assert old.superseded_at is None
    confirmations.answer(pole, {JOBS: Answer(CHANGED, "13")}, by=people.animator, on=date(2026, 6, 1))
    assert not Fact.objects.filter(code=JOBS, number=12, superseded_at=None, subject=pole.pk).exists()


def _year(year: int) -> Any:
    from terreau.common.periods import PartialDate

    return PartialDate.parse(year)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({}, "nothing_said"),
        ({"name": Answer(UNKNOWN)}, "nothing_said"),
        ({"pole.rien": Answer(STILL)}, "unknown_item"),
        ({JOBS: Answer(CHANGED, "beaucoup")}, "not_a_number"),
    ],
)
def test_bad_answers_say_why_and_write_nothing(
    pole: Pole, people: People, answers: dict[str, Answer], code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        confirmations.answer(pole, answers, by=people.animator)
    assert refused.value.code == code
    assert not Confirmation.objects.exists()
    assert not Event.objects.filter(verb="pole.confirmed").exists()


def typed(pole: Pole, **more: str) -> dict[str, str]:
    return {f"k{i}": item.key for i, item in enumerate(confirmations.items(pole))} | more


def test_the_page_one_line_or_all_at_once(pole: Pole, people: People, client: Client) -> None:
    path = f"/poles/{pole.slug}/confirmer/"
    people.sign_in(client, people.animator)
    assert "environ 70" in client.get(path).content.decode()
    assert client.post(path, typed(pole)).status_code == 422
    at = next(i for i, item in enumerate(confirmations.items(pole)) if item.code == JOBS)
    wrong = client.post(path, typed(pole, **{f"a{at}": "true", f"n{at}": "12"}))
    assert wrong.status_code == 422
    assert "choisissez « changé »" in wrong.content.decode()
    wrong = client.post(path, typed(pole, **{f"a{at}": "changed", f"n{at}": "beaucoup"}))
    assert wrong.status_code == 422
    assert "pas un nombre" in wrong.content.decode()
    assert client.post(path, typed(pole, **{f"n{at}": "12"})).status_code == 302
    assert Fact.objects.filter(subject=pole.pk, code=JOBS, number=12).exists()
    pole.refresh_from_db()
    assert client.post(path, typed(pole, tout="1")).status_code == 302
    row = Confirmation.objects.order_by("-answered_at")[0]
    assert {item["answer"] for item in row.items} == {STILL}


def test_a_sheet_that_moved_is_not_confirmed_unseen(pole: Pole, people: People, client: Client) -> None:
    people.sign_in(client, people.animator)
    seen = typed(pole, tout="1") | {"k0": "pole.service:00000000-0000-0000-0000-000000000000"}
    assert client.post(f"/poles/{pole.slug}/confirmer/", seen).status_code == 409


def test_a_stranger_gets_404_and_a_reader_403_that_is_counted(
    pole: Pole, people: People, client: Client
) -> None:
    path = f"/poles/{pole.slug}/confirmer/"
    assert client.get(path).status_code == 404
    assert client.get("/poles/nulle-part/confirmer/").status_code == 404
    people.sign_in(client, people.stranger)
    assert client.get(path).status_code == 403
    assert client.post(path, {}).status_code == 403
    assert Refusal.objects.get(verb="pole.confirm").count == 2
    people.sign_in(client, people.moderator)
    assert client.get(path).status_code == 200


def test_the_command_shows_then_writes(pole: Pole) -> None:
    out = StringIO()
    call_command("census_ask_confirmations", stdout=out)
    assert pole.slug in out.getvalue()
    assert not Confirmation.objects.exists()
    out = StringIO()
    call_command("census_ask_confirmations", "--save", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"saved": True, "asked": 1, "reminded": 0}
    assert Confirmation.objects.count() == 1


def test_the_worker_does_it_when_it_is_due(pole: Pole) -> None:
    job = start("census.confirmations", by=None)
    assert Job.objects.get(pk=job.pk).report == {"asked": 1, "reminded": 0}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_is_told() -> None:
    users = [User.objects.create_user(f"{name}@people.example.org") for name in "ab"]
    pole = register_pole("Pôle d'essai", carrier=None, codes=[], cog_year=2026, by=users[0])

    def answer(user: User) -> Any:
        mine = Pole.objects.select_related("actor__subject", "actor__source").get(pk=pole.pk)
        return confirmations.answer(mine, {"name": Answer(STILL)}, by=user)

    results = at_once(*(lambda user=user: answer(user) for user in users))
    refused = [one for one in results if isinstance(one, Exception)]
    assert [getattr(one, "code", one) for one in refused] == ["confirmed_already"]
    assert Confirmation.objects.count() == 1
