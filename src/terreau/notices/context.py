"""How many messages wait, for the menu of who is signed in."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from terreau.accounts.models import User
from terreau.notices.models import Notice


def unread(request: HttpRequest) -> dict[str, Any]:
    """Return ``unread_notices``: one query when a template asks, none for a stranger."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"unread_notices": 0}
    return {"unread_notices": SimpleLazyObject(Notice.objects.filter(to=user, read_at=None).count)}
