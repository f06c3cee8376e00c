"""The kinds of files of this room, read at start (``imports.apps``)."""

from terreau.facts import imports_siae

__all__ = ["imports_siae"]
