"""What the demonstration shows of this room: the numbers of the invented pole, counted as every night."""

from terreau.accounts.models import User
from terreau.jobs.work import start
from terreau.poles.models import Pole


def fill(pole: Pole, by: User | None) -> None:
    """Ask the worker to count now: an invented pole is compared with other invented poles alone."""
    start("snapshot.figures", {"asked_for": str(pole.pk)}, by=by)
