"""How many messages wait, for the menu of who is signed in."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from terreau.accounts.models import User
from terreau.notices.models import Notice


def unread(request: HttpRequest) -> dict[str, Any]:
    """Return ``unread_notices``, known only when a template asks: one query, none for a stranger."""

    def known() -> int:
        user = getattr(request, "user", None)
        return Notice.objects.filter(to=user, read_at=None).count() if isinstance(user, User) else 0

    return {"unread_notices": SimpleLazyObject(known)}
