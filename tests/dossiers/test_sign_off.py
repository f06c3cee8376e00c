"""Each partner signs this text and no other: stale after any change, once, by who may, two at once."""

from typing import Any

import pytest
from django.utils import timezone

from terreau.actors.models import Actor, Belonging
from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.dossiers import sign_off, team
from terreau.dossiers.models import Answer, Dossier, SignOff, Writer
from terreau.notices.models import Notice
from tests.dossiers import making
from tests.two_connections import at_once

Role = Writer.Role


def _file(**values: Any) -> tuple[Dossier, Any, Actor, Any]:
    """Return a file, its lead (of the applicant), a partner and its signatory."""
    lead, signatory = making.person("Ana"), making.person("Béa")
    applicant, partner = making.actor("La Régie"), making.actor("Le Moulin")
    call = making.call(deposit={"signed": True})
    row = making.dossier(call, applicant=applicant, answers=making.COMPLETE, **values)
    making.joins(row, lead, Role.LEAD, actor=applicant)
    making.joins(row, signatory, Role.SIGNATORY, actor=partner)
    return row, lead, partner, signatory


def _sign(row: Dossier, actor: Actor, by: Any, seen: str = "") -> SignOff:
    return sign_off.sign(row, actor, seen=seen or sign_off.digest_of(row), by=by)


def _states(row: Dossier) -> list[tuple[str, str]]:
    return [(one.actor.name, one.state) for one in sign_off.partners(row)]


def test_a_deposit_waits_for_each_partner_when_the_call_says_so(db: None) -> None:
    row, lead, partner, signatory = _file()
    assert [one.actor.name for one in sign_off.lacking(row)] == ["La Régie", "Le Moulin"]
    _sign(row, row.applicant, lead)
    _sign(row, partner, signatory)
    assert sign_off.lacking(row) == []
    row.call.deposit = {}
    row.call.save()
    Answer.objects.filter(dossier=row, key="title").update(value="Autre chose")
    assert sign_off.lacking(row) == []


def test_any_later_edit_makes_a_signature_stale_and_says_it(db: None) -> None:
    row, _lead, partner, signatory = _file()
    _sign(row, partner, signatory)
    assert _states(row) == [("La Régie", "never"), ("Le Moulin", "signed")]
    Answer.objects.filter(dossier=row, key="asked").update(value=9_900_000)
    assert _states(row)[1] == ("Le Moulin", "stale")
    assert [one.stale for one in sign_off.lacking(row)] == [False, True]
    again = _sign(row, partner, signatory)
    assert _states(row)[1] == ("Le Moulin", "signed")
    assert list(SignOff.objects.filter(withdrawn_at=None)) == [again]


def test_words_put_back_make_the_signature_stand_again(db: None) -> None:
    row, _lead, partner, signatory = _file()
    _sign(row, partner, signatory)
    for value in (9_900_000, making.COMPLETE["asked"]):
        Answer.objects.filter(dossier=row, key="asked").update(value=value)
    assert _states(row)[1] == ("Le Moulin", "signed")


def test_nobody_signs_what_they_did_not_read(db: None) -> None:
    row, _lead, partner, signatory = _file()
    seen = sign_off.digest_of(row)
    Answer.objects.filter(dossier=row, key="summary").update(value="Tout autre chose.")
    with pytest.raises(StaleWriteError) as raised:
        _sign(row, partner, signatory, seen=seen)
    assert raised.value.code == "text_moved"
    assert not SignOff.objects.exists()


def test_a_hidden_answer_and_the_order_of_keys_change_nothing(db: None) -> None:
    row, _lead, _partner, _signatory = _file()
    before = sign_off.digest_of(row)
    making.fill(row, {"since": "2020-01-01"})
    assert sign_off.digest_of(row) == before


def test_only_who_was_named_for_an_organisation_or_animates_it_signs(db: None) -> None:
    row, lead, partner, signatory = _file()
    writer, animator, outside = making.person(), making.person(), making.person()
    making.joins(row, writer, Role.WRITER, actor=partner)
    now = timezone.now()
    for user in (animator, outside):
        Belonging.objects.create(
            user=user, actor=partner, role="animator", asked_at=now, confirmed_at=now, confirmed_by=user
        )
    making.joins(row, animator, Role.READER)
    for user in (lead, writer, outside):
        with pytest.raises(RefusedError):
            _sign(row, partner, user)
    assert _sign(row, partner, animator).user == animator
    assert _sign(row, partner, signatory).user == animator
    with pytest.raises(RefusedError):
        _sign(row, making.actor(), signatory)


def test_a_reader_engages_nobody(db: None) -> None:
    row, _lead, _partner, _signatory = _file()
    outside = making.actor("Un lecteur")
    reader = making.person()
    making.joins(row, reader, Role.READER, actor=outside)
    assert "Un lecteur" not in dict(_states(row))
    now = timezone.now()
    Belonging.objects.create(
        user=reader, actor=outside, role="animator", asked_at=now, confirmed_at=now, confirmed_by=reader
    )
    with pytest.raises(NotFoundError):
        _sign(row, outside, reader)


def test_it_is_said_when_the_register_does_not_know_who_signed(db: None) -> None:
    row, lead, partner, signatory = _file()
    _sign(row, partner, signatory)
    assert [one.belongs for one in sign_off.partners(row)] == [None, False]
    now = timezone.now()
    Belonging.objects.create(
        user=signatory, actor=partner, role="member", asked_at=now, confirmed_at=now, confirmed_by=lead
    )
    assert sign_off.partners(row)[1].belongs is True


def test_a_deposited_file_is_not_signed(db: None) -> None:
    row, lead, _partner, _signatory = _file(state="deposited")
    with pytest.raises(RefusedError, match="déposé"):
        _sign(row, row.applicant, lead)


def test_a_signature_is_taken_back_once(db: None) -> None:
    row, _lead, partner, signatory = _file()
    made = _sign(row, partner, signatory)
    sign_off.withdraw(made, by=signatory)
    assert _states(row)[1] == ("Le Moulin", "never")
    with pytest.raises(DomainError) as raised:
        sign_off.withdraw(made, by=signatory)
    assert raised.value.code == "withdrawn_already"


def test_who_leaves_leaves_the_signature_of_their_organisation(db: None) -> None:
    row, _lead, partner, signatory = _file()
    making.joins(row, making.person(), Role.WRITER, actor=partner)
    _sign(row, partner, signatory)
    team.leave(row, by=signatory)
    assert _states(row)[1] == ("Le Moulin", "signed")


def test_those_who_have_not_signed_are_told_once_for_a_text(db: None) -> None:
    row, lead, partner, signatory = _file()
    assert sign_off.ask(row, by=lead) == 1
    assert sign_off.ask(row, by=lead) == 0
    assert Notice.objects.get(to=signatory).path == f"/dossiers/{row.pk}/signatures/"
    Answer.objects.filter(dossier=row, key="title").update(value="Un autre titre")
    assert sign_off.ask(row, by=lead) == 1
    _sign(row, partner, signatory)
    assert sign_off.ask(row, by=lead) == 0


@pytest.mark.django_db(transaction=True)
def test_two_members_signing_at_once_both_sign() -> None:
    row, lead, partner, signatory = _file()
    seen = sign_off.digest_of(row)
    found = at_once(
        lambda: _sign(row, row.applicant, lead, seen), lambda: _sign(row, partner, signatory, seen)
    )
    assert all(isinstance(one, SignOff) for one in found), found
    assert sign_off.lacking(row) == []


@pytest.mark.django_db(transaction=True)
def test_one_organisation_signing_twice_at_once_signs_once() -> None:
    row, _lead, partner, signatory = _file()
    seen = sign_off.digest_of(row)
    found = at_once(*[lambda: _sign(row, partner, signatory, seen)] * 2)
    assert len({one.pk for one in found}) == 1
    assert SignOff.objects.count() == 1
