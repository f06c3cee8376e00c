"""An agreement from the award to its end: frozen, signed by each, amended, the envelopes always exact."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from terreau.agreements import agreeing, deed_text, edition, paying, read
from terreau.agreements.models import Agreement, Deed, Instalment, Signature
from terreau.common.errors import DomainError, StaleWriteError
from terreau.design.pdf import pdf_response
from terreau.dossiers import moving
from terreau.dossiers.models import FrozenCopy
from terreau.envelopes import read as envelopes
from terreau.envelopes.actions import OverspentError
from tests.agreements.conftest import Office, office
from tests.two_connections import at_once


def test_from_award_to_signature(desk: Office) -> None:
    """The last signature puts it in force: schedule written, action begun, nothing more committed."""
    row, deed = desk.frozen()
    assert FrozenCopy.objects.filter(dossier=desk.dossier, why="agreement").count() == 1
    told = json.loads(bytes(deed.document or b""))
    assert told["body"]["cents"] == 10_000_000
    assert [one["side"] for one in told["signatories"]] == ["owner", "applicant"]
    first, second = deed_text.signatories(deed)
    agreeing.sign(deed, first, sha256=deed.sha256, by=desk.owner)
    assert read.agreement_of(desk.dossier).state == "to_sign"  # type: ignore[union-attr]
    agreeing.sign(deed, second, sha256=deed.sha256, by=desk.lead)
    row.refresh_from_db()
    desk.dossier.refresh_from_db()
    assert (row.state, row.cents, desk.dossier.state) == ("signed", 10_000_000, "running")
    assert [one.kind for one in Instalment.objects.filter(agreement=row)] == ["advance", "balance"]
    assert envelopes.held(desk.dossier).committed == 10_000_000


def test_nobody_signs_for_who_gives_and_for_who_receives(desk: Office) -> None:
    row, deed = desk.frozen()
    first, second = deed_text.signatories(deed)
    agreeing.sign(deed, first, sha256=deed.sha256, by=desk.owner)
    with pytest.raises(DomainError, match="autre partie") as told:
        agreeing.sign(deed, second, sha256=deed.sha256, by=desk.owner)
    assert told.value.code == "both_sides"
    agreeing.sign(deed, second, sha256=deed.sha256, by=desk.lead)
    row.refresh_from_db()
    assert row.state == "signed"


def test_an_agreement_for_less_gives_back_the_rest(desk: Office) -> None:
    """What was decided and is not agreed goes back to the envelope when the agreement is signed."""
    _row, deed = desk.prepared()
    parts = [{"kind": "balance", "label": "", "cents": 8_000_000, "due": None, "condition": ""}]
    deed = agreeing.write(deed, {"cents": 8_000_000, "schedule": parts}, seen=deed.version, by=desk.officer)
    deed = agreeing.freeze(deed, seen=deed.version, by=desk.officer)
    desk.sign_all(deed)
    assert envelopes.held(desk.dossier).committed == 8_000_000
    assert envelopes.state(desk.envelope).left == 12_000_000


def test_an_agreement_may_give_no_money(desk: Office) -> None:
    """A call that gives services alone asks for no amount: its laureates are agreed all the same."""
    desk.dossier.asked_cents = None
    desk.dossier.save()
    row = agreeing.prepare(desk.dossier, by=desk.officer)
    deed = row.deeds.get(number=0)
    deed = agreeing.write(deed, {"valid_to": desk.today.isoformat()}, seen=deed.version, by=desk.officer)
    assert agreeing.problems(deed) == []
    deed = agreeing.freeze(deed, seen=deed.version, by=desk.officer)
    desk.sign_all(deed)
    row.refresh_from_db()
    desk.dossier.refresh_from_db()
    assert (row.state, row.cents, desk.dossier.state) == ("signed", None, "running")
    assert not Instalment.objects.filter(agreement=row).exists()


def test_a_frozen_deed_never_changes(desk: Office) -> None:
    """Neither its text nor its hash; a signature of another document is refused."""
    _row, deed = desk.frozen()
    with pytest.raises(IntegrityError), transaction.atomic():
        Deed.objects.filter(pk=deed.pk).update(body={"object": "Autre chose"})
    signatory = deed_text.signatories(deed)[0]
    with pytest.raises(DomainError) as caught:
        agreeing.sign(deed, signatory, sha256="0" * 64, by=desk.owner)
    assert caught.value.code == "other_document"
    with pytest.raises(StaleWriteError):
        agreeing.write(deed, {"object": "Autre"}, seen=deed.version, by=desk.officer)
    made = agreeing.sign(deed, signatory, sha256=deed.sha256, by=desk.owner)
    assert agreeing.sign(deed, signatory, sha256=deed.sha256, by=desk.owner) == made
    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.update(sha256="1" * 64)


def test_what_a_deed_lacks_is_all_said(desk: Office) -> None:
    desk.award()
    row = agreeing.prepare(desk.dossier, by=desk.officer)
    assert agreeing.prepare(desk.dossier, by=desk.owner) == row
    deed = row.deeds.get()
    assert deed.body["schedule"][0]["cents"] == 10_000_000
    empty = {"object": "", "valid_to": None, "schedule": [], "cents": 10_000_000}
    deed = agreeing.write(deed, empty, seen=deed.version, by=desk.officer)
    assert len(agreeing.problems(deed)) == 3
    with pytest.raises(DomainError) as caught:
        agreeing.freeze(deed, seen=deed.version, by=desk.officer)
    assert len(caught.value.facts["problems"]) == 3


def test_only_a_laureate_has_an_agreement(desk: Office) -> None:
    desk.dossier.state = "refused"
    desk.dossier.save()
    with pytest.raises(DomainError) as caught:
        agreeing.prepare(desk.dossier, by=desk.officer)
    assert caught.value.code == "not_laureate"


def test_an_amendment_commits_more_or_gives_back(desk: Office) -> None:
    """Up: what is added is committed when it is frozen; down: what is left goes back when it is signed."""
    row = desk.signed()
    for cents, year, committed in ((12_000_000, None, 12_000_000), (7_000_000, 2027, 7_000_000)):
        deed = agreeing.amend(row, by=desk.officer, year=year)
        parts = [{"kind": "balance", "label": "", "cents": cents, "due": None, "condition": ""}]
        body = {"cents": cents, "schedule": parts, "reason": "Le projet change"}
        deed = agreeing.write(deed, body, seen=deed.version, by=desk.officer)
        deed = agreeing.freeze(deed, seen=deed.version, by=desk.officer)
        desk.sign_all(deed)
        row.refresh_from_db()
        assert row.cents == cents
        assert envelopes.held(desk.dossier).committed == committed
        assert [one.cents for one in Instalment.objects.filter(agreement=row, dropped_at=None)] == [cents]
        assert envelopes.state(desk.envelope) == envelopes.counted(desk.envelope)


def test_an_amendment_keeps_what_is_paid(desk: Office) -> None:
    row = desk.signed()
    paying.pay(
        desk.accepted(row), cents=None, paid_on=desk.today, reference="V1", by=desk.officer, origin="p"
    )
    deed = agreeing.amend(row, by=desk.officer)
    assert [one["kind"] for one in deed.body["schedule"]] == ["balance"]
    body = {"cents": 4_000_000, "reason": "Moins"}
    deed = agreeing.write(deed, body, seen=deed.version, by=desk.officer)
    assert "50" in agreeing.problems(deed)[0]
    body = {"cents": 5_000_000, "schedule": []}
    deed = agreeing.write(deed, body, seen=deed.version, by=desk.officer)
    assert agreeing.problems(deed) == []


def test_an_amendment_that_a_request_overtook_is_not_signed(desk: Office) -> None:
    """Asked between the freezing and the signature, an old instalment would be given twice."""
    row = desk.signed()
    deed = agreeing.amend(row, by=desk.officer)
    deed = agreeing.write(deed, {"reason": "Calendrier"}, seen=deed.version, by=desk.officer)
    deed = agreeing.freeze(deed, seen=deed.version, by=desk.officer)
    request = desk.asked(row)
    with pytest.raises(DomainError) as caught:
        desk.sign_all(deed)
    assert caught.value.code == "schedule_moved"
    paying.withdraw(request, by=desk.lead)
    desk.sign_all(deed)
    living = Instalment.objects.filter(agreement=row, dropped_at=None)
    assert sum(one.cents for one in living) == 10_000_000


def test_an_amendment_beyond_the_envelope_is_refused(desk: Office) -> None:
    row = desk.signed()
    deed = agreeing.amend(row, by=desk.officer)
    parts = [{"kind": "balance", "label": "", "cents": 21_000_000, "due": None, "condition": ""}]
    body = {"cents": 21_000_000, "schedule": parts, "reason": "Plus"}
    deed = agreeing.write(deed, body, seen=deed.version, by=desk.officer)
    with pytest.raises(OverspentError):
        agreeing.freeze(deed, seen=deed.version, by=desk.officer)
    assert envelopes.held(desk.dossier).committed == 10_000_000


def test_giving_up_a_deed_gives_back_what_it_committed(desk: Office) -> None:
    row = desk.signed()
    deed = agreeing.amend(row, by=desk.officer)
    parts = [{"kind": "balance", "label": "", "cents": 15_000_000, "due": None, "condition": ""}]
    body = {"cents": 15_000_000, "schedule": parts, "reason": "Plus"}
    deed = agreeing.write(deed, body, seen=deed.version, by=desk.officer)
    deed = agreeing.freeze(deed, seen=deed.version, by=desk.officer)
    assert envelopes.held(desk.dossier).committed == 15_000_000
    agreeing.cancel(deed, reason="Renoncement", by=desk.officer)
    assert envelopes.held(desk.dossier).committed == 10_000_000
    assert agreeing.amend(row, by=desk.officer).number == 2


def test_an_agreement_given_up_is_prepared_again(desk: Office) -> None:
    row, deed = desk.frozen()
    agreeing.cancel(deed, reason="Erreur de montant", by=desk.officer)
    again = agreeing.prepare(desk.dossier, by=desk.officer)
    assert again.pk != row.pk
    assert again.number == f"{desk.dossier.reference}-C"


def test_undoing_the_step_gives_up_its_agreement(desk: Office) -> None:
    """A file that goes back to « lauréat » leaves nothing to sign, and nothing committed by its text."""
    row, deed = desk.frozen()
    desk.dossier.refresh_from_db()
    moving.undo(desk.dossier, by=desk.officer, reason="Trop tôt")
    row.refresh_from_db()
    assert (row.state, row.why, desk.dossier.state) == ("cancelled", "Trop tôt", "laureate")
    with pytest.raises(DomainError):
        agreeing.sign(deed, deed_text.signatories(deed)[0], sha256=deed.sha256, by=desk.owner)
    assert agreeing.prepare(desk.dossier, by=desk.officer).pk != row.pk


def test_ending_gives_back_what_is_not_paid(desk: Office) -> None:
    row = desk.signed()
    request = desk.accepted(row)
    with pytest.raises(DomainError) as caught:
        agreeing.end(row, reason="Fini", by=desk.owner)
    assert caught.value.code == "request_waits"
    paying.pay(request, cents=None, paid_on=desk.today, reference="V1", by=desk.officer, origin="p")
    agreeing.end(row, reason="Renoncement du pôle", by=desk.owner)
    desk.dossier.refresh_from_db()
    assert desk.dossier.state == "ended"
    assert envelopes.held(desk.dossier).committed == 5_000_000
    assert envelopes.state(desk.envelope).left == 15_000_000


def test_the_pdf_is_made_of_what_was_frozen(desk: Office) -> None:
    _row, deed = desk.frozen()
    response = pdf_response(edition.document(deed), edition.file_name(deed))
    body = b"".join(response.streaming_content) if response.streaming else response.content
    assert body.startswith(b"%PDF")
    assert b"/MarkInfo" in body or b"StructTreeRoot" in body
    assert edition.document(deed).footer.endswith(deed.sha256[:16])


@pytest.mark.django_db(transaction=True)
def test_two_members_signing_at_once() -> None:
    """Both signatures are there, and the agreement comes into force once."""
    desk = office()
    row, deed = desk.frozen()
    first, second = deed_text.signatories(deed)
    found = at_once(
        lambda: agreeing.sign(deed, first, sha256=deed.sha256, by=desk.owner),
        lambda: agreeing.sign(deed, second, sha256=deed.sha256, by=desk.lead),
    )
    assert all(isinstance(one, Signature) for one in found), found
    assert Agreement.objects.get(pk=row.pk).state == "signed"
    assert Instalment.objects.filter(agreement=row).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_officers_prepare_one_agreement() -> None:
    desk = office()
    desk.award()
    found = at_once(
        lambda: agreeing.prepare(desk.dossier, by=desk.officer),
        lambda: agreeing.prepare(desk.dossier, by=desk.owner),
    )
    assert found[0] == found[1], found
    assert Agreement.objects.count() == 1


def test_a_period_of_months_ends_the_day_before(desk: Office) -> None:
    from datetime import date

    from terreau.agreements.deed_rules import later

    assert later(date(2026, 1, 1), 24) == date(2027, 12, 31)
    assert later(date(2026, 1, 31), 1) == date(2026, 2, 27)
    assert later(date(2026, 3, 15), 12) == date(2027, 3, 14)
    assert timedelta(0) <= later(date(2026, 12, 31), 2) - date(2027, 2, 26)
