"""The kinds of files of this room, read at start (``imports.apps``)."""

from terreau.actors import imports_ess, imports_subsidies

__all__ = ["imports_ess", "imports_subsidies"]
