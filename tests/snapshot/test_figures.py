"""What pages read of a snapshot: numbers of poles, medians and public tables, under secrecy."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from terreau.poles.models import Pole
from terreau.publication import releases
from terreau.publication.models import Release
from terreau.publication.protection import SECRET, SHOWN
from terreau.snapshot import figures, medians, names, public_tables, writing
from terreau.snapshot.counting import Counted, count
from terreau.snapshot.models import Measure, Spread
from terreau.snapshot.work import figures as work
from tests.snapshot.conftest import Country

NOW = datetime(2026, 2, 1, 4, tzinfo=UTC)
BUDGET = "cell_budget"


def place(number: int, **said: Any) -> dict[str, Any]:
    known = {"stage": "creation", "sector": "", "region": "53", "department": "", "fictional": False}
    return {"pole": f"00000000-0000-7000-8000-{number:012}", **known, **said}


def world(values: dict[int, int], **said: dict[int, dict[str, Any]]) -> Counted:
    """Poles by number with their budget of 2025; ``at`` says where some are."""
    at = said.get("at", {})
    poles = {row["pole"]: row for row in (place(number, **at.get(number, {})) for number in values)}
    measures = [
        {"pole": place(number)["pole"], "year": 2025, "measure": BUDGET, "value": value}
        for number, value in values.items()
    ]
    return Counted(poles, measures, spreads_of(poles, values), [], [])


def spreads_of(poles: dict[str, dict[str, Any]], values: dict[int, int]) -> list[dict[str, Any]]:
    """Do what the indicator does, for the whole and for regions."""
    groups: dict[tuple[bool, str], list[int]] = {}
    for number, value in values.items():
        row = poles[place(number)["pole"]]
        for region in {"", row["region"]}:
            groups.setdefault((row["fictional"], region), []).append(value)
    return [
        {
            "fictional": fictional, "year": 2025, "measure": BUDGET, "stage": "", "sector": "",
            "department": "", "region": region, "poles": len(found),
            "first_quartile": sorted(found)[len(found) // 4],
            "median": sorted(found)[len(found) // 2], "third_quartile": sorted(found)[3 * len(found) // 4],
        }
        for (fictional, region), found in groups.items()
    ]  # fmt: skip


def publish(counted: Counted, at: datetime = NOW) -> int:
    rule = figures.policies.policy("poles", at.date())
    assert rule is not None
    return medians.write(counted, rule, at, beat=lambda: None)


def spread(group: str = "", *, fictional: bool = False) -> Spread:
    return Spread.objects.get(group=group, fictional=fictional, measure=BUDGET)


@pytest.mark.django_db
def test_medians_are_shown_from_eight_poles_and_quartiles_from_sixteen() -> None:
    publish(world({number: number * 1_234_567 for number in range(1, 8)}))
    assert (spread().reason, spread().median, spread().poles) == ("few", None, None)
    publish(world({number: number * 1_234_567 for number in range(1, 9)}), NOW + timedelta(days=1))
    assert (spread().median, spread().first_quartile, spread().poles) == (6_200_000, None, 8)
    publish(world({number: number * 1_234_567 for number in range(1, 17)}), NOW + timedelta(days=2))
    assert (spread().first_quartile, spread().poles) == (6_200_000, 16)


@pytest.mark.django_db
def test_a_median_waits_until_enough_poles_changed() -> None:
    values = {number: number * 1_000_000 for number in range(1, 17)}
    publish(world(values))
    before = spread()
    later = world(values | {1: 99_000_000, 2: 98_000_000})
    assert publish(later, NOW + timedelta(days=1)) == 0
    assert (spread().median, spread().made_at) == (before.median, NOW)
    several = dict.fromkeys(range(1, 5), 99_000_000)
    assert publish(world(values | several), NOW + timedelta(days=2)) == 2
    assert spread().median > (before.median or 0)


@pytest.mark.django_db
def test_what_was_shown_once_guards_what_is_shown_again() -> None:
    """A median hidden for a while comes back only when enough changed since it was last seen."""
    values = {number: number * 1_000_000 for number in range(1, 11)}
    publish(world(values))
    few = {number: values[number] for number in range(1, 6)}
    publish(world(few), NOW + timedelta(days=1))
    assert spread().reason == "few"
    publish(world(values | {1: 77_000_000}), NOW + timedelta(days=2))
    assert spread().reason == "difference"


@pytest.mark.django_db
def test_a_region_that_leaves_one_pole_out_is_not_shown() -> None:
    values = {number: number * 1_000_000 for number in range(1, 13)}
    publish(world(values, at={12: {"region": "84"}}))
    assert spread().reason == ""
    assert spread("region=53").reason == "neighbour"
    assert spread("region=84").reason == "few"


@pytest.mark.django_db
def test_fictional_poles_are_a_world_of_their_own() -> None:
    values = {number: number * 1_000_000 for number in range(1, 21)}
    publish(world(values, at={number: {"fictional": True} for number in range(1, 11)}))
    assert (spread(fictional=True).median, spread().median) == (6_000_000, 16_000_000)


@pytest.mark.django_db
def test_a_group_that_is_no_more_is_forgotten() -> None:
    publish(world({number: number for number in range(1, 9)}))
    publish(Counted({}, [], [], [], []))
    assert not Spread.objects.exists()


# Public tables


def resources(*rows: tuple[int, str, str, int], at: dict[int, dict[str, Any]] | None = None) -> Counted:
    poles = {row["pole"]: row for row in (place(row[0], **(at or {}).get(row[0], {})) for row in rows)}
    made = [
        {"pole": place(number)["pole"], "year": 2025, "kind": kind, "origin": origin, "phase": "",
         "cash_cents": cents}
        for number, kind, origin, cents in rows
    ]  # fmt: skip
    return Counted(poles, [], [], made, [])


@pytest.mark.django_db
def test_resources_are_published_by_type_origin_and_place_under_secrecy() -> None:
    rows = [(number, "subsidies", "public", 100_00 + number) for number in range(1, 7)]
    rows += [(number, "sales", "private", 50_00 + number) for number in range(1, 5)]
    rows.append((1, "capital_loans", "ess", 9_000_00))
    figures.publish(resources(*rows), at=NOW)
    release = Release.objects.get(table=names.resources_table(2025), current=True)
    shown = {
        dict(key).get("kind"): cell
        for key, cell in releases.cells(release)
        if len(key) == 1 and key[0][0] == "kind"
    }
    assert (shown["subsidies"].status, shown["subsidies"].value) == (SHOWN, 600_00 + 21)
    assert (shown["capital_loans"].status, shown["capital_loans"].value) == (SECRET, None)
    assert SECRET in {shown["sales"].status, shown["subsidies"].status} or not any(
        key == () and cell.status == SHOWN for key, cell in releases.cells(release)
    ), "the total may not give the hidden type back"
    assert releases.check(release) == []


@pytest.mark.django_db
def test_what_is_taken_back_is_no_amount_below_zero() -> None:
    counted = resources((1, "sales", "private", -5), (2, "sales", "private", 7), (2, "fees", "ess", 3))
    ((table, rule),) = public_tables.tables(counted, 2026)
    assert rule == "entreprises"
    assert table.figures[()].value == 10
    assert {name for name in table.figures if name == (("kind", "sales"),)}


@pytest.mark.django_db
def test_the_running_year_and_fictional_poles_are_not_published() -> None:
    running = resources((1, "sales", "private", 5))
    assert list(public_tables.tables(running, 2025)) == []
    invented = resources((1, "sales", "private", 5), at={1: {"fictional": True}})
    assert list(public_tables.tables(invented, 2026)) == []


def trade(*rows: tuple[str, int, int]) -> Counted:
    """Rows: seller, pole, cents."""
    poles = {row["pole"]: row for row in (place(number) for _seller, number, _cents in rows)}
    some = resources(*((number, "sales", "ess", 1) for _seller, number, _cents in rows))
    sold = [
        {"pole": place(number)["pole"], "year": 2025, "seller": seller, "trade_cents": cents,
         "attributable_cents": cents, "unsaid_cents": 0}
        for seller, number, cents in rows
    ]  # fmt: skip
    return Counted(poles, [], [], some.resources, sold)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([("a", 1, 10), ("b", 1, 12)], SECRET),
        ([("a", 1, 1_000), ("b", 1, 1), ("c", 2, 1)], SECRET),
        ([("a", 1, 10), ("b", 1, 12), ("c", 2, 11), ("d", 2, 9)], SHOWN),
    ],
)
def test_trade_of_too_few_sellers_or_of_one_large_is_secret(
    rows: list[tuple[str, int, int]], status: str
) -> None:
    figures.publish(trade(*rows), at=NOW)
    release = Release.objects.filter(table=names.trade_table(2025), current=True).first()
    cells = dict(releases.cells(release)) if release else {}
    assert cells[()].status == status if cells else status == SECRET


# From the ledgers to the pages


def test_the_worker_goes_from_ledgers_to_figures(country: Country) -> None:
    poles = [country.pole(number) for number in range(9)]
    for number, pole in enumerate(poles, start=1):
        country.paid(pole, number * 100_000_00)
        country.spent(pole, number * 50_000_00)
    counted = count(writing.take())
    report = figures.publish(counted, at=NOW)
    assert report["measures"] == 27
    assert set(Measure.objects.filter(pole=poles[0]).values_list("code", "value")) == {
        ("cell_budget", 50_000_00), ("resources", 100_000_00), ("public_share", 10_000),
    }  # fmt: skip
    assert spread().median == 250_000_00
    assert figures.publish(counted, at=NOW + timedelta(hours=1))["measures"] == 0
    country.spent(poles[0], 1_00)
    assert figures.publish(count(writing.take()), at=NOW + timedelta(hours=2))["measures"] == 1
    assert Measure.objects.get(pole=poles[0], code=BUDGET).value == 50_001_00


def test_the_work_is_a_job(country: Country) -> None:
    from terreau.jobs.models import Job
    from terreau.jobs.work import start

    country.paid(country.pole(1), 1_00)
    job = start("snapshot.figures", by=None)
    assert (job.state, job.error) == (Job.State.DONE, "")
    assert job.report["lines"] == 1
    assert Pole.objects.get(slug="pole-1").measures.count() == 2
    assert callable(work)
