"""Reading labels: the public register, what waits for who keeps one, the log of a request; few queries
each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.common.errors import NotFoundError
from terreau.grids.shown import CriterionShown, shown
from terreau.labels import perms, rules, saying
from terreau.labels.models import Finding, LabelDecision, LabelRequest, Scheme
from terreau.labels.rules import State, Worth
from terreau.labels.saying import Said
from terreau.reviews.statements import language


def granted() -> Q:
    """Return the condition that a request became a label, whatever happened since."""
    held = [State.SUSPENDED, State.WITHDRAWN]
    return Q(state__in=sorted(rules.LABELS)) | Q(state=State.IN_APPEAL, contested__in=held)


def valid(on: date) -> Q:
    """Return the condition that a label is worth something on a day: what ``rules.worth`` says, for lists."""
    return Q(state__in=[State.GRANTED, State.RENEWED], valid_from__lte=on, valid_to__gte=on)


def schemes(user: Any, *, on: date) -> list[Scheme]:
    """Return the labels that a person may read, each with ``valid_count`` (two queries)."""
    public = Q(state__in=[Scheme.State.PUBLISHED, Scheme.State.CLOSED])
    seen = public
    if mine := [one.pk for one in perms.owning(user)]:
        seen |= Q(owner__in=mine)
    rows = Scheme.objects.filter(seen).select_related("owner", "grid_version__grid")
    good = {f"requests__{key}": value for key, value in valid(on).children}  # type: ignore[misc]
    return list(rows.annotate(valid_count=Count("requests", filter=Q(**good))).order_by("name", "pk"))


@dataclass(frozen=True, slots=True)
class Line:
    """A label of the public register."""

    row: LabelRequest
    worth: Said
    valid: bool


def register(scheme: Scheme, *, on: date) -> list[Line]:
    """Return the labels that were given, those in force first, by the name of the pole (one query)."""
    rows = LabelRequest.objects.filter(granted(), scheme=scheme)
    rows = rows.select_related("pole__actor__subject", "scheme", "certificate")
    found = [_line(row, on) for row in rows.order_by("pole__actor__sort_key", "number")]
    return sorted(found, key=lambda one: not one.valid)


def _line(row: LabelRequest, on: date) -> Line:
    found = row.worth(on)
    return Line(row, saying.worth(found), found == Worth.VALID)


def label(scheme: Scheme, number: int) -> LabelRequest:
    """Return a label that was given, by its number. Raises ``NotFoundError``: a request is nobody's
    business.
    """
    rows = LabelRequest.objects.filter(granted(), scheme=scheme, number=number)
    row = rows.select_related(
        *("pole__actor__subject", "scheme__owner", "grid_version__grid", "certificate__event", "renews"),
        "conclusion",
    ).first()
    if row is None:
        raise NotFoundError("unknown_label", _("Aucun label n'a ce numéro."))
    return row


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the log; ``reason`` is for those whom it concerns."""

    row: LabelDecision
    title: str


def log(row: LabelRequest, *, public: bool) -> list[Moment]:
    """Return what was decided of a request, the oldest first; strangers read the decisions on the label
    alone.
    """
    rows = row.decisions.order_by("rank")
    if public:
        rows = rows.filter(
            verb__in=["grant", "suspend", "reinstate", "withdraw", "renew", "expire", "overturn"]
        )
    return [Moment(one, saying.done(one)) for one in rows]


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of the grid and what was found of it."""

    shown: CriterionShown
    found: Finding | None


def criteria(row: LabelRequest) -> list[Criterion]:
    """Return the criteria of a request with their findings (one query)."""
    found = {one.criterion: one for one in row.findings.select_related("by")}
    content = shown(row.grid_version.content, language(), timezone.localdate())
    return [Criterion(one, found.get(one.code)) for one in content.criteria]


def queue(scheme: Scheme) -> QuerySet[LabelRequest]:
    """Return the requests and the labels of a scheme for who keeps it, the last first."""
    rows = LabelRequest.objects.filter(scheme=scheme).exclude(state=State.DROPPED)
    return rows.select_related("pole__actor", "scheme").order_by("-number")


def waiting(scheme: Scheme) -> QuerySet[LabelRequest]:
    """Return those that wait for somebody who keeps the label, the oldest first."""
    states = [State.REQUESTED, State.INSTRUCTED, State.IN_APPEAL]
    return queue(scheme).filter(state__in=states).order_by("state_since", "number")
