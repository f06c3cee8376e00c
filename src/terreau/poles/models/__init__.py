"""Tables of the poles: the poles themselves, what the directory lists, what came from the content files."""

from terreau.poles.models.address import FormerSlug
from terreau.poles.models.listing import Listing, Tag
from terreau.poles.models.pole import (
    Carrier,
    Membership,
    PlaceLink,
    Pole,
    Recognition,
    RegisterMove,
    RegisterStatus,
    Stage,
    StageMove,
    Statement,
)
from terreau.poles.models.seed import Mention, SeedEntry, SeedLine

__all__ = [
    "Carrier",
    "FormerSlug",
    "Listing",
    "Membership",
    "Mention",
    "PlaceLink",
    "Pole",
    "Recognition",
    "RegisterMove",
    "RegisterStatus",
    "SeedEntry",
    "SeedLine",
    "Stage",
    "StageMove",
    "Statement",
    "Tag",
]
