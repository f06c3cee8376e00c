"""Several organisations write one file: invited, joined, led in turn, gone, and none of their work lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from terreau.actors.models import Belonging
from terreau.census import tokens
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.dossiers import perms, team
from terreau.dossiers.models import AnswerChange, Dossier, Writer
from terreau.journal.models import Event
from terreau.notices.models import Notice
from tests.dossiers import making
from tests.dossiers.seen import client_of, words
from tests.two_connections import at_once

Role = Writer.Role


@pytest.fixture
def told() -> list[str]:
    """The secrets that left in links."""
    return []


def _file(**values: Any) -> tuple[Dossier, Any]:
    lead = making.person("Ana")
    row = making.dossier(making.call(), lead=lead, answers={"title": "Une conserverie"}, **values)
    return row, lead


def _invite(row: Dossier, lead: Any, told: list[str], **values: Any) -> Writer:
    asked = {"role": Role.WRITER, "email": "bea@ailleurs.example.org"} | values
    return team.invite(
        row, by=lead, link=lambda secret: told.append(secret) or f"https://x/{secret}", **asked
    )


def _belongs(user: Any, actor: Any, role: str = Belonging.Role.MEMBER) -> None:
    now = timezone.now()
    Belonging.objects.create(
        user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
    )


def test_an_invitation_leaves_by_mail_and_keeps_its_digest_alone(
    db: None, told: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    row, lead = _file()
    with django_capture_on_commit_callbacks(execute=True):
        made = _invite(row, lead, told)
    (message,) = mail.outbox
    assert message.to == ["bea@ailleurs.example.org"]
    assert f"https://x/{told[0]}" in message.body
    assert row.call.title in message.body
    assert made.token_hash == tokens.digest(told[0])
    assert told[0] not in str(Event.objects.filter(subject=row.subject).values_list("data", flat=True))


def test_who_holds_the_link_joins_once_and_writes(db: None, told: list[str]) -> None:
    row, lead = _file()
    _invite(row, lead, told)
    bea, other = making.person("Béa"), making.person("Chloé")
    with pytest.raises(NotFoundError):
        perms.of_person(bea, row.pk)
    team.join(team.of_link(told[0]), by=bea)
    assert perms.of_person(bea, row.pk, "write").role == Role.WRITER
    with pytest.raises(DomainError) as raised:
        team.join(team.of_link(told[0]), by=other)
    assert (raised.value.code, raised.value.status) == ("link_closed", 410)
    assert team.join(team.of_link(told[0]), by=bea).user == bea
    assert Notice.objects.filter(to=lead, kind="dossier.team.joined").count() == 1


def test_a_link_expires_is_replaced_and_is_withdrawn(db: None, told: list[str]) -> None:
    row, lead = _file()
    made = _invite(row, lead, told)
    late = timezone.now() + timedelta(days=team.LINK_DAYS, minutes=1)
    with pytest.raises(DomainError, match="expiré"):
        team.join(made, by=making.person(), now=late)
    with pytest.raises(DomainError, match="vient de partir"):
        team.invite_again(made, by=lead, link=lambda secret: secret)
    Writer.objects.filter(pk=made.pk).update(invited_at=timezone.now() - timedelta(days=3))
    team.invite_again(made, by=lead, link=lambda secret: told.append(secret) or secret)
    with pytest.raises(NotFoundError):
        team.of_link(told[0])
    team.end(team.of_link(told[1]), by=lead)
    with pytest.raises(DomainError, match="retirée"):
        team.join(team.of_link(told[1]), by=making.person())


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "pas une adresse"}, "email"),
        ({"role": "lead"}, "role"),
        ({"role": "signatory"}, "actor"),
    ],
)
def test_a_bad_invitation_says_why(db: None, told: list[str], values: Any, field: str) -> None:
    row, lead = _file()
    with pytest.raises(DomainError) as raised:
        _invite(row, lead, told, **values)
    assert raised.value.facts["field"] == field
    assert Writer.objects.filter(dossier=row).count() == 1


def test_an_address_is_invited_once(db: None, told: list[str]) -> None:
    row, lead = _file()
    _invite(row, lead, told)
    with pytest.raises(DomainError, match="déjà"):
        _invite(row, lead, told, email="BEA@ailleurs.example.org")
    with pytest.raises(DomainError, match="déjà"):
        _invite(row, lead, told, email=lead.email.upper())


def test_an_organisation_is_asked_through_its_people(db: None) -> None:
    row, lead = _file()
    partner = making.actor("Le Moulin")
    bea, gone = making.person("Béa"), making.person("Parti")
    gone.is_active = False
    gone.save()
    for one in (bea, gone):
        _belongs(one, partner)
    (made,) = team.invite_organisation(row, partner, role=Role.SIGNATORY, by=lead)
    assert (made.user, made.accepted_at) == (bea, None)
    assert [one.dossier for one in team.waiting_for(bea)] == [row]
    with pytest.raises(NotFoundError):
        perms.of_person(bea, row.pk)
    with pytest.raises(DomainError, match="plus"):
        team.invite_organisation(row, partner, role=Role.SIGNATORY, by=lead)
    with pytest.raises(DomainError):
        team.join(made, by=lead)
    team.join(made, by=bea)
    assert perms.of_person(bea, row.pk).role == Role.SIGNATORY


def test_who_leaves_leaves_what_they_wrote(db: None) -> None:
    row, lead = _file()
    bea = making.person("Béa")
    making.joins(row, bea)
    making.fill(row, {"summary": "Écrit par Béa"}, by=bea)
    team.leave(row, by=bea)
    with pytest.raises(NotFoundError):
        perms.of_person(bea, row.pk)
    kept = AnswerChange.objects.get(dossier=row, key="summary")
    assert (kept.by, kept.value) == (bea, "Écrit par Béa")
    (past,) = team.team(row, lead).past
    assert (past.name, past.written) == ("Béa", 1)


def test_the_lead_hands_over_before_leaving(db: None) -> None:
    row, lead = _file()
    bea = making.person("Béa")
    theirs = making.joins(row, bea)
    mine = team.part_of(row, lead)
    assert mine is not None
    for refused in (lambda: team.leave(row, by=lead), lambda: team.end(mine, by=bea)):
        with pytest.raises(DomainError) as raised:
            refused()
        assert raised.value.code == "lead_stays"
    team.hand_over(row, theirs, by=lead)
    found = team.team(row, lead)
    assert found.lead is not None
    assert found.lead.name == "Béa"
    assert [one.writer.role for one in found.present] == [Role.LEAD, Role.WRITER]
    team.leave(row, by=lead)
    assert Notice.objects.filter(to=bea, kind="dossier.team.lead").exists()


def test_a_file_without_lead_is_taken_by_who_writes_it_or_animates_its_applicant(db: None) -> None:
    row, lead = _file()
    bea, animator, stranger = making.person("Béa"), making.person("Anime"), making.person()
    reader = making.person("Rose")
    making.joins(row, bea)
    making.joins(row, reader, "reader")
    _belongs(animator, row.applicant, Belonging.Role.ANIMATOR)
    with pytest.raises(RefusedError):
        team.take_lead(row, by=bea)
    lead.is_active = False
    lead.save()
    for one in (stranger, reader):
        with pytest.raises(RefusedError):
            team.take_lead(row, by=one)
    for one, offered in ((bea, True), (reader, False)):
        page = words(client_of(one).get(f"/dossiers/{row.pk}/equipe/"))
        assert ("Mener ce dossier" in page) is offered
    assert team.take_lead(row, by=animator).role == Role.LEAD
    assert Writer.objects.filter(dossier=row, role=Role.LEAD, ended_at=None).count() == 1


def test_a_role_changes_but_the_lead_is_not_taken_away(db: None) -> None:
    row, lead = _file()
    theirs = making.joins(row, making.person())
    assert team.change_role(theirs, Role.READER, by=lead).role == Role.READER
    with pytest.raises(DomainError, match="organisation"):
        team.change_role(theirs, Role.SIGNATORY, by=lead)
    mine = team.part_of(row, lead)
    assert mine is not None
    with pytest.raises(DomainError) as raised:
        team.change_role(mine, Role.READER, by=lead)
    assert raised.value.code == "lead_stays"


def test_a_team_is_read_in_few_questions(db: None, django_assert_max_num_queries: Any) -> None:
    row, lead = _file()
    for _turn in range(8):
        making.joins(row, making.person(), actor=making.actor())
    with django_assert_max_num_queries(4):
        assert len(team.team(row, lead).present) == 9


@pytest.mark.django_db(transaction=True)
def test_two_people_take_one_link_at_once_and_one_joins(told: list[str]) -> None:
    row, lead = _file()
    made = _invite(row, lead, told)
    bea, other = making.person("Béa"), making.person("Chloé")
    found = at_once(lambda: team.join(made, by=bea), lambda: team.join(made, by=other))
    refused = [one for one in found if isinstance(one, DomainError)]
    assert [one.code for one in refused] == ["link_closed"]
    assert Writer.objects.filter(dossier=row, role=Role.WRITER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_hands_given_at_once_leave_one_lead() -> None:
    row, lead = _file()
    first, second = making.joins(row, making.person()), making.joins(row, making.person())
    at_once(lambda: team.hand_over(row, first, by=lead), lambda: team.hand_over(row, second, by=lead))
    assert Writer.objects.filter(dossier=row, role=Role.LEAD).count() == 1
