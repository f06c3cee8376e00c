"""The result of a vote told exactly: who weighs what, what each choice gives, what was needed (R-33)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from terreau.design.numbers import with_unit
from terreau.governance import rules, said
from terreau.governance.models import Majority

CHOICES: Final[Mapping[str, Any]] = {
    rules.FOR: pgettext_lazy("vote", "Pour"),
    rules.AGAINST: pgettext_lazy("vote", "Contre"),
    rules.ABSTAIN: pgettext_lazy("vote", "Abstention"),
}
#: The same three answers where a body decides by consent.
CONSENT: Final[Mapping[str, Any]] = {
    rules.FOR: pgettext_lazy("vote", "Je consens"),
    rules.AGAINST: pgettext_lazy("vote", "J'ai une objection"),
    rules.ABSTAIN: pgettext_lazy("vote", "Je me retire de la décision"),
}
_REASONS: Final[Mapping[str, Any]] = {
    "adopted": gettext_lazy("Ce qu'il fallait est atteint : la proposition est adoptée."),
    "nobody_voted": gettext_lazy("Personne n'a voté : la proposition n'est pas adoptée."),
    "objection": gettext_lazy("Une objection au moins : la proposition attend d'être reprise."),
    "nobody_for": gettext_lazy("Personne n'a consenti : la proposition n'est pas adoptée."),
    "not_unanimous": gettext_lazy("Toutes les voix ne sont pas pour : la proposition n'est pas adoptée."),
    "tie": gettext_lazy("Autant de pour que de contre : une égalité n'adopte pas."),
    "more_against": gettext_lazy("Plus de contre que de pour : la proposition n'est pas adoptée."),
    "not_half": gettext_lazy("Le pour ne dépasse pas la moitié : la proposition n'est pas adoptée."),
    "share_not_reached": gettext_lazy(
        "La part demandée n'est pas atteinte : la proposition n'est pas adoptée."
    ),
}
_OF_EXPRESSED: Final = {
    rules.Majority.TWO_THIRDS: Fraction(2, 3),
    rules.Majority.THREE_QUARTERS: Fraction(3, 4),
}


@dataclass(frozen=True, slots=True)
class Share:
    """A choice, how many voices chose it, and its exact part of the whole."""

    choice: str
    label: str
    voices: int
    part: Fraction

    @property
    def text(self) -> str:
        """The part as a fraction and as a percentage."""
        return exact(self.part)


@dataclass(frozen=True, slots=True)
class CollegeLine:
    """A college in the result: its voices, its weight, its part, what it brings to each choice."""

    name: str
    shares: tuple[Share, ...]
    cast: int
    weight: int
    part: Fraction

    @property
    def part_text(self) -> str:
        """The part of the college in the whole."""
        return exact(self.part)


@dataclass(frozen=True, slots=True)
class Explained:
    """A result with all that it comes from. ``roll`` is how many voices were asked (0: unknown)."""

    adopted: bool
    code: str
    reason: str
    needed: str
    shares: tuple[Share, ...]
    colleges: tuple[CollegeLine, ...]
    cast: int
    roll: int
    expressed: str = ""

    @property
    def silent(self) -> int:
        """How many voices of the roll were not cast."""
        return max(0, self.roll - self.cast)


def explained(frozen: Mapping[str, Any], result: Mapping[str, Any], roll: int) -> Explained:
    """Return a closed vote told exactly, from the rules frozen at its opening and its counts."""
    body = said.read(frozen)
    found = rules.tallied(result["counts"], body)
    totals = {
        choice: sum(one.get(choice, 0) for one in result["counts"].values()) for choice in rules.CHOICES
    }
    words = words_of(frozen)
    shares = tuple(Share(one, str(words[one]), totals[one], found.shares[one]) for one in rules.CHOICES)
    return Explained(
        adopted=found.adopted,
        code=found.reason,
        reason=reason_words(found.reason),
        needed=str(Majority(body.majority.value).label),
        shares=shares,
        colleges=_colleges(result["counts"], body, words) if body.counting is rules.Counting.COLLEGE else (),
        cast=found.cast,
        roll=roll,
        expressed=_expressed(found, body.majority),
    )


def words_of(frozen: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how the three answers are called under these rules."""
    return CONSENT if frozen.get("majority") == rules.Majority.CONSENT else CHOICES


def reason_words(code: str) -> str:
    """Return the sentence of a reason of ``rules.Result``; what is written freely stays as it is."""
    return str(_REASONS.get(code, code))


def exact(part: Fraction) -> str:
    """Return a part as a fraction, and as a percentage to one decimal: ``9/20 (45 %)``."""
    percent = round(float(part * 100), 1)
    shown = with_unit(int(percent) if percent == int(percent) else percent, "%", get_language() or "fr")
    if part.denominator == 1:
        return shown
    sign = "" if (part * 1000).denominator == 1 else "≈\u202f"
    return f"{part.numerator}/{part.denominator} ({sign}{shown})"


def _colleges(
    counts: Mapping[str, Mapping[str, int]], body: rules.BodyRules, words: Mapping[str, Any]
) -> tuple[CollegeLine, ...]:
    voting = {name: one for name, one in counts.items() if sum(one.values())}
    total = sum(body.weights.get(name, 0) for name in voting) or 1
    return tuple(_college(name, one, body, words, total) for name, one in sorted(voting.items()))


def _college(
    name: str, counts: Mapping[str, int], body: rules.BodyRules, words: Mapping[str, Any], total: int
) -> CollegeLine:
    weight = body.weights.get(name, 0)
    part = Fraction(weight, total)
    # Alone in a vote, a college gives what its seats chose: its weight is the whole.
    own = rules.tallied({name: counts}, rules.BodyRules(
        counting=body.counting, sharing=body.sharing, weights={name: 1}
    )).shares  # fmt: skip
    shares = tuple(Share(one, str(words[one]), counts.get(one, 0), part * own[one]) for one in rules.CHOICES)
    return CollegeLine(name, shares, sum(counts.values()), weight, part)


def _expressed(found: rules.Result, majority: rules.Majority) -> str:
    """Return the part of « pour » in the votes for or against, where the majority is a part of them."""
    yes, no = found.shares[rules.FOR], found.shares[rules.AGAINST]
    if majority not in _OF_EXPRESSED or not yes + no:
        return ""
    words = _("Pour et contre seuls comptés, « pour » fait %(part)s ; il en fallait %(asked)s.")
    return words % {"part": exact(yes / (yes + no)), "asked": exact(_OF_EXPRESSED[majority])}
