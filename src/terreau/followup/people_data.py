"""What this room holds of people: who wrote, sent, answered and signed; names of signatures go when asked."""

from typing import Any, Final

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.followup.models import ConclusionSignature, Report, ReportSchedule, ReportSending, Steering

ERASED: Final = "personne effacée"


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person as their author."""
    return {
        "rapports_demandes": rows(ReportSchedule.objects.filter(by=user), "dossier", "kind", "due_on", "at"),
        "rapports_envoyes": rows(ReportSending.objects.filter(by=user), "report", "number", "digest", "at"),
        "reponses": rows(
            Report.objects.filter(answered_by=user), "schedule", "state", "answer", "answered_at"
        ),
        "reunions": rows(Steering.objects.filter(by=user), "dossier", "kind", "at", "state"),
        "signatures": rows(
            ConclusionSignature.objects.filter(by=user),
            "conclusion",
            "side",
            "name",
            "quality",
            "digest",
            "at",
        ),
    }


def erase(user: User) -> None:
    """Keep what engaged organisations, with its date and its quality; the name of who signed goes."""
    ConclusionSignature.objects.filter(by=user).update(name=ERASED)
