"""What this room holds of people: their roles in programmes and calls, and what they wrote there."""

from typing import Any

from django.utils import timezone

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.calls.models import Call, FormVersion, Role


def export(user: User) -> dict[str, Any]:
    """Return the roles of the person, those they gave, the calls and forms they wrote."""
    named = ("role", "programme__slug", "call__slug", "zone__code", "valid_from", "valid_to")
    return {
        "roles": rows(Role.objects.filter(user=user), *named),
        "roles_donnes": rows(Role.objects.filter(named_by=user), *named),
        "appels": rows(Call.objects.filter(created_by=user), "slug", "title", "created_at"),
        "formulaires": rows(FormVersion.objects.filter(by=user), "call__slug", "number", "at"),
    }


def erase(user: User) -> None:
    """End the roles that still hold today; the rows stay, with an identifier that names nobody any more."""
    today = timezone.localdate()
    held = Role.objects.held_on(today).filter(user=user)
    held.update(valid_to=today)
    Role.objects.filter(user=user, valid_from__gt=today).delete()
