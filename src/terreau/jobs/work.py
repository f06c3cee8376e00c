"""Long work: shown while it goes, stopped when asked, taken up again after a kill.

A room declares its work in its own ``work.py`` (found at start)::

    @register("territories.import")
    def import_layer(job: Progress) -> dict[str, Any]:
        for done in range(job.checkpoint.get("done", 0), total):
            with transaction.atomic():
                ...                                # the work, and where it stands, in one transaction
                job.step(done + 1, total, done=done + 1)
        return {"rows": total}

``step`` saves the checkpoint, says that the work is alive, and stops it when asked to.

What must be done every so often says when: ``@register("sheets.dump", due=dumps.due)``; the worker asks.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.jobs.models import Job

#: A running job whose last sign of life is older is taken up again.
SILENCE = timedelta(seconds=90)
#: How many times it is taken up before it is said to have failed.
ATTEMPTS = 5
#: Work that comes back by itself is not started twice within this time, so that a failure does not loop.
PATIENCE = timedelta(hours=1)

Work = Callable[["Progress"], dict[str, Any] | None]
_kinds: dict[str, Work] = {}
_due: dict[str, Callable[[], bool]] = {}
_log = logging.getLogger("terreau.jobs")


class Cancelled(Exception):  # noqa: N818
    """The person asked to stop."""


class Lost(Exception):  # noqa: N818
    """Another worker has taken the work up; this one writes nothing more."""


def register(kind: str, *, due: Callable[[], bool] | None = None) -> Callable[[Work], Work]:
    """Declare what does the work of this kind; it may be started again from its checkpoint.

    With ``due`` the worker starts it whenever ``due()`` is true, one at a time.
    """

    def declare(work: Work) -> Work:
        _kinds[kind] = work
        if due:
            _due[kind] = due
        return work

    return declare


class Progress:
    """The hand that the work holds on its job. ``checkpoint`` is what ``step`` saved last."""

    def __init__(self, job: Job) -> None:
        self.id = job.pk
        self.arguments: dict[str, Any] = job.arguments
        self.checkpoint: dict[str, Any] = dict(job.checkpoint)
        self.cancelled = job.cancel_asked
        self._attempt = job.attempts

    def step(self, done: int, total: int | None = None, /, **checkpoint: Any) -> None:
        """Say how far the work is and save ``checkpoint`` over the one before, key by key.

        Called inside the transaction of the work, both are kept or lost together. Raises
        ``Cancelled`` when asked to stop and ``Lost`` when another worker has taken over: let both
        go through, the transaction is then rolled back and the checkpoint is that of the step before.
        Call it at least every half minute.
        """
        self.checkpoint |= checkpoint
        values = {"done": done, "checkpoint": self.checkpoint, "heartbeat_at": timezone.now()}
        if total is not None:
            values["total"] = total
        if not self._mine().update(**values):
            raise Lost
        self.cancelled = bool(self._mine().values_list("cancel_asked", flat=True).first())
        if self.cancelled:
            raise Cancelled

    def alive(self) -> None:
        """Say that the work is alive, from whatever thread: for what takes minutes between two steps."""
        self._mine().update(heartbeat_at=timezone.now())

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.id, state=Job.State.RUNNING, attempts=self._attempt)


def start(kind: str, arguments: dict[str, Any] | None = None, *, by: User | None) -> Job:
    """Queue work of a declared kind; in the transaction of the caller, or at once."""
    if kind not in _kinds:
        raise ValueError(f"no work is declared for {kind!r}: known are {', '.join(sorted(_kinds))}")
    job = Job.objects.create(kind=kind, arguments=arguments or {}, by=by)
    run_job.enqueue(str(job.pk))
    job.refresh_from_db()
    return job


def cancel(job: Job) -> Job:
    """Stop work: at once when it waits, at its next step when it runs; refused when it has ended."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    stopped = waiting.update(state=Job.State.CANCELLED, cancel_asked=True, ended_at=now)
    if not stopped and not running.update(cancel_asked=True):
        raise DomainError("job_ended", _("Cette tâche est déjà terminée."), status=409)
    job.refresh_from_db()
    return job


def resume_silent(silence: timedelta = SILENCE) -> int:
    """Queue again the running jobs that give no sign of life; return how many.

    Two callers never queue the same one: the heartbeat they saw is a condition of the update.
    """
    resumed = 0
    quiet = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=timezone.now() - silence)
    for job in quiet.order_by("pk"):
        same = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, heartbeat_at=job.heartbeat_at)
        if job.attempts >= ATTEMPTS:
            message = _("Interrompue %(n)d fois de suite.") % {"n": job.attempts}
            same.update(state=Job.State.FAILED, error=message, ended_at=timezone.now())
        elif same.update(state=Job.State.WAITING):
            run_job.enqueue(str(job.pk))
            resumed += 1
    return resumed


def not_done_today(kind: str) -> bool:
    """Say whether work of this kind is still to be done today: a ``due`` for what is made once a day."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return not Job.objects.filter(kind=kind, state=Job.State.DONE, created_at__gte=midnight).exists()


def start_due() -> int:
    """Start the work whose time has come, unless it waits, runs or was started lately; return how much."""
    busy = Q(state__in=[Job.State.WAITING, Job.State.RUNNING]) | Q(created_at__gt=timezone.now() - PATIENCE)
    started = 0
    for kind, due in _due.items():
        if due() and not Job.objects.filter(busy, kind=kind).exists():
            start(kind, by=None)
            started += 1
    return started


@task()
def run_job(identifier: str) -> None:
    """Do the work of a job that waits; a job that runs, has ended or is cancelled is left alone."""
    job = _claim(UUID(identifier))
    if job is None:
        return
    try:
        report = _kinds[job.kind](Progress(job)) or {}
    except Cancelled:
        _end(job, state=Job.State.CANCELLED)
    except Lost:
        _log.warning("job %s was taken up by another worker", identifier)
    except DomainError as error:
        _end(job, state=Job.State.FAILED, error=str(error.message))
    except Exception as error:
        _log.exception("job %s failed", identifier)
        _end(job, state=Job.State.FAILED, error=f"{type(error).__name__}: {error}"[:2000])
    else:
        _end(job, state=Job.State.DONE, report=report)


def _claim(pk: UUID) -> Job | None:
    now = timezone.now()
    waiting = Job.objects.filter(pk=pk, state=Job.State.WAITING)
    if not waiting.update(state=Job.State.RUNNING, attempts=F("attempts") + 1, heartbeat_at=now):
        return None
    Job.objects.filter(pk=pk, started_at__isnull=True).update(started_at=now)
    return Job.objects.get(pk=pk)


def _end(job: Job, **values: Any) -> None:
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts)
    mine.update(ended_at=timezone.now(), **values)
