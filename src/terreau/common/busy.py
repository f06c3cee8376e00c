"""Writers who meet: a database that refuses because of them, and the tries after that say why.

On PostgreSQL two rows inserted at once against an exclusion constraint may each wait for the other; one of
them then gets a deadlock, and not the refusal of the constraint. SQLite says that it is locked when it waited
too long.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError

T = TypeVar("T")
_DEADLOCK = "40P01"
#: Serialization failure, deadlock, lock not available: PostgreSQL, appendix A (error codes).
_STATES = frozenset({"40001", _DEADLOCK, "55P03"})
#: SQLITE_BUSY and SQLITE_LOCKED, in the low byte of the extended codes (sqlite.org/rescode.html).
_LOCKED = frozenset({5, 6})
#: Seconds to wait after each deadlock, at most; PostgreSQL itself takes one second to see one.
_PAUSES = (0.1, 1.0)
#: Whole seconds after which to ask again.
_AFTER = 2


def _state(error: OperationalError) -> str | None:
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state


def met_others(error: Exception) -> bool:
    """Return whether the database refused because of other writers, and not because of what was asked."""
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return _state(error) in _STATES or (code is not None and code & 0xFF in _LOCKED)


def busy() -> DomainError:
    """Return the 503: nothing was written because of other writers, the same may be asked again."""
    message = _(
        "Plusieurs personnes écrivent en même temps : rien n'a été enregistré. Réessayez dans un instant."
    )
    return DomainError("busy", message, facts={"retry_after": _AFTER}, status=503)


def settled(write: Callable[[], T]) -> T:
    """Return what ``write`` returns, done in a savepoint of its own, and again after a deadlock.

    Once the other writer has gone through, the try gets what the constraints say (``IntegrityError``).
    Between tries it waits a moment, never the same, so that the two do not meet again. ``write`` may run
    several times: it only writes. The last deadlock is raised.
    """
    for pause in _PAUSES:
        try:
            with transaction.atomic():
                return write()
        except OperationalError as error:
            if _state(error) != _DEADLOCK:
                raise
        time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 (no secret)
    with transaction.atomic():
        return write()
