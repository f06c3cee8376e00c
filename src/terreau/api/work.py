"""Telling people, every day, that a token is about to end."""

from functools import partial
from typing import Any

from django.utils import timezone

from terreau.api import tokens
from terreau.jobs.work import Progress, not_done_today, register

KIND = "api.tokens_notify"


due = partial(not_done_today, KIND)


@register(KIND, due=due)
def notify(job: Progress) -> dict[str, Any]:
    """Tell those who must know; a second round the same day tells nobody twice."""
    return {"told": tokens.notify(timezone.localdate())}
