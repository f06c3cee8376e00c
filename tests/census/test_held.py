"""What the census holds of people: given to them, forgotten when they ask or when it is old."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from terreau.accounts import personal, retention
from terreau.accounts.models import User
from terreau.census import entry, held, invitations, reports
from terreau.census.models import Draft, Invitation, Report
from terreau.journal.verification import verify
from terreau.poles.models import Pole
from tests.people import People

pytestmark = pytest.mark.usefixtures("register")


def asked(people: People, email: str) -> tuple[Invitation, str]:
    """A signature that pole A asks of an address."""
    links: list[str] = []

    def link(token: str) -> str:
        links.append(token)
        return token

    pole = Pole.objects.get(pk=people.pole_actor.pk)
    row = invitations.ask(
        pole, purpose="signature", asks=["Je m'engage."], email=email, by=people.animator, link=link
    )
    return row, links[0]


def everything(user: User, people: People) -> tuple[Invitation, str]:
    """A draft, a report and a signature of one person."""
    entry.start("Pôle du lin", by=user)
    reports.send("La Fabrique", what="Un lieu.", codes=[], email=user.email, by=user)
    row, token = asked(people, user.email)
    invitations.sign(token, name="Ada L.", role="présidente", agreed=True)
    return row, token


def test_a_person_takes_it_all_away(people: People) -> None:
    everything(people.stranger, people)
    found = personal.exported(people.stranger)["recensement"]
    assert found["brouillons"][0]["data"]["name"] == "Pôle du lin"
    assert found["signalements"][0]["name"] == "La Fabrique"
    assert found["demandes_recues"][0]["answer"]["name"] == "Ada L."
    assert personal.exported(people.member)["recensement"]["brouillons"] == []


def test_erased_nothing_names_the_person_and_no_chain_breaks(people: People) -> None:
    email = people.stranger.email
    everything(people.stranger, people)
    personal.erase(people.stranger)
    assert not Draft.objects.exists()
    told = f"{list(Report.objects.values())} {list(Invitation.objects.values())}"
    assert email not in told
    assert "Ada" not in told
    assert Report.objects.get().by is None
    assert Invitation.objects.get().answer["sha256"]
    assert verify() == []


@pytest.mark.parametrize(("days", "counts"), [(1, (0, 0, 0)), (91, (1, 0, 0)), (31 + 366, (1, 1, 1))])
def test_what_is_old_is_forgotten(people: People, days: int, counts: tuple[int, ...]) -> None:
    entry.start("Pôle du lin", by=people.stranger)
    report, _token = reports.send("La Fabrique", what="Un lieu.", codes=["21231"], email="b@example.org")
    reports.refuse(report, by=people.moderator, reason="Non.")
    asked(people, "a@example.org")
    on = timezone.localdate() + timedelta(days=days + 1)
    lines = ("census.drafts", "census.contacts", "census.links")
    would = held.expire(on=on, save=False)
    assert tuple(would[line] for line in lines) == counts
    assert Draft.objects.count() == 1
    assert held.expire(on=on, save=True) == would
    assert Draft.objects.count() == 1 - counts[0]
    assert Report.objects.filter(email="").count() == counts[1]
    assert Invitation.objects.filter(email=held.FORGOTTEN).count() == counts[2]
    assert not any(held.expire(on=on, save=True).values())


def test_a_link_of_who_is_forgotten_leads_nowhere(people: People, client: Any) -> None:
    _row, token = asked(people, "a@example.org")
    held.forget_answers(Invitation.objects.all())
    assert client.get(f"/lien/{token}/").status_code == 410


def test_every_line_is_on_the_page(client: Any) -> None:
    keys = {line.key for line in retention.table()}
    assert {"census.drafts", "census.submitted", "census.contacts", "census.links", "census.attempts"} <= keys
    assert retention.period("census.drafts") == entry.LASTS
    assert "Le brouillon d&#x27;une inscription" in client.get("/donnees-personnelles/").content.decode()
