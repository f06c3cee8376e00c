"""Every day: what is left unanswered ends, and poles that want a proposal each month have one."""

from functools import partial
from typing import Any

from django.utils import timezone

from terreau.jobs.work import Progress, not_done_today, register
from terreau.netting import monthly

KIND = "netting.monthly"


@register(KIND, due=partial(not_done_today, KIND))
def every_day(job: Progress) -> dict[str, Any]:
    """Do what the day asks; a second round the same day finds nothing more."""
    return dict(monthly.run(timezone.localdate()))
