"""The file of an invoice: XML that the schema takes, inside a PDF/A-3; pro forma until it is numbered."""

import io
import logging

import facturx
import pytest
from lxml import etree
from pypdf import PdfReader

from terreau.billing import actions, electronic
from terreau.billing.models import SellerTerms
from terreau.billing.rules import Line, Vat
from terreau.common.errors import DomainError
from tests.billing.conftest import VAT20, Desk

SPACES = {"ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"}
IBAN = "FR7630006000011234567890189"


def text(root: etree._Element, path: str) -> list[str]:
    return [str(one.text) for one in root.findall(f".//{path}", SPACES)]


def terms(desk: Desk, **values: object) -> SellerTerms:
    return SellerTerms.objects.create(pole=desk.pole, actor=desk.pole.actor, **values)


def test_the_xml_holds_by_the_schema_and_its_sums_agree(desk: Desk) -> None:
    terms(desk, iban=IBAN, vat_number="FR40303265045")
    desk.pole.actor.siren = "303265045"
    desk.pole.actor.save()
    invoice = desk.issued(
        Line("Salle", 1_033, 3_500, "hours", VAT20),
        Line("Repas", 999, 3_000, vat=Vat(code="S", rate=550)),
        Line("Formation", 50_000, vat=Vat(code="E", why="Article 261-4-4° du CGI")),
    )
    data = electronic.xml(invoice)
    facturx.xml_check_xsd(data, flavor="factur-x", level="en16931")
    root = etree.fromstring(data)
    assert root.find(".//{*}ExchangedDocument/{*}TypeCode").text == "325"
    nets = [int(one.replace(".", "")) for one in text(root, "ram:LineTotalAmount")]
    assert sum(nets[:-1]) == nets[-1] == invoice.net_cents
    bases = [int(one.replace(".", "")) for one in text(root, "ram:BasisAmount")]
    taxes = [int(one.replace(".", "")) for one in text(root, "ram:CalculatedAmount")]
    assert (sum(bases), sum(taxes)) == (invoice.net_cents, invoice.vat_cents)
    assert text(root, "ram:IBANID") == [IBAN]
    assert text(root, "ram:GrandTotalAmount") == [f"{invoice.gross_cents / 100:.2f}"]
    assert electronic.lacks(invoice) == ["le numéro légal, que donne l'outil de comptabilité"]


def test_a_pole_without_a_siren_nor_tax_number_has_a_file_too(desk: Desk) -> None:
    terms(desk, vat_number="FR40303265045")
    invoice = desk.issued(Line("Adhésion", 5_000))
    root = etree.fromstring(electronic.xml(invoice))
    assert text(root, "ram:SpecifiedTaxRegistration/ram:ID") == []
    assert text(root, "ram:SellerTradeParty/ram:ID") == [desk.pole.pk.hex]
    assert text(root, "ram:ApplicableTradeTax/ram:CategoryCode") == ["O", "O"]
    assert len(electronic.lacks(invoice)) == 2


def test_a_legal_number_makes_it_an_invoice(desk: Desk) -> None:
    row = desk.issued()
    row = actions.number_legally(row, "F-2026-12", seen=row.version, by=desk.animator)
    root = etree.fromstring(electronic.xml(row))
    assert root.find(".//{*}ExchangedDocument/{*}TypeCode").text == "380"
    assert root.find(".//{*}ExchangedDocument/{*}ID").text == "F-2026-12"
    assert electronic.warning(row) == ""


def test_a_credit_note_is_written_above_zero_and_names_its_invoice(desk: Desk) -> None:
    invoice = desk.issued(Line("Salle", 10_000, vat=VAT20), Line("Don", 1_000))
    note = actions.credit(invoice, cents=3_333, reason="Remise", by=desk.animator)
    root = etree.fromstring(electronic.xml(note))
    assert root.find(".//{*}ExchangedDocument/{*}TypeCode").text == "381"
    assert text(root, "ram:GrandTotalAmount") == ["33.33"]
    assert text(root, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == [invoice.name]
    assert all(float(one) > 0 for one in text(root, "ram:BilledQuantity"))


def test_the_pdf_is_an_archive_that_holds_the_xml(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    invoice = desk.issued(label="Salle d'octobre")
    made = electronic.pdf(invoice)
    name, held = facturx.get_facturx_xml_from_pdf(made, check_xsd=True)
    assert (name, held) == ("factur-x.xml", electronic.xml(invoice))
    reader = PdfReader(io.BytesIO(made))
    meta = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in meta
    assert "EN 16931" in meta
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    words = "".join(page.extract_text() for page in reader.pages)
    assert "Cantine" in words
    assert "pro forma" in words


def test_a_draft_has_no_file(desk: Desk) -> None:
    with pytest.raises(DomainError) as refused:
        electronic.xml(desk.draft())
    assert refused.value.status == 409
