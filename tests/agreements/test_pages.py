"""The pages of the money of a file: it works, strangers 404, readers 403, bad input says why."""

import json
from typing import Any

import pytest
from django.test import Client

from terreau.accounts.models import User
from terreau.agreements import agreeing, known, paying, plan
from terreau.agreements.models import (
    Agreement,
    FinancingLine,
    KnownAid,
    MoneyRules,
    Payment,
    PaymentRequest,
    Signature,
)
from terreau.agreements.paying import Spent
from terreau.common.errors import DomainError, RefusedError
from terreau.journal.models import Refusal
from tests.agreements.conftest import Office, file

PART = {"kind": "part", "cents": "10 000"}
TAILS = ("financement/", "convention/", "versements/")


def _post(client: Client, address: str, act: str, **values: object) -> object:
    return client.post(address, {"faire": act, **values})


def _as(desk: Office, user: User) -> Client:
    client = Client()
    desk.enter(client, user)
    return client


def test_who_reads_the_money_of_a_file(desk: Office) -> None:
    """Its people and those who give and check; strangers are told nothing, reviewers are refused."""
    desk.signed()
    for tail in TAILS:
        address = desk.path(tail)
        assert Client().get(address).status_code in {302, 404}
        assert _as(desk, desk.stranger).get(address).status_code == 404
        assert _as(desk, desk.reviewer).get(address).status_code == 403
        for user in (desk.lead, desk.writer, desk.officer, desk.owner, desk.auditor):
            assert _as(desk, user).get(address).status_code == 200
    assert Refusal.objects.filter(by=desk.reviewer.pk).exists()


def test_who_may_not_act_is_refused(desk: Office) -> None:
    """An auditor pays nothing, a writer asks for nothing, an applicant accepts nothing."""
    row = desk.signed()
    request = desk.asked(row)
    address = desk.path("versements/")
    for user, act in (
        (desk.auditor, f"accept-{request.pk.hex}"),
        (desk.lead, f"accept-{request.pk.hex}"),
        (desk.writer, f"ask-{desk.part(row, 2).pk.hex}"),
        (desk.officer, f"ask-{desk.part(row, 2).pk.hex}"),
    ):
        assert _post(_as(desk, user), address, act).status_code == 403  # type: ignore[attr-defined]
    request.refresh_from_db()
    assert request.state == "sent"


def test_paying_asks_for_a_proof(desk: Office) -> None:
    """Without a proof given a moment ago, nothing is paid: the person is led to prove who they are."""
    request = desk.accepted(desk.signed())
    client = Client()
    client.force_login(desk.officer)
    response = _post(client, desk.path("versements/"), f"pay-{request.pk.hex}", cents="1")
    assert response.status_code == 302  # type: ignore[attr-defined]
    assert not Payment.objects.exists()


def test_the_agreement_by_its_pages(desk: Office) -> None:
    """Prepared, written, frozen by an officer; signed by the applicant online, by the owner on paper."""
    desk.award()
    address = desk.path("convention/")
    officer, lead = _as(desk, desk.officer), _as(desk, desk.lead)
    assert _post(officer, address, "prepare").status_code == 302  # type: ignore[attr-defined]
    row = Agreement.objects.get()
    deed = row.deeds.get()
    page = officer.get(address).content.decode()
    assert "100000,00" in page
    values = {
        "seen": deed.version,
        "object": "Animer le pôle",
        "cents": "100 000",
        "valid_from": "2026-01-01",
        "valid_to": "2027-12-31",
        "commitments": "Le pôle : rendre un rapport\nL'État : verser l'aide",
        "part0_kind": "advance",
        "part0_cents": "40 000",
        "part1_kind": "balance",
        "part1_cents": "50 000",
    }
    assert _post(officer, address, "write", **values).status_code == 302  # type: ignore[attr-defined]
    assert "10\u202f000" in officer.get(address).content.decode()
    stale = _post(officer, address, "write", **{**values, "object": "Ce que je venais d'écrire"})
    assert stale.status_code == 409  # type: ignore[attr-defined]
    assert "Ce que je venais d&#x27;écrire" in stale.content.decode()  # type: ignore[attr-defined]
    deed.refresh_from_db()
    values |= {"seen": deed.version, "part1_cents": "60 000"}
    assert _post(officer, address, "write", **values).status_code == 302  # type: ignore[attr-defined]
    deed.refresh_from_db()
    assert deed.body["commitments"][0] == {"who": "Le pôle", "text": "rendre un rapport"}
    frozen = _post(officer, address, "freeze", seen=deed.version, about="")
    assert frozen.status_code == 302  # type: ignore[attr-defined]
    deed.refresh_from_db()
    owner, applicant = row.signatories.order_by("rank")
    unread = _post(lead, address, f"sign-{applicant.pk}", sha256=deed.sha256)
    assert unread.status_code == 422  # type: ignore[attr-defined]
    other = _post(lead, address, f"sign-{owner.pk}", sha256=deed.sha256, agreed="on")
    assert other.status_code == 403  # type: ignore[attr-defined]
    mine = _post(lead, address, f"sign-{applicant.pk}", sha256=deed.sha256, agreed="on")
    assert mine.status_code == 302  # type: ignore[attr-defined]
    paper = {"sha256": deed.sha256, "signed_on": deed.frozen_at.date().isoformat(), "file": file()}
    assert _post(officer, address, f"paper-{owner.pk}", **paper).status_code == 302  # type: ignore[attr-defined]
    row.refresh_from_db()
    assert row.state == "signed"
    assert set(Signature.objects.values_list("how", flat=True)) == {"online", "paper"}
    assert lead.get(desk.path("convention/0.pdf"))["Content-Type"] == "application/pdf"
    kept = lead.get(desk.path("convention/0.json"))
    assert kept.content == bytes(deed.document or b"")
    assert _as(desk, desk.stranger).get(desk.path("convention/0.pdf")).status_code == 404


def test_more_than_the_award_is_frozen_by_who_decides(desk: Office) -> None:
    """An officer writes it; the owner of the call alone commits what nobody decided."""
    row, deed = desk.prepared()
    body = {**deed.body, "cents": 12_000_000}
    body["schedule"] = [{**body["schedule"][0], "cents": 12_000_000}]
    deed = agreeing.write(deed, body, seen=deed.version, by=desk.officer)
    address = desk.path("convention/")
    officer, owner = _as(desk, desk.officer), _as(desk, desk.owner)
    assert "20\u202f000\u00a0€ de plus" in officer.get(address).content.decode()
    refused = _post(officer, address, "freeze", seen=deed.version)
    assert refused.status_code == 403  # type: ignore[attr-defined]
    assert desk.envelope.moves.filter(kind="commit").count() == 1
    assert Refusal.objects.filter(by=desk.officer.pk, verb="agreement.freeze").exists()
    done = _post(owner, address, "freeze", seen=deed.version)
    assert done.status_code == 302  # type: ignore[attr-defined]
    row.refresh_from_db()
    assert row.state == "to_sign"


def test_a_long_schedule_is_kept_whole(desk: Office) -> None:
    """Seven instalments stay seven when the text is written again, and there is room for more."""
    _row, deed = desk.prepared()
    part = {"kind": "part", "label": "", "cents": 1_000_000, "due": None, "condition": ""}
    body = {"schedule": [part] * 7, "cents": 7_000_000}
    deed = agreeing.write(deed, body, seen=deed.version, by=desk.officer)
    officer, address = _as(desk, desk.officer), desk.path("convention/")
    assert 'name="part8_cents"' in officer.get(address).content.decode()
    values = {f"part{rank}_{name}": typed for rank in range(8) for name, typed in PART.items()}
    values |= {"seen": deed.version, "object": "Animer", "cents": "80 000"}
    assert _post(officer, address, "write", **values).status_code == 302  # type: ignore[attr-defined]
    deed.refresh_from_db()
    assert [one["cents"] for one in deed.body["schedule"]] == [1_000_000] * 8


def test_who_signs_and_for_whom(desk: Office) -> None:
    """Who represents each is said before the signature; who gives and who receives are never taken out."""
    row, deed = desk.prepared()
    more = agreeing.add_signatory(deed, name="Ville", by=desk.officer)
    applicant = row.signatories.get(side="applicant")
    officer, address = _as(desk, desk.officer), desk.path("convention/")
    done = _post(officer, address, f"person-{applicant.pk}", person="  Ada  Martin ")
    assert done.status_code == 302  # type: ignore[attr-defined]
    assert "Ada Martin" in officer.get(address).content.decode()
    assert _post(officer, address, f"leave-{applicant.pk}").status_code == 404  # type: ignore[attr-defined]
    with pytest.raises(DomainError) as caught:
        agreeing.remove_signatory(applicant, deed, by=desk.officer)
    assert caught.value.code == "always_signs"
    assert _post(officer, address, f"leave-{more.pk}").status_code == 302  # type: ignore[attr-defined]
    assert {one.side for one in row.signatories.all()} == {"owner", "applicant"}


def test_the_owner_alone_ends_an_agreement(desk: Office) -> None:
    """An officer is not offered what the table of steps would refuse; the refusal is in the journal."""
    desk.signed()
    address = desk.path("convention/")
    officer, owner = _as(desk, desk.officer), _as(desk, desk.owner)
    assert 'value="end"' not in officer.get(address).content.decode()
    assert _post(officer, address, "end", why="Fin").status_code == 403  # type: ignore[attr-defined]
    assert Refusal.objects.filter(by=desk.officer.pk, verb="agreement.end").exists()
    assert 'value="end"' in owner.get(address).content.decode()
    assert _post(owner, address, "end", why="Fin").status_code == 302  # type: ignore[attr-defined]
    assert Agreement.objects.get().state == "ended"


def test_an_amendment_given_up_is_told_no_more(desk: Office) -> None:
    """The page says what is in force, and who signed it."""
    row = desk.signed()
    deed = agreeing.amend(row, by=desk.officer)
    body = {"object": "Tout autre chose", "cents": 12_000_000, "reason": "Plus"}
    deed = agreeing.write(deed, body, seen=deed.version, by=desk.officer)
    officer, address = _as(desk, desk.officer), desk.path("convention/")
    assert "Tout autre chose" in officer.get(address).content.decode()
    agreeing.cancel(deed, reason="Renoncement", by=desk.officer)
    page = officer.get(address).content.decode()
    assert "Tout autre chose" not in page
    assert "Animer le pôle pendant deux ans." in page
    assert page.count("en ligne, identité prouvée deux fois") == 2


def test_a_payment_by_its_pages(desk: Office) -> None:
    """Asked with an expense and a voucher, accepted, paid, noted by the pole; a bad amount says why."""
    row = desk.signed()
    address, part = desk.path("versements/"), desk.part(row)
    lead, officer = _as(desk, desk.lead), _as(desk, desk.officer)
    values = {
        "key": "k1",
        "cents": "60 000",
        "spent0_supplier": "Imprimerie",
        "spent0_number": "F1",
        "spent0_cents": "1 200",
        "file": file("facture.pdf"),
    }
    refused = _post(lead, address, f"ask-{part.pk.hex}", **values)
    assert refused.status_code == 409  # type: ignore[attr-defined]
    assert "50\u202f000" in refused.content.decode()  # type: ignore[attr-defined]
    values |= {"cents": "50 000", "file": file("facture.pdf")}
    assert _post(lead, address, f"ask-{part.pk.hex}", **values).status_code == 302  # type: ignore[attr-defined]
    request = PaymentRequest.objects.get()
    assert request.expenses.get().charged_cents == 120_000
    assert "facture.pdf" in officer.get(address).content.decode()
    done = _post(officer, address, f"accept-{request.pk.hex}", cents="50 000", seen=request.version)
    assert done.status_code == 302  # type: ignore[attr-defined]
    pay = {"key": "k2", "cents": "50 000", "paid_on": desk.today.isoformat(), "reference": "VIR-7"}
    over = _post(officer, address, f"pay-{request.pk.hex}", **{**pay, "cents": "50 000,01"})
    assert over.status_code == 409  # type: ignore[attr-defined]
    assert 'value="VIR-7"' in over.content.decode()  # type: ignore[attr-defined]
    assert _post(officer, address, f"pay-{request.pk.hex}", **pay).status_code == 302  # type: ignore[attr-defined]
    payment = Payment.objects.get()
    assert "VIR-7" in lead.get(address).content.decode()
    assert _post(lead, address, f"note-{payment.pk.hex}").status_code == 302  # type: ignore[attr-defined]
    assert "Noté dans les financements" in lead.get(address).content.decode()
    csv = officer.get(f"{address}?format=csv")
    assert b"VIR-7" in b"".join(csv.streaming_content) if csv.streaming else csv.content


def test_a_request_is_completed_for_another_amount(desk: Office) -> None:
    """What is typed when a request comes back is what is asked, never more than the instalment."""
    row = desk.signed()
    request = paying.give_back(desk.asked(row), why="Trop : 30 000 € sont dus", by=desk.officer)
    lead, address, act = _as(desk, desk.lead), desk.path("versements/"), f"complete-{request.pk.hex}"
    over = _post(lead, address, act, key="k", cents="50 000,01", note="Voici")
    assert over.status_code == 409  # type: ignore[attr-defined]
    done = _post(lead, address, act, key="k", cents="30 000", note="Voici")
    assert done.status_code == 302  # type: ignore[attr-defined]
    request.refresh_from_db()
    assert (request.state, request.cents) == ("sent", 3_000_000)


def test_the_desk_lists_what_waits(desk: Office) -> None:
    """To check, to pay, paid; another officer sees nothing of it; strangers are refused."""
    row = desk.signed()
    first, second = desk.asked(row), desk.asked(row, 2)
    paying.accept(second, cents=None, by=desk.officer)
    officer = _as(desk, desk.officer)
    page = officer.get("/versements/").content.decode()
    assert "(1)" in page
    assert desk.dossier.reference in page
    assert desk.dossier.reference in officer.get("/versements/?liste=payer").content.decode()
    assert "à jour" in officer.get("/versements/?liste=retard").content.decode()
    export = officer.get("/versements/?liste=verifier&format=csv")
    text = b"".join(export.streaming_content) if export.streaming else export.content
    assert desk.dossier.reference.encode() in text
    assert _as(desk, desk.stranger).get("/versements/").status_code == 403
    assert Client().get("/versements/").status_code == 302
    assert first.number == 1


def test_the_desk_asks_few_queries(desk: Office, django_assert_max_num_queries: object) -> None:
    desk.asked(desk.signed())
    client = _as(desk, desk.officer)
    client.get("/versements/")
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        assert client.get("/versements/").status_code == 200


def test_the_pages_of_a_file_ask_few_queries(desk: Office, django_assert_max_num_queries: object) -> None:
    """Whoever reads and however much there is to read: signatories, aids, co-financers, requests, acts."""
    _row, deed = desk.prepared()
    for rank in range(4):
        agreeing.add_signatory(deed, name=f"Ville {rank}", by=desk.officer)
    readers = [desk.officer, desk.lead, desk.auditor]
    _few(desk, readers, django_assert_max_num_queries)
    deed = agreeing.freeze(deed, seen=deed.version, by=desk.officer)
    _few(desk, readers, django_assert_max_num_queries)
    desk.sign_all(deed)
    desk.dossier.refresh_from_db()
    for rank in range(3):
        aid = KnownAid(actor=desk.applicant, giver_name=f"Région {rank}", source="Acte", proof="document")
        known.note(desk.dossier, aid, by=desk.officer)
        plan.add(desk.dossier, funder_name=f"Fondation {rank}", cents=100, by=desk.lead)
    known.state(desk.dossier, complete=True, shares_forecast=True, by=desk.lead)
    row = Agreement.objects.get()
    desk.asked(row, expenses=[Spent("Imprimerie", 100, 100, str(rank), desk.today) for rank in range(4)])
    paying.accept(desk.asked(row, 2), cents=None, by=desk.officer)
    _few(desk, readers, django_assert_max_num_queries)


def _few(desk: Office, readers: list[User], most: Any) -> None:
    for user in readers:
        client = _as(desk, user)
        client.get("/versements/")
        for tail in TAILS:
            with most(30, info=f"{user.name} {tail}"):
                assert client.get(desk.path(tail)).status_code == 200


def test_the_plan_by_its_page(desk: Office) -> None:
    """Taken over from the file, updated with its letter; two people on one line are both heard."""
    desk.answers(
        budget=[
            {"side": "expense", "post": "Poste", "cents": 20_000_000, "kind": "cash"},
            {"side": "resource", "post": "Tout", "cents": 20_000_000, "kind": "cash"},
        ],
        plan=[{"funder": "Région Bretagne", "cents": 6_000_000, "status": "sollicite"}],
    )
    address = desk.path("financement/")
    lead = _as(desk, desk.lead)
    assert "d'après son nom" in lead.get(address).content.decode().replace("&#x27;", "'")
    assert _post(lead, address, "take").status_code == 302  # type: ignore[attr-defined]
    line = FinancingLine.objects.get()
    assert line.level == "region"
    told = {"funder_name": "Région Bretagne", "level": "region", "cents": "60000,00"}
    values = {**told, "seen": json.dumps(told | {"status": line.status})}
    done = _post(lead, address, f"change-{line.pk.hex}", status="acquis", letter=file(), **values)
    assert done.status_code == 302  # type: ignore[attr-defined]
    line.refresh_from_db()
    assert (line.status, line.letter_id is not None) == ("acquis", True)
    late = _post(_as(desk, desk.writer), address, f"change-{line.pk.hex}", status="refuse", **values)
    assert late.status_code == 409  # type: ignore[attr-defined]
    assert _as(desk, desk.auditor).get(address).status_code == 200
    assert _post(_as(desk, desk.auditor), address, "take").status_code == 403  # type: ignore[attr-defined]
    letter = lead.get(desk.path(f"financement/pieces/{line.letter_id}/"))
    assert b"".join(letter.streaming_content).startswith(b"%PDF")
    for close in letter._resource_closers:
        close()
    assert _as(desk, desk.stranger).get(desk.path(f"financement/pieces/{line.letter_id}/")).status_code == 404


def test_the_guard_on_the_page(desk: Office) -> None:
    """It says what is known and from where, « à vérifier » until it is declared, and never accuses."""
    desk.call.de_minimis = True
    desk.call.save()
    address = desk.path("financement/")
    lead, owner = _as(desk, desk.lead), _as(desk, desk.owner)
    aid = {
        "beneficiary": str(desk.applicant.pk),
        "giver_name": "Région",
        "level": "region",
        "cents": "250 000",
        "granted_on": "2026-01-10",
        "de_minimis": "yes",
        "source": "Notification du 10 janvier 2026",
    }
    assert _post(lead, address, "note", **aid).status_code == 302  # type: ignore[attr-defined]
    assert KnownAid.objects.get().proof == "declared"
    page = owner.get(address).content.decode()
    assert "Notification du 10 janvier 2026" in page
    assert 'badge-clay">non' not in page
    assert "Plafond à vérifier" in page
    said = _post(lead, address, "state", complete="on")
    assert said.status_code == 302  # type: ignore[attr-defined]
    rules = {"cofinancing": "secured", "de_minimis_cents": "300 000", "seen": "{}"}
    unsourced = _post(owner, address, "rules", **rules)
    assert unsourced.status_code == 422  # type: ignore[attr-defined]
    rules["de_minimis_source"] = "Règlement (UE) 2023/2831"
    assert _post(owner, address, "rules", **rules).status_code == 302  # type: ignore[attr-defined]
    assert MoneyRules.objects.get().cofinancing == "secured"
    assert _post(_as(desk, desk.officer), address, "rules", **rules).status_code == 404  # type: ignore[attr-defined]


def test_what_the_instruction_read_is_not_taken_back_by_the_applicant(desk: Office) -> None:
    """An aid read in a document stays until the instruction takes it back; one that was declared may go."""
    address = desk.path("financement/")
    lead, officer = _as(desk, desk.lead), _as(desk, desk.officer)
    aid = {
        "beneficiary": str(desk.applicant.pk),
        "giver_name": "Région",
        "source": "Délibération du 10 janvier 2026",
    }
    assert _post(officer, address, "note", **aid, document=file()).status_code == 302  # type: ignore[attr-defined]
    assert _post(lead, address, "note", **aid).status_code == 302  # type: ignore[attr-defined]
    read, declared = (KnownAid.objects.get(proof=proof) for proof in ("document", "declared"))
    for one, user, status in ((read, lead, 404), (read, officer, 302), (declared, lead, 302)):
        done = _post(user, address, f"forget-{one.pk.hex}", why="Erreur")
        assert done.status_code == status  # type: ignore[attr-defined]


def test_an_award_waits_for_its_cofinancing(desk: Office) -> None:
    """As the call chose (R-77): refused with what is missing, then committed once it is there."""
    MoneyRules.objects.create(call=desk.call, cofinancing="secured", cofinancing_rate=3000)
    desk.answers(
        budget=[
            {"side": "expense", "post": "Poste", "cents": 20_000_000, "kind": "cash"},
            {"side": "resource", "post": "Tout", "cents": 20_000_000, "kind": "cash"},
        ]
    )
    with pytest.raises(RefusedError) as caught:
        desk.award()
    assert caught.value.code == "award_blocked"
    assert "60" in str(caught.value.message)
    row = plan.add(desk.dossier, funder_name="Région", cents=6_000_000, status="acquis", by=desk.lead)
    with pytest.raises(RefusedError):
        desk.award()
    from terreau.pieces.actions import attach

    plan.join_letter(row, attach(desk.dossier.subject, file(), "lettre.pdf", by=desk.lead), by=desk.lead)
    desk.award()
