"""The dashboard of who writes files, and what one takes away of a file."""

import io
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terreau.actors.models import Belonging
from terreau.calls.models import Call
from terreau.dossiers import mine
from terreau.dossiers.deposit import deposit
from terreau.dossiers.models import Dossier, Transition
from tests.dossiers import making
from tests.dossiers.seen import client_of, words

NOON = datetime(2026, 12, 16, 11, tzinfo=making.PARIS)


@pytest.fixture(autouse=True)
def _two_days_before() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def test_an_empty_dashboard_says_what_it_is_for_and_gives_the_first_action(db: None) -> None:
    call = making.call(title="AMI des pôles")
    page = words(client_of(making.person()).get("/mes-dossiers/"))
    assert "Vous n'écrivez aucun dossier" in page
    assert call.title in page
    assert Client().get("/mes-dossiers/").status_code == 302


def test_each_file_has_its_next_step_and_the_days_left(db: None) -> None:
    ana, call = making.person("Ana"), making.call()
    making.dossier(call, lead=ana, title="À finir", answers={"title": "À finir"})
    making.dossier(call, lead=ana, title="Complet", answers=making.COMPLETE)
    making.dossier(call, lead=ana, title="Instruit", state="region")
    asked = making.dossier(call, lead=ana, title="À compléter", state="complements")
    Transition.objects.create(
        dossier=asked, from_state="deposited", to_state="complements", verb="ask", data={"due": "2026-12-17"}
    )
    old = making.call(closes_at=datetime(2026, 3, 1, tzinfo=making.PARIS))
    making.dossier(old, lead=ana, title="Oublié", answers={})
    rows = {one.dossier.name: (one.group, one.next, one.days) for one in mine.of(ana)}
    assert rows == {
        "À compléter": ("do", "Répondre aux compléments demandés.", 1),
        "À finir": ("do", "Répondre à 2 questions.", 2),
        "Complet": ("do", "Relire et déposer.", 2),
        "Instruit": ("read", "Rien à faire : la région instruit le dossier.", None),
        "Oublié": ("done", "L'appel est clos : ce dossier n'a pas été déposé.", None),
    }
    assert next(iter(rows)) == "À compléter"
    page = words(client_of(ana).get("/mes-dossiers/"))
    for said in ("encore 1 jour", "encore 2 jours", "Réponses données : 1 sur 3", "À faire", "Terminés"):
        assert said in page
    table = client_of(ana).get("/mes-dossiers/?format=csv")
    assert len(b"".join(table.streaming_content).decode().strip().splitlines()) == 6  # type: ignore[attr-defined]


def test_a_closed_call_that_takes_late_files_still_waits_for_them(db: None) -> None:
    ana = making.person()
    call = making.call(closes_at=datetime(2026, 12, 15, 12, tzinfo=making.PARIS), late="flag")
    making.dossier(call, lead=ana, answers=making.COMPLETE)
    (one,) = mine.of(ana)
    assert (one.group, one.days) == ("do", -1)
    assert "délai passé" in words(client_of(ana).get("/mes-dossiers/"))
    call.state = Call.State.CLOSED
    call.save()
    assert [one.group for one in mine.of(ana)] == ["done"]


def test_others_files_are_not_mine_but_those_of_who_i_animate_are(db: None) -> None:
    ana, animator = making.person(), making.person()
    row = making.dossier(making.call(), lead=ana)
    assert mine.of(animator) == []
    Belonging.objects.create(
        user=animator,
        actor=row.applicant,
        role="animator",
        asked_at=NOON,
        confirmed_at=NOON,
        confirmed_by=ana,
    )
    assert [one.dossier for one in mine.of(animator)] == [row]
    row.writers.update(ended_at=NOON)
    assert mine.of(ana) == []


def test_a_hundred_files_ask_as_many_questions_as_one(db: None) -> None:
    ana, call = making.person(), making.call()
    for _turn in range(25):
        making.dossier(call, lead=ana, answers=making.COMPLETE)
    client = client_of(ana)
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/mes-dossiers/").status_code == 200
    assert len(asked) <= 20, [one["sql"][:90] for one in asked]


def test_a_long_list_is_cut_on_the_page_and_whole_in_the_export(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mine, "MOST", 1)
    ana, call = making.person(), making.call()
    for name, hours in (("Halle", 2), ("Cuisine", 1)):
        begun = timezone.now() - timedelta(hours=hours)
        Dossier.objects.filter(pk=making.dossier(call, lead=ana, title=name).pk).update(created_at=begun)
    client = client_of(ana)
    page = words(client.get("/mes-dossiers/"))
    assert ("Cuisine" in page, "Halle" in page) == (True, False)
    table = b"".join(client.get("/mes-dossiers/?format=csv").streaming_content)  # type: ignore[attr-defined]
    assert (b"Cuisine" in table, b"Halle" in table) == (True, True)


def test_what_one_takes_away_is_the_draft_or_the_copy_and_an_officer_reads_copies_alone(db: None) -> None:
    ana, officer = making.person("Ana"), making.person()
    row = making.dossier(making.call(), lead=ana, answers=making.COMPLETE)
    making.role(officer, row.call)
    path = f"/dossiers/{row.pk}/dossier"
    assert Client().get(f"{path}.pdf").status_code == 404
    assert client_of(making.person()).get(f"{path}.zip").status_code == 404
    assert client_of(officer).get(f"{path}.pdf").status_code == 403
    draft = client_of(ana).get(f"{path}.pdf")
    assert "brouillon" in draft["Content-Disposition"]
    deposit(row, by=ana, key="cle")
    assert "copie-1" in client_of(ana).get(f"{path}.pdf")["Content-Disposition"]
    Dossier.objects.filter(pk=row.pk).update(state="complements")
    assert "brouillon" in client_of(ana).get(f"{path}.pdf")["Content-Disposition"]
    assert "copie-1" in client_of(ana).get(f"{path}.pdf?copie=1")["Content-Disposition"]
    reads = client_of(officer)
    assert "copie-1" in reads.get(f"{path}.pdf")["Content-Disposition"]
    assert reads.get(f"{path}.pdf?copie=brouillon").status_code == 404
    for wrong in ("2", "x", "99999999999"):
        assert client_of(ana).get(f"{path}.pdf?copie={wrong}").status_code == 404
    made = reads.get(f"{path}.zip")
    assert "no-store" in made["Cache-Control"]
    names = zipfile.ZipFile(io.BytesIO(b"".join(made.streaming_content))).namelist()  # type: ignore[attr-defined]
    assert any(name.endswith("copie-1/copie-figee.json") for name in names)
    made.close()


def test_an_invitation_that_is_not_mine_is_not_taken(db: None) -> None:
    ana, other = making.person(), making.person()
    row = making.dossier(making.call(), lead=ana)
    invited = row.writers.create(user=other, role="writer", invited_by=ana, invited_at=timezone.now())
    sent = {"faire": "join", "about": str(invited.pk)}
    assert client_of(making.person()).post("/mes-dossiers/", sent).status_code == 404
    assert client_of(other).post("/mes-dossiers/", sent).status_code == 302
    assert client_of(other).post("/mes-dossiers/", sent | {"about": "x"}).status_code == 404
