"""Telling people, every day, that a token is about to end."""

from typing import Any

from django.utils import timezone

from terreau.api import tokens
from terreau.jobs.models import Job
from terreau.jobs.work import Progress, register

KIND = "api.tokens_notify"


def due() -> bool:
    """Say whether today's round is still to be made."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return not Job.objects.filter(kind=KIND, state=Job.State.DONE, created_at__gte=midnight).exists()


@register(KIND, due=due)
def notify(job: Progress) -> dict[str, Any]:
    """Tell those who must know; a second round the same day tells nobody twice."""
    return {"told": tokens.notify(timezone.localdate())}
