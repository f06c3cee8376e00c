"""The names of what rules read on a day, made once: what every explanation says them with."""

from datetime import date
from functools import lru_cache

from terreau.grids import wording
from terreau.grids.wording import Lexicon


@lru_cache(maxsize=64)
def lexicon(on: date | None = None) -> Lexicon:
    """Return the names of readable facts and parameters, which have their value of the day ``on``."""
    return wording.lexicon(on)


__all__ = ["Lexicon", "lexicon"]
