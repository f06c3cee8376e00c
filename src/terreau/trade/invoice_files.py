"""Electronic invoices of a member: Factur-X in a PDF, CII and UBL alone (EN 16931), by their library.

Nothing outside the file is asked: neither entity, nor network, nor document type.
"""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from facturx import get_xml_from_pdf, parse_ubl_cii_xml
from lxml import etree

from terreau.trade import rules
from terreau.trade.files import MOST_INVOICE, Known, Problem, Reading, Row, sirens_in
from terreau.trade.rules import BUYER, SELLER, Told

#: Codes of a credit note in UNTDID 1001.
_CREDITS: Final = frozenset({"381", "396", "261", "262", "296", "308"})
_PDF = b"%PDF-"


def read_invoices(files: list[tuple[str, bytes]], known: Known) -> Reading:
    """Read several invoices; every problem of every file is told, those of nobody here are only counted."""
    found = Reading()
    for name, data in files:
        _one(name, data, known, found)
    told = [(row.other, row.side, row.told) for row in found.rows]
    for rank in rules.duplicates(told):
        row = found.rows[rank]
        found.problems.append(Problem("twice", 0, "BT-1", row.told.number, row.file))
    return found


def _one(name: str, data: bytes, known: Known, found: Reading) -> None:
    if len(data) > MOST_INVOICE:
        found.problems.append(Problem("too_large", file=name))
        return
    told = _parsed(data)
    if told is None:
        found.problems.append(Problem("not_an_invoice", file=name))
        return
    problems, row = _row(name, told, known)
    found.problems += problems
    if row is not None:
        found.rows.append(row)
    elif not problems:
        found.others += 1


def _parsed(data: bytes) -> dict[str, Any] | None:
    """Return what an invoice says by the numbers of the norm (BT-1…); None when it is no such invoice."""
    try:
        xml = data
        if data.lstrip()[:5] == _PDF:
            with redirect_stderr(io.StringIO()):
                _name, xml = get_xml_from_pdf(data, check_xsd=False)
        if not xml:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(xml, parser)
        if root.getroottree().docinfo.doctype:
            return None
        told: dict[str, Any] = parse_ubl_cii_xml(root, check_xsd=False)
    except Exception:
        return None
    return told


def _row(name: str, told: dict[str, Any], known: Known) -> tuple[list[Problem], Row | None]:
    number, on, currency = str(told.get("BT-1") or ""), told.get("BT-2"), told.get("BT-5") or ""
    problems = []
    if currency != "EUR":
        problems.append(Problem("currency", 0, "BT-5", currency[:10], name))
    gross, net = _cents(told.get("BT-112")), _cents(told.get("BT-109"))
    if gross is None:
        problems.append(Problem("bad_amount", 0, "BT-112", str(told.get("BT-112") or "")[:20], name))
    if not isinstance(on, date):
        problems.append(Problem("bad_date", 0, "BT-2", str(on or "")[:20], name))
    if not number:
        problems.append(Problem("blank", 0, "BT-1", "", name))
    seller, buyer = _party(told.get("BG-4")), _party(told.get("BG-7"))
    mine = [side for side, party in ((SELLER, seller), (BUYER, buyer)) if _is(party, known.mine)]
    if len(mine) != 1:
        problems.append(Problem("not_yours", 0, "", "", name))
        return problems, None
    others, by_name = known.find(*(buyer if mine[0] == SELLER else seller))
    if len(others) > 1:
        problems.append(Problem("two_members", 0, "", (buyer if mine[0] == SELLER else seller)[0], name))
    if problems or not others or not isinstance(on, date) or not gross:
        return problems, None
    sign = -1 if told.get("BT-3") in _CREDITS and gross > 0 else 1
    said = Told(on, sign * gross, number[:60], None if net is None else sign * net)
    return problems, Row(0, others[0], mine[0], said, named=by_name, file=name)


def _party(told: Any) -> tuple[str, ...]:
    """Return what a party is named by, its name first."""
    held = told if isinstance(told, dict) else {}
    names = ("name", "legal_identifier", "vat_identifier", "tax_identifier", "trade_name")
    return tuple(str(held.get(name) or "") for name in names)


def _is(party: tuple[str, ...], siren: str) -> bool:
    return bool(siren) and siren in sirens_in(*party)


def _cents(written: Any) -> int | None:
    """Return cents exactly; a third decimal that is not zero is never rounded."""
    try:
        value = Decimal(str(written)) * 100
    except InvalidOperation:
        return None
    return int(value) if value == value.to_integral_value() and abs(value) <= rules.MOST_CENTS else None
