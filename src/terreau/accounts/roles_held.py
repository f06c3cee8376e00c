"""What a person holds on the whole site on a day: asked once where several rules of one page ask it."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any, TypeVar

from django.db.models import Exists, QuerySet
from django.http import HttpRequest

from terreau.accounts.models import GlobalRole, User

T = TypeVar("T")
Memory = dict[Hashable, Any]
_memory: ContextVar[Memory | None] = ContextVar("roles_held", default=None)
_SAFE = {"GET", "HEAD"}
Rows = Callable[[User, date], QuerySet[Any]]
_asked: dict[str, Rows] = {}


def roles_of(user: User, on: date) -> frozenset[str]:
    """Return the roles that hold on a day (one query, none where it was ``remembered``)."""
    held = GlobalRole.objects.held_on(on).filter(user=user)
    return remembered(("roles", user.pk, on), lambda: frozenset(held.values_list("role", flat=True)))


def ask(name: str, rows: Rows) -> None:
    """Have ``holds`` say ``name`` of each person of whom ``rows(user, day)`` has one; said once, at start."""
    _asked[name] = rows


def holds(user: User, on: date) -> frozenset[str]:
    """Return the names asked by ``ask`` that are true of a person on a day: one query for all rooms."""

    def read() -> frozenset[str]:
        names = tuple(_asked)
        exist = [Exists(_asked[name](user, on).order_by()) for name in names]
        row = User.objects.filter(pk=user.pk).values_list(*exist).first() if exist else None
        return frozenset(name for name, there in zip(names, row or (), strict=False) if there)

    return remembered(("holds", user.pk, on), read)


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
def remembering(request: HttpRequest) -> Iterator[None]:
    """Read once in the block, and in the others of one request that only reads; one that writes forgets."""
    memory: Memory = request.__dict__.setdefault("_roles_held", {}) if request.method in _SAFE else {}
    token = _memory.set(memory)
    try:
        yield
    finally:
        _memory.reset(token)
