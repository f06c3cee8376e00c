"""Administrators import an official register from its page: read, compare, then write."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from terreau.accounts.models import GlobalRole, User
from terreau.common.errors import DomainError
from terreau.directory import work
from terreau.directory.models import Batch, LegalUnit
from terreau.jobs.models import Job
from terreau.journal.models import Refusal
from tests.people import SINCE, enrol

pytestmark = pytest.mark.django_db
PAGE = "/imports/repertoires/"
Pair = tuple[Path, Path]


@pytest.fixture
def administrator() -> User:
    user = User.objects.create_user("administration@example.org")
    GlobalRole.objects.create(user=user, role="administrator", valid_from=SINCE)
    enrol(user)
    return user


@pytest.fixture
def put(sirene: Pair) -> list[str]:
    """Put the two files in the folder of the server."""
    for path in sirene:
        path.rename(work.folder() / path.name)
    return [path.name for path in sirene]


@pytest.fixture
def ask(client: Client, administrator: User) -> Callable[..., Any]:
    client.force_login(administrator)

    def do(*names: str, **more: str) -> Any:
        return client.post(PAGE, {"register": "sirene", "names": list(names), **more})

    return do


def test_who_does_not_administer_sees_nothing(client: Client, put: list[str]) -> None:
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, {"register": "sirene", "names": put}).status_code == 404
    assert not Refusal.objects.exists()
    officer = User.objects.create_user("officer@example.org")
    GlobalRole.objects.create(user=officer, role="officer", valid_from=SINCE)
    enrol(officer)
    client.force_login(officer)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"register": "sirene", "names": put}).status_code == 403
    assert Refusal.objects.get().verb == "directory.import"
    assert not Job.objects.exists()


def test_an_empty_folder_says_where_to_put_files(client: Client, ask: Any) -> None:
    page = client.get(PAGE).content.decode()
    assert "Aucun fichier n" in page
    assert str(work.folder()) in page
    assert client.get("/en/imports/repertoires/").status_code == 200


def test_files_are_read_then_written(client: Client, ask: Any, put: list[str]) -> None:
    page = client.get(PAGE).content.decode()
    assert all(name in page for name in put)
    sent = ask(*put)
    assert sent.status_code == 302, sent.content.decode()
    read = client.get(sent["Location"]).content.decode()
    assert "7 lignes" in read
    assert "Écrire ces changements" in read
    assert not LegalUnit.objects.exists()
    written = client.post(sent["Location"], {"faire": "ecrire"}, follow=True).content.decode()
    batch = Batch.objects.get()
    assert f"Écrit : lot {batch.pk}" in written
    assert (batch.state, batch.added, batch.by) == ("done", 7, User.objects.get())
    again = client.get(ask(*put)["Location"]).content.decode()
    assert "Rien à changer" in again
    assert "Écrire ces changements" not in again
    assert f"lot {batch.pk}" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("names", [[], ["absent.csv"], ["../cle-secrete"], ["/etc/passwd"]])
def test_only_files_of_the_folder_are_read(ask: Any, put: list[str], names: list[str]) -> None:
    assert ask(*names).status_code == 422
    assert not Job.objects.exists()
    with pytest.raises(DomainError):
        work.ask("sirene", names, complete=False, save=False, by=User.objects.get())


def test_a_file_of_something_else_is_told(client: Client, ask: Any) -> None:
    (work.folder() / "autre.csv").write_text("a,b\n1,2\n")
    page = client.get(ask("autre.csv")["Location"]).content.decode()
    assert "arrêté" in page
    assert Job.objects.get().state == "failed"


def test_one_import_at_a_time(ask: Any, client: Client, put: list[str]) -> None:
    job = Job.objects.create(
        kind=work.KIND, arguments={"register": "sirene", "files": put, "complete": False, "save": True}
    )
    refused = ask(*put)
    assert refused.status_code == 422
    assert "déjà en cours" in refused.content.decode()
    page = client.get(f"{PAGE}{job.pk}/").content.decode()
    assert "En attente de son tour" in page
    assert 'hx-trigger="every 2s"' in page
    client.post(f"{PAGE}{job.pk}/", {"faire": "arreter"})
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_the_list_of_imports_leads_there(ask: Any, client: Client) -> None:
    assert PAGE in client.get("/imports/").content.decode()
