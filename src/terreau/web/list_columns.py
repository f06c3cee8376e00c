"""Columns of the lists that pages show inside a sheet, and where their rows are."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.design.export_columns import Column
from terreau.design.marks import MARKS
from terreau.facts.read import FactView
from terreau.poles.models import Membership
from terreau.sheets.communes import CommuneLine, Crossing, PoleInZone
from terreau.sheets.poles import MemberLine
from terreau.territories import base

Point = tuple[float, float] | None


def _url(name: str, *arguments: object) -> str:
    return reverse(name, args=arguments)


# Members of a pole


def _circle(line: MemberLine) -> str:
    return line.circle_label if line.circle != Membership.Circle.UNKNOWN else ""


MEMBERS: list[Column] = [
    Column(gettext_lazy("Acteur"), lambda line: line.actor.name),
    Column(gettext_lazy("Rôle"), lambda line: line.role_label),
    Column(gettext_lazy("Cercle"), _circle),
    Column(gettext_lazy("Depuis"), lambda line: line.since),
    Column(gettext_lazy("Jusqu'au"), lambda line: line.until),
    Column(gettext_lazy("Nature juridique"), lambda line: line.actor.get_legal_nature_display()),
    Column(gettext_lazy("Entreprise de l'ESS"), lambda line: line.actor.get_ess_display()),
    Column(
        gettext_lazy("Confirmé par une liste officielle"), lambda line: line.actor.ess_verified, "boolean"
    ),
    Column("SIREN", lambda line: line.actor.siren),
    Column(gettext_lazy("Remarque"), lambda line: line.note),
    Column(gettext_lazy("Sources"), lambda line: [str(source) for source in line.sources]),
    Column(gettext_lazy("Adresse"), lambda line: _url("actor", line.actor.pk)),
    Column(gettext_lazy("Identifiant"), lambda line: line.actor.pk),
]


# What sources say of a pole or of an actor


class Stated(NamedTuple):
    """A statement, and its place beside the others: held, contradicting it, or of other days."""

    fact: FactView
    rank: str


def stated(facts: Iterable[FactView]) -> Iterator[Stated]:
    """Yield each fact that is held, then what contradicts it, then what was true on other days."""
    for fact in facts:
        yield Stated(fact, _("retenue"))
        for other in fact.contradicted_by:
            yield Stated(other, _("une autre source dit autrement"))
        for other in fact.earlier:
            yield Stated(other, _("à d'autres dates"))


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _least(line: Stated) -> float | int | None:
    plain = line.fact.plain
    return _number(plain.get("min") if isinstance(plain, dict) else plain)


def _most(line: Stated) -> float | int | None:
    plain = line.fact.plain
    return _number(plain.get("max")) if isinstance(plain, dict) else None


FACTS: list[Column] = [
    Column(gettext_lazy("Information"), lambda line: line.fact.label),
    Column(gettext_lazy("Valeur"), lambda line: line.fact.display),
    Column(gettext_lazy("Nombre"), _least, "number"),
    Column(gettext_lazy("Nombre au plus"), _most, "number"),
    Column(gettext_lazy("Unité"), lambda line: line.fact.unit),
    Column(gettext_lazy("Période"), lambda line: line.fact.on),
    Column(gettext_lazy("Situation"), lambda line: line.rank),
    Column(gettext_lazy("Statut"), lambda line: MARKS[line.fact.status].word),
    Column(gettext_lazy("Document"), lambda line: line.fact.source.document),
    Column(gettext_lazy("Passage"), lambda line: line.fact.source.section),
    Column(gettext_lazy("Adresse de la source"), lambda line: line.fact.source.url),
    Column(gettext_lazy("Remarque"), lambda line: line.fact.note),
    Column(gettext_lazy("Code"), lambda line: line.fact.code),
    Column(gettext_lazy("Identifiant"), lambda line: line.fact.id),
]

# Poles and networks of an actor

POLES_OF_ACTOR: list[Column] = [
    Column(gettext_lazy("Pôle"), lambda line: line.name),
    Column(gettext_lazy("Rôle"), lambda line: line.label),
    Column(gettext_lazy("Cercle"), lambda line: line.circle),
    Column(gettext_lazy("Période"), lambda line: line.period),
    Column(gettext_lazy("Terminé"), lambda line: line.past, "boolean"),
    Column(gettext_lazy("Remarque"), lambda line: line.note),
    Column(gettext_lazy("Sources"), lambda line: [str(source) for source in line.sources]),
    Column(gettext_lazy("Adresse"), lambda line: _url("pole", line.slug)),
]
LINKS: list[Column] = [
    Column(gettext_lazy("Acteur"), lambda line: line.actor.name),
    Column(gettext_lazy("Lien"), lambda line: line.label),
    Column(gettext_lazy("Période"), lambda line: line.period),
    Column(gettext_lazy("Terminé"), lambda line: line.past, "boolean"),
    Column(gettext_lazy("Constaté le"), lambda line: line.observed_on, "date"),
    Column(gettext_lazy("Entreprise de l'ESS"), lambda line: line.actor.get_ess_display()),
    Column("SIREN", lambda line: line.actor.siren),
    Column(gettext_lazy("Remarque"), lambda line: line.note),
    Column(gettext_lazy("Sources"), lambda line: [str(source) for source in line.sources]),
    Column(gettext_lazy("Adresse"), lambda line: _url("actor", line.actor.pk)),
    Column(gettext_lazy("Identifiant"), lambda line: line.actor.pk),
]

# Communes of a set, poles that touch it, zones that it crosses

COMMUNES: list[Column] = [
    Column(gettext_lazy("Code"), lambda line: line.code),
    Column(gettext_lazy("Nom"), lambda line: line.name),
    Column(gettext_lazy("Département"), lambda line: line.department),
    Column(gettext_lazy("Population"), lambda line: line.population, "integer"),
    Column(gettext_lazy("Année de la population"), lambda line: line.population_year, "integer"),
]


def commune_at(line: CommuneLine) -> Point:
    """Return where a commune is."""
    return base.point(line.code)


def _percent(part: float | None) -> float | None:
    return None if part is None else round(part * 100, 1)


POLES_THERE: list[Column] = [
    Column(gettext_lazy("Pôle"), lambda line: line.name),
    Column(gettext_lazy("Communes en commun"), lambda line: line.communes, "integer"),
    Column(
        gettext_lazy("Part du pôle qui est ici (%)"),
        lambda line: None if line.approximate and not line.inside else _percent(line.of_perimeter),
        "number",
    ),
    Column(
        gettext_lazy("Part du territoire dans le pôle (%)"), lambda line: _percent(line.of_zone), "number"
    ),
    Column(gettext_lazy("Lieu"), lambda line: line.label),
    Column(gettext_lazy("Lieu approché"), lambda line: line.approximate, "boolean"),
    Column(gettext_lazy("Exemple fictif"), lambda line: line.fictional, "boolean"),
    Column(gettext_lazy("Adresse"), lambda line: _url("pole", line.slug)),
]


def pole_at(line: PoleInZone) -> Point:
    """Return the middle of the perimeter of a pole."""
    return (line.lon, line.lat) if line.lon is not None and line.lat is not None else None


class Crossed(NamedTuple):
    """A zone that a set of communes crosses, in one way to divide the country."""

    division: str
    zone: Crossing


CROSSED: list[Column] = [
    Column(gettext_lazy("Découpage"), lambda line: line.division),
    Column(gettext_lazy("Code"), lambda line: line.zone.code),
    Column(gettext_lazy("Nom"), lambda line: line.zone.name),
    Column(gettext_lazy("Communes"), lambda line: line.zone.communes, "integer"),
    Column(gettext_lazy("Habitants"), lambda line: line.zone.population, "integer"),
    Column(gettext_lazy("Part du territoire (%)"), lambda line: _percent(line.zone.of_set), "number"),
    Column(gettext_lazy("Part de la zone (%)"), lambda line: _percent(line.zone.of_zone), "number"),
]

# Zones of a level, what a search finds

ZONES: list[Column] = [
    Column(gettext_lazy("Code"), lambda row: row["code"]),
    Column(gettext_lazy("Nom"), lambda row: row["name"]),
    Column(gettext_lazy("Pôles"), lambda row: row["poles"], "integer"),
    Column(gettext_lazy("Adresse"), lambda row: _url("territory", row["level"], row["code"])),
]
KINDS: dict[str, Any] = {
    "pole": gettext_lazy("Pôle"),
    "territory": gettext_lazy("Territoire"),
    "actor": gettext_lazy("Acteur"),
}
FOUND: list[Column] = [
    Column(gettext_lazy("Nom"), lambda entry: entry.title),
    Column(gettext_lazy("Nature"), lambda entry: KINDS[entry.kind]),
    Column(gettext_lazy("Précision"), lambda entry: entry.said),
    Column(gettext_lazy("Adresse"), lambda entry: entry.path),
]
