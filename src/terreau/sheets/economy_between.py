"""A pole beside others alike, and what is published of the economy of all: read from what the worker counted.

Nothing is computed over poles here, and nothing that is secret is read (``snapshot``, ``publication``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy

from terreau.common.money import Euro
from terreau.poles import directory
from terreau.poles.models import Pole
from terreau.publication import policies, releases
from terreau.publication.policies import Policy
from terreau.publication.protection import ABSENT, SECRET, SHOWN, ZERO, Cell
from terreau.publication.tables import Key
from terreau.snapshot import names, source
from terreau.snapshot.models import Measure, Spread

EUROS, PERCENT = "€", "%"


@dataclass(frozen=True, slots=True)
class Known:
    """What poles are compared by: its name, how it is counted, its unit."""

    code: str
    label: Any
    method: Any
    unit: str = EUROS

    def said(self, value: int | None) -> Euro | Decimal | None:
        """Return a number as it is written: euros, or percent."""
        if value is None:
            return None
        return Euro(value) if self.unit == EUROS else Decimal(value) / 100


MEASURES: Final = (
    Known(
        "cell_budget",
        gettext_lazy("Budget de la cellule d'animation"),
        gettext_lazy("Argent que la cellule a dépensé dans l'année."),
    ),
    Known(
        "resources",
        gettext_lazy("Ressources du pôle"),
        gettext_lazy("Argent entré dans les comptes du pôle dans l'année, cellule comprise."),
    ),
    Known(
        "public_share",
        gettext_lazy("Part de l'argent public"),
        gettext_lazy(
            "Dans les ressources du pôle, hors capital et emprunts, quand toutes les origines sont connues."
        ),
        PERCENT,
    ),
    Known(
        "projects",
        gettext_lazy("Dépenses des projets communs"),
        gettext_lazy("Argent dépensé pour les projets communs, qu'il passe ou non par les comptes du pôle."),
    ),
    Known(
        "voluntary",
        gettext_lazy("Contributions volontaires valorisées"),
        gettext_lazy(
            "Temps, locaux et matériel donnés, quand une valeur est dite ; jamais ajoutés à l'argent."
        ),
    ),
    Known(
        "trade_inside",
        gettext_lazy("Achats entre membres"),
        gettext_lazy("Ce que les membres se sont acheté ; ce n'est pas une ressource du pôle."),
    ),
)  # fmt: skip
_KNOWN: Final = {one.code: one for one in MEASURES}
FACET_LABELS: Final = {
    "stage": gettext_lazy("stade"),
    "sector": gettext_lazy("secteur"),
    "region": gettext_lazy("région"),
    "department": gettext_lazy("département"),
}
#: Names of the facets in the directory.
_DIRECTORY: Final = {
    "stage": "stade",
    "sector": "secteur",
    "region": "region",
    "department": "departement",
}
#: With whom a pole is compared, the nearest first, widened until the median may be shown.
NEAREST: Final[tuple[tuple[str, ...], ...]] = (
    ("stage", "sector", "region"),
    ("stage", "sector"),
    ("stage", "region"),
    ("stage",),
    ("sector",),
    ("region",),
    (),
)


@dataclass(frozen=True, slots=True)
class Alike:
    """A group of poles, by the labels of what they have in common; none for all poles."""

    group: str
    common: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, group: str) -> Alike:
        """Name a group in the current language."""
        said = names.split(group).items()
        return cls(group, tuple((str(FACET_LABELS[facet]), label(facet, code)) for facet, code in said))


def label(facet: str, code: str) -> str:
    """Return the name of a stage, sector, region or department in the current language."""
    return directory.labels(_DIRECTORY[facet]).get(code, code)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A nearer group of which no median is shown, and why."""

    alike: Alike
    reason: str


@dataclass(frozen=True, slots=True)
class Beside:
    """One measure of a pole beside the median and quartiles of the nearest group that may be shown.

    Numbers are cents or ten-thousandths, as they are counted; ``mine`` is None when there is nothing to
    measure, ``spread`` when no group at all may be shown.
    """

    known: Known
    mine: int | None
    spread: Spread | None
    alike: Alike | None
    skipped: tuple[Skipped, ...]

    @property
    def place(self) -> str:
        """Say where the pole stands among four quarters (``low``, ``middle``, ``high``), or beside the median
        alone (``under``, ``at``, ``over``); empty when it cannot be said.
        """
        if self.mine is None or self.spread is None or self.spread.median is None:
            return ""
        low, high = self.spread.first_quartile, self.spread.third_quartile
        if low is None or high is None:
            middle = self.spread.median
            return "at" if self.mine == middle else "under" if self.mine < middle else "over"
        return "low" if self.mine < low else "high" if self.mine > high else "middle"


@dataclass(frozen=True, slots=True)
class Compared:
    """A pole beside others in a year; ``running`` years are the pole's alone, not compared yet."""

    year: int | None
    years: tuple[int, ...]
    rows: tuple[Beside, ...]
    policy: Policy | None
    made_at: datetime | None

    @property
    def measured(self) -> bool:
        """Say whether the pole has any number of that year."""
        return any(row.mine is not None for row in self.rows)

    @property
    def compared(self) -> bool:
        """Say whether any median is shown."""
        return any(row.spread is not None for row in self.rows)


def compare(pole: Pole, on: date, *, year: int | None = None) -> Compared:
    """Return a pole beside others alike in a year that has ended (three queries): for its people alone.

    Without ``year``: the last one of which the pole has a number, or else of which there is a median.
    """
    mine = {(row.year, row.code): row.value for row in Measure.objects.filter(pole=pole)}
    groups = _groups(pole)
    rows = Spread.objects.filter(fictional=pole.fictional, group__in=groups).defer("private")
    spreads = {(row.year, row.measure, row.group): row for row in rows}
    ended = {found for found, _code in mine if found < on.year}
    years = tuple(sorted(ended | {found for found, _measure, _group in spreads}, reverse=True))
    chosen = year if year in years else max(ended, default=None) or max(years, default=None)
    found = () if chosen is None else tuple(_beside(one, chosen, mine, spreads, groups) for one in MEASURES)
    made = [row.made_at for row in spreads.values() if row.year == chosen]
    return Compared(chosen, years, found, policies.policy("poles", on), max(made, default=None))


def _groups(pole: Pole) -> list[str]:
    """Return the names of the groups that a pole is in, the nearest first."""
    codes = {"stage": pole.stage, **source.facets_of([pole.pk])[pole.pk]}
    known = [by for by in NEAREST if all(codes.get(facet) for facet in by)]
    return [names.join({facet: codes[facet] for facet in by}) for by in known]


def _beside(
    known: Known,
    year: int,
    mine: Mapping[tuple[int, str], int],
    spreads: Mapping[tuple[int, str, str], Spread],
    groups: Sequence[str],
) -> Beside:
    skipped: list[Skipped] = []
    for group in groups:
        row = spreads.get((year, known.code, group))
        if row is not None and not row.reason:
            return Beside(known, mine.get((year, known.code)), row, Alike.of(group), tuple(skipped))
        # Nobody of the group measured it: no more than too few.
        skipped.append(Skipped(Alike.of(group), row.reason if row else "few"))
    return Beside(known, mine.get((year, known.code)), None, None, tuple(skipped))


# What everybody may read

BY_KIND, BY_ORIGIN, BY_REGION, BY_STAGE = names.KIND, names.ORIGIN, names.REGION, names.STAGE


@dataclass(frozen=True, slots=True)
class Median:
    """What is shown of a measure over a group of poles."""

    known: Known
    alike: Alike
    spread: Spread

    @property
    def first(self) -> Euro | Decimal | None:
        """The first quartile as it is written."""
        return self.known.said(self.spread.first_quartile)

    @property
    def middle(self) -> Euro | Decimal | None:
        """The median as it is written."""
        return self.known.said(self.spread.median)

    @property
    def third(self) -> Euro | Decimal | None:
        """The third quartile as it is written."""
        return self.known.said(self.spread.third_quartile)

    def as_json(self) -> dict[str, Any]:
        """Return it as the API says it."""
        row = self.spread
        return {
            "mesure": self.known.code,
            "unite": "centimes" if self.known.unit == EUROS else "dix-milliemes",
            "groupe": names.split(row.group),
            "etat": "secret" if row.reason else "publie",
            "raison": row.reason,
            "poles": row.poles,
            "premier_quartile": row.first_quartile,
            "mediane": row.median,
            "troisieme_quartile": row.third_quartile,
        }


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of a public table: which codes it stands at (``kind``, ``origin``…), and what is shown."""

    at: Mapping[str, str]
    cell: Cell

    @property
    def euro(self) -> Euro | None:
        """The amount in whole euros, None when it is secret or absent."""
        return None if self.cell.value is None else Euro((self.cell.value + 50) // 100 * 100)

    def as_json(self) -> dict[str, Any]:
        """Return it as the API says it."""
        words = {SHOWN: "publie", ZERO: "zero", SECRET: "secret", ABSENT: "absent"}
        return {"a": dict(self.at), "etat": words[self.cell.status], "centimes": self.cell.value}


@dataclass(frozen=True, slots=True)
class Figures:
    """What is published of a year over all real poles."""

    year: int | None
    years: tuple[int, ...]
    medians: tuple[Median, ...]
    resources: Mapping[Key, Cell]
    trade: Mapping[Key, Cell]
    made_at: datetime | None
    rules: tuple[Policy, ...]

    def median(self, measure: str, group: str = "") -> Median | None:
        """Return the median of a measure over a group, secret ones too; None when nobody measured it."""
        return next(
            (one for one in self.medians if one.known.code == measure and one.spread.group == group), None
        )

    def amounts(self, table: Mapping[Key, Cell]) -> Iterator[Amount]:
        """Give the amounts of a table, the whole first."""
        for key, cell in sorted(table.items(), key=lambda one: (len(one[0]), one[0])):
            yield Amount(dict(key), cell)

    def as_json(self) -> dict[str, Any]:
        """Return everything as the API says it."""
        return {
            "annee": self.year,
            "annees": list(self.years),
            "calcule_le": self.made_at.isoformat() if self.made_at else None,
            "regles": [rule.as_dict() for rule in self.rules],
            "medianes": [one.as_json() for one in self.medians],
            "ressources": [one.as_json() for one in self.amounts(self.resources)],
            "commerce": [one.as_json() for one in self.amounts(self.trade)],
        }


def figures(on: date, *, year: int | None = None) -> Figures:
    """Return what is published of a year, the last one without ``year`` (four queries)."""
    years = _years()
    chosen = year if year in years else max(years, default=None)
    if chosen is None:
        return Figures(None, (), (), {}, {}, None, _rules(on))
    rows = Spread.objects.filter(fictional=False, year=chosen).defer("private").order_by("measure", "group")
    medians = sorted(
        _medians(rows), key=lambda one: (_rank(one.known), one.spread.group.count("&"), one.spread.group)
    )
    tables = [names.resources_table(chosen), names.trade_table(chosen)]
    found = releases.latest(tables)
    resources, trade = (dict(releases.cells(found[name])) if name in found else {} for name in tables)
    moments = [one.spread.made_at for one in medians] + [one.made_at for one in found.values()]
    made = max(moments, default=None)
    return Figures(chosen, years, tuple(medians), resources, trade, made, _rules(on))


def _years() -> tuple[int, ...]:
    """Return the years of which something is published, the last first."""
    found = set(Spread.objects.filter(fictional=False).order_by().values_list("year", flat=True).distinct())
    tables = releases.named("economie/")
    found |= {int(name.split("/")[1]) for name in tables}
    return tuple(sorted(found, reverse=True))


def _medians(rows: Iterable[Spread]) -> Iterator[Median]:
    for row in rows:
        if row.measure in _KNOWN:
            yield Median(_KNOWN[row.measure], Alike.of(row.group), row)


def _rank(known: Known) -> int:
    return MEASURES.index(known)


def _rules(on: date) -> tuple[Policy, ...]:
    codes = ("poles", "entreprises", "adherents")
    return tuple(rule for code in codes if (rule := policies.policy(code, on)) is not None)
