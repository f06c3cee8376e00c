"""The organisation that a person names in a form: one that is held here, never guessed."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.census import parties
from terreau.common.errors import DomainError
from terreau.common.text import sort_key


def signatory(typed: str, *, by: User) -> Actor:
    """Return the organisation, or the pole, of this exact name, SIREN, SIRET or RNA.

    One of the official registers is born here when it was not held yet. Raises ``DomainError`` when there is
    none, or several.
    """
    poles = _poles(typed)
    found = parties.recognised(typed)
    facts = {"field": "signatory"}
    if len(poles) + len(found) > 1:
        names = ", ".join([*(one.name for one in poles), *(one.said for one in found)][:6])
        words = _("Plusieurs organisations portent ce nom : %(names)s. Donnez le SIREN.")
        raise DomainError("ambiguous", words % {"names": names}, facts=facts)
    actor = poles[0] if poles else _born(found, by=by)
    if actor is None:
        words = _("Aucune organisation de ce nom n'est connue ici : vérifiez le nom, ou donnez le SIREN.")
        raise DomainError("unknown_organisation", words, facts=facts)
    return actor


def _poles(typed: str) -> list[Actor]:
    key = sort_key(typed)
    if not key:
        return []
    named = Q(sort_key=key[:250]) | Q(names__text__iexact=typed.strip())
    rows = Actor.objects.filter(named, pole__isnull=False, subject__public=True, subject__closed_at=None)
    living = rows.filter(subject__merged_into=None).select_related("subject")
    return list(living.distinct().order_by("sort_key", "pk")[:6])


def _born(found: list[parties.Known], *, by: User) -> Actor | None:
    return parties.actor_of(found[0].party, by=by, public=True) if found else None
