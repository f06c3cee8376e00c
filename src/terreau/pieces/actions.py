"""What supports a statement: a citation, or a file attached to a subject."""

from terreau.pieces.sources import source

__all__ = ["source"]
