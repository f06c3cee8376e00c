"""How often the API may be asked: by address without a token, by token with one.

A bucket by key, as the generic cell rate algorithm: one instant is all that is kept of it, the moment when
the bucket will be full again. The instants stand in a file of the data folder that the processes of one
machine share in memory: exact between workers, no query, no write to a database. An address is never
written: only a keyed digest of it stands there.
"""

import fcntl
import ipaddress
import logging
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from math import ceil
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import ngettext

from terreau.api import errors, tokens
from terreau.api.models import ApiToken
from terreau.api.reads import language_of
from terreau.common.errors import DomainError

#: Slots of a row, and rows of the file (1 MiB): a key stands in one of the slots of its row.
_SLOTS, _ROWS = 8, 8192
_SLOT = struct.Struct("<Qd")
_ROW = _SLOT.size * _SLOTS
#: Seconds over which a limit is counted.
WINDOW = 60
#: Addresses that are counted: the API, and what forms ask while somebody types.
LIMITED = (errors.PREFIX, "/completion/")
_log = logging.getLogger("terreau.api")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one more request is allowed; if not, in how many seconds."""

    ok: bool
    wait: float = 0.0


class Buckets:
    """The file of the instants, mapped in memory; every process of the machine sees the same."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._descriptor, _ROW * _ROWS)
        self._memory = mmap.mmap(self._descriptor, _ROW * _ROWS)
        self._threads = threading.Lock()

    def close(self) -> None:
        """Give the file back."""
        self._memory.close()
        os.close(self._descriptor)

    def take(self, key: bytes, limit: int, *, now: float) -> Answer:
        """Count a request under ``key`` if its bucket allows: ``limit`` a minute, all at once or one by one.

        ``now`` is in seconds since the epoch: a clock that all processes share.
        """
        digest = int.from_bytes(blake2b(key, digest_size=8, key=_secret()).digest(), "little") or 1
        start = (digest % _ROWS) * _ROW
        with self._threads:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX, _ROW, start)
            try:
                return self._take(start, digest, limit, now)
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN, _ROW, start)

    def _take(self, start: int, digest: int, limit: int, now: float) -> Answer:
        place, full = self._find(start, digest)
        step = WINDOW / limit
        # An instant from another clock or another limit never shuts a key out for longer than a window.
        full = min(max(now, full), now + WINDOW)
        if full + step > now + WINDOW + step / 2:
            return Answer(ok=False, wait=full + step - now - WINDOW)
        _SLOT.pack_into(self._memory, place, digest, full + step)
        return Answer(ok=True)

    def _find(self, start: int, digest: int) -> tuple[int, float]:
        """Return the place of a key and its instant, or the place that has been idle for longest."""
        slots = [
            (place, *_SLOT.unpack_from(self._memory, place))
            for place in range(start, start + _ROW, _SLOT.size)
        ]
        for place, owner, full in slots:
            if owner == digest:
                return place, full
        return min(slots, key=lambda slot: slot[2])[0], 0.0


@cache
def _secret() -> bytes:
    return blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"terreau-limits").digest()


@cache
def buckets(path: Path) -> Buckets | None:
    """Return the buckets of this process, None (said once in the log) when the file cannot be mapped."""
    try:
        return Buckets(path)
    except OSError as error:
        _log.warning("the API is not limited: %s cannot be used (%s)", path, error)
        return None


def network(request: HttpRequest) -> str:
    """Return who asks: an IPv4 address, or the /64 of an IPv6 one, of which anybody has thousands.

    Behind a proxy that is trusted, the address is the last that it wrote in ``X-Forwarded-For``.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUST_PROXY:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(known, ipaddress.IPv6Address):
        mapped = known.ipv4_mapped
        return str(mapped or ipaddress.ip_network((known, 64), strict=False))
    return str(known)


class RateLimitMiddleware:
    """Opens tokens (``request.api_token``) and refuses (429) whoever asks the API too often."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(LIMITED) or request.method == "OPTIONS":
            return self.get_response(request)
        try:
            with translation.override(language_of(request)):
                token = _token(request)
                _count(request, token)
        except DomainError as error:
            return _refused(error)
        request.api_token = token  # type: ignore[attr-defined]
        return self.get_response(request)


def _token(request: HttpRequest) -> ApiToken | None:
    """Return the token of ``Authorization: Bearer …``, None without one."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        return tokens.open_with(secret.strip())
    except DomainError:
        # A wrong secret costs its address a request: secrets cannot be tried for free.
        _count(request, None)
        raise


def _count(request: HttpRequest, token: ApiToken | None) -> None:
    if settings.RATE_LIMIT is None:
        return
    shared = buckets(Path(settings.RATE_LIMIT_FILE))
    if shared is None:
        return
    limit = settings.RATE_LIMIT.token if token else settings.RATE_LIMIT.anonymous
    key = f"token:{token.pk}" if token else f"address:{network(request)}"
    answer = shared.take(key.encode(), limit, now=time.time())
    if not answer.ok:
        raise too_many(limit, answer.wait)


def too_many(limit: int, wait: float) -> DomainError:
    """Return the 429, with the whole seconds to wait."""
    seconds = max(1, ceil(wait))
    message = ngettext(
        "Trop de demandes : %(limit)d par minute au plus. Réessayez dans %(seconds)d seconde, "
        "ou prenez les fichiers de /donnees/.",
        "Trop de demandes : %(limit)d par minute au plus. Réessayez dans %(seconds)d secondes, "
        "ou prenez les fichiers de /donnees/.",
        seconds,
    ) % {"limit": limit, "seconds": seconds}
    return DomainError(
        "too_many_requests",
        message,
        facts={"limit": limit, "window": WINDOW, "retry_after": seconds},
        status=429,
    )


def _refused(error: DomainError) -> HttpResponse:
    response = errors.answer(error)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Terreau", error="invalid_token"'
    return response
