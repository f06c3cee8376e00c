"""What is known of subjects, ready to be shown or sent: value, date, source, and who says otherwise."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from terreau.common.money import Euro
from terreau.common.periods import DAY, PartialDate
from terreau.facts import catalogue, display, rules
from terreau.facts.catalogue import Catalogue, CatalogueEntry
from terreau.facts.models import CurrentFact, Fact
from terreau.facts.projection import statement_of, value_of
from terreau.pieces.models import Source
from terreau.subjects.actions import family
from terreau.subjects.models import Subject

#: A number, an exact amount, a text, a term of a vocabulary, a date as precise as it is known, yes or no.
PythonValue = int | Decimal | Euro | str | PartialDate | bool | None


@dataclass(frozen=True, slots=True)
class SourceView:
    """Where a statement comes from. ``url`` is empty when there is none; ``code`` is S0…, or a page."""

    kind: str
    code: str
    document: str
    section: str
    url: str
    published: str
    consulted_on: date | None
    to_check: bool

    def as_dict(self) -> dict[str, str]:
        """Return what the API says of a source."""
        return {"document": self.document, "section": self.section, "url": self.url}

    def __str__(self) -> str:
        return f"{self.document}, {self.section}" if self.section else self.document


@dataclass(frozen=True, slots=True)
class FactView:
    """One statement in one language.

    ``display`` is the whole value in words (« plus de 100 structures »), ``period`` its dates
    (« en 2014 », empty when the source gives none) and ``on`` the same for machines. ``contradicted_by``
    holds the living statements that cannot be true together with this one, ``earlier`` those of the
    same code about other days, the latest first; both are empty inside another view.
    """

    id: UUID
    subject: UUID
    code: str
    label: str
    definition: str
    type: str
    secrecy: str
    value: PythonValue
    value_max: PythonValue
    unit: str
    qualifier: str
    display: str
    period: str
    valid_from: date | None
    valid_to: date | None
    precision: str
    recorded_at: datetime
    status: str
    source: SourceView
    note: str
    contradicted_by: tuple["FactView", ...] = ()
    earlier: tuple["FactView", ...] = ()
    #: Language of ``display`` when it is not the one asked for: a text that has no English.
    written_in: str = ""

    @property
    def contested(self) -> bool:
        """Say whether another living source says otherwise."""
        return bool(self.contradicted_by)

    @property
    def on(self) -> str:
        """Dates for machines: ``2014``, ``2014-09/2015-03``, ``2014/..``, empty when unknown."""
        first, last = _iso(self.valid_from, self.precision), _iso(_before(self.valid_to), self.precision)
        if not first and not last:
            return ""
        return first if first == last else f"{first or '..'}/{last or '..'}"

    @property
    def plain(self) -> Any:
        """The value in JSON types: money in euros, a range as ``{"min", "max"}``, a date as text."""
        low, high = _json(self.value), _json(self.value_max)
        return low if high is None else {"min": low, "max": high}


def facts_of(  # noqa: PLR0913 - keyword-only: each narrows what is read
    subjects: Subject | UUID | Collection[UUID],
    *,
    lang: str | None = None,
    codes: Collection[str] | None = None,
    public_only: bool = True,
    on: date | None = None,
    known_at: datetime | None = None,
    least: str = "",
) -> list[FactView]:
    """Return what is held of a subject, or of several, in the order of the catalogue.

    Three queries whatever the number of subjects (one more by level of merged subjects). What was
    said of a subject merged into one of them is read with it. ``lang`` is the language of the page
    when left out. With ``public_only`` the facts that the catalogue does not call public are left out.
    ``on``: leave out what begins after that day; ``known_at``: what the register held at that instant;
    ``least``: `justifie` or `verifie`, leave out what is less sure (R-56).
    """
    found = by_subject(
        subjects, lang=lang, codes=codes, public_only=public_only, on=on, known_at=known_at, least=least
    )
    return [view for views in found.values() for view in views]


def by_subject(  # noqa: PLR0913 - keyword-only, as above
    subjects: Subject | UUID | Collection[UUID],
    *,
    lang: str | None = None,
    codes: Collection[str] | None = None,
    public_only: bool = True,
    on: date | None = None,
    known_at: datetime | None = None,
    least: str = "",
) -> dict[UUID, list[FactView]]:
    """Return the same as ``facts_of`` by subject, with an empty list for who has no fact."""
    language = (lang or get_language() or "fr")[:2]
    ids = _ids(subjects)
    owners = family(ids)
    groups: dict[tuple[UUID, str], list[Fact]] = defaultdict(list)
    for fact in _said(owners, codes, on, known_at, least):
        groups[owners[fact.subject_id], fact.code].append(fact)
    reader = _Reader(catalogue.load(), language)
    found: dict[UUID, list[FactView]] = {one: [] for one in ids}
    for entry in reader.catalogue:
        if public_only and entry.secrecy != "public":
            continue
        for subject in ids:
            found[subject] += reader.held(entry, groups.get((subject, entry.code), []))
    return found


def display_of(fact: Fact | CurrentFact, lang: str) -> str:
    """Return the value of one row in words."""
    entries = catalogue.load()
    return display.value(value_of(fact), entries[fact.code], entries, lang)


def _ids(subjects: Subject | UUID | Collection[UUID]) -> list[UUID]:
    if isinstance(subjects, Subject):
        return [subjects.pk]
    return [subjects] if isinstance(subjects, UUID) else list(dict.fromkeys(subjects))


def _said(
    owners: Collection[UUID],
    codes: Collection[str] | None,
    on: date | None,
    known_at: datetime | None,
    least: str,
) -> Iterable[Fact]:
    rows = living(known_at).filter(subject__in=list(owners)).select_related("source")
    if on is not None:
        rows = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=on))
    if least:
        rows = rows.filter(status__in=rules.at_least(least))
    return rows if codes is None else rows.filter(code__in=list(codes))


def living(known_at: datetime | None = None) -> QuerySet[Fact]:
    """Return the facts neither superseded nor withdrawn, now or as the register was at an instant."""
    if known_at is None:
        return Fact.objects.filter(superseded_at__isnull=True)
    held = Q(superseded_at__isnull=True) | Q(superseded_at__gt=known_at)
    return Fact.objects.filter(held, recorded_at__lte=known_at)


class _Reader:
    """Turns rows into views in one language."""

    def __init__(self, entries: Catalogue, lang: str) -> None:
        self.catalogue = entries
        self.lang = lang
        self._sources: dict[UUID, SourceView] = {}

    def held(self, entry: CatalogueEntry, facts: list[Fact]) -> list[FactView]:
        """Return the views of what is held for one subject and one code."""
        if not facts:
            return []
        statements = rules.prefer(statement_of(fact) for fact in facts)
        views = {fact.pk: self._view(entry, fact) for fact in facts}
        if not entry.single:
            return [views[one.statement.id] for one in rules.held(statements, single=False)]
        first, *others = statements
        against = [other for other in others if rules.contradict(first, other)]
        before = [other for other in others if not first.period.overlaps(other.period)]
        before.sort(key=lambda one: one.valid_from or date.min, reverse=True)
        return [
            replace(
                views[first.id],
                contradicted_by=tuple(views[one.id] for one in against),
                earlier=tuple(views[one.id] for one in before),
            )
        ]

    def _view(self, entry: CatalogueEntry, fact: Fact) -> FactView:
        value = value_of(fact)
        low, high = _python(entry, value, self.lang)
        return FactView(
            id=fact.pk,
            subject=fact.subject_id,
            code=fact.code,
            label=entry.label(self.lang),
            definition=entry.definition(self.lang),
            type=entry.type,
            secrecy=entry.secrecy,
            value=low,
            value_max=high,
            unit=fact.unit,
            qualifier=fact.qualifier,
            display=display.value(value, entry, self.catalogue, self.lang),
            period=display.period(fact.valid_from, fact.valid_to, fact.valid_precision, self.lang),
            valid_from=fact.valid_from,
            valid_to=fact.valid_to,
            precision=fact.valid_precision,
            recorded_at=fact.recorded_at,
            status=fact.status,
            source=self._source(fact.source),
            note=fact.note.get(self.lang) or fact.note.get("fr", ""),
            written_in="fr" if self.lang == "en" and fact.text and not fact.text_en else "",
        )

    def _source(self, source: Source) -> SourceView:
        if source.pk not in self._sources:
            self._sources[source.pk] = source_view(source)
        return self._sources[source.pk]


def source_view(source: Source) -> SourceView:
    """Return a source as it is shown."""
    return SourceView(
        kind=source.kind,
        code=source.code,
        document=source.document,
        section=source.section,
        url=source.url,
        published=_iso(source.published_on, source.published_precision),
        consulted_on=source.consulted_on,
        to_check=source.to_check,
    )


def _python(entry: CatalogueEntry, value: rules.Value, lang: str) -> tuple[PythonValue, PythonValue]:
    if entry.type == "number":
        return _whole(value.number), _whole(value.number_max)
    if entry.type == "money":
        high = None if value.cents_max is None else Euro(value.cents_max)
        return Euro(value.cents or 0), high
    if entry.type == "date":
        return PartialDate(value.day or date.min, value.day_precision or DAY), None
    if entry.type == "bool":
        return value.flag, None
    if entry.type == "code":
        return value.term, None
    return (value.text_en or value.text if lang == "en" else value.text), None


def _whole(number: Decimal | None) -> int | Decimal | None:
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else number.normalize()


def _json(value: PythonValue) -> Any:
    if isinstance(value, Euro):
        return value.cents // 100 if value.cents % 100 == 0 else value.cents / 100
    if isinstance(value, Decimal):
        return float(value)
    return value.iso() if isinstance(value, PartialDate) else value


def _before(day: date | None) -> date | None:
    return date.fromordinal(day.toordinal() - 1) if day else None


def _iso(day: date | None, precision: str) -> str:
    return PartialDate(day, precision or DAY).iso() if day else ""
