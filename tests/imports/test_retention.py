"""How long the lines of a file are kept, and what stays of it."""

import os
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from terreau.accounts import personal, retention
from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.imports import actions, staging
from terreau.imports.models import Import
from tests.imports.conftest import LIST, TEAM_MOVE, Bring

pytestmark = pytest.mark.django_db
HEAD = ["siren", "denominationUniteLegale", "economieSocialeSolidaireUniteLegale"]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def brought(bring: Bring, actor: Actor) -> Import:
    return bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"], options=LIST)


def forgotten(days: int, *, save: bool = True) -> int:
    today = timezone.localdate() + timedelta(days=days)
    return retention.apply(on=today, save=save)["imports.staging"]


def test_a_file_that_nobody_wrote_is_given_up_after_its_time(brought: Import) -> None:
    assert forgotten(89) == 0
    assert forgotten(92, save=False) == 1
    assert staging.folder(brought.pk).exists()
    assert forgotten(92) == 1
    brought.refresh_from_db()
    assert brought.state == "abandoned"
    assert not staging.folder(brought.pk).exists()
    assert forgotten(92) == 0


def test_what_was_written_stays_and_can_be_undone(brought: Import, officer: User, actor: Actor) -> None:
    actions.write(brought, by=officer, take=["added", "changed"])
    assert forgotten(92) == 1
    brought.refresh_from_db()
    assert brought.state == "written"
    assert not staging.folder(brought.pk).exists()
    actions.undo(brought, by=officer)
    brought.refresh_from_db()
    assert brought.state == "undone"
    with pytest.raises(DomainError) as gone:
        staging.rows_of(brought.pk)
    assert gone.value.code == "staging_gone"


def test_a_folder_of_no_import_goes_unless_it_is_being_made(brought: Import) -> None:
    fresh, old = (staging.folder(uuid4()) for _ in range(2))
    for path in (fresh, old):
        path.mkdir(parents=True)
    long_ago = timezone.now().timestamp() - 3 * 86_400
    os.utime(old, (long_ago, long_ago))
    assert forgotten(0) == 1
    assert fresh.exists()
    assert not old.exists()
    assert staging.folder(brought.pk).exists()


def test_the_data_of_a_person_say_what_they_brought(brought: Import, officer: User) -> None:
    (told,) = personal.exported(officer)["imports"]["fichiers"]
    assert told["state"] == "checked"
    personal.erase(officer)
    assert Import.objects.filter(pk=brought.pk).exists()
