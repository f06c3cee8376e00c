"""In whose name a person stands in a pole: by belonging, never by a role on the whole site."""

from datetime import date
from uuid import UUID

import pytest
from django.utils import timezone

from terreau.accounts.models import GlobalRole, User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Belonging
from terreau.common.errors import NotFoundError, RefusedError
from terreau.journal import subjects
from terreau.poles import standing
from terreau.poles.composition import add_carrier, add_member, end
from terreau.poles.models import Membership, Pole
from terreau.subjects.models import Subject

TODAY = date(2026, 11, 21)


@pytest.fixture
def pole(db: None) -> Pole:
    actor = create_actor("Pôle d'essai", source=None, public=False, kind=Subject.Kind.POLE)
    return Pole.objects.create(actor=actor, slug="pole-essai")


def person(name: str, actor: Actor | None = None, role: str = Belonging.Role.MEMBER) -> User:
    user = User.objects.create_user(f"{name}@people.example.org", name=name)
    if actor is not None:
        now = timezone.now()
        Belonging.objects.create(
            user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
        )
    return user


def organisation(name: str) -> Actor:
    return create_actor(name, source=None, public=False)


def speaks(user: User, pole: Pole, on: date = TODAY) -> tuple[bool, set[UUID]]:
    found = standing.standing(user, pole, on=on)
    return found.animates, set(found.speaks_for)


def test_animators_members_and_carriers_stand_in_the_pole(pole: Pole) -> None:
    cantine, atelier = organisation("Cantine"), organisation("Atelier")
    add_member(pole, cantine, by=None)
    add_carrier(pole, atelier, by=None)
    assert speaks(person("a", pole.actor, Belonging.Role.ANIMATOR), pole) == (True, {pole.pk})
    assert speaks(person("b", pole.actor), pole) == (False, {pole.pk})
    assert speaks(person("c", cantine), pole) == (False, {cantine.pk})
    assert speaks(person("d", atelier, Belonging.Role.ANIMATOR), pole) == (False, {atelier.pk})
    assert speaks(person("e", organisation("Ailleurs")), pole) == (False, set())
    assert speaks(person("f"), pole) == (False, set())


def test_who_keeps_the_register_is_not_of_the_pole(pole: Pole) -> None:
    keeper = person("g")
    GlobalRole.objects.create(user=keeper, role=GlobalRole.Role.ADMINISTRATOR, valid_from=date(2026, 1, 1))
    with pytest.raises(NotFoundError):
        standing.require(keeper, pole, on=TODAY)
    assert not standing.can_enter(None, pole, on=TODAY)


def test_a_member_that_left_leaves_with_its_people(pole: Pole) -> None:
    cantine = organisation("Cantine")
    user = person("h", cantine)
    row: Membership = add_member(pole, cantine, by=None)
    end(row, on=date(2026, 7, 1), reason="départ", by=None)
    assert speaks(user, pole, date(2026, 6, 30)) == (False, {cantine.pk})
    assert speaks(user, pole, date(2026, 7, 1)) == (False, set())


def test_a_merged_member_keeps_its_people(pole: Pole) -> None:
    cantine, double = organisation("Cantine"), organisation("La Cantine")
    user = person("i", double)
    add_member(pole, cantine, by=None)
    assert not standing.standing(user, pole, on=TODAY)
    subjects.merge(double.subject, cantine.subject, by=None, reason="la même")
    assert speaks(user, pole) == (False, {cantine.pk})


def test_a_member_made_of_two_merges_keeps_the_people_of_all(pole: Pole) -> None:
    first, second, kept = organisation("Une"), organisation("Deux"), organisation("Trois")
    user = person("m", first, Belonging.Role.ANIMATOR)
    add_member(pole, kept, by=None)
    subjects.merge(first.subject, second.subject, by=None, reason="la même")
    assert not standing.standing(user, pole, on=TODAY)
    subjects.merge(second.subject, kept.subject, by=None, reason="la même")
    assert speaks(user, pole) == (False, {kept.pk})


def test_only_animators_run_it(pole: Pole) -> None:
    animator, member = person("j", pole.actor, Belonging.Role.ANIMATOR), person("k", pole.actor)
    assert standing.require(animator, pole, on=TODAY, run=True).animates
    assert standing.require(member, pole, on=TODAY)
    with pytest.raises(RefusedError):
        standing.require(member, pole, on=TODAY, run=True)
    subjects.close(pole.actor.subject, by=None, reason="fini")
    pole.actor.subject.refresh_from_db()
    with pytest.raises(RefusedError):
        standing.require(animator, pole, on=TODAY, run=True)
