"""Organisations that people name in a form: those that are held here are recognised, never guessed.

First those that the register knows, then those of the official registers, from which an actor is born when
the form is submitted and not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from terreau.accounts.models import User
from terreau.actors import identifiers
from terreau.actors.birth import from_directory
from terreau.actors.models import Actor
from terreau.census.entry_rules import Party
from terreau.common.errors import DomainError
from terreau.common.text import sort_key
from terreau.directory import completion
from terreau.directory.completion import Organisation
from terreau.search import index
from terreau.subjects.models import Subject

#: Organisations proposed at once.
FEW = 8
_CHECKS = {"siren": identifiers.check_siren, "siret": identifiers.check_siret, "rna": identifiers.check_rna}


@dataclass(frozen=True, slots=True)
class Known:
    """An organisation that is held here, as a form proposes it.

    ``id`` is the identifier of an actor, or a number of the official registers (``siren:…``, ``rna:…``).
    """

    id: str
    name: str
    place: str

    @property
    def said(self) -> str:
        """The name with the place, when it is known."""
        return f"{self.name} ({self.place})" if self.place else self.name

    @property
    def party(self) -> Party:
        """The organisation as a first entry keeps it."""
        return Party(self.name, self.id)


def recognised(typed: str) -> list[Known]:
    """Return the organisations that are exactly what was typed: a name, an acronym, a SIREN, a SIRET, an RNA.

    « Name (place) », as completion writes it, is the one of that place. Several when it is ambiguous. Of the
    official registers, where many bear one name, only by number or with the place.
    """
    name, place = _parted(typed)
    found = [_known(actor) for actor in _exactly(typed)[:FEW]]
    if not found and place:
        here = [_known(actor) for actor in _exactly(name)[:FEW]]
        found = [one for one in here if sort_key(one.place) == sort_key(place)]
    return found or _official(typed, name, place)


def completions(typed: str) -> list[Known]:
    """Return organisations whose names begin as what is typed, those of the register first; few."""
    if len(typed.strip()) < 2:
        return []
    entries = index.find(typed, kinds={Subject.Kind.ACTOR}, limit=FEW)
    actors = {actor.pk: actor for actor in _public().filter(pk__in=[one.subject_id for one in entries])}
    held = [actors[one.subject_id] for one in entries if one.subject_id in actors]
    numbers = {actor.siren for actor in held if actor.siren}
    official = [one for one in _active(typed) if one.siren not in numbers]
    return [*map(_known, held), *map(_listed, official)][:FEW]


def chosen(identifier: str) -> Party | None:
    """Return the organisation of an ``id`` that a form proposed; None when there is none, whatever it is."""
    kind, _colon, number = identifier.partition(":")
    if number:
        return next((_listed(one).party for one in _numbered(kind, number)), None)
    actor = known(identifier)
    return Party(actor.name, str(actor.pk)) if actor else None


def known(identifier: str) -> Actor | None:
    """Return a public living actor by its identifier; None when there is none."""
    try:
        pk = UUID(identifier)
    except ValueError:
        return None
    return _public().filter(pk=pk).first()


def actor_of(party: Party, *, by: User, public: bool) -> Actor | None:
    """Return the actor of an organisation that is held here, born from the official registers if it must be.

    None for a bare name, and for one that is no longer there or no longer public.
    """
    number = party.actor.partition(":")[2]
    if not number:
        return known(party.actor) if party.actor else None
    try:
        return from_directory(number, by=by, public=public)
    except DomainError:
        return None


def _parted(typed: str) -> tuple[str, str]:
    name, opened, rest = typed.strip().rpartition(" (")
    return (name, rest[:-1]) if opened and rest.endswith(")") else (typed.strip(), "")


def _exactly(typed: str) -> QuerySet[Actor]:
    kind, number = _number(typed)
    if number:
        return _public().filter(**{kind: number})
    key = sort_key(typed)
    if not key:
        return Actor.objects.none()
    named = Q(sort_key=key[:250]) | Q(names__text__iexact=typed.strip())
    return _public().filter(named).distinct().order_by("sort_key", "pk")


def _number(typed: str) -> tuple[str, str]:
    """Return which official number was typed, and the number; empty when it is none."""
    for kind, check in _CHECKS.items():
        try:
            return kind, str(check(typed))
        except DomainError:
            continue
    return "", ""


def _official(typed: str, name: str, place: str) -> list[Known]:
    kind, number = _number(typed)
    if number:
        return [_listed(one) for one in _numbered(kind, number)]
    if not place:
        return []
    wanted = (sort_key(name), sort_key(place))
    return [
        _listed(one) for one in _active(name) if (sort_key(one.name), sort_key(one.commune_name)) == wanted
    ]


def _numbered(kind: str, number: str) -> list[Organisation]:
    """Return the organisation of the official registers that has this very number, in a list."""
    siren = number[:9] if kind == "siret" else number
    wanted = {"rna": "rna", "siren": "siren", "siret": "siren"}.get(kind)
    if wanted is None:
        return []
    return [one for one in completion.organisations(siren) if one.name and getattr(one, wanted) == siren][:1]


def _active(typed: str) -> list[Organisation]:
    """Return organisations of the official registers that live and are shown."""
    found = completion.organisations(typed, limit=FEW)
    return [one for one in found if one.name and one.state == "A" and (one.siren or one.rna)]


def _listed(one: Organisation) -> Known:
    return Known(f"siren:{one.siren}" if one.siren else f"rna:{one.rna}", one.name, one.commune_name)


def _public() -> QuerySet[Actor]:
    return Actor.objects.filter(
        subject__kind=Subject.Kind.ACTOR,
        subject__public=True,
        subject__closed_at=None,
        subject__merged_into=None,
    ).select_related("zone")


def _known(actor: Actor) -> Known:
    return Known(str(actor.pk), actor.name, actor.zone.name if actor.zone else "")
