"""Writing in the ledger, in the background, what was booked and is over."""

from typing import Any

from terreau.jobs.work import Progress, register
from terreau.means import settling


@register("means.settle", due=settling.waits)
def settle(job: Progress) -> dict[str, Any]:
    """Write what is over; what is refused is set aside and shown to who animates."""
    return {"written": settling.settle(job=job)}
