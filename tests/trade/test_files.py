"""Files of members: what concerns other members alone is read; a mistake refuses the whole, line by line."""

from collections.abc import Collection
from uuid import UUID, uuid4

import pytest

from terreau.trade import files, invoice_files
from terreau.trade.files import Known, Partner, Reading
from tests.trade.conftest import SIRENS

_NAMES = ("Boulangerie", "Ferme", "Moulin")
BAKERY, FARM, MILL = (Partner(uuid4(), *one) for one in zip(_NAMES, SIRENS, strict=True))
EVERYBODY = [BAKERY, FARM, MILL]
HEAD = (
    "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\tCompAuxLib\t"
    "PieceRef\tPieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\tValidDate\tMontantdevise\tIdevise"
)


def line(
    entry: str,
    account: str,
    debit: str = "0,00",
    credit: str = "0,00",
    party: tuple[str, str] = ("", ""),
    piece: str = "P1",
    day: str = "20260310",
    currency: str = "",
) -> str:
    cells = ["VE", "Ventes", entry, day, account, "Compte", *party, piece, day, "Farine", debit, credit]
    return "\t".join([*cells, "", "", day, "", currency])


def sale(
    entry: str, party: tuple[str, str], gross: str, net: str, tax: str, piece: str = "FA-1"
) -> list[str]:
    return [
        line(entry, "411000", debit=gross, party=party, piece=piece),
        line(entry, "707000", credit=net, piece=piece),
        line(entry, "445710", credit=tax, piece=piece),
    ]


def purchase(entry: str, party: tuple[str, str], gross: str, net: str, tax: str) -> list[str]:
    return [
        line(entry, "601000", debit=net),
        line(entry, "445660", debit=tax),
        line(entry, "401000", credit=gross, party=party),
    ]


def fec(*lines: str) -> bytes:
    return "\r\n".join([HEAD, *lines]).encode()


def read(data: bytes, name: str = "fec.txt", **values: object) -> Reading:
    known = Known.of(FARM, values.pop("partners", EVERYBODY))  # type: ignore[arg-type]
    return files.read_fec(data, name, known, **values)  # type: ignore[arg-type]


def test_only_sales_to_members_are_kept_of_a_file() -> None:
    data = fec(
        *sale("1", ("C552100554", "Boul. du coin"), "120,00", "100,00", "20,00"),
        *sale("2", ("C0042", "Supermarché très privé"), "240,00", "200,00", "40,00", "FA-2"),
        line("3", "512000", debit="120,00"),
        line("3", "411000", credit="120,00", party=("C552100554", "Boul.")),
    )
    found = read(data)
    assert not found.rows, "552100554 is the farm itself"
    known = Known.of(BAKERY, EVERYBODY)
    found = files.read_fec(data, "fec.txt", known)
    (row,) = found.rows
    assert (row.other, row.side, row.told.cents, row.told.net, row.told.number) == (
        *(FARM.pk, "seller"),
        *(12_000, 10_000, "FA-1"),
    )
    assert found.others == 1
    assert "privé" not in repr(found)


def test_a_member_is_known_by_its_name_when_no_number_is_written() -> None:
    found = read(fec(*sale("1", ("C1", "BOULANGERIE"), "120,00", "100,00", "20,00")))
    assert [(row.other, row.named) for row in found.rows] == [(BAKERY.pk, True)]


def test_purchases_say_where_they_went_in_four_sums() -> None:
    def places(sirens: Collection[str]) -> dict[str, str]:
        assert SIRENS[0] not in sirens, "what is of a member is not looked for"
        return {"775670417": files.PERIMETER}

    found = read(
        fec(
            *purchase("1", (SIRENS[0], "Boulangerie"), "120,00", "100,00", "20,00"),
            *purchase("2", ("F775670417", "Voisin"), "240,00", "200,00", "40,00"),
            *purchase("3", ("F9", "Loin"), "60,00", "50,00", "10,00"),
        ),
        places=places,
    )
    year = found.years[2026]
    spent = year.spent
    assert (spent.members, spent.perimeter, spent.outside, spent.unknown) == (12_000, 24_000, 0, 6_000)
    assert (year.lines, len(found.rows), found.rows[0].side) == (3, 1, "buyer")
    assert "Loin" not in repr(found)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([*sale("1", ("", "Moulin"), "120.00", "100,00", "20,00")], ("bad_amount", 2)),
        ([*sale("1", ("", "Moulin"), "120,00", "100,00", "20,00"), "VE\tVentes\t2\t2026"], ("cut", 5)),
        ([*sale("1", ("", "Moulin"), "120,00", "100,00", "19,00")], ("unbalanced", 2)),
        (
            [line("1", "411000", debit="1,00", currency="USD"), line("1", "707", credit="1,00")],
            ("currency", 2),
        ),
        (
            [
                *sale("1", ("", "Moulin"), "120,00", "100,00", "20,00"),
                *sale("2", ("", "Moulin"), "120,00", "100,00", "20,00"),
            ],
            ("twice", 5),
        ),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_lines(lines: list[str], problem: tuple[str, int]) -> None:
    found = read(fec(*lines))
    assert (found.problems[0].code, found.problems[0].line) == problem
    assert problem[0] in {"twice"} or not found.rows


def test_a_member_twice_is_asked_about_and_never_guessed() -> None:
    twin = Partner(uuid4(), "Moulin", SIRENS[2])
    found = read(fec(*sale("1", (SIRENS[2], ""), "120,00", "100,00", "20,00")), partners=[*EVERYBODY, twin])
    assert [one.code for one in found.problems] == ["two_members"]


def test_the_file_of_another_firm_is_refused() -> None:
    found = read(fec(*sale("1", ("", "Moulin"), "120,00", "100,00", "20,00")), "123456782FEC20261231.txt")
    assert [one.code for one in found.problems] == ["other_siren"]


def test_sirens_are_found_wherever_they_are_written() -> None:
    for text in ("732829320", "732 829 320", "73282932000074", "FR44732829320", "411732829320"):
        assert files.sirens_in(text) == ["732829320"], text
    assert files.sirens_in("732829321", "12345") == []


# Electronic invoices

UBL = """<?xml version="1.0"?><{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>{number}</cbc:ID>
<cbc:IssueDate>2026-03-10</cbc:IssueDate><cbc:{kind}TypeCode>{code}</cbc:{kind}TypeCode>
<cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>Ferme</cbc:RegistrationName>
<cbc:CompanyID schemeID="0002">{seller}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party>
</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>B</cbc:RegistrationName>
<cbc:CompanyID schemeID="0002">{buyer}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party>
</cac:AccountingCustomerParty>
<cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="EUR">1000.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">{gross}</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">{gross}</cbc:PayableAmount></cac:LegalMonetaryTotal></{kind}>"""
CII = """<?xml version="1.0"?><rsm:CrossIndustryInvoice
 xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"><rsm:ExchangedDocumentContext>
<ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:factur-x.eu:1p0:minimum</ram:ID>
</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext><rsm:ExchangedDocument>
<ram:ID>FA-12</ram:ID><ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime>
<udt:DateTimeString format="102">20260310</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty><ram:Name>Ferme</ram:Name>
<ram:SpecifiedLegalOrganization><ram:ID schemeID="0002">552100554</ram:ID></ram:SpecifiedLegalOrganization>
</ram:SellerTradeParty><ram:BuyerTradeParty><ram:Name>B</ram:Name><ram:SpecifiedLegalOrganization>
<ram:ID schemeID="0002">732829320</ram:ID></ram:SpecifiedLegalOrganization></ram:BuyerTradeParty>
</ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeDelivery/><ram:ApplicableHeaderTradeSettlement>
<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode><ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:TaxBasisTotalAmount>1000.00</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="EUR">200.00</ram:TaxTotalAmount>
<ram:GrandTotalAmount>1200.00</ram:GrandTotalAmount><ram:DuePayableAmount>1200.00</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""


def ubl(**values: str) -> bytes:
    told = {
        "kind": "Invoice",
        "number": "FA-12",
        "code": "380",
        "currency": "EUR",
        "gross": "1200.00",
        "seller": SIRENS[1],
        "buyer": SIRENS[0],
        **values,
    }
    return UBL.format(**told).encode()


def invoices(*data: bytes, me: Partner = FARM) -> Reading:
    named = [(f"{rank}.xml", one) for rank, one in enumerate(data)]
    return invoice_files.read_invoices(named, Known.of(me, EVERYBODY))


@pytest.mark.parametrize("data", [ubl(), CII.encode()])
@pytest.mark.parametrize(("me", "side", "other"), [(FARM, "seller", BAKERY), (BAKERY, "buyer", FARM)])
def test_invoices_are_read_by_either_party(data: bytes, me: Partner, side: str, other: Partner) -> None:
    (row,) = invoices(data, me=me).rows
    assert (row.side, row.other, row.told.number) == (side, other.pk, "FA-12")
    assert (row.told.cents, row.told.net, row.told.on.isoformat()) == (120_000, 100_000, "2026-03-10")


def test_a_credit_note_is_negative() -> None:
    (row,) = invoices(ubl(kind="CreditNote", code="381")).rows
    assert (row.told.cents, row.told.net) == (-120_000, -100_000)


def _code(found: Reading) -> list[str]:
    assert not found.rows or found.problems[0].code == "twice"
    return [one.code for one in found.problems]


def test_bad_invoices_say_what_is_wrong() -> None:
    assert _code(invoices(ubl(currency="CHF"))) == ["currency"]
    assert _code(invoices(ubl(gross="1200.005"))) == ["bad_amount"]
    assert _code(invoices(ubl(seller="775670417"))) == ["not_yours"]
    assert _code(invoices(b"%PDF-1.4 nothing")) == ["not_an_invoice"]
    assert _code(invoices(b"<a/>")) == ["not_an_invoice"]
    assert _code(invoices(ubl(), ubl())) == ["twice"]
    assert invoices(ubl(buyer="775670417")).others == 1


def test_an_invoice_reads_nothing_outside_itself(tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("secret") / "secret.txt"
    secret.write_text("552100554")
    told = (
        ubl()
        .decode()
        .replace('<?xml version="1.0"?>', f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>')
    )
    found = invoices(told.replace(SIRENS[1], "&e;").encode())
    assert (found.rows, [one.code for one in found.problems]) == ([], ["not_an_invoice"])


def test_who_is_who_never_leaves_the_file() -> None:
    assert isinstance(Known.of(FARM, EVERYBODY).find("Inconnu"), tuple)
    assert Known.of(FARM, EVERYBODY).find("Inconnu") == ((), False)
    assert all(isinstance(one.pk, UUID) for one in EVERYBODY)
