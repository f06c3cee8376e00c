"""Every day: forgetting what was held of people long enough, and looking for actors entered twice."""

from functools import partial
from typing import Any

from django.utils import timezone

from terreau.accounts import retention
from terreau.actors import duplicates
from terreau.jobs.work import Progress, not_done_today, register

KIND = "accounts.retention"
DUPLICATES = "actors.duplicates"


due = partial(not_done_today, KIND)


@register(KIND, due=due)
def forget(job: Progress) -> dict[str, Any]:
    """Apply the table; a second round the same day finds nothing."""
    return dict(retention.apply(on=timezone.localdate(), save=True))


@register(DUPLICATES, due=partial(not_done_today, DUPLICATES))
def find_duplicates(job: Progress) -> dict[str, Any]:
    """Compare the actors of the register; what is new waits for a person."""
    return dict(duplicates.find(save=True).as_json())
