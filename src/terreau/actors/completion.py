"""What a form proposes for an organisation: those of the register first, then the official registers."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from terreau.actors.models import Actor
from terreau.common.text import search_text
from terreau.directory import completion, outside
from terreau.directory.completion import Organisation
from terreau.search import index
from terreau.subjects.models import Subject

LIMIT = 10
_KINDS = {Subject.Kind.ACTOR, Subject.Kind.POLE}


@dataclass(frozen=True, slots=True)
class Proposal:
    """An organisation to choose; ``actor`` is its identifier when the register has it already."""

    organisation: Organisation
    actor: str = ""

    @property
    def said(self) -> str:
        """The name, the place and the number, as one line."""
        place = self.organisation.commune_name
        number = self.organisation.siren or self.organisation.rna
        return " · ".join(filter(None, [self.organisation.name, place, number]))

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {"actor": self.actor or None, **self.organisation.as_dict()}


def proposals(typed: str, *, commune: str = "") -> list[Proposal]:
    """Return what to propose for any text; the outside directory is asked only when nothing is held here."""
    held = _held(typed)
    numbers = {one.organisation.siren for one in held} - {""}
    found = completion.organisations(typed, limit=LIMIT, commune=commune)
    if not held and not found and len(search_text(typed)) >= completion.LETTERS:
        found = outside.search(typed, limit=LIMIT)
    fresh = [one for one in found if one.name and one.siren not in numbers]
    known = _actors_of({one.siren for one in fresh} - {""})
    return [*held, *(Proposal(one, known.get(one.siren, "")) for one in fresh)][:LIMIT]


def _held(typed: str) -> list[Proposal]:
    """Public actors by name or number, as the search finds them."""
    if len(search_text(typed)) < completion.LETTERS:
        return []
    entries = index.find(typed, kinds=_KINDS, limit=5)
    actors = Actor.objects.select_related("zone").in_bulk([entry.subject_id for entry in entries])
    return [_proposal(actors[entry.subject_id]) for entry in entries if entry.subject_id in actors]


def _proposal(actor: Actor) -> Proposal:
    zone = actor.zone
    place = (zone.code, zone.name) if zone and zone.level == "commune" else ("", "")
    organisation = Organisation(
        name=actor.name,
        source="register",
        siren=actor.siren,
        siret=actor.siret,
        rna=actor.rna,
        commune=place[0],
        commune_name=place[1],
        legal_category=actor.legal_category,
    )
    return Proposal(organisation, str(actor.pk))


def _actors_of(sirens: set[str]) -> dict[str, str]:
    """Identifiers of the public actors of these SIREN."""
    rows = Actor.objects.filter(Q(subject__public=True), siren__in=sirens, subject__merged_into=None)
    return {siren: str(pk) for pk, siren in rows.order_by("-pk").values_list("pk", "siren")}
