"""However it was reached, the projection is what the living facts give."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.facts import catalogue, projections
from terreau.facts.actions import NewFact, rebuild, record, record_many, withdraw
from terreau.facts.models import CurrentFact, Fact
from terreau.facts.projection import all_pairs, differences
from terreau.journal.verification import verify
from terreau.pieces.actions import source
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db
MEMBERS, SECTOR = "pole.members", "pole.sector"


def lines() -> list[tuple[Any, ...]]:
    columns = ["subject", "code", "rank", "fact", "contested", "number", "term", "status", "valid_from"]
    return list(CurrentFact.objects.order_by("subject", "code", "rank").values_list(*columns))


steps = st.lists(
    st.tuples(
        st.sampled_from(["record", "batch", "correct", "withdraw"]),
        st.integers(0, 1),
        st.sampled_from([MEMBERS, SECTOR]),
        st.integers(0, 1),
        st.sampled_from(["declare", "verifie"]),
        st.sampled_from([None, 2014, 2016]),
    ),
    max_size=12,
)


@given(steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_step_by_step_is_the_same_as_rebuilt(story: list[Any]) -> None:
    cited = source("seed", "S3", "Étude")
    terms = list(catalogue.load().vocabulary("sector").terms)
    poles = [subjects.create("pole"), subjects.create("pole")]
    for verb, who, code, value, status, year in story:
        on = PartialDate.parse(year) if year else None
        said = terms[value] if code == SECTOR else value
        living = Fact.objects.filter(subject=poles[who], code=code, superseded_at__isnull=True).first()
        if verb == "withdraw" and living:
            withdraw(living, by=None, reason="erreur")
        elif verb == "batch":
            record_many([NewFact(subject=one, code=code, value=said, source=cited, on=on) for one in poles])
        else:
            replaced = living if verb == "correct" else None
            record(poles[who], code, said, source=cited, status=status, on=on, supersedes=replaced)
    before = lines()
    assert differences(all_pairs()) == []
    assert rebuild() == 0
    CurrentFact.objects.all().delete()
    rebuild()
    assert lines() == before


@pytest.fixture
def pole() -> Subject:
    pole = subjects.create("pole")
    record(pole, MEMBERS, 8, source=source("seed", "S3", "Étude"))
    return pole


@pytest.mark.parametrize("damage", ["value", "removed", "contested", "added"])
def test_damage_is_seen_and_repaired(pole: Subject, damage: str) -> None:
    before = lines()
    if damage == "value":
        CurrentFact.objects.update(number=9)
    elif damage == "removed":
        CurrentFact.objects.all().delete()
    elif damage == "contested":
        CurrentFact.objects.update(contested=True)
    else:
        Fact.objects.update(superseded_at="2026-01-01T00:00:00Z")
    out = StringIO()
    with pytest.raises(CommandError, match="1 écart"):
        call_command("facts_rebuild", "--check", stdout=out)
    assert f"{pole.pk} {MEMBERS}" in out.getvalue()
    call_command("facts_rebuild", stdout=out)
    call_command("facts_rebuild", "--check", stdout=out)
    assert lines() == ([] if damage == "added" else before)


def test_columns_of_upper_rooms_follow_in_the_same_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projections, "_registered", {})
    seen: list[set[Any]] = []
    projections.register("test", [MEMBERS], lambda ids: seen.append(set(ids)) or len(ids))
    one, two, cited = subjects.create("pole"), subjects.create("pole"), source("seed", "S3", "Étude")
    record(one, MEMBERS, 8, source=cited)
    record_many(NewFact(subject=subject, code=MEMBERS, value=9, source=cited) for subject in (one, two))
    record(one, "pole.origin_account", "né d'une friche", source=cited)
    assert seen == [{one.pk}, {one.pk, two.pk}]

    def fail(ids: Any) -> int:
        raise DomainError("no", "non")

    projections.register("test", [MEMBERS], fail)
    with pytest.raises(DomainError):
        record(one, MEMBERS, 10, source=cited)
    assert Fact.objects.filter(number=10).count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_facts_at_the_same_moment() -> None:
    pole, cited = subjects.create("pole"), source("seed", "S3", "Étude")
    for round_ in range(3):
        results = at_once(
            lambda n=round_: record(pole, MEMBERS, 10 + n, source=cited),
            lambda n=round_: record(pole, MEMBERS, 20 + n, source=cited, status="verifie"),
            lambda n=round_: record_many([NewFact(subject=pole, code=MEMBERS, value=30 + n, source=cited)]),
        )
        assert not [result for result in results if isinstance(result, Exception)]
    current = CurrentFact.objects.get(subject=pole)
    assert (current.number, current.contested) == (22, True)
    assert differences(all_pairs()) == []
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_two_corrections_of_one_fact_one_is_told() -> None:
    pole, cited = subjects.create("pole"), source("seed", "S3", "Étude")
    wrong = record(pole, MEMBERS, 8, source=cited)
    results = at_once(
        lambda: record(pole, MEMBERS, 9, source=cited, supersedes=wrong),
        lambda: record(pole, MEMBERS, 10, source=cited, supersedes=wrong),
    )
    assert sorted(type(result).__name__ for result in results) == ["DomainError", "Fact"]
    assert CurrentFact.objects.count() == 1
    assert Fact.objects.filter(superseded_at__isnull=True).count() == 1
    assert differences(all_pairs()) == []
