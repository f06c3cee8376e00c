"""What is to bill in a month, wherever it happened: bookings, hours, purchases, monthly fees, commissions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cached_property
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.billing import pricing, rules
from terreau.billing.models import Charge, CommissionRule, Invoice, PriceRule
from terreau.billing.months import Month
from terreau.billing.pricing import Use
from terreau.exchanges.models import Commitment, Purchase, Tender
from terreau.flows.models import Flow
from terreau.means.models import Booking
from terreau.poles.models import Membership, Pole
from terreau.subjects.actions import family

_HOUR = 60


class Search:
    """Looks for what happened in a month. Rules and memberships are read once."""

    def __init__(self, pole: Pole, month: Month, unpriced: list[str]) -> None:
        self.pole, self.month, self.unpriced = pole, month, unpriced
        self.begins, self.ends = month.instants()

    def all(self) -> Iterator[Charge]:
        """Yield all that is to bill, found before or not."""
        yield from self.bookings()
        yield from self.hours()
        yield from self.purchases()
        yield from self.monthly()
        yield from self.opportunities()
        yield from self.tenders()

    def bookings(self) -> Iterator[Charge]:
        """Yield the bookings that are over: at the price said at the booking, unless a rule speaks."""
        rows = Booking.objects.filter(
            means__pole=self.pole,
            state=Booking.State.BOOKED,
            ends_at__gte=self.begins,
            ends_at__lt=min(self.ends, timezone.now()),
        )
        rows = rows.select_related("means__owner", "actor").order_by("ends_at", "pk")
        used: defaultdict[UUID, int] = defaultdict(int)
        for row in rows:
            minutes = int((row.ends_at - row.starts_at) / timedelta(minutes=1))
            day, owner = timezone.localdate(row.ends_at), row.means.owner
            hours = rules.half_up(minutes * 1000, _HOUR)
            used[row.actor_id] += hours
            use = Use(owner.pk, self.who(row.actor_id, day), hours, row.means_id)
            rule = pricing.pick(self.rules(day), pricing.BOOKING, use, used[row.actor_id])
            begins = timezone.localtime(row.starts_at)
            label = _("%(name)s, le %(day)s à %(hour)s") % {
                "name": row.means.name,
                "day": date_format(begins, "j F"),
                "hour": date_format(begins, "H:i"),
            }
            base = self._row(owner.pk, row.actor_id, day, label, f"booking:{row.pk.hex}")
            base.purpose_id = row.means_id
            if rule is not None:
                yield self._priced(base, rule, pricing.cost(rule, use), "hours")
            elif row.price.get("cents") is None:
                self.unpriced.append(f"{label} – {row.actor.name}")
            else:
                base.thousandths, base.unit_cents = 1000, int(row.price["cents"])
                yield base

    def hours(self) -> Iterator[Charge]:
        """Yield the hours of the ledger given by who has a price for them."""
        sellers = {row.seller_id for row in self._rows if row.about == pricing.HOURS}
        if not sellers:
            return
        rows = Flow.objects.filter(book=self.pole.pk, nature="time", giver__in=sellers, reverses=None)
        rows = rows.filter(on__gte=self.month.first, on__lt=self.month.next, reversed_by=None, unit="hours")
        used: defaultdict[tuple[UUID, UUID], int] = defaultdict(int)
        for row in rows.order_by("on", "rank"):
            quantity = row.thousandths or 0
            used[row.giver_id, row.receiver_id] += quantity
            use = Use(row.giver_id, self.who(row.receiver_id, row.on), quantity)
            rule = pricing.pick(self.rules(row.on), pricing.HOURS, use, used[row.giver_id, row.receiver_id])
            if rule is not None:
                base = self._row(row.giver_id, row.receiver_id, row.on, row.label, f"hours:{row.pk.hex}")
                base.purpose_id = row.purpose_id
                yield self._priced(base, rule, pricing.cost(rule, use), "hours")

    def purchases(self) -> Iterator[Charge]:
        """Yield what who organises a group purchase is due by each that took a part of it."""
        rows = Purchase.objects.filter(pole=self.pole, state=Purchase.State.DELIVERED)
        rows = rows.filter(delivered_on__gte=self.month.first, delivered_on__lt=self.month.next)
        found = {row.pk: row for row in rows}
        parts = Commitment.objects.filter(purchase__in=found, cents__gt=0).order_by("purchase", "pk")
        for part in parts:
            row = found[part.purchase_id]
            day = row.delivered_on or self.month.last
            for seller in dict.fromkeys((row.organiser_id, self.pole.pk)):
                use = Use(seller, self.who(part.actor_id, day), base=part.cents or 0)
                rule = pricing.pick(self.rules(day), pricing.PURCHASE, use)
                if rule is not None:
                    label = _("%(rule)s : %(title)s") % {"rule": self._label(rule), "title": row.title}
                    origin = f"purchase:{row.pk.hex}:{part.actor_id.hex}"
                    base = self._row(seller, part.actor_id, day, label, origin)
                    base.purpose_id = row.pk
                    yield self._priced(base, rule, pricing.cost(rule, use), "")
                    break

    def monthly(self) -> Iterator[Charge]:
        """Yield what each member owes every month, whatever it used; once the month is over or current."""
        for rule in self.rules(self.month.first):
            if rule.about != pricing.MONTH:
                continue
            for actor in self.members:
                if actor == rule.seller:
                    continue
                use = Use(rule.seller, self.who(actor, self.month.first))
                if pricing.pick(self.rules(self.month.first), pricing.MONTH, use) != rule:
                    continue
                label = _("%(label)s, %(month)s") % {"label": self._label(rule), "month": self.month.name}
                origin = f"month:{rule.pk.hex[-12:]}:{actor.hex}:{self.month.code}"
                base = self._row(rule.seller, actor, self.month.first, label, origin)
                yield self._priced(base, rule, pricing.cost(rule, use), "")

    def opportunities(self) -> Iterator[Charge]:
        """Yield what who passed a business on is due by who got it, when a rule speaks of it."""
        mine = [row for row in self._commissions if row.about == pricing.OPPORTUNITY]
        if not mine:
            return
        rows = Flow.objects.filter(book=self.pole.pk, nature="opportunity", reverses=None, reversed_by=None)
        rows = rows.filter(on__gte=self.month.first, on__lt=self.month.next).order_by("on", "rank")
        for row in rows:
            rule = _of_day([one for one in mine if one.payee_id in (None, row.giver_id)], row.on)
            if rule is None:
                continue
            if row.cents is None and rule.hundredths:
                self.unpriced.append(row.label)
                continue
            due = _commission(rule).of(row.cents or 0)
            label = _("Affaire transmise : %(label)s") % {"label": row.label}
            base = self._row(row.giver_id, row.receiver_id, row.on, label, f"opportunity:{row.pk.hex}")
            base.kind, base.purpose_id = Invoice.Kind.COMMISSION, row.purpose_id
            yield self._due(base, rule, due)

    def tenders(self) -> Iterator[Charge]:
        """Yield what is still due of what members received from answers won together (R-155)."""
        won = {row.pk: row for row in Tender.objects.filter(pole=self.pole, state=Tender.State.WON)}
        rows = Flow.objects.filter(book=self.pole.pk, nature="cash", purpose__in=won, on__lt=self.month.next)
        received: defaultdict[tuple[UUID, UUID], int] = defaultdict(int)
        given: defaultdict[tuple[UUID, UUID], int] = defaultdict(int)
        moved: set[tuple[UUID, UUID]] = set()
        for row in rows.order_by("rank"):
            if row.purpose_id is None or row.origin.startswith("settlement:"):
                continue
            if row.receiver_id == self.pole.pk:
                given[row.purpose_id, row.giver_id] += row.cents or 0
                continue
            received[row.purpose_id, row.receiver_id] += row.cents or 0
            if row.on >= self.month.first:
                moved.add((row.purpose_id, row.receiver_id))
        asked = self._asked(won)
        rule = _of_day([row for row in self._commissions if row.about == pricing.TENDER], self.month.last)
        for key in sorted(moved):
            tender, (_subject, actor) = won[key[0]], key
            made = _of_tender(tender, rule)
            if received[key] <= 0:
                continue
            due = pricing.more(made.of(received[key]), [given[key], asked.get(key, 0)])
            if due:
                label = _("Commission sur « %(title)s »") % {"title": tender.title}
                payee = rule.payee_id if rule and rule.payee_id else self.pole.pk
                origin = f"tender:{tender.pk.hex}:{actor.hex}:{self.month.code}"
                base = self._row(payee, actor, self.month.last, label, origin)
                base.kind, base.purpose_id = Invoice.Kind.COMMISSION, tender.pk
                yield self._due(base, rule, due)

    def _asked(self, won: Iterable[UUID]) -> dict[tuple[UUID, UUID], int]:
        """Return what was asked already of each, other months' and dropped ones too."""
        found: defaultdict[tuple[UUID, UUID], int] = defaultdict(int)
        rows = Charge.objects.filter(pole=self.pole, kind=Invoice.Kind.COMMISSION, purpose__in=list(won))
        rows = rows.filter(origin__startswith="tender:")
        for row in rows.exclude(origin__endswith=f":{self.month.code}").order_by("pk"):
            if row.purpose_id is not None:
                found[row.purpose_id, row.buyer_id] += row.net_cents
        return found

    def who(self, actor: UUID, day: date) -> str:
        """Return what an actor is to the pole that day."""
        if actor == self.pole.pk:
            return pricing.CORE
        circles = {
            circle
            for circle, since, until in self._circles.get(actor, ())
            if (since is None or since <= day) and (until is None or until > day)
        }
        if not circles:
            return pricing.OUTSIDE
        if Membership.Circle.CORE in circles:
            return pricing.CORE
        outer = {Membership.Circle.PARTNER, Membership.Circle.STAKEHOLDER}
        return pricing.PARTNER if circles <= outer else pricing.MEMBER

    @property
    def members(self) -> list[UUID]:
        """Return who is of the pole on the first day of the month."""
        day = self.month.first
        return [actor for actor in self._circles if self.who(actor, day) != pricing.OUTSIDE]

    def rules(self, day: date) -> list[pricing.Rule]:
        """Return the prices of a day."""
        return [
            pricing.Rule(
                pk=row.pk,
                about=row.about,
                how=row.how,
                seller=row.seller_id,
                who=row.who,
                means=row.means_id,
                cents=row.cents or 0,
                hundredths=row.hundredths or 0,
                at_least=row.at_least,
            )
            for row in self._rows
            if row.valid_from <= day and (row.valid_to is None or row.valid_to > day)
        ]

    @cached_property
    def _rows(self) -> list[PriceRule]:
        return list(PriceRule.objects.filter(pole=self.pole).order_by("pk"))

    @cached_property
    def _commissions(self) -> list[CommissionRule]:
        return list(CommissionRule.objects.filter(pole=self.pole).order_by("pk"))

    @cached_property
    def _circles(self) -> dict[UUID, list[tuple[str, date | None, date | None]]]:
        """Return the memberships of each actor, those of who was merged into it too."""
        found: defaultdict[UUID, list[tuple[str, date | None, date | None]]] = defaultdict(list)
        rows = list(
            Membership.objects.filter(pole=self.pole)
            .order_by("pk")
            .values_list("actor", "circle", "valid_from", "valid_to")
        )
        for actor, *rest in rows:
            found[actor].append((rest[0], rest[1], rest[2]))
        for loser, winner in family(set(found)).items():
            if loser != winner:
                found[loser] = found[winner]
        return dict(found)

    def _label(self, rule: pricing.Rule) -> str:
        return next(row.label for row in self._rows if row.pk == rule.pk)

    def _row(self, seller: UUID, buyer: UUID, on: date, label: str, origin: str) -> Charge:
        row = Charge(pole=self.pole, kind=Invoice.Kind.SERVICE, on=on, label=label[:300], origin=origin)
        row.seller_id, row.buyer_id = seller, buyer
        return row

    def _priced(self, row: Charge, rule: pricing.Rule, cost: pricing.Cost, unit: str) -> Charge:
        held = next(one for one in self._rows if one.pk == rule.pk)
        row.thousandths, row.unit_cents = cost.thousandths, cost.unit_cents
        row.unit = unit if rule.how == pricing.UNIT else ""
        row.vat_code, row.vat_rate, row.why_exempt = held.vat_code, held.vat_rate, held.why_exempt
        return row

    def _due(self, row: Charge, rule: CommissionRule | None, due: int) -> Charge:
        row.thousandths, row.unit_cents = 1000, due
        if rule is not None:
            row.vat_code, row.vat_rate, row.why_exempt = rule.vat_code, rule.vat_rate, rule.why_exempt
        return row


def _of_day(rows: list[CommissionRule], day: date) -> CommissionRule | None:
    """Return the rule of a day; that of a named payee before that of everybody."""
    held = [row for row in rows if row.valid_from <= day and (row.valid_to is None or row.valid_to > day)]
    held.sort(key=lambda row: (row.payee_id is None, row.pk))
    return held[0] if held else None


def _commission(rule: CommissionRule) -> pricing.Commission:
    return pricing.Commission(rule.hundredths, rule.flat_cents, rule.cap_cents)


def _of_tender(tender: Tender, rule: CommissionRule | None) -> pricing.Commission:
    """Return what the members agreed to for this answer, under the cap of the rule; else the rule."""
    if tender.commission:
        return pricing.Commission(tender.commission, cap=rule.cap_cents if rule else None)
    return _commission(rule) if rule else pricing.Commission()
