"""The one place that turns an error into JSON: ``{"code", "message", "facts"}``."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from terreau.api.reads import language_of
from terreau.common.busy import busy, met_others
from terreau.common.errors import DomainError

_log = logging.getLogger("terreau.api")

PREFIX = "/api/"


def answer(error: DomainError) -> JsonResponse:
    """Return the response of an error, in the one shape."""
    response = JsonResponse(error.as_dict(), status=error.status, json_dumps_params={"ensure_ascii": False})
    if "retry_after" in error.facts:
        response["Retry-After"] = str(error.facts["retry_after"])
    if error.status == 308:
        response["Location"] = error.facts["address"]
        # A merge can be undone: nobody remembers the redirect without asking again.
        response["Cache-Control"] = "public, no-cache"
    return response


def too_large(size: int | None = None) -> DomainError:
    """Return the 413: the body is over the limit."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    message = _("Le corps de la demande dépasse %(limit)s octets. Envoyez-la en plusieurs fois.")
    return DomainError(
        "body_too_large", message % {"limit": limit}, facts={"limit": limit, "size": size}, status=413
    )


def bad_json() -> DomainError:
    """Return the 400: the body is not JSON."""
    message = _("Le corps de la demande n'est pas du JSON valide en UTF-8.")
    return DomainError("bad_json", message, status=400)


def invalid(problems: list[dict[str, Any]]) -> DomainError:
    """Return the 422 for what the schema refuses, each problem with its place."""
    places = [
        {"where": ".".join(str(part) for part in problem["loc"][1:]), "problem": problem["msg"]}
        for problem in problems
    ]
    named = ", ".join(sorted({place["where"] for place in places if place["where"]}))
    message = _("Demande refusée : corrigez %(where)s.") % {"where": named or _("le corps de la demande")}
    return DomainError("invalid", message, facts={"problems": places}, status=422)


def register(api: NinjaAPI) -> None:
    """Give ``api`` the one error shape for whatever its operations raise."""
    handlers: dict[type[Exception], Callable[[Any], DomainError]] = {
        DomainError: lambda error: error,
        ValidationError: lambda error: invalid(error.errors),
        HttpError: lambda error: (
            bad_json()
            if error.status_code == 400
            else DomainError("http_error", str(error), status=error.status_code)
        ),
        Http404: lambda error: not_found(),
        RequestDataTooBig: lambda error: too_large(),
        UnicodeDecodeError: lambda error: bad_json(),
        OperationalError: _met_others,
    }
    for kind, shape in handlers.items():
        api.exception_handler(kind)(_handler(shape))


def _met_others(error: Exception) -> DomainError:
    """Return the 503 of a database that others hold; any other failure goes on."""
    if not met_others(error):
        raise error
    _log.warning("met another writer: %s", error)
    return busy()


def _handler(
    shape: Callable[[Any], DomainError],
) -> Callable[[HttpRequest, Exception], HttpResponse]:
    def handle(request: HttpRequest, error: Exception) -> HttpResponse:
        return answer(shape(error))

    return handle


def not_found() -> DomainError:
    """Return the 404."""
    return DomainError("not_found", _("Cette adresse n'existe pas, ou n'est pas publique."), status=404)


def method_not_allowed(request: HttpRequest, allowed: str) -> DomainError:
    """Return the 405 with the methods that are served."""
    message = _("La méthode %(method)s n'est pas servie ici. Utilisez %(allowed)s.")
    return DomainError(
        "method_not_allowed",
        message % {"method": request.method, "allowed": allowed},
        facts={"allowed": [method for method in allowed.split(", ") if method]},
        status=405,
    )


def server_error() -> DomainError:
    """Return the 500: it says nothing of what failed."""
    message = _("Une erreur s'est produite de notre côté. Rien n'a été enregistré à moitié ; réessayez.")
    return DomainError("server_error", message, status=500)


class ApiErrorMiddleware:
    """Gives the one error shape to what fails under /api/ before or beside the API itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        size = _declared_size(request)
        if size is None:
            return answer(DomainError("bad_request", _("L'en-tête Content-Length est faux."), status=400))
        if size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return answer(too_large(size))
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return answer(DomainError("bad_request", _("L'adresse contient un caractère nul."), status=400))
        return _in_shape(request, self.get_response(request))


def _declared_size(request: HttpRequest) -> int | None:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return None


def _in_shape(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if request.path_info == PREFIX:  # the page of the API
        return response
    with translation.override(language_of(request)):
        return _shaped(request, response)


def _shaped(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response.status_code < 400 or response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    if response.status_code == 405:
        allowed = response.headers.get("Allow", "")
        shaped = answer(method_not_allowed(request, allowed))
        shaped["Allow"] = allowed
        return shaped
    if response.status_code == 404:
        return answer(not_found())
    if response.status_code >= 500:
        return answer(server_error())
    return answer(DomainError("bad_request", _("La demande est mal formée."), status=response.status_code))
