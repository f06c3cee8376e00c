"""Long work shows where it stands, stops when asked, fails aloud, and survives kill -9."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from terreau.common.errors import DomainError
from terreau.jobs import work
from terreau.jobs.models import Job
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(work, "_kinds", {})
    monkeypatch.setattr(work, "_due", {})
    return work.register("test.work")


def waiting() -> Job:
    return Job.objects.create(kind="test.work")


def test_work_reports_what_it_did(declare: Any) -> None:
    @declare
    def count(job: work.Progress) -> dict[str, int]:
        for done in range(job.arguments["upto"]):
            job.step(done + 1, 3, last=done)
        return {"counted": 3}

    job = work.start("test.work", {"upto": 3}, by=None)
    assert (job.state, job.done, job.total, job.report) == (Job.State.DONE, 3, 3, {"counted": 3})
    assert job.checkpoint == {"last": 2}
    assert job.ended_at


def test_work_that_nobody_declared_is_refused(declare: Any) -> None:
    with pytest.raises(ValueError, match=r"test\.nothing"):
        work.start("test.nothing", by=None)
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [(DomainError("bad", "Fichier illisible."), "Fichier illisible."), (KeyError("a"), "KeyError: 'a'")],
)
def test_a_failure_is_said(declare: Any, error: Exception, said: str) -> None:
    @declare
    def fail(job: work.Progress) -> None:
        raise error

    job = work.start("test.work", by=None)
    assert (job.state, job.error) == (Job.State.FAILED, said)


def test_work_stops_at_its_next_step_and_keeps_the_one_before(declare: Any) -> None:
    @declare
    def long(job: work.Progress) -> None:
        for done in range(10):
            if done == 4:
                work.cancel(Job.objects.get(pk=job.id))
            with transaction.atomic():
                subjects.create("project")
                job.step(done + 1, 10, done=done + 1)

    job = work.start("test.work", by=None)
    assert (job.state, job.done, job.checkpoint) == (Job.State.CANCELLED, 4, {"done": 4})
    assert Subject.objects.count() == 4
    with pytest.raises(DomainError, match="déjà terminée"):
        work.cancel(job)


def test_waiting_work_is_cancelled_at_once_and_never_done(declare: Any) -> None:
    declare(lambda job: pytest.fail("it was cancelled"))
    job = work.cancel(waiting())
    work.run_job.call(str(job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_a_worker_that_was_given_up_writes_nothing_more(declare: Any) -> None:
    @declare
    def slow(job: work.Progress) -> None:
        Job.objects.filter(pk=job.id).update(attempts=2)  # another worker took it up meanwhile
        job.step(1)

    job = work.start("test.work", by=None)
    assert (job.state, job.done) == (Job.State.RUNNING, 0)


def test_silent_work_is_taken_up_and_given_up_in_the_end(declare: Any) -> None:
    declare(lambda job: {"attempt": Job.objects.get(pk=job.id).attempts})
    long_ago = timezone.now() - timedelta(hours=1)
    rows = {
        name: Job.objects.create(
            kind="test.work", state=Job.State.RUNNING, heartbeat_at=at, attempts=attempts
        )
        for name, at, attempts in (
            ("silent", long_ago, 1),
            ("alive", timezone.now(), 1),
            ("hopeless", long_ago, work.ATTEMPTS),
        )
    }
    assert work.resume_silent() == 1
    for row in rows.values():
        row.refresh_from_db()
    assert [row.state for row in rows.values()] == [Job.State.DONE, Job.State.RUNNING, Job.State.FAILED]
    assert rows["silent"].report == {"attempt": 2}
    assert "5 fois" in rows["hopeless"].error


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_it_once(declare: Any) -> None:
    declare(lambda job: {"made": str(subjects.create("project").pk)})
    job = waiting()
    at_once(*[lambda: work.run_job.call(str(job.pk))] * 2)
    assert Subject.objects.count() == 1


def _worker(word: str) -> int:
    names = connection.settings_dict
    url = f"sqlite:///{names['NAME']}"
    if connection.vendor == "postgresql":
        who = f"{names['USER']}:{names['PASSWORD']}@" if names["USER"] else ""
        url = f"postgresql://{who}{names['HOST']}:{names['PORT']}/{names['NAME']}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "terreau.config.settings",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "TERREAU_DATABASE_URL": url,
    }
    command = [sys.executable, "-m", "tests.jobs.killed_worker", word]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False, timeout=60).returncode


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_work_survives_a_killed_worker() -> None:
    assert _worker("start") == -9
    job = Job.objects.get()
    assert (job.state, job.done, job.checkpoint) == (Job.State.RUNNING, 5, {"done": 5})
    assert _worker("resume") == 0
    job.refresh_from_db()
    assert (job.state, job.done, job.report) == (Job.State.DONE, 10, {"resumed_at": 5})
    assert job.attempts == 2
    assert Subject.objects.count() == 10, "as many as without the kill"


def test_work_that_is_due_is_started_once(declare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    due = [True]

    @work.register("test.daily", due=lambda: due[0])
    def daily(job: work.Progress) -> None:
        done.append(1)

    assert (work.start_due(), work.start_due(), len(done)) == (1, 0, 1), "it came back too soon"
    Job.objects.update(created_at=timezone.now() - work.PATIENCE - timedelta(seconds=1))
    Job.objects.update(state=Job.State.RUNNING)
    assert work.start_due() == 0, "the one before still runs"
    Job.objects.update(state=Job.State.FAILED)
    assert (work.start_due(), len(done)) == (1, 2)
    due[0] = False
    Job.objects.update(created_at=timezone.now() - work.PATIENCE - timedelta(seconds=1))
    assert work.start_due() == 0
