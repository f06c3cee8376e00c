"""Run as a process by the tests: queues or does work that kills its own worker half-way.

Each step makes one subject and saves where it stands, in one transaction.
"""

import os
import signal
import sys
from datetime import timedelta

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from terreau.jobs.work import Progress, register, resume_silent, start  # noqa: E402
from terreau.subjects import actions as subjects  # noqa: E402

STEPS, FATAL = 10, 6


@register("test.killed")
def work(job: Progress) -> dict[str, int]:
    """Make ten subjects; the first worker dies inside the sixth step."""
    first = job.checkpoint.get("done", 0)
    for rank in range(first, STEPS):
        with transaction.atomic():
            subjects.create("project")
            job.step(rank + 1, STEPS, done=rank + 1)
            if first == 0 and rank + 1 == FATAL:
                os.kill(os.getpid(), signal.SIGKILL)
    return {"resumed_at": first}


if __name__ == "__main__":
    if sys.argv[1] == "start":
        start("test.killed", by=None)
    else:
        resume_silent(timedelta(0))
    call_command("jobs_work", batch=True, interval=0, startup_delay=False, reload=False, verbosity=0)
