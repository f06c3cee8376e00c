"""The worker publishes the dump by itself, whatever is written meanwhile."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from terreau.jobs import work
from terreau.jobs.models import Job
from terreau.pieces.models import Source
from terreau.sheets import dump_rows, dumps
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from tests.two_connections import at_once


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    settings.DUMPS_DIR = tmp_path / "published"


@pytest.mark.django_db(transaction=True)
def test_the_worker_publishes_when_it_is_due() -> None:
    assert work.start_due() >= 1
    job = Job.objects.get(kind="sheets.dump")
    assert (job.state, job.error) == (Job.State.DONE, "")
    dump = dumps.latest()
    assert dump
    assert job.report["dump"] == dump.folder.name
    Job.objects.all().delete()
    work.start_due()
    assert not Job.objects.filter(kind="sheets.dump").exists()


@pytest.mark.django_db(transaction=True)
def test_a_dump_sees_one_state_and_keeps_no_writer_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row written between two tables is in neither: they can never disagree."""
    seen: list[int] = []

    def counted() -> Iterator[Any]:
        seen.append(Source.objects.count())
        yield from ()

    def writing() -> Iterator[Any]:
        def write() -> None:
            Source.objects.create(kind="page", code="meanwhile", document="Écrit pendant l'export")
            subjects.create(Subject.Kind.ACTOR)

        assert at_once(write) == [None]
        yield from ()

    monkeypatch.setitem(dump_rows.ROWS, "poles", counted)
    monkeypatch.setitem(dump_rows.ROWS, "actors", writing)
    monkeypatch.setitem(dump_rows.ROWS, "memberships", counted)
    dumps.publish()
    assert seen == [0, 0]
    assert Source.objects.count() == 1
    assert connection.get_autocommit()
