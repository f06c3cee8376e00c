"""Forgetting, every day, what is held of people for longer than the table of retention says."""

from typing import Any

from django.utils import timezone

from terreau.accounts import retention
from terreau.jobs.models import Job
from terreau.jobs.work import Progress, register

KIND = "accounts.retention"


def due() -> bool:
    """Say whether today's round is still to be made."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return not Job.objects.filter(kind=KIND, state=Job.State.DONE, created_at__gte=midnight).exists()


@register(KIND, due=due)
def forget(job: Progress) -> dict[str, Any]:
    """Apply the table; a second round the same day finds nothing."""
    return dict(retention.apply(on=timezone.localdate(), save=True))
