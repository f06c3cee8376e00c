"""The pages where an officer enters a file, and where an answer comes from a spreadsheet."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from terreau.actors.models import Actor, Belonging
from terreau.dossiers import actions, paper, perms, sheet_answer, views_paper
from terreau.dossiers.models import Answer, Dossier, Writer
from tests.dossiers import making
from tests.dossiers.seen import client_of, words

NOW = datetime(2026, 12, 21, 10, tzinfo=making.PARIS)
BOTH = {"channels": ["paper", "email"], "both": True}


@pytest.fixture(autouse=True)
def _after_the_closing() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _kept_here(tmp_path: Path, settings: Any) -> None:
    settings.PIECES_DIR = tmp_path / "pieces"


# Paper


def _officer(**values: Any) -> tuple[Any, Any]:
    call, user = making.call(**({"deposit": BOTH} | values)), making.person("Omar")
    making.role(user, call)
    return call, user


def test_a_file_is_entered_scanned_registered_and_declared_inadmissible(db: None) -> None:
    call, officer = _officer()
    client, path = client_of(officer, proved=True), f"/appels/{call.slug}/saisir/"
    assert "Cet appel demande les deux" in words(client.get(path))
    wrong = client.post(path, {"who": "Les Marchés", "siren": "12"})
    assert wrong.status_code == 422
    assert 'value="Les Marchés"' in wrong.content.decode()
    sent = {"who": "Les Marchés", "title": "Halle", "emailed_at": "2026-12-17T18:02:00"}
    made = client.post(path, sent)
    assert made.status_code == 302, words(made)
    page = made["Location"]
    assert "L'exemplaire papier" in words(client.get(page))
    scan = SimpleUploadedFile("enveloppe.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")
    assert client.post(page, {"faire": "scan", "file": scan}).status_code == 302
    shown = client.get(page)
    assert "enveloppe.pdf" in words(shown)
    assert (
        client.get(
            shown.context["first_page"] and f"/dossiers/{shown.context['dossier'].pk}/ecrire/projet/"
        ).status_code
        == 200
    )
    assert client.post(page, {"faire": "register", "about": shown.context["key"]}).status_code == 302
    row = Dossier.objects.get()
    assert (row.state, row.channel, row.late) == ("deposited", "email", False)
    assert row.deposited_at == datetime(2026, 12, 17, 18, 2, tzinfo=making.PARIS)
    assert client.post(f"{page}irrecevable/", {"motif": "À l'année prochaine."}).status_code == 302
    row.refresh_from_db()
    assert row.state == "inadmissible"
    table = client.get(f"{path}?format=csv")
    assert "L'exemplaire papier" in b"".join(table.streaming_content).decode()  # type: ignore[attr-defined]


def test_a_file_posted_after_the_closing_is_entered_and_says_it_is_late(db: None) -> None:
    call, officer = _officer(deposit={"channels": ["paper"]})
    client, path = client_of(officer), f"/appels/{call.slug}/saisir/"
    made = client.post(path, {"who": "Les Marchés", "postmark": "2026-12-20", "paper_on": "2026-12-21"})
    assert made.status_code == 302, words(made)
    for page in (made["Location"], path):
        assert "hors délai" in words(client.get(page))
    assert "20 décembre 2026, après la clôture" in words(client.get(made["Location"]))


def test_declaring_inadmissible_asks_for_a_proof(db: None) -> None:
    call, officer = _officer()
    client = client_of(officer)
    made = client.post(f"/appels/{call.slug}/saisir/", {"who": "X", "emailed_at": "2026-12-17T18:02:00"})
    row = Dossier.objects.get()
    assert client.post(f"{made['Location']}irrecevable/").status_code == 302
    row.refresh_from_db()
    assert row.state == "draft"


def test_who_enters_files_of_others(db: None) -> None:
    call, officer = _officer()
    path = f"/appels/{call.slug}/saisir/"
    assert Client().get(path).status_code == 302
    assert client_of(making.person()).get(path).status_code == 403
    reviewer = making.person()
    making.role(reviewer, call, "reviewer")
    assert client_of(reviewer).get(path).status_code == 403
    client_of(officer).post(path, {"who": "X", "emailed_at": "2026-12-17T18:02:00"})
    row = Dossier.objects.get()
    assert client_of(reviewer).get(f"/dossiers/{row.pk}/reception/").status_code == 403
    assert client_of(making.person()).get(f"/dossiers/{row.pk}/reception/").status_code == 404
    online = making.dossier(call, state="deposited")
    assert client_of(officer).get(f"/dossiers/{online.pk}/reception/").status_code == 404


def test_a_stale_correction_keeps_what_was_typed(db: None) -> None:
    call, officer = _officer()
    client = client_of(officer)
    page = client.post(f"/appels/{call.slug}/saisir/", {"who": "X", "emailed_at": "2026-12-17T18:02:00"})[
        "Location"
    ]
    sent = {"faire": "correct", "seen": "1", "emailed_at": "2026-12-17T18:02:00", "postmark": "2026-12-18"}
    assert client.post(page, sent).status_code == 302
    again = client.post(page, sent | {"note": "Vu au guichet"})
    assert again.status_code == 409
    assert "Vu au guichet" in again.content.decode()
    assert Dossier.objects.get().reception.postmark == date(2026, 12, 18)


def test_the_owner_says_how_files_arrive_and_others_do_not(db: None) -> None:
    call, officer = _officer(deposit={})
    owner, path = making.person("Olga"), f"/appels/{call.slug}/construire/depot/"
    making.role(owner, call, "owner")
    assert client_of(officer).get(path).status_code == 403
    sent = {"channels": ["paper", "email"], "both": "on", "seen": str(call.version)}
    assert client_of(owner).post(path, sent).status_code == 302
    call.refresh_from_db()
    assert call.deposit == {"channels": ["paper", "email"], "both": True, "signed": False}
    assert client_of(owner).post(path, sent).status_code == 409
    assert client_of(owner).post(path, {"seen": "2"}).status_code == 422


def test_many_files_received_ask_as_many_questions_as_one(db: None) -> None:
    call, officer = _officer()
    for rank in range(12):
        came = paper.Came(emailed_at=datetime(2026, 12, 17, 18, tzinfo=making.PARIS))
        paper.enter(call, paper.Typed(f"Association {rank}", pole=making.pole()), came, by=officer)
    client = client_of(officer)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"/appels/{call.slug}/saisir/").status_code == 200
    assert len(asked) <= 25, [one["sql"][:90] for one in asked]


def test_a_long_list_is_cut_on_the_page_and_whole_in_the_export(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_paper, "_SHOWN", 1)
    call, officer = _officer()
    for rank in range(3):
        came = paper.Came(emailed_at=datetime(2026, 12, 17, 18, tzinfo=making.PARIS))
        paper.enter(call, paper.Typed(f"Association {rank}"), came, by=officer)
    client, path = client_of(officer), f"/appels/{call.slug}/saisir/"
    shown = words(client.get(path))
    assert "2 autres dossiers sont dans le tableau à télécharger" in shown
    assert "Association 2" in shown
    assert "Association 0" not in shown
    table = client.get(f"{path}?format=csv")
    assert b"".join(table.streaming_content).count(b"Association") == 6  # type: ignore[attr-defined]


# Spreadsheet


def _applicant(call: Any) -> tuple[Any, Actor]:
    user, actor = making.person("Ana"), making.actor("La Régie")
    Belonging.objects.create(
        user=user, actor=actor, role="member", asked_at=NOW, confirmed_at=NOW, confirmed_by=user
    )
    return user, actor


def _sheet(lines: dict[str, str]) -> SimpleUploadedFile:
    headers = ("Code", "Page", "Question", "Réponse", "Comment répondre")
    rows = tuple((code, "", "", typed, "") for code, typed in lines.items())
    made = sheet_answer.as_xlsx([sheet_answer.Sheet("Réponses", headers, rows, (9,) * 5)])
    return SimpleUploadedFile("reponse.xlsx", made)


GOOD = {"title": "Une conserverie", "summary": "Les invendus.", "asked": "45 000"}


def test_a_spreadsheet_is_read_shown_then_written_at_once(db: None) -> None:
    call = making.call(closes_at=datetime(2027, 1, 31, tzinfo=making.PARIS))
    user, actor = _applicant(call)
    client, path = client_of(user), f"/appels/{call.slug}/importer/"
    target = f"n:{actor.pk}:"
    assert client.get(f"{path}modele.xlsx?dossier={target}").content[:2] == b"PK"
    shown = client.post(path, {"target": target, "file": _sheet(GOOD)})
    assert shown.status_code == 200
    assert "3 réponses nouvelles ou changées" in words(shown)
    assert not Dossier.objects.exists()
    made = client.post(path, {"garde": shown.context["kept"], "ecrire": "oui"})
    assert made.status_code == 302
    row = Dossier.objects.get()
    assert (row.title, row.asked_cents, row.writers.get().user) == ("Une conserverie", 4_500_000, user)
    assert set(Answer.objects.values_list("origin", flat=True)) == {"import"}
    assert client.get(made["Location"]).status_code == 200


def test_one_wrong_line_stops_everything_and_is_told(db: None) -> None:
    call = making.call(closes_at=datetime(2027, 1, 31, tzinfo=making.PARIS))
    user, actor = _applicant(call)
    sent = {"target": f"n:{actor.pk}:", "file": _sheet(GOOD | {"asked": "beaucoup", "jobs": "3"})}
    page = client_of(user).post(f"/appels/{call.slug}/importer/", sent)
    assert page.status_code == 422
    assert "Ligne 4 : « Aide demandée » : « beaucoup » n'est pas un nombre" in words(page)
    assert "kept" not in page.context
    assert not Dossier.objects.exists()


def test_a_draft_that_moved_since_it_was_read_is_left_alone(db: None) -> None:
    call = making.call(closes_at=datetime(2027, 1, 31, tzinfo=making.PARIS))
    user, _actor = _applicant(call)
    row = making.dossier(call, lead=user, answers={"title": "Avant", "summary": "Court"})
    client, path = client_of(user), f"/appels/{call.slug}/importer/"
    kept = client.post(path, {"target": f"d:{row.pk}", "file": _sheet(GOOD)}).context["kept"]
    actions.answer(row, "summary", "Écrit par un autre", base_version=1, by=user)
    page = client.post(path, {"garde": kept, "ecrire": "oui"})
    assert page.status_code == 409
    assert actions.values_of(row) == {"title": "Avant", "summary": "Écrit par un autre"}


def test_what_was_read_is_written_by_its_reader_alone_within_a_day(db: None) -> None:
    call = making.call(closes_at=datetime(2027, 1, 31, tzinfo=making.PARIS))
    user, actor = _applicant(call)
    path = f"/appels/{call.slug}/importer/"
    kept = client_of(user).post(path, {"target": f"n:{actor.pk}:", "file": _sheet(GOOD)}).context["kept"]
    for client, token in ((client_of(making.person()), kept), (client_of(user), kept[:-3])):
        page = client.post(path, {"garde": token, "ecrire": "oui"})
        assert (page.status_code, "Rien n'a été écrit" in words(page)) == (409, True)
    with time_machine.travel(datetime(2026, 12, 22, 11, tzinfo=making.PARIS), tick=False):
        page = client_of(user).post(path, {"garde": kept, "ecrire": "oui"})
    assert page.status_code == 409
    assert not Dossier.objects.exists()


def test_a_reader_of_a_file_does_not_fill_it_from_a_spreadsheet(db: None) -> None:
    call = making.call(closes_at=datetime(2027, 1, 31, tzinfo=making.PARIS))
    row, reader = making.dossier(call, lead=making.person()), making.person()
    making.joins(row, reader, "reader")
    path = f"/appels/{call.slug}/importer/"
    page = client_of(reader).post(path, {"target": f"d:{row.pk}", "file": _sheet(GOOD)})
    assert page.status_code == 422
    assert client_of(reader).get(f"{path}modele.ods?dossier=d:{row.pk}").status_code == 404
    assert client_of(reader).get(f"{path}modele.ods").status_code == 200
    assert Client().get(path).status_code == 302


def test_a_file_that_is_no_spreadsheet_is_said_so(db: None) -> None:
    call = making.call(closes_at=datetime(2027, 1, 31, tzinfo=making.PARIS))
    user, actor = _applicant(call)
    bad = SimpleUploadedFile("reponse.xlsx", b"\x00\x01\x02pas un tableau")
    page = client_of(user).post(f"/appels/{call.slug}/importer/", {"target": f"n:{actor.pk}:", "file": bad})
    assert page.status_code == 422


def test_the_officer_invites_who_follows_a_file_that_came_on_paper(
    db: None, mailoutbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """Nobody else could: without it a laureate on paper asks for no payment and signs no evaluation."""
    call, officer = _officer(deposit={"channels": ["paper"]})
    client = client_of(officer, proved=True)
    sent = {"who": "Les Marchés", "title": "Halle", "postmark": "2026-12-16"}
    page = client.post(f"/appels/{call.slug}/saisir/", sent)["Location"]
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(page, {"faire": "invite", "email": "bea@marches.example.org"}).status_code == 302
    assert client.post(page, {"faire": "invite", "email": "bea@marches.example.org"}).status_code == 422
    assert "bea@marches.example.org" in words(client.get(page))
    link = next(part for part in mailoutbox[0].body.split() if "/rejoindre/" in part)
    bea = client_of(making.person("Béa"))
    assert bea.post(link.partition("testserver")[2], {"rejoindre": "oui"}).status_code == 302
    row = Dossier.objects.get()
    space = perms.of_person(Writer.objects.get(role="signatory").user, row.pk, "deposit")
    assert (space.applicant, space.own.actor_id if space.own else None) == (True, row.applicant_id)
