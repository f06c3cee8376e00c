"""The portfolio in sentences: rules, prices, conflicts, problems. French here, English in the catalogue."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.design import numbers
from terreau.selection.portfolio_rules import Portfolio, Rule
from terreau.selection.solver import Found, Price

_GROUPS: Final = {
    "all": gettext_lazy("en tout"),
    "qpv": gettext_lazy("en quartier prioritaire"),
    "rural": gettext_lazy("en territoire rural"),
}
_PROBLEMS: Final = {
    "bad_amount": gettext_lazy("ce montant n'est pas possible : des centimes, plus grands que zéro."),
    "most_under_least": gettext_lazy(
        "le montant le plus grand est sous le plus petit : corrigez l'un des deux."
    ),
    "no_file": gettext_lazy("il n'y a aucun dossier : donnez-en au moins un, avec une note et un montant."),
    "too_many": gettext_lazy("il y a plus de 10 000 dossiers : partagez-les."),
    "too_much": gettext_lazy("la somme demandée est trop grande pour être vraie."),
    "no_id": gettext_lazy("ce dossier n'a pas d'identifiant : donnez-lui en un."),
    "twice": gettext_lazy("un autre dossier porte cet identifiant : changez-en un."),
    "bad_score": gettext_lazy("une note est un nombre entier, de zéro à un milliard."),
    "minimum_over_asked": gettext_lazy("le moins utile va de un centime à ce qui est demandé."),
    "no_value": gettext_lazy("dites quelle région ou quelle catégorie (clé value)."),
    "no_such_file": gettext_lazy(
        "aucun dossier n'est de ce groupe : enlevez cette règle ou corrigez son nom."
    ),
    "bad_share": gettext_lazy("une part va de 0 à 10 000 centièmes de pour cent."),
    "rule_twice": gettext_lazy("cette règle est donnée deux fois : gardez-en une."),
}


def placed(where: str, what: str) -> str:
    """Return a problem after its place."""
    return f"{where} : {what}" if where else what


def problem(where: str, code: str) -> str:
    """Return what is wrong, where, and what to do."""
    return placed(where, str(_PROBLEMS[code]))


def points(thousandths: int) -> str:
    """Return a score or a difference of scores in points."""
    language = get_language() or "fr"
    whole, rest = divmod(abs(thousandths), 1000)
    text = numbers.grouped(whole, language)
    if rest:
        mark = "." if language.startswith("en") else ","
        text += mark + f"{rest:03d}".rstrip("0")
    return text


def percent(hundredths: int) -> str:
    """Return « 12,5 % »."""
    text = f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")
    if (get_language() or "fr").startswith("en"):
        return f"{text}%"
    return f"{text.replace('.', ',')}\u00a0%"


def rule(one: Rule) -> str:
    """Return a rule in a sentence without its full stop: « au moins 2 dossiers, région 53 »."""
    if one.share:
        amount = percent(one.amount)
        said = _("%(amount)s des dossiers") if one.of == "files" else _("%(amount)s du montant")
        said %= {"amount": amount}
    elif one.of == "files":
        said = ngettext("%(count)d dossier", "%(count)d dossiers", one.amount) % {"count": one.amount}
    else:
        said = numbers.with_unit(Euro(one.amount), "", get_language() or "fr")
    told = _("au moins %(said)s, %(group)s") if one.floor else _("au plus %(said)s, %(group)s")
    return told % {"said": said, "group": group(one.on, one.value)}


def group(on: str, value: str) -> str:
    """Return the name of a group."""
    if on == "region":
        return _("région %(code)s") % {"code": value}
    if on == "category":
        return _("catégorie %(code)s") % {"code": value}
    return str(_GROUPS[on])


def code(one: Portfolio, said: str) -> str:
    """Return what a code of the search stands for, in words."""
    if said == "envelope":
        amount = numbers.with_unit(Euro(one.envelope), "", get_language() or "fr")
        return _("l'enveloppe de %(amount)s") % {"amount": amount}
    if said == "bounds":
        return _("le montant le plus petit d'une aide")
    if said.startswith("decided:"):
        key = said.partition(":")[2]
        held = next((file.decided for file in one.files if file.key == key), "")
        words = _("le choix de retenir %(key)s") if held == "in" else _("le choix d'écarter %(key)s")
        return words % {"key": key}
    return next((rule(found) for found in one.rules if found.code == said), said)


def price(one: Price) -> str:
    """Return what a rule costs, in a sentence."""
    if one.proven and not one.least:
        return _("Ne coûte rien : sans elle, aucun choix n'a une note plus grande.")
    if one.proven:
        words = _("Coûte %(points)s points : c'est ce qu'on gagnerait sans elle, prouvé.")
        return words % {"points": points(one.least)}
    if one.most is None:
        return _("Son prix n'est pas connu : le temps a manqué.")
    if not one.least:
        words = _("Coûte %(points)s points au plus ; rien de mieux n'a été trouvé sans elle.")
        return words % {"points": points(one.most)}
    words = _("Coûte entre %(least)s et %(most)s points.")
    return words % {"least": points(one.least), "most": points(one.most)}


def sentence(found: Found) -> str:
    """Return what was found, in one sentence."""
    if found.status == "infeasible":
        return _("Ces règles ne peuvent pas tenir ensemble.")
    if found.status == "unknown":
        return _("Le temps a manqué : rien n'a été trouvé, rien n'est prouvé.")
    count = len(found.grants)
    said = ngettext("%(count)d dossier retenu", "%(count)d dossiers retenus", count) % {"count": count}
    total = points(found.score)
    if found.proven:
        words = _("%(said)s, %(points)s points en tout : aucun autre choix ne fait mieux, c'est prouvé.")
        return words % {"said": said, "points": total}
    if found.bound is None:
        return _("%(said)s, %(points)s points en tout ; ce n'est pas prouvé.") % {
            "said": said,
            "points": total,
        }
    gap = found.bound - found.score
    words = _(
        "%(said)s, %(points)s points en tout ; "
        "un autre choix ferait mieux de %(gap)s points au plus (%(share)s)."
    )
    share = percent(int(Fraction(gap * 10_000, max(found.score, 1))))
    return words % {"said": said, "points": total, "gap": points(gap), "share": share}
