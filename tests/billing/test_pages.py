"""Pages of billing: who sees what, what each form does and refuses, few questions whatever the rows."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from terreau.accounts.models import User
from terreau.billing import banking, clearing, read
from terreau.billing.models import (
    BankAccount,
    BankLine,
    BankUse,
    Charge,
    CommissionRule,
    Invoice,
    PriceRule,
    SellerTerms,
)
from terreau.billing.rules import Line
from terreau.journal.models import Refusal
from terreau.notices.models import Notice
from tests.billing.camt_files import document, entry, statement
from tests.billing.conftest import Desk
from tests.billing.test_banking import account_of, brought

MOST = 30


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """Return a signed-in client."""

    def made(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return made


def lines(*rows: tuple[str, str, str], **values: str) -> dict[str, str]:
    """Return what the form of an invoice sends."""
    sent = {"rows": str(max(3, len(rows))), "kind": "service", "on": "2026-11-01", **values}
    for rank, (label, quantity, price) in enumerate(rows):
        sent |= {f"l{rank}-label": label, f"l{rank}-quantity": quantity, f"l{rank}-price": price}
    return sent


def test_each_page_is_for_its_people(desk: Desk, client_of: Callable[[User], Client]) -> None:
    invoice = desk.issued()
    draft = desk.draft()
    account = brought(desk, entry(500, "2026-10-03"))
    line = BankLine.objects.get(account=account)
    common = ("factures/", "banque/", "services/")
    of_buyer = (f"factures/{invoice.number}/", f"factures/{invoice.number}.xml")
    running = (
        "factures/nouvelle/", f"factures/{draft.number}/modifier/", "banque/releves/",
        f"banque/lignes/{line.pk}/", "services/prix/", "services/commission/", "services/conditions/",
    )  # fmt: skip
    animator, member, miller = (client_of(one) for one in (desk.animator, desk.member, desk.miller))
    for page in (*common, *of_buyer, *running):
        assert animator.get(desk.path(page)).status_code == 200, page
        for other in (Client(), client_of(desk.stranger), client_of(desk.elsewhere)):
            assert other.get(desk.path(page)).status_code == 404, page
        assert animator.get(f"/en{desk.path(page)}").status_code == 200, page
    for page in common:
        assert member.get(desk.path(page)).status_code == 200, page
    for page in of_buyer:
        assert member.get(desk.path(page)).status_code == 200, page
        assert miller.get(desk.path(page)).status_code == 404, page
    assert member.get(desk.path(f"factures/{draft.number}/")).status_code == 404
    for page in running:
        refused = 404 if "modifier" in page else 403
        assert member.get(desk.path(page)).status_code == refused, page


def test_a_member_sees_none_of_the_others_nor_of_the_bank(
    desk: Desk, client_of: Callable[[User], Client]
) -> None:
    desk.issued(label="Secret de la cantine")
    desk.issued(buyer=desk.mill, label="Affaire du moulin")
    brought(desk, entry(777, "2026-10-03", "LIGNE SECRETE"))
    body = client_of(desk.member).get(desk.path()).content.decode()
    assert "Secret de la cantine" in body
    assert "Affaire du moulin" not in body
    bank = client_of(desk.member).get(desk.path("banque/")).content.decode()
    assert "LIGNE SECRETE" not in bank
    taken = client_of(desk.member).get(desk.path("banque/"), {"format": "csv"})
    assert b"LIGNE" not in b"".join(taken) if taken.streaming else b"LIGNE" not in taken.content


@pytest.mark.parametrize("act", ["issue", "cancel", "credit", "settle", "undo", "number"])
def test_a_member_moves_nothing_and_the_refusal_is_kept(
    desk: Desk, client_of: Callable[[User], Client], act: str
) -> None:
    invoice = desk.issued()
    path = desk.path(f"factures/{invoice.number}/")
    answer = client_of(desk.member).post(path, {"faire": act, "reason": "x", "cents": "1"})
    assert answer.status_code == 403
    assert Refusal.objects.filter(by=desk.member.pk).count() == 1
    for page, name in (("banque/", "bring"), ("services/", "prepare"), ("factures/", "numbers")):
        assert client_of(desk.member).post(desk.path(page), {"faire": name}).status_code == 403


def test_an_invoice_is_written_issued_paid_undone_and_credited(
    desk: Desk, client_of: Callable[[User], Client]
) -> None:
    client = client_of(desk.animator)
    sent = lines(
        ("Salle", "2,5", "40"), ("Ménage", "", "12,50"), seller=str(desk.pole.pk), buyer=str(desk.canteen.pk)
    )
    sent["l0-vat"] = "20"
    answer = client.post(desk.path("factures/nouvelle/"), sent)
    row = Invoice.objects.get()
    assert answer.status_code == 302
    assert (row.net_cents, row.vat_cents, row.state) == (11_250, 2_000, "draft")
    path = desk.path(f"factures/{row.number}/")
    client.post(path, {"faire": "issue"})
    row.refresh_from_db()
    assert row.state == "issued"
    assert [one.to for one in Notice.objects.all()] == [desk.member]
    paid = {"faire": "settle", "cents": "100", "on": str(desk.today), "how": "bank", "key": "k1"}
    client.post(path, paid)
    twice = client.post(path, paid)
    assert (twice.status_code, read.left(row)) == (409, 3_250)
    too_much = client.post(path, {**paid, "cents": "33", "key": "k2"})
    assert too_much.status_code == 409
    assert 'value="33"' in too_much.content.decode()
    payment = row.settlements.get()
    assert client.post(path, {"faire": "undo", "about": str(payment.pk), "reason": ""}).status_code == 422
    client.post(path, {"faire": "undo", "about": str(payment.pk), "reason": "Erreur"})
    assert read.left(row) == 13_250
    client.post(path, {"faire": "credit", "cents": "", "reason": "Salle fermée"})
    assert read.left(row) == 0
    assert client.get(path).status_code == 200
    assert client.post(path, {"faire": "undo", "about": "x", "reason": "y"}).status_code == 404


def test_what_is_typed_wrong_stays_and_says_why(desk: Desk, client_of: Callable[[User], Client]) -> None:
    client = client_of(desk.animator)
    sent = lines(("Salle", "deux", "40"), ("", "", "12"), seller=str(desk.pole.pk), buyer="")
    answer = client.post(desk.path("factures/nouvelle/"), sent)
    body = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="deux"' in body
    assert "Dites ce qui est facturé" in body
    assert "Choisissez un acteur" in body
    more = client.post(desk.path("factures/nouvelle/"), {**sent, "more": "1"})
    assert more.status_code == 200
    assert 'name="l5-label"' in more.content.decode()
    assert 'value="deux"' in more.content.decode()
    empty = client.post(
        desk.path("factures/nouvelle/"), lines(seller=str(desk.pole.pk), buyer=str(desk.mill.pk))
    )
    assert empty.status_code == 422
    huge = client.post(desk.path("factures/nouvelle/"), {**sent, "rows": "9" * 30})
    assert huge.status_code == 422


def test_somebody_outside_the_pole_is_named_by_a_siren(
    desk: Desk, client_of: Callable[[User], Client]
) -> None:
    away = desk.elsewhere.belongings.get().actor
    away.siren = "303265045"
    away.save()
    sent = lines(("Salle", "1", "40"), seller=str(desk.pole.pk), buyer="", other="303 265 045")
    client = client_of(desk.animator)
    assert client.post(desk.path("factures/nouvelle/"), sent).status_code == 422
    away.subject.public = True
    away.subject.save()
    assert client.post(desk.path("factures/nouvelle/"), sent).status_code == 302
    assert Invoice.objects.get().buyer == away


def test_a_draft_changed_meanwhile_is_not_overwritten(
    desk: Desk, client_of: Callable[[User], Client]
) -> None:
    row, client = desk.draft(), client_of(desk.animator)
    path = desk.path(f"factures/{row.number}/modifier/")
    assert 'value="100,00"' in client.get(path).content.decode()
    sent = lines(("Salle", "1", "50"), seen="1")
    assert client.post(path, sent).status_code == 302
    stale = client.post(path, lines(("Salle", "1", "60"), seen="1"))
    assert stale.status_code in {409, 422}
    row.refresh_from_db()
    assert row.net_cents == 5_000


def test_files_of_an_invoice_are_private(desk: Desk, client_of: Callable[[User], Client]) -> None:
    row = desk.issued()
    client = client_of(desk.member)
    made = client.get(desk.path(f"factures/{row.number}.pdf"))
    assert made.content.startswith(b"%PDF")
    assert made["Cache-Control"] == "private, no-store"
    assert client.get(desk.path(f"factures/{row.number}.xml"))["Content-Type"] == "application/xml"
    draft = desk.draft()
    assert client_of(desk.animator).get(desk.path(f"factures/{draft.number}.xml")).status_code == 409


def test_numbers_come_back_from_the_accountant(desk: Desk, client_of: Callable[[User], Client]) -> None:
    first, second = desk.issued(), desk.issued()
    answer = client_of(desk.animator).post(
        desk.path(), {"faire": "numbers", "numbers": f"PF-0000{first.number};F-26-1\n99;F-26-2\nx"}
    )
    assert answer.status_code == 422
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.legal_number, second.legal_number) == ("F-26-1", "")


def test_a_statement_is_read_accepted_and_a_line_chosen_by_hand(
    desk: Desk, client_of: Callable[[User], Client]
) -> None:
    client, path = client_of(desk.animator), desk.path("banque/")
    first, second = desk.issued(Line("A", 5_000)), desk.issued(Line("B", 7_000))
    client.post(path, {"faire": "follow", "name": "Courant", "holder": str(desk.pole.pk), "iban": ""})
    account = BankAccount.objects.get()
    rows = [
        entry(5_000, "2026-10-03", "PF-00001"),
        entry(7_100, "2026-10-04", "?"),
        entry(-900, "2026-10-05"),
    ]
    data = document(statement(rows, closing=11_200))

    def send() -> int:
        file = SimpleUploadedFile("octobre.xml", data)
        return client.post(path, {"faire": "bring", "account": str(account.pk), "file": file}).status_code

    assert (send(), send()) == (302, 409)
    body = client.get(path).content.decode()
    assert "presque sûr" in body
    assert "octobre.xml" in client.get(desk.path("banque/releves/")).content.decode()
    paid, more, out = clearing.unmatched(desk.pole)
    accept = {"faire": "accept", "about": str(paid.pk), "parts": f"{first.number}:5000"}
    assert client.post(path, accept).status_code == 302
    assert client.post(path, accept).status_code == 409
    assert client.post(path, {**accept, "parts": "1:x"}).status_code == 422
    page = desk.path(f"banque/lignes/{more.pk}/")
    assert client.post(page, {"faire": "parts", f"i{second.number}": "70"}).status_code == 302
    ledger = {"faire": "ledger", "party": str(desk.mill.pk), "label": "Trop versé"}
    assert client.post(page, ledger).status_code == 302
    aside = desk.path(f"banque/lignes/{out.pk}/")
    assert client.post(aside, {"faire": "aside", "why": ""}).status_code == 422
    client.post(aside, {"faire": "aside", "why": "Erreur de la banque"})
    assert not clearing.unmatched(desk.pole).exists()
    use = BankUse.objects.get(flow=None)
    client.post(aside, {"faire": "undo", "about": str(use.pk), "reason": "Finalement non"})
    assert clearing.unmatched(desk.pole).count() == 1
    assert client.get(aside).status_code == client.get(page).status_code == 200


def test_columns_of_a_csv_are_asked_then_remembered(desk: Desk, client_of: Callable[[User], Client]) -> None:
    client, path, account = client_of(desk.animator), desk.path("banque/"), account_of(desk)
    data = b"Quand;Quoi;Combien\n03/10/2026;Loyer;-500,00\n"

    def send(**more: str) -> tuple[int, str]:
        file = SimpleUploadedFile("r.csv", data)
        answer = client.post(path, {"faire": "bring", "account": str(account.pk), "file": file, **more})
        return answer.status_code, answer.content.decode()

    status, body = send()
    assert status == 422
    assert 'name="column_on"' in body
    columns = {"column_on": "Quand", "column_label": "Quoi", "column_amount": "Combien"}
    assert send(columns="Quand\tQuoi\tCombien", **columns)[0] == 302
    assert BankLine.objects.get().cents == -50_000


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"<!DOCTYPE a><a/>", b"a;b\n1;2\n", "é".encode() * 9])
def test_files_that_are_no_statement_are_refused_in_words(
    desk: Desk, client_of: Callable[[User], Client], data: bytes
) -> None:
    account = account_of(desk)
    file = SimpleUploadedFile("x.csv", data)
    answer = client_of(desk.animator).post(
        desk.path("banque/"), {"faire": "bring", "account": str(account.pk), "file": file}
    )
    assert answer.status_code == 422


def test_another_poles_line_and_invoice_are_not_reached(
    desk: Desk, client_of: Callable[[User], Client]
) -> None:
    brought(desk, entry(500, "2026-10-03"))
    line, invoice = BankLine.objects.get(), desk.issued()
    client = client_of(desk.elsewhere)
    base = "/poles/autre-pole/espace/"
    assert client.get(f"{base}factures/{invoice.number}/").status_code == 404
    assert client.get(f"{base}banque/lignes/{line.pk}/").status_code in {403, 404}


def test_services_are_priced_prepared_and_ended(desk: Desk, client_of: Callable[[User], Client]) -> None:
    client, path = client_of(desk.animator), desk.path("services/")
    price = {
        "label": "Accueil", "seller": str(desk.pole.pk), "about": "month", "who": "", "how": "flat",
        "price": "30", "vat": "20", "valid_from": "2026-01-01",
    }  # fmt: skip
    wrong = client.post(desk.path("services/prix/"), {**price, "how": "percent"})
    assert wrong.status_code == 422
    assert client.post(desk.path("services/prix/"), price).status_code == 302
    typed = {
        "faire": "typed", "seller": str(desk.pole.pk), "buyer": str(desk.mill.pk), "on": "2026-10-09",
        "label": "Copies", "quantity": "10", "price": "0,10", "key": "k",
    }  # fmt: skip
    client.post(path, typed)
    client.post(path, typed)
    assert client.post(path, {"faire": "prepare", "month": "2026-10"}).status_code == 302
    assert {(row.buyer.name, row.net_cents) for row in Invoice.objects.all()} == {
        ("Cantine", 3_000),
        ("Moulin", 3_100),
    }
    assert client.post(path, {"faire": "prepare", "month": "octobre"}).status_code == 422
    client.post(path, {"faire": "end", "about": str(PriceRule.objects.get().pk)})
    assert PriceRule.objects.get().valid_to == desk.today
    com = {"label": "Apport", "about": "opportunity", "payee": "", "percent": "", "valid_from": "2026-01-01"}
    assert client.post(desk.path("services/commission/"), com).status_code == 422
    assert (
        client.post(desk.path("services/commission/"), {**com, "percent": "5", "cap": "200"}).status_code
        == 302
    )
    assert CommissionRule.objects.get().cap_cents == 20_000
    assert client.get(path).status_code == 200


def test_a_service_is_dropped_with_a_reason(desk: Desk, client_of: Callable[[User], Client]) -> None:
    row = Charge.objects.create(
        pole=desk.pole, kind="service", seller=desk.pole.actor, buyer=desk.mill, on=date(2026, 10, 1),
        label="Copies", unit_cents=10, origin="typed:z",
    )  # fmt: skip
    client, path = client_of(desk.animator), desk.path("services/")
    assert client.post(path, {"faire": "drop", "about": str(row.pk), "reason": ""}).status_code == 422
    client.post(path, {"faire": "drop", "about": str(row.pk), "reason": "Offert"})
    row.refresh_from_db()
    assert row.reason == "Offert"


def test_terms_are_written_fresh_and_shown_masked_nowhere_else(
    desk: Desk, client_of: Callable[[User], Client]
) -> None:
    client, path = client_of(desk.animator), desk.path("services/conditions/")
    sent = {"vat": "", "vat_code": "E", "why_exempt": "Article 261", "due_days": "15", "seen": "0"}
    assert client.post(path, {**sent, "iban": "FR76"}).status_code == 422
    assert client.post(path, {**sent, "iban": "FR76 3000 6000 0112 3456 7890 189"}).status_code == 302
    assert client.post(path, {**sent, "seen": "0"}).status_code in {409, 422}
    held = SellerTerms.objects.get()
    assert (held.vat_code, held.due_days, held.version) == ("E", 15, 1)
    assert desk.issued(Line("A", 100)).lines.get().why_exempt == "Article 261"
    assert client.get(f"{path}?vendeur=x").status_code == 404


@pytest.mark.parametrize("count", [3, 30])
def test_pages_ask_few_questions_whatever_the_rows(
    desk: Desk, client_of: Callable[[User], Client], count: int
) -> None:
    rows = [desk.issued(Line("A", 1_000 + i)) for i in range(count)]
    account = brought(
        desk, *[entry(1_000 + i, "2026-10-03", f"PF-{i:05d}", party="Cantine") for i in range(count)]
    )
    for i in range(count):
        Charge.objects.create(
            pole=desk.pole, kind="service", seller=desk.pole.actor, buyer=desk.mill, on=date(2026, 10, 1),
            label=f"Copies {i}", unit_cents=10, origin=f"typed:{i}",
        )  # fmt: skip
    line = BankLine.objects.filter(account=account).first()
    assert line is not None
    pages = (
        "factures/", "factures/?voir=toutes", f"factures/{rows[0].number}/", "banque/", "banque/releves/",
        f"banque/lignes/{line.pk}/", "services/", "services/conditions/",
    )  # fmt: skip
    client = client_of(desk.animator)
    for page in pages:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(desk.path(page)).status_code == 200
        assert len(asked) <= MOST, (page, len(asked))


@pytest.mark.parametrize("part", ["factures/", "banque/", "services/", "banque/releves/"])
def test_lists_are_taken_away(desk: Desk, client_of: Callable[[User], Client], part: str) -> None:
    desk.issued(label="=1+1")
    brought(desk, entry(500, "2026-10-03", "=2+2"))
    client = client_of(desk.animator)
    for form in ("csv", "xlsx", "ods"):
        answer = client.get(desk.path(part), {"format": form})
        assert answer.status_code == 200
        assert "attachment" in answer["Content-Disposition"]
        assert answer.getvalue()


def test_a_pole_carried_by_another_bills_by_its_carrier(desk: Desk) -> None:
    account = banking.open_account(desk.pole, holder=desk.mill, name="Moulin", by=desk.animator)
    invoice = desk.issued(Line("A", 500), seller=desk.mill)
    banking.bring(account, document(statement([entry(500, "2026-10-03")])), name="r", by=desk.animator)
    (line,) = clearing.unmatched(desk.pole)
    assert clearing.proposals(desk.pole, [line], on=desk.today)[line.pk][0].parts[0][0] == invoice
