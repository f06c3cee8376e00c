"""An import that is killed, and one that writes while people edit: nothing is lost, nothing is done twice."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from terreau.accounts.models import GlobalRole, User
from terreau.actors.actions import change, create_actor, list_ess
from terreau.actors.models import Actor, EssListing, Subsidy
from terreau.imports import actions, kinds
from terreau.imports.models import Import, ImportedRow
from terreau.jobs import work
from terreau.jobs.models import Job
from terreau.journal.models import Event
from terreau.pieces.sources import source
from tests.imports.conftest import JUNIOR_ISEN, LIST, TEAM_MOVE, sheet
from tests.imports.killed_import import LINES, lines
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


def _worker(word: str, data: Path) -> int:
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
        "TERREAU_DATA_DIR": str(data),
    }
    command = [sys.executable, "-m", "tests.imports.killed_import", word]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False, timeout=120).returncode


@pytest.mark.slow
def test_an_import_survives_a_killed_worker(tmp_path: Path) -> None:
    assert _worker("start", tmp_path) == -9
    brought = Import.objects.get()
    before = Subsidy.objects.count()
    assert 0 < before < LINES
    assert (brought.state, ImportedRow.objects.count()) == (Import.State.WRITING, before)
    assert _worker("resume", tmp_path) == 0
    brought.refresh_from_db()
    assert brought.state == Import.State.WRITTEN
    expected = {(row[1], int(row[2]) * 100) for row in lines()}
    assert set(Subsidy.objects.values_list("beneficiary_name", "cents")) == expected
    assert Subsidy.objects.count() == ImportedRow.objects.count() == LINES, "as many as without the kill"
    told = Event.objects.filter(verb="import.batch_written").order_by("seq")
    assert sum(event.data["count"] for event in told) == LINES
    assert Job.objects.get(kind="imports.write").attempts == 2


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keep the work of an import for later: what is queued is done when the test says so."""
    from types import SimpleNamespace

    call = work.run_job.call
    monkeypatch.setattr(work, "run_job", SimpleNamespace(enqueue=lambda _pk: None, call=call))
    return lambda brought: call(str(Import.objects.get(pk=brought.pk).job_id))


def accepted(rows: list[list[str]]) -> Import:
    user = User.objects.create_user("officer@example.org")
    GlobalRole.objects.create(user=user, role="officer", valid_from=date(2026, 1, 1))
    brought = actions.bring(kinds.get("ess"), sheet(["siren", "nom"], *rows), "a.csv", by=user)
    actions.say_columns(brought, brought.mapping, LIST, by=user)
    return actions.write(brought, by=user)


def test_an_import_beside_an_edit(waiting: Any) -> None:
    actor = create_actor("Team Move", source=None, public=True, siren=TEAM_MOVE)
    create_actor("Junior", source=None, public=True, siren=JUNIOR_ISEN)
    brought = accepted([[TEAM_MOVE, "Team Move"], [JUNIOR_ISEN, "Junior"]])
    done = at_once(
        lambda: waiting(brought), lambda: change(actor, mine={"zone_note": "Au fond de la cour"}, by=None)
    )
    assert not [one for one in done if isinstance(one, Exception)], done
    actor.refresh_from_db()
    assert (actor.zone_note, actor.ess, actor.ess_verified) == ("Au fond de la cour", "oui", True)
    assert EssListing.objects.count() == 2


def test_a_contrary_listing_at_the_same_moment(waiting: Any) -> None:
    """Whoever comes first, the import never overwrites what a person said since the preview."""
    actor = create_actor("Team Move", source=None, public=True, siren=TEAM_MOVE)
    brought = accepted([[TEAM_MOVE, "Team Move"]])
    elsewhere = source("page", "x", "Page")

    def deny() -> None:
        list_ess(actor, listed=False, on=date(2026, 3, 1), source=elsewhere, by=None)

    done = at_once(lambda: waiting(brought), deny)
    assert not [one for one in done if isinstance(one, Exception)], done
    assert EssListing.objects.filter(source=elsewhere, listed=False).exists()
    row = ImportedRow.objects.get(brought=brought)
    added = EssListing.objects.filter(listed=True).count()
    assert added == (row.outcome == "changed"), "written once, or refused with its reason"
    assert Import.objects.get(pk=brought.pk).state == Import.State.WRITTEN


def test_two_workers_write_an_import_once(waiting: Any) -> None:
    create_actor("Team Move", source=None, public=True, siren=TEAM_MOVE)
    brought = accepted([[TEAM_MOVE, "Team Move"]])
    at_once(lambda: waiting(brought), lambda: waiting(brought))
    assert EssListing.objects.count() == ImportedRow.objects.count() == 1


def test_two_undos_take_back_once(waiting: Any) -> None:
    create_actor("Team Move", source=None, public=True, siren=TEAM_MOVE)
    brought = accepted([[TEAM_MOVE, "Team Move"]])
    waiting(brought)
    first, second = Import.objects.get(pk=brought.pk), Import.objects.get(pk=brought.pk)
    done = at_once(lambda: actions.undo(first, by=None), lambda: actions.undo(second, by=None))
    assert len([one for one in done if isinstance(one, Exception)]) == 1
    waiting(brought)
    assert not EssListing.objects.exists()
    assert Actor.objects.get().ess == "a_verifier"
    assert Import.objects.get(pk=brought.pk).state == Import.State.UNDONE


def test_work_that_is_stopped_gives_the_import_back(waiting: Any) -> None:
    create_actor("Team Move", source=None, public=True, siren=TEAM_MOVE)
    brought = accepted([[TEAM_MOVE, "Team Move"]])
    actions.stop(Import.objects.get(pk=brought.pk))
    waiting(brought)
    assert not EssListing.objects.exists()
    assert Import.objects.get(pk=brought.pk).state == Import.State.WRITTEN
