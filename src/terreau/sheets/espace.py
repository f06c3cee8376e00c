"""The dashboard of a pole: how many of each thing its workspace holds, in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from terreau.actors.models import Belonging
from terreau.billing.models import Invoice
from terreau.census.models import Confirmation, Invitation, Proposal
from terreau.cooperations.models import Cooperation, Financing
from terreau.exchanges.models import Offering, Purchase, SkillEntry, Tender, Watch
from terreau.flows.models import Flow
from terreau.forecast.models import Funding
from terreau.governance.models import Admission, Body, Decision, Meeting
from terreau.indicators.models import Indicator
from terreau.means.models import Booking, Means
from terreau.pieces.models import Document
from terreau.poles.models import Membership, Pole
from terreau.poles.workspace import Workspace
from terreau.projects.models import Activity, JointProject, Need
from terreau.reviews.models import Review

#: What says that the workspace lives, members apart: a pole comes with its members.
_WORK: Final = ("meetings", "decisions", "cooperations", "means", "projects", "lines", "offers", "documents")


#: What a room must hold for something to wait there: nothing of it, and it is not asked.
_WAITING: Final = {
    "terreau.governance.composed_people": ("admissions", "bodies"),
    "terreau.governance.composed_meetings": ("bodies", "meetings", "decisions"),
    "terreau.cooperations.composed": ("cooperations", "financings"),
    "terreau.exchanges.composed": ("tenders", "purchases", "offers", "skills", "watches"),
    "terreau.means.composed": ("means",),
    "terreau.projects.composed": ("projects", "activities", "needs"),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each thing the workspace holds, by name."""

    found: dict[str, int]

    @property
    def begun(self) -> bool:
        """Say whether somebody wrote anything in the workspace."""
        return any(self.found[name] for name in _WORK)

    def any_of(self, module: str) -> bool:
        """Say whether a room holds anything that may wait for somebody; one not known here always may."""
        return any(self.found[name] for name in _WAITING[module]) if module in _WAITING else True


def counts(open_to: Sequence[Workspace]) -> dict[UUID, Counts]:
    """Return how many of each thing these poles have that day: one query."""
    if not open_to:
        return {}
    # The prefix: some names are those of the relations of a pole.
    asked = {f"n_{name}": _counted(rows, key) for name, (rows, key) in _rows(open_to[0].today).items()}
    rows = Pole.objects.filter(pk__in=[ws.pole.pk for ws in open_to]).order_by().values("pk", **asked)
    return {
        row["pk"]: Counts({key.removeprefix("n_"): count for key, count in row.items() if key != "pk"})  # type: ignore[misc]
        for row in rows
    }


def _counted(rows: QuerySet[Any], key: str) -> Any:
    counted = rows.filter(**{key: OuterRef("pk")}).order_by().values(key).annotate(n=Count("*")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _rows(today: date) -> dict[str, tuple[QuerySet[Any], str]]:
    """Return the rows of each count, and the column that holds their pole."""
    current = (Q(valid_from=None) | Q(valid_from__lte=today)) & (Q(valid_to=None) | Q(valid_to__gt=today))
    return {
        "members": (Membership.objects.filter(current), "pole"),
        "admissions": (
            Admission.objects.exclude(step__in=["admitted", "refused", "withdrawn"]),
            "pole",
        ),
        "meetings": (Meeting.objects.exclude(state="cancelled"), "body__pole"),
        "decisions": (Decision.objects.all(), "pole"),
        "cooperations": (Cooperation.objects.all(), "pole"),
        "offers": (Offering.objects.filter(ended_on=None), "pole"),
        "purchases": (Purchase.objects.all(), "pole"),
        "tenders": (Tender.objects.all(), "pole"),
        "means": (Means.objects.filter(ended_on=None), "pole"),
        "bookings": (Booking.objects.filter(cancelled_at=None, ends_at__gt=timezone.now()), "means__pole"),
        "projects": (JointProject.objects.all(), "pole"),
        "activities": (Activity.objects.all(), "pole"),
        "needs": (Need.objects.filter(state="open"), "pole"),
        "indicators": (Indicator.objects.filter(ended_on=None), "pole"),
        "lines": (Flow.objects.filter(reverses=None), "book"),
        "documents": (Document.objects.filter(withdrawn_at=None), "subject"),
        "bodies": (Body.objects.filter(valid_to=None), "pole"),
        "financings": (Financing.objects.all(), "pole"),
        "skills": (SkillEntry.objects.filter(ended_on=None), "skill__pole"),
        "watches": (Watch.objects.all(), "pole"),
        "confirmations": (Confirmation.objects.filter(answered_at=None), "pole"),
        "proposals": (Proposal.objects.filter(state=Proposal.State.OPEN), "subject"),
        "belongings": (Belonging.objects.asked(), "actor"),
        "links": (Invitation.objects.filter(answered_at=None, revoked_at=None), "about"),
        "fundings": (Funding.objects.all(), "pole"),
        "invoices": (Invoice.objects.filter(state=Invoice.State.ISSUED), "pole"),
        "reviews": (Review.objects.filter(state="open"), "pole"),
    }
