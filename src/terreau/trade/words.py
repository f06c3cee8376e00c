"""Sentences of the room: states, differences and their likely causes, what is wrong in a file."""

from __future__ import annotations

from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.design import numbers
from terreau.trade.files import Problem
from terreau.trade.rules import Difference

#: The likely cause of a difference; told to both in the same words.
CAUSES: Final[dict[str, Any]] = {
    "number": gettext_lazy("Les deux numéros de facture ne se ressemblent pas : parlez-vous de la même ?"),
    "late": gettext_lazy(
        "Les deux dates sont loin l'une de l'autre : l'une est peut-être celle du paiement."
    ),
    "other_year": gettext_lazy("Les deux dates tombent dans deux années : le total de l'année en dépend."),
    "tax": gettext_lazy(
        "L'écart est celui de la TVA : l'un écrit hors taxes, l'autre toutes taxes comprises."
    ),
    "decimal_mark": gettext_lazy("Un montant est dix, cent ou mille fois l'autre : une virgule a bougé."),
    "turned_digits": gettext_lazy(
        "Les mêmes chiffres dans un autre ordre : une faute de frappe, sans doute."
    ),
    "part": gettext_lazy("Un montant est une part exacte de l'autre : un acompte, peut-être."),
    "sign": gettext_lazy("L'un écrit une facture, l'autre un avoir du même montant."),
    "unknown": gettext_lazy("Les deux montants diffèrent : regardez la facture ensemble."),
    "why": gettext_lazy("Vous ne donnez pas le même motif : le montant peut être convenu quand même."),
}
FIELDS: Final[dict[str, Any]] = {
    "number": gettext_lazy("Numéro de la facture"),
    "on": gettext_lazy("Date de la facture"),
    "cents": gettext_lazy("Montant, toutes taxes comprises"),
    "why": gettext_lazy("Motif"),
}
VERBS: Final[dict[str, Any]] = {
    "declare": gettext_lazy("écrit l'échange"),
    "confirm": gettext_lazy("est d'accord avec l'autre version"),
    "correct": gettext_lazy("corrige sa version"),
    "refuse": gettext_lazy("conteste l'échange"),
    "withdraw": gettext_lazy("reprend sa déclaration"),
    "attribute": gettext_lazy("dit à quoi tient l'échange"),
    "invoice": gettext_lazy("met l'échange en compte"),
}
_PROBLEMS: Final[dict[str, Any]] = {
    "too_large": gettext_lazy("Ce fichier est trop lourd."),
    "not_text": gettext_lazy(
        "Ce n'est pas un fichier de texte : demandez le FEC à votre logiciel comptable."
    ),
    "column_missing": gettext_lazy("La colonne %(column)s manque."),
    "columns_moved": gettext_lazy("Les colonnes ne sont pas dans l'ordre de la norme."),
    "empty": gettext_lazy("Le fichier n'a aucune écriture."),
    "cut": gettext_lazy("La ligne est coupée après la colonne %(column)s : le fichier est incomplet."),
    "blank": gettext_lazy("La colonne %(column)s est vide."),
    "bad_date": gettext_lazy("« %(value)s » n'est pas une date de la norme (%(column)s)."),
    "other_year": gettext_lazy("« %(value)s » n'est pas dans l'exercice du fichier."),
    "bad_amount": gettext_lazy(
        "« %(value)s » n'est pas un montant de la norme (%(column)s) : virgule, deux décimales."
    ),
    "bad_sense": gettext_lazy("« %(value)s » ne dit pas si c'est un débit ou un crédit."),
    "both_sides": gettext_lazy("La ligne a un débit et un crédit."),
    "unbalanced": gettext_lazy("L'écriture n'est pas équilibrée : %(value)s centimes d'écart."),
    "currency": gettext_lazy("La facture est en « %(value)s » : seul l'euro est pris ici."),
    "other_siren": gettext_lazy(
        "Le nom du fichier porte le SIREN %(value)s, qui n'est pas celui de l'organisation."
    ),
    "untold": gettext_lazy("Et %(value)s autres problèmes du même fichier."),
    "two_members": gettext_lazy("Deux membres répondent à « %(value)s » : écrivez cet échange à la main."),
    "twice": gettext_lazy("La facture « %(value)s » est deux fois dans le fichier."),
    "not_an_invoice": gettext_lazy("Ce n'est pas une facture électronique lisible (Factur-X, UBL ou CII)."),
    "not_yours": gettext_lazy(
        "Cette facture ne porte pas le SIREN de l'organisation, ni en vente ni en achat."
    ),
}


def euros(cents: int | None) -> str:
    """Return an amount in the language of the page."""
    return _("inconnu") if cents is None else numbers.with_unit(Euro(cents), "", _language())


def problem(found: Problem) -> str:
    """Return what is wrong in a file, in words."""
    words = _PROBLEMS.get(found.code, gettext_lazy("Cette ligne ne peut pas être lue."))
    return str(words) % {"column": found.column, "value": found.value}


def difference(found: Difference) -> dict[str, str]:
    """Return a difference as both read it: what, by how much, the likely cause."""
    gap = ""
    if found.field == "cents":
        gap = euros(abs(found.gap))
    elif found.gap:
        gap = ngettext("%(count)d jour", "%(count)d jours", found.gap) % {"count": found.gap}
    return {"field": str(FIELDS[found.field]), "gap": gap, "cause": str(CAUSES[found.cause])}


def day(on: object) -> str:
    """Return a day as a sentence has it."""
    return str(date_format(on)) if on else ""  # type: ignore[arg-type]


def _language() -> str:
    return get_language() or "fr"
