"""What every page may say of the person: which parts of the procedures are theirs."""

from typing import Any

from django.db.models import CharField, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from terreau.accounts.models import User
from terreau.accounts.roles_held import remembered, remembering
from terreau.calls.models import Role
from terreau.dossiers.models import Writer

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


def procedures(request: HttpRequest) -> dict[str, Any]:
    """Return ``procedures``, known only when a template asks: one query for a person, none for a stranger."""

    def known() -> frozenset[str]:
        user = getattr(request, "user", None)
        if not isinstance(user, User):
            return frozenset()
        with remembering(request):
            return remembered(("procedures", user.pk), lambda: places(user))

    return {"procedures": SimpleLazyObject(known)}


def places(user: User) -> frozenset[str]:
    """Return the parts of the procedures that a person works in today: one query."""
    roles = Role.objects.held_on(timezone.localdate()).filter(user=user).order_by().values_list("role")
    mine = Writer.objects.filter(user=user, ended_at=None).order_by()
    writes = mine.annotate(word=Value("writer", output_field=CharField())).values_list("word")
    held = {role for (role,) in roles.union(writes)}
    return frozenset(place for role in held for place in _PLACES.get(role, ()))
