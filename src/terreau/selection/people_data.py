"""What this room holds of people: their seats, what they proposed and decided."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.selection.models import Committee, Decision, PortfolioRun, Proposal, Seat, Session


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person."""
    named = ("dossier__title", "outcome", "cents", "reason", "at")
    return {
        "sieges": rows(
            Seat.objects.filter(user=user), "committee__name", "name", "quality", "valid_from", "valid_to"
        ),
        "propositions": rows(Proposal.objects.filter(by=user), *named),
        "decisions": rows(Decision.objects.filter(by=user), *named),
        "seances_notees": rows(Session.objects.filter(by=user), "committee__name", "on", "minutes"),
        "recherches": rows(PortfolioRun.objects.filter(by=user), "committee__name", "state", "at"),
        "assistant_demande": rows(
            Committee.objects.filter(assistant_by=user), "name", "assistant_why", "assistant_at"
        ),
    }


def erase(user: User) -> None:
    """Keep decisions, which are public acts; the name of a member leaves with the link to the account.

    The list of a committee that was published stays as it was: it is what a public order said.
    """
    Seat.objects.filter(user=user, committee__published_at=None).update(name="–")
    Seat.objects.filter(user=user).update(user=None)
