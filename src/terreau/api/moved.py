"""Where a subject is now: a pole that left an address, a subject that was merged into another."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError

_PREFIX = "/api/v1"


def moved(request: HttpRequest, path: str) -> DomainError:
    """Return the permanent redirect (308) to ``path`` of the API, with the query that was asked."""
    query = request.META.get("QUERY_STRING", "")
    address = f"{_PREFIX}{path}{'?' if query else ''}{query}"
    message = _("Ce que vous cherchez est maintenant à l'adresse %(address)s.") % {"address": address}
    return DomainError("moved", message, facts={"address": address}, status=308)
