"""The shape of each content file of the seeds: closed lists of keys, as `CONTRIBUTING.md` describes them."""

from __future__ import annotations

from typing import Any

from terreau.actors.models import ActorName, LegalNature
from terreau.common.content import Section
from terreau.facts.models import Qualifier
from terreau.facts.rules import STATUS_WORDS
from terreau.poles.models import Membership, Pole, RegisterStatus, Stage, Statement
from terreau.poles.seed_files import (
    Report,
    Shape,
    anything,
    day,
    either,
    flag,
    integer,
    many,
    mapping,
    one_of,
    slug,
    table,
    text,
    texts,
    yes_or_no,
)
from terreau.territories.models import PerimeterPart, Place

#: Kinds of infra-communal part as the files write them; « place » is a site.
PARTS = {**{kind: kind for kind in PerimeterPart.Kind.values}, "place": "site"}

_SOURCED: dict[str, Shape] = {"source": text, "sources": many(text)}


def _sourced(required: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    """Return the shape of a statement: `mapping`, with ``source`` or ``sources``."""
    inner = mapping(required, {**(optional or {}), **_SOURCED})

    def shape(value: Any, section: Section, key: str, report: Report) -> None:
        inner(value, section, key, report)
        if isinstance(value, Section) and ("source" in value) == ("sources" in value):
            report.add(value, "", f"{key}: give “source” or “sources”, one of them")

    return shape


_NAME = _sourced({"text": text, "kind": one_of(*ActorName.Kind.values)}, {"from": day, "to": day})
_FACT = _sourced(
    {"code": text, "value": anything},
    {
        "unit": text,
        "qualifier": one_of(*filter(None, Qualifier.values)),
        "on": day,
        "from": day,
        "to": day,
        "status": one_of(*STATUS_WORDS),
        "note": texts,
    },
)
_ZONE = _sourced({"code": text}, {"note": texts})
_SIREN = _sourced({"value": text})
_AFFILIATION = _sourced({"network": slug}, {"from": day, "to": day, "note": texts})
_STAGE = _sourced({"value": one_of(*Stage.values)}, {"on": day, "note": texts})
_RECOGNITION = _sourced(
    {"scheme": text}, {"year": integer, "on": day, "phase": text, "body": slug, "note": texts}
)
_CARRIER = _sourced({"actor": slug}, {"from": day, "to": day, "note": texts})
_MEMBER = _sourced(
    {"actor": slug, "role": one_of(*Membership.Role.values)},
    {"circle": one_of("core", "partner", "stakeholder"), "from": day, "to": day, "note": either(text, texts)},
)
_PART = mapping({"kind": one_of(*PARTS), "label": text}, {"commune": text, "code": text})
_PERIMETER = _sourced(
    {"label": text},
    {
        "zones": many(text),
        "communes": many(text),
        "approximate": flag,
        "infra": _PART,
        "from": day,
        "to": day,
        "note": texts,
    },
)
_STATEMENT = _sourced({"fr": text, "en": text})

_IDENTITY: dict[str, Shape] = {
    "number": integer,
    "numbers": many(integer),
    "names": many(_NAME),
    "facts": many(_FACT),
    "sources": many(text),
}
_ACTOR = mapping(
    {"key": slug, "name": text, "nature": one_of(*LegalNature.values)},
    {
        **_IDENTITY,
        "functions": many(text),
        "legal_category": text,
        "ess_declared": yes_or_no,
        "siren": _SIREN,
        "zone": _ZONE,
        "affiliations": many(_AFFILIATION),
    },
)
_PLACE = mapping(
    {"key": slug, "name": text, "kind": one_of(*Place.Kind.values)},
    {**_IDENTITY, "zone": _ZONE, "pole": either(slug, _sourced({"key": slug}))},
)
_POLE = mapping(
    {"key": slug, "name": text, "kind": one_of(*Pole.Kind.values)},
    {
        **_IDENTITY,
        "summary": texts,
        "register_status": one_of(*RegisterStatus.values),
        "structuration": _sourced({"value": text}, {"note": texts, "status": one_of(*STATUS_WORDS)}),
        "stage": many(_STAGE),
        "recognitions": many(_RECOGNITION),
        "carriers": many(_CARRIER),
        "members": many(_MEMBER),
        "perimeter": _PERIMETER,
        "texts": mapping({}, {heading: many(_STATEMENT) for heading in Statement.Heading.values}),
    },
)
_NATIONAL = mapping({"subject": text, "facts": many(_FACT)})
_DOCUMENT = mapping({"file": text, "title": texts}, {"author": text, "date": day, "note": texts, "url": text})
_PAGE = mapping(
    {"label": text},
    {"url": text, "mark": one_of("S", "S?", "M"), "note": texts, "date": day, "consulted": day},
)

ACTOR_FILES = ("networks", "organisations", "authorities", "working-groups", "rtes", "signatories")
#: File by file, its shape. A file that is absent is an empty one.
FILES: dict[str, Shape] = {
    "sources": mapping({"documents": table(_DOCUMENT), "pages": table(_PAGE)}),
    **{name: many(_ACTOR) for name in ACTOR_FILES},
    "places": many(_PLACE),
    "poles": many(_POLE),
    "national": many(_NATIONAL),
}
