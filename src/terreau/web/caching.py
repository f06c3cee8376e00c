"""Public pages kept as they were sent, until anything is written to the database.

A page is kept for strangers only, under its whole address and language, with the state of the database that
it was made from (``common.kept``).
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from terreau.common.kept import State, state

#: Bytes that a process keeps at most, and of one page at most.
MOST, MOST_OF_ONE = 48_000_000, 2_000_000
_WORTH_GZIP = 1_000
#: Addresses that are not pages, or are about one's own account.
_NEVER = ("/api/v1/", "/compte/", "/en/compte/", "/healthz", "/readyz")
#: What an answer may depend on, beside its path.
_ASKED = (
    "QUERY_STRING",
    "HTTP_HOST",
    "wsgi.url_scheme",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_HX_REQUEST",
    "HTTP_HX_BOOSTED",
    "HTTP_HX_TARGET",
    "HTTP_HX_TRIGGER",
)
_DROPPED = {"content-length", "x-request-id", "set-cookie"}
#: Where a request's environment holds the page kept for it.
KEPT = "terreau.page"
#: Headers that belong to one answer, in small letters.
OF_ONE = _DROPPED | {"etag", "content-encoding"}

Key = tuple[str, ...]
Environment = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """What was sent: body, the same compressed, headers, and what the view asked of the policies."""

    state: State
    body: bytes
    packed: bytes
    headers: dict[str, str]
    policies: dict[str, Any]
    digest: str
    #: Headers as they left the whole site, without those of one answer (config.front); empty until then.
    sent: list[tuple[str, str]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.body) + len(self.packed)


@dataclass
class Shelf:
    """The pages that a process keeps; the one that was asked for longest ago goes first."""

    pages: OrderedDict[Key, Page] = field(default_factory=OrderedDict)
    held: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Key, state: State) -> Page | None:
        """Return the page made from this very state, None when there is none."""
        with self.lock:
            page = self.pages.get(key)
            if page is None or page.state != state:
                return None
            self.pages.move_to_end(key)
            return page

    def put(self, key: Key, page: Page) -> None:
        """Keep a page in the place of the one before."""
        with self.lock:
            before = self.pages.pop(key, None)
            self.held += page.size - (before.size if before else 0)
            self.pages[key] = page
            while self.held > MOST:
                _key, gone = self.pages.popitem(last=False)
                self.held -= gone.size

    def clear(self) -> None:
        """Keep nothing."""
        with self.lock:
            self.pages.clear()
            self.held = 0


shelf = Shelf()


class PageCacheMiddleware:
    """Answers strangers with the page kept, else makes it and keeps it; 304 to who has it already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        before = state() if _may_be_kept(request.META) else None
        if before is None:
            return self.get_response(request)
        key = _key(request.META)
        page = shelf.get(key, before)
        if page is None:
            response = self.get_response(request)
            # The guard of forms is written in their pages: one of somebody's is of nobody else.
            made = None if request.COOKIES else _page(request, response, before)
            # Written meanwhile: what was read may be half old, half new.
            if made is None or state() != before:
                return response
            page = made
            shelf.put(key, page)
        request.META[KEPT] = page
        return _response(request, page)


def kept(environ: Environment) -> Page | None:
    """Return the page that answers this request now, None when it must be made."""
    if not _may_be_kept(environ):
        return None
    key = _key(environ)
    # Most addresses are not kept: the database is asked for those that are.
    if key not in shelf.pages or (now := state()) is None:
        return None
    return shelf.get(key, now)


def _may_be_kept(environ: Environment) -> bool:
    """Say whether a stranger asks for a page: no session, no message, no token."""
    return bool(
        settings.PAGE_CACHE
        and environ["REQUEST_METHOD"] == "GET"
        and not environ["PATH_INFO"].startswith(_NEVER)
        and _cookies(environ) <= {settings.CSRF_COOKIE_NAME}
        and "HTTP_AUTHORIZATION" not in environ
    )


def _cookies(environ: Environment) -> set[str]:
    """Return the names of the cookies: any but the one that guards forms may change what is shown."""
    sent = environ.get("HTTP_COOKIE", "")
    return {part.partition("=")[0].strip() for part in sent.split(";")} if sent else set()


def _key(environ: Environment) -> Key:
    """Say what a page depends on. Its language is in its path (i18n_patterns), whatever is preferred."""
    asked = (environ.get(name, "") for name in _ASKED)
    return (environ["PATH_INFO"], *asked)


def _page(request: HttpRequest, response: HttpResponseBase, made_from: State) -> Page | None:
    """Return what to keep, None when the answer is of one person, one time, or too large."""
    if not isinstance(response, HttpResponse) or response.status_code != 200:
        return None
    personal = response.cookies or request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
    told = response.get("Cache-Control", "")
    if personal or "no-store" in told or "private" in told or response.has_header("Content-Encoding"):
        return None
    if response.has_header("Content-Disposition") or len(response.content) > MOST_OF_ONE:
        return None
    body = response.content
    return Page(
        state=made_from,
        body=body,
        packed=gzip.compress(body, 5, mtime=0) if len(body) > _WORTH_GZIP else b"",
        headers={name: value for name, value in response.items() if name.lower() not in _DROPPED},
        policies={name: value for name, value in vars(response).items() if name.startswith("_csp")},
        digest=blake2b(body, digest_size=16).hexdigest(),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of one answer, and the headers that belong to it alone."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(environ: Environment, page: Page) -> Answer:
    """Return the page as this request wants it: whole, compressed, or 304 to who has it already."""
    packed = bool(page.packed) and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    tag = f'"{page.digest}{"-gz" if packed else ""}"'
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    if known:
        tags = parse_etags(known)
        fresh = "*" in tags or tag in {one.removeprefix("W/") for one in tags}
    else:
        since = environ.get("HTTP_IF_MODIFIED_SINCE")
        fresh = since is not None and since == page.headers.get("Last-Modified")
    if fresh:
        return Answer(304, {"ETag": tag}, b"")
    body = page.packed if packed else page.body
    encoding = {"Content-Encoding": "gzip"} if packed else {}
    return Answer(200, {"ETag": tag, "Content-Length": str(len(body)), **encoding}, body)


def _response(request: HttpRequest, page: Page) -> HttpResponse:
    made = answer(request.META, page)
    response = HttpResponse(made.body, status=made.status)
    for name, value in (page.headers | made.headers).items():
        response[name] = value
    for name, policy in page.policies.items():
        setattr(response, name, policy)
    response.setdefault("Cache-Control", "no-cache")
    patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
    if made.status == 304:
        del response["Content-Type"]
    return response
