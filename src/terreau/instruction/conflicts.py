"""Who cannot be neutral about a file: what people declare, and what the register knows of them (R-85).

Deduced from the register: the person belongs to the applicant, to its pole, to one of the pole's members or
its carrier; they are of the team of the file; the sponsor for whom they speak is the applicant. Whoever is in
conflict neither lists, opens, reads, scores nor takes away the file, whatever their role in the call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.calls.models import Call, Role
from terreau.calls.perms import Standing
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.common.permissions import Permission
from terreau.common.together import ask
from terreau.dossiers.models import Dossier, Writer
from terreau.instruction import progress
from terreau.instruction.models import Appraisal, Assignment, Conflict
from terreau.journal.actions import record
from terreau.poles.models import Carrier, Membership
from terreau.subjects.models import Subject

DECLARED, TEAM, APPLICANT, POLE, MEMBER, SPONSOR = (
    *("declared", "team", "applicant"),
    *("pole", "member", "sponsor"),
)
Pairs = Mapping[tuple[UUID, UUID], str]
#: In the pole without being of it: who funds it already, who is concerned by it. They may instruct.
_BESIDE = (Membership.Role.FUNDER, Membership.Role.STAKEHOLDER)


def said(why: str) -> str:
    """Return why somebody is in conflict, in a sentence."""
    words = {
        DECLARED: _("Vous avez déclaré un conflit d'intérêts sur ce dossier."),
        TEAM: _("Vous êtes de l'équipe qui a écrit ce dossier."),
        APPLICANT: _("Vous appartenez à l'organisation qui dépose ce dossier."),
        POLE: _("Vous appartenez au pôle de ce dossier."),
        MEMBER: _("Vous appartenez à un membre du pôle de ce dossier."),
        SPONSOR: _("Le financeur pour lequel vous parlez est le candidat."),
    }
    return words[why]


def between(users: Collection[UUID], dossiers: QuerySet[Dossier]) -> dict[tuple[UUID, UUID], str]:
    """Return (file, person) → why, for all of these at once: one query, five when somebody has ties."""
    if not users:
        return {}
    ids = dossiers.order_by().values("pk")
    team = Writer.objects.filter(dossier__in=ids, user__in=users, ended_at=None).exclude(accepted_at=None)
    declared = Conflict.objects.filter(dossier__in=ids, reviewer__in=users, lifted_at=None)
    belongs = Belonging.objects.confirmed().filter(user__in=users)
    speaks = Role.objects.held_on(timezone.localdate()).filter(
        user__in=users, role=Role.Kind.SPONSOR, sponsor__actor__isnull=False
    )
    in_team, said_so, of, speaking = ask(
        team.order_by().values_list("dossier", "user"),
        declared.order_by().values_list("dossier", "reviewer"),
        belongs.order_by().values_list("user", "actor"),
        speaks.order_by().values_list("user", "sponsor__actor"),
    )
    ties = _ties(of, speaking)
    found: dict[tuple[UUID, UUID], str] = _by_register(ties, dossiers) if ties.actors else {}
    found |= dict.fromkeys(in_team, TEAM)
    found |= dict.fromkeys(said_so, DECLARED)
    return found


def of_person(user: User, dossiers: QuerySet[Dossier]) -> dict[UUID, str]:
    """Return the files among these where a person is in conflict → why."""
    return {one: why for (one, _who), why in between([user.pk], dossiers).items()}


def why_not(user: User, dossier: Dossier) -> str:
    """Return why a person is in conflict on one file, or nothing."""
    return of_person(user, Dossier.objects.filter(pk=dossier.pk)).get(dossier.pk, "")


def check(user: User, dossier: Dossier, held: Standing) -> Permission:
    """Refuse a file to who is in conflict, and to reviewers without it (``perms.also_refuse``)."""
    if why := why_not(user, dossier):
        return Permission(ok=False, reason=said(why))
    wide = held.owner or held.committee or held.auditor or held.sponsors
    # Who instructs another region reads a file as a reviewer: when it is given to them.
    if held.reviewer and not wide and not held.instructs(dossier.zone.code if dossier.zone else None):
        rows = Assignment.objects.filter(dossier=dossier, user=user, part="reviewer", ended_at=None)
        if not rows.exists():
            return Permission(ok=False, reason=_("Ce dossier ne vous est pas confié pour relecture."))
    return Permission(ok=True)


def declare(dossier: Dossier, user: User, *, why: str) -> Conflict:
    """Say that a person is in conflict: the file leaves them at once, their review is set aside."""
    words = why.strip()[:500]
    if not words:
        message = _("Dites en une phrase ce qui vous lie à ce dossier.")
        raise DomainError("reason_needed", message, facts={"field": "why"})
    with transaction.atomic():
        made = insert(Conflict(dossier=dossier, reviewer=user, why=words), "conflict_already")
        release(dossier, user, why="=conflict")
        record(dossier.subject, "conflict.declared", by=user, data={})
        progress.project([dossier.pk])
    return made


def lift(conflict: Conflict, *, by: User, why: str) -> None:
    """Lift a declared conflict, with the reason; never one's own. The file has to be given again."""
    words = why.strip()[:500]
    if not words:
        message = _("Dites pourquoi ce conflit d'intérêts est levé.")
        raise DomainError("reason_needed", message, facts={"field": "why"})
    if conflict.reviewer_id == by.pk:
        raise DomainError("own_conflict", _("Personne ne lève son propre conflit d'intérêts."), status=403)
    with transaction.atomic():
        rows = Conflict.objects.filter(pk=conflict.pk, lifted_at=None)
        if not rows.update(lifted_at=timezone.now(), lifted_by=by, lifted_why=words):
            raise DomainError("not_in_conflict", _("Ce conflit d'intérêts est déjà levé."), status=409)
        data = {"reviewer": conflict.reviewer_id.hex}
        record(conflict.dossier.subject, "conflict.lifted", by=by, data=data)


def release(dossier: Dossier, user: User, *, why: str) -> int:
    """End what a person holds of a file, whatever the part; their review stays in the record, uncounted."""
    now = timezone.now()
    Appraisal.objects.filter(dossier=dossier, reviewer=user, ended_at=None).update(ended_at=now)
    rows = Assignment.objects.filter(dossier=dossier, user=user, ended_at=None)
    return rows.update(ended_at=now, ended_why=why)


def people_of_call(call: Call, *roles: str) -> list[UUID]:
    """Return who holds one of these roles in the call or its programme today."""
    return list(_holding(call, *roles).order_by("user").values_list("user", flat=True).distinct())


def users_of_call(call: Call, *roles: str) -> QuerySet[User]:
    """Return the same as people, by name."""
    return User.objects.filter(pk__in=_holding(call, *roles).values("user")).order_by("name", "email")


def _holding(call: Call, *roles: str) -> QuerySet[Role]:
    rows = Role.objects.held_on(timezone.localdate()).filter(
        Q(call=call) | Q(programme=call.programme_id), role__in=roles
    )
    return rows.filter(user__is_active=True, user__erased_at=None).order_by()


# What the register knows


@dataclass(slots=True)
class _Ties:
    """Actors to which people belong (winners of merges included), and sponsors for whom they speak."""

    of: dict[UUID, set[UUID]] = field(default_factory=dict)
    speaks: dict[UUID, set[UUID]] = field(default_factory=dict)

    @property
    def actors(self) -> set[UUID]:
        return set(self.of) | set(self.speaks)


def _ties(of: Iterable[tuple[UUID, UUID]], speaking: Iterable[tuple[UUID, UUID]]) -> _Ties:
    found = _Ties()
    for held, rows in ((found.of, of), (found.speaks, speaking)):
        for who, actor in rows:
            held.setdefault(actor, set()).add(who)
    if found.actors:
        _follow_merges(found)
    return found


def _follow_merges(found: _Ties) -> None:
    """Who belonged to an actor merged into another belongs to that other one."""
    level = found.actors
    while level:
        rows = Subject.objects.filter(pk__in=level).exclude(merged_into=None)
        level = set()
        for pk, into in rows.values_list("pk", "merged_into"):
            for ties in (found.of, found.speaks):
                if into is not None and (people := ties.get(pk)):
                    ties.setdefault(into, set()).update(people)
                    level.add(into)


def _by_register(ties: _Ties, dossiers: QuerySet[Dossier]) -> dict[tuple[UUID, UUID], str]:
    today = timezone.localdate()
    current = (Q(valid_from=None) | Q(valid_from__lte=today)) & (Q(valid_to=None) | Q(valid_to__gt=today))
    of_pole: dict[UUID, set[UUID]] = {}
    members = Membership.objects.filter(current, actor__in=ties.of).exclude(role__in=_BESIDE)
    carriers = Carrier.objects.filter(current, actor__in=ties.of)
    for rows in (members.order_by(), carriers.order_by()):
        for pole, actor in rows.values_list("pole", "actor"):
            of_pole.setdefault(pole, set()).update(ties.of[actor])
    near = Q(applicant__in=ties.actors) | Q(pole__in=[*of_pole, *ties.of])
    found: dict[tuple[UUID, UUID], str] = {}
    for one, applicant, pole in dossiers.filter(near).order_by().values_list("pk", "applicant", "pole"):
        _add(found, one, of_pole.get(pole, ()), MEMBER)
        _add(found, one, ties.of.get(pole, ()), POLE)
        _add(found, one, ties.speaks.get(applicant, ()), SPONSOR)
        _add(found, one, ties.of.get(applicant, ()), APPLICANT)
    return found


def _add(found: dict[tuple[UUID, UUID], str], one: UUID, people: Iterable[UUID], why: str) -> None:
    for who in people:
        found[one, who] = why


__all__ = [
    "Pairs",
    "between",
    "check",
    "declare",
    "lift",
    "of_person",
    "people_of_call",
    "release",
    "said",
    "users_of_call",
    "why_not",
]
