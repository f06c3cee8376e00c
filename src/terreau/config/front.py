"""What stands before Django: a page kept is answered here, at a tenth of the price."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from terreau.config import logs
from terreau.web import caching

Headers = list[tuple[str, str]]
Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]


class PageFront:
    """A WSGI application that answers with a page kept, and asks Django for everything else.

    Headers are those that the whole of Django gave the first time; what is of one answer only is made anew.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        started = time.perf_counter()
        page = caching.kept(environ)
        if page is None or not page.sent:
            return self.application(environ, _noting(environ, start_response))
        identifier = uuid.uuid4().hex[:12]
        answer = caching.answer(environ, page)
        headers = [*page.sent, *answer.headers.items(), ("X-Request-ID", identifier)]
        if answer.status == HTTPStatus.NOT_MODIFIED:
            headers = [(name, value) for name, value in headers if name != "Content-Type"]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        logs.tell(environ["REQUEST_METHOD"], environ["PATH_INFO"], answer.status, identifier, started)
        return [answer.body]


def _noting(environ: dict[str, Any], start_response: Start) -> Start:
    """Keep beside the page the headers with which it leaves."""

    def start(status: str, headers: Headers, *more: Any) -> Any:
        page = environ.get(caching.KEPT)
        if page is not None and status.startswith("200"):
            page.sent[:] = [(name, value) for name, value in headers if name.lower() not in caching.OF_ONE]
        return start_response(status, headers, *more)

    return start
