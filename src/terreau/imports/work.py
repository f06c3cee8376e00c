"""The long work of this room: checking a long file, writing it, taking it back."""

from typing import Any
from uuid import UUID

from django.utils.translation import override

from terreau.imports import actions, writing
from terreau.imports.models import Import
from terreau.jobs.work import Cancelled, Lost, Progress, register


@register("imports.check")
def check(job: Progress) -> dict[str, Any]:
    """Check every line of a long file; started again, it begins again."""
    brought = Import.objects.select_related("subject", "about", "by", "piece").get(
        pk=UUID(job.arguments["import"])
    )
    with override(brought.language):
        return dict(actions.finish_check(brought, job).counts)


@register("imports.write")
def write(job: Progress) -> dict[str, Any]:
    """Write what was accepted."""
    return _ending(job, writing.write)


@register("imports.undo")
def undo(job: Progress) -> dict[str, Any]:
    """Take back what was written."""
    return _ending(job, writing.undo)


def _ending(job: Progress, work: Any) -> dict[str, Any]:
    """Do the work; when it is stopped or fails, give the import back as it stands."""
    try:
        done: dict[str, Any] = work(job)
    except Lost:
        raise
    except (Cancelled, Exception):
        brought = Import.objects.get(pk=UUID(job.arguments["import"]))
        actions.settle_stopped(brought)
        raise
    return done
