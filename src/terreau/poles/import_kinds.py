"""The kinds of files of this room, read at start (``imports.apps``)."""

from terreau.poles import sheet_import, sheet_members

__all__ = ["sheet_import", "sheet_members"]
