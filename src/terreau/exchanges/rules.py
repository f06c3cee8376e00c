"""States, shares, prices and skills of what members exchange. Pure: no query, no clock (R-40, R-42, R-46).

Shares are exact fractions or whole cents: they sum to one or to the amount, or the answer is not sent. A unit
price is in thousandths of a cent, a quantity in thousandths of its unit, insertion hours in minutes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.common.money import Euro
from terreau.common.text import search_text

SPOTTED, STUDIED, DECIDED, SUBMITTED, WON, LOST, DROPPED = TENDER_STATES = (
    *("spotted", "studied", "decided", "submitted", "won", "lost", "dropped"),
)
#: What a verb does: from which states, to which.
TENDER_MOVES: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "study": (frozenset({SPOTTED}), STUDIED),
    "decide": (frozenset({SPOTTED, STUDIED}), DECIDED),
    "submit": (frozenset({DECIDED}), SUBMITTED),
    "win": (frozenset({SUBMITTED}), WON),
    "lose": (frozenset({SUBMITTED}), LOST),
    "drop": (frozenset({SPOTTED, STUDIED, DECIDED, SUBMITTED}), DROPPED),
    "resume": (frozenset({DROPPED}), STUDIED),
}
#: The answer is still being made: who is in and for what may change.
TENDER_OPEN: Final = frozenset({SPOTTED, STUDIED, DECIDED})
TENDER_ENDED: Final = frozenset({WON, LOST, DROPPED})
#: Moves that say why.
TENDER_REASONS: Final = frozenset({"lose", "drop", "resume"})
PARTS, AMOUNTS = "parts", "amounts"

GATHERING, COMPARING, CHOSEN, ORDERED, DELIVERED, P_DROPPED = PURCHASE_STATES = (
    *("gathering", "comparing", "chosen", "ordered", "delivered", "dropped"),
)
PURCHASE_MOVES: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "compare": (frozenset({GATHERING}), COMPARING),
    "gather": (frozenset({COMPARING, CHOSEN, P_DROPPED}), GATHERING),
    "choose": (frozenset({GATHERING, COMPARING, CHOSEN}), CHOSEN),
    "order": (frozenset({CHOSEN}), ORDERED),
    "deliver": (frozenset({ORDERED}), DELIVERED),
    "drop": (frozenset({GATHERING, COMPARING, CHOSEN}), P_DROPPED),
}
#: Members say what they take.
PURCHASE_OPEN: Final = frozenset({GATHERING, COMPARING, CHOSEN})

THOUSAND: Final = 1_000
#: Thousandths of a cent × thousandths of a unit in a cent.
_IN_A_CENT: Final = 1_000_000
MOST_NEEDED: Final = 12
#: The largest denominator that a share may have: 1/3, 12,5 % and the like, not a typing mistake.
_LARGEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in words that say what to do; ``lot`` is the number of a lot, zero for the whole."""

    code: str
    message: str
    lot: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """What a party has of a lot (zero: of the whole): a share or an amount, or neither yet."""

    lot: int = 0
    share: Fraction | None = None
    cents: int | None = None
    lead: bool = False
    answered: bool = True


def share_problems(
    parts: Sequence[Part], *, sharing: str, total: int | None, lots: Mapping[int, int | None]
) -> list[Problem]:
    """Return why the shares do not make the answer, all at once; none when they do.

    ``lots`` gives the amount of each lot by its number, empty when the answer has no lots; ``total`` is the
    amount of the answer, in cents. Nothing is rounded: three times 33,33 % is not 100 %, three thirds are.
    """
    if not parts:
        return [Problem("no_party", _("Personne n'est encore dans le groupement."))]
    found = [problem for lot in lots or {0: total} for problem in _lot_problems(lot, parts, sharing, lots)]
    if lots and any(part.lot not in lots for part in parts):
        words = _("Dites pour chaque organisation à quel lot elle répond.")
        found.append(Problem("no_lot", words))
    if sharing == AMOUNTS:
        found += _total_problems(parts, total, lots)
    return found


def _lot_problems(
    lot: int, parts: Sequence[Part], sharing: str, lots: Mapping[int, int | None]
) -> Iterable[Problem]:
    mine = [part for part in parts if not lots or part.lot == lot]
    if not mine:
        yield Problem("empty_lot", _("Lot %(lot)d : personne n'y répond.") % {"lot": lot}, lot)
        return
    values = [part.share if sharing == PARTS else part.cents for part in mine]
    if missing := values.count(None):
        words = ngettext(
            "Il manque la part d'une organisation.",
            "Il manque la part de %(count)d organisations.",
            missing,
        ) % {"count": missing}
        yield Problem("share_missing", _of_lot(lot, words), lot)
        return
    if sharing == PARTS:
        said = sum((part.share for part in mine if part.share is not None), Fraction(0))
        if said != 1:
            yield Problem("shares_do_not_sum", _of_lot(lot, _gap(said)), lot)
        return
    wanted = lots.get(lot)
    given = sum(part.cents or 0 for part in mine)
    if wanted is not None and given != wanted:
        yield Problem("amounts_do_not_sum", _of_lot(lot, _cents_gap(given, wanted)), lot)


def _total_problems(
    parts: Sequence[Part], total: int | None, lots: Mapping[int, int | None]
) -> Iterable[Problem]:
    if total is None:
        yield Problem("no_amount", _("Dites d'abord le montant de l'offre : les parts doivent y arriver."))
        return
    said = [cents for cents in lots.values() if cents is not None]
    if lots and len(said) == len(lots) and sum(said) != total:
        words = _("Les lots ne font pas le montant de l'offre. %(gap)s") % {
            "gap": _cents_gap(sum(said), total)
        }
        yield Problem("lots_do_not_sum", words)
        return
    if any(part.cents is None for part in parts):
        return
    given = sum(part.cents or 0 for part in parts)
    if given != total and len(said) < max(len(lots), 1):
        yield Problem("amounts_do_not_sum", _cents_gap(given, total))


def _gap(said: Fraction) -> str:
    values = {"said": percent(said), "gap": percent(abs(1 - said))}
    if said < 1:
        return _("Les parts font %(said)s : il manque %(gap)s. Un tiers s'écrit 1/3.") % values
    return _("Les parts font %(said)s : c'est %(gap)s de trop.") % values


def _cents_gap(given: int, wanted: int) -> str:
    gap = Euro(abs(wanted - given))
    values = {"given": str(Euro(given)), "wanted": str(Euro(wanted)), "gap": str(gap)}
    if given < wanted:
        return _("Les montants font %(given)s sur %(wanted)s : il manque %(gap)s.") % values
    return _("Les montants font %(given)s pour %(wanted)s : c'est %(gap)s de trop.") % values


def _of_lot(lot: int, words: str) -> str:
    return _("Lot %(lot)d : %(words)s") % {"lot": lot, "words": words} if lot else words


def consortium_problems(parts: Sequence[Part]) -> list[Problem]:
    """Return what hinders a group from answering, shares apart: no lead, somebody who did not answer."""
    found = []
    if parts and not any(part.lead for part in parts):
        found.append(Problem("no_lead", _("Dites qui est mandataire du groupement.")))
    if waiting := sum(not part.answered for part in parts):
        words = ngettext(
            "Une organisation n'a pas encore répondu.",
            "%(count)d organisations n'ont pas encore répondu.",
            waiting,
        ) % {"count": waiting}
        found.append(Problem("unanswered", words))
    return found


def amounts(shares: Sequence[Fraction], total: Euro) -> list[Euro]:
    """Return what each share of an amount is, to the cent; shares that sum to one give parts that do too."""
    common = lcm(*(share.denominator for share in shares))
    return total.split([share.numerator * (common // share.denominator) for share in shares])


def commission(received: Euro, hundredths: int) -> Euro:
    """Return what the pole is due of what a member received; ``hundredths`` of a per cent, half to even."""
    return Euro(round(Fraction(received.cents * hundredths, 10_000)))


# What people type

_FRACTION = re.compile(r"^(\d{1,7})\s*/\s*(\d{1,7})$")
_NUMBER = re.compile(r"^(\d{1,9})(?:[.,](\d{1,6}))?$")
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_HOURS = re.compile(r"^(\d{1,7})(?:h(\d{1,2})?)?$")


def typed_share(text: str) -> Fraction | None:
    """Return the share written « 1/3 », « 40 % » or « 12,5 »; ``None`` when it is none, or not in ]0, 1]."""
    plain = text.strip().replace("%", "").strip()
    if found := _FRACTION.match(plain):
        top, bottom = int(found[1]), int(found[2])
        return Fraction(top, bottom) if 0 < top <= bottom <= _LARGEST else None
    value = decimal(plain)
    share = None if value is None else value / 100
    return share if share is not None and 0 < share <= 1 else None


def decimal(text: str) -> Fraction | None:
    """Return the exact number written « 1 250,5 », at most six decimals; ``None`` when it is no number."""
    found = _NUMBER.match(_SPACES.sub("", text))
    if not found:
        return None
    part = found[2] or ""
    return Fraction(int(found[1] + part), 10 ** len(part))


def typed_minutes(text: str) -> int | None:
    """Return the minutes written « 120 », « 120,5 » (hours) or « 12 h 30 »; ``None`` when unreadable."""
    plain = _SPACES.sub("", text.lower())
    if (found := _HOURS.match(plain)) and int(found[2] or 0) < 60:
        return int(found[1]) * 60 + int(found[2] or 0)
    value = decimal(plain.removesuffix("h"))
    minutes = None if value is None else value * 60
    return int(minutes) if minutes is not None and minutes.denominator == 1 else None


def whole(text: str, scale: int) -> int | None:
    """Return a number as whole parts of ``scale``; ``None`` when unreadable or finer than that."""
    value = decimal(text)
    scaled = None if value is None else value * scale
    return int(scaled) if scaled is not None and scaled.denominator == 1 else None


def percent(share: Fraction) -> str:
    """Return a share in per cent with four decimals at most, and the fraction when that is not exact."""
    hundredth = share * 100
    rounded = round(hundredth, 2)
    text = f"{float(rounded):.2f}".rstrip("0").rstrip(".").replace(".", ",")
    if rounded == hundredth:
        return f"{text}\u00a0%"
    return f"{share.numerator}/{share.denominator} (≈\u00a0{text}\u00a0%)"


def hours(minutes: int) -> str:
    """Return minutes as « 12 h 30 »."""
    sign = "−" if minutes < 0 else ""
    whole_hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{whole_hours}\u00a0h" + (f"\u00a0{rest:02d}" if rest else "")


# Skills


def skill_key(text: str) -> str:
    """Return what makes two writings of a skill one: accents, case and plurals in s or x dropped."""
    return " ".join(_singular(word) for word in search_text(text).split())[:100]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word[-1] in "sx" else word


@dataclass(frozen=True, slots=True)
class Cover:
    """Who together holds what is needed, and what nobody holds."""

    who: tuple[str, ...]
    missing: tuple[str, ...]


def cover(needed: Sequence[str], held: Mapping[str, frozenset[str]], already: Sequence[str] = ()) -> Cover:
    """Return the fewest holders who together have what can be had, beside those who are in already (R-155).

    Among groups of one size, the first in the order of ``held``. At most ``MOST_NEEDED`` skills are needed.
    """
    wanted = list(dict.fromkeys(needed))[:MOST_NEEDED]
    masks = {name: _mask(wanted, skills) for name, skills in held.items()}
    reachable = 0
    for mask in masks.values():
        reachable |= mask
    start = 0
    for name in already:
        start |= masks.get(name, 0)
    missing = tuple(skill for i, skill in enumerate(wanted) if not reachable >> i & 1)
    return Cover(_fewest(start, reachable, masks), missing)


def _mask(wanted: Sequence[str], skills: frozenset[str]) -> int:
    return sum(1 << i for i, skill in enumerate(wanted) if skill in skills)


def _fewest(start: int, target: int, masks: Mapping[str, int]) -> tuple[str, ...]:
    firsts: dict[int, str] = {}
    for name, mask in masks.items():
        if mask & ~start:
            firsts.setdefault(mask & ~start, name)
    found: dict[int, tuple[str, ...]] = {start: ()}
    level = dict(found)
    while target not in found:
        after: dict[int, tuple[str, ...]] = {}
        for mask, names in level.items():
            for more, name in firsts.items():
                if mask | more not in found:
                    after.setdefault(mask | more, (*names, name))
        found |= after
        level = after
    return found[target]


# Group purchases


@dataclass(frozen=True, slots=True)
class Offer:
    """A price by unit (thousandths of a cent), fixed cents, and from which quantity it holds."""

    price: int
    fixed_cents: int = 0
    least: int = 0
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a member takes, and what it paid for the unit before; ``None`` when it did not say."""

    name: str
    quantity: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A member of a purchase: what it pays, what it paid for as much, and what it saves, in cents."""

    name: str
    cents: int
    before: int | None

    @property
    def saved(self) -> int | None:
        """Cents saved, negative when it costs more; ``None`` without a price before."""
        return None if self.before is None else self.before - self.cents


def cost(price: int, thousandths: int) -> int:
    """Return a quantity times a unit price in cents, half to even."""
    return round(Fraction(price * thousandths, _IN_A_CENT))


def total(offer: Offer, thousandths: int) -> int:
    """Return what a quantity costs under an offer, fixed cents in, in cents."""
    return cost(offer.price, thousandths) + offer.fixed_cents


def holds(offer: Offer, thousandths: int, *, on: date) -> bool:
    """Say whether an offer holds for a quantity on a day."""
    return thousandths >= offer.least and (offer.valid_to is None or on <= offer.valid_to)


def lines(offer_cents: int, taken: Sequence[Taken]) -> list[Line]:
    """Share what an order costs by the quantities, to the cent: the parts add up to it."""
    weighing = sorted((one for one in taken if one.quantity > 0), key=lambda one: one.name)
    if not weighing:
        return []
    parts = Euro(offer_cents).split([one.quantity for one in weighing])
    return [
        Line(one.name, part.cents, None if one.before is None else cost(one.before, one.quantity))
        for one, part in zip(weighing, parts, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Economy:
    """What a purchase saves: cents, over how much paid before; ``silent`` did not say their price."""

    saved: int
    before: int
    silent: int


def economy(found: Sequence[Line]) -> Economy:
    """Return the sum of what members save, exact; those who did not say their price are counted apart."""
    known = [line for line in found if line.before is not None]
    return Economy(
        saved=sum(line.saved or 0 for line in known),
        before=sum(line.before or 0 for line in known),
        silent=len(found) - len(known),
    )
