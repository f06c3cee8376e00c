"""Tables of the trade between members."""

from terreau.trade.models.exchange import Declaration, Exchange, Step
from terreau.trade.models.spending import Spending

__all__ = ["Declaration", "Exchange", "Spending", "Step"]
