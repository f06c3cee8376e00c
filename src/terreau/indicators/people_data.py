"""What this room holds of people: who gave a value, answered a round, wrote or published a report.

All of it is the record of a pole and stays when an account is erased, under a name that is nobody's.
"""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.indicators.models import Answer, Edition, Round, Value, Words


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person."""
    return {
        "valeurs": rows(Value.objects.filter(by=user), "indicator__label", "period_from", "amount", "how"),
        "reponses": rows(Answer.objects.filter(by=user), "indicator__label", "round__year", "amount"),
        "tours": rows(Round.objects.filter(opened_by=user), "pole__slug", "year", "opened_at"),
        "textes": rows(Words.objects.filter(by=user), "pole__slug", "year", "section", "text"),
        "rapports": rows(Edition.objects.filter(by=user), "pole__slug", "year", "number", "published_at"),
    }


def erase(user: User) -> None:
    """Change nothing: identifiers stay, that name nobody once the account is erased."""
