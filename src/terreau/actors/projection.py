"""What the directory filters on, computed from the rows: the ESS verdict, the words, the index."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import override

from terreau.actors.models import Actor, ActorName, EssListing, LegalNature
from terreau.actors.rules import EssVerdict, Listing, ess_verdict
from terreau.common.batches import batches
from terreau.common.text import search_text, sort_key
from terreau.search import index
from terreau.subjects.actions import family
from terreau.subjects.models import Subject

_BATCH = 500
_COLUMNS = ("sort_key", "ess", "ess_verified", "words")


def verdict_of(actor: Actor, listings: Iterable[EssListing]) -> EssVerdict:
    """Return the ESS verdict of an actor whose official listings (with their ``source``) are given."""
    said = [Listing(entry.listed, entry.on, entry.source.document) for entry in listings]
    return ess_verdict(
        legal_category=actor.legal_category,
        legal_nature=actor.legal_nature,
        declared=actor.ess_declared,
        listings=said,
    )


def project(ids: Iterable[UUID] | None = None) -> int:
    """Write again the projected columns and the search entry of some actors (all by default).

    Returns how many rows changed. Reads by batches. Whoever writes actors, names or listings without
    ``actions`` calls it in the same transaction.
    """
    wanted = Actor.objects.order_by("pk").values_list("pk", flat=True) if ids is None else ids
    return sum(_project(batch) for batch in batches(wanted, _BATCH))


def drift() -> list[str]:
    """Return the identifiers of the actors whose columns are not what ``project`` would write."""
    wanted = Actor.objects.order_by("pk").values_list("pk", flat=True)
    return [str(actor.pk) for batch in batches(wanted, _BATCH) for actor in _stale(batch)]


@transaction.atomic
def _project(ids: list[UUID]) -> int:
    stale = list(_stale(ids))
    Actor.objects.bulk_update(stale, _COLUMNS)
    index.put_many(_entries(ids))
    return len(stale)


def _stale(ids: list[UUID]) -> Iterator[Actor]:
    names, listings = _names(ids), _listings(ids)
    for actor in Actor.objects.filter(pk__in=ids).order_by("pk"):
        before = [getattr(actor, column) for column in _COLUMNS]
        _fill(actor, names[actor.pk], listings[actor.pk])
        if before != [getattr(actor, column) for column in _COLUMNS]:
            yield actor


def _fill(actor: Actor, names: list[str], listings: list[EssListing]) -> None:
    verdict = verdict_of(actor, listings)
    actor.sort_key = sort_key(actor.name)[:250]
    actor.ess, actor.ess_verified = verdict.value, verdict.verified
    actor.words = f" {search_text(actor.name, *names, actor.siren, actor.siret, actor.rna)} "


def _names(ids: list[UUID]) -> dict[UUID, list[str]]:
    """Return the other names of each actor; a winner has those of the actors merged into it too."""
    losers = set(Subject.objects.filter(pk__in=ids, merged_into__isnull=False).values_list("pk", flat=True))
    owner = family(pk for pk in ids if pk not in losers)
    found: dict[UUID, list[str]] = defaultdict(list)
    everyone = owner.keys() | losers
    rows = ActorName.objects.filter(actor__in=everyone).order_by("actor", "text", "id")
    for actor, text in rows.values_list("actor", "text"):
        for holder in {actor, owner.get(actor, actor)}:
            found[holder].append(text)
    merged = Actor.objects.filter(pk__in=owner.keys() - set(ids) | losers & owner.keys()).order_by("pk")
    for actor, name in merged.values_list("pk", "name"):
        found[owner[actor]].append(name)
    return found


def _listings(ids: list[UUID]) -> dict[UUID, list[EssListing]]:
    found: dict[UUID, list[EssListing]] = defaultdict(list)
    for entry in (
        EssListing.objects.filter(actor__in=ids).select_related("source").order_by("actor", "on", "id")
    ):
        found[entry.actor_id].append(entry)
    return found


def _entries(ids: list[UUID]) -> Iterator[index.NewEntry]:
    """Yield what to find actors by; a pole is put in the index by its own room."""
    rows: Any = Actor.objects.filter(pk__in=ids, subject__kind=Subject.Kind.ACTOR).order_by("pk")
    for actor in rows.select_related("subject", "zone"):
        yield index.NewEntry(
            actor.subject,
            title=actor.name,
            path=f"/acteurs/{actor.pk}/",
            public=actor.subject.public and actor.subject.closed_at is None,
            detail=_detail(actor),
            words=actor.words.split(),
        )


def _detail(actor: Actor) -> str:
    known = actor.legal_nature != LegalNature.UNKNOWN
    with override("fr"):
        nature = str(actor.get_legal_nature_display()) if known else ""
    return " · ".join(filter(None, [nature, actor.zone.name if actor.zone else ""]))
