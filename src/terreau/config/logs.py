"""Technical logs: one line an event, as text or JSON, without personal data."""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

_log = logging.getLogger("terreau.request")
#: A part of an address that is a secret: a personal link (``census.tokens``).
_SECRET = re.compile(r"/[A-Za-z0-9_-]{43}(?=/|$)")
_STANDARD = set(vars(logging.makeLogRecord({})))


class JsonFormatter(logging.Formatter):
    """Writes a record and its ``extra`` values as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {k: v for k, v in vars(record).items() if k not in _STANDARD and _is_plain(v)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


class RequestLogMiddleware:
    """Gives each request an identifier and logs its outcome: no query string, no address of a person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        identifier = uuid.uuid4().hex[:12]
        request.request_id = identifier  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = identifier
        tell(str(request.method), request.path, response.status_code, identifier, started)
        return response


def tell(method: str, path: str, status: int, identifier: str, started: float) -> None:
    """Log the outcome of a request that began at ``started`` (of ``time.perf_counter``).

    The secret of a personal link is not written.
    """
    ms = round((time.perf_counter() - started) * 1000, 1)
    extra = {"request_id": identifier, "status_code": status, "ms": ms}
    _log.info("%s %s %s %s ms", method, _SECRET.sub("/…", path), status, ms, extra=extra)


def logging_settings(form: str) -> dict[str, Any]:
    """Return Django's LOGGING for ``texte`` or ``json``."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "texte": {"format": "{asctime} {levelname:<7} {name} {message}", "style": "{"},
            "json": {"()": "terreau.config.logs.JsonFormatter"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "terreau": {"level": "INFO"},
            "django.request": {"level": "ERROR"},
            "django.security": {"level": "WARNING"},
        },
    }
