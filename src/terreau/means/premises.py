"""Premises: who occupies how much and when, what members look for, works to come (R-121)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.journal.actions import record
from terreau.means.models import Means, Occupation, SpaceNeed, Works
from terreau.poles.models import Pole


@dataclass(frozen=True, slots=True)
class Place:
    """Premises on a day, in square decimetres: their surface when known, who is there, what is free."""

    means: Means
    present: list[Occupation]
    occupied: int

    @property
    def free(self) -> int | None:
        """What nobody occupies; ``None`` when the surface is not known, never below zero."""
        return None if self.means.surface is None else max(0, self.means.surface - self.occupied)

    @property
    def over(self) -> int:
        """What is occupied beyond the surface: two share the same square metres, or one is wrong."""
        return max(0, self.occupied - self.means.surface) if self.means.surface is not None else 0


def places(pole: Pole, on: date) -> list[Place]:
    """Return the premises of a pole on a day: two queries."""
    shared = Means.objects.filter(Q(ended_on=None) | Q(ended_on__gte=on), pole=pole).filter(
        Q(kind=Means.Kind.PREMISES) | Q(occupations__isnull=False)
    )
    held = Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))
    by_means: defaultdict[UUID, list[Occupation]] = defaultdict(list)
    rows = Occupation.objects.filter(held, means__pole=pole).select_related("actor")
    for row in rows.order_by("-surface", "pk"):
        by_means[row.means_id].append(row)
    found = shared.select_related("owner").distinct().order_by("name", "pk")
    return [Place(one, by_means[one.pk], sum(row.surface for row in by_means[one.pk])) for one in found]


@dataclass(frozen=True, slots=True)
class Fit:
    """A need and the premises where it would fit today, the tightest first."""

    need: SpaceNeed
    fits: list[Place]


def matched(pole: Pole, there: Sequence[Place]) -> list[Fit]:
    """Return the needs that are not met yet, each with where it would fit."""
    rows = SpaceNeed.objects.filter(pole=pole, met_on=None).select_related("actor")
    return [
        Fit(need, sorted(_fitting(need, there), key=lambda place: place.free or 0))
        for need in rows.order_by("wanted_from", "pk")
    ]


def _fitting(need: SpaceNeed, there: Sequence[Place]) -> list[Place]:
    return [place for place in there if place.free is not None and place.free >= need.surface]


def occupy(  # noqa: PLR0913 - keyword-only: each is a part of an occupation
    means: Means, actor: Actor, *, surface: int, since: date, headcount: int | None = None, by: User
) -> Occupation:
    """Say that an actor occupies square decimetres from a day on; what it had before ends that day."""
    with transaction.atomic():
        before = Occupation.objects.filter(means=means, actor=actor, valid_to=None, valid_from__lt=since)
        before.update(valid_to=since)
        try:
            with transaction.atomic():
                row = Occupation.objects.create(
                    means=means, actor=actor, surface=surface, headcount=headcount, valid_from=since
                )
        except IntegrityError as error:
            words = _("Cette organisation occupe déjà ces locaux à ces dates.")
            raise DomainError("there_already", words, status=409, facts={"field": "since"}) from error
        data = {"actor": actor.pk.hex, "surface": surface, "since": since.isoformat()}
        record(means.subject, "premises.occupied", by=by, data=data)
    return row


def leave(occupation: Occupation, *, on: date, by: User) -> None:
    """Say until which day, included, an actor is there."""
    after = on + timedelta(days=1)
    rows = Occupation.objects.filter(pk=occupation.pk, valid_to=None, valid_from__lt=after)
    with transaction.atomic():
        if not rows.update(valid_to=after):
            words = _("Cette occupation a déjà une fin, ou commence après ce jour.")
            raise DomainError("left", words, status=409, facts={"field": "on"})
        data = {"actor": occupation.actor_id.hex, "on": on.isoformat()}
        record(occupation.means.subject, "premises.left", by=by, data=data)


def express(pole: Pole, actor: Actor, *, by: User, **values: Any) -> SpaceNeed:
    """Say what surface an actor looks for."""
    with transaction.atomic():
        row = SpaceNeed.objects.create(pole=pole, actor=actor, **values)
        data = {"need": row.pk, "actor": actor.pk.hex, "surface": row.surface}
        record(pole.actor.subject, "space_need.expressed", by=by, data=data)
    return row


def meet(need: SpaceNeed, *, on: date, by: User) -> None:
    """Say that a need is met, or no longer felt."""
    with transaction.atomic():
        rows = SpaceNeed.objects.filter(pk=need.pk, met_on=None)
        if not rows.update(met_on=on, version=F("version") + 1):
            raise DomainError("met", _("Ce besoin est déjà satisfait."), status=409)
        record(need.pole.actor.subject, "space_need.met", by=by, data={"need": need.pk})


def plan_works(means: Means, *, by: User, **values: Any) -> Works:
    """Add works to the calendar of premises."""
    with transaction.atomic():
        row = Works.objects.create(means=means, **values)
        record(means.subject, "works.planned", by=by, data={"works": row.pk})
    return row
