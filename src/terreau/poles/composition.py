"""Who and what makes a pole: members, carriers, places, sentences. Rows are never deleted.

An end says until when it was true; striking out says that it never was. Both stay readable in the history.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.common.text import slug as slug_of
from terreau.facts.models import Status
from terreau.journal.actions import record
from terreau.pieces.actions import declaration
from terreau.pieces.models import Source
from terreau.poles import listing
from terreau.poles.models import Carrier, Membership, PlaceLink, Pole, Statement
from terreau.poles.qualification import insert, reason_of
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from terreau.territories.models import Place, Zone

Row = Carrier | Membership | PlaceLink | Statement
R = TypeVar("R", Carrier, Membership, PlaceLink, Statement)
#: Noun of the events of each row.
NOUNS: dict[type[models.Model], str] = {
    Carrier: "carrier",
    Membership: "member",
    PlaceLink: "place",
    Statement: "statement",
}


@transaction.atomic
def add_member(  # noqa: PLR0913 - keyword-only: a membership is described by this many independent facts
    pole: Pole,
    actor: Actor,
    *,
    by: User | None,
    role: str = Membership.Role.MEMBER,
    circle: str = "",
    since: PartialDate | None = None,
    note: str = "",
    source: Source | None = None,
    status: str = Status.DECLARED,
) -> Membership:
    """Say that an actor is in the pole, since a day when it is known. Refused when it has that role then."""
    _not_itself(pole, actor)
    row = Membership(
        pole=pole,
        actor=actor,
        role=role,
        circle=circle,
        valid_from=since.first if since else None,
        from_precision=since.precision if since else "",
        note=note.strip()[:300],
    )
    data = {"actor": actor.pk.hex, "role": role, "circle": circle, "on": since.iso() if since else ""}
    return _added(row, data, source, status, by=by)


@transaction.atomic
def change_member(  # noqa: PLR0913 - keyword-only, as above
    row: Membership,
    *,
    on: date,
    by: User | None,
    role: str | None = None,
    circle: str | None = None,
    source: Source | None = None,
    status: str = Status.DECLARED,
) -> Membership:
    """Give a member another role or circle from a day on: what it was ends on that day, and stays."""
    wanted = (row.role if role is None else role, row.circle if circle is None else circle)
    if wanted == (row.role, row.circle):
        raise DomainError("same_membership", _("Rien ne change."), facts={"field": "role"})
    end(row, on=on, reason=_("changement de rôle ou de cercle"), by=by)
    since = PartialDate(on, "day")
    return add_member(
        row.pole,
        row.actor,
        by=by,
        role=wanted[0],
        circle=wanted[1],
        since=since,
        note=row.note,
        source=source,
        status=status,
    )


@transaction.atomic
def set_members(
    pole: Pole, actors: Iterable[Actor], *, on: date, by: User | None, source: Source | None = None
) -> tuple[int, int]:
    """Bring the members to these actors from a day on; return how many joined and how many left.

    Who stays keeps role, circle and dates; who leaves is ended on that day, whatever its role but funder.
    """
    wanted = {actor.pk: actor for actor in actors}
    held = Membership.objects.filter(pole=pole, valid_to=None).exclude(role=Membership.Role.FUNDER)
    rows = list(held.select_related("pole", "actor").order_by("pk"))
    leaving = [row for row in rows if row.actor_id not in wanted]
    joining = [actor for pk, actor in wanted.items() if pk not in {row.actor_id for row in rows}]
    for row in leaving:
        end(row, on=on, reason=_("absent de la liste des membres"), by=by)
    for actor in joining:
        add_member(pole, actor, by=by, since=PartialDate(on, "day"), source=source)
    return len(joining), len(leaving)


@transaction.atomic
def add_carrier(  # noqa: PLR0913 - keyword-only, as above
    pole: Pole,
    actor: Actor,
    *,
    by: User | None,
    since: date | None = None,
    source: Source | None = None,
    status: str = Status.DECLARED,
) -> Carrier:
    """Say which organisation carries the pole (R-31); another that carried it is ended apart."""
    _not_itself(pole, actor)
    row = Carrier(pole=pole, actor=actor, valid_from=since)
    return _added(row, {"actor": actor.pk.hex, "on": _iso(since)}, source, status, by=by)


@transaction.atomic
def add_place(  # noqa: PLR0913 - keyword-only, as above
    pole: Pole,
    name: str,
    *,
    by: User | None,
    zone: Zone | None,
    kind: str,
    note: str = "",
    source: Source | None = None,
    status: str = Status.DECLARED,
) -> PlaceLink:
    """Describe a place of the pole: its name, its nature (``Place.Kind``), the commune where it stands."""
    called = " ".join(name.split())
    if not called or len(called) > 200:
        raise DomainError("name_length", _("Un lieu a un nom, de 200 caractères au plus."))
    if kind not in Place.Kind.values:
        raise DomainError("unknown_kind", _("Cette nature de lieu n'existe pas."), facts={"field": "kind"})
    subject = subjects.create(Subject.Kind.PLACE, public=pole.actor.subject.public)
    place = Place(subject=subject, slug=_place_slug(called), name=called, kind=kind, zone=zone)
    place.zone_note = note.strip()[:300]
    insert(place)
    return _added(PlaceLink(pole=pole, place=place), {"place": subject.pk.hex}, source, status, by=by)


@transaction.atomic
def say(  # noqa: PLR0913 - keyword-only, as above
    pole: Pole,
    heading: str,
    text: str,
    *,
    by: User | None,
    english: str = "",
    source: Source | None = None,
    status: str = Status.DECLARED,
    replaces: Statement | None = None,
) -> Statement:
    """Write a sentence under one of the four headings (R-03); the one that it replaces is struck out."""
    words, other = text.strip(), english.strip()
    if heading not in Statement.Heading.values:
        raise DomainError("unknown_heading", _("Cette rubrique n'existe pas."), facts={"field": "heading"})
    if not words:
        raise DomainError("empty_text", _("Écrivez une phrase."), facts={"field": "text"})
    rank = replaces.rank if replaces else _next_rank(pole, heading)
    if replaces:
        strike(replaces, reason=_("phrase remplacée"), by=by)
    told = {"fr": words, **({"en": other} if other else {})}
    row = Statement(pole=pole, heading=heading, text=told, rank=rank)
    return _added(row, {"heading": heading, "text": told}, source, status, by=by)


@transaction.atomic
def end(row: Carrier | Membership, *, on: date, reason: str, by: User | None) -> None:
    """Say until when it was true, that day excluded; refused (409) when an end is recorded already."""
    why = reason_of(reason)
    if row.valid_from and on <= row.valid_from:
        message = _("La fin doit suivre le début : rayez plutôt la ligne si elle était fausse.")
        raise DomainError("end_before_start", message, facts={"field": "on"})
    subjects.lock(row.pole_id)
    ended = {"valid_to": on, "end_recorded_at": timezone.now()}
    if not type(row).objects.filter(pk=row.pk, valid_to=None).update(**ended):
        raise DomainError("already_ended", _("Une fin est déjà enregistrée."), status=409)
    data = {"actor": row.actor_id.hex, "on": on.isoformat()}
    _tell(row, "ended", {**data, "reason": why}, by=by)
    row.refresh_from_db()


@transaction.atomic
def strike(row: Row, *, reason: str, by: User | None) -> None:
    """Say that it was never true: it leaves the sheet and stays in the history, with the reason."""
    why = reason_of(reason)
    subjects.lock(row.pole_id)
    if not type(row).objects.filter(pk=row.pk).update(struck_at=timezone.now()):
        raise DomainError("already_struck", _("Cette ligne est déjà rayée."), status=409)
    _tell(row, "struck", {**_named(row), "reason": why}, by=by)
    row.struck_at = timezone.now()


def _added(row: R, data: dict[str, Any], source: Source | None, status: str, *, by: User | None) -> R:
    if status not in Status.values:
        raise DomainError("bad_status", _("Ce statut n'existe pas."), facts={"field": "status"})
    subjects.lock(row.pole_id)
    row.source = source or declaration(by, timezone.localdate())
    row.status = status
    insert(row)
    _tell(row, "added", {**data, "status": status, "source": row.source.pk.hex}, by=by)
    return row


def _tell(row: Row, verb: str, data: dict[str, Any], *, by: User | None) -> None:
    """Write the event and the line of the directory; the version of the pole says that it changed."""
    Pole.objects.filter(pk=row.pole_id).update(version=F("version") + 1)
    told = {key: value for key, value in data.items() if value not in ("", None)}
    record(row.pole.actor.subject, f"pole.{NOUNS[type(row)]}_{verb}", by=by, data={"row": row.pk, **told})
    listing.project([row.pole_id])


def _named(row: Row) -> dict[str, Any]:
    if isinstance(row, Statement):
        return {"heading": row.heading, "text": row.text}
    other: UUID = row.place.subject_id if isinstance(row, PlaceLink) else row.actor_id
    return {"place" if isinstance(row, PlaceLink) else "actor": other.hex}


def _not_itself(pole: Pole, actor: Actor) -> None:
    if actor.pk == pole.pk:
        raise DomainError("of_itself", _("Un pôle n'est pas membre de lui-même."), facts={"field": "actor"})


def _next_rank(pole: Pole, heading: str) -> int:
    last = Statement.every.filter(pole=pole, heading=heading).aggregate(last=models.Max("rank"))["last"]
    return 0 if last is None else int(last) + 1


def _place_slug(name: str) -> str:
    stem = slug_of(name, 60) or "lieu"
    taken = set(Place.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(
        slug
        for number in range(1, len(taken) + 2)
        if (slug := stem if number == 1 else f"{stem}-{number}") not in taken
    )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


__all__ = [
    "NOUNS",
    "add_carrier",
    "add_member",
    "add_place",
    "change_member",
    "end",
    "say",
    "set_members",
    "strike",
]
