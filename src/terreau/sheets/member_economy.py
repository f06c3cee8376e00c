"""What a pole brings to a member and what the member brings, each thing with its lines (R-108, R-109, R-110).

Nothing here is added to anything else: hours, gifts, activity, money lent are told apart (R-99). The book of
the pole is read, and what its rooms know of it: invoices, tenders, purchases, bookings, advances.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.billing.models import Invoice, Settlement
from terreau.billing.read import open_invoices
from terreau.cooperations import finance
from terreau.cooperations.models import Financing
from terreau.exchanges import rules as exchange_rules
from terreau.exchanges.models import Commitment, Party, TenderMove
from terreau.exchanges.results import agreed
from terreau.flows.models import Flow, Nature
from terreau.forecast.read import ours
from terreau.means.models import Booking
from terreau.poles.models import Pole
from terreau.subjects.actions import family

GETS, BRINGS = "gets", "brings"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a part: when, what, with whom, how much; ``path`` is the French address that says more."""

    on: date | None
    label: str
    other: str = ""
    cents: int | None = None
    thousandths: int | None = None
    unit: str = ""
    path: str = ""
    status: str = "declare"


@dataclass(slots=True)
class Part:
    """One thing that is brought or received; its sums are of its lines and of nothing else."""

    code: str
    side: str
    title: Any
    how: Any
    status: str = "calcule"
    lines: list[Line] = field(default_factory=list)

    @property
    def cents(self) -> int | None:
        """The sum in cents; none when no line has a value."""
        known = [one.cents for one in self.lines if one.cents is not None]
        return sum(known) if known else None

    @property
    def quantities(self) -> list[tuple[str, int]]:
        """The sums by unit, in thousandths."""
        found: dict[str, int] = defaultdict(int)
        for one in self.lines:
            if one.thousandths is not None:
                found[one.unit] += one.thousandths
        return sorted(found.items())


_CODES: Final = (
    ("activity", GETS, gettext_lazy("Activité due au pôle"),
     gettext_lazy("Ventes que le livre dit dues au pôle, chacune avec sa raison.")),
    ("tenders", GETS, gettext_lazy("Parts de marchés gagnés ensemble"),
     gettext_lazy("Parts convenues ; ce qui en est déjà encaissé compte aussi dans l'activité.")),
    ("from_pole", GETS, gettext_lazy("Versé par le pôle"),
     gettext_lazy("Ce que le pôle, ou qui le porte, vous a payé.")),
    ("saved", GETS, gettext_lazy("Économies des achats groupés"),
     gettext_lazy("Prix payé avant moins prix obtenu, quand le prix d'avant est connu.")),
    ("time_got", GETS, gettext_lazy("Heures reçues"),
     gettext_lazy("Heures que d'autres vous ont données, d'après le livre.")),
    ("kind_got", GETS, gettext_lazy("Prêts et dons reçus"),
     gettext_lazy("Lieux, matériel, matières, avec leur valeur quand une méthode la dit.")),
    ("skill_got", GETS, gettext_lazy("Compétences et affaires reçues"),
     gettext_lazy("Échangées sans argent.")),
    ("bookings", GETS, gettext_lazy("Moyens partagés utilisés"),
     gettext_lazy("Réservations confirmées, en heures.")),
    ("borrowed", GETS, gettext_lazy("Avances reçues d'autres membres"),
     gettext_lazy("Ce qui reste à rendre, quelle que soit l'année.")),
    ("fees", BRINGS, gettext_lazy("Cotisations payées"),
     gettext_lazy("Règlements de vos appels de cotisation.")),
    ("services", BRINGS, gettext_lazy("Services et commissions payés au pôle"),
     gettext_lazy("Règlements de ses factures.")),
    ("paid_pole", BRINGS, gettext_lazy("Autres versements au pôle"),
     gettext_lazy("Paiements au livre qui ne règlent aucune facture.")),
    ("bought", BRINGS, gettext_lazy("Achats à d'autres membres"),
     gettext_lazy("Ce que vous leur avez payé par le pôle.")),
    ("time_given", BRINGS, gettext_lazy("Heures données"),
     gettext_lazy("D'après le livre des heures.")),
    ("kind_given", BRINGS, gettext_lazy("Prêts et dons faits"),
     gettext_lazy("Lieux, matériel, matières, avec leur valeur quand une méthode la dit.")),
    ("skill_given", BRINGS, gettext_lazy("Compétences et affaires transmises"),
     gettext_lazy("Échangées sans argent.")),
    ("lent", BRINGS, gettext_lazy("Avances faites à d'autres membres"),
     gettext_lazy("Ce qu'ils doivent encore rendre, quelle que soit l'année.")),
    ("unsaid", GETS, gettext_lazy("Autres ventes au livre"),
     gettext_lazy("Personne n'a dit si elles sont dues au pôle, ou quelqu'un a dit que non.")),
)  # fmt: skip
_PLAIN: Final = {
    Nature.TIME: "time",
    Nature.IN_KIND: "kind",
    Nature.SKILL: "skill",
    Nature.OPPORTUNITY: "skill",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement of a member for a period: parts that hold something, and what is left to pay."""

    actor: Actor
    first: date
    last: date
    parts: tuple[Part, ...]
    to_pay: tuple[Line, ...]

    @property
    def gets(self) -> list[Part]:
        """What the pole brings."""
        return [one for one in self.parts if one.side == GETS]

    @property
    def brings(self) -> list[Part]:
        """What the member brings."""
        return [one for one in self.parts if one.side == BRINGS]

    def part(self, code: str) -> Part | None:
        """Return a part, when it holds something."""
        return next((one for one in self.parts if one.code == code), None)

    def rows(self) -> Iterator[tuple[Part, Line]]:
        """Return every line with its part, for files."""
        for part in self.parts:
            for line in part.lines:
                yield part, line


def statement(  # noqa: PLR0913 - keyword-only: the days, and what is not shown
    pole: Pole, actor: Actor, *, first: date, last: date, on: date, but: Q | None = None
) -> Statement:
    """Return what a member brings and gets between two days, both included; queries do not grow with lines.

    Whoever asks must belong to the member or animate the pole: invoices are told by name. ``but``: what
    is not shown of the book, as lines that two members trade are not to who is of neither.
    """
    mine = frozenset(family([actor.pk]))
    parts = {code: Part(code, side, title, how) for code, side, title, how in _CODES}
    reader = _Reader(pole, actor, mine, ours(pole, on=on), first, last, but)
    for code, line in reader.all():
        parts[code].lines.append(line)
    kept = tuple(one for one in parts.values() if one.lines)
    return Statement(actor, first, last, kept, tuple(reader.to_pay(on)))


@dataclass(frozen=True, slots=True)
class _Reader:
    pole: Pole
    actor: Actor
    mine: frozenset[UUID]
    accounts: frozenset[UUID]
    first: date
    last: date
    but: Q | None = None

    @property
    def home(self) -> str:
        return f"/poles/{self.pole.slug}/espace/"

    def all(self) -> Iterator[tuple[str, Line]]:
        """Return every line with the code of its part."""
        yield from self._flows()
        yield from self._tenders()
        yield from self._purchases()
        yield from self._bookings()
        yield from self._advances()

    def _flows(self) -> Iterator[tuple[str, Line]]:
        settled = Settlement.objects.filter(flow=OuterRef("pk")).values("invoice__kind")[:1]
        rows = Flow.objects.filter(
            Q(giver__in=self.mine) | Q(receiver__in=self.mine),
            book=self.pole.pk,
            on__range=(self.first, self.last),
            reverses=None,
            reversed_by=None,
            financing_move=None,
        ).annotate(invoice_kind=Subquery(settled))
        rows = rows.exclude(self.but) if self.but is not None else rows
        for row in rows.select_related("giver", "receiver").order_by("-on", "-rank"):
            giving = row.giver_id in self.mine
            other = row.receiver if giving else row.giver
            code = self._code(row, giving=giving)
            yield (
                code,
                Line(
                    row.on,
                    row.label,
                    other.name,
                    row.cents,
                    row.thousandths,
                    row.unit,
                    f"{self.home}livre/{row.rank}/",
                    row.status,
                ),
            )

    def _code(self, row: Any, *, giving: bool) -> str:
        if row.nature != Nature.CASH:
            return f"{_PLAIN[row.nature]}_{'given' if giving else 'got'}"
        to_pole = (row.receiver_id if giving else row.giver_id) in self.accounts - self.mine
        if giving and to_pole:
            if row.invoice_kind == Invoice.Kind.FEE:
                return "fees"
            return "services" if row.invoice_kind else "paid_pole"
        if giving:
            return "bought"
        if to_pole:
            return "from_pole"
        return "activity" if row.attributable else "unsaid"

    def _tenders(self) -> Iterator[tuple[str, Line]]:
        rows = Party.objects.filter(
            actor__in=self.mine,
            answer=Party.Answer.IN,
            tender__pole=self.pole,
            tender__state=exchange_rules.WON,
        ).select_related("tender", "actor", "lot")
        won = {row.tender_id: row.tender for row in rows.order_by("tender__title", "pk")}
        if not won:
            return
        parties: dict[UUID, list[Party]] = defaultdict(list)
        every = Party.objects.filter(tender__in=won, answer=Party.Answer.IN)
        for one in every.select_related("actor", "lot").order_by("-lead", "pk"):
            parties[one.tender_id].append(one)
        days = _won_on(won)
        for pk, tender in won.items():
            if not self.first <= days.get(pk, self.first) <= self.last:
                continue
            amounts = zip(parties[pk], agreed(tender, parties[pk]), strict=True)
            for cents in (cents for party, cents in amounts if party.actor_id in self.mine):
                yield (
                    "tenders",
                    Line(days.get(pk), tender.title, cents=cents, path=f"{self.home}marches/{pk}/"),
                )

    def _purchases(self) -> Iterator[tuple[str, Line]]:
        rows = Commitment.objects.filter(
            actor__in=self.mine,
            purchase__pole=self.pole,
            cents__isnull=False,
            before__isnull=False,
            purchase__delivered_on__range=(self.first, self.last),
        ).select_related("purchase")
        for row in rows.order_by("-purchase__delivered_on", "pk"):
            saved = exchange_rules.cost(row.before or 0, row.quantity) - (row.cents or 0)
            on, title = row.purchase.delivered_on, row.purchase.title
            yield "saved", Line(on, title, cents=saved, path=f"{self.home}achats/{row.purchase_id}/")

    def _bookings(self) -> Iterator[tuple[str, Line]]:
        rows = Booking.objects.filter(
            actor__in=self.mine,
            means__pole=self.pole,
            state=Booking.State.BOOKED,
            starts_at__date__range=(self.first, self.last),
        ).select_related("means")
        for row in rows.order_by("-starts_at", "pk"):
            hours = int((row.ends_at - row.starts_at).total_seconds() * 1000) // 3600
            on = timezone.localdate(row.starts_at)
            label = f"{row.means.name} – {row.label}" if row.label else row.means.name
            path = f"{self.home}moyens/{row.means_id}/"
            yield "bookings", Line(on, label, thousandths=hours, unit="hours", path=path)

    def _advances(self) -> Iterator[tuple[str, Line]]:
        rows = list(
            Financing.objects.filter(
                Q(giver__in=self.mine) | Q(receiver__in=self.mine),
                pole=self.pole,
                kind=Financing.Kind.ADVANCE,
                ended_on=None,
            )
            .select_related("giver", "receiver")
            .order_by("-since", "pk")
        )
        balances = finance.balances(row.pk for row in rows) if rows else {}
        for row in rows:
            owed = balances[row.pk].owed
            giving = row.giver_id in self.mine
            other = row.receiver if giving else row.giver
            path = f"{self.home}cooperations/finances/{row.pk}/"
            label = row.note or _("Avance de trésorerie")
            if owed:
                yield "lent" if giving else "borrowed", Line(row.since, label, other.name, owed, path=path)

    def to_pay(self, on: date) -> Iterable[Line]:
        """Return what is left to pay of the invoices that the member received."""
        for one in open_invoices(self.pole, on=on):
            if one.invoice.buyer_id in self.mine:
                row = one.invoice
                label = row.label or str(row.get_kind_display())
                path = f"{self.home}factures/{row.number}/"
                yield Line(row.due or row.on, label, row.seller.name, one.left_cents, path=path)


def _won_on(won: dict[UUID, Any]) -> dict[UUID, date]:
    rows = TenderMove.objects.filter(tender__in=won, after=exchange_rules.WON).order_by("pk")
    return dict(rows.values_list("tender", "on"))
