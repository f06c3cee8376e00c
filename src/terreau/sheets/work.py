"""What the worker does every day: the dump that the site offers, what grids teach, the messages of people."""

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from django.db import connection
from django.utils import timezone

from terreau.jobs.work import Progress, not_done_today, register
from terreau.notices.actions import send_digests
from terreau.sheets import dumps, learning_count
from terreau.sheets.dumps import Dump

#: Nobody is written to earlier in the day, in the hour of the place.
_MORNING = 7
#: Seconds between two signs of life: the dump sees one snapshot, in which nothing can be written.
_BEAT = 15


@register("sheets.dump", due=dumps.due)
def publish(job: Progress) -> dict[str, Any]:
    """Publish a dump on a connection of its own, while this one says that the work is alive."""
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_publish)
        while wait([writing], timeout=_BEAT).not_done:
            job.step(0)
    dump = writing.result()
    return {"dump": dump.folder.name, "files": len(dump.manifest["files"])}


def _publish() -> Dump:
    try:
        return dumps.publish()
    finally:
        connection.close()


@register("sheets.learn", due=lambda: not_done_today("sheets.learn"))
def learn(job: Progress) -> dict[str, Any]:
    """Count what each criterion gives across the public poles, and publish what secrecy allows."""
    return learning_count.learn(beat=job.step)


def digests_due() -> bool:
    """Say whether the messages of the day are still to leave: once a day, in the morning at the earliest."""
    return timezone.localtime().hour >= _MORNING and not_done_today("notices.digest")


@register("notices.digest", due=digests_due)
def digest(job: Progress) -> dict[str, Any]:
    """Send each person one message with what is unread, at the rhythm that they chose."""
    return {"sent": send_digests()}
