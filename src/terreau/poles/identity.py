"""What identifies an actor, as a person writes it: columns of the actor, and facts that say on whose word.

Official registers write the columns too: where a fact says otherwise, the column is what is shown, and the
fact is history. A natural person has no such facts: what is written of persons stays in the columns, which
can be erased.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from terreau.actors import actions as actors
from terreau.actors.models import Actor, LegalNature
from terreau.actors.projection import project as project_actors
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.facts import read
from terreau.poles import listing
from terreau.territories.models import Level, Zone

NAME = "actor.name"
#: Facts, and the column that repeats each.
COLUMNS = {
    "actor.legal_nature": "legal_nature",
    "actor.siren": "siren",
    "actor.rna": "rna",
    "actor.commune": "zone_id",
    "actor.zone_note": "zone_note",
    "actor.ess_declared": "ess_declared",
}
CODES = frozenset({NAME, *COLUMNS})


def checked(code: str, typed: str) -> Any:
    """Return the value of the fact that a person typed; ``DomainError`` with the code as ``field``."""
    try:
        return _CHECKS.get(code, _plain)(code, typed)
    except DomainError as error:
        error.facts["field"] = code
        raise


def _plain(code: str, typed: str) -> str:
    return parsing.one_line(typed, 250)


def _number(code: str, typed: str) -> str:
    column = COLUMNS[code]
    return str(actors.checked_identity({column: typed})[column])  # type: ignore[misc]


def _commune(code: str, typed: str) -> str:
    return commune_of(typed).code


def _nature(code: str, typed: str) -> str:
    if typed not in LegalNature.values:
        raise DomainError("unknown_term", _("Cette nature juridique n'existe pas."))
    return typed


def _yes_no(code: str, typed: str) -> bool:
    return parsing.yes_no(typed)


_CHECKS = {
    "actor.siren": _number,
    "actor.rna": _number,
    "actor.commune": _commune,
    "actor.legal_nature": _nature,
    "actor.ess_declared": _yes_no,
}


def commune_of(typed: str) -> Zone:
    """Return a commune of this year by its code, or by its name when one alone has it."""
    words = " ".join(typed.split())
    communes = Zone.objects.filter(level=Level.COMMUNE, cog_year=settings.COG_YEAR)
    found = list(communes.filter(code=words.upper()[:9]).order_by("pk")[:1])
    found = found or list(communes.filter(name__iexact=words).order_by("pk")[:2])
    if len(found) != 1:
        message = (
            _("Aucune commune n'a ce code ni ce nom.")
            if not found
            else _("Plusieurs communes ont ce nom : écrivez le code.")
        )
        raise DomainError("unknown_commune", message, facts={"typed": words[:60]})
    return found[0]


def typed_of(actor: Actor, code: str) -> str:
    """Return what the column of a code holds, as a person would type it; empty when it holds nothing."""
    if code == NAME:
        return actor.name
    if code == "actor.commune":
        return actor.zone.code if actor.zone else ""
    value = str(getattr(actor, COLUMNS[code]))
    if code == "actor.ess_declared":
        return {"yes": "oui", "no": "non"}.get(value, "")
    return "" if value == LegalNature.UNKNOWN else value


def has_facts(actor: Actor) -> bool:
    """Say whether what identifies an actor may be facts: not for a natural person."""
    return actor.legal_nature != LegalNature.NATURAL_PERSON


def clear(actor: Actor, code: str) -> None:
    """Empty the column of a code, whose fact was withdrawn or never was."""
    blank = {"zone_id": None, "legal_nature": LegalNature.UNKNOWN}.get(COLUMNS[code], "")
    _write(actor.pk, {COLUMNS[code]: blank})


def write_column(actor: Actor, code: str, value: Any) -> None:
    """Write the column of a code from the value of its fact."""
    _write(actor.pk, {COLUMNS[code]: _column(code, value)})


def _column(code: str, value: Any) -> Any:
    if code == "actor.commune":
        return commune_of(str(value)).pk
    if code == "actor.ess_declared":
        return Actor.Declared.YES if value else Actor.Declared.NO
    return value


def _write(pk: UUID, columns: dict[str, Any]) -> None:
    if not Actor.objects.filter(pk=pk).exclude(**columns).update(**columns, version=F("version") + 1):
        return
    project_actors([pk])
    listing.project(listing.touched_by([pk]))


def provenance(actor: Actor, code: str, held: dict[str, read.FactView]) -> tuple[str, read.SourceView | None]:
    """Return the status and the source of a column: of its fact when it says the same, else of the actor."""
    fact = held.get(code)
    if fact is not None and _same(actor, code, fact):
        return fact.status, fact.source
    return ("declare", read.source_view(actor.source)) if actor.source else ("", None)


def _same(actor: Actor, code: str, fact: read.FactView) -> bool:
    value = {True: "oui", False: "non"}.get(fact.value) if isinstance(fact.value, bool) else fact.value
    return typed_of(actor, code) == str(value)


__all__ = [
    "CODES",
    "COLUMNS",
    "NAME",
    "checked",
    "clear",
    "commune_of",
    "has_facts",
    "provenance",
    "typed_of",
    "write_column",
]
