"""What is to come in a pole, read in few queries: cash day by day, fundings, years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.billing.models import Invoice
from terreau.billing.read import open_invoices
from terreau.common.periods import plus_months
from terreau.flows.models import Flow, Nature
from terreau.forecast import rules
from terreau.forecast.models import Balance, Funding, Instalment, Planned
from terreau.poles.models import Carrier, Pole
from terreau.projects.models import JointProject
from terreau.subjects.actions import family

YEARS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands on the accounts: what was read one day, and what the book says moved since (cents)."""

    balance: Balance
    since_cents: int
    since_lines: int
    today: date

    @property
    def cents(self) -> int:
        """The balance that is thought to stand today."""
        return self.balance.cents + self.since_cents

    @property
    def days(self) -> int:
        """How long ago it was read."""
        return (self.today - self.balance.on).days

    @property
    def stale(self) -> bool:
        """Say whether it was read too long ago."""
        return self.days > rules.STALE_DAYS


def carriers(pole: Pole, *, on: date) -> list[Actor]:
    """Return who carries the pole on a day."""
    current = (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gt=on))
    rows = Carrier.objects.filter(current, pole=pole).values("actor")
    return list(Actor.objects.filter(pk__in=rows).order_by("sort_key", "pk"))


def ours(pole: Pole, *, on: date) -> frozenset[UUID]:
    """Return the actors whose accounts are those of the pole: itself and who carries it (two queries)."""
    return frozenset(family([pole.pk, *(one.pk for one in carriers(pole, on=on))]))


def opening(pole: Pole, *, on: date, parties: frozenset[UUID]) -> Opening | None:
    """Return what stands on the accounts, from the last balance read; none when nobody read any."""
    row = Balance.objects.filter(pole=pole, on__lte=on).order_by("-on", "-pk").first()
    if row is None:
        return None
    lines = Flow.objects.filter(book=pole.actor_id, nature=Nature.CASH, on__gt=row.on, on__lte=on)
    come, gone = Q(receiver__in=parties), Q(giver__in=parties)
    sums = lines.aggregate(
        come=Sum("cents", filter=come & ~gone),
        gone=Sum("cents", filter=gone & ~come),
    )
    number = lines.filter(come ^ gone).count()
    return Opening(row, (sums["come"] or 0) - (sums["gone"] or 0), number, on)


class Forecast:
    """What a pole expects on a day, each part read once and when it is asked."""

    def __init__(self, pole: Pole, *, on: date) -> None:
        self.pole, self.today = pole, on

    @cached_property
    def parties(self) -> frozenset[UUID]:
        """The pole and who carries it."""
        return ours(self.pole, on=self.today)

    @cached_property
    def opening(self) -> Opening | None:
        """What stands on the accounts."""
        return opening(self.pole, on=self.today, parties=self.parties)

    @cached_property
    def fundings(self) -> list[Funding]:
        """Every funding, the first to end first."""
        rows = Funding.objects.filter(pole=self.pole).select_related("funder", "purpose", "pole")
        return sorted(rows, key=lambda one: (one.period_to or date.max, one.label, str(one.pk)))

    @cached_property
    def instalments(self) -> dict[UUID, list[Instalment]]:
        """The parts of each funding that are not dropped, by day; what the ledger took back is awaited."""
        rows = Instalment.objects.filter(funding__pole=self.pole, dropped_at=None)
        found: dict[UUID, list[Instalment]] = defaultdict(list)
        for row in rows.select_related("flow__reversed_by").order_by("due", "pk"):
            found[row.funding_id].append(row)
        return found

    @cached_property
    def planned(self) -> list[Planned]:
        """The lines that one expects still."""
        rows = Planned.objects.filter(pole=self.pole, dropped_at=None)
        return list(rows.order_by("out", "first", "label", "pk"))

    @cached_property
    def invoices(self) -> list[tuple[Invoice, int]]:
        """The invoices of the pole that are open, each with what is left to pay in cents."""
        found = open_invoices(self.pole, on=self.today, notes=True)
        return [(one.invoice, one.left_cents) for one in found]

    @cached_property
    def lines(self) -> list[rules.Line]:
        """All that is to come, certain or only asked, in no order."""
        end = rules.last_of(plus_months(self.today, rules.MOST_MONTHS))
        return [*self._funding_lines(), *self._planned_lines(end), *self._invoice_lines()]

    def plan(self, months: int, scenario: rules.Scenario | None = None) -> rules.Plan | None:
        """Return the cash plan; none when nobody read a balance."""
        if self.opening is None:
            return None
        lines = rules.supposed(self.lines, scenario or rules.Scenario())
        return rules.plan(self.opening.cents, lines, today=self.today, months=months)

    def _funding_lines(self) -> Iterable[rules.Line]:
        for one in self.fundings:
            if not one.living:
                continue
            for row in self.instalments.get(one.pk, ()):
                if is_received(row):
                    continue
                label = f"{one.funder_name} – {one.label}" + (f" ({row.label})" if row.label else "")
                line = rules.Line(
                    on=row.due,
                    cents=row.cents,
                    label=label,
                    source="instalment",
                    kind=rules.RESOURCES[one.kind],
                    certain=one.certain,
                    key=str(one.pk),
                    path=f"previsions/financements/{one.pk}/",
                    note=row.condition,
                )
                yield rules.awaited(line, today=self.today)

    def _planned_lines(self, end: date) -> Iterable[rules.Line]:
        after = self.today.fromordinal(self.today.toordinal() + 1)
        for one in self.planned:
            for day in rules.occurrences(one.first, one.every, one.until, after, end):
                yield rules.Line(
                    on=day,
                    cents=one.signed,
                    label=one.label,
                    kind=one.kind,
                    key=str(one.pk),
                    path=f"previsions/lignes/{one.pk}/",
                )

    def _invoice_lines(self) -> Iterable[rules.Line]:
        for row, left in self.invoices:
            sold, bought = row.seller_id in self.parties, row.buyer_id in self.parties
            if sold == bought or row.kind == row.Kind.TRADE:
                continue
            other = row.buyer if sold else row.seller
            line = rules.Line(
                on=row.due or row.on,
                cents=left if sold else -left,
                label=_("Facture %(name)s – %(who)s") % {"name": row.name, "who": other.name},
                source="invoice",
                kind="fees" if row.kind == row.Kind.FEE else "sales" if sold else "services",
                key=str(row.pk),
                path=f"factures/{row.number}/",
            )
            yield rules.awaited(line, today=self.today)


def is_received(row: Instalment) -> bool:
    """Say whether a part came in, and the ledger did not take it back."""
    return row.received_on is not None and not (row.flow is not None and hasattr(row.flow, "reversed_by"))


def folded(lines: Sequence[rules.Line]) -> list[rules.Line]:
    """Return the lines for who does not see invoices: those of a month as one line, without any name."""
    kept = [one for one in lines if one.source != "invoice"]
    sums: dict[tuple[date, bool], int] = defaultdict(int)
    for one in lines:
        if one.source == "invoice":
            sums[rules.month_of(one.on), one.cents > 0] += one.cents
    for (month, incoming), cents in sorted(sums.items()):
        label = _("Factures à recevoir dans le mois") if incoming else _("Factures à payer dans le mois")
        kept.append(rules.Line(on=rules.last_of(month), cents=cents, label=label, source="invoice"))
    return sorted(kept, key=lambda one: (one.on, one.cents))


def purposes(pole: Pole) -> list[tuple[str, str]]:
    """Return what money may be for: the pole as a whole, its cell, each of its projects (one query)."""
    rows = JointProject.objects.filter(pole=pole).order_by("title", "pk")
    found = [(str(pk), title) for pk, title in rows.values_list("pk", "title")]
    return [("", _("Le pôle en général")), (str(pole.pk), _("La cellule d'animation")), *found]


@dataclass(frozen=True, slots=True)
class Alert:
    """A funding that ends: how near, what part of the resources of its last whole year it is."""

    funding: Funding
    ending: rules.Ending
    #: In hundredths of a per cent of what is sure that year; none when nothing is known.
    part: int | None


def alerts(forecast: Forecast) -> list[Alert]:
    """Return the granted fundings whose end is near or past, the first to end first (R-112)."""
    years = {one.year: one for one in projection(forecast)}
    found = []
    for one in forecast.fundings:
        if one.state != rules.GRANTED:
            continue
        near = rules.ending(one.period_to, today=forecast.today, ask_by=one.ask_again_by)
        if near is not None and one.period_to is not None:
            year = years.get(one.period_to.year) or years.get(forecast.today.year)
            found.append(Alert(one, near, _part_of(one, year)))
    return found


def _part_of(one: Funding, year: rules.Year | None) -> int | None:
    if year is None or year.certain <= 0:
        return None
    mine = spread(one).get(year.year, 0)
    return (mine * 20_000 + year.certain) // (2 * year.certain)


def spread(one: Funding) -> dict[int, int]:
    """Share a funding among the years that it pays for, by days; capital and loans come in one year."""
    cents = one.cents
    if cents is None:
        return {}
    if rules.RESOURCES[one.kind] == "capital_loans" and one.period_from is not None:
        return {one.period_from.year: cents}
    first, last = one.period_from or one.period_to, one.period_to or one.period_from
    if first is None or last is None:
        return {}
    return rules.by_year(cents, first, last)


def projection(forecast: Forecast, *, cell: bool = False, ahead: int = YEARS_AHEAD) -> list[rules.Year]:
    """Return this year and the next ones: fundings shared by days, recurring lines by their days (R-112).

    ``cell``: only what is for the animation cell (the subject of the pole). A refused funding is left out.
    """
    this = forecast.today.year
    wanted = range(this, this + ahead + 1)
    resources: dict[int, list[rules.Resource]] = defaultdict(list)
    uses: dict[int, dict[str, int]] = {year: defaultdict(int) for year in wanted}
    for one in forecast.fundings:
        if one.state == rules.REFUSED or (cell and one.purpose_id != forecast.pole.pk):
            continue
        for year, cents in spread(one).items():
            kind = rules.RESOURCES[one.kind]
            resources[year].append(rules.Resource(cents, kind, one.origin, one.certain))
    first, last = date(this, 1, 1), date(this + ahead, 12, 31)
    for line in forecast.planned:
        if cell and line.purpose_id != forecast.pole.pk:
            continue
        for day in rules.occurrences(line.first, line.every, line.until, first, last):
            if line.out:
                uses[day.year][line.kind] += line.cents
            else:
                resources[day.year].append(rules.Resource(line.cents, line.kind, line.origin))
    return [rules.Year(year, tuple(resources[year]), dict(uses[year])) for year in wanted]


def undated(forecast: Forecast) -> list[Funding]:
    """Return the fundings that no year can count: without any day, or without any amount."""
    return [one for one in forecast.fundings if one.state != rules.REFUSED and not spread(one)]
