"""Bringing the accounts of a pole, or of its carrier, into its book: read whole, kept in part, previewed.

What is kept of a member's or a carrier's accounts is only the lines that were asked for: the file itself,
which says everything of an organisation, is read and forgotten (R-102).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _

from terreau.billing import fec
from terreau.bookkeeping import fec_lines
from terreau.bookkeeping.ledger_file import CODE
from terreau.common.errors import DomainError
from terreau.imports import actions, kinds
from terreau.imports.models import Import
from terreau.poles.workspace import Workspace, require_run


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in an accounting file: its line (0: the file itself), its column, what to do."""

    line: int
    column: str
    value: str
    message: str


def bring_fec(ws: Workspace, data: bytes, name: str, *, section: str = "", holder: str = "") -> Import:
    """Read an accounting export whole and bring what moved as an import to be previewed; see ``table``."""
    require_run(ws, verb="book.import")
    file = io.BytesIO(table(data, section=section))
    subject = ws.pole.actor.subject
    brought = actions.bring(kinds.get(CODE), file, f"{name[:150]}.csv", by=ws.user, about=subject)
    if holder:
        Import.objects.filter(pk=brought.pk).update(options={"holder": holder})
        brought.options = {"holder": holder}
    return brought


def table(data: bytes, *, section: str = "") -> bytes:
    """Return what moved in an accounting export, as a CSV table of lines of a book.

    Raises ``DomainError`` ``fec_refused`` with ``facts["problems"]`` (``Wrong``), line by line, when anything
    is wrong: nothing of a damaged file is taken. ``no_movement`` when nothing in it touches the treasury.
    """
    reading = fec.read(data)
    if not reading.whole:
        problems = [Wrong(one.line, one.column, one.value, said(one)) for one in reading.problems]
        message = _("Ce fichier d'écritures n'est pas repris : %(count)d problème(s). Rien n'est écrit.")
        count = len(problems) + reading.untold
        raise DomainError("fec_refused", message % {"count": count}, facts={"problems": problems})
    sections: dict[int, str] = {}
    if section:
        text = data.decode(reading.encoding)
        extra, sections = fec_lines.sections_of(text, _delimiter(text))
        if not extra:
            message = _("Ce fichier n'a pas de colonne analytique après les dix-huit de la loi.")
            raise DomainError("no_section", message, facts={"field": "section"})
    lines = fec_lines.moved(reading.lines, sections=sections, section=section)
    if not lines:
        message = _("Aucune écriture de ce fichier ne touche la banque ou la caisse.")
        raise DomainError("no_movement", message, facts={"field": "file"})
    return _table(lines)


def _delimiter(text: str) -> str:
    heading = text.partition("\n")[0]
    return max(("\t", "|", ";"), key=heading.count)


def _table(lines: list[fec_lines.Moved]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow(fec_lines.HEADER)
    writer.writerows(line.cells() for line in lines)
    return out.getvalue().encode("utf-8-sig")


def said(problem: fec.Problem) -> str:
    """Return what is wrong in an accounting file, and what to do."""
    words = {
        "too_large": _("Ce fichier est trop grand."),
        "not_text": _("Ce fichier n'est pas un texte : exportez le FEC depuis votre logiciel."),
        "empty": _("Ce fichier n'a aucune écriture."),
        "column_missing": _("La colonne manque : les dix-huit colonnes de la loi sont demandées."),
        "columns_moved": _("Les colonnes ne sont pas dans l'ordre de la loi."),
        "cut": _("La ligne est coupée : le fichier est peut-être tronqué. Exportez-le de nouveau."),
        "blank": _("La case est vide, et la loi la demande."),
        "bad_date": _("Une date s'écrit AAAAMMJJ : 20260131."),
        "other_year": _("Cette date n'est pas de l'exercice."),
        "currency": _("Cette écriture est dans une autre devise : rien n'est converti."),
        "bad_sense": _("Le sens s'écrit D ou C."),
        "both_sides": _("Une ligne est au débit ou au crédit, pas aux deux."),
        "bad_amount": _("Un montant s'écrit avec une virgule et deux décimales : 1234,56, sans espace."),
        "unbalanced": _("Les débits de cette écriture ne sont pas égaux à ses crédits, en centimes."),
    }
    return str(words.get(problem.code, problem.code))
