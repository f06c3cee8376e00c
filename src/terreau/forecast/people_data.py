"""What this room holds of people: who wrote a funding, a line or a balance, by identifier alone."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.forecast.models import Balance, Funding, FundingMove, Instalment, Planned, Shown


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person as their author."""
    return {
        "financements": rows(Funding.objects.filter(by=user), "label", "state", "made_at"),
        "etapes": rows(FundingMove.objects.filter(by=user), "funding__label", "after", "at"),
        "versements": rows(Instalment.objects.filter(by=user), "funding__label", "due"),
        "lignes": rows(Planned.objects.filter(by=user), "label", "first", "made_at"),
        "soldes": rows(Balance.objects.filter(by=user), "on", "at"),
        "publications": rows(Shown.objects.filter(by=user), "code", "at"),
    }


def erase(user: User) -> None:
    """Keep the rows: they hold an identifier, which names nobody once the account is erased."""
