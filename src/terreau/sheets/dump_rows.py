"""The rows of each table of open data, read as they are written: nothing is held but a batch.

Only what a stranger sees: living public subjects, public codes, no natural person. What was said of a
subject merged into another is said of the other. Values are in the order of the columns of the content.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from terreau.actors.models import Actor, ActorFunction, LegalNature
from terreau.common.batches import batches
from terreau.facts import catalogue, rules
from terreau.facts.models import CurrentFact, Fact
from terreau.facts.projection import statement_of
from terreau.poles import directory
from terreau.poles.models import Listing, Membership, Pole, Recognition
from terreau.sheets import dump_grids
from terreau.subjects.models import Subject
from terreau.territories.models import PerimeterCommune

Row = tuple[Any, ...]
_BATCH = 2000


def poles() -> Iterator[Row]:
    """Yield the lines of the directory, by name."""
    for lines in batches(directory.rows(directory.Filters()), 500):
        confirmed = dict(
            Pole.objects.filter(pk__in=[line.id for line in lines]).values_list("pk", "last_confirmed_on")
        )
        for line in lines:
            yield (
                line.id,
                line.slug,
                line.nom,
                line.kind,
                line.porteur,
                line.lieu,
                line.stade,
                line.statut_registre,
                line.reconnaissances,
                line.secteurs,
                line.tags.get("filiere", []),
                line.tags.get("origine", []),
                line.departements,
                line.regions,
                line.anciennes_regions,
                _degrees(line.lon),
                _degrees(line.lat),
                line.approche,
                confirmed[UUID(line.id)],
                line.fictif,
            )


def actors() -> Iterator[Row]:
    """Yield the public organisations, by identifier."""
    found = Actor.objects.filter(_seen("subject")).exclude(legal_nature=LegalNature.NATURAL_PERSON)
    columns = ["pk", "name", "legal_nature", "legal_category", "siren", "siret", "rna", "naf", "ess"]
    columns += ["ess_verified", "zone__level", "zone__code", "zone__name", "pole__listing__pole__slug"]
    columns += ["source__document", "source__section"]
    for some in batches(_rows(found.order_by("pk"), *columns), _BATCH):
        functions: dict[UUID, list[str]] = {}
        held = ActorFunction.objects.filter(actor__in=[one[0] for one in some]).order_by("function")
        for actor, function in held.values_list("actor", "function"):
            if function not in functions.setdefault(actor, []):
                functions[actor].append(function)
        for pk, *said, ess, verified, level, code, zone, slug, document, section in some:
            yield (
                pk, *said, functions.get(pk, []), ess, verified, level, code, zone, slug,
                _source(document, section),
            )  # fmt: skip


def memberships() -> Iterator[Row]:
    """Yield the roles of public organisations in listed poles, pole by pole."""
    merged = _winners()
    names = _names(merged)
    found = Membership.objects.filter(pole__listing__isnull=False).exclude(
        actor__legal_nature=LegalNature.NATURAL_PERSON
    )
    found = found.filter(_seen("actor__subject") | Q(actor__in=list(names)))
    columns = ["pk", "pole__slug", "actor", "actor__name", "role", "circle", "valid_from", "from_precision"]
    columns += ["valid_to", "note", "source__document", "source__section", "source__url"]
    for pk, slug, actor, name, *said, document, section, url in _rows(
        found.order_by("pole__slug", "pk"), *columns
    ):
        yield (
            pk,
            slug,
            merged.get(actor, actor),
            names.get(actor, name),
            *said,
            _source(document, section),
            url,
        )


def perimeters() -> Iterator[Row]:
    """Yield each commune of the perimeters of listed poles, pole by pole."""
    found = PerimeterCommune.objects.filter(perimeter__subject__actor__pole__listing__isnull=False)
    columns = ["perimeter__subject__actor__pole__slug", "perimeter", "perimeter__kind", "perimeter__label"]
    columns += ["commune__code", "commune__name", "perimeter__cog_year", "partial", "perimeter__approximate"]
    columns += ["perimeter__valid_from", "perimeter__valid_to"]
    yield from _rows(found.order_by("perimeter", "commune__code"), *columns)


def facts() -> Iterator[Row]:
    """Yield every living public fact of public subjects, in the order it was recorded."""
    merged = _winners()
    public = [entry.code for entry in catalogue.load() if entry.secrecy == "public"]
    persons = Actor.objects.filter(legal_nature=LegalNature.NATURAL_PERSON).values("pk")
    found = Fact.objects.filter(superseded_at__isnull=True, code__in=public).exclude(subject__in=persons)
    found = found.filter(_seen("subject") | Q(subject__in=list(merged)))
    listed = dict(Listing.objects.values_list("pole", "pole__slug"))
    for some in batches(found.select_related("source", "subject").order_by("pk").iterator(_BATCH), _BATCH):
        held = dict(
            CurrentFact.objects.filter(fact__in=[fact.pk for fact in some]).values_list("fact", "contested")
        )
        contested = _contested(some, merged, held)
        for fact in some:
            subject = merged.get(fact.subject_id, fact.subject_id)
            yield _fact(fact, subject, listed.get(subject), fact.pk in held, fact.pk in contested)


def _fact(fact: Fact, subject: UUID, slug: str | None, held: bool, contested: bool) -> Row:
    kind = "pole" if slug else fact.subject.kind
    return (
        fact.pk, subject, kind, slug, fact.code, _number(fact.number), _number(fact.number_max),
        _euros(fact.cents), _euros(fact.cents_max), fact.text, fact.text_en, fact.term, fact.day,
        fact.day_precision if fact.day else "", fact.flag, fact.unit, fact.qualifier, fact.valid_from,
        fact.valid_to, fact.valid_precision if fact.valid_from or fact.valid_to else "", fact.status, held,
        contested, fact.note.get("fr", ""), _source(fact.source.document, fact.source.section),
        fact.source.url, fact.recorded_at,
    )  # fmt: skip


def _contested(some: list[Fact], merged: dict[UUID, UUID], held: dict[UUID, bool]) -> set[UUID]:
    """Identifiers of the facts of a contradiction: the one that is held, and those it contradicts."""
    owners = {fact.subject_id for fact in some} | {
        merged[fact.subject_id] for fact in some if fact.subject_id in merged
    }
    rows = CurrentFact.objects.filter(contested=True, subject__in=owners).select_related("fact")
    shown = {(row.subject_id, row.code): statement_of(row.fact) for row in rows}
    found = {pk for pk, contested in held.items() if contested}
    for fact in some:
        first = shown.get((merged.get(fact.subject_id, fact.subject_id), fact.code))
        if first and fact.pk not in held and rules.contradict(first, statement_of(fact)):
            found.add(fact.pk)
    return found


def recognitions() -> Iterator[Row]:
    """Yield the recognitions of listed poles, pole by pole."""
    found = Recognition.objects.filter(pole__listing__isnull=False)
    columns = ["pk", "pole__slug", "scheme", "phase", "on", "precision", "body__name", "external"]
    columns += ["source__document", "source__section", "source__url"]
    for pk, slug, scheme, phase, on, precision, *said, document, section, url in _rows(
        found.order_by("pole__slug", "pk"), *columns
    ):
        yield (
            pk, slug, scheme, phase, on, precision if on else "", *said, _source(document, section), url
        )  # fmt: skip


def catalogue_codes() -> Iterator[Row]:
    """Yield the codes of the catalogue."""
    for entry in catalogue.load():
        yield (
            entry.code, entry.label("fr"), entry.label("en"), entry.definition("fr"), entry.definition("en"),
            entry.type, entry.unit, entry.choices, entry.cardinality, entry.subjects, entry.period,
            entry.secrecy, entry.source,
        )  # fmt: skip


def vocabularies() -> Iterator[Row]:
    """Yield the terms of every vocabulary."""
    for words in catalogue.load().vocabularies.values():
        for term in words.terms.values():
            yield (
                words.name, term.code, term.parent, term.labels["fr"], term.labels["en"],
                term.definitions["fr"], term.definitions["en"], term.source,
            )  # fmt: skip


ROWS: dict[str, Callable[[], Iterator[Row]]] = {
    "poles": poles,
    "actors": actors,
    "memberships": memberships,
    "perimeters": perimeters,
    "facts": facts,
    "recognitions": recognitions,
    "catalogue": catalogue_codes,
    "vocabularies": vocabularies,
    "grids": dump_grids.versions,
    "criteria": dump_grids.criteria,
}


def _seen(path: str = "") -> Q:
    """Return the condition that the subject at ``path`` is public, and neither closed nor merged."""
    to = f"{path}__" if path else ""
    return Q(**{f"{to}public": True, f"{to}closed_at__isnull": True, f"{to}merged_into__isnull": True})


def _rows(found: QuerySet[Any], *columns: str) -> Iterator[Row]:
    return iter(found.values_list(*columns).iterator(_BATCH))


def _winners() -> dict[UUID, UUID]:
    """Return each merged subject and the living public one that stands for it; others are left out."""
    into = {
        pk: winner
        for pk, winner in Subject.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into")
        if winner is not None
    }
    ends = {pk: _end(pk, into) for pk in into}
    seen = set(Subject.objects.filter(_seen(), pk__in=set(ends.values())).values_list("pk", flat=True))
    return {pk: end for pk, end in ends.items() if end in seen}


def _end(pk: UUID, into: dict[UUID, UUID]) -> UUID:
    seen = {pk}
    while (following := into.get(pk)) is not None and following not in seen:
        seen.add(pk := following)
    return pk


def _names(merged: dict[UUID, UUID]) -> dict[UUID, str]:
    """Return the name that stands for each merged actor."""
    named = Actor.objects.filter(pk__in=set(merged.values())).exclude(legal_nature=LegalNature.NATURAL_PERSON)
    names = dict(named.values_list("pk", "name"))
    return {pk: names[end] for pk, end in merged.items() if end in names}


def _degrees(value: float | None) -> float | None:
    return None if value is None else round(value, 5)


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _euros(cents: int | None) -> int | float | None:
    return None if cents is None else _number(Decimal(cents) / 100)


def _source(document: str | None, section: str | None) -> str:
    return f"{document}, {section}" if document and section else document or ""


def instant(value: datetime) -> str:
    """Return an instant in universal time, as ``2026-11-21T15:04:05Z``."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
