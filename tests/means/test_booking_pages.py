"""Booking through the pages: the price first, once, in one's own name; answered, moved, cancelled."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.journal.models import Event
from terreau.means import bookings
from terreau.means.models import Booking, Means, Tariff
from terreau.notices.models import Notice
from tests.means.conftest import Crew, crew_of, make
from tests.two_connections import at_once


def asked(crew: Crew, first: datetime, last: datetime, **more: Any) -> dict[str, Any]:
    """Return what a person types."""
    return {
        "actor": str(crew.yard.member.pk),
        "day": f"{first:%Y-%m-%d}",
        "starts": f"{first:%H:%M}",
        "ends": f"{last:%H:%M}",
        "label": "Réunion",
        **more,
    }


def book(client: Client, crew: Crew, first: int, last: int, **more: Any) -> Any:
    typed = asked(crew, crew.yard.at(first), crew.yard.at(last), **more)
    if more.get("vu") == "lu":
        read = client.post(crew.path(f"moyens/{crew.yard.hall.pk}/reserver/"), {**typed, "etape": "prix"})
        quoted = read.context["quoted"] if read.status_code != 404 else None
        typed["vu"] = quoted.seen if quoted else ""
    return client.post(crew.path(f"moyens/{crew.yard.hall.pk}/reserver/"), typed)


def test_the_price_is_said_then_booked(crew: Crew, client: Client) -> None:
    client.force_login(crew.member)
    said = book(client, crew, 9, 12, etape="prix")
    assert (said.status_code, Booking.objects.count()) == (200, 0)
    page = said.content.decode()
    assert "30\u00a0€" in page
    assert "3 heures à 10,00\u00a0€" in page
    done = book(client, crew, 9, 12, etape="reserver", vu="lu")
    row = Booking.objects.get()
    assert done["Location"].endswith(f"/reservations/{row.pk}/")
    assert (row.actor, row.by, row.price["cents"], row.label) == (
        crew.yard.member,
        crew.member,
        3_000,
        "Réunion",
    )
    assert Event.objects.filter(verb="booking.made", by=crew.member.pk).exists()
    # The same button pressed twice leads to the booking that it made.
    again = book(client, crew, 9, 12, etape="reserver", vu="lu")
    assert again["Location"] == done["Location"]
    assert Booking.objects.count() == 1


def test_who_animates_books_for_an_organisation_from_outside(crew: Crew, client: Client) -> None:
    client.force_login(crew.animator)
    asks = {"actor": "hors", "outside": "Compagnie du Tilleul"}
    assert book(client, crew, 9, 12, etape="prix", **asks).context["form"].errors["actor"]
    Means.objects.update(open_outside=True)
    assert book(client, crew, 9, 12, etape="prix", **asks).context["form"].errors["which"]
    read = book(client, crew, 9, 12, etape="prix", which="nouvelle", **asks)
    made = Actor.objects.get(name="Compagnie du Tilleul")
    assert (read.status_code, read.context["actor"]) == (200, made)
    seen = read.context["quoted"].seen
    done = book(client, crew, 9, 12, etape="reserver", vu=seen, actor=str(made.pk))
    assert done.status_code == 302
    assert Booking.objects.get().actor == made
    # The next time it is in the list; a private actor of somebody else is not to be had.
    page = client.get(crew.path(f"moyens/{crew.yard.hall.pk}/reserver/"))
    assert "Compagnie du Tilleul" in page.content.decode()
    hidden = create_actor("Caché", source=None, public=False)
    assert book(client, crew, 14, 15, etape="prix", actor=str(hidden.pk)).context["form"].errors["actor"]
    client.force_login(crew.member)
    assert book(client, crew, 14, 15, etape="prix", **asks).context["form"].errors["actor"]


def test_a_price_that_changed_is_read_again(crew: Crew, client: Client) -> None:
    client.force_login(crew.member)
    read = book(client, crew, 9, 13, etape="prix").context["quoted"].seen
    Tariff.objects.filter(unit="half_day").update(cents=4_000)
    answer = book(client, crew, 9, 13, etape="reserver", vu=read)
    assert (answer.status_code, Booking.objects.count()) == (409, 0)
    assert "le prix ont changé" in answer.content.decode()
    # Other hours at the same price are no more those that were read.
    read = book(client, crew, 9, 13, etape="prix").context["quoted"].seen
    assert book(client, crew, 14, 18, etape="reserver", vu=read).status_code == 409
    assert book(client, crew, 9, 13, etape="reserver", vu=read).status_code == 302


def test_taken_hours_say_what_is_free_next(crew: Crew, client: Client) -> None:
    bookings.book(crew.yard.hall, crew.yard.owner, crew.yard.at(9), crew.yard.at(12), by=crew.lender)
    client.force_login(crew.member)
    for step in ("prix", "reserver"):
        answer = book(client, crew, 10, 11, etape=step, vu="lu")
        page = answer.content.decode()
        assert answer.status_code in (409, 422)
        assert "12:00 – 13:00" in page
        assert 'value="Réunion"' in page
    assert Booking.objects.count() == 1


def test_only_in_ones_own_name(crew: Crew, client: Client) -> None:
    client.force_login(crew.member)
    other = str(crew.yard.owner.pk)
    assert book(client, crew, 9, 10, actor=other, etape="reserver", vu="lu").status_code == 422
    client.force_login(crew.animator)
    assert book(client, crew, 9, 10, actor=other, etape="reserver", vu="lu").status_code == 302
    for user in (crew.stranger, crew.elsewhere):
        client.force_login(user)
        assert book(client, crew, 14, 15, etape="reserver", vu="lu").status_code == 404
    assert Booking.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"ends": "08:00"}, "La fin suit le début."),
        ({"day": "2020-01-01"}, "ces heures sont passées"),
        ({"day": "pas un jour"}, "date"),
        ({"starts": "25:00"}, "heure"),
        ({"ends": "09:40"}, "La durée suit le pas"),
        ({"weeks": "1"}, "Dites combien de fois"),
        ({"weeks": "1", "times": "900"}, "52"),
        ({"last_day": "2040-01-01"}, "trois mois"),
        ({"label": "x" * 400}, "200"),
    ],
)
def test_bad_input_says_why_and_keeps_what_was_typed(
    crew: Crew, client: Client, typed: dict[str, str], told: str
) -> None:
    client.force_login(crew.member)
    answer = book(client, crew, 9, 10, **{"etape": "prix", **typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert all(value in page for value in typed.values())


def test_opening_hours_and_midnight(crew: Crew, client: Client) -> None:
    client.force_login(crew.member)
    assert book(client, crew, 22, 0, etape="prix").status_code == 200
    Means.objects.filter(pk=crew.yard.hall.pk).update(opens="08:00", closes="20:00")
    answer = book(client, crew, 19, 21, etape="prix")
    assert "pas ouvert à ces heures" in answer.content.decode()


def test_each_week_all_or_those_that_are_free(crew: Crew, client: Client) -> None:
    yard = crew.yard
    bookings.book(yard.hall, yard.owner, yard.at(9, day=8), yard.at(10, day=8), by=crew.lender)
    client.force_login(crew.member)
    weekly = {"weeks": "1", "times": "4", "vu": "lu"}
    said = book(client, crew, 9, 10, etape="prix", **weekly).content.decode()
    assert said.count("10,00\u00a0€") == 3
    assert "déjà prises" in said
    answer = book(client, crew, 9, 10, etape="reserver", **weekly)
    assert (answer.status_code, Booking.objects.count()) == (409, 1)
    assert book(client, crew, 9, 10, etape="reserver", libres="oui", **weekly).status_code == 302
    rows = list(Booking.objects.exclude(series=None).order_by("starts_at"))
    assert [timezone.localtime(row.starts_at).hour for row in rows] == [9, 9, 9]
    assert len({row.series for row in rows}) == 1
    assert Event.objects.filter(verb="booking.repeated").count() == 1
    tail = f"moyens/{yard.hall.pk}/reservations/{rows[1].pk}/annuler/"
    client.post(crew.path(tail), {"suite": "oui"})
    assert [row.state for row in Booking.objects.exclude(series=None).order_by("starts_at")] == [
        "booked",
        "cancelled",
        "cancelled",
    ]


def test_the_owner_answers(db: None, client: Client) -> None:
    crew = crew_of(make(asks_owner=True))
    client.force_login(crew.member)
    book(client, crew, 9, 10, etape="reserver", vu="lu")
    book(client, crew, 14, 15, etape="reserver", vu="lu")
    first, second = Booking.objects.order_by("starts_at")
    assert [row.to for row in Notice.objects.order_by("pk")] == [crew.lender, crew.lender]
    tail = f"moyens/{crew.yard.hall.pk}/reservations/{{}}/reponse/"
    assert client.post(crew.path(tail.format(first.pk)), {"faire": "accepter"}).status_code == 403
    client.force_login(crew.lender)
    assert "Cantine" in client.get(crew.path("moyens/")).content.decode()
    assert client.post(crew.path(tail.format(first.pk)), {"faire": "accepter"}).status_code == 302
    assert client.post(crew.path(tail.format(first.pk)), {"faire": "accepter"}).status_code == 409
    refused = client.post(crew.path(tail.format(second.pk)), {"faire": "refuser"})
    assert refused.status_code == 422
    client.post(crew.path(tail.format(second.pk)), {"faire": "refuser", "reason": "Travaux ce jour-là"})
    states = Booking.objects.order_by("starts_at").values_list("state", "reason")
    assert list(states) == [("booked", ""), ("refused", "Travaux ce jour-là")]
    told = list(Notice.objects.filter(to=crew.member).order_by("pk").values_list("text", flat=True))
    assert len(told) == 2
    assert "Travaux ce jour-là" in told[1]


def test_moved_and_cancelled(crew: Crew, client: Client) -> None:
    yard = crew.yard
    row = bookings.book(yard.hall, yard.member, yard.at(9), yard.at(10), by=crew.member)
    bookings.book(yard.hall, yard.owner, yard.at(14), yard.at(16), by=crew.lender)
    tail = f"moyens/{yard.hall.pk}/reservations/{row.pk}/"
    typed = {"day": f"{yard.at(15):%Y-%m-%d}", "starts": "15:00", "ends": "16:00"}
    client.force_login(crew.lender)
    assert client.post(crew.path(f"{tail}deplacer/"), typed).status_code == 403
    client.force_login(crew.member)
    answer = client.post(crew.path(f"{tail}deplacer/"), typed)
    assert answer.status_code == 409
    assert "16:00 – 17:00" in answer.content.decode()
    assert (
        client.post(crew.path(f"{tail}deplacer/"), {**typed, "starts": "11:00", "ends": "12:00"}).status_code
        == 302
    )
    client.force_login(crew.lender)
    assert client.post(crew.path(f"{tail}annuler/"), {}).status_code == 422
    assert client.post(crew.path(f"{tail}annuler/"), {"reason": "Fuite d'eau"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reason) == ("cancelled", "Fuite d'eau")
    assert "Fuite d'eau" in Notice.objects.get(to=crew.member).text


def test_rules_are_merged_and_conflicts_are_said(crew: Crew, client: Client) -> None:
    hall = crew.yard.hall
    client.force_login(crew.lender)
    address = crew.path(f"moyens/{hall.pk}/regles/")
    held = {"name": "La halle", "kind": "room", "step": "30"}
    bases = {
        "base-name": "La halle",
        "base-kind": "room",
        "base-step": "30",
        "base-place": "",
        "base-public": "",
    }
    Means.objects.filter(pk=hall.pk).update(place="Quai", version=2)
    assert client.post(address, {**held, **bases, "name": "La grande halle"}).status_code == 302
    hall.refresh_from_db()
    assert (hall.name, hall.place) == ("La grande halle", "Quai")
    answer = client.post(address, {**held, **bases, "name": "La grande halle", "place": "Gare"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Quai" in page
    assert 'value="Gare"' in page
    hall.refresh_from_db()
    assert hall.place == "Quai"


def test_prices_through_the_page(crew: Crew, client: Client) -> None:
    client.force_login(crew.lender)
    address = crew.path(f"moyens/{crew.yard.hall.pk}/prix/")
    day = f"{timezone.localdate() + timedelta(days=3)}"
    assert (
        client.post(address, {"who": "member", "unit": "hour", "price": "12,5", "since": day}).status_code
        == 302
    )
    assert Tariff.objects.get(valid_to=None, who="member", unit="hour").cents == 1_250
    for typed in ({"price": "gratuit"}, {"price": "1,234"}, {"price": ""}, {"who": "elus"}, {"since": ""}):
        answer = client.post(address, {"who": "member", "unit": "hour", "price": "1", "since": day, **typed})
        assert answer.status_code == 422, typed
    row = Tariff.objects.get(who="outside")
    assert client.post(address, {"fin": str(row.pk)}).status_code == 302
    row.refresh_from_db()
    assert row.valid_to == timezone.localdate()
    client.force_login(crew.member)
    assert client.post(address, {"fin": str(row.pk)}).status_code == 403


def test_a_means_ends_once_nothing_stands_after(crew: Crew, client: Client) -> None:
    yard = crew.yard
    bookings.book(yard.hall, yard.member, yard.at(9, day=4), yard.at(10, day=4), by=crew.member)
    client.force_login(crew.animator)
    address = crew.path(f"moyens/{yard.hall.pk}/fin/")
    assert client.post(address, {"on": f"{yard.at(0, day=2):%Y-%m-%d}"}).status_code == 422
    assert client.post(address, {"on": f"{yard.at(0, day=4):%Y-%m-%d}"}).status_code == 302
    client.force_login(crew.member)
    answer = book(client, crew, 9, 10, etape="prix", day=f"{yard.at(0, day=6):%Y-%m-%d}")
    assert "plus partagé à cette date" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_people_book_the_same_hours_through_the_pages() -> None:
    crew = crew_of(make())

    def ready(user: User, actor: Any) -> Any:
        """Read the price; return what presses the button."""
        client = Client()
        client.force_login(user)
        seen = book(client, crew, 9, 12, actor=str(actor.pk), etape="prix").context["quoted"].seen
        return lambda: book(client, crew, 9, 12, actor=str(actor.pk), etape="reserver", vu=seen)

    results = at_once(ready(crew.member, crew.yard.member), ready(crew.lender, crew.yard.owner))
    assert sorted(answer.status_code for answer in results) == [302, 409]
    assert Booking.objects.count() == 1
    lost = next(answer for answer in results if answer.status_code == 409).content.decode()
    assert "12:00 – 15:00" in lost
    assert 'value="Réunion"' in lost
