"""What a person holds on the whole site on a day: asked once where several rules of one page ask it.

``holds`` says in one question, written once for all, what every page asks of who is signed in; what it says
nobody holds is not asked again.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import DateField, Exists, QuerySet, UUIDField
from django.http import HttpRequest

from terreau.accounts.models import GlobalRole, User
from terreau.common.compiled import Compiled

T = TypeVar("T")
Memory = dict[Hashable, Any]
_memory: ContextVar[Memory | None] = ContextVar("roles_held", default=None)
_SAFE = {"GET", "HEAD"}
#: The key of a person and the day: what a question may depend on.
Rows = Callable[[UUID, date], QuerySet[Any]]
#: The name by which ``holds`` says that a person has a role on the whole site.
ROLE: Final = "accounts.role"
_asked: dict[str, Rows] = {ROLE: lambda user, on: GlobalRole.objects.held_on(on).filter(user=user)}


def roles_of(user: User, on: date) -> frozenset[str]:
    """Return the roles that hold on a day (one query, none where it was ``remembered``)."""
    if not may_hold(ROLE, user, on):
        return frozenset()
    held = GlobalRole.objects.held_on(on).filter(user=user)
    return remembered(("roles", user.pk, on), lambda: frozenset(held.values_list("role", flat=True)))


def ask(name: str, rows: Rows) -> None:
    """Have ``holds`` say ``name`` of each person of whom ``rows(key, day)`` has one; said once, at start."""
    _asked[name] = rows
    _question.cache_clear()


def holds(user: User, on: date) -> frozenset[str]:
    """Return the names asked by ``ask`` that are true of a person on a day: one query for all rooms."""

    def read() -> frozenset[str]:
        names = tuple(_asked)
        found = _question().rows(user.pk, on)
        return frozenset(name for row in found for name, there in zip(names, row, strict=True) if there)

    return remembered(("holds", user.pk, on), read)


def may_hold(name: str, user: User, on: date) -> bool:
    """Say whether the rows behind a name of ``holds`` are worth asking for: no, where it is known none is.

    Outside of ``remembering`` nothing is known, and nothing is asked.
    """
    return _memory.get() is None or name in holds(user, on)


@cache
def _question() -> Compiled:
    def build(user: UUID, on: date) -> QuerySet[Any]:
        exist = [Exists(rows(user, on).order_by()) for rows in _asked.values()]
        return User.objects.filter(pk=user).order_by().values_list(*exist)

    return Compiled(build, UUIDField(), DateField())


def remembered(key: Hashable, read: Callable[[], T]) -> T:
    """Return what was read under a key in the block of ``remembering``; outside of one, read it."""
    memory = _memory.get()
    if memory is None:
        return read()
    if key not in memory:
        memory[key] = read()
    found: T = memory[key]
    return found


@contextmanager
def during() -> Iterator[None]:
    """Read once in the block: for one act on many rows, whose rights are those of when it began."""
    token = _memory.set({}) if _memory.get() is None else None
    try:
        yield
    finally:
        if token is not None:
            _memory.reset(token)


@contextmanager
def remembering(request: HttpRequest) -> Iterator[None]:
    """Read once in the block, and in the others of one request that only reads; one that writes forgets."""
    memory: Memory = request.__dict__.setdefault("_roles_held", {}) if request.method in _SAFE else {}
    token = _memory.set(memory)
    try:
        yield
    finally:
        _memory.reset(token)
