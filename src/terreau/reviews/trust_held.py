"""What the questionnaire on trust holds of people: addresses, until it closes. Answers are nobody's."""

from __future__ import annotations

from datetime import date
from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.reviews import trust
from terreau.reviews.models import TrustInvitation, TrustRound


def export(user: User) -> dict[str, Any]:
    """Return the invitations to a person's address: nothing of what was answered can be found again."""
    return {
        "invitations": rows(
            TrustInvitation.objects.filter(email__iexact=user.email), "id", "email", "round__year"
        )
    }


def erase(user: User) -> None:
    """Forget the invitations to a person's address; what was counted names nobody."""
    TrustInvitation.objects.filter(email__iexact=user.email).delete()


def expire(*, on: date, save: bool) -> dict[str, int]:
    """Close what nobody closed in the month after its end: its addresses are erased."""
    late = list(TrustRound.objects.filter(trust.overdue(on)).order_by("pk"))
    for row in late if save else []:
        trust.close(row, by=None)
    return {"reviews.trust": len(late)}
