"""The arithmetic of invoices: lines, taxes, credit notes, lateness. Pure: no query, no clock.

Amounts are whole cents, quantities whole thousandths, rates hundredths of a percent. The tax is rounded once
for each rate, as the norm EN 16931 asks (BR-CO-17), then shared between the lines so that sums agree.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from terreau.common.money import Euro

STANDARD, ZERO, EXEMPT, REVERSE, OUTSIDE = VAT_CODES = ("S", "Z", "E", "AE", "O")
#: Codes that say why there is no tax.
SILENT: Final = frozenset({EXEMPT, REVERSE, OUTSIDE})
#: Nothing in a pole is worth more: a larger number is a slip of the keyboard.
MOST_CENTS: Final = 100_000_000_000
MOST_LINES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Vat:
    """What a line says of the tax: ``rate`` in hundredths of a percent, ``why`` there is none."""

    code: str = OUTSIDE
    rate: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line to write: ``thousandths`` of a ``unit`` at ``unit_cents`` each.

    Without ``vat`` it takes the terms of the seller.
    """

    label: str
    unit_cents: int
    thousandths: int = 1000
    unit: str = ""
    vat: Vat | None = None

    @property
    def net_cents(self) -> int:
        """The amount before tax, rounded half up to the cent."""
        return half_up(self.thousandths * self.unit_cents, 1000)


@dataclass(frozen=True, slots=True)
class Priced:
    """A line with its amounts."""

    line: Line
    vat: Vat
    net_cents: int
    vat_cents: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of an invoice."""

    net_cents: int
    vat_cents: int

    @property
    def gross_cents(self) -> int:
        """Tax included."""
        return self.net_cents + self.vat_cents


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in which line (from 0) and field."""

    code: str
    line: int
    field: str
    message: str

    def as_dict(self) -> dict[str, object]:
        """Return the JSON of a problem."""
        return {"code": self.code, "line": self.line, "field": self.field, "message": self.message}


def half_up(number: int, by: int) -> int:
    """Divide and round half away from zero, exactly."""
    whole, rest = divmod(abs(number), by)
    rounded = whole + (2 * rest >= by)
    return rounded if number >= 0 else -rounded


def check(lines: Sequence[Line]) -> list[Problem]:
    """Return all that hinders these lines."""
    found = [problem for rank, line in enumerate(lines) for problem in _check(rank, line)]
    if not lines:
        found.append(Problem("no_line", 0, "label", _("Une facture a au moins une ligne.")))
    if len(lines) > MOST_LINES:
        found.append(Problem("too_many", MOST_LINES, "label", _("Cette facture a trop de lignes.")))
    return found


def _check(rank: int, line: Line) -> Iterable[Problem]:
    if not line.label.strip():
        yield Problem("no_label", rank, "label", _("Dites ce qui est facturé."))
    if not 0 <= line.unit_cents <= MOST_CENTS or not 0 < abs(line.thousandths) <= MOST_CENTS:
        words = _("Le prix ou la quantité est négatif, nul ou trop grand pour être vrai.")
        yield Problem("amount", rank, "unit_cents", words)
    elif abs(line.net_cents) > MOST_CENTS:
        yield Problem("amount", rank, "unit_cents", _("Ce montant est trop grand pour être vrai."))
    if line.vat is not None:
        yield from _check_vat(rank, line.vat)


def _check_vat(rank: int, vat: Vat) -> Iterable[Problem]:
    if vat.code not in VAT_CODES:
        yield Problem("vat_code", rank, "vat_code", _("Ce régime de TVA n'existe pas."))
    elif (vat.code == STANDARD) != (0 < vat.rate <= 10_000):
        words = _("Un taux de TVA va avec une TVA due, et l'inverse.")
        yield Problem("vat_rate", rank, "vat_rate", words)
    elif vat.code in SILENT and not vat.why.strip():
        yield Problem("no_why", rank, "why_exempt", _("Une ligne sans TVA dit pourquoi."))


def price(lines: Sequence[Line], terms: Vat) -> list[Priced]:
    """Return the lines with their tax; the tax of each rate is rounded once on the sum of its lines."""
    vats = [line.vat or terms for line in lines]
    nets = [line.net_cents for line in lines]
    groups: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for rank, vat in enumerate(vats):
        groups[vat.code, vat.rate].append(rank)
    taxes = [0] * len(lines)
    for (_code, rate), ranks in groups.items():
        whole = half_up(sum(nets[rank] for rank in ranks) * rate, 10_000)
        for rank, part in zip(ranks, shared(whole, [abs(nets[rank]) for rank in ranks]), strict=True):
            taxes[rank] = part
    return [Priced(*row) for row in zip(lines, vats, nets, taxes, strict=True)]


def totals(priced: Iterable[Priced]) -> Totals:
    """Return the sums of an invoice."""
    rows = list(priced)
    return Totals(sum(row.net_cents for row in rows), sum(row.vat_cents for row in rows))


def shared(cents: int, weights: list[int]) -> list[int]:
    """Share whole cents by weights, exactly; equally when nothing weighs."""
    if not weights:
        return []
    return [part.cents for part in Euro(cents).split(weights if sum(weights) else [1] * len(weights))]


def credited(priced: Sequence[Priced], cents: int | None = None) -> list[Priced]:
    """Return the lines of a credit note: all of them turned, or ``cents`` (tax included) shared by rate.

    A partial credit has one line a rate; its tax is what the rate gives on that part.
    """
    if cents is None:
        return [
            Priced(
                replace(row.line, thousandths=-row.line.thousandths), row.vat, -row.net_cents, -row.vat_cents
            )
            for row in priced
        ]
    groups: dict[Vat, int] = {}
    for row in priced:
        groups[row.vat] = groups.get(row.vat, 0) + row.net_cents + row.vat_cents
    found = []
    for vat, part in zip(groups, shared(cents, list(groups.values())), strict=True):
        if not part:
            continue
        net = half_up(part * 10_000, 10_000 + vat.rate)
        line = Line(_("Avoir partiel"), net, thousandths=-1000, vat=vat)
        found.append(Priced(line, vat, -net, net - part))
    return found


def late_days(due: date | None, on: date) -> int:
    """Return by how many days an invoice is late; zero when it is not, or has no day."""
    return max(0, (on - due).days) if due else 0


def masked(iban: str) -> str:
    """Return the country and the four last characters of an account number: « FR•• •••• 1234 »."""
    plain = "".join(iban.split()).upper()
    return f"{plain[:2]}•• •••• {plain[-4:]}" if len(plain) > 8 else "••••" if plain else ""
