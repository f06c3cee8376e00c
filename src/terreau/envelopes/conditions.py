"""What rooms above ask before money is committed: co-financing, when the call wants it first."""

from collections.abc import Callable
from typing import Final

from terreau.common.errors import RefusedError
from terreau.common.permissions import Permission
from terreau.dossiers.models import Dossier

#: Given the dossier and the amount in cents: whether it may be committed, and why not (R-77).
Condition = Callable[[Dossier, int], Permission]
_CONDITIONS: Final[list[Condition]] = []


def also_ask(condition: Condition) -> None:
    """Ask this too before each commitment; a room registers it once, when the site starts."""
    if condition not in _CONDITIONS:
        _CONDITIONS.append(condition)


def ask(dossier: Dossier, cents: int) -> None:
    """Raise ``RefusedError`` (409) when a condition is not met."""
    for condition in _CONDITIONS:
        if not (permission := condition(dossier, cents)):
            facts = {"dossier": dossier.pk.hex, "cents": cents}
            raise RefusedError("award_blocked", permission.reason, facts=facts, status=409)
