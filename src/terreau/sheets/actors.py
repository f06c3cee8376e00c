"""What is said of an actor, by its page, the API and the command line alike."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.actors import directory, identifiers, perms, tables
from terreau.actors.models import Actor, ActorFunction, ActorName, Affiliation, EssListing, LegalNature
from terreau.actors.projection import verdict_of
from terreau.actors.rules import EssShare, EssVerdict, ess_share
from terreau.common.errors import NotFoundError
from terreau.common.periods import DAY
from terreau.facts import display, read
from terreau.facts.read import FactView, SourceView, source_view
from terreau.pieces.models import Source
from terreau.poles.models import Carrier, Membership, Mention, Pole, Recognition
from terreau.sheets.facts import language, lines
from terreau.subjects.actions import family, resolve
from terreau.territories.models import Level, Zone

Sources = tuple[SourceView, ...]
#: Levels of territories that have a page.
WITH_PAGE = frozenset({Level.COMMUNE, Level.EPCI, Level.DEPARTEMENT, Level.REGION, Level.ANCIENNE_REGION})


@dataclass(frozen=True, slots=True)
class NameLine:
    """Another name, its nature (« sigle », « graphie rencontrée »…) and when it was borne."""

    text: str
    kind: str
    label: str
    period: str
    sources: Sources


@dataclass(frozen=True, slots=True)
class FunctionLine:
    """Something that the actor does, or did when ``past``."""

    code: str
    label: str
    period: str
    past: bool
    sources: Sources


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A belonging, seen from one side: the network of a member, or a member of a network."""

    actor: Actor
    label: str
    period: str
    past: bool
    observed_on: date | None
    note: str
    sources: Sources


@dataclass(frozen=True, slots=True)
class PoleLine:
    """What the actor is in a pole: its role in words, its circle, when."""

    slug: str
    name: str
    role: str
    label: str
    circle: str
    period: str
    past: bool
    note: str
    sources: Sources


@dataclass(frozen=True)
class ActorSheet:
    """An actor on a day, as those who may see it read it, in the language of the moment."""

    actor: Actor
    on: date
    verdict: EssVerdict
    names: list[NameLine]
    functions: list[FunctionLine]
    networks: list[LinkLine]
    affiliates: list[LinkLine]
    poles: list[PoleLine]
    facts: list[FactView]
    mentions: Sources
    pole: Pole | None = field(default=None)

    @property
    def zone(self) -> Zone | None:
        """The territory where the actor is, or that it governs."""
        return self.actor.zone

    @property
    def zone_path(self) -> str:
        """Address of the page of that territory, empty when it has none."""
        zone = self.actor.zone
        return f"/territoires/{zone.level}/{zone.code}/" if zone and zone.level in WITH_PAGE else ""

    @property
    def nature(self) -> str:
        """Legal nature in words, empty when it is unknown."""
        known = self.actor.legal_nature != LegalNature.UNKNOWN
        return str(self.actor.get_legal_nature_display()) if known else ""

    @property
    def legal_category(self) -> str:
        """Label of the legal category, empty when it is unknown."""
        return identifiers.legal_category_label(self.actor.legal_category, language())

    @property
    def activity(self) -> str:
        """Label of the activity, empty when the version of the NAF is not embedded."""
        return identifiers.naf_label(self.actor.naf, self.actor.naf_version)

    @property
    def size(self) -> str:
        """Label of the size class, empty when it is unknown."""
        found = tables.size_classes().get(self.actor.size_class)
        return (found.label.get(language()) or found.label["fr"]) if found else ""

    @property
    def ess_reasons(self) -> list[tuple[str, str]]:
        """Reasons of the ESS verdict with the text that each stands on."""
        return [(reason.label(language()), reason.source) for reason in self.verdict.reasons]

    @property
    def unknown(self) -> list[str]:
        """What nobody has said yet of this actor, in words."""
        actor = self.actor
        held = {
            _("nature juridique"): self.nature,
            _("catégorie juridique"): actor.legal_category,
            "SIREN": actor.siren,
            _("activité principale"): actor.naf,
            _("effectifs"): actor.size_class,
            _("lieu"): actor.zone,
        }
        if actor.legal_nature == LegalNature.NATURAL_PERSON:
            return []
        return [label for label, value in held.items() if not value]

    @property
    def share(self) -> EssShare:
        """How many of the members known today are ESS enterprises."""
        return ess_share(line.actor.ess for line in self.affiliates if not line.past)

    @property
    def network_code(self) -> str:
        """Code of this actor in the facet of networks of the directory."""
        return self.actor.key or str(self.actor.pk)

    @cached_property
    def by_pole(self) -> list[tuple[str, str, list[PoleLine]]]:
        """Slug and name of each pole, and what the actor is in it."""
        found: dict[tuple[str, str], list[PoleLine]] = {}
        for line in self.poles:
            found.setdefault((line.slug, line.name), []).append(line)
        return [(slug, name, roles) for (slug, name), roles in found.items()]

    @cached_property
    def facts_by_label(self) -> list[tuple[str, list[FactView]]]:
        """Facts under their label, in the order of the catalogue."""
        found: dict[str, list[FactView]] = {}
        for fact in self.facts:
            found.setdefault(fact.label, []).append(fact)
        return list(found.items())

    @cached_property
    def sources(self) -> list[tuple[SourceView, list[str]]]:
        """The documents that support what is said here, each with the places cited in it."""
        found: dict[tuple[str, str], tuple[SourceView, list[str]]] = {}
        every = sorted(self._every_source(), key=lambda one: (one.kind != "seed", one.code, one.section))
        for source in every:
            places = found.setdefault((source.kind, source.code), (source, []))[1]
            if source.section and source.section not in places:
                places.append(source.section)
        return list(found.values())

    def _every_source(self) -> Iterable[SourceView]:
        if self.actor.source:
            yield source_view(self.actor.source)
        for fact in self.facts:
            yield from (one.source for one in (fact, *fact.contradicted_by, *fact.earlier))
        cited: list[Sources] = [line.sources for line in self.names]
        cited += [line.sources for line in self.functions]
        cited += [line.sources for line in self.networks]
        cited += [line.sources for line in self.poles]
        for sources in cited:
            yield from sources
        yield from self.mentions

    def as_json(self) -> dict[str, Any]:
        """Return the actor as the API says it."""
        actor, zone = self.actor, self.actor.zone
        return {
            "id": str(actor.pk),
            "nom": actor.name,
            "noms": [{"nom": line.text, "nature": line.kind} for line in self.names],
            "nature": actor.legal_nature,
            "categorie_juridique": actor.legal_category or None,
            "siren": actor.siren or None,
            "siret": actor.siret or None,
            "rna": actor.rna or None,
            "naf": {"code": actor.naf, "version": actor.naf_version} if actor.naf else None,
            "tranche_effectifs": actor.size_class or None,
            "fonctions": [line.code for line in self.functions if not line.past],
            "ess": self.verdict.as_dict(language()),
            "lieu": {"niveau": zone.level, "code": zone.code, "nom": zone.name, "cog": zone.cog_year}
            if zone
            else None,
            "reseaux": [{"id": str(line.actor.pk), "nom": line.actor.name} for line in self.networks],
            "poles": [{"slug": line.slug, "nom": line.name, "role": line.role} for line in self.poles],
            "faits": [line.as_json() for line in lines(self.facts)],
        }


def actor_sheet(ident: UUID, viewer: perms.Viewer = None, on: date | None = None) -> ActorSheet:
    """Return the sheet of an actor; that of the one it was merged into when it was.

    What was said of actors merged into it is read with it. Raises ``NotFoundError`` for an unknown actor, and
    for one that the viewer may not see. The number of queries does not depend on the actor.
    """
    day = on or timezone.localdate()
    actor = _actor(resolve(ident).pk)
    if actor is None or not perms.can_see(viewer, actor, on=day):
        raise NotFoundError(
            "unknown_actor", _("Aucun acteur public n'a cette adresse."), facts={"id": str(ident)}
        )
    ids = list(family([actor.pk]))
    listings = EssListing.objects.filter(actor__in=ids).select_related("source").order_by("on", "id")
    return ActorSheet(
        actor=actor,
        on=day,
        verdict=verdict_of(actor, listings),
        names=_names(actor, ids),
        functions=_functions(ids, day),
        networks=_networks(ids, day),
        affiliates=_affiliates(ids, day),
        poles=_poles(ids, day),
        facts=read.facts_of(actor.subject, lang=language()),
        mentions=_mentions(ids),
        pole=Pole.objects.filter(pk=actor.pk).first(),
    )


def _actor(pk: UUID) -> Actor | None:
    return Actor.objects.select_related("subject", "zone__region", "source").filter(pk=pk).first()


def _cited(source: Source | None) -> Sources:
    return (source_view(source),) if source else ()


def _period(row: Any, precision: str = DAY) -> str:
    return display.period(row.valid_from, row.valid_to, precision, language())


def _names(actor: Actor, ids: list[UUID]) -> list[NameLine]:
    """Return every name but the one shown, those of merged actors included, spellings last."""
    rows = ActorName.objects.filter(actor__in=ids).select_related("source").order_by("text", "id")
    found = {
        (row.text, row.kind): NameLine(
            row.text, row.kind, row.get_kind_display(), _period(row), _cited(row.source)
        )
        for row in rows
        if row.text != actor.name
    }
    merged = Actor.objects.filter(pk__in=ids).exclude(pk=actor.pk).select_related("source")
    for other in merged.exclude(name=actor.name).order_by("sort_key", "pk"):
        label = ActorName.Kind.SPELLING.label
        line = NameLine(other.name, ActorName.Kind.SPELLING, str(label), "", _cited(other.source))
        found.setdefault((other.name, ActorName.Kind.SPELLING), line)
    kinds = ActorName.Kind.values
    return sorted(found.values(), key=lambda line: kinds.index(line.kind))


def _functions(ids: list[UUID], on: date) -> list[FunctionLine]:
    rows = ActorFunction.objects.filter(actor__in=ids).select_related("source").order_by("function", "id")
    words = directory.labels("fonction")
    found: dict[tuple[str, str], FunctionLine] = {}
    for row in rows:
        label = words.get(row.function, row.function)
        line = FunctionLine(row.function, label, _period(row), _past(row, on), _cited(row.source))
        found.setdefault((line.code, line.period), line)
    return sorted(found.values(), key=lambda line: line.past)


def _past(row: Any, on: date) -> bool:
    return bool(row.valid_to and row.valid_to <= on)


def _networks(ids: list[UUID], on: date) -> list[LinkLine]:
    rows = _links().filter(member__in=ids).order_by("network__sort_key", "id")
    return _lines([(row, row.network) for row in rows], on)


def _affiliates(ids: list[UUID], on: date) -> list[LinkLine]:
    rows = _links().filter(network__in=ids).order_by("member__sort_key", "id")
    return _lines([(row, row.member) for row in rows], on)


def _links() -> QuerySet[Affiliation]:
    return Affiliation.objects.select_related("member__subject", "network__subject", "source")


def _lines(pairs: list[tuple[Affiliation, Actor]], on: date) -> list[LinkLine]:
    found = [
        LinkLine(
            actor=other,
            label=str(row.get_kind_display()),
            period=_period(row),
            past=_past(row, on),
            observed_on=row.observed_on,
            note=row.note,
            sources=_cited(row.source),
        )
        for row, other in pairs
        if other.subject.public
    ]
    return sorted(found, key=lambda line: line.past)


def _poles(ids: list[UUID], on: date) -> list[PoleLine]:
    """Return the poles that the actor carries, then those it belongs to, then those it recognised."""
    sourced = ("pole__actor__subject", "source")
    others = Prefetch("other_sources", queryset=Source.objects.order_by("document", "section", "pk"))

    def rows(model: Any, **which: Any) -> list[Any]:
        found = model.objects.filter(**which, pole__actor__subject__public=True)
        kept = found.filter(pole__actor__subject__merged_into__isnull=True)
        return list(
            kept.select_related(*sourced).prefetch_related(others).order_by("pole__actor__sort_key", "pk")
        )

    carried = [
        _pole_line(row, "carrier", _("structure porteuse"), on) for row in rows(Carrier, actor__in=ids)
    ]
    joined = [
        _pole_line(row, row.role, str(row.get_role_display()), on) for row in rows(Membership, actor__in=ids)
    ]
    given = {
        row.pole_id: _pole_line(row, "recognition", _("a reconnu ce pôle"), on)
        for row in rows(Recognition, body__in=ids)
    }
    return [*carried, *joined, *given.values()]


def _pole_line(row: Any, role: str, label: str, on: date) -> PoleLine:
    dated = not isinstance(row, Recognition)
    sources = tuple(source_view(one) for one in (row.source, *row.other_sources.all()))
    circle = getattr(row, "circle", "")
    return PoleLine(
        slug=row.pole.slug,
        name=row.pole.actor.name,
        role=role,
        label=label,
        circle=str(row.get_circle_display()) if circle else "",
        period=_period(row, getattr(row, "from_precision", "") or DAY) if dated else "",
        past=_past(row, on) if dated else False,
        note=getattr(row, "note", ""),
        sources=sources,
    )


def _mentions(ids: list[UUID]) -> Sources:
    rows = Mention.objects.filter(subject__in=ids).select_related("source").order_by("pk")
    return tuple(source_view(row.source) for row in rows)


__all__ = ["ActorSheet", "actor_sheet"]
