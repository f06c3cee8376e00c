"""What a resident finds around a commune: what can be got, bought, learnt, invested in, proposed, and where.

What somebody says of an offer comes first (facts ``offer.*``); failing that, what the functions of an actor
mean for a resident (``content/near.yaml``). Nothing is ranked but by distance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from uuid import UUID

import numpy as np
from django.db.models import Q
from django.utils import timezone

from terreau.actors.models import Actor, ActorFunction
from terreau.common.content import ContentError, read_content
from terreau.facts import catalogue, read
from terreau.facts.models import CurrentFact
from terreau.poles.models import Pole
from terreau.sheets.communes import Communes, NearPole, PoleInZone, chunks, kilometres_to, nearest_poles
from terreau.sheets.facts import FactLine, language, lines
from terreau.territories import base
from terreau.territories.models import Level, Place, Zone

VERBS = ("get", "buy", "learn", "invest", "propose")
#: Kilometres that may be asked for; the first is taken when nothing is said.
RADII = (15, 5, 30, 50)
CONTACTS = ("contact.role", "contact.phone", "contact.email", "contact.address", "contact.hours")
OFFERS = tuple(f"offer.{verb}" for verb in VERBS)
_MOST, _BATCH = 60, 500
_CONTENT = Path(__file__).parent / "content" / "near.yaml"


@dataclass(frozen=True)
class Offer:
    """Something that a pole, an actor or a place offers; ``said`` are its own words, each with its source.

    ``means`` are the functions that speak for it when it says nothing. ``path`` is empty without a page.
    """

    subject: UUID
    name: str
    path: str
    where: str
    kilometres: float
    fictional: bool = False
    said: tuple[FactLine, ...] = ()
    means: tuple[str, ...] = ()
    contacts: Mapping[str, FactLine] = field(default_factory=dict)


@dataclass(frozen=True)
class Nearby:
    """What is around a commune, by verb; ``poles`` touch it, ``nearest`` are the poles when none does."""

    zone: Zone
    radius: int
    offers: Mapping[str, list[Offer]]
    poles: list[PoleInZone]
    nearest: list[NearPole]

    def __bool__(self) -> bool:
        return any(self.offers.values())


@cache
def verbs_of_functions() -> Mapping[str, str]:
    """Return what each function of an actor offers to a resident; refuses an unknown verb or function."""
    content = read_content(_CONTENT)
    content.expect(["source", "verbs"])
    known = catalogue.vocabulary("actor_function").terms
    found: dict[str, str] = {}
    for verb, functions in content["verbs"].items():
        for function in functions:
            if verb not in VERBS or function not in known:
                raise ContentError(f"{_CONTENT}: unknown verb or function: {verb}, {function}")
            found[function] = verb
    return found


def around(zone: Zone, radius: int = RADII[0]) -> Nearby:
    """Return what is at most ``radius`` kilometres from a commune, as the crow flies between town halls."""
    communes = base.load(zone.cog_year)
    here = Communes(communes.ids([zone.code]), zone.cog_year, zone)
    near = distances(communes, zone, radius)
    found = [*_poles(here.poles), *_actors(near), *_places(near)]
    known = _known([one.subject for one in found])
    offers: dict[str, list[Offer]] = {verb: [] for verb in VERBS}
    for one in sorted(found, key=lambda one: (one.kilometres, one.name)):
        for verb, offer in _offered(one, known[one.subject]):
            if len(offers[verb]) < _MOST:
                offers[verb].append(offer)
    nearest = nearest_poles(here.center) if not here.poles and here.center else []
    return Nearby(zone, radius, offers, here.poles, nearest)


def distances(communes: base.Base, zone: Zone, radius: int) -> dict[str, float]:
    """Return the communes at most ``radius`` kilometres from one, itself included, and how far each is."""
    here = communes.index[zone.code]
    far = kilometres_to((communes.lon[here], communes.lat[here]), communes.lon, communes.lat)
    far[here] = 0.0
    return {str(communes.codes[i]): float(far[i]) for i in np.flatnonzero(far <= radius)}


def _poles(touching: Iterable[PoleInZone]) -> list[Offer]:
    rows = [pole for pole in touching if pole.sure]
    ids = dict(Pole.objects.filter(slug__in=[pole.slug for pole in rows]).values_list("slug", "pk"))
    return [
        Offer(ids[pole.slug], pole.name, f"/poles/{pole.slug}/", pole.label, 0.0, pole.fictional)
        for pole in rows
        if pole.slug in ids
    ]


def _actors(near: Mapping[str, float]) -> list[Offer]:
    """Public actors placed there that say an offer, or have a function that is one."""
    speak = CurrentFact.objects.filter(code__in=OFFERS).values("subject")
    act = ActorFunction.objects.filter(function__in=verbs_of_functions(), valid_to=None).values("actor")
    found = []
    for codes in chunks(list(near)):
        rows = Actor.objects.filter(
            Q(pk__in=speak) | Q(pk__in=act),
            zone__level=Level.COMMUNE,
            zone__code__in=codes,
            subject__public=True,
            subject__merged_into=None,
            subject__closed_at=None,
        ).exclude(subject__kind="pole")
        for pk, name, code, town in rows.order_by("pk").values_list("pk", "name", "zone__code", "zone__name"):
            found.append(Offer(pk, name, f"/acteurs/{pk}/", town, near[code]))
    return found


def _places(near: Mapping[str, float]) -> list[Offer]:
    """Places there of which an offer is said."""
    speak = CurrentFact.objects.filter(code__in=OFFERS).values("subject")
    rows = Place.objects.filter(subject__in=speak, subject__public=True, zone__level=Level.COMMUNE)
    columns = ("subject", "name", "zone__code", "zone__name")
    return [
        Offer(pk, name, "", town, near[code])
        for pk, name, code, town in rows.order_by("pk").values_list(*columns)
        if code in near
    ]


@dataclass
class _Known:
    """What is held of one: its facts, and (verb, label) of its functions."""

    facts: list[read.FactView] = field(default_factory=list)
    functions: list[tuple[str, str]] = field(default_factory=list)


def _known(subjects: list[UUID]) -> dict[UUID, _Known]:
    """Read contacts, offers and functions by batches."""
    found: dict[UUID, _Known] = defaultdict(_Known)
    living = Q(valid_to=None) | Q(valid_to__gt=timezone.localdate())
    words = catalogue.vocabulary("actor_function")
    for start in range(0, len(subjects), _BATCH):
        part = subjects[start : start + _BATCH]
        for view in read.facts_of(part, lang=language(), codes=[*CONTACTS, *OFFERS]):
            found[view.subject].facts.append(view)
        rows = ActorFunction.objects.filter(living, actor__in=part, function__in=verbs_of_functions())
        for actor, function in rows.order_by("actor", "function").values_list("actor", "function"):
            label = words.label(function, language())
            found[actor].functions.append((verbs_of_functions()[function], label))
    return found


def _offered(one: Offer, known: _Known) -> Iterable[tuple[str, Offer]]:
    """Yield what one offers by verb: its own words, else what its functions mean."""
    facts = lines(known.facts)
    contacts = {fact.code.removeprefix("contact."): fact for fact in facts if fact.code in CONTACTS}
    for verb in VERBS:
        said = tuple(fact for fact in facts if fact.code == f"offer.{verb}")
        means = tuple(label for meant, label in known.functions if meant == verb)
        if said or means:
            yield verb, replace(one, said=said, means=() if said else means, contacts=contacts)
