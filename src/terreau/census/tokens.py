"""Personal links: what is sent is a secret of 256 bits, what is kept is its digest."""

import hashlib
import secrets

_BYTES = 32


def new() -> tuple[str, str]:
    """Return a new secret, fit for an address, and its digest, to be kept."""
    token = secrets.token_urlsafe(_BYTES)
    return token, digest(token)


def digest(token: str) -> str:
    """Return the SHA-256 of a secret, in hexadecimal.

    No salt nor slow hash is needed: nobody guesses 256 random bits. Any text is accepted.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
