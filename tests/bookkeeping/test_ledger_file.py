"""Lines of a book brought by files: read, refused line by line, written whole, taken back whole."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from xlsxwriter import Workbook

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.bookkeeping import bringing, parties
from terreau.bookkeeping.ledger_file import CODE
from terreau.bookkeeping.models import AccountOf, KnownParty
from terreau.common.errors import DomainError, RefusedError
from terreau.flows import actions as ledger
from terreau.flows.models import Flow
from terreau.imports import actions, kinds, staging
from terreau.imports.models import Import, ImportedRow
from terreau.poles.composition import add_member
from tests.web.espace_yard import Yard

HEAD = ["Date", "Libellé", "Tiers", "Recette", "Dépense", "Compte", "Pièce"]


def rows_as_file(*rows: Sequence[Any]) -> io.BytesIO:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return io.BytesIO(text.getvalue().encode())


def bring(yard: Yard, *rows: Sequence[Any], by: User | None = None, **options: str) -> Import:
    about = yard.pole.actor.subject
    file = rows_as_file(*rows)
    brought = actions.bring(kinds.get(CODE), file, "caisse.csv", by=by or yard.animator, about=about)
    return actions.say_columns(brought, brought.mapping, options, by=brought.by)


def faults(brought: Import) -> list[tuple[int, str]]:
    found = staging.faults_of(brought.pk, brought.generation)
    return [(one.row, one.code) for one in found if one.level == "error"]


def fee(yard: Yard, number: int = 1, **values: Any) -> list[Any]:
    plain = {"on": "02/03/2026", "label": "Cotisation", "party": yard.bakery.name, "income": "120,00"}
    plain |= {"expense": "", "account": "756", "piece": f"R{number}"}
    return list({**plain, **values}.values())


def test_lines_are_written_with_their_accounts_and_taken_back(yard: Yard) -> None:
    paid = fee(yard, 2, label="Loyer", party=yard.orchard.name, income="", expense="300", account="613")
    brought = bring(yard, HEAD, fee(yard), paid)
    assert brought.counts["added"] == 2
    assert not Flow.objects.exists()
    actions.write(brought, by=yard.animator)
    flows = list(Flow.objects.order_by("rank"))
    assert [(one.giver, one.receiver, one.cents) for one in flows] == [
        (yard.bakery, yard.pole.actor, 12_000),
        (yard.pole.actor, yard.orchard, 30_000),
    ]
    assert set(AccountOf.objects.values_list("account", "how")) == {("756", "import"), ("613", "import")}
    again = bring(yard, HEAD, fee(yard), paid)
    assert again.counts["same"] == 2
    actions.undo(brought, by=yard.animator)
    assert sum(one.cents or 0 for one in Flow.objects.all()) == 0
    assert [one.on for one in Flow.objects.filter(reverses__isnull=False)] == [date(2026, 3, 2)] * 2
    once_more = bring(yard, HEAD, fee(yard), paid)
    assert once_more.counts["added"] == 2
    actions.write(once_more, by=yard.animator)
    assert Flow.objects.count() == 6


def test_bad_lines_are_told_one_by_one_and_nothing_is_half_booked(yard: Yard) -> None:
    head = [*HEAD, "Devise", "Heures"]
    brought = bring(
        yard,
        head,
        [*fee(yard, 1), "EUR", ""],
        [*fee(yard, 2, income="1.234"), "", ""],
        [*fee(yard, 3), "USD", ""],
        [*fee(yard, 4, income="", on="32/01/2026"), "", ""],
        [*fee(yard, 5, income=""), "", "-3"],
        [*fee(yard, 1), "", ""],
        [*fee(yard, 7, party="Inconnue SARL"), "", ""],
        [*fee(yard, 8, on="02/03/2099"), "", ""],
        [*fee(yard, 9, expense="3"), "", ""],
        [*fee(yard, 10, account="999"), "", ""],
    )
    assert set(faults(brought)) == {
        (3, "ambiguous_number"),
        (4, "other_currency"),
        (5, "no_such_day"),
        (6, "negative"),
        (7, "repeated_line"),
        (8, "unknown_party"),
        (9, "future"),
        (10, "both_sides"),
        (11, "unknown_account"),
    }
    with pytest.raises(DomainError) as refusal:
        actions.write(brought, by=yard.animator)
    assert refusal.value.code == "lines_refused"
    assert not Flow.objects.exists()
    actions.write(brought, by=yard.animator, without_refused=True)
    assert Flow.objects.count() == 1


def test_what_is_refused_while_it_is_written_takes_everything_back(yard: Yard) -> None:
    rows = [fee(yard, number, on=f"{1 + number:02d}/03/2026") for number in range(1, 9)]
    brought = bring(yard, HEAD, *rows)
    ledger.close(yard.pole.actor, date(2026, 3, 6), by=yard.animator)
    actions.write(brought, by=yard.animator)
    brought.refresh_from_db()
    assert brought.state == Import.State.UNDONE
    assert sum(one.cents or 0 for one in Flow.objects.all()) == 0
    refused = ImportedRow.objects.filter(outcome="refused")
    assert refused.exists()
    assert all("close" in one.message for one in refused)


def test_an_import_is_undone_whole_or_not_at_all(yard: Yard) -> None:
    brought = bring(yard, HEAD, fee(yard, 1), fee(yard, 2, on="05/04/2026"))
    actions.write(brought, by=yard.animator)
    ledger.close(yard.pole.actor, date(2026, 3, 31), by=yard.animator)
    with pytest.raises(DomainError, match="période close"):
        actions.undo(brought, by=yard.animator)
    assert not Flow.objects.filter(reverses__isnull=False).exists()
    brought.refresh_from_db()
    assert brought.state == Import.State.WRITTEN


def test_a_line_corrected_since_is_not_corrected_twice(yard: Yard) -> None:
    brought = bring(yard, HEAD, fee(yard, 1), fee(yard, 2))
    actions.write(brought, by=yard.animator)
    ledger.reverse(Flow.objects.get(rank=1), reason="Doublon", by=yard.animator)
    with pytest.raises(DomainError, match="déjà corrigée"):
        actions.undo(brought, by=yard.animator)
    assert Flow.objects.filter(reverses__isnull=False).count() == 1


def test_two_sheets_of_one_name_are_never_chosen_between(yard: Yard) -> None:
    twin = create_actor(yard.bakery.name, source=None, public=False)
    add_member(yard.pole, twin, by=yard.animator)
    brought = bring(yard, HEAD, fee(yard))
    assert faults(brought) == [(2, "unknown_party")]
    parties.say(yard.ws(yard.animator), yard.bakery.name, twin.pk)
    actions.check_again(brought, by=yard.animator)
    brought.refresh_from_db()
    assert brought.counts["added"] == 1


def test_an_unknown_name_is_proposed_then_created_by_a_person(yard: Yard, client: Client) -> None:
    near = yard.bakery.name.replace("Fournil", "Le Fournil,")
    brought = bring(yard, HEAD, fee(yard, 1, party=near), fee(yard, 2, party="Imprimerie du Canal"))
    assert brought.counts["refused"] == 2
    where = reverse("espace_book_import_names", args=[yard.pole.slug, brought.pk])
    client.force_login(yard.baker)
    assert client.get(where).status_code == 403
    client.force_login(yard.neighbour)
    assert client.get(where).status_code == 404
    client.force_login(yard.animator)
    page = client.get(where).content.decode()
    assert "Imprimerie du Canal" in page
    assert f'value="{yard.bakery.pk.hex}"' in page
    wrong = {"n0-choice": "", "n1-choice": "creer", "n1-name": "Imprimerie", "n1-siren": "123"}
    assert client.post(where, wrong).status_code == 422
    said = {"n0-choice": yard.bakery.pk.hex, "n1-choice": "creer", "n1-name": "Imprimerie du Canal"}
    assert client.post(where, said).status_code == 302
    brought.refresh_from_db()
    assert brought.counts["added"] == 2
    made = KnownParty.objects.get(folded="imprimerie du canal").actor
    assert not made.subject.public
    actions.write(brought, by=yard.animator)
    known = KnownParty.objects.get(folded="imprimerie du canal")
    forget = reverse("espace_party_forget", args=[yard.pole.slug, known.pk])
    assert client.post(forget).status_code == 302
    assert KnownParty.objects.count() == 1
    assert Flow.objects.filter(giver=made).count() == 1


def test_who_may_bring(yard: Yard, client: Client) -> None:
    where = reverse("import_new", args=[CODE]) + f"?sujet={yard.pole.pk}"
    hub = reverse("espace_book_import", args=[yard.pole.slug])
    for user, new, page in (
        (yard.baker, 403, 200),
        (yard.stranger, 403, 404),
        (yard.neighbour, 403, 404),
        (yard.animator, 200, 200),
    ):
        client.force_login(user)
        assert client.get(where).status_code == new
        assert client.get(hub).status_code == page
    client.force_login(yard.baker)
    assert client.post(hub).status_code == 403
    with pytest.raises(RefusedError):
        bringing.bring_fec(yard.ws(yard.baker), b"", "x")


def test_a_workbook_says_hours_and_things_lent(yard: Yard) -> None:
    out = io.BytesIO()
    book = Workbook(out, {"default_date_format": "dd/mm/yyyy"})
    page = book.add_worksheet("Heures")
    lines: list[list[Any]] = [
        ["Journal des bénévoles"],
        ["Jour", "Libellé", "Qui donne", "Qui reçoit", "Heures", "Unité"],
        [date(2026, 3, 2), "Tri", yard.bakery.name, "le pôle", 2.5, "heures"],
        [date(2026, 3, 3), "Camion", yard.orchard.name, yard.bakery.name, 40, "km"],
    ]
    for number, line in enumerate(lines):
        page.write_row(number, 0, line)
    book.close()
    out.seek(0)
    about = yard.pole.actor.subject
    brought = actions.bring(kinds.get(CODE), out, "heures.xlsx", by=yard.animator, about=about)
    brought = actions.say_columns(brought, brought.mapping, {}, by=yard.animator)
    assert brought.counts["added"] == 2, faults(brought)
    actions.write(brought, by=yard.animator)
    flows = list(Flow.objects.order_by("rank"))
    assert [(one.nature, one.thousandths, one.unit) for one in flows] == [
        ("time", 2_500, "hours"),
        ("in_kind", 40_000, "km"),
    ]


def test_only_one_section_of_a_carrier_is_taken(yard: Yard) -> None:
    head = [*HEAD, "Analytique"]
    lines = [*fee(yard, 1), "POLE"], [*fee(yard, 2, party="Autre chose"), "SIEGE"]
    brought = bring(yard, head, *lines, section="pole", holder=yard.carrier.name)
    assert (brought.counts["added"], brought.counts["left"]) == (1, 1)
    assert "refused" not in brought.counts
    actions.write(brought, by=yard.animator)
    assert Flow.objects.get().receiver == yard.carrier
    unknown = bring(yard, head, *lines, section="pole", holder="Personne")
    assert unknown.counts["refused"] == 1


# ------------------------------------------------------------------------------------------- FEC

_FEC = [
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum"),
    *("CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet"),
    *("ValidDate", "Montantdevise", "Idevise", "Analytique"),
]


def fec_line(
    journal: str,
    number: str,
    on: str,
    account: str,
    party: str,
    label: str,
    debit: str,
    credit: str,
    section: str,
) -> list[str]:
    aux = party[:8] if party else ""
    return [
        *(
            journal,
            journal,
            number,
            on,
            account,
            account,
            aux,
            party,
            "F7",
            on,
            label,
            debit,
            credit,
            "",
            "",
            on,
        ),
        *("", "", section),
    ]


def fec(yard: Yard, *more: list[str]) -> bytes:
    member = yard.bakery.name
    rows = [
        _FEC,
        fec_line("VE", "1", "20260201", "411000", member, "Facture", "120,00", "", "POLE"),
        fec_line("VE", "1", "20260201", "756000", "", "Facture", "", "120,00", "POLE"),
        fec_line("BQ", "2", "20260302", "512000", "", "Reçu", "120,00", "", ""),
        fec_line("BQ", "2", "20260302", "411000", member, "Reçu", "", "120,00", "POLE"),
        fec_line("BQ", "3", "20260310", "627000", "", "Frais", "4,50", "", "SIEGE"),
        fec_line("BQ", "3", "20260310", "512000", "", "Frais", "", "4,50", "SIEGE"),
        *more,
    ]
    return "\n".join("\t".join(row) for row in rows).encode()


def test_an_accounting_export_gives_what_moved(yard: Yard) -> None:
    ws = yard.ws(yard.animator)
    brought = bringing.bring_fec(ws, fec(yard), "1FEC.txt", section="POLE", holder=yard.carrier.name)
    brought = actions.say_columns(brought, brought.mapping, brought.options, by=yard.animator)
    assert brought.counts["added"] == 1, faults(brought)
    actions.write(brought, by=yard.animator)
    flow = Flow.objects.get()
    assert (flow.giver, flow.receiver, flow.cents, flow.on) == (
        yard.bakery,
        yard.carrier,
        12_000,
        date(2026, 3, 2),
    )
    assert flow.account_of.account == "756000"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[:-30], "coupée"),
        (lambda data: data.replace(b"120,00\t\t\t", b"120.00\t\t\t"), "virgule"),
        (lambda data: data.replace(b"\t\t\tPOLE", b"\t\tUSD\tPOLE", 1), "devise"),
        (lambda data: data.replace(b"4,50\t\t", b"4,51\t\t", 1), "débits"),
        (lambda data: b"\x00\x01" + data, "texte"),
    ],
)
def test_a_damaged_export_is_told_line_by_line_and_nothing_is_taken(
    yard: Yard, client: Client, spoil: Any, code: str
) -> None:
    data = spoil(fec(yard))
    assert data != fec(yard)
    client.force_login(yard.animator)
    file = io.BytesIO(data)
    file.name = "123456789FEC20261231.txt"
    where = reverse("espace_book_import", args=[yard.pole.slug])
    answer = client.post(where, {"file": file, "holder": "", "section": ""})
    assert answer.status_code == 422
    assert code in answer.content.decode()
    assert not Import.objects.exists()
    assert not Flow.objects.exists()
