"""Giving files to who instructs them (by region) and to who reviews them (evenly, conflicts out)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.calls.models import Call, Role
from terreau.common.errors import DomainError
from terreau.dossiers.models import Dossier
from terreau.dossiers.states import INSTRUCTED
from terreau.instruction import conflicts, progress, setups, sharing
from terreau.instruction.models import Appraisal, Assignment
from terreau.journal.actions import record
from terreau.notices.actions import tell

OFFICER, REVIEWER = Assignment.Part.OFFICER, Assignment.Part.REVIEWER


@dataclass(frozen=True, slots=True)
class Plan:
    """Who would get what, before anything is written. ``short``: files that lack people, and how many."""

    part: str
    pairs: tuple[tuple[UUID, UUID], ...]
    short: dict[UUID, int] = field(default_factory=dict)

    @property
    def loads(self) -> Counter[UUID]:
        """How many files each person would get."""
        return Counter(user for _one, user in self.pairs)


def files(call: Call) -> QuerySet[Dossier]:
    """Return the files of a call that are being instructed."""
    return Dossier.objects.filter(call=call, state__in=INSTRUCTED)


def held_of(call: Call, part: str) -> list[tuple[UUID, UUID]]:
    """Return the (file, person) that stand in a call for a part."""
    rows = Assignment.objects.filter(dossier__call=call, part=part, ended_at=None)
    return list(rows.order_by().values_list("dossier", "user"))


def plan_officers(call: Call, *, barred: conflicts.Pairs | None = None) -> Plan:
    """Share the files that nobody instructs: to the officers of their region, else to those of everywhere.

    ``barred``: the conflicts, when they are known already.
    """
    if not files(call).filter(Q(instruction_progress=None) | Q(instruction_progress__officer=None)).exists():
        return Plan(OFFICER, ())
    held = held_of(call, OFFICER)
    taken = {one for one, _user in held}
    rows = files(call).exclude(pk__in=taken).order_by("number").values_list("pk", "zone__code")
    free = [(pk, zone) for pk, zone in rows if pk not in taken]
    regional, wide = _officers(call)
    people = sorted({*wide, *(user for some in regional.values() for user in some)})
    barred = conflicts.between(people, files(call)) if barred is None else barred
    loads = Counter(user for _one, user in held)
    pairs: list[tuple[UUID, UUID]] = []
    short: dict[UUID, int] = {}
    for pk, zone in free:
        able = [user for user in regional.get(zone or "", ()) if (pk, user) not in barred]
        able = able or [user for user in wide if (pk, user) not in barred]
        if not able:
            short[pk] = 1
            continue
        chosen = min(able, key=lambda user: (loads[user], user))
        loads[chosen] += 1
        pairs.append((pk, chosen))
    return Plan(OFFICER, tuple(pairs), short)


def _officers(call: Call) -> tuple[dict[str, list[UUID]], list[UUID]]:
    """Return the officers of each region (its code), and those of everywhere."""
    rows = Role.objects.held_on(timezone.localdate()).filter(
        Q(call=call) | Q(programme=call.programme_id), role=Role.Kind.OFFICER
    )
    rows = rows.filter(user__is_active=True, user__erased_at=None).order_by("user")
    regional: dict[str, list[UUID]] = {}
    wide: list[UUID] = []
    for user, zone in rows.values_list("user", "zone__code").distinct():
        (regional.setdefault(zone, []) if zone else wide).append(user)
    return regional, wide


def plan_reviewers(
    call: Call,
    *,
    only: Collection[UUID] | None = None,
    barred: conflicts.Pairs | None = None,
    each: int | None = None,
) -> Plan:
    """Share the files of a call (or these) among its reviewers, as many each as the call asks.

    ``barred``, ``each``: the conflicts and the number of readers, when they are known already.
    """
    each = setups.of(call).each if each is None else each
    short = Q(instruction_progress=None) | Q(instruction_progress__reviewers__lt=each)
    among = files(call).filter(short)
    if only is not None:
        among = among.filter(pk__in=only)
    if not among.exists():
        return Plan(REVIEWER, ())
    wanted = sorted(conflicts.people_of_call(call, Role.Kind.REVIEWER))
    ids = list(among.order_by("number").values_list("pk", flat=True))
    found = sharing.share(
        ids,
        wanted,
        each,
        forbidden=set(conflicts.between(wanted, among) if barred is None else barred),
        held=held_of(call, REVIEWER),
    )
    return Plan(REVIEWER, found.pairs, dict(found.short))


def give(plan: Plan, *, by: User | None, shared: bool = True, telling: bool = True) -> list[Assignment]:
    """Write a plan; pairs that stand already are left, a person in conflict since is refused.

    ``telling``: tell people at once what they were given; a batch tells them once, when it is done.
    """
    ids = [one for one, _user in plan.pairs]
    with transaction.atomic():
        _lock(ids)
        rows = Dossier.objects.filter(pk__in=ids).select_related("subject", "call")
        people = {user for _one, user in plan.pairs}
        _none_barred(conflicts.between(people, rows), plan.pairs)
        held = set(
            Assignment.objects.filter(dossier__in=ids, ended_at=None, part=plan.part)
            .order_by()
            .values_list("dossier", "user")
        )
        instructed = {one for one, _user in held}
        new = [
            pair
            for pair in plan.pairs
            if pair not in held and not (plan.part == OFFICER and pair[0] in instructed)
        ]
        made = [Assignment(dossier_id=a, user_id=b, part=plan.part, shared=shared, by=by) for a, b in new]
        Assignment.objects.bulk_create(made, batch_size=500)
        progress.project({one.dossier_id for one in made})
    if telling:
        tell_given(made)
    return made


def assign(dossier: Dossier, user: User, part: str, *, by: User) -> Assignment:
    """Give one file to a person by hand; another officer hands it over."""
    role = Role.Kind.OFFICER if part == OFFICER else Role.Kind.REVIEWER
    if user.pk not in conflicts.people_of_call(dossier.call, role):
        words = _("Cette personne n'a pas ce rôle dans l'appel.")
        raise DomainError("no_role", words, facts={"field": "user"}, status=409)
    with transaction.atomic():
        _lock([dossier.pk])
        if part == OFFICER:
            rows = Assignment.objects.filter(dossier=dossier, part=OFFICER, ended_at=None)
            rows.exclude(user=user).update(ended_at=timezone.now(), ended_why="=handed")
        give(Plan(part, ((dossier.pk, user.pk),)), by=by, shared=False)
        record(dossier.subject, "dossier.assigned", by=by, data={"user": user.pk.hex, "part": part})
    return Assignment.objects.get(dossier=dossier, user=user, part=part, ended_at=None)


def take(dossier: Dossier, *, by: User) -> Assignment:
    """Take a file that nobody instructs; refused when somebody took it meanwhile."""
    with transaction.atomic():
        _lock([dossier.pk])
        other = Assignment.objects.filter(dossier=dossier, part=OFFICER, ended_at=None).first()
        if other is not None and other.user_id != by.pk:
            words = _("Ce dossier vient d'être pris par %(name)s.") % {"name": other.user}
            raise DomainError("taken", words, status=409)
        return assign(dossier, by, OFFICER, by=by)


def end(row: Assignment, *, by: User, why: str) -> None:
    """Take a file back from somebody; a review begun stays in the record and counts no more."""
    with transaction.atomic():
        _lock([row.dossier_id])
        rows = Assignment.objects.filter(pk=row.pk, ended_at=None)
        if not rows.update(ended_at=timezone.now(), ended_why=why.strip()[:300]):
            raise DomainError("ended", _("Cette personne n'a plus ce dossier."), status=409)
        if row.part == REVIEWER:
            held = Appraisal.objects.filter(dossier=row.dossier_id, reviewer=row.user_id, ended_at=None)
            held.update(ended_at=timezone.now())
        data = {"user": row.user_id.hex, "part": row.part}
        record(row.dossier.subject, "dossier.unassigned", by=by, data=data)
        progress.project([row.dossier_id])


def _lock(ids: Iterable[UUID]) -> None:
    rows = Dossier.objects.select_for_update(of=("self",)).filter(pk__in=list(ids))
    list(rows.order_by("pk").values_list("pk", flat=True))


def _none_barred(barred: conflicts.Pairs, pairs: Iterable[tuple[UUID, UUID]]) -> None:
    if any(pair in barred for pair in pairs):
        words = _("Cette personne est en conflit d'intérêts sur ce dossier : il ne peut pas lui être confié.")
        raise DomainError("in_conflict", words, facts={"field": "user"}, status=409)


def tell_given(made: Collection[Assignment]) -> None:
    """Tell each person once what they were given, not once a file."""
    for part in (OFFICER, REVIEWER):
        counts = Counter(one.user_id for one in made if one.part == part)
        words = (
            gettext_lazy("Dossiers qui vous sont confiés pour instruction : {count}.")
            if part == OFFICER
            else gettext_lazy("Dossiers qui vous sont confiés pour relecture : {count}.")
        )
        for user in User.objects.filter(pk__in=counts).order_by("pk"):
            tell(user, "instruction", format_lazy(words, count=counts[user.pk]), path="/instruction/")


def people(call: Call, part: str) -> list[tuple[UUID, str]]:
    """Return who may hold a part in a call: identifier and name, by name; one query."""
    role = Role.Kind.OFFICER if part == OFFICER else Role.Kind.REVIEWER
    return [(one.pk, str(one)) for one in conflicts.users_of_call(call, role)]
