"""The kinds of files of this room, read at start (``imports.apps``)."""

from terreau.bookkeeping import ledger_file

__all__ = ["ledger_file"]
