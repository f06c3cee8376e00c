"""The register of needs and unused resources: said by an organisation, matched by people (R-24, R-25)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.text import search_text
from terreau.poles.models import Pole
from terreau.projects import enjeux, kept, matching
from terreau.projects.models import JointProject, Match, Need
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from terreau.territories import base as communes
from terreau.territories import naming


def say(pole: Pole, *, today: date, by: User, **values: Any) -> Need:
    """Write a need or a resource; who may speak for its organisation is said by the caller."""
    values["title"] = kept.need_title(str(values.get("title", "")))
    enjeux.check(values.get("enjeux", []))
    with transaction.atomic():
        subject = subjects.create(Subject.Kind.NEED)
        row = Need(subject=subject, pole=pole, said_on=today, by=by, **values)
        row.words = search_text(row.title, row.text)
        kept.add(row)
        kept.tell(subject, "need.said", by=by, pole=pole.pk.hex, side=row.side)
    return row


def change(need: Need, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Need:
    """Change a need as the person saw it."""
    if "title" in mine:
        mine = {**mine, "title": kept.need_title(str(mine["title"]))}
    enjeux.check(mine.get("enjeux", []))
    with transaction.atomic():
        row = kept.change(need, subject=need.subject, verb="need.changed", base=base, mine=mine, by=by)
        Need.objects.filter(pk=row.pk).update(words=search_text(row.title, row.text))
    return row


def move(need: Need, state: str, *, seen: str, why: str, by: User) -> Need:
    """Say that a need is met or withdrawn, or open again; with what became of it."""
    if state not in Need.State.values:
        raise DomainError("unknown_state", _("Cet état n'existe pas."), facts={"field": "state"})
    why = kept.need_reason(why) if state != Need.State.OPEN else ""
    with transaction.atomic():
        subjects.lock(need.pk)
        rows = Need.objects.filter(pk=need.pk, state=seen)
        if not rows.update(state=state, closed_why=why[:240], version=F("version") + 1):
            words = _("Quelqu'un vient de changer son état : rechargez la page.")
            raise DomainError("moved_meanwhile", words, status=409)
        kept.tell(need.subject, "need.moved", by=by, before=seen, after=state)
    need.refresh_from_db()
    return need


def publish(need: Need, *, public: bool, by: User) -> None:
    """Show a need or a resource on the public page of the pole, or stop."""
    with transaction.atomic():
        Need.objects.filter(pk=need.pk).update(public=public, version=F("version") + 1)
        kept.tell(need.subject, "need.published" if public else "need.withdrawn", by=by)


# Matching


@dataclass(frozen=True, slots=True)
class Proposal:
    """The other side of a need, why it may answer, and what people made of it."""

    other: Need
    reasons: tuple[str, ...]
    match: Match | None = None


def proposals(need: Need, today: date) -> list[Proposal]:
    """Return what may answer: first what people kept, then what is alike; what was set aside last.

    Four queries, whatever their number.
    """
    known = {_other(row, need).pk: row for row in matches(need)}
    others = [row for row in open_on(need.pole, today) if row.side != need.side]
    by_key = {row.pk: row for row in others}
    found = [
        Proposal(by_key[pair.resource], tuple(reason.said for reason in pair.reasons))
        for pair in matching.pairs(_side(need), [_side(row) for row in others])
        if pair.resource not in known
    ]
    held = [Proposal(_other(row, need), said(row), row) for row in known.values()]
    kept_rows = [one for one in held if one.match and one.match.state == Match.State.KEPT]
    aside = [one for one in held if one.match and one.match.state == Match.State.SET_ASIDE]
    return [*kept_rows, *found, *aside]


def judge(  # noqa: PLR0913 - keyword-only: each is a part of a judgement
    need: Need,
    other: Need,
    state: str,
    *,
    seen: int = 0,
    project: JointProject | None = None,
    by: User,
) -> Match:
    """Keep a match, or set it aside, with its reasons as they are on that day; link it to a project.

    ``seen``: the version of the match that the person saw, 0 when there was none; refused (409) when somebody
    judged it meanwhile.
    """
    if state not in Match.State.values:
        raise DomainError("unknown_state", _("Cet état n'existe pas."))
    if need.side == other.side or need.pole_id != other.pole_id:
        words = _("On rapproche un besoin et une ressource du même pôle.")
        raise DomainError("same_side", words, status=409)
    wanted, resource = (need, other) if need.side == Need.Side.NEED else (other, need)
    reasons = [[reason.code, reason.detail] for reason in matching.compare(_side(wanted), _side(resource))]
    with transaction.atomic():
        subjects.lock(wanted.pk, resource.pk)
        row = Match.objects.filter(need=wanted, resource=resource).first()
        if (row.version if row else 0) != seen:
            words = _("Quelqu'un vient de juger ce rapprochement : rechargez la page.")
            raise DomainError("judged_meanwhile", words, status=409)
        if row is None:
            row = Match(need=wanted, resource=resource, state=state, reasons=reasons, project=project, by=by)
            kept.add(row, taken=_("Ce besoin et cette ressource sont déjà rapprochés, ou écartés."))
        else:
            row.state, row.project, row.by, row.version = state, project, by, row.version + 1
            row.save()
        data = {"resource": resource.pk.hex, "state": state, "project": project.pk.hex if project else ""}
        kept.tell(wanted.subject, "need.matched", by=by, **data)
    return row


def said(row: Match) -> tuple[str, ...]:
    """Return the reasons of a match as they were when it was judged, in the language of the reader."""
    return tuple(matching.Reason(code, detail).said for code, detail in row.reasons)


def matches(need: Need) -> QuerySet[Match]:
    """Return what people made of the matches of a need or of a resource."""
    rows = Match.objects.filter(Q(need=need) | Q(resource=need))
    return rows.select_related("need__actor", "resource__actor", "project").order_by("pk")


def unanswered(pole: Pole, today: date) -> QuerySet[Need]:
    """Return the open needs that nobody matched yet, the oldest first."""
    rows = open_on(pole, today).filter(side=Need.Side.NEED)
    return rows.exclude(matches__state=Match.State.KEPT).order_by("said_on", "pk")


def _other(row: Match, need: Need) -> Need:
    return row.resource if row.need_id == need.pk else row.need


def _side(row: Need) -> matching.Side:
    return matching.Side(
        key=row.pk,
        kind=row.kind,
        words=row.words,
        actor=row.actor_id,
        at=communes.point(row.commune) if row.commune else None,
        commune=row.commune,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


# Reading


def open_on(pole: Pole, today: date) -> QuerySet[Need]:
    """Return what is open and not past its last day."""
    rows = Need.objects.filter(pole=pole, state=Need.State.OPEN).select_related("actor")
    return rows.filter(Q(ends_on=None) | Q(ends_on__gte=today)).order_by("title", "pk")


def one(pole: Pole, pk: UUID) -> Need:
    """Return a need of the pole; raise ``NotFoundError``."""
    rows = Need.objects.select_related("pole__actor__subject", "subject", "actor")
    row = rows.filter(pole=pole, pk=pk).first()
    if row is None:
        raise NotFoundError("not_found", _("Ce besoin ou cette ressource n'existe pas."))
    return row


def commune(typed: str) -> str:
    """Return the code of the commune that was typed, or ``""``; raise ``DomainError`` for none or several."""
    if not typed.strip():
        return ""
    found = naming.communes(typed)
    if len(found) != 1:
        raise DomainError("several_places", _("Écrivez une seule commune."), facts={"field": "commune"})
    return found[0]


def commune_names(codes: Sequence[str]) -> dict[str, str]:
    """Return the name of each commune; one that is no longer official keeps its code."""
    known = communes.load()
    return {
        code: str(known.names[known.index[code]]) if code in known.index else code
        for code in dict.fromkeys(codes)
        if code
    }
