"""What happens to an actor: it is described, renamed, changes, takes a function, joins a network, is listed.

Every verb is one transaction with its event. Events hold identifiers, never names: an actor may be a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict, TypeVar, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors import identifiers
from terreau.actors.models import Actor, ActorFunction, ActorName, Affiliation, EssListing
from terreau.actors.projection import project
from terreau.actors.tables import functions as known_functions
from terreau.common.busy import settled
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.stale import three_way
from terreau.common.text import sort_key
from terreau.journal import subjects as journal_subjects
from terreau.journal.actions import record
from terreau.pieces.models import Source
from terreau.subjects import actions as subjects
from terreau.subjects.models import MergeRecord, Subject
from terreau.territories.models import Zone

_TRIES = 5
_Row = TypeVar("_Row", bound=models.Model)


class Identity(TypedDict, total=False):
    """What an actor is. Numbers may be typed with spaces; empty means unknown."""

    key: str | None
    legal_nature: str
    legal_category: str
    siren: str
    siret: str
    rna: str
    naf: str
    naf_version: str
    size_class: str
    ess_declared: str
    zone: Zone | None
    zone_note: str


@dataclass(frozen=True, slots=True)
class NewName:
    """Another name of an actor; ``kind`` is one of ``ActorName.Kind``."""

    text: str
    kind: str = ActorName.Kind.SPELLING
    valid_from: date | None = None
    valid_to: date | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class NewFunction:
    """A function of an actor, with its dates when they are known."""

    function: str
    valid_from: date | None = None
    valid_to: date | None = None
    source: Source | None = None


@transaction.atomic
def create_actor(  # noqa: PLR0913 (keyword-only: each is a part of the description)
    name: str,
    *,
    source: Source | None,
    public: bool,
    by: User | None = None,
    functions: Iterable[str | NewFunction] = (),
    names: Iterable[NewName] = (),
    kind: str = Subject.Kind.ACTOR,
    journalled: bool = True,
    **identity: Unpack[Identity],
) -> Actor:
    """Describe a new actor. ``kind`` is ``pole`` for the actor that a pole is.

    ``journalled=False`` is for an import that writes one event for its whole batch. Raises
    ``DomainError`` for a wrong number, an unknown code, or a key that is taken.
    """
    values = checked_identity(identity)
    subject = subjects.create(kind, public=public)
    actor = Actor(subject=subject, name=_name(name), source=source, **values)
    actor.sort_key = sort_key(actor.name)[:250]
    _save(actor)
    for new_name in names:
        _add_name(actor, new_name)
    for function in functions:
        _add_function(actor, NewFunction(function, source=source) if isinstance(function, str) else function)
    return _finish(actor, "actor.created", by=by, data=None, write_event=journalled)


@transaction.atomic
def rename(actor: Actor, name: str, *, on: date, by: User | None, source: Source | None = None) -> Actor:
    """Give an actor a new name from a day on; the old one stays among its names, until that day.

    Refused (409) when somebody else renamed the actor since it was read.
    """
    new = _name(name)
    if new == actor.name:
        raise DomainError("same_name", _("C'est déjà son nom."), facts={"name": new})
    _merge(actor, {"name": actor.name}, {"name": new})
    held = ActorName.objects.filter(actor=actor, kind=ActorName.Kind.OFFICIAL, valid_to=None)
    if held.filter(valid_from__gte=on).exists():
        message = _("Le nom actuel est plus récent que cette date.")
        raise DomainError("name_before", message, facts={"field": "on", "on": on.isoformat()})
    if not held.update(kind=ActorName.Kind.FORMER, valid_to=on):
        _add_name(actor, NewName(actor.name, ActorName.Kind.FORMER, None, on, actor.source))
    row = _add_name(actor, NewName(new, ActorName.Kind.OFFICIAL, on, None, source))
    return _finish(actor, "actor.renamed", by=by, data={"name": row.pk, "on": on.isoformat()})


@transaction.atomic
def change(actor: Actor, *, mine: Identity, by: User | None, base: Identity | None = None) -> Actor:
    """Change what an actor is: ``mine`` is what the person wants, ``base`` what they saw.

    ``base`` is the actor as it was read when left out. Fields that somebody else changed meanwhile are
    kept; the same field changed differently by both raises ``StaleWriteError`` with the three values.
    """
    wanted = checked_identity(mine)
    seen = {field: getattr(actor, field) for field in wanted} | dict(base or {})
    changed = _merge(actor, {field: seen[field] for field in wanted}, wanted)
    if not changed:
        return Actor.objects.get(pk=actor.pk)
    return _finish(actor, "actor.changed", by=by, data={"fields": changed})


@transaction.atomic
def add_name(actor: Actor, new: NewName, *, by: User | None) -> ActorName:
    """Add a name or a spelling, with where it was met."""
    row = _add_name(actor, new)
    _finish(actor, "actor.name_added", by=by, data={"name": row.pk, "kind": row.kind})
    return row


@transaction.atomic
def add_function(actor: Actor, new: str | NewFunction, *, by: User | None) -> ActorFunction:
    """Add a function, one of the vocabulary; refused when it is held already on some of those days."""
    row = _add_function(actor, NewFunction(new) if isinstance(new, str) else new)
    _finish(actor, "actor.function_added", by=by, data={"function": row.function})
    return row


@transaction.atomic
def end_function(row: ActorFunction, *, on: date, by: User | None) -> ActorFunction:
    """Say that a function is held until a day, that day excluded; refused when it has ended already."""
    _end(row, on)
    _finish(row.actor, "actor.function_ended", by=by, data={"function": row.function, "on": on.isoformat()})
    return row


@transaction.atomic
def affiliate(
    member: Actor, network: Actor, *, by: User | None, journalled: bool = True, **more: Any
) -> Affiliation:
    """Say that an actor belongs to a network (R-09), itself an actor.

    ``more``: ``valid_from``, ``valid_to``, ``observed_on``, ``note``, ``source`` of ``Affiliation``.
    """
    row = Affiliation(member=member, network=network, **more)
    _save(row)
    if journalled:
        record(member.subject, "actor.affiliated", by=by, data={"network": network.pk.hex, "row": row.pk})
    return row


@transaction.atomic
def leave(row: Affiliation, *, on: date, by: User | None) -> Affiliation:
    """Say that an actor left a network on a day; refused when it has left already."""
    _end(row, on)
    data = {"network": row.network_id.hex, "row": row.pk, "on": on.isoformat()}
    record(row.member.subject, "actor.left_network", by=by, data=data)
    return row


@transaction.atomic
def list_ess(actor: Actor, *, listed: bool, on: date, source: Source, by: User | None) -> EssListing:
    """Say what an official list says of an actor on a day; the verdict follows (facts-poles §1.2)."""
    row = EssListing(actor=actor, listed=listed, on=on, source=source)
    _save(row)
    data = {"listed": listed, "on": on.isoformat(), "source": source.pk.hex}
    _finish(actor, "actor.ess_listed", by=by, data=data)
    return row


@transaction.atomic
def close_actor(actor: Actor, *, by: User | None, reason: str) -> Actor:
    """Close an actor: its page stays readable, lists and search leave it out."""
    journal_subjects.close(actor.subject, by=by, reason=reason)
    project([actor.pk])
    actor.refresh_from_db()
    return actor


@transaction.atomic
def merge_actors(loser: Actor, winner: Actor, *, by: User | None, reason: str) -> MergeRecord:
    """Say that two actors are one: the winner is found by the names of both, the loser leads to it."""
    merged = journal_subjects.merge(loser.subject, winner.subject, by=by, reason=reason)
    project([loser.pk, winner.pk])
    return merged


@transaction.atomic
def unmerge_actors(merged: MergeRecord, *, by: User | None, reason: str) -> MergeRecord:
    """Undo a merge of actors: each is found by its own names again."""
    undone = journal_subjects.unmerge(merged, by=by, reason=reason)
    project([undone.loser_id, undone.winner_id])
    return undone


def checked_identity(given: Identity) -> dict[str, Any]:
    """Return the fields with numbers and codes checked and normalised; a SIRET gives its SIREN.

    Raises ``DomainError`` at the first field that is wrong, with ``facts["field"]``.
    """
    values: dict[str, Any] = dict(given)
    for field, check in _CHECKS.items():
        if values.get(field):
            values[field] = _check(field, check, values[field])
    if values.get("naf"):
        version = values.get("naf_version") or "rev2"
        values["naf"] = _check("naf", lambda typed: identifiers.check_naf(typed, version), values["naf"])
        values["naf_version"] = version
    if values.get("siret"):
        values["siren"] = _siren_of(values)
    return values


_CHECKS = {
    "siren": identifiers.check_siren,
    "siret": identifiers.check_siret,
    "rna": identifiers.check_rna,
    "legal_category": identifiers.check_legal_category,
    "size_class": identifiers.check_size_class,
}


def _check(field: str, check: Any, typed: str) -> str:
    try:
        return str(check(typed))
    except DomainError as error:
        error.facts["field"] = field
        raise


def _siren_of(values: Mapping[str, Any]) -> str:
    siren = str(values["siret"])[:9]
    if values.get("siren") and values["siren"] != siren:
        message = _("Le SIRET %(siret)s n'est pas celui d'un établissement du SIREN %(siren)s.")
        facts = {"field": "siret", "siret": values["siret"], "siren": values["siren"]}
        raise DomainError("siret_of_another", message % facts, facts=facts)
    return siren


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name or len(name) > 250:
        message = _("Un acteur a un nom, de 250 caractères au plus.")
        raise DomainError("name_length", message, facts={"field": "name", "length": len(name)})
    return name


def _add_name(actor: Actor, new: NewName) -> ActorName:
    row = ActorName(actor=actor, text=_name(new.text), kind=new.kind, source=new.source)
    row.valid_from, row.valid_to = new.valid_from, new.valid_to
    return _save(row)


def _add_function(actor: Actor, new: NewFunction) -> ActorFunction:
    if new.function not in known_functions():
        known = list(known_functions())
        message = _("Fonction inconnue : %(function)s. Valeurs possibles : %(known)s.")
        values = {"function": new.function, "known": ", ".join(known)}
        raise DomainError("function_unknown", message % values, facts={"field": "functions", "known": known})
    row = ActorFunction(actor=actor, function=new.function, source=new.source)
    row.valid_from, row.valid_to = new.valid_from, new.valid_to
    return _save(row)


def _end(row: ActorFunction | Affiliation, on: date) -> None:
    """Close an open period, once: of two people who end it one is told that it has ended."""
    row.valid_to = on
    _clean(row)
    if not type(row)._default_manager.filter(pk=row.pk, valid_to=None).update(valid_to=on):
        raise DomainError("already_ended", _("Une fin est déjà enregistrée."), status=409)


def _save(row: _Row) -> _Row:
    """Insert a row after its own checks; what the database alone can see is refused alike."""
    _clean(row)
    try:
        settled(lambda: row.save(force_insert=True))
    except IntegrityError as error:
        raise _refused(row, {"__all__": [str(error)]}) from error
    return row


def _clean(row: models.Model) -> None:
    try:
        row.clean_fields(exclude=_in_hand(row))
        row.validate_unique()
        row.validate_constraints()
    except ValidationError as error:
        raise _refused(row, error.message_dict) from error


def _in_hand(row: models.Model) -> set[str]:
    """Return the foreign keys: they come from rows in hand, known to exist without a query."""
    return {field.name for field in row._meta.concrete_fields if field.is_relation}


def _refused(row: models.Model, problems: Mapping[str, list[str]]) -> DomainError:
    sentences = " ".join(sentence for found in problems.values() for sentence in found)
    return DomainError(f"bad_{row._meta.model_name}", sentences, facts={"problems": dict(problems)})


def _merge(actor: Actor, base: Mapping[str, Any], mine: Mapping[str, Any]) -> list[str]:
    """Write what ``mine`` changes of ``base`` on the row as it is now; return the fields written.

    The update is conditional on the version: whoever writes in between is merged with, then tried again.
    """
    for _attempt in range(_TRIES):
        now = Actor.objects.get(pk=actor.pk)
        merge = three_way(base, {field: getattr(now, field) for field in mine}, mine)
        if merge.conflicts:
            raise _stale(merge.conflicts)
        row = Actor.objects.filter(pk=now.pk, version=now.version)
        if not merge.changes or row.update(**merge.changes, version=now.version + 1):
            return sorted(merge.changes)
    raise _stale({})


def _stale(conflicts: Mapping[str, Any]) -> StaleWriteError:
    shown = {
        field: {side: str(value or "") for side, value in sides.items()} for field, sides in conflicts.items()
    }
    message = _("Une autre personne a modifié cette fiche entre-temps. Choisissez la valeur à garder.")
    return StaleWriteError("stale_actor", message, facts={"conflicts": shown})


def _finish(
    actor: Actor, verb: str, *, by: User | None, data: dict[str, Any] | None, write_event: bool = True
) -> Actor:
    project([actor.pk])
    actor.refresh_from_db()
    if write_event:
        record(actor.subject, verb, by=by, data=data)
    return actor


__all__ = [
    "Identity",
    "NewFunction",
    "NewName",
    "add_function",
    "add_name",
    "affiliate",
    "change",
    "checked_identity",
    "close_actor",
    "create_actor",
    "end_function",
    "leave",
    "list_ess",
    "merge_actors",
    "rename",
    "unmerge_actors",
]
