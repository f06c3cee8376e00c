"""Shared jobs and premises through the pages: hours in one tap, corrections, departures, needs, works."""

from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.means import bookings, jobs, premises
from terreau.means.models import Job, JobShare, Means, Occupation, SpaceNeed, Works
from tests.means.conftest import Crew

TODAY = timezone.localdate


def job_of(crew: Crew) -> Job:
    since = date(TODAY().year, 1, 1)
    yard = crew.yard
    job = jobs.create(yard.pole, yard.owner, title="Comptable", frame="group", since=since, by=crew.animator)
    jobs.plan(job, yard.member, minutes_a_month=600, cents_an_hour=2_000, since=since, by=crew.animator)
    return job


def test_hours_in_one_tap(crew: Crew, client: Client) -> None:
    job, member = job_of(crew), str(crew.yard.member.pk)
    address = crew.path(f"emplois/{job.pk}/heures/")
    typed = {"actor": member, "on": f"{TODAY()}", "duree": "210"}
    client.force_login(crew.member)
    assert client.post(address, typed).status_code == 403
    client.force_login(crew.lender)
    assert client.post(address, typed).status_code == 302
    assert (
        client.post(address, {**typed, "duree": "", "minutes": "1 h 15", "label": "Paie"}).status_code == 302
    )
    rows = Flow.objects.order_by("rank").values_list("thousandths", "cents", "label")
    assert list(rows) == [(3_500, 7_000, "Comptable (P1)"), (1_250, 2_500, "Paie")]
    bad: tuple[dict[str, Any], ...] = (
        {"duree": "7777"}, {"duree": "", "minutes": ""}, {"minutes": "beaucoup", "duree": ""},
        {"on": f"{TODAY() + timedelta(days=2)}"}, {"actor": str(crew.yard.owner.pk)},
    )  # fmt: skip
    for more in bad:
        assert client.post(address, {**typed, **more}).status_code == 422, more
    flows.close(crew.yard.pole.actor, TODAY() - timedelta(days=1), by=crew.animator)
    late = client.post(address, {**typed, "on": f"{TODAY() - timedelta(days=3)}"})
    assert late.status_code == 422
    assert "close jusqu" in late.content.decode()
    assert Flow.objects.count() == 2


def test_she_who_holds_the_job_writes_her_hours(crew: Crew, client: Client) -> None:
    job = job_of(crew)
    Job.objects.filter(pk=job.pk).update(user=crew.member, person="Zoé R.")
    client.force_login(crew.member)
    typed = {"actor": str(crew.yard.member.pk), "on": f"{TODAY()}", "duree": "60"}
    assert client.post(crew.path(f"emplois/{job.pk}/heures/"), typed).status_code == 302
    assert "Zoé R." in client.get(crew.path(f"emplois/{job.pk}/")).content.decode()
    assert client.post(crew.path(f"emplois/{job.pk}/fin/"), {"on": f"{TODAY()}"}).status_code == 403


def test_a_wrong_line_is_corrected_and_counted_out(crew: Crew, client: Client) -> None:
    job = job_of(crew)
    line = jobs.log(job, crew.yard.member, on=TODAY(), minutes=600, by=crew.lender)
    client.force_login(crew.lender)
    address = crew.path(f"emplois/{job.pk}/heures/{line.pk}/corriger/")
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "compté deux fois"}).status_code == 302
    assert client.post(address, {"reason": "encore"}).status_code == 409
    (told,) = jobs.statement(job, first=date(TODAY().year, 1, 1), last=TODAY())
    assert (told.worked, told.cents) == (0, 0)
    # A line of the ledger that is of no job is not corrected from here.
    assert (
        client.post(crew.path(f"emplois/{job.pk}/heures/{job.pk}/corriger/"), {"reason": "x"}).status_code
        == 404
    )


def test_shares_and_the_end(crew: Crew, client: Client) -> None:
    client.force_login(crew.lender)
    typed = {
        "title": "Livreuse",
        "frame": "informal",
        "since": "2026-01-01",
        "employer": str(crew.yard.owner.pk),
    }
    assert client.post(crew.path("emplois/nouveau/"), typed).status_code == 302
    assert (
        client.post(
            crew.path("emplois/nouveau/"), {**typed, "employer": str(crew.yard.member.pk)}
        ).status_code
        == 422
    )
    job = Job.objects.get()
    share = {
        "actor": str(crew.yard.member.pk),
        "minutes_a_month": "7 h 30",
        "cents_an_hour": "21,40",
        "since": "2026-02-01",
    }
    address = crew.path(f"emplois/{job.pk}/parts/")
    assert client.post(address, share).status_code == 302
    row = JobShare.objects.get()
    assert (row.minutes_a_month, row.cents_an_hour) == (450, 2_140)
    assert client.post(address, share).status_code == 422
    assert client.post(crew.path(f"emplois/{job.pk}/fin/"), {"on": "2025-01-01"}).status_code == 422
    assert client.post(crew.path(f"emplois/{job.pk}/fin/"), {"on": f"{TODAY()}"}).status_code == 302
    row.refresh_from_db()
    assert row.valid_to == TODAY() + timedelta(days=1)
    edit = crew.path(f"emplois/{job.pk}/modifier/")
    base = {"base-title": "Livreuse", "base-frame": "informal", "base-person": "", "base-user": ""}
    changed = {
        "title": "Livreuse du matin",
        "frame": "informal",
        "person": "Zoé",
        "user": str(crew.lender.pk),
    }
    assert client.post(edit, {**base, **changed}).status_code == 302
    job.refresh_from_db()
    assert (job.title, job.person, job.user) == ("Livreuse du matin", "Zoé", crew.lender)
    stale = client.post(edit, {**base, **changed, "title": "Chauffeuse"})
    assert stale.status_code == 422
    assert "Livreuse du matin" in stale.content.decode()
    assert client.post(edit, {**base, **changed, "user": str(crew.stranger.pk)}).status_code == 422


def place_of(crew: Crew) -> Means:
    return bookings.offer(
        crew.yard.pole, crew.yard.owner, name="Atelier", kind="premises", by=crew.animator, surface=10_000
    )


def test_occupiers_come_and_go(crew: Crew, client: Client) -> None:
    place, member = place_of(crew), str(crew.yard.member.pk)
    address = crew.path(f"locaux/{place.pk}/occupants/")
    typed = {"actor": member, "surface": "60,5", "headcount": "3", "since": "2026-01-01"}
    client.force_login(crew.member)
    assert client.post(address, typed).status_code == 403
    client.force_login(crew.lender)
    assert client.post(address, typed).status_code == 302
    assert client.post(address, typed).status_code == 422
    assert client.post(address, {**typed, "surface": "0"}).status_code == 422
    assert client.post(address, {**typed, "surface": "80", "since": "2026-03-01"}).status_code == 302
    first, second = Occupation.objects.order_by("valid_from")
    assert (first.surface, first.valid_to, second.surface) == (6_050, date(2026, 3, 1), 8_000)
    assert client.post(f"{address}{first.pk}/", {"on": "2026-05-01"}).status_code == 422
    assert client.post(f"{address}{second.pk}/", {"on": "2026-06-30"}).status_code == 302
    assert client.post(f"{address}99999/", {"on": "2026-06-30"}).status_code == 404
    (there,) = premises.places(crew.yard.pole, date(2026, 2, 1))
    assert (there.occupied, there.free, there.over) == (6_050, 3_950, 0)


def test_too_much_is_said_and_not_refused(crew: Crew, client: Client) -> None:
    place = place_of(crew)
    for actor in (crew.yard.member, crew.yard.owner):
        premises.occupy(place, actor, surface=6_000, since=date(2026, 1, 1), by=crew.animator)
    (there,) = premises.places(crew.yard.pole, date(2026, 2, 1))
    assert (there.free, there.over) == (0, 2_000)
    client.force_login(crew.member)
    assert "À vérifier" in client.get(crew.path(f"locaux/{place.pk}/")).content.decode()


def test_needs_meet_what_is_free(crew: Crew, client: Client) -> None:
    place = place_of(crew)
    client.force_login(crew.member)
    typed = {"actor": str(crew.yard.member.pk), "surface": "100", "permanent": "on", "note": "Quai"}
    assert client.post(crew.path("locaux/besoins/"), typed).status_code == 302
    assert client.post(crew.path("locaux/besoins/"), {**typed, "surface": "-1"}).status_code == 422
    assert (
        client.post(crew.path("locaux/besoins/"), {**typed, "actor": str(crew.yard.owner.pk)}).status_code
        == 422
    )
    need = SpaceNeed.objects.get()
    (fit,) = premises.matched(crew.yard.pole, premises.places(crew.yard.pole, TODAY()))
    assert [one.means for one in fit.fits] == [place]
    premises.occupy(place, crew.yard.owner, surface=1, since=TODAY(), by=crew.animator)
    (fit,) = premises.matched(crew.yard.pole, premises.places(crew.yard.pole, TODAY()))
    assert fit.fits == []
    client.force_login(crew.lender)
    assert client.post(crew.path(f"locaux/besoins/{need.pk}/")).status_code == 403
    client.force_login(crew.member)
    assert client.post(crew.path(f"locaux/besoins/{need.pk}/")).status_code == 302
    assert client.post(crew.path(f"locaux/besoins/{need.pk}/")).status_code == 409


def test_works_are_planned_and_changed_by_two(crew: Crew, client: Client) -> None:
    place = place_of(crew)
    client.force_login(crew.lender)
    address = crew.path(f"locaux/{place.pk}/travaux/")
    typed = {
        "title": "Toiture",
        "state": "studied",
        "starts_on": "2027-02-01",
        "ends_on": "2027-06-30",
        "note": "",
    }
    assert client.post(address, {**typed, "ends_on": "2026-01-01"}).status_code == 422
    assert client.post(address, typed).status_code == 302
    row = Works.objects.get()
    base = {f"base-{name}": value for name, value in typed.items()}
    Works.objects.filter(pk=row.pk).update(note="Devis reçu", version=2)
    assert client.post(f"{address}{row.pk}/", {**base, **typed, "state": "planned"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.note) == ("planned", "Devis reçu")
    stale = client.post(f"{address}{row.pk}/", {**base, **typed, "state": "dropped"})
    assert stale.status_code == 409
    client.force_login(crew.member)
    assert client.post(address, typed).status_code == 403
