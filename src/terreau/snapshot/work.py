"""What the worker does every night: a snapshot of the ledgers, what is counted of it, what may be shown."""

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from terreau.jobs.work import Progress, not_done_today, register

_BEAT = 15


def _due() -> bool:
    return not_done_today("snapshot.figures")


@register("snapshot.figures", due=_due)
def figures(job: Progress) -> dict[str, Any]:
    """Write a snapshot, count, publish. A thread counts, so that this one says that the work is alive."""
    # Only here: what counts (Arrow, Ibis, pandas) takes a second to load, and no page needs it.
    from terreau.snapshot import counting, writing
    from terreau.snapshot.figures import publish

    made = writing.take(beat=job.step)
    with ThreadPoolExecutor(1) as pool:
        counted = pool.submit(counting.count, made)
        while wait([counted], timeout=_BEAT).not_done:
            job.alive()
    report = publish(counted.result(), beat=lambda: job.step(made.rows))
    return {"lines": made.rows, **report}
