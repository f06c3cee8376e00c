"""Organisations that people name in a form: those that the register holds are recognised, never guessed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from terreau.actors import identifiers
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.text import sort_key
from terreau.search import index
from terreau.subjects.models import Subject

#: Organisations proposed at once.
FEW = 8


@dataclass(frozen=True, slots=True)
class Known:
    """An organisation that the register holds, as a form proposes it."""

    id: str
    name: str
    place: str

    @property
    def said(self) -> str:
        """The name with the place, when it is known."""
        return f"{self.name} ({self.place})" if self.place else self.name


def recognised(typed: str) -> list[Known]:
    """Return the public organisations that are exactly what was typed: a name, an acronym, a SIREN, a SIRET.

    « Name (place) », as completion writes it, is the one of that place. Several when it is ambiguous.
    """
    name, place = _parted(typed)
    found = [_known(actor) for actor in _exactly(typed)[:FEW]]
    if found or not place:
        return found
    here = [_known(actor) for actor in _exactly(name)[:FEW]]
    return [one for one in here if sort_key(one.place) == sort_key(place)]


def completions(typed: str) -> list[Known]:
    """Return public organisations whose names begin as what is typed, the best first; few, two queries."""
    if len(typed.strip()) < 2:
        return []
    entries = index.find(typed, kinds={Subject.Kind.ACTOR}, limit=FEW)
    actors = {actor.pk: actor for actor in _public().filter(pk__in=[one.subject_id for one in entries])}
    return [_known(actors[one.subject_id]) for one in entries if one.subject_id in actors]


def _parted(typed: str) -> tuple[str, str]:
    name, opened, rest = typed.strip().rpartition(" (")
    return (name, rest[:-1]) if opened and rest.endswith(")") else (typed.strip(), "")


def _exactly(typed: str) -> QuerySet[Actor]:
    number = _number(typed)
    if number:
        return _public().filter(Q(siren=number) | Q(siret=number))
    key = sort_key(typed)
    if not key:
        return Actor.objects.none()
    # ``words`` folds every name and number between spaces; what merely holds these words is not the same.
    named = Q(sort_key=key[:250]) | Q(names__text__iexact=typed.strip())
    return _public().filter(named).distinct().order_by("sort_key", "pk")


def _number(typed: str) -> str:
    for check in (identifiers.check_siren, identifiers.check_siret):
        try:
            return str(check(typed))
        except DomainError:
            continue
    return ""


def _public() -> QuerySet[Actor]:
    return Actor.objects.filter(
        subject__kind=Subject.Kind.ACTOR,
        subject__public=True,
        subject__closed_at=None,
        subject__merged_into=None,
    ).select_related("zone")


def _known(actor: Actor) -> Known:
    return Known(str(actor.pk), actor.name, actor.zone.name if actor.zone else "")
