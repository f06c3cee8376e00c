"""What a means answers to somebody who would book it: may they, at what price, what is free."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.means import rules
from terreau.means.models import Booking, Means, Tariff
from terreau.poles.models import Membership

#: Hours of the wall where a free stay is looked for when the owner gave none.
_HOURS = (time(8), time(20))
_WITHIN = timedelta(days=21)
_Dated = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What would become of a stay: its price when known, why not, and the hours of who has it already."""

    starts_at: datetime
    ends_at: datetime
    price: rules.Price | None
    reasons: tuple[str, ...] = ()
    taken: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def free(self) -> bool:
        """Say whether it can be booked now."""
        return not self.reasons and not self.taken

    @property
    def words(self) -> str:
        """Why not, in sentences; empty when it can."""
        return " ".join([*said(self.reasons), *([_("Ces heures sont déjà prises.")] if self.taken else [])])


class Desk:
    """A means in front of an actor. Tariffs and memberships are read once: one query each, at first need."""

    def __init__(self, means: Means, actor: Actor) -> None:
        self.means = means
        self.actor = actor

    @cached_property
    def _tariffs(self) -> list[tuple[rules.Tariff, _Dated]]:
        rows = Tariff.objects.filter(means=self.means).order_by("pk")
        return [(rules.Tariff(row.who, row.unit, row.cents), (row.valid_from, row.valid_to)) for row in rows]

    @cached_property
    def _circles(self) -> list[tuple[str, _Dated]]:
        rows = Membership.objects.filter(pole=self.means.pole, actor=self.actor)
        return [(row.circle, (row.valid_from, row.valid_to)) for row in rows]

    def who(self, day: date) -> str:
        """Return what the actor is to the means: owner, of the core, member, partner, or from outside."""
        if self.actor.pk == self.means.owner_id:
            return rules.OWNER
        if self.actor.pk == self.means.pole_id:
            return rules.CORE
        circles = {circle for circle, period in self._circles if _holds(period, day)}
        if not circles:
            return rules.OUTSIDE
        if Membership.Circle.CORE in circles:
            return rules.CORE
        outer = {Membership.Circle.PARTNER, Membership.Circle.STAKEHOLDER}
        return rules.PARTNER if circles <= outer else rules.MEMBER

    def price(self, starts_at: datetime, ends_at: datetime) -> rules.Price | None:
        """Return what a stay costs under the tariffs of its first day; ``None`` when none speaks of it."""
        day = timezone.localdate(starts_at)
        tariffs = [tariff for tariff, period in self._tariffs if _holds(period, day)]
        return rules.price(tariffs, self.who(day), starts_at, ends_at)

    def reasons(self, starts_at: datetime, ends_at: datetime, *, now: datetime) -> tuple[str, ...]:
        """Return every reason of the owner's rules why a stay cannot be booked, as codes."""
        first, last = timezone.localtime(starts_at), timezone.localtime(ends_at)
        found = list(rules.refusals(self.means.limits, first, last, now=now))
        if self.means.ended_on is not None and last.date() > self.means.ended_on:
            found.append("no_longer_shared")
        if not self.means.open_outside and self.who(first.date()) == rules.OUTSIDE:
            found.append("members_only")
        return tuple(found)

    def check(self, starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
        """Raise ``DomainError`` ``cannot_book`` with every reason, when there is one."""
        if reasons := self.reasons(starts_at, ends_at, now=now):
            words = " ".join(said(reasons))
            raise DomainError("cannot_book", words, facts={"reasons": list(reasons)})

    def foresee(self, stays: Sequence[tuple[datetime, datetime]], *, now: datetime) -> list[Answer]:
        """Return what would become of each stay; one query for what stands there already."""
        if not stays:
            return []
        first, last = min(start for start, _end in stays), max(end for _start, end in stays)
        busy = hours_busy(self.means, first, last)
        return [
            Answer(
                *stay,
                self.price(*stay),
                self.reasons(*stay, now=now),
                tuple(one for one in busy if one[0] < stay[1] and one[1] > stay[0]),
            )
            for stay in stays
        ]


def hours_busy(means: Means, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """Return the hours that are taken between two instants, in order, in the time of the place."""
    rows = Booking.objects.filter(means=means, cancelled_at=None, starts_at__lt=last, ends_at__gt=first)
    found = rows.order_by("starts_at").values_list("starts_at", "ends_at")
    return [(timezone.localtime(start), timezone.localtime(end)) for start, end in found]


def next_free(
    means: Means, starts_at: datetime, ends_at: datetime, *, now: datetime | None = None
) -> tuple[datetime, datetime] | None:
    """Return the first stay as long that is free after the one asked, within three weeks; else ``None``.

    Looked for in the hours of the means, or those of a day, widened to those that were asked.
    """
    after = timezone.localtime(max(starts_at, now or timezone.now()))
    asked = timezone.localtime(starts_at).time(), timezone.localtime(ends_at).time()
    opens, closes = means.opens or min(_HOURS[0], asked[0]), means.closes or max(_HOURS[1], asked[1])
    stay = rules.length(starts_at, ends_at)
    until = after + _WITHIN + stay
    busy = hours_busy(means, after, until)
    return rules.next_free(busy, stay, after=_next_step(after), until=until, hours=(opens, closes))


def said(reasons: Sequence[str]) -> list[str]:
    """Return the sentences of the reasons, in the order of the house."""
    return [words for code, words in _sentences() if code in reasons]


def _next_step(moment: datetime) -> datetime:
    """Return the next quarter of an hour: nobody books at 10:07."""
    over = timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    if not over:
        return moment
    later = (moment - over).astimezone(UTC) + timedelta(minutes=15)
    return later.astimezone(moment.tzinfo)


def _holds(period: _Dated, day: date) -> bool:
    since, until = period
    return (since is None or since <= day) and (until is None or until > day)


def _sentences() -> Iterator[tuple[str, str]]:
    yield "ends_before", _("La fin suit le début.")
    yield "in_the_past", _("On réserve à l'avance : ces heures sont passées.")
    yield "off_step", _("La durée suit le pas que fixe qui prête.")
    yield "too_long", _("C'est plus long que ce que permet qui prête.")
    yield "too_late", _("Qui prête demande un délai plus long.")
    yield "too_early", _("C'est plus loin que ce que permet qui prête.")
    yield "closed", _("Ce moyen n'est pas ouvert à ces heures.")
    yield "no_longer_shared", _("Ce moyen n'est plus partagé à cette date.")
    yield "members_only", _("Ce moyen est réservé aux membres du pôle.")
