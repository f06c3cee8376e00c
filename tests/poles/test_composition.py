"""Members, carriers, places and sentences are added, ended or struck out; none is deleted."""

from datetime import date

import pytest

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.journal.models import Event
from terreau.poles.actions import (
    add_carrier,
    add_member,
    add_place,
    change_member,
    end,
    register_pole,
    say,
    set_members,
    strike,
)
from terreau.poles.models import Listing, Membership, Pole, Statement
from terreau.territories import read
from tests.two_connections import at_once

pytestmark = pytest.mark.usefixtures("zones")
DAY = date(2025, 3, 1)


@pytest.fixture
def person() -> User:
    return User.objects.create_user("animation@example.org")


@pytest.fixture
def pole(person: User) -> Pole:
    return register_pole("Pôle composé", carrier=None, codes=[], cog_year=2026, by=person, public=True)


@pytest.fixture
def dairy() -> Actor:
    return create_actor("La Laiterie", source=None, public=True)


def test_a_member_changes_circle_and_both_lines_stay(pole: Pole, dairy: Actor, person: User) -> None:
    row = add_member(pole, dairy, by=person, circle="partner", since=PartialDate.parse("2020"))
    assert "laiterie" in Listing.objects.get(pole=pole).words
    new = change_member(row, on=DAY, by=person, circle="core", status="justifie")
    row.refresh_from_db()
    assert (row.valid_to, row.circle, new.valid_from, new.circle, new.status) == (
        DAY,
        "partner",
        DAY,
        "core",
        "justifie",
    )
    assert row.end_recorded_at
    assert list(Event.objects.filter(subject=pole.pk).values_list("verb", flat=True))[-3:] == [
        "pole.member_added",
        "pole.member_ended",
        "pole.member_added",
    ]
    with pytest.raises(DomainError) as caught:
        change_member(new, on=DAY, by=person)
    assert caught.value.code == "same_membership"


def test_one_role_at_a_time_unless_struck_out(pole: Pole, dairy: Actor, person: User) -> None:
    row = add_member(pole, dairy, by=person)
    with pytest.raises(DomainError, match="tient déjà ce rôle"):
        add_member(pole, dairy, by=person, since=PartialDate.parse("2024"))
    strike(row, reason="homonyme", by=person)
    again = add_member(pole, dairy, by=person)
    assert list(Membership.objects.filter(pole=pole)) == [again]
    assert Membership.every.filter(pole=pole).count() == 2
    with pytest.raises(DomainError) as caught:
        strike(row, reason="encore", by=person)
    assert (caught.value.code, caught.value.status) == ("already_struck", 409)


def test_an_end_has_a_reason_and_follows_the_start(pole: Pole, dairy: Actor, person: User) -> None:
    row = add_carrier(pole, dairy, by=person, since=DAY)
    for on, reason, code in ((DAY, "x", "end_before_start"), (date(2026, 1, 1), " ", "reason_needed")):
        with pytest.raises(DomainError) as caught:
            end(row, on=on, reason=reason, by=person)
        assert caught.value.code == code
    end(row, on=date(2026, 1, 1), reason="reprise en SCIC", by=person)
    with pytest.raises(DomainError) as caught:
        end(row, on=date(2026, 2, 1), reason="encore", by=person)
    assert caught.value.code == "already_ended"


def test_a_pole_is_not_its_own_member(pole: Pole, person: User) -> None:
    with pytest.raises(DomainError, match="lui-même"):
        add_member(pole, pole.actor, by=person)


def test_a_list_of_members_replaces_another(pole: Pole, dairy: Actor, person: User) -> None:
    leaving, funder = (create_actor(name, source=None, public=True) for name in ("Partante", "Banque"))
    for actor, role in ((dairy, "founder"), (leaving, "member"), (funder, "funder")):
        add_member(pole, actor, by=person, role=role)
    new = create_actor("Nouvelle", source=None, public=True)
    assert set_members(pole, [dairy, new], on=DAY, by=person) == (1, 1)
    held = Membership.objects.filter(pole=pole, valid_to=None).values_list("actor__name", "role")
    assert set(held) == {("La Laiterie", "founder"), ("Nouvelle", "member"), ("Banque", "funder")}


def test_a_sentence_replaces_another_in_its_place(pole: Pole, person: User) -> None:
    first = say(pole, "pole", "Un pôle.", by=person)
    second = say(pole, "pole", "Un grand pôle.", by=person, replaces=first)
    assert list(Statement.objects.filter(pole=pole)) == [second]
    assert (second.rank, Statement.every.filter(pole=pole).count()) == (first.rank, 2)
    for heading, text, code in (("gloire", "x", "unknown_heading"), ("pole", "  ", "empty_text")):
        with pytest.raises(DomainError) as caught:
            say(pole, heading, text, by=person)
        assert caught.value.code == code


def test_places_of_one_name_have_two_addresses(pole: Pole, person: User) -> None:
    zone = read.zone("commune", "26311")
    slugs = [add_place(pole, "La Halle", by=person, zone=zone, kind="site").place.slug for _ in range(2)]
    assert slugs == ["la-halle", "la-halle-2"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_end_a_line_one_is_told(pole: Pole, dairy: Actor, person: User) -> None:
    row = add_member(pole, dairy, by=person)

    def leave() -> None:
        end(Membership.objects.select_related("pole").get(pk=row.pk), on=DAY, reason="départ", by=person)

    outcomes = at_once(leave, leave)
    assert sorted(getattr(one, "code", "ended") for one in outcomes) == ["already_ended", "ended"]
    assert Event.objects.filter(subject=pole.pk, verb="pole.member_ended").count() == 1
