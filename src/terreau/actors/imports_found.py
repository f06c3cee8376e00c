"""What every list of organisations needs: who it speaks of, an actor born from a line, and its undoing."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import GlobalRole, User
from terreau.accounts.roles_held import roles_of
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.actors.projection import project
from terreau.common.errors import DomainError
from terreau.common.permissions import Permission
from terreau.imports.kinds import LEFT, REFUSED, Context, Outcome, Problem, Wrote
from terreau.journal.models import Event
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

_KEEPERS = frozenset({GlobalRole.Role.OFFICER.value, GlobalRole.Role.ADMINISTRATOR.value})


def may(user: User, _about: Subject | None) -> Permission:
    """Officers and administrators bring official lists: they speak of everybody."""
    today = timezone.localdate()
    if user.is_active and (user.is_superuser or roles_of(user, today) & _KEEPERS):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut un rôle d'instruction ou d'administration sur le site."))


def by_siren(sirens: Collection[str], *, lock: bool = False) -> dict[str, list[Actor]]:
    """Return the living actors of these SIREN, poles included; ``lock``: nobody changes them meanwhile."""
    rows = Actor.objects.filter(siren__in=set(sirens) - {""}).order_by("pk").select_related("subject")
    found: dict[str, list[Actor]] = defaultdict(list)
    actors = list(rows.filter(subject__closed_at=None, subject__merged_into=None))
    if lock and actors:
        subjects.lock(*(actor.pk for actor in actors))
    for actor in actors:
        found[actor.siren].append(actor)
    return found


def undecided(siren: str, actors: Sequence[Actor]) -> Outcome:
    """Refuse a line that speaks of several actors of the register: a person merges them first."""
    message = _("Plusieurs fiches du registre ont le SIREN %(siren)s : %(names)s. Fusionnez-les d'abord.")
    names = ", ".join(actor.name for actor in actors)
    problem = Problem("several_actors", message % {"siren": siren, "names": names}, "siren", siren)
    return Outcome(REFUSED, names[:250], problems=(problem,))


def unknown(label: str) -> Outcome:
    """Leave out a line that speaks of nobody of the register, when the person did not ask to add them."""
    return Outcome(LEFT, label)


def born(context: Context, name: str, *, public: bool = True, **identity: Any) -> tuple[Actor, Wrote]:
    """Describe the actor of a line, without an event of its own: the batch has one."""
    actor = create_actor(
        name, source=context.source, public=public, by=context.by, journalled=False, **identity
    )
    return actor, {"what": "actor", "pk": actor.pk.hex}


def take_back(wrote: Wrote) -> None:
    """Close an actor that a line had born; ``DomainError`` when anybody wrote on it or refers to it since.

    What else the line wrote on it is taken back before.
    """
    actor = Actor.objects.select_related("subject").get(pk=UUID(wrote["pk"]))
    subjects.lock(actor.pk)
    if Event.objects.filter(subject=actor.pk).exclude(verb="fact.withdrawn").exists():
        message = _("La fiche « %(name)s » a été modifiée depuis : elle reste.") % {"name": actor.name}
        raise DomainError("touched_since", message, status=409)
    if names := _used_by(actor):
        values = {"name": actor.name, "by": ", ".join(names)}
        message = _("La fiche « %(name)s » sert ailleurs (%(by)s) : elle reste.")
        raise DomainError("used_since", message % values, status=409)
    Subject.objects.filter(pk=actor.pk).update(public=False)
    subjects.close(actor.subject, by=None, reason=_("Import annulé."))


def _used_by(actor: Actor) -> list[str]:
    """Return what refers to an actor, whatever room it stands in; what was struck out or ended is no use."""
    relations: list[Any] = [*actor._meta.related_objects, *actor.subject._meta.related_objects]
    found = []
    for relation in relations:
        model = relation.related_model
        if model is Actor or model._meta.app_label in {"search", "journal"}:
            continue
        rows = model._default_manager.filter(**{relation.field.name: actor.pk})
        if any(field.name == "superseded_at" for field in model._meta.concrete_fields):
            rows = rows.filter(superseded_at=None)
        if rows.exists():
            found.append(str(model._meta.verbose_name))
    return found


def settle(rows: Sequence[list[Wrote]]) -> None:
    """Bring up to date the lines of the directory of every actor that a batch touched."""
    project({UUID(one["actor"] if "actor" in one else one["pk"]) for wrote in rows for one in wrote})
