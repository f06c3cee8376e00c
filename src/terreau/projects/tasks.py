"""Tasks of a project: who, when, after what; taken on by who wishes, never given to a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.poles.models import Pole
from terreau.projects import kept, rules
from terreau.projects.models import JointProject, Task
from terreau.subjects import actions as subjects


def add(project: JointProject, *, needs: Collection[UUID] = (), by: User, **values: Any) -> Task:
    """Add a task; ``needs`` are tasks of the same project that come first."""
    values["title"] = kept.need_title(str(values.get("title", "")))
    with transaction.atomic():
        subjects.lock(project.pk)
        row = kept.add(Task(project=project, **values))
        _set_needs(row, needs)
        kept.tell(project.subject, "task.added", by=by, task=row.pk.hex)
    return row


def change(
    task: Task, *, base: Mapping[str, Any], mine: Mapping[str, Any], needs: Collection[UUID], by: User
) -> Task:
    """Change a task as the person saw it; a ring of tasks that wait for one another is refused."""
    if "title" in mine:
        mine = {**mine, "title": kept.need_title(str(mine["title"]))}
    subject = task.project.subject
    with transaction.atomic():
        subjects.lock(task.project_id)
        row = kept.change(task, subject=subject, verb="task.changed", base=base, mine=mine, by=by)
        if set(row.needs.values_list("pk", flat=True)) != set(needs):
            _set_needs(row, needs)
            kept.tell(subject, "task.ordered", by=by, task=row.pk.hex, needs=sorted(one.hex for one in needs))
    return row


def move(task: Task, state: str, *, seen: str, today: date, by: User) -> Task:
    """Say where a task stands; refused (409) when somebody moved it since it was ``seen``."""
    if state not in rules.TASK_STATES:
        raise DomainError("unknown_state", _("Cet état n'existe pas."), facts={"field": "state"})
    done = today if state == rules.FINISHED else None
    with transaction.atomic():
        subjects.lock(task.project_id)
        rows = Task.objects.filter(pk=task.pk, state=seen)
        if not rows.update(state=state, done_on=done, version=F("version") + 1):
            words = _("Quelqu'un vient de changer l'état de cette tâche : rechargez la page.")
            raise DomainError("moved_meanwhile", words, status=409)
        kept.tell(task.project.subject, "task.moved", by=by, task=task.pk.hex, before=seen, after=state)
    task.refresh_from_db()
    return task


def take(task: Task, *, by: User, leave: bool = False) -> Task:
    """Take a task on in one's own name, or leave it; refused when somebody else has it."""
    with transaction.atomic():
        subjects.lock(task.project_id)
        rows = Task.objects.filter(pk=task.pk, user=by if leave else None)
        if not rows.update(user=None if leave else by, version=F("version") + 1):
            raise DomainError("task_taken", _("Quelqu'un d'autre s'en charge déjà."), status=409)
        verb = "task.left" if leave else "task.taken"
        kept.tell(task.project.subject, verb, by=by, task=task.pk.hex)
    task.refresh_from_db()
    return task


def _set_needs(task: Task, needs: Iterable[UUID]) -> None:
    wanted = set(needs)
    same = Task.objects.filter(project=task.project_id)
    known = {row.pk: row.title for row in same.only("pk", "title")}
    if not wanted <= known.keys():
        words = _("Une tâche vient après d'autres tâches du même projet.")
        raise DomainError("other_project", words, facts={"field": "needs"})
    links: dict[str, list[str]] = {str(key): [] for key in known}
    through = Task.needs.through.objects.filter(from_task__project=task.project_id)
    for first, second in through.values_list("from_task", "to_task"):
        if first != task.pk:
            links[str(first)].append(str(second))
    links[str(task.pk)] = [str(key) for key in wanted]
    if ring := rules.loops(links):
        names = ", ".join(f"« {known[UUID(key)]} »" for key in ring)
        words = _("Ces tâches s'attendraient les unes les autres : %(names)s.") % {"names": names}
        raise DomainError("ring", words, facts={"field": "needs"})
    task.needs.set(Task.objects.filter(pk__in=wanted))


def of(project: JointProject) -> list[Task]:
    """Return the tasks of a project in the order of their days, those without a day last (two queries)."""
    rows = Task.objects.filter(project=project).select_related("actor", "user")
    return list(
        rows.prefetch_related("needs").order_by(
            F("starts_on").asc(nulls_last=True), F("ends_on").asc(nulls_last=True), "title", "pk"
        )
    )


def one(project: JointProject, pk: UUID) -> Task:
    """Return a task of a project; raise ``NotFoundError``."""
    row = (
        Task.objects.select_related("project__subject", "actor", "user")
        .filter(project=project, pk=pk)
        .first()
    )
    if row is None:
        raise NotFoundError("not_found", _("Cette tâche n'existe pas."))
    return row


def works(rows: Iterable[Task]) -> list[rules.Work]:
    """Return tasks as the calendar knows them; ``needs`` must be prefetched."""
    return [
        rules.Work(
            str(row.pk),
            row.starts_on or row.ends_on,
            row.ends_on or row.starts_on,
            row.state,
            tuple(str(one.pk) for one in row.needs.all()),
        )
        for row in rows
    ]


def open_in(pole: Pole) -> QuerySet[Task]:
    """Return what is left to do in the living projects of a pole, the nearest end first."""
    rows = Task.objects.filter(project__pole=pole, state__in=(rules.TODO, rules.DOING))
    rows = rows.exclude(project__stage__in=(rules.DONE, rules.DROPPED))
    return rows.select_related("project", "actor").order_by(F("ends_on").asc(nulls_last=True), "title", "pk")
