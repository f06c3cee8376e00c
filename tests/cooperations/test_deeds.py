"""Cooperations begin, change level, are joined, left and ended; nothing is lost."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from terreau.common.errors import DomainError, StaleWriteError
from terreau.cooperations import deeds, words
from terreau.cooperations.models import Cooperation, Level, Party
from terreau.cooperations.network import fabric, web_on
from terreau.journal.models import Event
from tests.cooperations.conftest import Bench, make
from tests.two_connections import at_once


def test_a_cooperation_takes_the_form_that_its_object_is_listed_under(bench: Bench) -> None:
    assert bench.begin(0, 1, object="shared_jobs").form == "structured_means"
    assert bench.begin(0, 1, object="shared_jobs", form="projects").form == "projects"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"title": " "}, "no_title"),
        ({"object": "treasury"}, "no_form"),
        ({"object": "nothing"}, "unknown_object"),
        ({"level": "heroic"}, "unknown_level"),
        ({"since": "2999"}, "to_come"),
    ],
)
def test_what_cannot_be_written_says_why(bench: Bench, values: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as refused:
        bench.begin(0, 1, **values)
    assert refused.value.code == code
    assert not Cooperation.objects.exists()


def test_it_takes_two(bench: Bench) -> None:
    with pytest.raises(DomainError, match="deux"):
        bench.begin(0, 0)


def test_a_level_is_added_never_changed(bench: Bench) -> None:
    row = bench.begin(0, 1, level="information")
    deeds.move(row, "shared", on=date(2022, 3, 1), reason="Convention", today=bench.today, by=bench.by)
    assert [deeds.level_on(row, day) for day in (date(2021, 1, 1), date(2022, 3, 1))] == [
        "information",
        "shared",
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Level.objects.filter(cooperation=row).update(level="complete")
    verbs = list(Event.objects.filter(subject=row.subject).order_by("seq").values_list("verb", flat=True))
    assert verbs == ["cooperation.begun", "cooperation.level_moved"]


@pytest.mark.parametrize(
    ("level", "on", "reason", "code"),
    [
        ("shared", date(2021, 1, 1), " ", "reason_needed"),
        ("shared", date(2999, 1, 1), "x", "to_come"),
        ("shared", date(2019, 1, 1), "x", "before"),
        ("information", date(2021, 1, 1), "x", "same_level"),
        ("nothing", date(2021, 1, 1), "x", "unknown_level"),
    ],
)
def test_a_level_that_cannot_be_says_why(bench: Bench, level: str, on: date, reason: str, code: str) -> None:
    row = bench.begin(0, 1)
    with pytest.raises(DomainError) as refused:
        deeds.move(row, level, on=on, reason=reason, today=bench.today, by=bench.by)
    assert refused.value.code == code


def test_who_leaves_stays_in_the_past(bench: Bench) -> None:
    row = bench.begin(0, 1, 2)
    party = Party.objects.get(cooperation=row, actor=bench.actors[2])
    deeds.leave(party, on=date(2023, 1, 1), by=bench.by)
    found = fabric(bench.pole)
    before, after = web_on(found, date(2022, 12, 31)), web_on(found, date(2023, 1, 1))
    assert (len(before.links), len(after.links)) == (3, 1)
    left = Party.objects.get(cooperation=row, actor=bench.actors[1])
    with pytest.raises(DomainError) as refused:
        deeds.leave(left, on=date(2023, 1, 1), by=bench.by)
    assert refused.value.code == "too_few"


def test_one_joins_once(bench: Bench) -> None:
    row = bench.begin(0, 1)
    deeds.join(row, bench.actors[2], role="supports", on=date(2021, 1, 1), by=bench.by)
    with pytest.raises(DomainError) as refused:
        deeds.join(row, bench.actors[2], role="leads", on=date(2022, 1, 1), by=bench.by)
    assert refused.value.code == "party_known"


def test_an_end_has_a_day_and_a_reason_and_may_be_taken_back(bench: Bench) -> None:
    row = bench.begin(0, 1)
    with pytest.raises(DomainError, match="pourquoi"):
        deeds.end(row, on=bench.today, reason="", today=bench.today, by=bench.by)
    deeds.end(row, on=date(2024, 1, 1), reason="Terminé", today=bench.today, by=bench.by)
    assert web_on(fabric(bench.pole), bench.today).links == {}
    with pytest.raises(DomainError) as refused:
        deeds.move(row, "shared", on=date(2024, 6, 1), reason="x", today=bench.today, by=bench.by)
    assert refused.value.code == "after"
    deeds.reopen(row, by=bench.by)
    assert len(web_on(fabric(bench.pole), bench.today).links) == 1


def test_a_beginning_made_earlier_takes_its_level_with_it(bench: Bench) -> None:
    row = bench.begin(0, 1, level="shared", since="2022")
    base = {"valid_from": row.valid_from}
    deeds.change(row, base=base, mine={"valid_from": date(2020, 5, 1)}, today=bench.today, by=bench.by)
    assert deeds.level_on(row, date(2020, 6, 1)) == "shared"


def test_two_who_change_the_same_field_are_both_told(bench: Bench) -> None:
    row = bench.begin(0, 1)
    base = {"title": "Atelier", "text": ""}
    deeds.change(row, base=base, mine={**base, "title": "Le grand atelier"}, today=bench.today, by=bench.by)
    with pytest.raises(StaleWriteError) as stale:
        deeds.change(row, base=base, mine={**base, "title": "Mon atelier"}, today=bench.today, by=bench.by)
    assert stale.value.facts["conflicts"]["title"]["theirs"] == "Le grand atelier"
    # Another field merges by itself.
    saved = deeds.change(row, base=base, mine={**base, "text": "Deux scies"}, today=bench.today, by=bench.by)
    assert (saved.title, saved.text) == ("Le grand atelier", "Deux scies")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_raise_the_level_at_once_one_is_told() -> None:
    bench = make(2)
    row = bench.begin(0, 1)

    def raise_it() -> Level:
        return deeds.move(row, "shared", on=bench.today, reason="Convention", today=bench.today, by=bench.by)

    said = at_once(raise_it, raise_it)
    refused = [one for one in said if isinstance(one, DomainError)]
    assert [one.code for one in refused] == ["same_level"]
    assert Level.objects.filter(cooperation=row, level="shared").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_end_it_at_once_one_is_told() -> None:
    bench = make(2)
    row = bench.begin(0, 1)

    def end_it() -> Cooperation:
        return deeds.end(row, on=bench.today, reason="Fini", today=bench.today, by=bench.by)

    said = at_once(end_it, end_it)
    assert [one.code for one in said if isinstance(one, DomainError)] == ["ended"]


def test_a_merged_member_is_drawn_once(bench: Bench) -> None:
    from terreau.journal.subjects import merge

    bench.begin(0, 1)
    bench.begin(1, 2, title="Autre")
    merge(bench.actors[2].subject, bench.actors[0].subject, by=bench.by, reason="le même")
    web = web_on(fabric(bench.pole), bench.today)
    assert len(web.links) == 1
    assert len(web.members) == 4


def test_levels_are_ordered_and_objects_are_of_known_forms() -> None:
    assert list(words.ranks().values()) == [1, 2, 3, 4, 5]
    groups = {term.group for term in words.objects().values()}
    assert groups == {"means", "structured_means", "strategic", words.FINANCIAL}
