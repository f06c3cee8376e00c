"""What this room holds of people: who moved money, by identifier alone."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.envelopes.models import Envelope, EnvelopeMove


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person as their author."""
    return {
        "enveloppes": rows(Envelope.objects.filter(by=user), "name", "opened_at"),
        "mouvements": rows(EnvelopeMove.objects.filter(by=user), "kind", "cents", "at", "reason"),
    }


def erase(user: User) -> None:
    """Keep the rows: they account for public money, and name nobody any more."""
