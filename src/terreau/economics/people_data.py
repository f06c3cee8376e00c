"""What this room holds of people: what they said of lines."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.economics.models import Batch, Serves


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person."""
    return {
        "classements": rows(Batch.objects.filter(by=user), "book__name", "count", "at", "undone_at"),
        "fonctions": rows(Serves.objects.filter(by=user), "book__name", "function", "at"),
    }


def erase(user: User) -> None:
    """Forget nothing: what was said of lines belongs to the pole, and its author becomes nobody."""
