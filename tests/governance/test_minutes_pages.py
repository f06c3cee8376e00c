"""Minutes in pages: written by several hands, frozen, the same PDF each time, signed with a proof."""

import json
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from terreau.accounts.models import User
from terreau.common import canonical
from terreau.common.errors import DomainError, StaleWriteError
from terreau.design.pdf import rendered
from terreau.governance import agenda, ballots, minutes, minutes_document
from terreau.governance.models import Item, Meeting, Minutes, MinutesSignature, Seat
from tests.governance.conftest import House, make
from tests.people import People
from tests.two_connections import at_once

HOME = "/poles/pole-essai/espace/"


def signed(user: User, *, proved: bool = False) -> Client:
    client = Client()
    People.sign_in(_NOBODY, client, user, proved=proved)
    return client


class _Nobody:
    """Stands for the people of the register, which these tests do without."""

    moderator = moderator_elsewhere = officer = administrator = User(email="nul@people.example.org")


_NOBODY: Any = _Nobody()


def text(response: Any) -> str:
    return unescape(response.content.decode())


def path_of(meeting: Meeting, more: str = "compte-rendu/") -> str:
    return f"{HOME}seances/{meeting.pk}/{more}"


@pytest.fixture
def decided(house: House) -> Meeting:
    """A meeting where a vote was closed and something was said."""
    meeting = house.meeting()
    ballot = ballots.open_ballot(house.decision(meeting), by=house.animator)
    for seat, choice in zip(house.seats, ["for", "for", "for", "against", "abstain"], strict=False):
        ballots.cast(ballot, seat, choice, by=None)
    ballots.close(ballot, by=house.animator)
    agenda.write_said(meeting.items.get(), base="", mine="Chacun a visité la halle.", by=house.animator)
    return meeting


def test_from_the_draft_to_the_signed_minutes(house: House, decided: Meeting) -> None:
    animator, member = signed(house.animator), signed(house.people[0], proved=True)
    draft = text(member.get(path_of(decided)))
    assert "n'est pas encore établi" in draft
    assert "Chacun a visité la halle." in draft
    etablir = path_of(decided, "compte-rendu/etablir/")
    assert member.post(etablir, {"faire": "etablir"}).status_code == 403
    assert animator.post(etablir, {"faire": "etablir"}).status_code == 302
    row = Minutes.objects.get()
    assert animator.post(etablir, {"faire": "clore"}).status_code == 409
    sign = path_of(decided, "compte-rendu/signer/")
    assert animator.get(sign).status_code == 403
    sent = {"seen": row.digest, "seat": house.seats[0].pk, "name": "Ada", "agreed": "on"}
    assert member.post(sign, {**sent, "agreed": ""}).status_code == 422
    assert member.post(sign, {**sent, "seat": house.seats[1].pk}).status_code == 422
    assert member.post(sign, sent).status_code == 302
    assert MinutesSignature.objects.get().seat == house.seats[0]
    assert member.get(sign).status_code == 403
    assert animator.post(etablir, {"faire": "clore"}).status_code == 302
    assert "Ada, " in text(member.get(path_of(decided)))
    assert (
        animator.post(
            path_of(decided, "notes/"), {"item": Item.objects.get().pk, "said": "x", "vu": ""}
        ).status_code
        == 409
    )
    assert animator.post(etablir, {"faire": "rouvrir", "reason": ""}).status_code == 422
    assert animator.post(etablir, {"faire": "rouvrir", "reason": "un oubli"}).status_code == 302
    assert Meeting.objects.get().state == "held"


def test_a_signature_asks_who_signs(house: House, decided: Meeting) -> None:
    row = minutes.freeze(decided, by=house.animator)
    sent = {"seen": row.digest, "seat": house.seats[0].pk, "name": "Ada", "agreed": "on"}
    house.people[0].set_password("une phrase assez longue")
    house.people[0].save()
    answer = signed(house.people[0]).post(path_of(decided, "compte-rendu/signer/"), sent)
    assert answer.status_code == 302
    assert "compte-rendu" not in answer["Location"].split("?")[0]
    assert not MinutesSignature.objects.exists()


def test_what_changed_since_is_not_signed(house: House, decided: Meeting) -> None:
    first = minutes.freeze(decided, by=house.animator)
    agenda.write_said(
        decided.items.get(),
        base="Chacun a visité la halle.",
        mine="Personne n'y est allé.",
        by=house.animator,
    )
    minutes.freeze(decided, by=house.animator)
    sent = {"seen": first.digest, "seat": house.seats[0].pk, "name": "Ada", "agreed": "on"}
    answer = signed(house.people[0], proved=True).post(path_of(decided, "compte-rendu/signer/"), sent)
    assert answer.status_code == 409
    assert "relisez-le" in text(answer)
    assert not MinutesSignature.objects.exists()
    old = text(signed(house.people[0]).get(path_of(decided, "compte-rendu/1/")))
    assert "Une version plus récente existe" in old
    assert "Chacun a visité la halle." in old


def test_made_again_identically(house: House, decided: Meeting) -> None:
    """The data, the page and the PDF: byte for byte, whatever changed since in the register."""
    row = minutes.freeze(decided, by=house.animator)
    minutes.sign(row, house.seats[0], name="Ada", by=house.people[0])
    client, pdf = signed(house.people[0]), path_of(decided, "compte-rendu/1.pdf")
    first = client.get(pdf).content
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        read_later = minutes_document.document(
            minutes_document.read(json.loads(row.data)),
            footer="Pôle d'essai · compte rendu, version 1",
            made=MinutesSignature.objects.get().at,
            digest=row.digest,
            signatures=[MinutesSignature.objects.get()],
        )
        assert rendered(read_later) == first
    Seat.objects.filter(pk=house.seats[0].pk).update(person="Quelqu'un d'autre")
    assert client.get(pdf).content == first
    assert canonical.digest(json.loads(row.data)) == row.digest
    read = PdfReader(BytesIO(first))
    words = " ".join(page.extract_text() for page in read.pages)
    assert "/StructTreeRoot" in read.trailer["/Root"]  # type: ignore[operator]
    for expected in (
        "Louer la halle",
        "Chacun a visité la halle.",
        "Quorum atteint",
        "3/5",
        "Ada",
        row.digest[:20],
    ):
        assert expected in words.replace("\n", " "), expected
    assert client.get(path_of(decided, "compte-rendu/9.pdf")).status_code == 404
    assert Client().get(pdf).status_code == 404


def test_secret_choices_are_not_in_the_minutes(house: House) -> None:
    meeting = house.meeting()
    ballot = ballots.open_ballot(house.decision(meeting), secret=True, by=house.animator)
    for seat in house.seats:
        ballots.cast(ballot, seat, "for", by=None)
    ballots.close(ballot, by=house.animator)
    page = text(signed(house.people[0]).get(path_of(meeting)))
    assert "Scrutin secret" in page
    assert "Qui a choisi quoi" not in page


def test_notes_are_kept_as_they_are_typed(house: House) -> None:
    meeting, client = house.meeting(), signed(house.animator)
    item, notes = meeting.items.get(), path_of(meeting, "notes/")
    typing: dict[str, Any] = {"headers": {"HX-Request": "true"}}
    first = client.post(notes, {"item": item.pk, "said": "Un", "vu": ""}, **typing)
    assert "Enregistré à" in text(first)
    other = client.post(notes, {"item": item.pk, "said": "Deux", "vu": ""})
    assert other.status_code == 302
    assert Item.objects.get().said == "Un\nDeux"
    # The first page goes on from what it holds itself: the line of the other stays.
    third = client.post(notes, {"item": item.pk, "said": "Un, dit Ada", "vu": "Un"}, **typing)
    assert "tout est gardé" in text(third)
    assert Item.objects.get().said == "Un, dit Ada\nDeux"
    clash = client.post(notes, {"item": item.pk, "said": "Un, dit Bob", "vu": "Un"}, **typing)
    assert "choisir ce qui reste" in text(clash)
    asked = client.post(notes, {"item": item.pk, "said": "Un, dit Bob", "vu": "Un"})
    assert asked.status_code == 409
    assert "Un, dit Ada\nUn, dit Bob\nDeux" in text(asked) or "Un, dit Ada\nDeux\nUn, dit Bob" in text(asked)
    kept = client.post(
        notes, {"item": item.pk, "said": "Un, disent Ada et Bob\nDeux", "vu": "Un, dit Ada\nDeux"}
    )
    assert kept.status_code == 302
    assert Item.objects.get().said == "Un, disent Ada et Bob\nDeux"
    long = client.post(notes, {"item": item.pk, "said": "x" * 20_001, "vu": ""})
    assert long.status_code == 422
    assert "trop long" in text(long)


def test_nobody_writes_in_another_meeting(house: House) -> None:
    item, other = house.meeting().items.get(), house.meeting()
    sent = {"item": item.pk, "said": "x", "vu": ""}
    assert signed(house.animator).post(path_of(other, "notes/"), sent).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_hands_lose_nothing() -> None:
    house = make()
    item = Item.objects.get(meeting=house.meeting())

    def write(base: str, mine: str) -> Callable[[], Any]:
        return lambda: agenda.write_said(
            Item.objects.get(pk=item.pk), base=base, mine=mine, by=house.animator
        )

    results = at_once(*(write("", f"Ligne de {name}.") for name in ("Ada", "Bob", "Chloé")))
    assert not [one for one in results if isinstance(one, Exception)]
    said = Item.objects.get().said
    assert sorted(said.split("\n")) == ["Ligne de Ada.", "Ligne de Bob.", "Ligne de Chloé."]
    line = said.split("\n")[0]
    clash = at_once(write(said, said.replace(line, "Oui.")), write(said, said.replace(line, "Non.")))
    assert [type(one) for one in clash if isinstance(one, Exception)] == [StaleWriteError]


@pytest.mark.django_db(transaction=True)
def test_two_signatures_of_one_seat() -> None:
    house = make()
    row = minutes.freeze(house.meeting(), by=house.animator)
    seat = house.seats[0]
    results = at_once(*(lambda: minutes.sign(row, seat, name="Ada", by=house.people[0]),) * 2)
    assert sorted(type(one) is DomainError for one in results) == [False, True]
    assert MinutesSignature.objects.count() == 1
    assert timezone.now() >= MinutesSignature.objects.get().at
