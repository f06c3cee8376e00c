"""The public register of who signed a charter: everybody who ever did, those who withdrew included (R-95).

The same lines make the page, its exports, the API and the feed. The name of a person stands there only when
that person wished it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.charters.models import Charter, Signature
from terreau.common.errors import DomainError
from terreau.design.export_columns import Column
from terreau.poles.models import Recognition, Tag
from terreau.subjects.models import Subject
from terreau.territories.models import Zone

#: The national charter of the poles: its text is not held here, and is not imitated.
NATIONAL, SCHEME = "charte-nationale", "signataire"
_FACETS = {"region": Tag.Facet.REGION, "departement": Tag.Facet.DEPARTMENT}


@dataclass(frozen=True, slots=True)
class Line:
    """A signatory and one of its signatures. ``name`` and ``quality`` are empty unless they are public."""

    signature: Signature
    actor: Actor
    version: str
    in_force: bool
    withdrawn_on: date | None
    reason: str
    name: str
    quality: str
    regions: tuple[str, ...]
    departments: tuple[str, ...]

    @property
    def on(self) -> date:
        """The day it was signed."""
        return self.signature.on

    @property
    def path(self) -> str:
        """The French address of the signatory."""
        return reverse("actor", args=[self.actor.pk])

    def as_json(self) -> dict[str, Any]:
        """Return what the API says of a signature."""
        return {
            "id": str(self.signature.pk),
            "acteur": str(self.actor.pk),
            "nom": self.actor.name,
            "version": self.version,
            "signe_le": self.on,
            "preuve": str(self.signature.proof),
            "retire_le": self.withdrawn_on,
            "motif": self.reason or None,
            "signataire": self.name or None,
            "qualite": self.quality or None,
            "regions": list(self.regions),
            "departements": list(self.departments),
            "empreinte": self.signature.sha256,
            "sceau": self.signature.seal,
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """How many signatories are in force, how many of them under the version in force, how many withdrew."""

    living: int
    current: int
    withdrawn: int


def lines(charter: Charter, *, region: str = "", department: str = "") -> list[Line]:
    """Return the register, by name then day; of a region or a department when one is given.

    A number of queries that does not grow. An actor merged into another is shown under its living name.
    """
    rows = list(
        Signature.objects.filter(text__charter=charter)
        .select_related("text", "signatory__subject", "withdrawal", "signer")
        .order_by("at", "pk")
    )
    actors = _living({row.signatory_id: row.signatory for row in rows})
    places = _places(actors.values())
    found = [_line(row, actors[row.signatory_id], places) for row in rows]
    if region:
        found = [one for one in found if region in one.regions]
    if department:
        found = [one for one in found if department in one.departments]
    return sorted(found, key=lambda one: (one.actor.sort_key, one.actor.pk, one.signature.at))


def _line(row: Signature, actor: Actor, places: _Places) -> Line:
    gone, who = row.gone, row.who
    shown = bool(who and who.shown)
    return Line(
        signature=row,
        actor=actor,
        version=row.text.label,
        in_force=gone is None,
        withdrawn_on=gone.on if gone else None,
        reason=gone.reason if gone else "",
        name=who.name if who and shown else "",
        quality=who.quality if who and shown else "",
        regions=places.get((actor.pk, "region"), ()),
        departments=places.get((actor.pk, "departement"), ()),
    )


_Places = dict[tuple[UUID, str], tuple[str, ...]]


def _living(actors: dict[UUID, Actor]) -> dict[UUID, Actor]:
    """Return the living actor of each: itself, or the one that it was merged into, at any depth."""
    ends = {pk: actor.subject.merged_into_id or pk for pk, actor in actors.items()}
    while True:
        merged = dict(
            Subject.objects.filter(pk__in=set(ends.values()), merged_into__isnull=False)
            .order_by("pk")
            .values_list("pk", "merged_into")
        )
        if not merged:
            break
        ends = {pk: merged.get(end) or end for pk, end in ends.items()}
    more = set(ends.values()) - set(actors)
    found = actors | {
        one.pk: one for one in Actor.objects.filter(pk__in=more).select_related("subject").order_by("pk")
    }
    return {pk: found.get(end, actors[pk]) for pk, end in ends.items()}


def _places(actors: Iterable[Actor]) -> _Places:
    """Return the codes of regions and departments of each: of its perimeter for a pole, else of its place."""
    held = {actor.pk: actor for actor in actors}
    found: dict[tuple[UUID, str], set[str]] = {}
    tags = Tag.objects.filter(listing__in=list(held), facet__in=_FACETS.values())
    for pk, facet, code in tags.order_by("pk").values_list("listing", "facet", "code"):
        found.setdefault((pk, facet), set()).add(code)
    zones = {one.zone_id for one in held.values() if one.zone_id}
    columns = ("level", "code", "department__code", "region__code")
    rows = {
        pk: rest for pk, *rest in Zone.objects.filter(pk__in=zones).order_by().values_list("pk", *columns)
    }
    for actor in held.values():
        if actor.zone_id in rows and (actor.pk, "region") not in found:
            level, code, department, region = rows[actor.zone_id]
            found[actor.pk, "region"] = {code if level == "region" else region} - {None}
            found[actor.pk, "departement"] = {code if level == "departement" else department} - {None}
    return {key: tuple(sorted(codes)) for key, codes in found.items()}


def counts(found: Iterable[Line], current: str) -> Counts:
    """Count signatories, each once: in force, in force under the version ``current``, gone altogether."""
    held = list(found)
    living = {one.actor.pk for one in held if one.in_force}
    new = {one.actor.pk for one in held if one.in_force and one.version == current}
    gone = {one.actor.pk for one in held if not one.in_force} - living
    return Counts(len(living), len(new), len(gone))


def living_counts(charters: Iterable[Charter]) -> dict[UUID, int]:
    """Return how many signatories each charter has in force, under any version: one query."""
    rows = Signature.objects.filter(text__charter__in=list(charters), withdrawal=None).order_by()
    found = rows.values("text__charter").annotate(living=Count("signatory", distinct=True))
    return dict(found.values_list("text__charter", "living"))


def check_place(facet: str, code: str, known: dict[str, str]) -> str:
    """Return the code of a region or a department; raise ``DomainError`` when it is none."""
    if code and code not in known:
        facts = {"parameter": facet, "value": code[:9]}
        raise DomainError("unknown_code", _("Ce code de territoire n'existe pas."), facts=facts)
    return code


def named_elsewhere() -> list[Recognition]:
    """Return the poles that a source names as signatories of the national charter: no signature made here."""
    rows = Recognition.objects.filter(scheme=SCHEME, pole__actor__subject__public=True)
    return list(rows.select_related("pole__actor__subject", "source").order_by("pole__actor__sort_key", "pk"))


COLUMNS: list[Column] = [
    Column(gettext_lazy("Signataire"), lambda line: line.actor.name),
    Column(gettext_lazy("Version"), lambda line: line.version),
    Column(gettext_lazy("Signée le"), lambda line: line.on, "date"),
    Column(gettext_lazy("Preuve"), lambda line: line.signature.get_proof_display()),
    Column(gettext_lazy("Retirée le"), lambda line: line.withdrawn_on, "date"),
    Column(gettext_lazy("Motif du retrait"), lambda line: line.reason),
    Column(gettext_lazy("Personne qui a signé"), lambda line: line.name),
    Column(gettext_lazy("En qualité de"), lambda line: line.quality),
    Column(gettext_lazy("Régions"), lambda line: list(line.regions)),
    Column(gettext_lazy("Départements"), lambda line: list(line.departments)),
    Column("SIREN", lambda line: line.actor.siren),
    Column(gettext_lazy("Empreinte du texte"), lambda line: line.signature.sha256),
    Column(gettext_lazy("Sceau de la signature"), lambda line: line.signature.seal),
    Column(gettext_lazy("Adresse"), lambda line: line.path),
]
