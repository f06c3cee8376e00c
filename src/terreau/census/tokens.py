"""Personal links: what is sent is a secret of 256 bits, what is kept is its digest."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError

_BYTES = 32
MOST_REMINDERS: Final = 3
#: Time between two messages about one thing.
BETWEEN: Final = timedelta(days=2)


def new() -> tuple[str, str]:
    """Return a new secret, fit for an address, and its digest, to be kept."""
    token = secrets.token_urlsafe(_BYTES)
    return token, digest(token)


def digest(token: str) -> str:
    """Return the SHA-256 of a secret, in hexadecimal.

    No salt nor slow hash is needed: nobody guesses 256 random bits. Any text is accepted.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def check_reminder(sent_at: datetime | None, last: datetime | None, number: int, now: datetime) -> None:
    """Raise ``DomainError`` when a link was sent again too often or too lately; never sent, it may leave."""
    if sent_at is None:
        return
    if number >= MOST_REMINDERS:
        words = _("%(most)d rappels suffisent : appelez plutôt.") % {"most": MOST_REMINDERS}
        raise DomainError("too_many_reminders", words)
    if now - (last or sent_at) < BETWEEN:
        raise DomainError("too_soon", _("Le dernier message est parti il y a moins de deux jours."))
