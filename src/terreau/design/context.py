"""Values that every template may use."""

from typing import Any

from django.http import HttpRequest


def design(request: HttpRequest) -> dict[str, Any]:
    """Return the path without its language prefix, to link to the same page in the other language."""
    path = request.path_info
    bare = path[3:] or "/" if path == "/en" or path.startswith("/en/") else path
    return {"bare_path": bare, "french_path": bare, "english_path": f"/en{bare}"}
