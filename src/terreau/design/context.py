"""Values that every template may use."""

from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest


def design(request: HttpRequest) -> dict[str, Any]:
    """Return the path without its language prefix, and the same page in the other language.

    ``french_path`` and ``english_path`` are for canonical links (no query), ``french_url`` and
    ``english_url`` keep the query so that a filtered list stays filtered; ``site_origin`` is
    ``https://host`` without a final slash, empty when the host is not one of ours.
    """
    path = request.path_info
    english = path == "/en" or path.startswith("/en/")
    bare = path[3:] or "/" if english else path
    query = request.META.get("QUERY_STRING", "")
    suffix = f"?{query}" if query else ""
    return {
        "bare_path": bare,
        "language_prefix": "/en" if english else "",
        "french_path": bare,
        "english_path": f"/en{bare}",
        "french_url": f"{bare}{suffix}",
        "english_url": f"/en{bare}{suffix}",
        "site_origin": _origin(request),
        "debug_pages": settings.DEBUG,
    }


def _origin(request: HttpRequest) -> str:
    """Address of the site; a refused host must not break the page that says so."""
    if settings.SITE_URL:
        return str(settings.SITE_URL)
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return ""
