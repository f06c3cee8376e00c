"""Joint projects: described, moved from stage to stage, their partners and how they will be financed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.common.text import search_text
from terreau.poles.models import Pole
from terreau.projects import enjeux, kept, rules
from terreau.projects.models import Engineering, JointProject, Partner, StageMove
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

#: Parts of the financial engineering, as a refusal names them.
PARTS: Final = {
    "modes": gettext_lazy("les modes de financement"),
    "tools": gettext_lazy("les outils et dispositifs"),
    "advisers": gettext_lazy("qui conseille"),
    "cents": gettext_lazy("le coût de cette ingénierie"),
    "calendar": gettext_lazy("le calendrier du financement"),
}


def create(pole: Pole, *, by: User, **values: Any) -> JointProject:
    """Open a project as an idea: a title is enough."""
    values["title"] = kept.need_title(str(values.get("title", "")))
    enjeux.check(values.get("enjeux", []))
    with transaction.atomic():
        subject = subjects.create(Subject.Kind.PROJECT)
        row = JointProject(subject=subject, pole=pole, **values)
        row.words = search_text(row.title, row.text)
        kept.add(row, taken=_("Le pôle a déjà un projet de ce nom."), field="title")
        StageMove.objects.create(project=row, before="", after=row.stage, on=timezone.localdate(), by=by)
        kept.tell(subject, "project.opened", by=by, pole=pole.pk.hex)
    return row


def change(
    project: JointProject, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User
) -> JointProject:
    """Change the description of a project as the person saw it."""
    if "title" in mine:
        mine = {**mine, "title": kept.need_title(str(mine["title"]))}
    enjeux.check(mine.get("enjeux", []))
    taken = _("Le pôle a déjà un projet de ce nom.")
    with transaction.atomic():
        row = kept.change(
            project,
            subject=project.subject,
            verb="project.changed",
            base=base,
            mine=mine,
            by=by,
            taken=taken,
            field="title",
        )
        JointProject.objects.filter(pk=row.pk).update(words=search_text(row.title, row.text))
    return row


def move(  # noqa: PLR0913 - keyword-only: each is a part of a move
    project: JointProject,
    asked: str,
    *,
    seen: str,
    on: date,
    today: date,
    why: str = "",
    decision: Subject | None = None,
    by: User,
) -> JointProject:
    """Move a project to another stage; each move says when, by whom, and why where it turns back.

    Refused: ``financing_missing`` when it would be decided without its financial engineering (Q-51), with
    ``facts["missing"]``; 409 when somebody moved it since it was ``seen``.
    """
    to = rules.target(seen, asked)
    if on > today:
        raise DomainError("move_later", _("Cette date est à venir."), facts={"field": "on"})
    if asked in rules.ASK_WHY:
        why = kept.need_reason(why)
    with transaction.atomic():
        subjects.lock(project.pk)
        if asked == rules.DECIDE:
            _financed(project)
        rows = JointProject.objects.filter(pk=project.pk, stage=seen)
        try:
            with transaction.atomic():
                moved = rows.update(stage=to, version=F("version") + 1)
        except IntegrityError as error:
            taken = _("Le pôle a déjà un projet de ce nom : changez l'un des deux noms d'abord.")
            raise kept.refusal(project, error, taken=taken) from error
        if not moved:
            words = _("Quelqu'un vient de changer l'étape de ce projet : rechargez la page.")
            raise DomainError("moved_meanwhile", words, status=409)
        StageMove.objects.create(
            project=project, before=seen, after=to, on=on, why=why.strip(), decision=decision, by=by
        )
        kept.tell(project.subject, "project.moved", by=by, before=seen, after=to, on=on.isoformat())
    project.refresh_from_db()
    return project


def _financed(project: JointProject) -> None:
    lacking = rules.missing(engineering_of(project))
    if lacking:
        words = _(
            "Un projet se décide avec son ingénierie financière (Q-51). Il manque : %(parts)s. "
            "Complétez-la, puis décidez."
        ) % {"parts": ", ".join(str(PARTS[part]) for part in lacking)}
        raise DomainError("financing_missing", words, facts={"missing": lacking})


def engineering_of(project: JointProject) -> dict[str, Any] | None:
    """Return the parts of the financial engineering, when somebody began it (one query)."""
    rows = Engineering.objects.filter(project=project).values(*rules.ENGINEERING)
    held: dict[str, Any] | None = rows.first()
    return held


def set_engineering(
    project: JointProject, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User
) -> Engineering:
    """Write the financial engineering, part by part; it may be completed over weeks."""
    unknown = set(mine.get("modes") or []) - set(Engineering.Mode.values)
    if unknown:
        raise DomainError("unknown_mode", _("Ce mode n'existe pas."), facts={"field": "modes"})
    if (mine.get("cents") or 0) < 0:
        raise DomainError("negative", _("Un coût n'est pas négatif."), facts={"field": "cents"})
    with transaction.atomic():
        subjects.lock(project.pk)
        row, _made = Engineering.objects.get_or_create(project=project)
        return kept.change(
            row, subject=project.subject, verb="project.financing_written", base=base, mine=mine, by=by
        )


def publish(project: JointProject, *, public: bool, by: User) -> None:
    """Show a project on the public page of the pole, or stop: its name, text, stage and partners."""
    with transaction.atomic():
        JointProject.objects.filter(pk=project.pk).update(public=public, version=F("version") + 1)
        kept.tell(project.subject, "project.published" if public else "project.withdrawn", by=by)


# Partners


@dataclass(frozen=True, slots=True)
class Part:
    """An organisation in a project, as a form says it."""

    actor: UUID
    role: str = ""
    share: Fraction | None = None


def partners_on(project: JointProject, day: date) -> list[Partner]:
    """Return the partners of a project on a day, by name (one query)."""
    return list(
        Partner.objects.filter(_held(day), project=project)
        .select_related("actor")
        .order_by("actor__sort_key", "pk")
    )


def all_partners(project: JointProject) -> list[Partner]:
    """Return every partner that a project ever had, by name (one query)."""
    rows = Partner.objects.filter(project=project).select_related("actor")
    return list(rows.order_by("actor__sort_key", "pk"))


def set_partners(
    project: JointProject, parts: Sequence[Part], *, seen: Sequence[Part], on: date, by: User
) -> list[Partner]:
    """Say who takes part from a day on, and with which shares: all of them, making the whole, or none.

    Whoever is not among ``parts`` leaves that day; what a share was before stays in its period. ``seen`` is
    what the person saw: when somebody else changed it meanwhile, nothing is written (``StaleWriteError``).
    """
    rules.check_shares([part.share for part in parts])
    if len({part.actor for part in parts}) != len(parts):
        raise DomainError("partner_twice", _("Une organisation est là deux fois."), facts={"field": "shares"})
    with transaction.atomic():
        subjects.lock(project.pk)
        held = {row.actor_id: row for row in partners_on(project, on)}
        now = {key: _part(row) for key, row in held.items()}
        if now != {part.actor: part for part in seen}:
            words = _(
                "Quelqu'un a changé les partenaires pendant ce temps : voici ce qui est écrit, refaites "
                "votre changement."
            )
            raise StaleWriteError("stale_write", words, facts={"conflicts": {}})
        wanted = {part.actor: part for part in parts}
        for key, row in held.items():
            if wanted.get(key) != now[key]:
                _end(row, on)
        for key, part in wanted.items():
            if part != now.get(key):
                _join(project, part, on)
        if wanted != now:
            data = {str(key): rules.say_share(part.share) for key, part in sorted(wanted.items())}
            kept.tell(project.subject, "project.partners_said", by=by, partners=data, on=on.isoformat())
    return partners_on(project, on)


def _part(row: Partner) -> Part:
    return Part(row.actor_id, row.role, row.share)


def _end(row: Partner, on: date) -> None:
    """End a period that day; one that began that very day said nothing yet."""
    if row.valid_from is not None and row.valid_from >= on:
        row.delete()
    else:
        Partner.objects.filter(pk=row.pk).update(valid_to=on)


def _join(project: JointProject, part: Part, on: date) -> None:
    share = part.share
    kept.add(
        Partner(
            project=project,
            actor_id=part.actor,
            role=part.role,
            share_num=share.numerator if share else None,
            share_den=share.denominator if share else None,
            valid_from=on,
        ),
        taken=_("Cette organisation est déjà partenaire de ce projet."),
    )


def _held(day: date) -> Q:
    return (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(valid_to=None) | Q(valid_to__gt=day))


# Reading


def of_pole(pole: Pole) -> QuerySet[JointProject]:
    """Return the projects of a pole."""
    return JointProject.objects.filter(pole=pole).select_related("leader", "objective", "subject")


def one(pole: Pole, pk: UUID) -> JointProject:
    """Return a project of the pole; raise ``NotFoundError``."""
    rows = of_pole(pole).select_related("pole__actor__subject", "engineering")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFoundError("not_found", _("Ce projet n'existe pas."))
    return row


def takes_part(project: JointProject, actors: frozenset[UUID], day: date) -> bool:
    """Say whether one of these actors is a partner of the project that day, or leads it."""
    if project.leader_id in actors:
        return True
    return Partner.objects.filter(_held(day), project=project, actor__in=actors).exists()


def leader_or_partners(project: JointProject, day: date) -> list[Actor]:
    """Return who may do tasks or hold lines of a project: its partners and who leads it."""
    found = {row.actor_id: row.actor for row in partners_on(project, day)}
    if project.leader is not None:
        found.setdefault(project.leader.pk, project.leader)
    return sorted(found.values(), key=lambda actor: actor.sort_key)
