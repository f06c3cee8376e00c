"""The one error of the domain, turned into HTML and JSON in one place each."""

from typing import Any


class DomainError(Exception):
    """Something that was asked cannot be done, and the person can be told why.

    ``code`` is stable and machine-readable (``snake_case``); ``message`` is a French sentence
    that says what is wrong, where, and what to do; ``facts`` holds the values that explain it
    (JSON types only); ``status`` is the HTTP status that suits it.
    """

    status = 422

    def __init__(
        self,
        code: str,
        message: str,
        *,
        facts: dict[str, Any] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message
        self.facts = facts or {}
        if status is not None:
            self.status = status

    def as_dict(self) -> dict[str, Any]:
        """Return the one error shape: ``{"code", "message", "facts"}``."""
        return {"code": self.code, "message": str(self.message), "facts": self.facts}


class NotFoundError(DomainError):
    """The thing does not exist, or the person may not know that it does."""

    status = 404


class RefusedError(DomainError):
    """The person may see the thing but not do this to it."""

    status = 403


class SignInNeededError(DomainError):
    """Nobody is signed in, and the page is for people with a role: a page leads to the sign-in, then back."""

    status = 401


class StaleWriteError(DomainError):
    """Somebody else changed the same field since the form was opened.

    ``facts["conflicts"]`` maps each field to ``{"base", "theirs", "mine"}``.
    """

    status = 409
