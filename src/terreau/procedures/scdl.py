"""SCDL « subventions » 2.1.1, the open format of subsidies given by public bodies (decree 2017-779).

The columns and what each requires are those of the published schema. A grant that lacks what the schema
requires is left out and told: nothing is invented to fill a cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from terreau.design.export import neutral
from terreau.procedures.grants import EXAMPLE, Grant, Lacking, written

VERSION = "2.1.1"
#: In the order of the schema.
FIELDS = (
    *("idSubvention", "nomAttribuant", "idAttribuant", "nomServiceInstructeur", "idServiceInstructeur"),
    *("nomBeneficiaire", "idBeneficiaire", "rnaBeneficiaire", "exerciceBudgetaire", "pluriannualite"),
    *("anneesPluriannualite", "dateDecision", "dateConvention", "referenceDecision", "dateCreation"),
    *("dateDebut", "dateFin", "dispositif", "sousDispositif", "statutLabel", "objet", "nature"),
    *("montantDemande", "montant", "nomOutilInstruction", "nomOutilVersement", "ej", "cléVersement"),
    *("conditionsVersement", "descriptionConditionsVersement", "datesPeriodeVersement", "cofinancement"),
    *("attribuantsCofinanceurs", "idCofinancement", "idRAE", "notificationUE", "pourcentageSubvention"),
    *("evaluationCout", "evaluation", "dateMiseAJour"),
)
_OBJECT, _CONDITIONS = 256, 256
_MONEY, _KIND = "aide en numéraire", "aide en nature"


def lacking(grant: Grant) -> Lacking | None:
    """Return what the schema requires and nobody knows, with what to do; None when the grant can be said."""
    what, remedy = "", ""
    if len(grant.funder.siret) != 14:
        what = _("le SIRET de l'attribuant n'est pas connu")
        remedy = _(
            "Inscrivez-le sur la fiche de l'organisation, donnez-le dans le fichier de l'appel "
            "(owner: {name, siret}) ou avec --siret."
        )
    elif not (grant.recipient.siret or grant.recipient.rna):
        what = _("ni le SIRET ni le numéro RNA du bénéficiaire ne sont connus")
        remedy = _("Inscrivez l'un des deux sur sa fiche.")
    elif not _period(grant):
        what = _("la période de versement n'est pas connue")
        remedy = _("Elle vient de la convention : échéances, ou début et fin.")
    return Lacking(grant.number, grant.recipient.name, what, remedy) if what else None


def row(grant: Grant, on: date) -> dict[str, str]:
    """Return one line of the file, every cell a text; ``on``: the last day that the file tells of."""
    years = _years(grant)
    several = len(years) > 1
    return dict.fromkeys(FIELDS, "") | {
        "idSubvention": grant.number,
        "nomAttribuant": grant.funder.name,
        "idAttribuant": grant.funder.siret,
        "nomServiceInstructeur": grant.funder.name,
        "idServiceInstructeur": grant.funder.siret,
        "nomBeneficiaire": grant.recipient.name,
        "idBeneficiaire": grant.recipient.siret,
        "rnaBeneficiaire": grant.recipient.rna,
        "exerciceBudgetaire": "" if several else str(years[0]),
        "pluriannualite": "oui" if several else "non",
        "anneesPluriannualite": " - ".join(map(str, years)) if several else "",
        "dateDecision": grant.decided_on.isoformat(),
        "dateConvention": grant.act_on.isoformat(),
        "referenceDecision": grant.decision,
        "dateCreation": _day(grant.deposited_on),
        "dateDebut": _day(grant.start),
        "dateFin": _day(grant.end),
        "dispositif": grant.programme,
        "sousDispositif": " – ".join(filter(None, (grant.call, grant.strand))),
        "statutLabel": "attribuée",
        "objet": _cut(str(neutral(_purpose(grant))), _OBJECT),
        "nature": ";".join([_MONEY] * grant.in_money + [_KIND] * grant.in_kind),
        "montantDemande": written(grant.asked_cents),
        "montant": written(grant.cents),
        "nomOutilInstruction": "Terreau",
        **_payment(grant),
        "cofinancement": "oui" if grant.cofunders else "",
        "attribuantsCofinanceurs": ", ".join(name.replace(",", " ") for name in grant.cofunders),
        "notificationUE": "oui" if grant.de_minimis else "non",
        "pourcentageSubvention": "1.00",
        "dateMiseAJour": on.isoformat(),
    }


def table(grants: Iterable[Grant], on: date) -> tuple[bytes, list[Lacking]]:
    """Return the file (UTF-8, commas, as the schema's examples) and the grants that it cannot say.

    Applicants wrote some of the words: none is run by the spreadsheet of who opens the file.
    """
    text, left = io.StringIO(newline=""), []
    writer = csv.DictWriter(text, FIELDS, lineterminator="\r\n")
    writer.writeheader()
    for grant in grants:
        if found := lacking(grant):
            left.append(found)
        else:
            writer.writerow({name: neutral(cell) for name, cell in row(grant, on).items()})
    return text.getvalue().encode(), left


def _purpose(grant: Grant) -> str:
    words = grant.purpose or grant.title
    return f"{EXAMPLE} : {words}" if grant.example else words


def _payment(grant: Grant) -> dict[str, str]:
    days = sorted(set(grant.payments))
    if len(days) == 1:
        kind, words = "unique", "Versement unique prévu par la convention."
    elif days:
        kind, words = "échelonné", f"{len(grant.payments)} versements prévus par la convention."
    else:
        kind, words = "autre", "Versements fixés par la convention, à venir."
    said = {"conditionsVersement": kind, "datesPeriodeVersement": _period(grant)}
    return said | {"descriptionConditionsVersement": _cut(grant.conditions or words, _CONDITIONS)}


def _period(grant: Grant) -> str:
    days = sorted(set(grant.payments))
    if len(days) == 1:
        return days[0].isoformat()
    first, last = (days[0], days[-1]) if days else (grant.start or grant.agreed_on, grant.end)
    return f"{first.isoformat()}/{last.isoformat()}" if first and last else ""


def _years(grant: Grant) -> list[int]:
    days = sorted(grant.payments) or [day for day in (grant.start, grant.end) if day] or [grant.act_on]
    return list(range(days[0].year, days[-1].year + 1))


def _cut(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
