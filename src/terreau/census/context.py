"""What every page may say of the person: whether an inbox waits for them."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from terreau.accounts.roles_held import remembering
from terreau.actors.perms import moderation_scope
from terreau.imports.perms import may_come


def moderates(request: HttpRequest) -> dict[str, Any]:
    """Return ``moderates`` and ``brings``, known only when a template asks: a few queries for a person."""

    def known() -> bool:
        with remembering(request):
            return bool(moderation_scope(getattr(request, "user", None), timezone.localdate()))

    def comes() -> bool:
        with remembering(request):
            return may_come(request.user)

    return {"moderates": SimpleLazyObject(known), "brings": SimpleLazyObject(comes)}
