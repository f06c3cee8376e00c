"""Fills what the directory lists: a line and facet values a pole, from facts, perimeters and recognitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import models, transaction

from terreau.actors.models import ActorName
from terreau.common.text import search_text, sort_key
from terreau.facts.models import CurrentFact
from terreau.poles import directory
from terreau.poles.models import Carrier, Listing, Membership, PlaceLink, Pole, Recognition, Tag
from terreau.search import index
from terreau.territories.models import Coverage, Perimeter

#: Codes of the catalogue that are facets, and the facet of each.
FACETS = {
    "pole.sector": Tag.Facet.SECTOR,
    "pole.filiere": Tag.Facet.FILIERE,
    "pole.origin": Tag.Facet.ORIGIN,
    "pole.origin_secondary": Tag.Facet.ORIGIN,
}
LEVELS = {
    "region": Tag.Facet.REGION,
    "ancienne-region": Tag.Facet.FORMER_REGION,
    "departement": Tag.Facet.DEPARTMENT,
}
#: Sorts after every name: a pole whose region is unknown comes last.
LAST = "zzzz"
_BATCH = 500


@dataclass
class _Gathered:
    """What is known of one pole before its line is written."""

    codes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    zone_names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    carriers: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    perimeter: Perimeter | None = None


def project(poles: Iterable[UUID] | None = None) -> int:
    """Write again the lines and facet values of some poles (all by default); return how many are listed.

    A pole that is closed, merged or not public has no line. Reads by batches, whatever their number.
    """
    wanted = list(Pole.objects.order_by("pk").values_list("pk", flat=True) if poles is None else poles)
    return sum(_project(wanted[i : i + _BATCH]) for i in range(0, len(wanted), _BATCH))


def touched_by(subjects: Collection[UUID]) -> set[UUID]:
    """Return the poles among these subjects, and those whose line names one of them."""
    found = set(Pole.objects.filter(pk__in=subjects).values_list("pk", flat=True))
    for rows in (Carrier.objects, Membership.objects):
        found |= set(rows.filter(actor__in=subjects).values_list("pole", flat=True))
    return found | set(PlaceLink.objects.filter(place__subject__in=subjects).values_list("pole", flat=True))


def drift() -> list[str]:
    """Return the slugs of the poles whose line or facet values are not what `project` would write.

    Runs `project` and undoes it: nothing is changed.
    """
    with transaction.atomic():
        before = _picture()
        project()
        after = _picture()
        transaction.set_rollback(True)
    return sorted(slug for slug in before.keys() | after.keys() if before.get(slug) != after.get(slug))


def _picture() -> dict[str, Any]:
    lines: dict[str, Any] = {
        row.pop("pole__slug"): row
        for row in Listing.objects.order_by("pk").values(
            "pole__slug", *(f.attname for f in Listing._meta.concrete_fields if f.name != "stamp")
        )
    }
    for slug, *tag in Tag.objects.values_list("listing__pole__slug", "facet", "code", "rank"):
        lines[slug].setdefault("tags", []).append(tag)
    return lines


@transaction.atomic
def _project(ids: list[UUID]) -> int:
    poles = list(
        Pole.objects.filter(
            pk__in=ids,
            actor__subject__public=True,
            actor__subject__closed_at=None,
            actor__subject__merged_into=None,
        ).select_related("actor__subject")
    )
    found: dict[UUID, _Gathered] = {pole.pk: _Gathered() for pole in poles}
    for gather in (_names, _perimeters, _facts, _recognitions, _carriers, _members, _places):
        gather(found)
    Tag.objects.filter(listing__in=ids).delete()
    Listing.objects.filter(pk__in=set(ids) - found.keys()).delete()
    tags = {pole.pk: list(_tags(pole, found[pole.pk])) for pole in poles}
    _write_lines([_stamped(_line(pole, found[pole.pk]), tags[pole.pk]) for pole in poles])
    Tag.objects.bulk_create(chain.from_iterable(tags.values()))
    index.remove(*Pole.objects.filter(pk__in=set(ids) - found.keys()).values_list("pk", flat=True))
    index.put_many(_entry(pole, found[pole.pk]) for pole in poles)
    return len(poles)


def _entry(pole: Pole, known: _Gathered) -> index.NewEntry:
    return index.NewEntry(
        pole.actor.subject,
        title=pole.actor.name,
        path=f"/poles/{pole.slug}/",
        public=True,
        detail=known.perimeter.label if known.perimeter else "",
        words=[*known.carriers, *known.words],
        weight=10,
    )


def _write_lines(lines: list[Listing]) -> None:
    columns = [f.name for f in Listing._meta.concrete_fields if not f.primary_key]
    Listing.objects.bulk_create(
        lines, update_conflicts=True, unique_fields=["pole"], update_fields=columns, batch_size=_BATCH
    )


def _line(pole: Pole, known: _Gathered) -> Listing:
    carrier = ", ".join(known.carriers)
    name = sort_key(pole.actor.name)

    def placed(*levels: str) -> str:
        return " ".join([*(_place_key(known.zone_names[level]) for level in levels), name])

    here = known.perimeter
    return Listing(
        pole=pole,
        name=pole.actor.name,
        carrier=carrier[:500],
        place=here.label if here else "",
        by_name=name[:250],
        by_carrier=f"{sort_key(carrier) or LAST} {name}"[:760],
        by_region=placed("region", "departement")[:460],
        by_former_region=placed("ancienne-region", "departement")[:460],
        by_department=placed("departement")[:460],
        words=f" {search_text(pole.actor.name, carrier, *known.words)} ",
        lon=here.lon if here else None,
        lat=here.lat if here else None,
        approximate=bool(here and here.approximate),
    )


def _stamped(line: Listing, tags: Iterable[Tag]) -> Listing:
    """Write the digest of what a line says on it, so that `lines` sees when it says something else."""
    columns = [f.attname for f in Listing._meta.concrete_fields if f.name != "stamp"]
    said = [*(getattr(line, name) for name in columns), *((tag.facet, tag.code, tag.rank) for tag in tags)]
    line.stamp = int.from_bytes(blake2b(repr(said).encode(), digest_size=5).digest())
    return line


def _place_key(names: list[str]) -> str:
    """A pole that covers many zones belongs to none of them: it comes after those that do."""
    return sort_key(names[0]) if 0 < len(names) <= directory.FEW else LAST


def _tags(pole: Pole, known: _Gathered) -> Iterable[Tag]:
    if pole.stage:
        known.codes[Tag.Facet.STAGE] = [pole.stage]
    for facet, codes in known.codes.items():
        for rank, code in enumerate(dict.fromkeys(codes)):
            yield Tag(listing_id=pole.pk, facet=facet, code=code, rank=rank)


def _names(found: dict[UUID, _Gathered]) -> None:
    for actor, name in ActorName.objects.filter(actor__in=found).values_list("actor", "text"):
        found[actor].words.append(name)


def _perimeters(found: dict[UUID, _Gathered]) -> None:
    """The perimeter of cooperation in force: the one without an end, else the last."""
    rows = Perimeter.objects.filter(subject__in=found, kind=Perimeter.Kind.COOPERATION).order_by(
        models.F("valid_to").asc(nulls_last=True), "pk"
    )
    for perimeter in rows:
        found[perimeter.subject_id].perimeter = perimeter
    kept = {known.perimeter.pk: known for known in found.values() if known.perimeter}
    zones = Coverage.objects.filter(perimeter__in=kept, level__in=LEVELS).order_by(
        models.F("share_of_perimeter").desc(nulls_last=True), "code"
    )
    for perimeter_id, level, code, name in zones.values_list("perimeter", "level", "code", "zone__name"):
        known = kept[perimeter_id]
        known.codes[LEVELS[level]].append(code)
        known.zone_names[level].append(name)
        known.words.append(name)
    for known in kept.values():
        known.words.append(known.perimeter.label if known.perimeter else "")


def _facts(found: dict[UUID, _Gathered]) -> None:
    rows = CurrentFact.objects.filter(subject__in=found, code__in=FACETS).order_by("code", "rank")
    for subject, code, term in rows.values_list("subject", "code", "term"):
        found[subject].codes[FACETS[code]].append(term)


def _recognitions(found: dict[UUID, _Gathered]) -> None:
    rows = Recognition.objects.filter(pole__in=found, ended_on=None).order_by("on", "pk")
    for pole, scheme in rows.values_list("pole", "scheme"):
        found[pole].codes[Tag.Facet.RECOGNITION].append(scheme)


def _carriers(found: dict[UUID, _Gathered]) -> None:
    rows = Carrier.objects.filter(pole__in=found, valid_to=None, actor__subject__public=True).order_by("pk")
    for pole, name in rows.values_list("pole", "actor__name"):
        found[pole].carriers.append(name)


def _members(found: dict[UUID, _Gathered]) -> None:
    public = Membership.objects.filter(actor__subject__public=True)
    rows = public.filter(pole__in=found, valid_to=None).order_by("pk")
    for pole, name in rows.values_list("pole", "actor__name"):
        found[pole].words.append(name)


def _places(found: dict[UUID, _Gathered]) -> None:
    rows = PlaceLink.objects.filter(pole__in=found).order_by("pk")
    for pole, name, zone in rows.values_list("pole", "place__name", "place__zone__name"):
        found[pole].words += [name, zone or ""]
