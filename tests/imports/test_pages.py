"""The pages: who may come, each step without JavaScript, what is refused and why."""

from typing import Any

import pytest
from django.test import Client

from terreau.accounts.models import User
from terreau.actors.models import Actor, EssListing
from terreau.imports.models import Import
from terreau.jobs.models import Job
from terreau.journal.models import Refusal
from tests.imports.conftest import LIST, NOBODY, TEAM_MOVE, Bring, sheet
from tests.people import enrol

pytestmark = pytest.mark.django_db
HEAD = ["siren", "denominationUniteLegale", "economieSocialeSolidaireUniteLegale"]
OPTIONS = {f"option-{code}": value for code, value in LIST.items()}


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    enrol(officer)
    client.force_login(officer)
    return client


def upload(name: str = "liste.csv", *rows: list[str]) -> Any:
    file = sheet(HEAD, *(rows or ([TEAM_MOVE, "TEAM MOVE", "O"],)))
    file.name = name
    return file


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_stranger_finds_nothing_and_a_reader_is_refused(
    client: Client, bring: Bring, stranger: User, actor: Actor
) -> None:
    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"])
    paths = ["/imports/", "/imports/nouveau/ess/", "/imports/modele/ess.csv", f"/imports/{brought.pk}/"]
    paths += [f"/imports/{brought.pk}/colonnes/", f"/imports/{brought.pk}/rapport/"]
    assert [client.get(path).status_code for path in paths] == [404] * len(paths)
    assert client.post(f"/imports/{brought.pk}/ecrire/").status_code == 404
    client.force_login(stranger)
    assert [client.get(path).status_code for path in paths] == [403] * len(paths)
    assert client.post(f"/imports/{brought.pk}/ecrire/", {"prendre": "changed"}).status_code == 403
    assert client.post("/imports/nouveau/ess/", {"file": upload()}).status_code == 403
    assert Refusal.objects.filter(by=stranger.pk, subject=brought.subject, verb="import.bring").exists()
    assert not EssListing.objects.exists()


def test_another_officer_does_not_read_the_file(client: Client, bring: Bring) -> None:
    from datetime import date

    from terreau.accounts.models import GlobalRole

    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"])
    other = User.objects.create_user("other@example.org")
    GlobalRole.objects.create(user=other, role="officer", valid_from=date(2026, 1, 1))
    enrol(other)
    client.force_login(other)
    assert client.get("/imports/").status_code == 200
    assert client.get(f"/imports/{brought.pk}/").status_code == 403


def test_from_a_file_to_the_register_and_back(desk: Client, actor: Actor) -> None:
    assert "Rien encore" in text(desk.get("/imports/"))
    wrong = [TEAM_MOVE[:-1] + "5", "TEAM MOVE", "O"]
    there = desk.post("/imports/nouveau/ess/", {"file": upload("liste.csv", wrong)})
    brought = Import.objects.get()
    assert there.url == f"/imports/{brought.pk}/colonnes/"
    shown = text(desk.get(there.url))
    assert "A · siren" in shown
    assert "TEAM MOVE" in shown

    chosen = {f"colonne-{code}": index for code, index in brought.mapping.items()}
    refused = desk.post(there.url, chosen)
    assert refused.status_code == 422
    assert "option-on" in text(refused)
    assert desk.post(there.url, chosen | OPTIONS).url == f"/imports/{brought.pk}/"

    shown = text(desk.get(f"/imports/{brought.pk}/"))
    assert "A2 · siren" in shown
    assert "sa clé est fausse" in shown
    assert desk.post(f"/imports/{brought.pk}/ecrire/", {"prendre": "changed"}).status_code == 409
    desk.post(f"/imports/{brought.pk}/corriger/", {"c-2-0": TEAM_MOVE, "avant-2-0": wrong[0]})
    shown = text(desk.get(f"/imports/{brought.pk}/"))
    assert "<ins>oui</ins>" in shown
    desk.post(f"/imports/{brought.pk}/ecrire/", {"prendre": ["added", "changed"]})
    assert EssListing.objects.count() == 1
    shown = text(desk.get(f"/imports/{brought.pk}/"))
    assert "Ce que ce fichier a écrit" in shown
    desk.post(f"/imports/{brought.pk}/annuler/")
    assert not EssListing.objects.exists()
    assert "Cet import est annulé" in text(desk.get(f"/imports/{brought.pk}/"))


def test_an_unchecked_line_is_left_aside(desk: Client, bring: Bring, actor: Actor) -> None:
    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"])
    desk.post(f"/imports/{brought.pk}/choisir/", {"ligne": ["2"], "garder": []})
    assert list(brought.set_aside.values_list("row", flat=True)) == [2]
    desk.post(f"/imports/{brought.pk}/choisir/", {"ligne": ["2"], "garder": ["2"]})
    assert not brought.set_aside.exists()


def test_the_report_says_each_cell(desk: Client, bring: Bring) -> None:
    brought = bring("ess", HEAD, [NOBODY, "=CMD()", "O"], [TEAM_MOVE, "x", "peut-être"])
    report = b"".join(desk.get(f"/imports/{brought.pk}/rapport/")).decode("utf-8-sig")  # type: ignore[call-overload]
    rows = [line.split(";") for line in report.splitlines()]
    assert rows[0][:4] == ["Feuille", "Ligne", "Colonne", "En-tête"]
    assert rows[1][1:6] == ["2", "A", "siren", "SIREN", NOBODY]
    assert rows[2][1:6] == ["3", "C", HEAD[2], "entreprise de l'ESS", "peut-être"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("photo.csv", b"\x89PNG\r\n\x1a\n\0", "pas un tableau"),
        ("vide.csv", b";;\n", "aucune ligne"),
    ],
)
def test_what_is_no_table_says_so(desk: Client, name: str, data: bytes, said: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = desk.post("/imports/nouveau/ess/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Import.objects.exists()


def test_an_import_given_up_writes_nothing(desk: Client, bring: Bring, actor: Actor) -> None:
    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"])
    assert desk.post(f"/imports/{brought.pk}/abandonner/").url == "/imports/"
    brought.refresh_from_db()
    assert brought.state == Import.State.ABANDONED
    assert desk.post(f"/imports/{brought.pk}/ecrire/", {"prendre": "changed"}).status_code == 409
    assert "Import abandonné" in text(desk.get(f"/imports/{brought.pk}/"))


def test_an_unknown_kind_or_import_is_not_found(desk: Client) -> None:
    assert desk.get("/imports/nouveau/rien/").status_code == 404
    assert desk.get("/imports/01980000-0000-7000-8000-00000000f1c7/").status_code == 404


def test_a_file_too_large_is_refused(desk: Client, settings: Any) -> None:
    settings.PIECES_MAX_BYTES = 10
    answer = desk.post("/imports/nouveau/ess/", {"file": upload()})
    assert answer.status_code == 422
    assert "trop gros" in text(answer)
    assert not Import.objects.exists()


def test_a_subject_that_is_no_pole_is_not_found_or_refused(desk: Client, actor: Actor) -> None:
    assert desk.get(f"/imports/nouveau/membres/?sujet={actor.pk}").status_code == 403
    assert desk.get("/imports/nouveau/membres/?sujet=rien").status_code == 404


def test_work_that_failed_is_taken_in_hand_again(desk: Client, bring: Bring, actor: Actor) -> None:
    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"])
    job = Job.objects.create(kind="imports.write", state=Job.State.FAILED, error="Interrompue 5 fois.")
    Import.objects.filter(pk=brought.pk).update(state=Import.State.WRITING, job=job)
    shown = text(desk.get(f"/imports/{brought.pk}/"))
    assert "Interrompue 5 fois." in shown
    assert "hx-trigger" not in shown
    desk.post(f"/imports/{brought.pk}/reprendre/")
    brought.refresh_from_db()
    assert brought.state == Import.State.WRITTEN


def test_work_in_hand_shows_how_far_it_is(desk: Client, bring: Bring, actor: Actor) -> None:
    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"])
    job = Job.objects.create(kind="imports.write", state=Job.State.RUNNING, done=3, total=10)
    Import.objects.filter(pk=brought.pk).update(state=Import.State.WRITING, job=job)
    shown = text(desk.get(f"/imports/{brought.pk}/"))
    assert "3 lignes sur 10" in shown
    assert 'hx-trigger="every 2s"' in shown
    desk.post(f"/imports/{brought.pk}/arreter/")
    job.refresh_from_db()
    assert job.cancel_asked
