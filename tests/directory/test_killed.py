"""An import killed half-way goes on to the same result; who edits meanwhile hardly waits."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from terreau.directory import actions, writing
from terreau.directory.actions import Import
from terreau.directory.models import Batch, Before, Establishment, LegalUnit
from terreau.subjects import actions as subjects
from tests.directory import files
from tests.directory.test_import import rows
from tests.house.tree import ROOT
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 600


@pytest.fixture
def many(tmp_path: Path) -> tuple[Path, Path]:
    return stock(tmp_path, "first", {})


def stock(folder: Path, name: str, values: dict[str, str]) -> tuple[Path, Path]:
    units = [files.unit(n, f"Unité {n % 7} du lieu {n}", **values) for n in range(MANY)]
    places = [files.place(n, rank) for n in range(MANY) for rank in (1, 2)]
    return files.write(folder / f"{name}-u.csv", units), files.write(folder / f"{name}-e.csv", places)


def run_until_killed(paths: tuple[Path, ...], tmp_path: Path) -> int:
    """Import in a process that dies half-way, on the database of the tests."""
    name = str(connection.settings_dict["NAME"])
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TERREAU_")}
    url = f"sqlite://{name}"
    if connection.vendor == "postgresql":
        values = connection.settings_dict
        url = f"postgresql://{values['USER']}@{values['HOST']}:{values['PORT']}/{name}"
    environment = kept | {
        "DJANGO_SETTINGS_MODULE": "terreau.config.settings",
        "TERREAU_DATA_DIR": str(tmp_path / "data"),
        "TERREAU_DATABASE_URL": url,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    command = [sys.executable, "-m", "tests.directory.killed_import", *map(str, paths)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode < 0, done.stderr.decode()[-2000:]
    return LegalUnit.objects.count() + Establishment.objects.count()


def test_a_killed_import_goes_on_to_the_same_result(many: tuple[Path, Path], tmp_path: Path) -> None:
    with Import(many, "sirene") as one:
        whole = one.save(by=None)
    assert whole is not None
    expected = rows()
    actions.undo(whole, by=None)
    written = run_until_killed(many, tmp_path)
    assert 0 < written < 3 * MANY
    assert Batch.objects.filter(state="writing").count() == 1
    with Import(many, "sirene") as one:
        batch = one.save(by=None)
    assert batch is not None
    assert rows() == expected
    assert (batch.digest, batch.added, batch.state) == (whole.digest, whole.added, "done")
    actions.undo(batch, by=None)
    assert not LegalUnit.objects.exists()


def test_a_killed_update_is_taken_back_whole(many: tuple[Path, Path], tmp_path: Path) -> None:
    """What was changed before and after the kill is put back as it was before the batch."""
    with Import(many, "sirene") as one:
        one.save(by=None)
    before = rows()
    changed = stock(tmp_path, "second", {"etatAdministratif": "C"})
    run_until_killed(changed[:1], tmp_path)
    batch = Batch.objects.get(state="writing")
    kept = Before.objects.filter(batch=batch).count()
    assert 0 < kept < MANY
    with Import(changed[:1], "sirene") as one:
        one.save(by=None)
    batch.refresh_from_db()
    assert (batch.state, batch.changed) == ("done", MANY)
    assert Before.objects.filter(batch=batch).count() == MANY
    actions.undo(batch, by=None)
    assert rows() == before


def test_an_interrupted_batch_can_be_undone(many: tuple[Path, Path], tmp_path: Path) -> None:
    run_until_killed(many, tmp_path)
    actions.undo(Batch.objects.get(), by=None)
    assert rows() == {table: [] for table in rows()}


def test_two_imports_at_once_one_is_refused(many: tuple[Path, Path], monkeypatch: Any) -> None:
    monkeypatch.setattr(writing, "REST", 0.05)
    started = threading.Event()

    def first() -> Any:
        with Import(many, "sirene") as one:
            return one.save(by=None, progress=lambda done, total: started.set())

    def second() -> Any:
        with Import(many, "sirene") as one:
            assert started.wait(60)
            return one.save(by=None)

    batch, refused = at_once(first, second)
    assert isinstance(batch, Batch), batch
    assert getattr(refused, "code", refused) == "import_running"
    assert Batch.objects.count() == 1


def test_who_edits_beside_an_import_hardly_waits(many: tuple[Path, Path]) -> None:
    """Edits by another connection, all along the import, are all written, none after a long wait."""
    running, waits = threading.Event(), []

    def importing() -> Any:
        try:
            with Import(many, "sirene") as one:
                running.set()
                return one.save(by=None)
        finally:
            running.clear()

    def editing() -> Any:
        assert running.wait(60)
        while running.is_set():
            asked = time.perf_counter()
            subject = subjects.create("project")
            type(subject).objects.filter(pk=subject.pk).update(created_at=timezone.now())
            waits.append(time.perf_counter() - asked)
            time.sleep(0.005)
        return len(waits)

    batch, edits = at_once(importing, editing)
    assert isinstance(batch, Batch), batch
    assert isinstance(edits, int), edits
    assert batch.added == 3 * MANY
    assert edits > 0
    assert max(waits) < 5, max(waits)
