"""Every page of shared means: who reads it, who is refused, in how many queries."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from terreau.common.money import Euro
from terreau.journal.models import Refusal
from terreau.means import bookings, jobs, premises, splits
from terreau.means.models import Booking, Means, SpaceNeed, Works
from tests.means.conftest import Crew

YEAR = timezone.localdate().year


@pytest.fixture
def full(crew: Crew) -> dict[str, str]:
    """Return the address of one page of each kind, on a yard where something stands in each."""
    yard = crew.yard
    row = bookings.book(yard.hall, yard.member, yard.at(9), yard.at(12), by=crew.member, label="Réunion")
    job = jobs.create(
        yard.pole, yard.owner, title="Comptable", frame="group", since=date(YEAR, 1, 1), person="Zoé R.",
        by=crew.animator,
    )  # fmt: skip
    jobs.plan(
        job, yard.member, minutes_a_month=600, cents_an_hour=2_500, since=date(YEAR, 1, 1), by=crew.animator
    )
    jobs.log(job, yard.member, on=timezone.localdate(), minutes=90, by=crew.lender)
    split = splits.share_cost(
        yard.pole, label="Loyer", cost=Euro(100_01), paid_by=yard.owner, first=date(YEAR, 1, 1),
        last=date(YEAR, 12, 31), key="agreed", agreed={yard.owner.pk: 1, yard.member.pk: 2}, by=crew.animator,
    )  # fmt: skip
    place = bookings.offer(
        yard.pole, yard.owner, name="Atelier", kind="premises", by=crew.animator, surface=10_000
    )
    premises.occupy(place, yard.member, surface=2_500, since=date(YEAR, 1, 1), headcount=2, by=crew.animator)
    premises.plan_works(place, by=crew.animator, title="Toiture", starts_on=date(YEAR, 3, 1), state="planned")
    SpaceNeed.objects.create(pole=yard.pole, actor=yard.member, surface=5_000, note="Clair")
    hall = yard.hall.pk
    return {
        "means": "moyens/",
        "new": "moyens/nouveau/",
        "one": f"moyens/{hall}/?le={timezone.localdate(row.starts_at)}",
        "day": f"moyens/{hall}/?vue=jour&le={timezone.localdate(row.starts_at)}",
        "month": f"moyens/{hall}/?vue=mois",
        "book": f"moyens/{hall}/reserver/",
        "import": f"moyens/{hall}/importer/",
        "booking": f"moyens/{hall}/reservations/{row.pk}/",
        "calendar": "calendrier/",
        "calendar_day": "calendrier/?vue=jour",
        "costs": "couts/",
        "cost": f"couts/{split.pk}/",
        "statement": f"couts/releves/{yard.member.pk}/",
        "jobs": "emplois/",
        "job_new": "emplois/nouveau/",
        "job": f"emplois/{job.pk}/",
        "premises": "locaux/",
        "premises_one": f"locaux/{place.pk}/",
    }


KEPT = ("rules", "cost_new", "job_edit", "works")


def kept_pages(crew: Crew) -> dict[str, str]:
    """Pages that only who keeps the thing opens."""
    job = crew.yard.pole.shared_jobs.get()
    works = Works.objects.get()
    return {
        "rules": f"moyens/{crew.yard.hall.pk}/regles/",
        "cost_new": "couts/nouveau/",
        "job_edit": f"emplois/{job.pk}/modifier/",
        "works": f"locaux/{works.means_id}/travaux/{works.pk}/",
    }


def test_who_reads_what(crew: Crew, full: dict[str, str], client: Client) -> None:
    addresses = {**full, **kept_pages(crew)}
    for user, status in ((None, 404), (crew.stranger, 404), (crew.elsewhere, 404)):
        if user:
            client.force_login(user)
        assert {client.get(crew.path(tail)).status_code for tail in addresses.values()} == {status}
    client.force_login(crew.member)
    got = {name: client.get(crew.path(tail)) for name, tail in addresses.items()}
    assert {name for name, answer in got.items() if answer.status_code == 403} == set(KEPT)
    assert {name: a.status_code for name, a in got.items() if name not in KEPT} == dict.fromkeys(full, 200)
    assert Refusal.objects.filter(by=crew.member.pk).count() == len(KEPT)
    for answer in got.values():
        assert answer.status_code == 403 or "no-store" in answer["Cache-Control"]
    client.force_login(crew.animator)
    assert {client.get(crew.path(tail)).status_code for tail in addresses.values()} == {200}
    client.force_login(crew.lender)
    mine = {name for name, tail in kept_pages(crew).items() if client.get(crew.path(tail)).status_code == 200}
    assert mine == {"rules", "job_edit", "works"}


def test_the_calendar_of_all_leads_to_the_booking_and_to_book(
    crew: Crew, full: dict[str, str], client: Client
) -> None:
    client.force_login(crew.animator)
    day = full["one"].partition("?le=")[2]
    page = client.get(crew.path(f"calendrier/?le={day}")).content.decode()
    assert f'href="{crew.path(full["booking"])}"' in page
    assert f'href="{crew.path(full["book"])}?le=' in page
    assert f'href="{crew.path(full["means"])}' in page


def test_english_pages_answer(crew: Crew, full: dict[str, str], client: Client) -> None:
    client.force_login(crew.animator)
    assert {client.get("/en" + crew.path(tail)).status_code for tail in full.values()} == {200}


def test_another_poles_things_are_not_found(crew: Crew, full: dict[str, str], client: Client) -> None:
    client.force_login(crew.elsewhere)
    for tail in full.values():
        if any(part in tail for part in ("moyens/0", "couts/0", "emplois/0", "locaux/0")):
            assert client.get(f"/poles/autre-pole/espace/{tail}").status_code == 404


@pytest.mark.parametrize(
    "tail",
    ["moyens/{}/?vue=an", "moyens/{}/?le=hier", "calendrier/?vue=mois", "calendrier/?sorte=navette",
     "couts/?annee=12", "locaux/?au=1"],
)  # fmt: skip
def test_bad_addresses_say_why(crew: Crew, client: Client, tail: str) -> None:
    client.force_login(crew.member)
    assert client.get(crew.path(tail.format(crew.yard.hall.pk))).status_code == 422


def test_queries_do_not_grow(
    crew: Crew, full: dict[str, str], client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client.force_login(crew.animator)
    yard = crew.yard
    counts = []
    for number in (3, 30):
        for i in range(number):
            row = bookings.offer(
                yard.pole, yard.owner, name=f"Salle {number}-{i}", kind="room", by=crew.animator
            )
            day = 1 + i % 6
            Booking.objects.create(
                means=row, actor=yard.member, starts_at=yard.at(8, day=day), ends_at=yard.at(9, day=day)
            )
            if number == 30:
                late = {"starts_at": yard.at(18, day=i, minute=30), "ends_at": yard.at(19, day=i)}
                Booking.objects.create(means=yard.hall, actor=yard.member, **late)
        seen = {}
        for name, tail in full.items():
            with django_assert_max_num_queries(30) as found:
                assert client.get(crew.path(tail)).status_code == 200
            seen[name] = len(found)
        counts.append(seen)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_lists_are_exported(crew: Crew, full: dict[str, str], client: Client, form: str) -> None:
    client.force_login(crew.member)
    for name in (
        "means",
        "one",
        "calendar",
        "costs",
        "cost",
        "statement",
        "jobs",
        "job",
        "premises",
        "premises_one",
    ):
        tail = full[name]
        answer = client.get(crew.path(tail) + ("&" if "?" in tail else "?") + f"format={form}")
        assert answer.status_code == 200, name
        body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        if form == "csv":
            assert body.startswith("\ufeff".encode())
        else:
            assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
    text = client.get(crew.path(full["cost"]) + "?format=csv")
    lines = b"".join(text.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    parts = [line.split(";")[-1] for line in lines.splitlines()[1:]]
    assert sorted(parts) == ["33,34", "66,67"]


def test_the_person_of_a_job_is_named_to_few(crew: Crew, full: dict[str, str], client: Client) -> None:
    for user, named in ((crew.lender, True), (crew.member, False), (crew.animator, False)):
        client.force_login(user)
        for name in ("jobs", "job"):
            for tail in (full[name], full[name] + "?format=csv"):
                answer = client.get(crew.path(tail))
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
                told = "Zoé R." in body.decode()
                assert told == (named and not (name == "job" and "format" in tail)), (user, tail)
    client.force_login(crew.animator)
    assert "Zoé R." not in client.get(crew.path(f"{full['job']}modifier/")).content.decode()


def test_published_to_everybody_only_when_said(crew: Crew, client: Client) -> None:
    hall, pole = crew.yard.hall, crew.yard.pole
    address = f"/poles/{pole.slug}/moyens/{hall.pk}/"
    assert client.get(address).status_code == 404
    pole.actor.subject.public = True
    pole.actor.subject.save()
    assert client.get(address).status_code == 404
    Means.objects.filter(pk=hall.pk).update(public=True)
    bookings.book(hall, crew.yard.member, crew.yard.at(9), crew.yard.at(12), by=crew.member, label="Secret")
    answer = client.get(f"{address}?le={timezone.localdate() + timedelta(days=1)}")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "09:00 – 12:00" in page
    assert "Cantine" not in page
    assert "Secret" not in page
    assert client.get(f"{address}?le=2031-01-01").status_code == 422


def test_a_closed_pole_is_read_and_not_written(crew: Crew, full: dict[str, str], client: Client) -> None:
    subject = crew.yard.pole.actor.subject
    subject.closed_at, subject.closing_reason = timezone.now(), "fin"
    subject.save()
    client.force_login(crew.animator)
    assert client.get(crew.path("moyens/")).status_code == 200
    assert client.get(crew.path(full["book"])).status_code == 403
    assert client.get(crew.path("couts/nouveau/")).status_code == 403


def test_empty_pages_say_what_they_are_for(crew: Crew, client: Client) -> None:
    Means.objects.all().update(ended_on=date(2020, 1, 1))
    client.force_login(crew.member)
    for tail in ("moyens/", "calendrier/", "couts/", "emplois/", "locaux/"):
        page = client.get(crew.path(tail)).content.decode()
        assert "notice-empty" in page, tail
