"""What the rules on people say, in whole sentences: the composition, who weighs, on whom a pole depends.

Each says its reason and its source, and what may be done; none blocks anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.governance.composition_rules import Domination
from terreau.governance.models import Body, Counting, Majority, Sharing
from terreau.governance.people_rules import Dependency
from terreau.poles.rules import Remark

#: Remarks that tell something to look at; the others only place the pole.
_LOOK = frozenset(
    {"below_minimum", "one_type_only", "core_not_ess", "mostly_lucrative", "few_kinds", "lucrative_founders"}
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its source; ``look``: it is worth a look, it does not only place the pole."""

    text: str
    source: str
    look: bool = True


def percent(share: Fraction | float) -> str:
    """Return a share as whole hundredths, « 54 % »."""
    return f"{round(float(share) * 100)}\u202f%"


def remark(one: Remark) -> Sentence:
    """Say a remark on the composition."""
    value, threshold = one.value or 0, one.threshold or 0
    words = {
        "no_member_known": _("Aucun membre n'est connu à cette date."),
        "below_minimum": ngettext(
            "%(n)d organisation : la note de 2011 en demande au moins 5 à 10, de natures différentes.",
            "%(n)d organisations : la note de 2011 en demande au moins 5 à 10, de natures différentes.",
            value,
        ),
        "between_5_and_10": _(
            "%(n)d organisations : entre les deux seuils de la note de 2011 (au minimum 5 à 10)."
        ),
        "one_type_only": _("Tous les membres sont de même nature juridique."),
        "core_not_ess": _("Le noyau dur n'est pas fait surtout d'entreprises de l'ESS."),
        "mostly_lucrative": _("Les entreprises lucratives sont majoritaires parmi les membres."),
        "few_kinds": ngettext(
            "%(n)d nature d'organisation : la note de 2011 demande 5 à 10 organisations différentes.",
            "%(n)d natures d'organisations : la note de 2011 demande 5 à 10 organisations différentes.",
            value,
        ),
        "kinds_between": _("%(n)d natures d'organisations : entre 5 et 10."),
        "against_the_mean": ngettext(
            "%(n)d organisation ; les pôles étudiés en 2014 en réunissaient %(mean)d en moyenne.",
            "%(n)d organisations ; les pôles étudiés en 2014 en réunissaient %(mean)d en moyenne.",
            value,
        ),
        "lucrative_founders": ngettext(
            "%(n)d fondateur est une entreprise lucrative, le plus souvent partie prenante ailleurs.",
            "%(n)d fondateurs sont des entreprises lucratives, le plus souvent parties prenantes ailleurs.",
            value,
        ),
        "no_core_known": _("Personne n'est dit du noyau dur : donnez à chacun son cercle."),
    }
    return Sentence(words[one.code] % {"n": value, "mean": threshold}, one.source, one.code in _LOOK)


def domination(one: Domination, name: str, where: str) -> Sentence:
    """Say who dominates what. ``name``: the authority; ``where``: the body, or the money of the year."""
    share = percent(one.share)
    facts = {"name": name, "share": share, "where": where, "n": one.number}
    if one.what == "votes":
        words = (
            _("%(name)s tient à elle seule %(share)s des voix de « %(where)s ».")
            if one.actor
            else _("Les %(n)d autorités publiques tiennent ensemble %(share)s des voix de « %(where)s ».")
        )
    elif one.actor:
        words = _("%(name)s a donné à elle seule %(share)s de l'argent reçu par le pôle en un an.")
    else:
        words = _("Les %(n)d autorités publiques ont donné %(share)s de l'argent reçu par le pôle en un an.")
    return Sentence(words % facts, one.source)


def dependency(one: Dependency, name: str) -> Sentence:
    """Say on whom the pole depends."""
    words = {
        "offices": _(
            "%(name)s tient %(held)d des %(total)d fonctions de présidence, trésorerie, secrétariat."
        ),
        "bodies": _("%(name)s siège dans %(held)d des %(total)d instances."),
        "functions": _("%(name)s porte à elle seule %(held)d des %(total)d fonctions du pôle."),
    }[one.what]
    facts = {"name": name, "held": one.held, "total": one.total}
    return Sentence(words % facts, one.source)


# The rules of a body


def needed(seats: int, quorum: Fraction) -> int:
    """Return how many seats make the quorum."""
    return -(-seats * quorum.numerator // quorum.denominator)


def rules_of(body: Body, seats: int, colleges: list[tuple[str, int]]) -> list[str]:
    """Say the rules of a body in sentences, with an example on its seats (forty when it has none)."""
    return [
        one
        for one in (
            quorum_sentence(body.quorum, seats),
            _college_quorum(body),
            _proxies(body.proxies),
            majority_sentence(body.majority, seats or EXAMPLE),
            counting_sentence(body, colleges),
            _rhythm(body),
        )
        if one
    ]


#: Seats of the example when a body has none yet.
EXAMPLE = 40


def quorum_sentence(quorum: Fraction, seats: int) -> str:
    """Say the quorum with its number: « sur 40 sièges il en faut 20 »."""
    if not quorum:
        return _("Pas de quorum : la séance peut décider quel que soit le nombre de présents.")
    facts = {"seats": seats or EXAMPLE, "needed": needed(seats or EXAMPLE, quorum)}
    if seats:
        return _("Quorum : sur %(seats)d sièges il en faut %(needed)d, présents ou représentés.") % facts
    return (
        _("Quorum : par exemple, sur %(seats)d sièges il en faut %(needed)d, présents ou représentés.")
        % facts
    )


def _college_quorum(body: Body) -> str:
    if not body.quorum or not body.quorum_by_college:
        return ""
    return _("La même part est demandée dans chaque collège.")


def _proxies(number: int) -> str:
    if not number:
        return _("Personne ne vote pour un autre.")
    return ngettext(
        "Une personne présente peut voter pour %(n)d absent au plus.",
        "Une personne présente peut voter pour %(n)d absents au plus.",
        number,
    ) % {"n": number}


def majority_sentence(majority: str, voices: int) -> str:
    """Say a majority with an example on a number of voices."""
    third, quarter, half = -(-2 * voices // 3), -(-3 * voices // 4), voices // 2 + 1
    facts = {"n": voices, "half": half, "third": third, "quarter": quarter}
    words = {
        Majority.SIMPLE: _("Adopté quand il y a plus de voix pour que contre ; à égalité, c'est non."),
        Majority.ABSOLUTE: _(
            "Adopté par plus de la moitié, abstentions comprises : sur %(n)d voix, %(half)d pour."
        ),
        Majority.TWO_THIRDS: _("Adopté par les deux tiers : sur %(n)d voix pour ou contre, %(third)d pour."),
        Majority.THREE_QUARTERS: _(
            "Adopté par les trois quarts : sur %(n)d voix pour ou contre, %(quarter)d pour."
        ),
        Majority.UNANIMITY: _("Adopté si tout le monde vote pour ; une abstention suffit à refuser."),
        Majority.CONSENT: _("Adopté si personne ne s'oppose ; s'abstenir n'est pas s'opposer."),
    }
    return words[Majority(majority)] % facts


def counting_sentence(body: Body, colleges: list[tuple[str, int]]) -> str:
    """Say how votes count; by college, what each weighs."""
    if body.counting == Counting.SEAT:
        return _("Chaque siège a une voix.")
    total = sum(weight for _name, weight in colleges)
    if not total:
        return _("Les voix comptent par collège : donnez un poids à chacun.")
    listed = ", ".join(f"{name} {percent(Fraction(weight, total))}" for name, weight in colleges)
    shared = (
        _("chaque collège partage son poids comme ses sièges ont voté")
        if body.sharing == Sharing.PROPORTIONAL
        else _("le poids d'un collège va entier à ce que la plupart y ont choisi")
    )
    return _("Les voix comptent par collège (%(listed)s) ; %(shared)s.") % {
        "listed": listed,
        "shared": shared,
    }


def _rhythm(body: Body) -> str:
    if not body.meets_every:
        return ""
    return _("L'instance se donne au plus %(n)d jours entre deux séances.") % {"n": body.meets_every}
