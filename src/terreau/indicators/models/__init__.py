"""What a pole measures of itself, round after round, and the reports that it publishes."""

from terreau.indicators.models.measure import Answer, Indicator, Round, Value
from terreau.indicators.models.report import Edition, Words

__all__ = ["Answer", "Edition", "Indicator", "Round", "Value", "Words"]
