"""Tables of cooperations: who does what with whom and how far, money between members, circular flows."""

from terreau.cooperations.models.cooperation import Cooperation, Form, Level, Party
from terreau.cooperations.models.finance import Financing, FinancingMove
from terreau.cooperations.models.materials import Stream, StreamMove, Volume

__all__ = [
    "Cooperation",
    "Financing",
    "FinancingMove",
    "Form",
    "Level",
    "Party",
    "Stream",
    "StreamMove",
    "Volume",
]
