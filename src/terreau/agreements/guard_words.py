"""What the guard says: questions, reasons, answers, without ever accusing on part of what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.agreements import guard
from terreau.agreements.amounts import euros
from terreau.agreements.guard import Finding
from terreau.common.verdicts import Answer
from terreau.exchanges.templatetags.exchanges import hundredths

_QUESTIONS: Final[Mapping[str, Any]] = {
    guard.PUBLIC_RATE: gettext_lazy("L'argent public reste-t-il sous son plafond ?"),
    guard.DE_MINIMIS: gettext_lazy("Les aides de minimis de trois ans restent-elles sous leur plafond ?"),
    guard.DOUBLE: gettext_lazy("Chaque dépense n'est-elle financée qu'une fois ?"),
    guard.ALREADY: gettext_lazy("N'y a-t-il pas déjà eu une aide de l'État au titre d'un appel à pôles ?"),
}

_REASONS: Final[Mapping[str, Any]] = {
    guard.NO_BUDGET: gettext_lazy("Le budget n'est pas dit."),
    guard.UNBALANCED: gettext_lazy("Les dépenses et les ressources du budget ne sont pas égales."),
    guard.NO_LIMIT: gettext_lazy("Le plafond est laissé au porteur du programme."),
    guard.UNCONFIRMED: gettext_lazy("Le plafond est à vérifier : le porteur de l'appel ne l'a pas confirmé."),
    guard.NOT_STATED: gettext_lazy("Le bénéficiaire n'a pas encore déclaré que toutes ses aides sont dites."),
    guard.NO_AMOUNT: gettext_lazy("Le montant d'une aide n'est pas connu."),
    guard.NO_DAY: gettext_lazy("Le jour où une aide a été accordée n'est pas connu."),
    guard.NO_NATURE: gettext_lazy("On ne sait pas si une aide en fait partie."),
    guard.NOT_CERTAIN: gettext_lazy("Avec ce qui n'est que demandé ou déclaré, le plafond serait dépassé."),
    guard.PASSED: gettext_lazy("Ce qui est établi dépasse le plafond."),
    guard.WOULD_PASS: gettext_lazy("Ce qui est établi dépasserait ce plafond s'il est le bon."),
    guard.RESPECTED: gettext_lazy("Tout ce qui est connu tient, et le bénéficiaire déclare avoir tout dit."),
    guard.ALIKE: gettext_lazy("Deux dépenses se ressemblent : même fournisseur, même montant."),
    guard.NO_NUMBER: gettext_lazy("Une dépense n'a pas de numéro ou de date : on ne peut pas la comparer."),
    guard.HAD_ONE: gettext_lazy("Une convention de ce registre, ou un document lu, l'établit."),
    guard.MAY_HAVE_HAD: gettext_lazy(
        "Une reconnaissance ou une déclaration le laisse penser ; rien ne l'établit."
    ),
}

#: What to do next about a reason, when something can be done.
_NEXT: Final[Mapping[str, Any]] = {
    guard.NOT_STATED: gettext_lazy("Demander au bénéficiaire sa déclaration, sur cette page."),
    guard.UNCONFIRMED: gettext_lazy("Le porteur de l'appel dit le plafond et son texte, plus bas."),
    guard.NO_LIMIT: gettext_lazy("Le porteur de l'appel peut dire un plafond, plus bas."),
    guard.NO_AMOUNT: gettext_lazy("Demander la notification de cette aide."),
    guard.NO_DAY: gettext_lazy("Demander la notification de cette aide."),
    guard.NO_NATURE: gettext_lazy("Dire le niveau de chaque financeur dans le plan."),
    guard.UNBALANCED: gettext_lazy("Demander un budget équilibré."),
    guard.NO_BUDGET: gettext_lazy("Demander le budget."),
    guard.ALIKE: gettext_lazy("Comparer les deux pièces."),
    guard.NO_NUMBER: gettext_lazy("Demander le numéro et la date de la facture."),
    guard.MAY_HAVE_HAD: gettext_lazy("Demander la décision et son montant."),
}

_BADGES: Final[Mapping[Answer, tuple[Any, str]]] = {
    Answer.YES: (gettext_lazy("oui"), "moss"),
    Answer.NO: (gettext_lazy("non"), "clay"),
    Answer.TO_CHECK: (gettext_lazy("à vérifier"), "ochre"),
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A finding as a page says it."""

    finding: Finding
    question: str
    answer: str
    tone: str
    reasons: tuple[str, ...]
    known: str
    steps: tuple[str, ...]


def spoken(finding: Finding) -> Spoken:
    """Return a finding in words: its question, its answer, why, what is known so far, what to do."""
    answer, tone = _BADGES[finding.answer]
    steps = tuple(dict.fromkeys(str(_NEXT[code]) for code in finding.reasons if code in _NEXT))
    return Spoken(
        finding,
        str(_QUESTIONS[finding.code]),
        str(answer),
        tone,
        tuple(str(_REASONS[code]) for code in finding.reasons),
        _known(finding),
        steps,
    )


def _known(finding: Finding) -> str:
    """Return what is known so far, with its bounds and its ceiling."""
    if finding.code == guard.DOUBLE:
        return ""
    if finding.code == guard.ALREADY and not finding.used:
        return _("Aucune n'est connue jusqu'ici.")
    if finding.low == finding.high:
        text = _("Connu jusqu'ici : %(low)s.") % {"low": euros(finding.low)}
    else:
        words = _("Établi jusqu'ici : %(low)s ; avec ce qui est demandé ou déclaré : %(high)s.")
        text = words % {"low": euros(finding.low), "high": euros(finding.high)}
    return f"{text} {_ceiling(finding)}".strip()


def _ceiling(finding: Finding) -> str:
    limit = finding.limit
    if limit is None or limit.value is None:
        return ""
    if finding.code == guard.PUBLIC_RATE:
        return _("Plafond : %(rate)s du budget.") % {"rate": hundredths(limit.value)}
    words = _("Plafond : %(cents)s.") if limit.confirmed else _("Plafond à vérifier : %(cents)s.")
    return words % {"cents": euros(limit.value)}
