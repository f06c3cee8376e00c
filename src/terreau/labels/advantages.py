"""The register of what a label opens: to which member, under which text, until when (R-82); alerts before
the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.journal.actions import record
from terreau.labels import perms, rules
from terreau.labels.models import Advantage, LabelRequest
from terreau.labels.rules import Worth
from terreau.poles import book
from terreau.projects.models import JointProject
from terreau.subjects.actions import lock


@dataclass(frozen=True, slots=True)
class Opened:
    """An advantage to write; ``ends_on`` None: three years."""

    actor: Actor
    kind: str
    legal_basis: str
    starts_on: date
    ends_on: date | None = None
    project: JointProject | None = None
    cents: int | None = None


def open_advantage(row: LabelRequest, given: Opened, *, on: date, by: User) -> Advantage:
    """Write an advantage, for a member of the pole, while the label holds.

    Raises ``DomainError`` with its field: the label does not hold, nobody of the pole, no text, a project of
    another pole, an end before the start.
    """
    ends = given.ends_on or rules.last_day(given.starts_on, rules.ADVANTAGE_MONTHS)
    basis = " ".join(given.legal_basis.split())[:300]
    _check(row, given, basis, ends)
    with transaction.atomic():
        lock(row.scheme_id)
        perms.check_outside(row, by)
        now = LabelRequest.objects.get(pk=row.pk)
        if now.worth(on) not in {Worth.VALID, Worth.TO_COME}:
            words = _("Un avantage s'ouvre tant que le label est en vigueur.")
            raise DomainError("label_over", words, status=409)
        _check_new(now, given, basis)
        made = Advantage.objects.create(
            request=row,
            actor=given.actor,
            project=given.project,
            kind=given.kind,
            legal_basis=basis,
            starts_on=given.starts_on,
            ends_on=ends,
            cents=given.cents,
            by=by,
        )
        told = {"request": row.pk.hex, "actor": given.actor.pk.hex, "ends_on": ends.isoformat()}
        record(row.scheme.subject, "advantage.opened", by=by, data=told)
    return made


def _check_new(row: LabelRequest, given: Opened, basis: str) -> None:
    """Refuse an advantage that is there already: a form sent twice."""
    same = row.advantages.filter(
        actor=given.actor,
        kind=given.kind,
        legal_basis=basis,
        project=given.project,
        starts_on=given.starts_on,
        ended_on=None,
    )
    if same.exists():
        words = _("Cet avantage est déjà inscrit.")
        raise DomainError("advantage_already", words, facts={"field": "legal_basis"}, status=409)


def _check(row: LabelRequest, given: Opened, basis: str, ends: date) -> None:
    if given.kind not in Advantage.Kind.values:
        raise DomainError("no_kind", _("Choisissez la nature."), facts={"field": "kind"})
    if not basis:
        words = _("Un avantage s'appuie sur un texte : citez-le.")
        raise DomainError("no_text", words, facts={"field": "legal_basis"})
    if ends < given.starts_on:
        words = _("La fin ne précède pas le début.")
        raise DomainError("ends_before", words, facts={"field": "ends_on"})
    if given.actor.pk not in {one.pk for one in beneficiaries(row, on=given.starts_on)}:
        words = _("Cette organisation n'est pas membre du pôle à cette date.")
        raise DomainError("not_member", words, facts={"field": "actor"})
    if given.project is not None and given.project.pole_id != row.pole_id:
        raise DomainError("other_pole", _("Ce projet n'est pas de ce pôle."), facts={"field": "project"})


def beneficiaries(row: LabelRequest, *, on: date) -> list[Any]:
    """Return the members of a pole on a day, who may be given an advantage."""
    return [one for one in book.parties(row.pole, on=on) if one.pk != row.pole_id]


def interrupt(row: Advantage, *, reason: str, on: date, by: User) -> Advantage:
    """End an advantage before its day, and say why."""
    words = " ".join(reason.split())[:300]
    if not words:
        raise DomainError("no_reason", _("Dites pourquoi."), facts={"field": "reason"})
    with transaction.atomic():
        lock(row.request.scheme_id)
        changed = Advantage.objects.filter(pk=row.pk, ended_on=None).update(ended_on=on, end_reason=words)
        if not changed:
            raise DomainError("ended_already", _("Cet avantage est déjà interrompu."), status=409)
        record(row.request.scheme.subject, "advantage.ended", by=by, data={"advantage": row.pk.hex})
    row.refresh_from_db()
    return row


def running(on: date) -> Q:
    """Return the condition that an advantage runs on a day."""
    return Q(ended_on=None, starts_on__lte=on, ends_on__gte=on)


def of_request(row: LabelRequest) -> list[Advantage]:
    """Return the advantages of a label, those that end first first."""
    return list(row.advantages.select_related("actor", "project").order_by("ends_on", "pk"))


def beneficiary(key: UUID | str) -> Actor:
    """Return an actor chosen in a list. Raises ``DomainError`` for what is none."""
    found = Actor.objects.filter(pk=UUID(str(key))).first()
    if found is None:
        raise DomainError("no_actor", _("Choisissez dans la liste."), facts={"field": "actor"})
    return found
