"""The roles that a person holds on the whole site on a day: one query, once where several rules ask it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any

from terreau.accounts.models import GlobalRole, User

_memory: ContextVar[dict[Any, frozenset[str]] | None] = ContextVar("roles_held", default=None)


def roles_of(user: User, on: date) -> frozenset[str]:
    """Return the roles that hold on a day; inside ``remembering``, those that were read there first."""
    memory = _memory.get()
    if memory is not None and (user.pk, on) in memory:
        return memory[user.pk, on]
    found = frozenset(GlobalRole.objects.held_on(on).filter(user=user).values_list("role", flat=True))
    if memory is not None:
        memory[user.pk, on] = found
    return found


@contextmanager
def remembering(memory: dict[Any, frozenset[str]]) -> Iterator[None]:
    """Ask for the roles of a person once in the block: for what only reads, as the menu of a page does."""
    token = _memory.set(memory)
    try:
        yield
    finally:
        _memory.reset(token)
