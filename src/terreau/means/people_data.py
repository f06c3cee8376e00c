"""What this room holds of people: the bookings they took and the shared job they hold."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.means.models import Booking, Job


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person."""
    return {
        "reservations": rows(Booking.objects.filter(by=user), "means__name", "starts_at", "ends_at", "label"),
        "emplois": rows(Job.objects.filter(user=user), "title", "alias", "person", "valid_from", "valid_to"),
    }


def erase(user: User) -> None:
    """Leave the jobs to their employers, under the name that others saw."""
    Job.objects.filter(user=user).update(user=None, person="")
