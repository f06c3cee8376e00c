"""Facts are recorded, contradicted, corrected and withdrawn; what is held follows."""

from datetime import date
from decimal import Decimal

import pytest

from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.periods import PartialDate
from terreau.facts import catalogue, read
from terreau.facts.actions import NewFact, digest_of, record, record_many, withdraw
from terreau.facts.models import CurrentFact, Fact
from terreau.journal.models import Event
from terreau.journal.verification import verify
from terreau.pieces.actions import source
from terreau.pieces.models import Source
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

pytestmark = pytest.mark.django_db
MEMBERS, BUDGET = "pole.members", "pole.turnover"


@pytest.fixture
def pole() -> Subject:
    return subjects.create("pole", public=True)


@pytest.fixture
def seed() -> Source:
    return source("seed", "S3", "Étude de 2014", "§2 la gouvernance")


@pytest.fixture
def page() -> Source:
    return source("page", "archer.fr", "Groupe Archer", url="https://archer.fr")


def year(value: int) -> PartialDate:
    return PartialDate.parse(value)


def test_a_fact_is_held_with_its_source_and_its_event(pole: Subject, seed: Source) -> None:
    record(pole, MEMBERS, 100, source=seed, on=year(2014), qualifier="more_than")
    [view] = read.facts_of(pole, lang="fr")
    assert (view.display, view.period, view.on) == ("plus de 100\u00a0structures", "en 2014", "2014")
    assert view.source.as_dict() == {"document": "Étude de 2014", "section": "§2 la gouvernance", "url": ""}
    assert (view.status, view.plain, view.contested) == ("declare", 100, False)
    assert [event.verb for event in Event.objects.filter(subject=pole)] == ["fact.recorded"]
    assert verify() == []


def test_two_sources_that_disagree_both_stay(pole: Subject, seed: Source, page: Source) -> None:
    record(pole, MEMBERS, 8, source=seed, on=year(2014))
    record(pole, MEMBERS, 12, source=page, on=year(2014))
    [view] = read.facts_of(pole, lang="fr")
    assert view.plain == 12, "same trust, same year: the latest recorded is shown first"
    assert [(other.plain, other.source.document) for other in view.contradicted_by] == [(8, "Étude de 2014")]
    current = CurrentFact.objects.get(subject=pole)
    assert current.contested
    assert current.number == 12


def test_a_surer_status_is_held_whatever_its_date(pole: Subject, seed: Source, page: Source) -> None:
    record(pole, MEMBERS, 8, source=seed, on=year(2014), status="verifie")
    record(pole, MEMBERS, 12, source=page, on=year(2020))
    [view] = read.facts_of(pole, lang="fr")
    assert (view.plain, view.contested) == (8, False)
    assert [(one.plain, one.period) for one in view.earlier] == [(12, "en 2020")]


def test_a_code_with_many_values_holds_each_once(pole: Subject, seed: Source, page: Source) -> None:
    one, two, *_rest = catalogue.load().vocabulary("sector").terms
    for cited, sector in ((seed, one), (page, one), (seed, two)):
        record(pole, "pole.sector", sector, source=cited)
    assert CurrentFact.objects.filter(subject=pole).count() == 2
    assert not CurrentFact.objects.filter(contested=True).exists()
    assert [row.rank for row in CurrentFact.objects.filter(subject=pole)] == [0, 1]


def test_a_correction_replaces_and_only_one_is_taken(pole: Subject, seed: Source) -> None:
    wrong = record(pole, MEMBERS, 80, source=seed)
    record(pole, MEMBERS, 8, source=seed, supersedes=wrong)
    assert CurrentFact.objects.get(subject=pole).number == 8
    with pytest.raises(DomainError, match="déjà été remplacé") as refused:
        record(pole, MEMBERS, 9, source=seed, supersedes=wrong)
    assert refused.value.status == 409
    assert Fact.objects.count() == 2, "the refused correction left nothing behind"


def test_a_withdrawn_fact_leaves_its_place_to_the_next(pole: Subject, seed: Source, page: Source) -> None:
    record(pole, MEMBERS, 8, source=seed)
    last = record(pole, MEMBERS, 12, source=page)
    withdraw(last, by=None, reason="autre pôle")
    current = CurrentFact.objects.get(subject=pole)
    assert (current.number, current.contested) == (8, False)
    with pytest.raises(DomainError, match="déjà"):
        withdraw(last, by=None, reason="encore")
    with pytest.raises(DomainError, match="pourquoi"):
        withdraw(last, by=None, reason=" ")


def test_a_batch_is_written_once(pole: Subject, seed: Source) -> None:
    batch = [
        NewFact(subject=pole, code=MEMBERS, value=8, source=seed, on=year(2014)),
        NewFact(subject=pole, code=MEMBERS, value=8, source=seed, on=year(2014)),
        NewFact(subject=pole, code=BUDGET, value=1_800_000, source=seed),
    ]
    first = record_many(batch, skip_known=True)
    assert len(first) == 2
    assert record_many(batch, skip_known=True) == []
    assert CurrentFact.objects.count() == 2
    assert digest_of(first) == digest_of(Fact.objects.order_by("-code"))


def test_a_batch_with_one_mistake_writes_nothing(pole: Subject, seed: Source) -> None:
    batch = [NewFact(subject=pole, code=MEMBERS, value=value, source=seed) for value in (8, "beaucoup")]
    with pytest.raises(DomainError, match="nombre"):
        record_many(batch)
    assert not Fact.objects.exists()


@pytest.mark.parametrize(
    ("code", "value", "extra", "error"),
    [
        ("pole.nothing", 1, {}, "unknown_fact_code"),
        (MEMBERS, "huit", {}, "bad_value"),
        (MEMBERS, True, {}, "bad_value"),
        (MEMBERS, Decimal("NaN"), {}, "bad_value"),
        (MEMBERS, Decimal("1.23456"), {}, "bad_value"),
        (MEMBERS, 8, {"unit": "ha"}, "bad_unit"),
        (MEMBERS, 8, {"unit": "parsecs"}, "bad_unit"),
        (MEMBERS, 8, {"qualifier": "peut-être"}, "bad_qualifier"),
        (MEMBERS, 8, {"status": "sûr"}, "bad_status"),
        (MEMBERS, {"min": 9, "max": 8}, {}, "bad_range"),
        (BUDGET, "1.005", {}, "bad_value"),
        ("pole.sector", "chaussettes", {}, "unknown_term"),
        (MEMBERS, 8, {"on": year(2014), "valid_from": year(2013)}, "two_periods"),
        (MEMBERS, 8, {"valid_from": year(2014), "valid_to": year(2013)}, "bad_period"),
    ],
)
def test_nonsense_is_refused_with_its_reason(
    pole: Subject, seed: Source, code: str, value: object, extra: dict[str, object], error: str
) -> None:
    with pytest.raises(DomainError) as refused:
        record(pole, code, value, source=seed, **extra)  # type: ignore[arg-type]
    assert refused.value.code == error
    assert not Fact.objects.exists()
    assert not Event.objects.exists()


def test_a_fact_of_a_pole_is_not_said_of_a_territory(seed: Source) -> None:
    with pytest.raises(DomainError, match="nature"):
        record(subjects.create("territory"), MEMBERS, 8, source=seed)


def test_a_span_is_said_as_people_say_it(pole: Subject, seed: Source) -> None:
    fact = record(pole, MEMBERS, 8, source=seed, valid_from=year(2010), valid_to=year(2014))
    assert (fact.valid_from, fact.valid_to) == (date(2010, 1, 1), date(2015, 1, 1))
    [french], [english] = read.facts_of(pole, lang="fr"), read.facts_of(pole, lang="en")
    assert (french.period, english.period, french.on) == ("de 2010 à 2014", "2010 to 2014", "2010/2014")


def test_money_is_exact(pole: Subject, seed: Source) -> None:
    record(pole, BUDGET, {"min": 1_800_000, "max": "2000000.50"}, source=seed)
    [view] = read.facts_of(pole, lang="fr")
    assert (view.value, view.value_max) == (Euro(180_000_000), Euro(200_000_050))
    assert view.display == "de 1\u202f800\u202f000\u00a0€ à 2\u202f000\u202f000,50\u00a0€"
    assert view.plain == {"min": 1_800_000, "max": 2_000_000.5}


def test_many_subjects_take_the_same_number_of_queries(
    seed: Source, django_assert_num_queries: object
) -> None:
    poles = [subjects.create("pole") for _ in range(6)]
    record_many(NewFact(subject=one, code=MEMBERS, value=3, source=seed) for one in poles)
    for some in (poles[:1], poles):
        with django_assert_num_queries(2):  # type: ignore[operator]
            assert len(read.facts_of([one.pk for one in some], lang="fr")) == len(some)


def test_facts_of_a_merged_subject_are_read_with_the_winner(pole: Subject, seed: Source) -> None:
    twin = subjects.create("pole")
    record(twin, MEMBERS, 8, source=seed)
    merged = subjects.merge(twin, pole, by=None, reason="le même pôle")
    assert [view.plain for view in read.facts_of(pole, lang="fr")] == [8]
    subjects.unmerge(merged, by=None)
    assert read.facts_of(pole, lang="fr") == []
