"""Levels of those who give money, and which are public (R-87)."""

from typing import Final

EUROPE, STATE, REGION, DEPARTMENT, LOCAL = "europe", "state", "region", "department", "local"
PUBLIC, PRIVATE, OWN, UNKNOWN = "public", "private", "own", ""

#: From the widest to the nearest.
ORDER: Final = (EUROPE, STATE, REGION, DEPARTMENT, LOCAL, PUBLIC, PRIVATE, OWN, UNKNOWN)
PUBLIC_LEVELS: Final = frozenset({EUROPE, STATE, REGION, DEPARTMENT, LOCAL, PUBLIC})


def is_public(level: str) -> bool | None:
    """Say whether money of this level is public; none when nobody said where it comes from."""
    return None if level == UNKNOWN else level in PUBLIC_LEVELS
