"""What this room holds of people: the hours given in their name, who may read the books."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.bookkeeping.models import AuditPass, Contribution


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person."""
    gifts = Contribution.objects.filter(person=user)
    passes = AuditPass.objects.filter(email__iexact=user.email)
    return {
        "contributions": rows(gifts, "flow__on", "flow__label", "role", "function"),
        "acces_audit": rows(passes, "pole__slug", "purpose", "since", "until"),
    }


def erase(user: User) -> None:
    """Leave the hours to the organisation that gave them; a pass is for an address that is no longer."""
    Contribution.objects.filter(person=user).update(person=None)
    for row in AuditPass.objects.filter(email__iexact=user.email):
        AuditPass.objects.filter(pk=row.pk).update(email=f"{row.pk.hex}@removed.invalid")
