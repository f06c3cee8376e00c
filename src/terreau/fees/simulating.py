"""What a change of scale does to each member, before it is voted: pages, proposals and the command.

Who animates sees each member; the others see totals, and their own lines: the fee of a member says its
turnover. With few members totals would say it too, so that they are kept.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.fees import payers as paying
from terreau.fees import rules, scales, wording
from terreau.fees.models import ScaleVersion
from terreau.fees.payers import Member
from terreau.fees.rules import Bin, Change, Fee, Scale, Simulation, Step
from terreau.poles.models import Pole

#: Members below which totals say what one of them pays.
LEAST: Final = 5
#: Years by which a figure may be older than what a scale asks for: next year is simulated on what is known.
_OLDER: Final = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A member under both scales."""

    member: Member
    change: Change

    @property
    def missing(self) -> str:
        """What nobody said, in words."""
        before = self.change.before.missing if self.change.before else ()
        return wording.missing(dict.fromkeys([*self.change.after.missing, *before]))


@dataclass(frozen=True, slots=True)
class Simulated:
    """A change of scale on all members of a pole."""

    before: ScaleVersion | None
    after: ScaleVersion
    first: date
    last: date
    lines: tuple[Line, ...]
    found: Simulation

    @property
    def unknown(self) -> list[Line]:
        """Those whose fee cannot be computed, with what nobody said."""
        return [one for one in self.lines if not one.change.known]

    @property
    def older(self) -> int:
        """How many are computed on a figure older than what the scale asks for."""
        asked = self.first.year - scales.sheet_of(self.after).years_back
        known = [one for one in self.lines if one.change.known]
        return sum(any(figure.year < asked for figure in one.member.figures.values()) for one in known)

    @property
    def same(self) -> int:
        """How many pay the same."""
        return sum(one.difference == 0 for one in self.found.changes)

    @property
    def difference(self) -> int | None:
        """What all of them pay more, in cents."""
        return None if self.found.before is None else self.found.after - self.found.before

    @property
    def bins(self) -> list[Bin]:
        """The differences (or the fees, without a scale before), counted in parts of one width."""
        known = [one for one in self.found.changes if one.known]
        if self.found.before is None:
            return rules.bins([one.after.cents or 0 for one in known])
        return rules.bins([one.difference or 0 for one in known])

    def seen_by(self, mine: Collection[UUID]) -> list[Line]:
        """Return the lines of some members only."""
        return [one for one in self.lines if one.member.actor.pk in mine]


def simulate(  # noqa: PLR0913 - what is compared, for whom, when
    pole: Pole, before: ScaleVersion | None, after: ScaleVersion, first: date, last: date, *, on: date
) -> Simulated:
    """Compare two scales for a period on all who pay under either; as many queries whatever the members."""
    old = scales.sheet_of(before) if before else None
    new = scales.sheet_of(after)
    asked = {one.actor.pk: one for one in paying.payers(pole, new, first, last, on=on, older=_OLDER)}
    held = asked
    if old is not None and (old.roles, old.years_back) != (new.roles, new.years_back):
        held = {one.actor.pk: one for one in paying.payers(pole, old, first, last, on=on, older=_OLDER)}
    lines = []
    for pk, member in sorted({**held, **asked}.items(), key=lambda one: (one[1].actor.sort_key, one[0])):
        earlier = _fee(old.scale, held.get(pk), first, last) if old else None
        later = _fee(new.scale, asked.get(pk), first, last)
        lines.append(Line(member, Change(str(pk), earlier, later)))
    return Simulated(before, after, first, last, tuple(lines), rules.summed([one.change for one in lines]))


def _fee(scale: Scale, member: Member | None, first: date, last: date) -> Fee:
    """Return a fee; nothing is owed by who is not asked."""
    if member is None:
        return Fee(0, (Step("not_asked", 0), Step("due", 0)))
    return rules.fee(scale, member.payer, first, last)


def sentences(found: Simulated) -> list[str]:
    """Return the totals of a simulation in words: what is read before voting. No member is named."""
    known = len(found.lines) - len(found.unknown)
    year = found.first.year
    said = []
    if found.found.before is None:
        words = _("En %(year)d, %(count)d membres paieraient %(after)s en tout.")
        said.append(words % {"year": year, "count": known, "after": wording.euros(found.found.after)})
    else:
        words = _(
            "En %(year)d, %(count)d membres paieraient %(after)s en tout, "
            "au lieu de %(before)s avec le barème d'avant."
        )
        facts = {"year": year, "count": known, "after": wording.euros(found.found.after)}
        said.append(words % {**facts, "before": wording.euros(found.found.before)})
        said.append(
            _("Paieraient plus : %(more)d ; moins : %(less)d ; autant : %(same)d.")
            % {"more": len(found.found.more), "less": len(found.found.less), "same": found.same}
        )
    if missing := len(found.unknown):
        said.append(
            ngettext(
                "Pour %(count)d membre, il manque un chiffre : il n'est pas compté.",
                "Pour %(count)d membres, il manque un chiffre : ils ne sont pas comptés.",
                missing,
            )
            % {"count": missing}
        )
    if older := found.older:
        said.append(
            ngettext(
                "Pour %(count)d membre, faute du chiffre de l'année, c'est le dernier connu qui sert.",
                "Pour %(count)d membres, faute du chiffre de l'année, c'est le dernier connu qui sert.",
                older,
            )
            % {"count": older}
        )
    return said


def bin_words(one: Bin, *, fees: bool) -> str:
    """Return a part of the histogram in words: of differences, or of fees where there is no scale before."""
    near, far = sorted((abs(one.low), abs(one.high)))
    facts = {"near": wording.euros(near), "far": wording.euros(far)}
    if fees:
        return _fee_words(one) % facts
    if (one.low, one.high) == (0, 0):
        return _("autant qu'avant")
    if one.high > 0:
        words = _("plus de %(near)s et jusqu'à %(far)s de plus") if near else _("jusqu'à %(far)s de plus")
    else:
        words = _("plus de %(near)s et jusqu'à %(far)s de moins") if near else _("jusqu'à %(far)s de moins")
    return words % facts


def _fee_words(one: Bin) -> str:
    if (one.low, one.high) == (0, 0):
        return _("rien à payer")
    return _("plus de %(near)s, jusqu'à %(far)s") if one.low else _("jusqu'à %(far)s")
