"""The table of those who were chosen: its columns, and the file that machines read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from terreau.common.money import Euro
from terreau.design.export import neutral
from terreau.design.export_columns import Column
from terreau.procedures.grants import Grant, written


def _euros(cents: int | None) -> Euro | None:
    return None if cents is None else Euro(cents)


#: The columns that people choose on the page.
COLUMNS: Final = [
    Column(_("Numéro"), lambda one: one.number),
    Column(_("Projet"), lambda one: one.title),
    Column(_("Bénéficiaire"), lambda one: one.recipient.name),
    Column("SIRET", lambda one: one.recipient.siret),
    Column("RNA", lambda one: one.recipient.rna),
    Column(_("Région"), lambda one: one.region_name),
    Column(_("Volet"), lambda one: one.strand),
    Column(_("Demandé (€)"), lambda one: _euros(one.asked_cents), "number"),
    Column(_("Attribué (€)"), lambda one: _euros(one.cents), "number"),
    Column(_("Versé (€)"), lambda one: _euros(one.paid_cents), "number"),
    Column(_("Décidé le"), lambda one: one.decided_on, "date"),
    Column(_("Convention signée le"), lambda one: one.agreed_on, "date"),
    Column(_("Exemple fictif"), lambda one: one.example, "boolean"),
]

#: The columns of the API: their names never change with the language.
_FILE: Final = (
    *("numero", "projet", "beneficiaire", "siret", "rna", "region", "nom_region", "volet"),
    *("demande_euros", "attribue_euros", "verse_euros", "decide_le", "convention_le", "exemple"),
)


def csv_of(grants: Iterable[Grant]) -> bytes:
    """Return the table for machines: UTF-8, commas, euros with a point; no cell is run by a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_FILE)
    for one in grants:
        writer.writerow([_plain(cell) for cell in _cells(one)])
    return text.getvalue().encode()


def _cells(one: Grant) -> tuple[object, ...]:
    money = (written(one.asked_cents), written(one.cents), written(one.paid_cents))
    who = (one.recipient.name, one.recipient.siret, one.recipient.rna, one.region, one.region_name)
    days = (one.decided_on, one.agreed_on)
    return (one.number, one.title, *who, one.strand, *money, *days, "oui" if one.example else "non")


def _plain(cell: object) -> object:
    if isinstance(cell, date):
        return cell.isoformat()
    return cell if isinstance(cell, Decimal) else neutral(cell)
