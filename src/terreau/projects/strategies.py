"""The strategy of a pole: written, adopted, followed, adhered to; an adopted version never changes (R-15)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError
from terreau.poles.models import Pole
from terreau.projects import kept
from terreau.projects.models import Adherence, Axis, Objective, ObjectiveMove, Strategy
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

#: What stays free in an objective once its version is adopted.
_FOLLOWED = frozenset({"owner_id", "note", "due_on"})


def begin(pole: Pole, *, by: User) -> Strategy:
    """Begin a version: empty the first time, then a copy of the last one with its axes and objectives.

    Raises ``DomainError`` (409) when one is being written already.
    """
    with transaction.atomic():
        subjects.lock(pole.pk)
        last = Strategy.objects.filter(pole=pole).order_by("-number").first()
        if last is not None and last.is_draft:
            raise DomainError(
                "draft_there", _("Une nouvelle version est déjà en cours d'écriture."), status=409
            )
        number = (last.number if last else 0) + 1
        row = Strategy(pole=pole, number=number, by=by, title=last.title if last else _("Notre stratégie"))
        if last is not None:
            row.text, row.foresight, row.ends_on = last.text, last.foresight, last.ends_on
        kept.add(row, taken=_("Une nouvelle version est déjà en cours d'écriture."))
        if last is not None:
            _copy(last, row)
        kept.tell(pole.actor.subject, "strategy.begun", by=by, number=number)
    return row


def _copy(last: Strategy, row: Strategy) -> None:
    """Carry axes and objectives on; what was reached or given up stays in the version before."""
    over = {Objective.State.REACHED, Objective.State.DROPPED}
    for axis in Axis.objects.filter(strategy=last).prefetch_related("objectives"):
        fresh = Axis.objects.create(strategy=row, rank=axis.rank, title=axis.title, text=axis.text)
        Objective.objects.bulk_create(
            Objective(
                axis=fresh,
                rank=one.rank,
                title=one.title,
                horizon=one.horizon,
                due_on=one.due_on,
                owner_id=one.owner_id,
                state=one.state,
                note=one.note,
                enjeux=one.enjeux,
                follows=one,
            )
            for one in axis.objectives.all()
            if one.state not in over
        )


def write(strategy: Strategy, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Strategy:
    """Change the text of a draft as the person saw it."""
    _free(strategy)
    if "title" in mine:
        mine = {**mine, "title": kept.need_title(str(mine["title"]))}
    return kept.change(
        strategy, subject=strategy.pole.actor.subject, verb="strategy.written", base=base, mine=mine, by=by
    )


def adopt(  # noqa: PLR0913 - keyword-only: each is a part of an adoption
    strategy: Strategy, *, on: date, adopted_by: str, decision: Subject | None, today: date, by: User
) -> Strategy:
    """Adopt a draft: from then on its text stays. Refused without any objective, or by nobody."""
    if not adopted_by.strip():
        words = _("Dites quelle instance a adopté la stratégie : une assemblée, un cercle, une réunion.")
        raise DomainError("adopted_by_nobody", words, facts={"field": "adopted_by"})
    if on > today:
        raise DomainError("adopted_later", _("Cette date est à venir."), facts={"field": "on"})
    with transaction.atomic():
        subjects.lock(strategy.pole_id)
        if not Objective.objects.filter(axis__strategy=strategy).exists():
            words = _("Écrivez au moins un objectif avant d'adopter : une stratégie dit où l'on va.")
            raise DomainError("no_objective", words)
        done = Strategy.objects.filter(pk=strategy.pk, adopted_on=None).update(
            adopted_on=on, adopted_by=adopted_by.strip(), decision=decision, version=strategy.version + 1
        )
        if not done:
            raise DomainError("already_adopted", _("Cette version vient d'être adoptée."), status=409)
        kept.tell(
            strategy.pole.actor.subject,
            "strategy.adopted",
            by=by,
            number=strategy.number,
            on=on.isoformat(),
            decision=decision.pk.hex if decision else "",
        )
    strategy.refresh_from_db()
    return strategy


def publish(strategy: Strategy, *, public: bool, by: User) -> None:
    """Show an adopted version on the public page of the pole, or stop."""
    if strategy.is_draft:
        raise DomainError("draft", _("Une stratégie se publie une fois adoptée."), status=409)
    with transaction.atomic():
        Strategy.objects.filter(pk=strategy.pk).update(public=public)
        verb = "strategy.published" if public else "strategy.withdrawn"
        kept.tell(strategy.pole.actor.subject, verb, by=by, number=strategy.number)


# Axes and objectives


def add_axis(strategy: Strategy, title: str, *, text: str = "", by: User) -> Axis:
    """Add an axis to a draft."""
    _free(strategy)
    with transaction.atomic():
        subjects.lock(strategy.pole_id)
        last = Axis.objects.filter(strategy=strategy).aggregate(last=Max("rank"))["last"]
        row = Axis(strategy=strategy, rank=(last or 0) + 1, title=kept.need_title(title), text=text.strip())
        kept.add(row, taken=_("Cette version a déjà un axe de ce nom."), field="title")
        kept.tell(strategy.pole.actor.subject, "strategy.axis_added", by=by, axis=row.pk.hex)
    return row


def change_axis(axis: Axis, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Axis:
    """Change an axis of a draft."""
    _free(axis.strategy)
    subject = axis.strategy.pole.actor.subject
    taken = _("Cette version a déjà un axe de ce nom.")
    verb = "strategy.axis_changed"
    return kept.change(axis, subject=subject, verb=verb, base=base, mine=mine, by=by, taken=taken)


def remove_axis(axis: Axis, *, by: User) -> None:
    """Take an axis without objectives out of a draft."""
    _free(axis.strategy)
    with transaction.atomic():
        subjects.lock(axis.strategy.pole_id)
        if axis.objectives.exists():
            words = _("Cet axe a des objectifs : retirez-les d'abord, un par un.")
            raise DomainError("axis_in_use", words, status=409)
        kept.tell(axis.strategy.pole.actor.subject, "strategy.axis_removed", by=by, axis=axis.pk.hex)
        axis.delete()


def add_objective(axis: Axis, *, by: User, **values: Any) -> Objective:
    """Add an objective to an axis of a draft: title, horizon, and what is known of owner, day, enjeux."""
    _free(axis.strategy)
    values["title"] = kept.need_title(str(values.get("title", "")))
    with transaction.atomic():
        subjects.lock(axis.strategy.pole_id)
        last = Objective.objects.filter(axis=axis).aggregate(last=Max("rank"))["last"]
        row = kept.add(Objective(axis=axis, rank=(last or 0) + 1, **values))
        subject = axis.strategy.pole.actor.subject
        kept.tell(subject, "strategy.objective_added", by=by, objective=row.pk.hex)
    return row


def change_objective(
    objective: Objective, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User
) -> Objective:
    """Change an objective; once its version is adopted, only who carries it, its day and its note."""
    strategy = objective.axis.strategy
    if not strategy.is_draft and (frozen := {key for key in mine if mine[key] != base[key]} - _FOLLOWED):
        words = _("Cette version est adoptée : son objectif ne change plus. Écrivez la version suivante.")
        raise DomainError("adopted", words, facts={"fields": sorted(frozen)}, status=409)
    subject = strategy.pole.actor.subject
    return kept.change(
        objective, subject=subject, verb="strategy.objective_changed", base=base, mine=mine, by=by
    )


def remove_objective(objective: Objective, *, by: User) -> None:
    """Take an objective out of a draft, unless a project serves it."""
    strategy = objective.axis.strategy
    _free(strategy)
    with transaction.atomic():
        subjects.lock(strategy.pole_id)
        if objective.projects.exists():
            words = _("Un projet sert cet objectif : reliez-le d'abord à un autre.")
            raise DomainError("objective_in_use", words, status=409)
        subject = strategy.pole.actor.subject
        kept.tell(subject, "strategy.objective_removed", by=by, objective=objective.pk.hex)
        ObjectiveMove.objects.filter(objective=objective).delete()
        objective.delete()


def move_objective(objective: Objective, state: str, *, seen: str, note: str, by: User) -> Objective:
    """Say where an objective stands, with what is said of it; the steps are kept (R-17).

    ``seen``: the state that the person saw; refused (409) when somebody else moved it meanwhile.
    """
    if state not in Objective.State.values:
        raise DomainError("unknown_state", _("Cet état n'existe pas."), facts={"field": "state"})
    if state == Objective.State.DROPPED:
        note = kept.need_reason(note, "note")
    with transaction.atomic():
        subjects.lock(objective.axis.strategy.pole_id)
        rows = Objective.objects.filter(pk=objective.pk, state=seen)
        if not rows.update(state=state, note=note.strip(), version=objective.version + 1):
            words = _("Quelqu'un vient de changer l'état de cet objectif : rechargez la page.")
            raise DomainError("moved_meanwhile", words, status=409)
        ObjectiveMove.objects.create(objective=objective, before=seen, after=state, note=note.strip(), by=by)
        subject = objective.axis.strategy.pole.actor.subject
        kept.tell(
            subject, "strategy.objective_moved", by=by, objective=objective.pk.hex, before=seen, after=state
        )
    objective.refresh_from_db()
    return objective


# Who adheres


def adhere(strategy: Strategy, actor: Actor, *, on: date, by: User) -> Adherence:
    """Write that an organisation of the pole adheres to an adopted version."""
    if strategy.is_draft:
        raise DomainError("draft", _("On adhère à une version adoptée."), status=409)
    if actor.pk not in {one.pk for one in kept.around(strategy.pole, on)}:
        words = _("Cette organisation n'est pas du pôle à cette date.")
        raise DomainError("not_of_pole", words, facts={"field": "actor"})
    with transaction.atomic():
        row = Adherence(strategy=strategy, actor=actor, on=on, by=by)
        kept.add(row, taken=_("Cette organisation adhère déjà à cette version."), field="actor")
        subject = strategy.pole.actor.subject
        kept.tell(subject, "strategy.adhered", by=by, actor=actor.pk.hex, number=strategy.number)
    return row


def leave(adherence: Adherence, *, on: date, by: User) -> Adherence:
    """End an adherence on a day; that it was stays."""
    if on < adherence.on:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "on"})
    with transaction.atomic():
        rows = Adherence.objects.filter(pk=adherence.pk, ended_on=None)
        if not rows.update(ended_on=on):
            raise DomainError("already_ended", _("Cette adhésion est déjà finie."), status=409)
        subject = adherence.strategy.pole.actor.subject
        kept.tell(subject, "strategy.left", by=by, actor=adherence.actor_id.hex)
    adherence.refresh_from_db()
    return adherence


# Reading


def current(pole: Pole) -> Strategy | None:
    """Return the last adopted version."""
    return adopted(pole).first()


def adopted(pole: Pole) -> QuerySet[Strategy]:
    """Return the strategies that were adopted, the one in force first."""
    return Strategy.objects.filter(pole=pole).exclude(adopted_on=None).order_by("-number")


def draft(pole: Pole) -> Strategy | None:
    """Return the version being written."""
    return Strategy.objects.filter(pole=pole, adopted_on=None).first()


def version(pole: Pole, number: int) -> Strategy:
    """Return a version of the pole by its number; raise ``NotFoundError``."""
    row = Strategy.objects.select_related("pole__actor__subject").filter(pole=pole, number=number).first()
    if row is None:
        raise NotFoundError("not_found", _("Cette version n'existe pas."))
    return row


def objective(pole: Pole, pk: UUID) -> Objective:
    """Return an objective of the pole; raise ``NotFoundError``."""
    rows = Objective.objects.select_related("axis__strategy__pole__actor__subject", "owner")
    row = rows.filter(axis__strategy__pole=pole, pk=pk).first()
    if row is None:
        raise NotFoundError("not_found", _("Cet objectif n'existe pas."))
    return row


def _free(strategy: Strategy) -> None:
    if not strategy.is_draft:
        words = _("Cette version est adoptée : elle ne change plus. Écrivez la version suivante.")
        raise DomainError("adopted", words, status=409)
