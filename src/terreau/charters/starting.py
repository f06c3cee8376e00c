"""The model that a charter may start from: ours, generic, made to be rewritten. It bears no national name."""

from __future__ import annotations

from terreau.charters.rules import Content


def model() -> Content | None:
    """Return the words of the model, None when this site ships none."""
    return None
