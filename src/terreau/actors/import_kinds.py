"""The kinds of files of this room, read at start (``imports.apps``)."""

from terreau.actors import imports_ess

__all__ = ["imports_ess"]
