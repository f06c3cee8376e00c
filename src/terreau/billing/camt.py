"""Reads CAMT.053 (and 052, 054 files of the same shape) with pycamt, one statement after the other.

The XML is refused when it declares a document type: that is where entities that explode or fetch live. Only
what is booked counts; what is announced is left out and told.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _
from lxml import etree
from pycamt.parser import Camt053ParseError, Camt053Parser

from terreau.billing.statements import (
    CAMT,
    MOST_LINES,
    Movement,
    Sheet,
    bounded,
    masked_end,
    unreadable,
)

_BOOKED: Final = frozenset({"BOOK", "INFO", ""})


def read(data: bytes) -> list[Sheet]:
    """Return what the file says of each account; raise ``DomainError`` when it cannot be read."""
    root = _root(bounded(data))
    statements = _statements(root)
    if not statements:
        raise unreadable(_("Ce fichier XML n'est pas un relevé CAMT.053."))
    return [_sheet(_alone(root, one)) for one in statements]


def _root(data: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise unreadable(_("Ce fichier XML est abîmé ou coupé.")) from error
    if root.getroottree().docinfo.doctype:
        raise unreadable(_("Ce fichier XML déclare un type de document : un relevé n'en a pas besoin."))
    return root


def _statements(root: Any) -> list[Any]:
    return [one for one in root.iter("{*}Stmt", "{*}Rpt", "{*}Ntfctn") if isinstance(one.tag, str)]


def _alone(root: Any, statement: Any) -> bytes:
    """Return a document of one statement, whose names have no prefix: what pycamt finds its way in."""
    space = etree.QName(root).namespace
    name = "Stmt" if etree.QName(statement).localname == "Ntfctn" else etree.QName(statement).localname
    made = etree.Element(etree.QName(space, "Document"), nsmap={None: space})
    inside = etree.SubElement(made, etree.QName(space, "BkToCstmrStmt"))
    body = etree.SubElement(inside, etree.QName(space, name))
    body.extend(list(statement))
    for entry in body.iter("{*}Ntry"):
        _settle_amounts(entry)
    found: bytes = etree.tostring(made)
    return found


def _settle_amounts(entry: Any) -> None:
    """Leave in an entry the amounts that count: pycamt takes the first that it meets in each detail.

    One detail: the entry says the amount. Several: each has its own when they add up to the entry in its
    currency; else the entry stands alone. Instructed amounts, in another currency, and charges go.
    """
    details = list(entry.iter("{*}TxDtls"))
    amounts = [_amount(one) for one in details]
    several = len(details) > 1
    if several and (None in amounts or not _adds_up(entry, details, amounts)):
        for one in details:
            one.getparent().remove(one)
        return
    for one, amount in zip(details, amounts, strict=True):
        for name in ("Amt", "AmtDtls", "Chrgs", "CdtDbtInd") if not several else ("Amt", "AmtDtls", "Chrgs"):
            for found in one.findall(f"{{*}}{name}"):
                one.remove(found)
        if several:
            one.insert(0, amount)


def _amount(detail: Any) -> Any:
    for path in ("{*}Amt", "{*}AmtDtls/{*}TxAmt/{*}Amt"):
        if (found := detail.find(path)) is not None:
            return found
    return None


def _adds_up(entry: Any, details: list[Any], amounts: list[Any]) -> bool:
    whole, way = entry.find("{*}Amt"), entry.findtext("{*}CdtDbtInd")
    if whole is None or any(one.get("Ccy") != whole.get("Ccy") for one in amounts):
        return False
    signed = [
        (_cents(one.text) or 0) * (1 if (detail.findtext("{*}CdtDbtInd") or way) == way else -1)
        for detail, one in zip(details, amounts, strict=True)
    ]
    return sum(signed) == _cents(whole.text)


def _sheet(document: bytes) -> Sheet:
    try:
        parser = Camt053Parser(document)
        told, rows = parser.get_statement_info(), parser.get_transactions()
    except (Camt053ParseError, AttributeError) as error:
        raise unreadable(_("Ce relevé CAMT.053 ne se lit pas.")) from error
    if len(rows) > MOST_LINES:
        raise unreadable(_("Ce relevé a trop de lignes."))
    about, root = told[0] if told else {}, etree.fromstring(document)
    problems: list[str] = []
    movements = tuple(_movements(rows, problems))
    opening, closing = _cents(about.get("OpeningBalance")), _cents(about.get("ClosingBalance"))
    return Sheet(
        CAMT,
        (about.get("IBAN") or "").replace(" ", ""),
        movements,
        reference=(root.findtext(".//{*}Stmt/{*}Id") or root.findtext(".//{*}Rpt/{*}Id") or "")[:80],
        opening=opening if opening is not None else _before(root),
        closing=closing,
        problems=tuple(problems),
    )


def _before(root: Any) -> int | None:
    """Return the closing balance of the statement before, which some banks tell instead."""
    for balance in root.iter("{*}Bal"):
        if balance.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd") == "PRCD":
            cents = _cents(balance.findtext("{*}Amt"))
            return -cents if cents is not None and balance.findtext("{*}CdtDbtInd") == "DBIT" else cents
    return None


def _movements(rows: list[dict[str, Any]], problems: list[str]) -> Iterator[Movement]:
    announced = 0
    for rank, row in enumerate(rows, start=1):
        if (row.get("Status") or "") not in _BOOKED:
            announced += 1
            continue
        cents, on = _cents(row.get("Amount")), _day(row.get("BookingDate") or row.get("ValueDate"))
        if cents is None or on is None:
            problems.append(_("Ligne %(rank)d : le montant ou la date manque.") % {"rank": rank})
        elif row.get("Currency") != "EUR":
            problems.append(_("Ligne %(rank)d : elle n'est pas en euros.") % {"rank": rank})
        elif cents:
            yield _movement(row, cents, on)
    if announced:
        problems.append(_("Lignes annoncées et pas encore comptées, laissées : %(n)d.") % {"n": announced})


def _movement(row: dict[str, Any], cents: int, on: date) -> Movement:
    out = row.get("CreditDebitIndicator") == "DBIT"
    side = "Creditor" if out else "Debtor"
    words = row.get("RemittanceInformationFull") or row.get("RemittanceInformation") or ""
    label = " ".join(f"{words or row.get('AdditionalEntryInformation') or ''}".split())
    reference = row.get("EndToEndId") or ""
    return Movement(
        on=on,
        cents=-cents if out else cents,
        label=label[:500],
        value_on=_day(row.get("ValueDate")),
        party=" ".join((row.get(f"{side}Name") or "").split())[:140],
        party_account=masked_end(row.get(f"{side}IBAN") or ""),
        reference="" if reference == "NOTPROVIDED" else reference[:140],
        bank_ref=(row.get("TransactionID") or "")[:80],
    )


def _cents(text: str | None) -> int | None:
    """Return an amount in cents; none when it lacks, is no number or has parts of a cent."""
    try:
        cents = Decimal((text or "").strip()) * 100
    except InvalidOperation:
        return None
    if not cents.is_finite() or cents != cents.to_integral_value() or abs(cents) > 10**15:
        return None
    return int(cents)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None
