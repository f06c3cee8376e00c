"""Each day: labels past their last day are closed; people are told before a label, an advantage or a step
ends.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from terreau.jobs.work import Progress, not_done_today, register
from terreau.labels import deciding, rules
from terreau.labels.models import Advantage, LabelRequest, PlanStep
from terreau.labels.telling import tell_keepers, tell_pole

_KIND = "labels.watch"
_FIRST = max(rules.ALERTS)


@register(_KIND, due=lambda: not_done_today(_KIND))
def watch(job: Progress) -> dict[str, Any]:
    """Close what ended, then alert; a second run the same day changes and tells nothing more."""
    expired = deciding.expire(today())
    job.step(1, 2)
    return {"expired": expired, "alerts": alert(today())}


def today() -> date:
    """Return the day it is in Paris."""
    return timezone.localdate()


def alert(on: date) -> int:
    """Tell what ends within ninety days, once at each alert; return how many things end."""
    labels, steps, ending = _labels(on), _steps(on), _advantages(on)
    for row in labels:
        tell_pole(row, "ending", dedupe=_key("label", row.pk.hex, row.valid_to, on))
    for step in steps:
        tell_pole(step.request, "step", dedupe=_key("step", str(step.pk), step.due_on, on))
    for one in ending:
        key = _key("advantage", one.pk.hex, one.ends_on, on)
        tell_pole(one.request, "advantage", dedupe=key)
        tell_keepers(one.request, "advantage", on=on, dedupe=key)
    return len(labels) + len(steps) + len(ending)


def _key(what: str, pk: str, ends: date | None, on: date) -> str:
    return f"ending-{what}-{pk}-{ends}-{rules.alert(ends, on) if ends else ''}"


def _labels(on: date) -> list[LabelRequest]:
    rows = LabelRequest.objects.filter(
        state=rules.State.GRANTED, valid_to__range=(on, on + timedelta(days=_FIRST))
    )
    return list(rows.select_related("scheme__owner", "pole__actor__subject").order_by("valid_to", "pk"))


def _steps(on: date) -> list[PlanStep]:
    rows = PlanStep.objects.filter(
        done_on=None,
        due_on__range=(on, on + timedelta(days=30)),
        request__state__in=[rules.State.GRANTED, rules.State.SUSPENDED],
    )
    chosen = rows.select_related("request__scheme__owner", "request__pole__actor__subject")
    return list(chosen.order_by("due_on", "pk"))


def _advantages(on: date) -> list[Advantage]:
    rows = Advantage.objects.filter(ended_on=None, ends_on__range=(on, on + timedelta(days=_FIRST)))
    chosen = rows.select_related("request__scheme__owner", "request__pole__actor__subject")
    return list(chosen.order_by("ends_on", "pk"))
