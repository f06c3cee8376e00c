"""Fixtures shared by every room. What a test asks for by name is what it needs."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation
from hypothesis import HealthCheck, settings

from tests import people as people_of_tests
from tests import prepared, running_site
from tests.append_only import _flush_append_only_tables  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent

# A busy machine makes examples slowly: that is no failure. Who needs more examples says so at the test.
settings.register_profile(
    "terreau", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("terreau")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing on the server of PostgreSQL, once every process has ended."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        prepared.forget(session.config._tmp_path_factory.getbasetemp())  # type: ignore[attr-defined]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run first what needs an empty database, last what needs the register.

    The territories and the register are loaded once and stay; a test that commits for real empties
    every table. In this order neither disturbs the other, whatever the number of processes. Two tests
    of one name are refused: parallel processes would run one of them and say nothing.
    """
    names = Counter(item.nodeid for item in items)
    if twice := sorted(name for name, count in names.items() if count > 1):
        raise pytest.UsageError(f"several tests share a name: {', '.join(twice)}")
    items.sort(key=_turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give whole to one process a file of browser tests, whose site starts once, and that of the launcher.

    The groups of xdist are names that it writes into those of the tests, which pytest 9.2 keeps otherwise.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            whole = "tests/browser/" in path or path.endswith("tests/launcher/test_launcher.py")
            return path if whole else nodeid

    return ByFile(config, log)


def _turn(item: pytest.Item) -> tuple[int, bool]:
    asked = set(getattr(item, "fixturenames", ()))
    marker = item.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in asked
    loaded = 2 if "_register_loaded" in asked else 1 if "_zones_loaded" in asked else 0
    return (loaded, commits) if not (loaded and commits) else (3, commits)


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    """Start in French: a page of /en read by a test before leaves its language to the thread."""
    with translation.override("fr"):
        yield


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder that all the processes of this run share."""
    return prepared.folder_of_run(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: Any,
    run_folder: Path,
) -> Iterator[None]:
    """The database of this process: a copy of the one migrated once for the run; nothing stays at the end."""
    with django_db_blocker.unblock():
        prepared.take(run_folder, "migrated", connection)
        before = setup_databases(verbosity=0, interactive=False, keepdb=True, serialized_aliases=set())
    yield
    with django_db_blocker.unblock():
        teardown_databases(before, verbosity=0)


@pytest.fixture(scope="session")
def _zones_loaded(django_db_setup: None, django_db_blocker: Any, run_folder: Path) -> None:
    with django_db_blocker.unblock():
        prepared.take(run_folder, "zones", connection)


@pytest.fixture(scope="session")
def _register_loaded(_zones_loaded: None, django_db_blocker: Any, run_folder: Path) -> None:
    with django_db_blocker.unblock():
        prepared.take(run_folder, "register", connection)


@pytest.fixture
def zones(_zones_loaded: None, db: None) -> None:
    """The official territories are in the database."""


@pytest.fixture
def register(_register_loaded: None, db: None) -> None:
    """The territories, and the poles and actors of the seeds, are in the database."""


@pytest.fixture
def grids(register: None) -> None:
    """The register, and the grids that come with Terreau."""
    from terreau.grids import loading

    loading.sync(save=True)


@pytest.fixture
def people(register: None) -> people_of_tests.People:
    """Somebody for each role, around pole A of the register: see ``tests/people.py``."""
    return people_of_tests.make()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real samples; skips, saying so, when it is not beside the repository."""
    folder = Path(os.environ.get("TERREAU_SHARED") or ROOT.parent / "shared")
    if not (folder / "data" / "samples").is_dir():
        pytest.skip("samples absent: set TERREAU_SHARED or put the shared folder beside the repository")
    return folder


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of Terreau really running (gunicorn, its own database) on the loaded register."""
    loaded = ["grids_load", "--save"], ["procedures_load_call", "--shipped"]
    with running_site.serve(tmp_path_factory.mktemp("site"), *loaded) as address:
        yield address
