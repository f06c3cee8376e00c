"""What every answer of the API has: a strong ``ETag`` and 304, CORS for public reads, HEAD, a language."""

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation.trans_real import parse_accept_lang_header

PREFIX = "/api/v1/"
_OPTIONS = "OPTIONS"


def language_of(request: HttpRequest) -> str:
    """Return ``fr`` or ``en``, the one that ``Accept-Language`` prefers; French when it says nothing."""
    for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500]):
        if (language := code.split("-")[0]) in {"fr", "en"}:
            return language
    return "fr"


class PublicReadMiddleware:
    """Serves the API to caches and to the pages of others. Anything not under /api/v1/ passes untouched.

    Reads carry no cookie: any origin may read, none with credentials, so that an origin proves nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        language = language_of(request)
        with translation.override(language):
            response = self.get_response(request)
        request.method = asked
        return _finished(request, response, language)

    def process_view(self, request: HttpRequest, *view: object) -> None:
        """Give the view the language of the client: the addresses of the API have none."""
        if request.path_info.startswith(PREFIX):
            translation.activate(language_of(request))


def _finished(request: HttpRequest, response: HttpResponse, language: str) -> HttpResponse:
    if request.method == _OPTIONS and response.status_code == 405:
        response = _options(response.headers.get("Allow", ""))
    response["Content-Language"] = language
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"
    # Resources are for the pages of others; COOP is about windows and says nothing of this.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Language"])
    if request.method in {"GET", "HEAD"} and response.status_code == 200 and not response.streaming:
        response = _conditional(request, response)
    if request.method == "HEAD" and not response.streaming:
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def _options(allow: str) -> HttpResponse:
    methods = [method for method in allow.split(", ") if method]
    if "GET" in methods:
        methods.append("HEAD")
    allowed = ", ".join([*methods, _OPTIONS])
    response = HttpResponse(status=204)
    response["Allow"] = response["Access-Control-Allow-Methods"] = allowed
    response["Access-Control-Allow-Headers"] = "Accept-Language, Content-Type, If-None-Match"
    response["Access-Control-Max-Age"] = "86400"
    del response["Content-Type"]
    return response


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give the answer a strong tag made of its bytes, and 304 to who has them already (RFC 9110, 13.1.2)."""
    kind = f"{response['Content-Type']} {response['Content-Language']} ".encode()
    tag = f'"{hashlib.sha256(kind + response.content).hexdigest()[:32]}"'
    response["ETag"] = tag
    response.setdefault("Cache-Control", "public, no-cache")
    known = {one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))}
    if tag not in known and "*" not in known:
        return response
    response.status_code = 304
    response.content = b""
    for name in ("Content-Type", "Content-Length"):
        if name in response:
            del response[name]
    return response
