"""Work of each night: the statistics of calls whose results were published, wherever that was done."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from terreau.calls.models import Call
from terreau.jobs.work import Progress, not_done_today, register
from terreau.procedures import results, statistics

_KIND = "procedures.statistics"


@register(_KIND, due=lambda: not_done_today(_KIND))
def publish_statistics(job: Progress) -> dict[str, Any]:
    """Freeze the figures of decided calls, those that changed too; a second run changes nothing."""
    calls = list(Call.objects.filter(state__in=results.PUBLIC).order_by("pk"))
    shown = 0
    for done, call in enumerate(calls, 1):
        shown += statistics.publish(call, at=timezone.now())
        job.step(done, len(calls))
    return {"calls": len(calls), "shown": shown}
