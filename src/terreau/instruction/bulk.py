"""One thing done to many files at once: shown before it is done, done once, undone while nothing followed.

A batch does to each file what its own page would do, by the same actions and rights; what a file refuses is
said and leaves the others alone. Letters that left cannot be taken back: they say so before they leave.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts import roles_held
from terreau.accounts.models import User
from terreau.calls.models import Call, Role
from terreau.calls.perms import Standing
from terreau.common.errors import DomainError, RefusedError
from terreau.dossiers import moving, states
from terreau.dossiers.models import Dossier, Transition
from terreau.instruction import assigning, conflicts, letters, opinions, read
from terreau.instruction.models import Appraisal, Assignment, Bulk, BulkLine
from terreau.journal.actions import counting_refusals, record

MOST: Final = 200
#: Steps that a batch may take.
MOVES: Final = ("admit", "to_region", "to_national", "to_committee")
Verb = Bulk.Verb


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked: the act, the files; the step or the person when the act needs one."""

    verb: str
    ids: tuple[UUID, ...]
    step: str = ""
    user: UUID | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What would be done to one file, or why nothing would."""

    dossier: Dossier
    says: str
    ok: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch before it is done. ``pairs``: who would get which file."""

    order: Order
    said: str
    lines: list[Planned]
    pairs: tuple[tuple[UUID, UUID], ...] = ()

    @property
    def able(self) -> list[Planned]:
        """The files that would change."""
        return [one for one in self.lines if one.ok]

    @property
    def undoable(self) -> bool:
        """Whether it can be undone afterwards."""
        return self.order.verb != Verb.LETTER


@dataclass(slots=True)
class Done:
    """What a batch did: its row, how many files, what was refused and why."""

    bulk: Bulk
    count: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    given: list[Assignment] = field(default_factory=list)


def plan(call: Call, order: Order, *, by: User, held: Standing) -> Plan:
    """Return what a batch would do to each file that the person may see; nothing is written."""
    if not order.ids:
        raise DomainError("nothing_chosen", _("Choisissez au moins un dossier."))
    if len(order.ids) > MOST:
        words = _("Un lot compte %(most)d dossiers au plus.") % {"most": MOST}
        raise DomainError("too_many", words)
    rows, _hidden = read.visible(call, by, held)
    chosen = list(
        rows.filter(pk__in=order.ids).select_related(*read.WITH, "subject", "form").order_by("number")
    )
    makers = {Verb.OFFICER: _officers, Verb.REVIEWERS: _reviewers, Verb.MOVE: _moves, Verb.LETTER: _letters}
    if order.verb not in makers:
        raise DomainError("unknown_act", _("Cet acte n'existe pas."), status=404)
    return makers[Verb(order.verb)](call, order, chosen, held)


def _officers(call: Call, order: Order, chosen: list[Dossier], _held: Standing) -> Plan:
    if order.user is None:
        found = assigning.plan_officers(call)
        given = {one: user for one, user in found.pairs if one in set(order.ids)}
    else:
        if order.user not in conflicts.people_of_call(call, Role.Kind.OFFICER):
            words = _("Cette personne n'a pas ce rôle dans l'appel.")
            raise DomainError("no_role", words, status=409)
        given = dict.fromkeys((one.pk for one in chosen), order.user)
    return _assignments(order, chosen, given, _("Confier l'instruction"), assigning.OFFICER)


def _assignments(order: Order, chosen: list[Dossier], given: dict[UUID, UUID], said: str, part: str) -> Plan:
    names = {one.pk: str(one) for one in User.objects.filter(pk__in=set(given.values()))}
    held = Assignment.objects.filter(dossier__in=[one.pk for one in chosen], part=part, ended_at=None)
    taken = dict(held.order_by().values_list("dossier", "user__name"))
    lines, pairs = [], []
    for one in chosen:
        if one.pk in taken:
            lines.append(Planned(one, _("déjà confié à %(name)s") % {"name": taken[one.pk]}, ok=False))
        elif one.pk not in given:
            lines.append(Planned(one, _("personne ne peut le recevoir"), ok=False))
        else:
            lines.append(Planned(one, _("confié à %(name)s") % {"name": names.get(given[one.pk], "")}))
            pairs.append((one.pk, given[one.pk]))
    return Plan(order, said, lines, tuple(pairs))


def _reviewers(call: Call, order: Order, chosen: list[Dossier], _held: Standing) -> Plan:
    found = assigning.plan_reviewers(call, only=[one.pk for one in chosen])
    names = {one.pk: str(one) for one in User.objects.filter(pk__in={user for _one, user in found.pairs})}
    of: dict[UUID, list[str]] = {}
    for one, user in found.pairs:
        of.setdefault(one, []).append(names[user])
    lines = []
    for row in chosen:
        if people := of.get(row.pk):
            words = _("confié à %(name)s") % {"name": ", ".join(people)}
            lines.append(Planned(row, words))
        else:
            short = row.pk in found.short
            words = _("personne d'autre ne peut le relire") if short else _("a déjà ses relecteurs")
            lines.append(Planned(row, words, ok=False))
    return Plan(order, _("Confier la relecture"), lines, found.pairs)


def _moves(call: Call, order: Order, chosen: list[Dossier], held: Standing) -> Plan:
    if order.step not in MOVES:
        raise DomainError("unknown_step", _("Cette étape ne se fait pas en lot."), status=404)
    stages = moving.stages_of(call)
    said = opinions.of_dossiers([one.pk for one in chosen])
    lines = []
    for one in chosen:
        given = frozenset(said.get(one.pk, ()))
        allowed = states.allowed(one.state, order.step, stages, roles=held.roles, opinions=given)
        lines.append(Planned(one, allowed.reason or str(states.VERBS[order.step]), bool(allowed)))
    return Plan(order, str(states.VERBS[order.step]), lines)


def _letters(_call: Call, order: Order, chosen: list[Dossier], _held: Standing) -> Plan:
    owed = set(letters.owed(_call).filter(pk__in=order.ids).values_list("pk", flat=True))
    lines = []
    for one in chosen:
        if one.pk not in owed:
            lines.append(Planned(one, _("aucune lettre ne lui est due"), ok=False))
            continue
        event = letters.OWED[one.state]
        try:
            found = letters.draft(one, event)
            letters.check(found, event)
        except DomainError as error:
            lines.append(Planned(one, str(error.message), ok=False))
        else:
            lines.append(Planned(one, found.title))
    return Plan(order, _("Écrire aux candidats"), lines)


def do(call: Call, order: Order, *, key: UUID, by: User, held: Standing) -> Done:
    """Do a batch; the same ``key`` twice is once. Each file stands or falls by itself."""
    if found := Bulk.objects.filter(key=key).first():
        return Done(found, found.lines.count())
    made = plan(call, order, by=by, held=held)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = Bulk.objects.create(call=call, verb=order.verb, said=made.said, key=key, by=by)
        except IntegrityError:
            # The same form was sent twice at once, and the other one was first.
            found = Bulk.objects.get(key=key)
            return Done(found, found.lines.count())
        done = Done(row, refused=[(one.dossier.reference, one.says) for one in made.lines if not one.ok])
        pairs = made.pairs
        with roles_held.during():
            for one in made.able:
                _do_one(done, order, one, [pair for pair in pairs if pair[0] == one.dossier.pk], by)
        if not done.count:
            words = _("Aucun de ces dossiers ne peut être traité ainsi.")
            raise DomainError("nothing_done", words, facts={"refused": dict(done.refused[:20])}, status=409)
        assigning.tell_given(done.given)
        record(call.subject, "instruction.batch", by=by, data={"batch": row.pk.hex, "count": done.count})
    return done


def _do_one(done: Done, order: Order, one: Planned, pairs: Collection[tuple[UUID, UUID]], by: User) -> None:
    try:
        with transaction.atomic():
            what, given = _act(order, one.dossier, pairs, by)
            BulkLine.objects.create(bulk=done.bulk, dossier=one.dossier, done=what)
    except DomainError as error:
        done.refused.append((one.dossier.reference, str(error.message)))
        return
    done.count += 1
    done.given += given


def _act(
    order: Order, dossier: Dossier, pairs: Collection[tuple[UUID, UUID]], by: User
) -> tuple[dict[str, Any], list[Assignment]]:
    """Do the act to one file; return what to look at before it is undone, and who was given the file."""
    if order.verb == Verb.MOVE:
        made = moving.move(dossier, order.step, by=by, base_version=dossier.version)
        return {"transition": made.pk}, []
    if order.verb == Verb.LETTER:
        return {"letter": letters.leave(dossier, letters.OWED[dossier.state], by=by).pk.hex}, []
    part = assigning.OFFICER if order.verb == Verb.OFFICER else assigning.REVIEWER
    given = assigning.give(assigning.Plan(part, tuple(pairs)), by=by, telling=False)
    if not given:
        raise DomainError("taken", _("Ce dossier vient d'être confié à quelqu'un."), status=409)
    return {"assignments": [one.pk.hex for one in given]}, given


def undo(bulk: Bulk, *, by: User, held: Standing) -> tuple[int, int]:
    """Undo a batch file by file, where nothing followed; return how many were undone, how many were kept.

    A batch of somebody else is undone by who instructs every region, or owns the call.
    """
    with counting_refusals(bulk.call.subject, "instruction.batch_undone", by=by):
        if bulk.by_id != by.pk and not held.owner and held.zones is not None:
            raise RefusedError("not_yours", _("Ce lot touche d'autres régions que la vôtre."))
    if bulk.verb == Verb.LETTER:
        raise DomainError("sent", _("Une lettre partie ne se reprend pas."), status=409)
    with transaction.atomic():
        rows = Bulk.objects.filter(pk=bulk.pk, undone_at=None)
        if not rows.update(undone_at=timezone.now(), undone_by=by):
            raise DomainError("undone", _("Ce lot est déjà défait."), status=409)
        undone = kept = 0
        for line in bulk.lines.select_related("dossier__subject", "dossier__call").order_by("-pk"):
            why = _undo_one(bulk, line, by)
            BulkLine.objects.filter(pk=line.pk).update(undone=not why, kept_why=why[:200])
            undone, kept = (undone, kept + 1) if why else (undone + 1, kept)
        if not undone:
            words = _("Quelque chose a suivi sur chacun de ces dossiers : rien n'est défait.")
            raise DomainError("followed", words, status=409)
        record(bulk.call.subject, "instruction.batch_undone", by=by, data={"batch": bulk.pk.hex})
    return undone, kept


def _undo_one(bulk: Bulk, line: BulkLine, by: User) -> str:
    """Undo what was done of one file; return why it was not, or nothing."""
    try:
        with transaction.atomic():
            if bulk.verb == Verb.MOVE:
                return _undo_move(line, by)
            return _undo_assignments(line, by)
    except DomainError as error:
        return str(error.message)


def _undo_move(line: BulkLine, by: User) -> str:
    last = Transition.objects.filter(dossier=line.dossier_id).aggregate(last=Max("pk"))["last"]
    if last != line.done.get("transition"):
        return _("une autre étape a suivi")
    moving.undo(line.dossier, by=by, reason=_("Acte en lot défait."))
    return ""


def _undo_assignments(line: BulkLine, by: User) -> str:
    ids = [UUID(one) for one in line.done.get("assignments", ())]
    rows = list(Assignment.objects.filter(pk__in=ids).select_related("dossier__subject"))
    if any(one.ended_at is not None for one in rows):
        return _("il a été repris ou confié à quelqu'un d'autre")
    users = [one.user_id for one in rows if one.part == assigning.REVIEWER]
    if Appraisal.objects.filter(dossier=line.dossier_id, reviewer__in=users, ended_at=None).exists():
        return _("une relecture est commencée")
    for one in rows:
        assigning.end(one, by=by, why="=undone")
    return ""


def last_of(call: Call, limit: int = 10) -> list[Bulk]:
    """Return the last batches of a call: one query."""
    return list(
        Bulk.objects.filter(call=call).select_related("by", "undone_by").order_by("-at", "-pk")[:limit]
    )
