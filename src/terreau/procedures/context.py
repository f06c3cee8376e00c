"""What every page may say of the person: which parts of the procedures are theirs."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from terreau.accounts.models import User
from terreau.accounts.roles_held import holds, remembering

#: Role → where its work is, as the menu names it.
_PLACES = {
    "owner": ("instruction", "committee", "steering"),
    "officer": ("instruction",),
    "reviewer": ("instruction",),
    "sponsor": ("instruction",),
    "committee": ("committee",),
    "auditor": ("steering",),
    "writer": ("dossiers",),
}
_NAMES = frozenset({f"calls.{role}" for role in _PLACES} - {"calls.writer"} | {"dossiers.writer"})


def procedures(request: HttpRequest) -> dict[str, Any]:
    """Return ``procedures``, known only when a template asks; nothing is asked again of what is known."""

    def known() -> frozenset[str]:
        user = getattr(request, "user", None)
        if not isinstance(user, User):
            return frozenset()
        with remembering(request):
            return places(user)

    return {"procedures": SimpleLazyObject(known)}


def places(user: User) -> frozenset[str]:
    """Return the parts of the procedures that a person works in today: asked with all that they hold."""
    held = {name.rpartition(".")[2] for name in holds(user, timezone.localdate()) if name in _NAMES}
    return frozenset(place for role in held for place in _PLACES[role])
