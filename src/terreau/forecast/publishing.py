"""What a pole shows of its economy to everybody: items chosen one by one, sums of a finished year, frozen.

A sum that would tell what one organisation pays or gives is secret (``publication``); what public bodies give
is known anyway: it protects nothing, so it is counted apart, and added only where the rest may be shown.
Figures are rounded to two digits. Nothing is shown until the pole chooses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.economics import projection
from terreau.economics.models import Kind, Line, Origin
from terreau.economics.rules import ORIGINS, RESOURCES
from terreau.flows.models import Flow, Nature
from terreau.forecast import rules
from terreau.forecast.models import Funding, Shown
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.publication import policies, releases
from terreau.publication.models import Release
from terreau.publication.protection import SECRET, Cell
from terreau.publication.spreads import rounded
from terreau.publication.tables import WHOLE, Axis, Contribution, Key, Table, build
from terreau.trade import published as trade

POLICY: Final = "adherents"
#: Fewest investors of a citizen investment that is shown: a figure about persons.
LEAST_INVESTORS: Final = 11
#: The table of what public bodies give, beside that of all others; the two make these items.
_PUBLIC: Final = "public"
_OF: Final = {"resources": ("resources", _PUBLIC), "origins": ("resources", _PUBLIC)}
_CODES: Final = {
    "resources": tuple(map(str, RESOURCES)),
    "origins": tuple(map(str, ORIGINS)),
}


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a pole may show: its name, and what everybody then reads. ``yearly``: it is frozen."""

    label: Any
    help: Any
    yearly: bool = True


ITEMS: Final[Mapping[str, Item]] = {
    "resources": Item(
        gettext_lazy("Ressources par type"),
        gettext_lazy("Ventes, subventions, cotisations… reçues dans l'année, arrondies."),
    ),
    "origins": Item(
        gettext_lazy("Ressources par origine"),
        gettext_lazy("Public, privé, économie sociale et solidaire, particuliers, arrondies."),
    ),
    "cell": Item(
        gettext_lazy("Budget de la cellule d'animation"),
        gettext_lazy("Ce qu'elle a dépensé dans l'année, en un seul chiffre arrondi."),
    ),
    "hours": Item(
        gettext_lazy("Heures données au pôle"),
        gettext_lazy("Leur somme de l'année, si trois organisations au moins en ont donné."),
    ),
    "trade": Item(
        gettext_lazy("Commerce entre membres"),
        gettext_lazy("Les sommes publiées depuis « Commerce entre membres », jamais une paire."),
        yearly=False,
    ),
    "fundings": Item(
        gettext_lazy("Financements publics en cours"),
        gettext_lazy("Qui, combien et jusqu'à quand, pour ceux d'origine publique qui sont accordés."),
        yearly=False,
    ),
    "citizens": Item(
        gettext_lazy("Investissement citoyen"),
        gettext_lazy("Montant et nombre d'investisseurs, s'ils sont onze au moins."),
        yearly=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as everybody reads it: cents or a number with its unit; none when it is secret."""

    label: str
    cents: int | None = None
    number: int | None = None
    unit: str = ""
    secret: bool = False
    note: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """An item that is shown, with its year and its figures; ``year`` is none for what stands today."""

    code: str
    title: str
    year: int | None
    figures: tuple[Figure, ...]
    at: datetime | None = None


def publish(pole: Pole, year: int, codes: Collection[str], *, by: User) -> list[str]:
    """Freeze the yearly items among ``codes`` for a finished year; return the names of those that wait.

    Raises ``DomainError`` when the year is not over.
    """
    now = timezone.now()
    if year >= timezone.localdate(now).year:
        words = _("On publie les sommes d'une année finie.")
        raise DomainError("year_not_over", words, facts={"field": "year"})
    policy = policies.policy(POLICY, timezone.localdate(now))
    wanted = [code for code in ITEMS if code in codes and ITEMS[code].yearly]
    if policy is None or not wanted:
        return []
    waiting = []
    for table in _tables(pole, year, wanted):
        what = table.name.rpartition(":")[2]
        if what == _PUBLIC and str(ITEMS["resources"].label) in waiting:
            continue  # Alone, it would be taken for the whole.
        outcome = releases.publish(table, policy, at=now)
        if outcome.state == releases.HELD:
            waiting.append(str(ITEMS[what].label))
    record(pole.actor.subject, "economy.published", by=by, data={"year": year, "items": wanted})
    return waiting


def shown(pole: Pole, *, on: date) -> list[Section]:
    """Return what a pole shows, in the order of the items; an item without any figure is left out."""
    codes = set(Shown.objects.filter(pole=pole, shown=True).values_list("code", flat=True))
    if not codes:
        return []
    frozen = _frozen(pole)
    made = {
        "resources": lambda: _from_table(frozen, "resources", "kind"),
        "origins": lambda: _from_table(frozen, "origins", "origin"),
        "cell": lambda: _from_table(frozen, "cell", ""),
        "hours": lambda: _from_table(frozen, "hours", ""),
        "trade": lambda: _trade(pole),
        "fundings": lambda: _fundings(pole, on),
        "citizens": lambda: _citizens(pole),
    }
    found = [made[code]() for code in ITEMS if code in codes]
    return [one for one in found if one is not None and one.figures]


def _tables(pole: Pole, year: int, wanted: Collection[str]) -> list[Table]:
    projection.refresh(pole)
    first, last = date(year, 1, 1), date(year, 12, 31)
    lines = Line.objects.filter(book=pole.pk, on__range=(first, last))
    found: list[Table] = []
    if {"resources", "origins"} & set(wanted):
        found += _resources(pole, year, lines)
    if "cell" in wanted:
        spent = lines.filter(level="cell", side="out", nature=Nature.CASH).aggregate(s=Sum("cents"))["s"] or 0
        if spent > 0:
            rows = [Contribution(pole.pk.hex, ("spent",), spent)]
            axis = Axis("code", {"spent": WHOLE})
            found.append(build(_name(pole, year, "cell"), [([axis], rows)], harmless=lambda key: True))
    if "hours" in wanted:
        given = Flow.objects.filter(book=pole.pk, on__range=(first, last), nature=Nature.TIME, unit="hours")
        sums = given.order_by().values_list("giver").annotate(s=Sum("thousandths"))
        rows = [Contribution(str(giver), ("hours",), count) for giver, count in sums if count > 0]
        if rows:
            found.append(build(_name(pole, year, "hours"), [([Axis("code", {"hours": WHOLE})], rows)]))
    return found


def _resources(pole: Pole, year: int, lines: Any) -> Iterator[Table]:
    """Yield the money received by type and by origin: of others, then of public bodies."""
    came = lines.filter(side="in", nature=Nature.CASH).exclude(level="members")
    sums = came.order_by().values_list("flow__giver", "kind", "origin").annotate(s=Sum("cents"))
    rows = [
        row for row in sums if row[3] > 0 and row[1] in _CODES["resources"] and row[2] in _CODES["origins"]
    ]
    for what, public in (("resources", False), (_PUBLIC, True)):
        mine = [row for row in rows if (row[2] == Origin.PUBLIC) is public]
        if mine:
            faces = [
                (
                    [Axis(axis, dict.fromkeys(_CODES[code], WHOLE), categories=True)],
                    [Contribution(str(row[0]), (row[at],), row[3]) for row in mine],
                )
                for axis, code, at in (("kind", "resources", 1), ("origin", "origins", 2))
            ]
            name = _name(pole, year, what)
            yield build(name, faces, harmless=lambda key: True) if public else build(name, faces)


def _name(pole: Pole, year: int, what: str) -> str:
    return f"economy:{pole.pk.hex}:{year}:{what}"


def _frozen(pole: Pole) -> dict[str, tuple[int, Release]]:
    """Return the last year that is frozen of each table (one query)."""
    start = f"economy:{pole.pk.hex}:"
    found: dict[str, tuple[int, Release]] = {}
    for row in Release.objects.filter(table__startswith=start, current=True).defer("private"):
        year, _sep, what = row.table[len(start) :].partition(":")
        if what not in found or found[what][0] < int(year):
            found[what] = (int(year), row)
    return found


def _from_table(frozen: Mapping[str, tuple[int, Release]], code: str, axis: str) -> Section | None:
    held = [frozen[name] for name in (_OF.get(code) or (code,)) if name in frozen]
    if not held:
        return None
    year = max(one[0] for one in held)
    parts = [release for of, release in held if of == year]
    cells = _added([dict(releases.cells(release)) for release in parts])
    made_at = max(release.made_at for release in parts)
    title = str(ITEMS[code].label)
    if not axis:
        figure = _figure(code, title, cells.get((), Cell(SECRET)), hours=code == "hours")
        return Section(code, title, year, (figure,), made_at)
    names = Kind if axis == "kind" else Origin
    figures = [
        _figure(one, str(names(one).label), cells[((axis, one),)])
        for one in _CODES[code]
        if ((axis, one),) in cells and cells[((axis, one),)].value != 0
    ]
    if not figures:
        return None
    whole = cells.get(())
    if whole is not None:
        figures.append(_figure("", _("Ensemble"), whole))
    return Section(code, title, year, tuple(figures), made_at)


def _added(parts: Sequence[Mapping[Key, Cell]]) -> dict[Key, Cell]:
    """Add the cells of tables that have no contributor in common: secret as soon as one part is."""
    found: dict[Key, Cell] = {}
    for cells in parts:
        for key, cell in cells.items():
            before = found.get(key)
            if before is None or before.value == 0:
                found[key] = cell
            elif cell.value != 0:
                secret = SECRET in {before.status, cell.status} or None in {before.value, cell.value}
                whole = None if secret else (before.value or 0) + (cell.value or 0)
                found[key] = Cell(SECRET) if secret else replace(before, value=whole)
    return found


def _figure(code: str, label: str, cell: Cell, *, hours: bool = False) -> Figure:
    if cell.status == SECRET or cell.value is None:
        return Figure(label, secret=True, code=code)
    if hours:
        return Figure(label, number=rounded(cell.value // 1000), unit="hours", code=code)
    return Figure(label, cents=rounded(cell.value), code=code)


def _trade(pole: Pole) -> Section | None:
    every = trade.every(pole, trade.TRADE)
    if not every:
        return None
    last = every[0]
    words = {
        "due": _("Dû au pôle"),
        "other": _("Sans lien avec le pôle"),
        "unsaid": _("Personne n'a dit"),
        WHOLE: _("Ensemble"),
    }
    figures = tuple(
        _figure(code, label, last.cells[code]) for code, label in words.items() if code in last.cells
    )
    return Section("trade", str(ITEMS["trade"].label), last.year, figures, last.at)


def _fundings(pole: Pole, on: date) -> Section | None:
    living = Q(period_to=None) | Q(period_to__gte=on)
    rows = Funding.objects.filter(living, pole=pole, state=rules.GRANTED, origin=rules.PUBLIC)
    figures = [
        Figure(
            row.funder_name,
            cents=row.granted_cents,
            note=row.label,
            code=row.period_to.isoformat() if row.period_to else "",
        )
        for row in rows.order_by(F("period_to").asc(nulls_last=True), "funder_name", "pk")
    ]
    return Section("fundings", str(ITEMS["fundings"].label), None, tuple(figures)) if figures else None


def _citizens(pole: Pole) -> Section | None:
    sums: dict[str, int] = defaultdict(int)
    rows = Funding.objects.filter(
        pole=pole, kind=Funding.Kind.CITIZEN, state__in=[rules.GRANTED, rules.ENDED]
    )
    for row in rows:
        if row.investors is None:
            continue
        sums["people"] += row.investors
        sums["cents"] += row.granted_cents or 0
    if sums["people"] < LEAST_INVESTORS:
        return None
    figures = (
        Figure(_("Argent apporté par des habitants"), cents=rounded(sums["cents"]), code="amount"),
        Figure(_("Investisseurs"), number=sums["people"], unit="people", code="investors"),
    )
    return Section("citizens", str(ITEMS["citizens"].label), None, figures)
