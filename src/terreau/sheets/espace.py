"""The dashboard of a pole: how many of each thing its workspace holds, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from terreau.cooperations.models import Cooperation
from terreau.exchanges.models import Offering, Purchase, Tender
from terreau.flows.models import Flow
from terreau.governance.models import Admission, Decision, Meeting
from terreau.indicators.models import Indicator
from terreau.means.models import Booking, Means
from terreau.pieces.models import Document
from terreau.poles.models import Membership, Pole
from terreau.poles.workspace import Workspace
from terreau.projects.models import Activity, JointProject, Need

#: What says that the workspace lives, members apart: a pole comes with its members.
_WORK: Final = ("meetings", "decisions", "cooperations", "means", "projects", "lines", "offers", "documents")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each thing the workspace holds, by name."""

    found: dict[str, int]

    @property
    def begun(self) -> bool:
        """Say whether somebody wrote anything in the workspace."""
        return any(self.found[name] for name in _WORK)


def counts(ws: Workspace) -> Counts:
    """Return how many of each thing the pole has that day: one query."""
    # The prefix: some names are those of the relations of a pole.
    asked = {f"n_{name}": _counted(rows, key) for name, (rows, key) in _rows(ws.today).items()}
    row: dict[str, int] = Pole.objects.filter(pk=ws.pole.pk).order_by().values(**asked)[0]
    return Counts({name.removeprefix("n_"): count for name, count in row.items()})


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
    }
