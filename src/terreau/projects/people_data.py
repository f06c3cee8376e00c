"""What this room holds of people: the tasks they took on, what they wrote in the register of needs."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.projects.models import Need, Task


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person."""
    return {
        "taches": rows(
            Task.objects.filter(user=user), "title", "project__title", "starts_on", "ends_on", "state"
        ),
        "besoins": rows(Need.objects.filter(by=user), "title", "side", "kind", "said_on"),
    }


def erase(user: User) -> None:
    """Leave the tasks to their projects, without who had taken them on."""
    Task.objects.filter(user=user).update(user=None)
