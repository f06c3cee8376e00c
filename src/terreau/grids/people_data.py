"""What this room holds of people: their judgements, the exclusions they set aside, the grids they deposited,
their remarks.

A judgement stays when its author is erased: it was read by others, and names an account that is nobody.
"""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.grids.models import Grid, GridVersion, Judgement, Lift, Remark


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person."""
    said = ("grid_version__grid__code", "grid_version__version", "subject", "criterion", "reason", "on", "at")
    return {
        "jugements": rows(Judgement.objects.filter(by=user), *said, "answer", "decides", "quality"),
        "levees_d_exclusion": rows(Lift.objects.filter(by=user), *said, "lifted", "quality"),
        "grilles": rows(Grid.objects.filter(created_by=user), "code", "created_at"),
        "versions": rows(
            GridVersion.objects.filter(created_by=user), "grid__code", "version", "created_at", "published_at"
        ),
        "remarques": rows(
            Remark.objects.filter(by=user),
            "grid_version__grid__code",
            "grid_version__version",
            "criterion",
            "text",
            "at",
            "hidden_at",
        ),
    }


def erase(user: User) -> None:
    """Do nothing: what was said stays, by an account that is nobody any more."""
