"""The row of each entry and of each statement of the seeds: how it is made, corrected, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import actions as actors
from terreau.actors.models import Actor, ActorFunction, ActorName, Affiliation
from terreau.common.periods import PartialDate
from terreau.common.text import sort_key
from terreau.facts import actions as facts
from terreau.facts.models import Fact
from terreau.pieces.models import Source
from terreau.poles.models import (
    Carrier,
    Membership,
    Mention,
    PlaceLink,
    Pole,
    Recognition,
    SeedLine,
    StageMove,
    Statement,
)
from terreau.poles.seed_content import LAYER_OF, Entry, Line
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from terreau.territories import actions as territories
from terreau.territories import base
from terreau.territories.models import Perimeter, Place, Zone


@dataclass
class Made:
    """What the writers refer to: subjects by (kind, key), zones by ``level:code``, who loads."""

    subjects: dict[tuple[str, str], Subject]
    zones: dict[str, Zone]
    by: User | None = None

    def actor(self, key: str) -> Actor:
        """Return an actor of the files by its key (unsaved shell: only its key is used)."""
        return Actor(subject=self.subjects["actor", key])

    def zone(self, code: str | None) -> Zone | None:
        """Return a zone, None when no zone is given."""
        return self.zones[code] if code else None


# Rows of the entries


def _identity(entry: Entry, made: Made) -> actors.Identity:
    core = entry.core
    return {
        "key": entry.key,
        "legal_nature": core["legal_nature"],
        "legal_category": core["legal_category"],
        "ess_declared": core["ess_declared"],
        "siren": core["siren"],
        "zone": made.zone(core["zone"]),
        "zone_note": core["zone_note"].get("fr", "")[:300],
    }


def _create_actor(entry: Entry, source: Source | None, made: Made) -> Subject:
    name, identity = entry.core["name"], _identity(entry, made)
    return actors.create_actor(
        name, source=source, public=True, by=made.by, journalled=False, **identity
    ).subject


def _update_actor(entry: Entry, subject: Subject, made: Made) -> None:
    _rename(entry, subject)
    Actor.objects.filter(pk=subject.pk).update(**actors.checked_identity(_identity(entry, made)))


def _rename(entry: Entry, subject: Subject) -> None:
    """Correct the name as the files write it: a correction of the files is no change of name."""
    name = entry.core["name"]
    Actor.objects.filter(pk=subject.pk).update(
        name=name, sort_key=sort_key(name)[:250], version=models.F("version") + 1
    )


def _pole_columns(entry: Entry) -> dict[str, Any]:
    core = entry.core
    return {"kind": core["kind"], "summary": core["summary"], "register_status": core["register_status"]}


def _create_pole(entry: Entry, source: Source | None, made: Made) -> Subject:
    actor = actors.create_actor(
        entry.core["name"],
        kind=Subject.Kind.POLE,
        functions=["pole"],
        source=source,
        public=True,
        by=made.by,
        journalled=False,
    )
    Pole.objects.create(actor=actor, slug=entry.key, **_pole_columns(entry))
    return actor.subject


def _update_pole(entry: Entry, subject: Subject, made: Made) -> None:
    _rename(entry, subject)
    Pole.objects.filter(pk=subject.pk).update(**_pole_columns(entry), version=models.F("version") + 1)


def _place_columns(entry: Entry, made: Made) -> dict[str, Any]:
    core = entry.core
    note = core["zone_note"].get("fr", "")[:300]
    return {"name": core["name"], "kind": core["kind"], "zone": made.zone(core["zone"]), "zone_note": note}


def _create_place(entry: Entry, source: Source | None, made: Made) -> Subject:
    subject = subjects.create(Subject.Kind.PLACE, public=True)
    Place.objects.create(subject=subject, slug=entry.key, **_place_columns(entry, made))
    return subject


def _update_place(entry: Entry, subject: Subject, made: Made) -> None:
    Place.objects.filter(subject=subject).update(
        **_place_columns(entry, made), version=models.F("version") + 1
    )


CREATE: dict[str, Callable[[Entry, Source | None, Made], Subject]] = {
    "actor": _create_actor,
    "pole": _create_pole,
    "place": _create_place,
}
UPDATE: dict[str, Callable[[Entry, Subject, Made], None]] = {
    "actor": _update_actor,
    "pole": _update_pole,
    "place": _update_place,
}


# Rows of the statements


def write_facts(told: list[tuple[Subject, Line]], sources: dict[str, Source], made: Made) -> list[str]:
    """Record the facts of several subjects at once; return their primary keys in the same order."""
    new = [_new_fact(subject, line, sources) for subject, line in told]
    return [str(fact.pk) for fact in facts.record_many(new, by=made.by)]


def write(subject: Subject, line: Line, sources: dict[str, Source], made: Made) -> str:
    """Make the row of a statement that is no fact; return its primary key."""
    cited = [sources[text] for text in line.citations]
    return str(_WRITE[line.kind](subject, line.data, cited, made).pk)


def erase(lines: list[SeedLine], made: Made) -> None:
    """Take back statements: a fact is withdrawn and stays readable, another row is deleted."""
    for line in lines:
        if line.kind == "fact":
            fact = Fact.objects.filter(pk=line.row, superseded_at=None).first()
            if fact:
                facts.withdraw(fact, by=made.by, reason="no longer in the content files")
        else:
            _MODELS[line.kind]._default_manager.filter(pk=line.row).delete()


def _new_fact(subject: Subject, line: Line, sources: dict[str, Source]) -> facts.NewFact:
    data = line.data
    return facts.NewFact(
        subject=subject,
        code=data["code"],
        value=data["value"],
        source=sources[line.citations[0]],
        status=data["status"],
        on=_day(data.get("on")),
        valid_from=_day(data.get("from")),
        valid_to=_day(data.get("to")),
        unit=data.get("unit"),
        qualifier=data.get("qualifier", ""),
        note=data.get("note"),
    )


def _day(value: Any) -> PartialDate | None:
    return PartialDate.parse(value) if value is not None else None


def _dates(data: dict[str, Any]) -> dict[str, date | None]:
    """Return the half-open dates of a row: the end is the day after the last."""
    start, end = _day(data.get("from")), _day(data.get("to"))
    return {"valid_from": start.first if start else None, "valid_to": end.next if end else None}


def _note(data: dict[str, Any]) -> str:
    note = data.get("note") or ""
    return (note if isinstance(note, str) else str(note["fr"]))[:300]


def _sourced(row: Any, cited: list[Source]) -> models.Model:
    """Save a row with its first source and keep the others beside it."""
    row.source = cited[0]
    row.save(force_insert=True)
    if cited[1:]:
        row.other_sources.set(cited[1:])
    saved: models.Model = row
    return saved


def _name(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    actor = Actor(subject=subject)
    return ActorName.objects.create(
        actor=actor, text=data["text"], kind=data["kind"], source=cited[0], **_dates(data)
    )


def _function(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    source = cited[0] if cited else None
    return ActorFunction.objects.create(
        actor=Actor(subject=subject), function=data["function"], source=source
    )


def _affiliation(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    more = {"note": _note(data)[:200], "source": cited[0], **_dates(data)}
    member, network = Actor(subject=subject), made.actor(data["network"])
    return actors.affiliate(member, network, by=made.by, journalled=False, **more)


def _mention(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    return Mention.objects.create(subject=subject, source=cited[0])


def _pole(subject: Subject) -> Pole:
    return Pole(actor_id=subject.pk)


def _carrier(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    return _sourced(Carrier(pole=_pole(subject), actor=made.actor(data["actor"]), **_dates(data)), cited)


def _membership(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    start = _day(data.get("from"))
    row = Membership(
        pole=_pole(subject),
        actor=made.actor(data["actor"]),
        role=data["role"],
        circle=data.get("circle", ""),
        from_precision=start.precision if start else "",
        note=_note(data),
        **_dates(data),
    )
    return _sourced(row, cited)


def _recognition(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    day = _day(data.get("on", data.get("year")))
    row = Recognition(
        pole=_pole(subject),
        scheme=data["scheme"],
        phase=data.get("phase", ""),
        on=day.first if day else None,
        precision=day.precision if day else "year",
        body=made.actor(data["body"]) if data.get("body") else None,
        external=data["scheme"].startswith("label-externe"),
    )
    return _sourced(row, cited)


def _stage(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    """A stage that the file does not date is seen on the day of its source, to the same precision."""
    day = _day(data.get("on"))
    source = cited[0]
    row = StageMove(
        pole=_pole(subject),
        stage=data["value"],
        on=day.first if day else source.published_on or timezone.localdate(),
        precision=day.precision if day else source.published_precision,
        reason=_note(data),
    )
    return _sourced(row, cited)


def set_stages(poles: list[UUID]) -> None:
    """Bring the stage of poles to their last move, empty when they have none."""
    last = {
        move.pole_id: move.stage for move in StageMove.objects.filter(pole__in=poles).order_by("on", "pk")
    }
    for pole in Pole.objects.filter(pk__in=poles).order_by("pk"):
        if pole.stage != last.get(pole.pk, ""):
            Pole.objects.filter(pk=pole.pk).update(stage=last.get(pole.pk, ""))


def _statement(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    row = Statement(pole=_pole(subject), heading=data["heading"], rank=data["rank"], text=data["text"])
    return _sourced(row, cited)


def _place_link(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    place = Place.objects.get(subject=subject)
    pole = _pole(made.subjects["pole", data["pole"]])
    link: PlaceLink = PlaceLink.objects.create(pole=pole, place=place, source=cited[0] if cited else None)
    return link


def _communes(data: dict[str, Any]) -> list[str]:
    """Return the codes of the communes that a perimeter names, zones opened."""
    known = base.load(settings.COG_YEAR)
    codes = dict.fromkeys(data.get("communes", []))
    for zone in data.get("zones", []):
        level, code = zone.split(":", 1)
        members = [code] if level == "commune" else known.codes[known.layers[LAYER_OF[level]].members(code)]
        codes |= dict.fromkeys(str(member) for member in members)
    return list(codes)


def _parts(data: dict[str, Any]) -> list[territories.Part]:
    """A part of one commune that is named alone is in that commune, and never the whole of it (R-147)."""
    infra, communes = data.get("infra"), data.get("communes", [])
    if not infra:
        return []
    alone = communes[0] if len(communes) == 1 and not data.get("zones") else ""
    commune = infra.get("commune", alone)
    return [territories.Part(infra["kind"], infra["label"], commune, infra.get("code", ""))]


def _perimeter(subject: Subject, data: dict[str, Any], cited: list[Source], made: Made) -> models.Model:
    """A perimeter; one that its source only names, without any commune, keeps its label alone."""
    common: dict[str, Any] = {
        "kind": Perimeter.Kind.COOPERATION,
        "label": data["label"],
        "cog_year": settings.COG_YEAR,
        "approximate": data["approximate"],
        "source": cited[0],
        "note": data.get("note") or {},
        **_dates(data),
    }
    codes, parts = _communes(data), _parts(data)
    if not codes and not any(part.commune for part in parts):
        return Perimeter.objects.create(subject=subject, **common)
    return territories.set_perimeter(subject, codes=codes, parts=parts, **common)


Write = Callable[[Subject, dict[str, Any], list[Source], Made], models.Model]
_WRITE: dict[str, Write] = {
    "name": _name,
    "function": _function,
    "affiliation": _affiliation,
    "mention": _mention,
    "carrier": _carrier,
    "membership": _membership,
    "recognition": _recognition,
    "stage": _stage,
    "statement": _statement,
    "place_link": _place_link,
    "perimeter": _perimeter,
}
_MODELS: dict[str, type[models.Model]] = {
    "name": ActorName,
    "function": ActorFunction,
    "affiliation": Affiliation,
    "mention": Mention,
    "carrier": Carrier,
    "membership": Membership,
    "recognition": Recognition,
    "stage": StageMove,
    "statement": Statement,
    "place_link": PlaceLink,
    "perimeter": Perimeter,
}
