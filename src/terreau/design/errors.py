"""The one place that turns an error into a page."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common.busy import busy, met_others
from terreau.common.errors import DomainError, SignInNeededError

_log = logging.getLogger("terreau.errors")


def _title(status: int) -> str:
    titles = {
        400: _("Demande mal formée"),
        403: _("Accès refusé"),
        404: _("Page introuvable"),
        409: _("Quelqu'un d'autre a modifié la même chose"),
        410: _("Ce contenu n'est plus là"),
        413: _("Fichier trop gros"),
        415: _("Type de fichier refusé"),
        422: _("Demande impossible"),
        423: _("Pas encore disponible"),
        429: _("Trop de demandes à la fois"),
        503: _("Réessayez dans un instant"),
    }
    return titles.get(status, _("Quelque chose n'a pas marché"))


def _details(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the facts that a person can read: simple values and lists of them."""
    shown = []
    for name, value in facts.items():
        simple = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        if isinstance(simple, str | int | float):
            shown.append((name.replace("_", " "), str(simple)))
    return shown


def error_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the page of an error: what, where, what to do."""
    context = {
        "code": error.code,
        "title": _title(error.status),
        "message": error.message,
        "details": _details(error.facts),
        "status": error.status,
    }
    response = render(request, "design/error.html", context, status=error.status)
    if "retry_after" in error.facts:
        response["Retry-After"] = str(error.facts["retry_after"])
    return response


class DomainErrorMiddleware:
    """Turns a ``DomainError`` raised by a view, or a meeting of writers, into its page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page of a ``DomainError``, of a database that others hold; let anything else pass."""
        if request.path.startswith("/api/v1/"):
            return None
        if met_others(exception):
            _log.warning("met another writer: %s", exception)
            exception = busy()
        if isinstance(exception, SignInNeededError):
            return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))
        return error_page(request, exception) if isinstance(exception, DomainError) else None


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


def too_many(request: HttpRequest) -> HttpResponse:
    """429: attempts to sign in that come too fast."""
    message = _("Trop de tentatives à la fois. Attendez quelques minutes, puis recommencez.")
    return error_page(
        request, DomainError("too_many_attempts", message, facts={"retry_after": 300}, status=429)
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500, without a query, a session or a context processor: any of them may be what failed."""
    title = _("Quelque chose n'a pas marché")
    message = _("Une erreur s'est produite de notre côté. Rien n'a été enregistré à moitié ; réessayez.")
    values = {"title": title, "message": message, "language": get_language() or "fr"}
    try:
        page: str = render_to_string("design/server_error.html", values)
    except Exception:  # the page of last resort cannot fail
        _log.exception("the page of error 500 cannot be rendered")
        page = f"<!doctype html><title>Terreau</title><h1>{escape(title)}</h1><p>{escape(message)}</p>"
    return HttpResponse(page, status=500)
