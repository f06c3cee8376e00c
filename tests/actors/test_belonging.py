"""Joining an organisation: who asks, who answers, what they may then do."""

from datetime import date

import pytest

from terreau.accounts.models import GlobalRole, User
from terreau.actors import belonging, perms
from terreau.actors.actions import create_actor, merge_actors, unmerge_actors
from terreau.actors.models import Actor, Belonging, LegalNature, Moderation
from terreau.common.errors import DomainError, RefusedError
from terreau.journal.models import Event
from terreau.notices.models import Notice
from tests.people import People

TODAY = date(2026, 11, 21)


def may(people: People, verb: str) -> dict[str, bool]:
    can = getattr(perms, verb)
    names = ("animator", "member", "stranger", "moderator", "moderator_elsewhere", "officer", "administrator")
    return {name: bool(can(getattr(people, name), people.pole_actor, on=TODAY)) for name in names}


def test_its_people_and_its_moderators_change_a_pole(people: People) -> None:
    allowed = may(people, "can_edit")
    assert allowed == {
        "animator": True,
        "member": True,
        "stranger": False,
        "moderator": True,
        "moderator_elsewhere": False,
        "officer": True,
        "administrator": True,
    }


def test_moderators_of_the_territory_alone_moderate_it(people: People) -> None:
    allowed = may(people, "can_moderate")
    assert [name for name, ok in allowed.items() if ok] == ["moderator", "administrator"]


def test_a_private_actor_is_seen_by_its_people(people: People) -> None:
    people.pole_actor.subject.public = False
    allowed = may(people, "can_see")
    assert [name for name, ok in allowed.items() if not ok] == ["stranger", "moderator_elsewhere"]


def test_rights_follow_a_merge_and_come_back(people: People) -> None:
    winner = create_actor("Le même pôle", source=None, public=True, kind="pole")
    assert not perms.can_edit(people.member, winner, on=TODAY)
    merged = merge_actors(people.pole_actor, winner, by=None, reason="Le même.")
    assert perms.can_edit(people.member, winner, on=TODAY)
    asked = belonging.ask(people.stranger, winner, by=people.stranger)
    assert set(belonging.who_answers(asked)) == {people.animator, people.member}
    unmerge_actors(merged, by=None, reason="Non.")
    assert not perms.can_edit(people.member, winner, on=TODAY)


def test_an_erased_or_inactive_person_may_nothing(people: People) -> None:
    people.animator.is_active = False
    people.moderator.is_active = False
    assert not perms.can_edit(people.animator, people.pole_actor, on=TODAY)
    assert not perms.can_moderate(people.moderator, people.pole_actor, on=TODAY)


def test_an_ended_moderation_gives_nothing(people: People) -> None:
    Moderation.objects.filter(user=people.moderator).update(valid_to=TODAY)
    assert not perms.can_moderate(people.moderator, people.pole_actor, on=TODAY)
    assert not perms.moderation_scope(people.moderator, TODAY)


def test_a_network_is_moderated_through_its_affiliates(people: People) -> None:
    network = Actor.objects.filter(affiliates__kind="network", affiliates__valid_to=None).order_by("pk")[0]
    affiliate = Actor.objects.filter(affiliations__network=network).order_by("pk")[0]
    Moderation.objects.create(user=people.stranger, network=network, valid_from=TODAY)
    assert perms.can_moderate(people.stranger, affiliate, on=TODAY)
    assert not perms.can_moderate(people.stranger, people.pole_actor, on=TODAY)


def test_who_asks_waits_for_the_people_of_the_organisation(people: People) -> None:
    asked = belonging.ask(people.stranger, people.pole_actor, message="Bonjour", by=people.stranger)
    assert asked.state == "asked"
    assert not perms.can_edit(people.stranger, people.pole_actor, on=TODAY)
    told = Notice.objects.filter(kind="belonging", path__endswith="/demandes/").values_list("to", flat=True)
    assert {people.animator.pk, people.member.pk} <= set(told)
    belonging.confirm(asked, by=people.member)
    assert asked.state == "confirmed"
    assert asked.confirmed_by == people.member
    assert perms.can_edit(people.stranger, people.pole_actor, on=TODAY)
    assert Notice.objects.filter(to=people.stranger, kind="belonging").count() == 1


def test_without_people_the_moderators_of_the_territory_are_asked(people: People) -> None:
    Belonging.objects.all().delete()
    asked = belonging.ask(people.stranger, people.pole_actor, by=people.stranger)
    assert belonging.who_answers(asked) == [people.moderator]
    belonging.confirm(asked, by=people.moderator)


def test_without_moderators_nearby_the_administrators_are_asked(people: People) -> None:
    Belonging.objects.all().delete()
    Moderation.objects.all().delete()
    asked = belonging.ask(people.stranger, people.pole_actor, by=people.stranger)
    assert belonging.who_answers(asked) == [people.administrator]


def test_who_asks_to_be_animator_is_answered_by_an_animator(people: People) -> None:
    asked = belonging.ask(people.stranger, people.pole_actor, role="animator", by=people.stranger)
    with pytest.raises(RefusedError):
        belonging.confirm(asked, by=people.member)
    belonging.confirm(asked, by=people.animator)


@pytest.mark.parametrize("who", ["stranger", "moderator_elsewhere", "officer"])
def test_others_do_not_answer(people: People, who: str) -> None:
    other = User.objects.create_user("autre@example.org")
    asked = belonging.ask(other, people.pole_actor, by=other)
    with pytest.raises(RefusedError):
        belonging.confirm(asked, by=getattr(people, who))
    with pytest.raises(RefusedError):
        belonging.refuse(asked, by=getattr(people, who), reason="Non.")


def test_nobody_answers_their_own_request(people: People) -> None:
    GlobalRole.objects.create(user=people.stranger, role="administrator", valid_from=TODAY)
    asked = belonging.ask(people.stranger, people.pole_actor, by=people.stranger)
    with pytest.raises(RefusedError):
        belonging.confirm(asked, by=people.stranger)


def test_a_refusal_says_why_and_one_may_ask_again(people: People) -> None:
    asked = belonging.ask(people.stranger, people.pole_actor, by=people.stranger)
    with pytest.raises(DomainError) as caught:
        belonging.refuse(asked, by=people.animator, reason="  ")
    assert caught.value.code == "reason_needed"
    belonging.refuse(asked, by=people.animator, reason="Nous ne vous connaissons pas.")
    notice = Notice.objects.get(to=people.stranger)
    assert "Nous ne vous connaissons pas." in notice.text
    assert belonging.ask(people.stranger, people.pole_actor, by=people.stranger).state == "asked"


def test_one_request_at_a_time(people: People) -> None:
    belonging.ask(people.stranger, people.pole_actor, by=people.stranger)
    with pytest.raises(DomainError) as caught:
        belonging.ask(people.stranger, people.pole_actor, by=people.stranger)
    assert (caught.value.code, caught.value.status) == ("belongs_already", 409)


def test_an_answer_is_given_once(people: People) -> None:
    asked = belonging.ask(people.stranger, people.pole_actor, by=people.stranger)
    belonging.refuse(asked, by=people.animator, reason="Non.")
    with pytest.raises(DomainError) as caught:
        belonging.confirm(asked, by=people.member)
    assert caught.value.code == "answered_already"


def test_one_leaves_alone_and_is_ended_with_a_reason(people: People) -> None:
    mine = Belonging.objects.get(user=people.member)
    with pytest.raises(RefusedError):
        belonging.end(mine, by=people.stranger, reason="Je le veux.")
    with pytest.raises(DomainError):
        belonging.end(mine, by=people.animator, reason="")
    belonging.end(mine, by=people.member)
    assert mine.state == "ended"
    assert not perms.can_edit(people.member, people.pole_actor, on=TODAY)


def test_found_is_for_what_has_nobody_yet(people: People) -> None:
    with pytest.raises(RefusedError):
        belonging.found(people.stranger, people.pole_actor, by=people.stranger)
    belonging.found(people.stranger, people.pole_actor, by=people.moderator)


def test_nobody_joins_a_person(people: People) -> None:
    Actor.objects.filter(pk=people.pole_actor.pk).update(legal_nature=LegalNature.NATURAL_PERSON)
    people.pole_actor.refresh_from_db()
    with pytest.raises(DomainError) as caught:
        belonging.ask(people.stranger, people.pole_actor, by=people.stranger)
    assert caught.value.code == "not_an_organisation"


def test_an_animator_makes_another_and_a_member_does_not(people: People) -> None:
    mine = Belonging.objects.get(user=people.member)
    with pytest.raises(RefusedError):
        belonging.change_role(mine, role="animator", by=people.member)
    assert belonging.change_role(mine, role="animator", by=people.animator).role == "animator"


def test_each_act_has_its_event_without_a_name(people: People) -> None:
    events = list(Event.objects.filter(subject=people.pole_actor.pk, verb__startswith="belonging."))
    assert [event.verb for event in events] == [
        "belonging.founded",
        "belonging.asked",
        "belonging.confirmed",
    ]
    assert not any("people.example.org" in str(event.data) for event in events)
