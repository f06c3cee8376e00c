"""What this room says to those who compose: week, public page, tree, year, calendars, search."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from terreau.common.text import search_text
from terreau.common.together import Step, abreast, run
from terreau.poles.models import Pole
from terreau.poles.workspace import Born, Due, Found, Published, Said, Stamp, Tone, Workspace
from terreau.projects import activities, enjeux, needs, results, rules, strategies, tasks
from terreau.projects.models import (
    Activity,
    Enterprise,
    JointProject,
    Need,
    Objective,
    Partner,
    StageMove,
    Task,
    UtilityRecognition,
)

#: Days before the end of a task when it is said, and days after which a need without answer is.
_SOON, _LONG = 14, 30
_MOST = 30


def week(ws: Workspace) -> list[Due]:
    """Return tasks due soon or late, and needs that nobody answers."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one round of questions."""
    rows = tasks.open_in(ws.pole).filter(ends_on__lte=ws.today + timedelta(days=_SOON))
    if not ws.runs:
        rows = rows.filter(Q(user=ws.user) | Q(actor__in=ws.standing.speaks_for))
    open_needs = needs.unanswered(ws.pole, ws.today).filter(said_on__lte=ws.today - timedelta(days=_LONG))
    if not ws.runs:
        open_needs = open_needs.filter(actor__in=ws.standing.speaks_for)
    working, waiting = yield (rows[:_MOST], open_needs[:_MOST])
    found = [_due(ws, row) for row in working]
    for need in waiting:
        found.append(
            Due(
                "need",
                _("« %(title)s » attend une réponse depuis le %(day)s.")
                % {"title": need.title, "day": _day(need.said_on)},
                _path("espace_need", ws.slug, need.pk),
                tone=Tone.INFO.value,
                detail=need.actor.name,
                act=_("Chercher une réponse"),
            )
        )
    return found


def _due(ws: Workspace, row: Task) -> Due:
    ends = row.ends_on or ws.today
    late = ends < ws.today
    tone = Tone.LATE if late else Tone.NOW if (ends - ws.today).days <= 7 else Tone.SOON
    words = _("« %(title)s » devait finir le %(day)s.") if late else _("« %(title)s » finit le %(day)s.")
    return Due(
        "task",
        words % {"title": row.title, "day": _day(ends)},
        _path("espace_project", ws.slug, row.project_id),
        on=ends,
        tone=tone.value,
        detail=row.project.title,
        act=_("Dire où elle en est"),
    )


def published(pole: Pole, on: date) -> list[Published]:
    """Return what the pole chose to show: strategy, projects, activities, needs, one by one."""
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``: two rounds of questions."""
    found: list[Published] = []
    shared = JointProject.objects.filter(pole=pole, public=True).exclude(stage=rules.DROPPED)
    told = Activity.objects.filter(pole=pole, public=True)
    in_force = UtilityRecognition.objects.filter(activities.recognised_on(on), activity__in=told.values("pk"))
    partners = Partner.objects.filter(project__in=shared.values("pk")).select_related("actor__subject")
    current, projects, taking, listed, recognised, asked = yield (
        strategies.adopted(pole)[:1],
        shared.order_by("title", "pk"),
        partners.order_by("pk"),
        told.order_by("name", "pk"),
        in_force.order_by("on", "pk"),
        needs.open_on(pole, on).filter(public=True),
    )
    strategy = current[0] if current else None
    if strategy is not None and strategy.public:
        goals = yield Objective.objects.filter(axis__strategy=strategy).order_by("axis__rank", "rank", "pk")
        meta = (
            _("Adoptée par %(who)s") % {"who": strategy.adopted_by},
            *(f"{goal.title} ({goal.get_horizon_display()})" for goal in goals),
        )
        found.append(Published("projects", strategy.title, strategy.text, strategy.adopted_on, meta=meta))
    for row in projects:
        named = _shown([one for one in taking if one.project_id == row.pk], on)
        found.append(
            Published(
                "projects",
                row.title,
                row.text,
                row.starts_on,
                meta=(str(row.get_stage_display()), *named),
            )
        )
    for one in listed:
        if one.ends_on is None or one.ends_on > on:
            by = [
                _("utilité sociale reconnue par %(who)s") % {"who": row.by_whom}
                for row in recognised
                if row.activity_id == one.pk
            ]
            meta = (*enjeux.labels([one.sector] if one.sector else [], "sector"), *by)
            found.append(Published("projects", one.name, one.text, one.starts_on, meta=meta))
    for need in asked:
        meta = (str(need.get_side_display()), str(need.get_kind_display()))
        found.append(Published("projects", need.title, need.text, need.said_on, meta=meta))
    return found


def _shown(rows: Iterable[Partner], on: date) -> list[str]:
    """Return the names of partners of the day whose sheet is public."""
    held = [row for row in rows if row.valid_to is None or row.valid_to > on]
    return sorted({row.actor.name for row in held if row.actor.subject.public})


def born(pole: Pole) -> list[Born]:
    """Return projects, and the activities, enterprises and jobs born of them (five queries)."""
    started = _first_days(pole)
    found = [
        Born(
            f"project:{row.pk}",
            "project",
            row.title,
            row.starts_on or started.get(row.pk),
            row.ends_on if row.stage == rules.DONE else None,
            path=_path("espace_project", pole.slug, row.pk),
            note=str(row.get_stage_display()),
        )
        for row in JointProject.objects.filter(pole=pole).exclude(stage=rules.DROPPED).order_by("title", "pk")
    ]
    alive = {one.key for one in found}
    for activity in Activity.objects.filter(pole=pole).order_by("name", "pk"):
        found.append(
            Born(
                f"activity:{activity.pk}",
                "activity",
                activity.name,
                activity.starts_on,
                activity.ends_on,
                parent=_parent(activity.project_id, alive),
                path=_path("espace_activity", pole.slug, activity.pk),
            )
        )
    for birth in Enterprise.objects.filter(project__pole=pole).select_related("actor").order_by("on", "pk"):
        found.append(
            Born(
                f"enterprise:{birth.pk}",
                "enterprise",
                birth.actor.name,
                birth.on,
                parent=_parent(birth.project_id, alive),
                note=birth.note,
            )
        )
    for job in results.jobs_of(pole):
        found.append(
            Born(
                f"job:{job.pk}",
                "job",
                f"{job.get_kind_display()} · {job.actor.name}",
                job.on,
                job.until,
                parent=_parent(job.project_id, alive),
                note=job.note,
                count=job.people,
            )
        )
    return found


def _first_days(pole: Pole) -> dict[object, date]:
    rows = StageMove.objects.filter(project__pole=pole).order_by("-on", "-pk")
    return dict(rows.values_list("project", "on"))


def _parent(project: object, alive: set[str]) -> str:
    key = f"project:{project}"
    return key if key in alive else ""


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return what the year says of projects: counted on its last day, or begun within it."""
    return run(counted(pole, first, last))


def _of_year(pole: Pole, first: date, last: date) -> Step[Any]:
    within = Q(on__range=(first, last))
    rows = yield (
        StageMove.objects.filter(within, project__pole=pole).order_by().values_list("project", "after"),
        Enterprise.objects.filter(within, project__pole=pole).order_by().values_list("pk", flat=True),
        results.jobs_said(pole),
        Need.objects.filter(pole=pole, said_on__range=(first, last))
        .order_by()
        .values_list("side", flat=True),
    )
    return rows


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one round of questions."""
    share, (moved, born_of, jobs, sides) = yield from abreast(
        activities.sharing(pole, last), _of_year(pole, first, last)
    )
    decided = {project for project, after in moved if after == rules.DECIDED}
    done = {project for project, after in moved if after == rules.DONE}
    path = _path("espace_projects", pole.slug)
    found = [
        Said(
            "projects.decided", _("Projets décidés dans l'année"), len(decided), path=path, how=_how_moves()
        ),
        Said("projects.done", _("Projets terminés dans l'année"), len(done), path=path, how=_how_moves()),
        Said(
            "projects.activities",
            _("Activités du pôle à la fin de l'année"),
            share.total,
            path=_path("espace_activities", pole.slug),
            how=_("Activités listées qui vivent ce jour-là."),
        ),
        Said(
            "projects.recognised",
            _("Activités dont l'utilité sociale est reconnue"),
            share.recognised,
            path=_path("espace_activities", pole.slug),
            how=_("Celles qu'un autre que le pôle reconnaît ce jour-là, acte à l'appui."),
        ),
        Said(
            "projects.enterprises",
            _("Entreprises nées des projets dans l'année"),
            len(born_of),
            path=path,
            how=_("Dites nées d'un projet, à leur date."),
        ),
    ]
    rows = [row for row in jobs if first <= row.on <= last]
    for one in results.jobs_by_kind(rows):
        found.append(
            Said(
                f"projects.jobs.{one.kind}",
                _("Emplois des projets dans l'année : %(kind)s") % {"kind": one.label},
                one.people,
                path=path,
                how=_("Personnes, à la date dite ; les natures d'emploi ne s'ajoutent pas."),
            )
        )
    for side, label in (
        (Need.Side.NEED, _("Besoins dits dans l'année")),
        (Need.Side.RESOURCE, _("Ressources inemployées dites dans l'année")),
    ):
        path = _path("espace_needs", pole.slug)
        found.append(
            Said(
                f"projects.{side}s", label, sides.count(side), path=path, how=_("Écrits au registre du pôle.")
            )
        )
    return found


def _how_moves() -> str:
    return _("Comptés à la date de l'étape écrite dans le projet.")


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the ends of tasks between two days: of all projects, or of those for whom the person speaks."""
    rows = tasks.open_in(ws.pole).filter(ends_on__range=(first, last))
    if not ws.runs:
        rows = rows.filter(Q(user=ws.user) | Q(actor__in=ws.standing.speaks_for))
    return [
        Stamp(
            f"task-{row.pk}",
            row.ends_on or first,
            row.ends_on or first,
            row.title,
            text=row.project.title,
            path=_path("espace_project", ws.slug, row.project_id),
            sequence=row.version,
        )
        for row in rows[:500]
    ]


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return projects, activities, needs and objectives that have all these words."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one round of questions."""
    wanted = search_text(words).split()
    if not wanted:
        return []
    has = Q(*(Q(words__contains=word) for word in wanted))
    kinds = (
        (JointProject, "espace_project", "title", _("projet commun")),
        (Activity, "espace_activity", "name", _("activité")),
        (Need, "espace_need", "title", _("besoin ou ressource")),
    )
    named = [
        model._default_manager.filter(has, pole=ws.pole)
        .order_by(title, "pk")
        .values_list("pk", title, "text")[:limit]
        for model, _name, title, _kind in kinds
    ]
    goals = Objective.objects.filter(axis__strategy__pole=ws.pole).order_by("-axis__strategy__number", "pk")
    *matching, aimed = yield (*named, goals.values_list("pk", "title", "note"))
    rows = [
        Found(said, _path(name, ws.slug, pk), text[:160], kind)
        for (_model, name, _title, kind), found in zip(kinds, matching, strict=True)
        for pk, said, text in found
    ]
    for pk, said, note in aimed:
        text = search_text(said, note)
        if all(word in text for word in wanted):
            rows.append(Found(said, _path("espace_objective", ws.slug, pk), note[:160], _("objectif")))
    return rows[:limit]


def _path(name: str, *arguments: object) -> str:
    """Return a French address, without prefix of language."""
    with override("fr"):
        return str(reverse(name, args=arguments))


def _day(day: date) -> str:
    return str(date_format(day, "j F"))


__all__ = ["born", "figures", "found", "published", "stamps", "week"]
