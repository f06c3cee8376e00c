"""Names of groups and of public tables, for who writes them and who reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: By what poles are compared, in the order of the names of groups (``analytics`` groups by the same).
FACETS: Final = ("stage", "sector", "region", "department")
KIND, ORIGIN, REGION, STAGE, DUE = "kind", "origin", "region", "stage", "due"
#: The code of what is not known.
UNKNOWN: Final = "?"


def join(codes: Mapping[str, str]) -> str:
    """Return the name of a group from its codes by facet: ``stage=creation&region=53``."""
    return "&".join(f"{facet}={codes[facet]}" for facet in FACETS if codes.get(facet))


def split(group: str) -> dict[str, str]:
    """Return the codes of a group by facet, from its name."""
    parts = (part.partition("=") for part in group.split("&") if part)
    return {facet: code for facet, _equal, code in parts}


def resources_table(year: int) -> str:
    """Return the name of the public table of resources of a year."""
    return f"economie/{year}/ressources"


def trade_table(year: int) -> str:
    """Return the name of the public table of trade between members of a year."""
    return f"economie/{year}/commerce"
