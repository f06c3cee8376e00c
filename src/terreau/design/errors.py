"""The one place that turns an error into a page."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError

_log = logging.getLogger("terreau.errors")


def error_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the page of an error: what, where, what to do."""
    context = {"code": error.code, "message": error.message, "facts": error.facts, "status": error.status}
    return render(request, "design/error.html", context, status=error.status)


class DomainErrorMiddleware:
    """Turns a ``DomainError`` raised by a view into its page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page of a ``DomainError``; let anything else pass."""
        if isinstance(exception, DomainError) and not request.path.startswith("/api/"):
            return error_page(request, exception)
        return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    message = _("La demande est mal formée. Revenez en arrière et recommencez.")
    return error_page(request, DomainError("bad_request", message, status=400))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    message = _("Vous n'avez pas le droit de faire cela avec ce compte.")
    return error_page(request, DomainError("forbidden", message, status=403))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    message = _("Cette page n'existe pas, ou n'est pas publique.")
    return error_page(request, DomainError("not_found", message, status=404))


def server_error(request: HttpRequest) -> HttpResponse:
    """500, without a query: the database may be what failed."""
    message = _("Une erreur s'est produite de notre côté. Rien n'a été enregistré à moitié ; réessayez.")
    return error_page(request, DomainError("server_error", message, status=500))
