"""The long work of the census."""

from typing import Any

from django.utils import timezone

from terreau.census import confirmations
from terreau.jobs.work import Progress, register


@register("census.confirmations", due=confirmations.due)
def ask(job: Progress) -> dict[str, Any]:
    """Ask the poles whose year has come what is still true, and remind those who did not answer."""
    return confirmations.ask_all(timezone.localdate())
