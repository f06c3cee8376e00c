"""What this room holds of people: who wrote a level, a quantity or a financing, by identifier alone."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.cooperations.models import Financing, Level, Volume


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person as their author."""
    return {
        "intensites": rows(
            Level.objects.filter(by=user), "cooperation__title", "level", "on", "reason", "at"
        ),
        "financements": rows(Financing.objects.filter(by=user), "kind", "since", "recorded_at"),
        "quantites": rows(Volume.objects.filter(by=user), "stream__label", "year", "at"),
    }


def erase(user: User) -> None:
    """Keep the rows: they hold an identifier, which names nobody once the account is erased."""
