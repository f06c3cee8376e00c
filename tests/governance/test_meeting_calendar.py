"""The calendar of meetings, read by two libraries that know nothing of Terreau."""

from datetime import timedelta

import recurring_ical_events
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from terreau.accounts import calendar_keys
from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.governance import meetings
from tests.governance.conftest import House


def test_a_client_reads_the_meetings(house: House) -> None:
    draft = house.meeting(held=False)
    convened = meetings.convene(house.meeting(held=False), by=house.animator)
    gone = meetings.convene(house.meeting(held=False), by=house.animator)
    meetings.cancel(gone, reason="Salle fermée", by=house.animator)
    path = f"/calendrier/{calendar_keys.make(house.people[0])}/poles/pole-essai/seances.ics"
    response = Client().get(path)
    assert response["Content-Type"].startswith("text/calendar")
    assert response["Cache-Control"] == "private, no-store"
    events = {str(one["uid"]): one for one in Calendar.from_ical(response.content).walk("VEVENT")}
    assert set(events) == {f"seance-{one.pk.hex}@terreau" for one in (convened, gone)}
    assert draft.pk.hex not in response.content.decode()
    one = events[f"seance-{convened.pk.hex}@terreau"]
    assert one.decoded("dtstart") == convened.starts_at.replace(microsecond=0)
    assert "Louer la halle" in str(one["description"])
    assert str(events[f"seance-{gone.pk.hex}@terreau"]["status"]) == "CANCELLED"
    between = recurring_ical_events.of(Calendar.from_ical(response.content)).between(
        timezone.now(), timezone.now() + timedelta(days=30)
    )
    assert len(between) == 2


def test_a_change_raises_the_sequence(house: House) -> None:
    row = meetings.convene(house.meeting(held=False), by=house.animator)
    path = f"/calendrier/{calendar_keys.make(house.people[0])}/poles/pole-essai/seances.ics"

    def sequence() -> int:
        event = Calendar.from_ical(Client().get(path).content).walk("VEVENT")[0]
        return int(str(event.decoded("sequence")))

    before = sequence()
    meetings.change(row, base={"place": ""}, mine={"place": "Mairie"}, by=house.animator)
    assert sequence() == before + 1


def test_the_key_is_asked_again_at_each_reading(house: House) -> None:
    user = house.people[0]
    token = calendar_keys.make(user)
    path = f"/calendrier/{token}/poles/pole-essai/seances.ics"
    assert Client().get(path).status_code == 200
    assert Client().get(path.replace(token, "faux")).status_code == 404
    assert Client().get(path.replace("pole-essai", "autre")).status_code == 404
    stranger = User.objects.create_user("nul@people.example.org")
    other = f"/calendrier/{calendar_keys.make(stranger)}/poles/pole-essai/seances.ics"
    assert Client().get(other).status_code == 404
    Belonging.objects.filter(user=user).delete()
    assert Client().get(path).status_code == 404
