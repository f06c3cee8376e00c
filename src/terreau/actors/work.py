"""Every day: forgetting what was held of people long enough, and looking for actors entered twice."""

from typing import Any

from django.utils import timezone

from terreau.accounts import retention
from terreau.actors import duplicates
from terreau.jobs.models import Job
from terreau.jobs.work import Progress, register

KIND = "accounts.retention"
DUPLICATES = "actors.duplicates"


def _once_a_day(kind: str) -> bool:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return not Job.objects.filter(kind=kind, state=Job.State.DONE, created_at__gte=midnight).exists()


def due() -> bool:
    """Say whether today's round is still to be made."""
    return _once_a_day(KIND)


@register(KIND, due=due)
def forget(job: Progress) -> dict[str, Any]:
    """Apply the table; a second round the same day finds nothing."""
    return dict(retention.apply(on=timezone.localdate(), save=True))


@register(DUPLICATES, due=lambda: _once_a_day(DUPLICATES))
def find_duplicates(job: Progress) -> dict[str, Any]:
    """Compare the actors of the register; what is new waits for a person."""
    return dict(duplicates.find(save=True).as_json())
