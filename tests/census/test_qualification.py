"""What becomes of a report, how sure the register is of a pole, what bodies recognised it as."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.census import charges, reports
from terreau.census.models import Charge, Report
from terreau.journal.models import Event
from terreau.poles.actions import register_pole
from terreau.poles.models import Listing, Pole, Recognition, RegisterMove
from terreau.territories import base
from tests.people import People
from tests.two_connections import at_once

DIJON = "21231"


@pytest.fixture
def reported(people: People) -> tuple[Report, str]:
    return reports.send(
        "La Coursive Boutarik", what="Des ateliers d'artistes.", codes=[DIJON], email="a@b.example", by=None
    )


def page_of(report: Report) -> str:
    return f"/moderation/signalements/{report.pk}/"


def test_a_report_shows_what_it_may_already_be(people: People, client: Client, reported: Any) -> None:
    people.sign_in(client, people.moderator)
    page = client.get(page_of(reported[0])).content.decode()
    assert "Des ateliers d" in page
    assert "Dijon (21231)" in page
    assert people.pole_actor.name in page
    assert "nom proche" in page


def test_accepted_it_is_a_pole_and_the_reporter_sees_it(
    people: People, client: Client, reported: Any
) -> None:
    report, token = reported
    charges.take("signalement", str(report.pk), by=people.moderator)
    people.sign_in(client, people.moderator)
    given = {
        "decision": "accept",
        "name": "Les ateliers de Dijon",
        "summary": "Des ateliers.",
        "public": "on",
    }
    sent = client.post(page_of(report), given)
    assert sent["Location"] == "/moderation/poles/les-ateliers-de-dijon/"
    pole = Pole.objects.get(slug="les-ateliers-de-dijon")
    assert pole.register_status == "repere"
    assert Listing.objects.filter(pk=pole.pk).exists()
    assert reports.of_link(token).state == "accepted"
    assert not Charge.objects.exists()
    assert (
        "Accepté" in client.get(page_of(report)).content.decode()
        or "accepté" in client.get(page_of(report)).content.decode()
    )
    assert client.post(page_of(report), given).status_code == 409


def test_attached_to_a_pole_by_its_address_or_its_name(people: People, client: Client, reported: Any) -> None:
    report, _token = reported
    people.sign_in(client, people.moderator)
    unknown = client.post(page_of(report), {"decision": "attach", "pole": "nulle part"})
    assert unknown.status_code == 422
    assert "pas au registre" in unknown.content.decode()
    address = f"https://terreau.example/poles/{people.pole_actor.pole.slug}/"
    assert client.post(page_of(report), {"decision": "attach", "pole": address}).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.pole) == ("merged", people.pole_actor.pole)


def test_refused_with_a_reason_that_the_reporter_reads(people: People, client: Client, reported: Any) -> None:
    report, token = reported
    people.sign_in(client, people.moderator)
    assert client.post(page_of(report), {"decision": "refuse"}).status_code == 422
    assert client.post(page_of(report), {}).status_code == 422
    assert client.post(page_of(report), {"decision": "refuse", "reason": "Sans lien."}).status_code == 302
    assert (reports.of_link(token).state, reports.of_link(token).reason) == ("refused", "Sans lien.")


def test_a_report_elsewhere_is_not_shown(people: People, client: Client, reported: Any) -> None:
    people.sign_in(client, people.moderator_elsewhere)
    assert client.get(page_of(reported[0])).status_code == 404


def page_of_pole(people: People) -> str:
    return f"/moderation/poles/{people.pole_actor.pole.slug}/"


def test_a_pole_is_verified_with_a_reason(people: People, client: Client) -> None:
    people.sign_in(client, people.moderator)
    path = page_of_pole(people)
    assert client.get(path).status_code == 200
    assert client.post(f"{path}etat/", {"etat-status": "verifie", "etat-reason": ""}).status_code == 422
    given = {"etat-status": "verifie", "etat-reason": "Visite du 3 mars."}
    assert client.post(f"{path}etat/", given).status_code == 302
    move = RegisterMove.objects.get(pole=people.pole_actor.pole)
    assert (move.status, move.by, move.reason) == ("verifie", people.moderator, "Visite du 3 mars.")
    assert "Visite du 3 mars." in client.get(path).content.decode()
    again = client.post(f"{path}etat/", given)
    assert again.status_code == 422
    assert "déjà son état" in again.content.decode()


def test_a_declared_pole_is_verified_and_shown_at_once(people: People, client: Client) -> None:
    cog = base.COG_YEARS[-1]
    pole = register_pole("Pôle neuf", carrier=None, codes=[DIJON], cog_year=cog, by=people.stranger)
    people.sign_in(client, people.moderator)
    path = f"/moderation/poles/{pole.slug}/"
    assert "pas encore publique" in client.get(path).content.decode()
    given = {"etat-status": "verifie", "etat-publish": "on", "etat-reason": "Rencontrés."}
    assert client.post(f"{path}etat/", given).status_code == 302
    pole.refresh_from_db()
    assert pole.register_status == "verifie"
    assert Listing.objects.filter(pk=pole.pk).exists()


def test_a_recognition_is_given_then_ended(people: People, client: Client) -> None:
    people.sign_in(client, people.moderator)
    path, pole = page_of_pole(people), people.pole_actor.pole
    given = {
        "reconnaissance-scheme": "label-externe:PRIDES",
        "reconnaissance-on": "2012",
        "reconnaissance-body": "nulle part",
    }
    wrong = client.post(f"{path}reconnaitre/", given)
    assert wrong.status_code == 422
    assert "Aucun acteur public" in wrong.content.decode()
    given["reconnaissance-body"] = ""
    assert client.post(f"{path}reconnaitre/", given | {"reconnaissance-on": "hier"}).status_code == 422
    assert client.post(f"{path}reconnaitre/", given).status_code == 302
    row = Recognition.objects.get(pole=pole, scheme="label-externe:PRIDES")
    assert (row.external, row.precision, str(row.on)) == (True, "year", "2012-01-01")
    end = f"{path}reconnaissances/{row.pk}/fin/"
    name = f"fin{row.pk}"
    assert client.post(end, {f"{name}-on": "2016-01-01", f"{name}-reason": ""}).status_code == 422
    assert (
        client.post(end, {f"{name}-on": "2016-01-01", f"{name}-reason": "Politique close."}).status_code
        == 302
    )
    row.refresh_from_db()
    assert str(row.ended_on) == "2016-01-01"
    assert Event.objects.filter(subject=pole.pk, verb="pole.recognition_ended").exists()
    assert client.post(f"{path}reconnaissances/999999/fin/").status_code == 404


def test_a_pole_is_closed_with_its_date_then_reopened(people: People, client: Client) -> None:
    people.sign_in(client, people.moderator)
    path, pole = page_of_pole(people), people.pole_actor.pole
    tomorrow = timezone.localdate() + timedelta(days=1)
    wrong = client.post(f"{path}fermer/", {"vie-on": tomorrow.isoformat(), "vie-reason": "fin"})
    assert wrong.status_code == 422
    assert client.post(f"{path}fermer/", {"vie-on": "2020-06-30", "vie-reason": ""}).status_code == 422
    given = {"vie-on": "2020-06-30", "vie-reason": "Dissous par son assemblée."}
    assert client.post(f"{path}fermer/", given).status_code == 302
    pole.actor.subject.refresh_from_db()
    assert timezone.localdate(pole.actor.subject.closed_at).isoformat() == "2020-06-30"
    assert not Listing.objects.filter(pk=pole.pk).exists()
    assert "Dissous par son assemblée." in client.get(path).content.decode()
    assert client.post(f"{path}fermer/", {"vie-reason": "Reprise."}).status_code == 302
    pole.actor.subject.refresh_from_db()
    assert pole.actor.subject.closed_at is None
    assert Listing.objects.filter(pk=pole.pk).exists()
    people.sign_in(client, people.animator)
    assert client.post(f"{path}fermer/", given).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_two_moderators_at_once_one_answers() -> None:
    users = [User.objects.create_user(f"{name}@people.example.org", is_superuser=True) for name in "ab"]
    report, _token = reports.send("Un atelier", what="x", codes=[], by=None)

    def accept() -> Any:
        return reports.accept(Report.objects.get(pk=report.pk), by=users[0])

    def refuse() -> Any:
        return reports.refuse(Report.objects.get(pk=report.pk), by=users[1], reason="non")

    results = at_once(accept, refuse)
    refused = [one for one in results if isinstance(one, Exception)]
    assert [getattr(one, "code", one) for one in refused] == ["answered_already"]
    report.refresh_from_db()
    assert Pole.objects.count() == (1 if report.state == "accepted" else 0)
