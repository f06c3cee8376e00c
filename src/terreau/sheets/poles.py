"""What is said of a pole, by its page, the API and the command line alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import F, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor, ActorName
from terreau.actors.perms import Viewer
from terreau.common.errors import NotFoundError
from terreau.common.periods import DAY, PartialDate
from terreau.facts import catalogue, read
from terreau.facts.models import Fact
from terreau.facts.projection import value_of
from terreau.facts.read import FactView, SourceView, source_view
from terreau.pieces.models import Source
from terreau.poles import directory, headings, perms, rules
from terreau.poles.directory import PoleRow
from terreau.poles.models import (
    Carrier,
    FormerSlug,
    Membership,
    Mention,
    PlaceLink,
    Pole,
    Recognition,
    StageMove,
    Statement,
)
from terreau.poles.presentation import SUMMARY
from terreau.sheets.facts import language, lines
from terreau.sheets.moments import (
    Moment,
    check_known,
    name_at,
    perimeters_at,
    recognised_at,
    stages_at,
    status_at,
)
from terreau.subjects.actions import resolve
from terreau.territories import read as territories
from terreau.territories.base import Ids
from terreau.territories.models import Coverage, Perimeter, PerimeterPart, Place

Sources = tuple[SourceView, ...]


@dataclass(frozen=True)
class MemberLine:
    """An actor in the pole: role, circle, dates, ESS verdict, who says so."""

    actor: Actor
    role: str
    role_label: str
    circle: str
    circle_label: str
    since: str
    until: str
    note: str
    sources: Sources
    status: str = ""
    row: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the member as the API says it."""
        return {
            "id": str(self.actor.pk),
            "nom": self.actor.name,
            "role": self.role,
            "cercle": self.circle,
            "depuis": self.since or None,
            "jusqu_au": self.until or None,
            "ess": self.actor.ess,
        }


@dataclass(frozen=True)
class CarrierLine:
    """The organisation that carries the pole."""

    actor: Actor
    since: str
    until: str
    sources: Sources
    status: str = ""
    row: int = 0


@dataclass(frozen=True)
class NameLine:
    """A name or a spelling, and where it was met."""

    text: str
    kind: str
    sources: Sources


@dataclass(frozen=True)
class RecognitionLine:
    """A recognition: scheme, body, year."""

    scheme: str
    label: str
    definition: str
    on: str
    phase: str
    body: Actor | None
    external: bool
    sources: Sources
    ended: str = ""
    status: str = ""
    row: int = 0


@dataclass(frozen=True)
class PlaceLine:
    """A place of the story of the pole."""

    place: Place
    facts: list[FactView]
    sources: Sources
    status: str = ""
    row: int = 0


@dataclass(frozen=True)
class Happening:
    """Something that happened, or is announced: when, what, who says so. ``on`` is empty when not dated."""

    on: str
    period: str
    label: str
    text: str
    fact: FactView | None = None
    sources: Sources = ()
    others: tuple[Said, ...] = ()


@dataclass(frozen=True)
class StatementLine:
    """A sentence under a heading."""

    text: str
    sources: Sources
    status: str = ""
    row: int = 0


@dataclass(frozen=True)
class Said:
    """A value and the sources that say the same of the same days."""

    fact: FactView
    more: Sources = ()


@dataclass(frozen=True)
class Shown:
    """A fact as it is read: the value held, who else says it, what contradicts it, what other days had."""

    fact: FactView
    more: Sources
    others: list[Said]
    earlier: list[Said]


def _said(facts: Iterable[FactView]) -> list[Said]:
    values: dict[tuple[str, str, str], list[FactView]] = {}
    for fact in facts:
        values.setdefault((fact.display, fact.period, fact.status), []).append(fact)
    return [Said(same[0], tuple(other.source for other in same[1:])) for same in values.values()]


@dataclass(frozen=True)
class Heading:
    """One of the four words of R-03: sentences, then facts by label."""

    code: str
    label: str
    statements: list[StatementLine]
    facts: list[tuple[str, list[Shown]]]

    def __bool__(self) -> bool:
        return bool(self.statements or self.facts)


@dataclass(frozen=True)
class PerimeterSheet:
    """The perimeter in force, what it crosses, and those before it."""

    perimeter: Perimeter
    parts: list[PerimeterPart]
    coverage: dict[str, list[Coverage]]
    earlier: list[Perimeter]
    sources: Sources

    @cached_property
    def ids(self) -> Ids:
        """Every commune touched, wholly or in part."""
        whole, part = territories.communes_of(self.perimeter)
        return whole if not len(part) else part if not len(whole) else _together(whole, part)

    @property
    def crossed(self) -> list[Coverage]:
        """Regions, former regions and departments, the largest part first: what a reader looks for."""
        levels = ("region", "ancienne_region", "departement")
        return [row for level in levels for row in self.coverage.get(level, [])]

    @property
    def epci_count(self) -> int:
        """Number of EPCI touched."""
        return len(self.coverage.get("epci", []))

    @cached_property
    def communes(self) -> list[str]:
        """Codes of the communes touched."""
        rows = self.perimeter.communes.order_by("commune__code").values_list("commune__code", flat=True)
        return list(rows)

    @property
    def note(self) -> str:
        """What to know of the perimeter, in the language of the moment."""
        return str(self.perimeter.note.get(language()) or self.perimeter.note.get("fr", ""))

    def as_json(self) -> dict[str, Any]:
        """Return the perimeter as the API says it."""
        return {
            "cog": self.perimeter.cog_year,
            "libelle": self.perimeter.label,
            "communes": self.communes,
            "approche": self.perimeter.approximate,
            "parties": [part.label for part in self.parts],
        }


def _together(whole: Ids, part: Ids) -> Ids:
    import numpy as np

    return np.union1d(whole, part).astype(whole.dtype)


@dataclass(frozen=True)
class PoleSheet:
    """A pole on a day. ``past`` says which, and what the register knew, when it is not today."""

    pole: Pole
    row: PoleRow
    on: date
    past: Moment | None
    left_out: int
    summary: str
    names: list[NameLine]
    carriers: list[CarrierLine]
    members: list[MemberLine]
    recognitions: list[RecognitionLine]
    places: list[PlaceLine]
    perimeter: PerimeterSheet | None
    facts: list[FactView]
    statements: dict[str, list[StatementLine]]
    stages: list[StageMove]
    agreeing: dict[UUID, Sources]
    mentions: Sources = field(default=())

    @property
    def name(self) -> str:
        """The name shown."""
        return self.row.nom

    @cached_property
    def composition(self) -> rules.Composition:
        """Who makes the pole today (R-05, R-07): an information, never a block."""
        named = [
            rules.Member(line.actor.legal_nature, line.actor.ess, line.role, line.circle)
            for line in self.members
            if not line.until
        ]
        return rules.composition(named, self._stated_members)

    @property
    def _stated_members(self) -> int | None:
        stated = next((fact for fact in self.facts if fact.code == "pole.members"), None)
        return stated.value if stated and isinstance(stated.value, int) else None

    @cached_property
    def unknowns(self) -> list[str]:
        """What nobody has said yet: neither zero nor empty."""
        told = {fact.code for fact in self.facts}
        lacking = {
            _("la structure porteuse"): self.carriers or "pole.carrier_name" in told,
            _("les membres"): self.members or "pole.members" in told,
            _("les communes du périmètre"): self.perimeter and not self.perimeter.perimeter.approximate,
            _("le stade"): self.row.stade,
            _("le domaine d'activité"): self.row.secteurs,
            _("l'origine"): self.row.tags.get("origine"),
            _("les emplois"): told & {"pole.jobs", "pole.employees", "pole.employees_fte"},
            _("le chiffre d'affaires des membres"): "pole.turnover" in told,
        }
        return [label for label, known in lacking.items() if not known]

    def shown(self, fact: FactView) -> Shown:
        """Return a fact with its contradictions side by side, each value once with all its sources."""
        return Shown(fact, self.agreeing.get(fact.id, ()), _said(fact.contradicted_by), _said(fact.earlier))

    @cached_property
    def headings(self) -> list[Heading]:
        """The four headings of R-03, each with its sentences and its facts in the order of reading."""
        known = headings.load()
        by_heading: dict[str, dict[str, list[Shown]]] = {name: {} for name in known.headings}
        aside = {*known.columns, *known.timeline, *known.listed}
        for fact in sorted(self.facts, key=lambda one: _rank(known, one.code)):
            if fact.code not in aside:
                by_heading[known.of(fact.code)].setdefault(fact.label, []).append(self.shown(fact))
        return [
            Heading(name, str(Statement.Heading(name).label), self.statements.get(name, []), [*facts.items()])
            for name, facts in by_heading.items()
        ]

    @cached_property
    def results(self) -> list[Shown]:
        """The figures of the first screen, the most telling first, six at most."""
        wanted = headings.load().results
        found = [fact for fact in self.facts if fact.code in wanted]
        return [self.shown(fact) for fact in sorted(found, key=lambda fact: wanted.index(fact.code))[:6]]

    @cached_property
    def together(self) -> list[StatementLine | FactView]:
        """What the members do together: the sentences of cooperation, else the services that sources name."""
        services = [fact for fact in self.facts if fact.code == "pole.service"]
        return [*(self.statements.get("cooperation") or services)][:3]

    @cached_property
    def listed(self) -> list[FactView]:
        """What the list of 2014 writes of the pole."""
        return [fact for fact in self.facts if fact.code in headings.load().listed]

    @cached_property
    def timeline(self) -> list[Happening]:
        """What happened, the oldest first; the terreau before the creation included (R-27); undated last."""
        wanted = headings.load().timeline
        moments = [_moment(self.shown(fact)) for fact in self.facts if fact.code in wanted]
        moments += [_stage_moment(move) for move in self.stages]
        moments += [_recognition_moment(line) for line in self.recognitions if line.on]
        return sorted(moments, key=lambda moment: (not moment.on, moment.on))

    @cached_property
    def old(self) -> rules.OldInformation | None:
        """What to say of information that is old (R-154)."""
        return rules.old_information(self._newest, self.pole.last_confirmed_on, self.on)

    @property
    def _newest(self) -> date | None:
        days = [fact.valid_from for fact in self.facts if fact.valid_from and fact.valid_from <= self.on]
        days += [_first(source.published) for source in self.all_sources if source.published]
        return max(days, default=None)

    @cached_property
    def all_sources(self) -> list[SourceView]:
        """Every source that supports something said here, each once."""
        found: dict[tuple[str, str, str], SourceView] = {}
        for source in self._every_source():
            found.setdefault((source.kind, source.code, source.section), source)
        return sorted(found.values(), key=lambda one: (one.kind != "seed", one.code, one.section))

    @cached_property
    def sources(self) -> list[tuple[SourceView, list[str]]]:
        """The documents, each with the places cited in it."""
        found: dict[tuple[str, str], tuple[SourceView, list[str]]] = {}
        for source in self.all_sources:
            document = found.setdefault((source.kind, source.code), (source, []))
            if source.section:
                document[1].append(source.section)
        return list(found.values())

    def _every_source(self) -> Iterable[SourceView]:
        for fact in [*self.facts, *(fact for place in self.places for fact in place.facts)]:
            yield from (one.source for one in (fact, *fact.contradicted_by, *fact.earlier))
        sourced = (self.names, self.carriers, self.members, self.recognitions, self.places)
        for lines_of_kind in (*sourced, *self.statements.values()):
            for line in lines_of_kind:  # type: ignore[attr-defined]
                yield from line.sources
        yield from self.perimeter.sources if self.perimeter else ()
        yield from (source_view(move.source) for move in self.stages)
        for others in self.agreeing.values():
            yield from others
        yield from self.mentions

    def as_json(self) -> dict[str, Any]:
        """Return the pole as the API says it: the line of the directory, then facts, members, perimeter."""
        return {
            **directory.as_json(self.row),
            "faits": [line.as_json() for line in lines(self.facts)],
            "membres": [member.as_json() for member in self.members],
            "perimetre": self.perimeter.as_json() if self.perimeter else None,
            "au": self.on.isoformat(),
            "su_le": self.past.known_on.isoformat() if self.past and self.past.known_on else None,
            "faits_ecartes": self.left_out,
        }


def pole_sheet(
    slug: str,
    viewer: Viewer = None,
    on: date | None = None,
    *,
    known_on: date | None = None,
    least: str = "",
) -> PoleSheet:
    """Return the sheet of a pole that the viewer may see; a stranger by default.

    ``on``: as it was on that day; ``known_on``: as the register knew it at the end of that day. ``least``:
    only facts that are at least `justifie` or `verifie` (R-56); ``left_out`` counts the others.
    Raises `NotFoundError` for an unknown, private or closed pole; when it left this address or was merged,
    `facts["slug"]` is the address of the public pole to go to, or `facts["actor"]` the identifier of the
    public actor. The number of queries does not depend on the pole.
    """
    today = timezone.localdate()
    pole, row = _found(slug, viewer, today)
    past = Moment.of(on or today, known_on) if on or known_on else None
    moment = past or Moment(today)
    inside = _keeps(viewer, pole, today)
    if known_on:
        check_known(pole, moment, inside=inside)
    known_at = past.known_at if past else None
    told = read.facts_of(pole.actor.subject, lang=language(), on=past.on if past else None, known_at=known_at)
    # Said of the whole, before anything is left out.
    summary = _summary(pole, told, past)
    kept = (
        told
        if not least
        else read.facts_of(
            pole.actor.subject, lang=language(), on=past.on if past else None, known_at=known_at, least=least
        )
    )
    carriers, members = _carriers(pole, past, inside=inside), _members(pole, past, inside=inside)
    perimeter = _perimeter(pole, moment)
    stages = stages_at(pole, moment)
    recognitions = _recognitions(pole, past)
    return PoleSheet(
        pole=pole,
        row=_row_at(row, pole, past, carriers, perimeter, told, stages, recognitions) if past else row,
        on=moment.on,
        past=past,
        left_out=len(told) - len(kept),
        summary=summary,
        names=_names(pole),
        carriers=carriers,
        members=members,
        recognitions=recognitions,
        places=_places(pole, moment),
        perimeter=perimeter,
        facts=kept,
        statements=_statements(pole, moment),
        stages=stages,
        agreeing=_agreeing(pole, known_at),
        mentions=_mentions(pole),
    )


def seen(slug: str, viewer: Viewer = None) -> Pole:
    """Fetch a pole that the viewer may see, a stranger by default; raise as ``pole_sheet`` does."""
    return _found(slug, viewer, timezone.localdate())[0]


def keeps(viewer: Viewer, pole: Pole) -> bool:
    """Say whether the viewer keeps the sheet, and so knows of it what is not public."""
    return _keeps(viewer, pole, timezone.localdate())


def _found(slug: str, viewer: Viewer, today: date) -> tuple[Pole, PoleRow]:
    """Fetch a pole and say whether the viewer may see it, at once."""
    pole = Pole.objects.select_related("actor__subject").filter(slug=slug).first()
    if pole is None:
        left = FormerSlug.objects.filter(slug=slug).values_list("pole", flat=True).first()
        raise _unknown(slug, left)
    subject = pole.actor.subject
    if subject.merged_into_id:
        raise _unknown(slug, subject.pk)
    row = directory.row(slug) if subject.public and subject.closed_at is None else None
    if row is not None:
        return pole, row
    if not isinstance(viewer, User) or not _of_its_own(viewer, pole, today):
        raise _unknown(slug)
    return pole, _unlisted(pole)


def _keeps(viewer: Viewer, pole: Pole, today: date) -> bool:
    return isinstance(viewer, User) and bool(perms.can_edit(viewer, pole, on=today))


def _of_its_own(viewer: User, pole: Pole, today: date) -> bool:
    """Say whether the person keeps this pole: a closed one is shown to who may reopen it."""
    if pole.actor.subject.closed_at:
        return bool(perms.can_qualify(viewer, pole, on=today))
    return bool(perms.can_see(viewer, pole, on=today))


def _unlisted(pole: Pole) -> PoleRow:
    """Return the line of a pole that the directory does not list: private or closed."""
    return PoleRow(
        id=str(pole.pk),
        slug=pole.slug,
        nom=pole.actor.name,
        kind=pole.kind,
        porteur=", ".join(row.actor.name for row in _held(Carrier, pole)) or None,
        lieu="",
        stade=pole.stage or None,
        statut_registre=pole.register_status,
        lon=None,
        lat=None,
        approche=False,
        fictif=pole.fictional,
    )


def _held(model: Any, pole: Pole) -> list[Any]:
    return list(model.objects.filter(pole=pole, valid_to=None).select_related("actor").order_by("pk"))


def _row_at(  # noqa: PLR0913, PLR0917 - what the sheet of that day says, put in one line
    row: PoleRow,
    pole: Pole,
    past: Moment,
    carriers: list[CarrierLine],
    perimeter: PerimeterSheet | None,
    facts: list[FactView],
    stages: list[StageMove],
    recognitions: list[RecognitionLine],
) -> PoleRow:
    """Return the line of the directory as it was on that day, from what the sheet of that day says."""
    here = perimeter.perimeter if perimeter else None
    tags = {
        facet: list(dict.fromkeys(str(fact.value) for fact in facts if fact.code in codes))
        for facet, codes in _CODES_OF.items()
    }
    for level in ("region", "ancienne_region", "departement"):
        tags[level] = [cover.code for cover in perimeter.coverage.get(level, [])] if perimeter else []
    tags["reconnaissance"] = [line.scheme for line in recognitions]
    return replace(
        row,
        nom=name_at(pole, past),
        porteur=", ".join(line.actor.name for line in carriers) or None,
        lieu=here.label if here else "",
        stade=stages[-1].stage if stages else None,
        statut_registre=status_at(pole, past),
        lon=here.lon if here else None,
        lat=here.lat if here else None,
        approche=bool(here and here.approximate),
        tags=tags,
    )


_CODES_OF = {
    "secteur": {"pole.sector"},
    "filiere": {"pole.filiere"},
    "origine": {"pole.origin", "pole.origin_secondary"},
}


def _summary(pole: Pole, facts: list[FactView], past: Moment | None) -> str:
    """Return the presentation: the fact held, else what the content file says while nobody presented it."""
    told = next((fact.display for fact in facts if fact.code == SUMMARY), None)
    if told is not None:
        return told
    if past and Fact.objects.filter(subject=pole.pk, code=SUMMARY).exists():
        return ""
    return str(pole.summary.get(language()) or pole.summary.get("fr", ""))


def _unknown(slug: str, known: UUID | None = None) -> NotFoundError:
    """Return the refusal, with where the subject ``known`` is now when a stranger may see it."""
    subject = resolve(known) if known else None
    facts = {"unknown": slug[:80]}
    if subject and subject.public and subject.closed_at is None:
        winner = Pole.objects.filter(pk=subject.pk).values_list("slug", flat=True).first()
        facts = {"slug": winner} if winner else {"actor": str(subject.pk)}
    message = _("Aucun pôle public n'a cette adresse. L'annuaire des pôles les cite tous.")
    return NotFoundError("unknown_pole", message, facts=facts)


def _others() -> Prefetch[str]:
    return Prefetch("other_sources", queryset=Source.objects.order_by("document", "section", "pk"))


def _sources(row: Any) -> Sources:
    return tuple(source_view(source) for source in (row.source, *row.other_sources.all()))


def _names(pole: Pole) -> list[NameLine]:
    rows = ActorName.objects.filter(actor=pole.actor).select_related("source").order_by("text", "pk")
    return [
        NameLine(row.text, row.get_kind_display(), (source_view(row.source),) if row.source else ())
        for row in rows
    ]


def _rows(model: Any, pole: Pole, past: Moment | None, *, inside: bool) -> Iterable[Any]:
    """Return the rows known today, ended ones too; of a past day, those that were true then.

    Who does not keep the pole is not told of actors that are not public.
    """
    rows = model.every.filter(pole=pole) if past else model.objects.filter(pole=pole)
    rows = rows if inside else rows.filter(actor__subject__public=True)
    rows = rows.select_related("actor", "source").prefetch_related(_others()).order_by("pk")
    return [row for row in rows if past.holds(row)] if past else list(rows)


def _carriers(pole: Pole, past: Moment | None, *, inside: bool) -> list[CarrierLine]:
    return [
        CarrierLine(
            row.actor,
            _iso(row.valid_from),
            _last(past.ended(row) if past else row.valid_to),
            _sources(row),
            row.status,
            row.pk,
        )
        for row in _rows(Carrier, pole, past, inside=inside)
    ]


def _members(pole: Pole, past: Moment | None, *, inside: bool) -> list[MemberLine]:
    """Members by circle, then role, then name."""
    found = [
        MemberLine(
            actor=row.actor,
            role=row.role,
            role_label=row.get_role_display(),
            circle=row.circle,
            circle_label=row.get_circle_display(),
            since=_iso(row.valid_from, row.from_precision),
            until=_last(past.ended(row) if past else row.valid_to),
            note=row.note,
            sources=_sources(row),
            status=row.status,
            row=row.pk,
        )
        for row in _rows(Membership, pole, past, inside=inside)
    ]
    circles, roles = Membership.Circle.values, Membership.Role.values
    return sorted(
        found, key=lambda line: (circles.index(line.circle), roles.index(line.role), line.actor.sort_key)
    )


def _recognitions(pole: Pole, past: Moment | None) -> list[RecognitionLine]:
    words = catalogue.vocabulary("recognition")
    rows = Recognition.objects.filter(pole=pole).select_related("body", "source").prefetch_related(_others())
    return [
        RecognitionLine(
            scheme=row.scheme,
            label=words.label(row.scheme, language()) if row.scheme in words else row.scheme,
            definition=words.terms[row.scheme].definitions[language()] if row.scheme in words else "",
            on=_iso(row.on, row.precision),
            phase=row.phase,
            body=row.body,
            external=row.external,
            sources=_sources(row),
            ended=row.ended_on.isoformat() if row.ended_on and not past else "",
            status=row.status,
            row=row.pk,
        )
        for row in rows.order_by("on", "pk")
        if past is None or recognised_at(row, past)
    ]


def _places(pole: Pole, moment: Moment) -> list[PlaceLine]:
    rows = PlaceLink.every.filter(pole=pole).select_related("place__zone", "source").order_by("place__name")
    links = [row for row in rows if moment.recorded(row)]
    facts = read.by_subject([link.place.subject_id for link in links], lang=language()) if links else {}
    return [
        PlaceLine(
            link.place,
            facts.get(link.place.subject_id, []),
            (source_view(link.source),) if link.source else (),
            link.status,
            link.pk,
        )
        for link in links
    ]


def _perimeter(pole: Pole, moment: Moment) -> PerimeterSheet | None:
    """Return the perimeter in force; the last known one when none is, unless a past day is asked."""
    kind = Perimeter.Kind.COOPERATION
    rows = Perimeter.objects.filter(subject=pole.pk, kind=kind).select_related("source")
    every = list(rows.order_by(F("valid_from").desc(nulls_last=True), "pk"))
    known = [row for row in every if moment.recorded(row)]
    now = perimeters_at(every, moment)
    past = moment.known_at is not None or moment.on < timezone.localdate()
    if not known or (past and not now):
        return None
    here = (now or known)[0]
    coverage: dict[str, list[Coverage]] = {}
    crossed = Coverage.objects.filter(perimeter=here).select_related("zone")
    for row in crossed.order_by("-share_of_perimeter", "-population", "code"):
        coverage.setdefault(row.level.replace("-", "_"), []).append(row)
    parts = list(here.parts.select_related("commune").order_by("pk"))
    sources = (source_view(here.source),) if here.source else ()
    return PerimeterSheet(here, parts, coverage, [row for row in known if row.pk != here.pk], sources)


def _statements(pole: Pole, moment: Moment) -> dict[str, list[StatementLine]]:
    rows = Statement.every.filter(pole=pole).select_related("source").prefetch_related(_others())
    found: dict[str, list[StatementLine]] = {}
    for row in rows.order_by("heading", "rank", "pk"):
        if moment.recorded(row):
            text = str(row.text.get(language()) or row.text.get("fr", ""))
            line = StatementLine(text, _sources(row), row.status, row.pk)
            found.setdefault(row.heading, []).append(line)
    return found


def _agreeing(pole: Pole, known_at: datetime | None) -> dict[UUID, Sources]:
    """Return, by living fact, the other sources that say the same of the same days."""
    rows = read.living(known_at).filter(subject=pole.pk).select_related("source").order_by("pk")
    same: dict[Any, list[Fact]] = {}
    for fact in rows:
        key = (fact.code, value_of(fact).key, fact.valid_from, fact.valid_to)
        same.setdefault(key, []).append(fact)
    return {
        fact.pk: tuple(source_view(other.source) for other in facts if other.pk != fact.pk)
        for facts in same.values()
        for fact in facts
        if len(facts) > 1
    }


def _mentions(pole: Pole) -> Sources:
    rows = Mention.objects.filter(subject=pole.pk).select_related("source").order_by("pk")
    return tuple(source_view(row.source) for row in rows)


def _rank(known: headings.Headings, code: str) -> tuple[int, str]:
    codes = known.headings[known.of(code)]
    return (codes.index(code) if code in codes else len(codes), code)


def _moment(one: Shown) -> Happening:
    """A date is placed at its value; another fact at the day when it holds."""
    fact, others = one.fact, tuple(one.others)
    if fact.type == "date":
        return Happening(str(fact.plain), fact.display, fact.label, "", fact, one.more, others)
    day = fact.on.split("/")[0].strip(".")
    return Happening(day, fact.period, fact.label, fact.display, fact, one.more, others)


def _stage_moment(move: StageMove) -> Happening:
    day = _iso(move.on, move.precision)
    return Happening(day, day, _("Stade"), move.get_stage_display(), None, (source_view(move.source),))


def _recognition_moment(line: RecognitionLine) -> Happening:
    return Happening(line.on, line.on, _("Reconnaissance"), line.label, None, line.sources)


def _iso(day: date | None, precision: str = "") -> str:
    return PartialDate(day, precision or DAY).iso() if day else ""


def _last(day: date | None) -> str:
    """The last day of a period whose end is excluded."""
    return date.fromordinal(day.toordinal() - 1).isoformat() if day else ""


def _first(text: str) -> date:
    return PartialDate.parse(text).first


__all__ = ["PoleSheet", "pole_sheet"]
