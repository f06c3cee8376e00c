"""What every page may say of the person: whether an inbox waits for them."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from terreau.actors.perms import moderation_scope


def moderates(request: HttpRequest) -> dict[str, Any]:
    """Return ``moderates``, known only when a template asks: two or three queries for a person, none else."""

    def known() -> bool:
        return bool(moderation_scope(getattr(request, "user", None), timezone.localdate()))

    return {"moderates": SimpleLazyObject(known)}
