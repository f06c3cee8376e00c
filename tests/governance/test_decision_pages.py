"""The register of decisions: filtered, exported, followed to actions, money and results; published or not."""

from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.flows.models import Flow
from terreau.governance import ballots, composed_meetings, follow_up, meetings
from terreau.governance.models import Action, Decision
from terreau.journal.models import Refusal
from terreau.poles.workspace import of_person
from tests.governance.conftest import House, make
from tests.two_connections import at_once

HOME = "/poles/pole-essai/espace/decisions/"
TODAY = timezone.localdate


def signed(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return unescape(response.content.decode())


def taken(house: House, title: str = "Louer la halle", outcome: str = "adopted") -> Decision:
    row = ballots.propose(house.pole, title=title, text=f"{title}, en mots.", by=house.animator)
    return ballots.decide(row, outcome, on=TODAY(), why="raison", by=house.animator)


def test_who_reads_and_who_writes(house: House) -> None:
    row = taken(house)
    page = f"{HOME}{row.number}/"
    asked = {"faire": "suite", "s-what": "Signer le bail"}
    stranger = User.objects.create_user("nul@people.example.org")
    for client in (Client(), signed(stranger)):
        assert client.get(page).status_code == 404
        assert client.get(HOME).status_code == 404
        assert client.post(page, asked).status_code == 404
    member = signed(house.people[0])
    assert member.get(page).status_code == 200
    for verb in ("suite", "decider", "publier", "argent", "reprendre"):
        assert member.post(page, {"faire": verb}).status_code == 403, verb
    assert Refusal.objects.filter(verb="decision.money").exists()
    assert signed(house.animator).post(page, {"faire": "voler"}).status_code == 422
    assert signed(house.animator).get(f"{HOME}99/").status_code == 404


def test_written_apart_from_a_meeting_then_decided(house: House) -> None:
    old, client = taken(house, "Louer la halle"), signed(house.animator)
    assert client.post(f"{HOME}inscrire/", {"title": "Acheter", "text": ""}).status_code == 422
    sent = {"title": "Acheter la halle", "text": "Le pôle achète.", "replaces": str(old.number)}
    assert client.post(f"{HOME}inscrire/", sent).status_code == 302
    page = f"{HOME}2/"
    assert "Elle remplace" in text(client.get(page))
    assert "la remplace" in text(client.get(f"{HOME}1/"))
    early = client.post(page, {"faire": "publier", "publique": "1"})
    assert early.status_code == 409
    why = client.post(
        page, {"faire": "decider", "d-outcome": "rejected", "d-on": TODAY().isoformat(), "d-why": ""}
    )
    assert why.status_code == 422
    assert "Dites pourquoi" in text(why)
    assert (
        client.post(
            page, {"faire": "decider", "d-outcome": "adopted", "d-on": TODAY().isoformat()}
        ).status_code
        == 302
    )
    assert Decision.objects.get(number=2).outcome == "adopted"


def test_two_people_reword_one_proposal(house: House) -> None:
    row = ballots.propose(house.pole, title="Louer", text="À 450 €.", by=house.animator)
    client, page = signed(house.animator), f"{HOME}{row.number}/"
    seen = {"faire": "reprendre", "vu_title": "Louer", "vu_text": "À 450 €."}
    assert client.post(page, seen | {"r-title": "Louer", "r-text": "À 400 €."}).status_code == 302
    clash = client.post(page, seen | {"r-title": "Louer", "r-text": "À 300 €."})
    assert clash.status_code == 409
    assert "À 300 €." in text(clash)
    assert "À 400 €." in text(clash)
    assert Decision.objects.get().text == "À 400 €."


def test_from_the_decision_to_its_result(house: House) -> None:
    row, client = taken(house), signed(house.animator)
    page, member = f"{HOME}{row.number}/", house.seats[0].actor
    assert client.post(page, {"faire": "suite", "s-what": " "}).status_code == 422
    late = (TODAY() - timedelta(days=3)).isoformat()
    sent = {
        "faire": "suite",
        "s-what": "Signer le bail",
        "s-who": str(member.pk),
        "s-person": "Ada",
        "s-due": late,
    }
    assert client.post(page, sent).status_code == 302
    action = Action.objects.get()
    assert "en retard" in text(client.get(page))
    assert "Signer le bail" in text(client.get(HOME))
    end = f"{page}suites/{action.pk}/"
    assert signed(house.people[1]).post(end, {"state": "done"}).status_code == 403
    assert client.post(end, {"state": "dropped", "result": ""}).status_code == 422
    assert signed(house.people[0]).post(end, {"state": "done", "result": "Bail signé."}).status_code == 302
    assert "Bail signé." in text(client.get(page))
    assert client.post(end, {"state": "done"}).status_code == 409
    assert client.post(end, {"reprendre": "1"}).status_code == 302
    assert Action.objects.get().state == "todo"
    assert client.get(f"{page}suites/999999/").status_code == 404


def test_money_of_a_decision_is_a_line_of_the_book(house: House) -> None:
    row, client = taken(house), signed(house.animator)
    page, member = f"{HOME}{row.number}/", house.seats[0].actor
    sent = {
        "faire": "argent",
        "a-giver": str(house.pole.pk),
        "a-receiver": str(member.pk),
        "a-amount": "1 350,50",
        "a-on": TODAY().isoformat(),
        "a-label": "Caution",
    }
    for name, wrong, words in (
        ("a-amount", "beaucoup", "beaucoup"),
        ("a-amount", "0", "plus grand que zéro"),
        ("a-receiver", str(house.pole.pk), "acteurs"),
    ):
        refused = client.post(page, sent | {name: wrong})
        assert refused.status_code == 422, wrong
        assert words in text(refused), wrong
    assert client.post(page, sent).status_code == 302
    line = Flow.objects.get()
    assert (line.purpose_id, line.cents, line.book_id) == (row.pk, 135_050, house.pole.pk)
    shown = text(signed(house.people[3]).get(page)).replace("\u202f", " ").replace("\u00a0", " ")
    assert "1 350,50 €" in shown


def test_filters_pages_and_exports(house: House) -> None:
    for number in range(55):
        taken(house, f"Décision {number}", "rejected" if number % 5 == 0 else "adopted")
    follow_up.ask(Decision.objects.get(number=7), "Écrire", by=house.animator)
    client = signed(house.people[0])
    page = text(client.get(HOME))
    assert "55 décisions" in page
    assert "n° 55" in page
    assert "n° 5 ·" not in page
    assert "n° 5 ·" in text(client.get(f"{HOME}?avant=6"))
    assert "11 décisions" in text(client.get(f"{HOME}?issue=rejected"))
    assert "1 décision" in text(client.get(f"{HOME}?a-suivre=1"))
    assert "Aucune décision ne répond" in text(client.get(f"{HOME}?q=introuvable"))
    assert client.get(f"{HOME}?issue=perdue").status_code == 422
    assert client.get(f"{HOME}?annee=deux").status_code == 422
    assert f"{TODAY().year}" in text(client.get(f"{HOME}?annee={TODAY().year}"))
    found = b"".join(client.get(f"{HOME}?format=ods&issue=rejected"))
    rows = CalamineWorkbook.from_filelike(BytesIO(found)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["Numéro", "Titre", "Ce qui est décidé", "Issue de la décision"]
    assert len(rows) == 12
    assert {row[3] for row in rows[1:]} == {"rejetée"}


def test_constant_queries(house: House) -> None:
    row = taken(house)
    client, paths = signed(house.animator), (HOME, f"{HOME}{row.number}/", f"{HOME}?format=csv")

    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            response = client.get(path)
            if response.streaming:
                b"".join(response)
        return len(seen)

    follow_up.ask(row, "Signer", who=house.seats[0].actor, by=house.animator)
    before = [count(path) for path in paths]
    for number in range(30):
        other = taken(house, f"Autre {number}")
        follow_up.ask(other, "Faire", who=house.seats[1].actor, by=house.animator)
        follow_up.ask(row, f"Suite {number}", who=house.seats[2].actor, by=house.animator)
    assert [count(path) for path in paths] == before
    assert max(before) <= 30, before


def test_published_by_choice(house: House) -> None:
    row, client = taken(house), signed(house.animator)
    taken(house, "Restée entre nous")
    assert composed_meetings.published(house.pole, TODAY()) == []
    assert client.post(f"{HOME}{row.number}/", {"faire": "publier", "publique": "1"}).status_code == 302
    shown = composed_meetings.published(house.pole, TODAY())
    assert [(one.title, one.text) for one in shown] == [("Louer la halle", "Louer la halle, en mots.")]
    client.post(f"{HOME}{row.number}/", {"faire": "publier", "publique": "0"})
    assert composed_meetings.published(house.pole, TODAY()) == []


def test_the_week_of_each(house: House) -> None:
    """A member sees the vote, the answer, the action that wait for it; who animates sees who is silent."""
    row = taken(house)
    follow_up.ask(row, "Signer le bail", who=house.seats[0].actor, due=TODAY(), by=house.animator)
    ballot = ballots.open_ballot(house.decision(house.meeting()), by=house.animator)
    waiting = composed_meetings.week(of_person(house.people[0], "pole-essai"))
    assert [one.kind for one in waiting] == ["vote", "task"]
    ballots.cast(ballot, house.seats[0], "for", by=None)
    assert [one.kind for one in composed_meetings.week(of_person(house.people[0], "pole-essai"))] == ["task"]
    coming = house.meeting(held=False)
    meetings.convene(coming, by=house.animator)
    member = composed_meetings.week(of_person(house.people[1], "pole-essai"))
    assert [one.kind for one in member] == ["vote", "answer"]
    assert all(one.path.startswith("/poles/pole-essai/espace/") for one in member)
    animator = {one.kind for one in composed_meetings.week(of_person(house.animator, "pole-essai"))}
    assert {"meeting", "silent", "task"} <= animator


def test_figures_found_born(house: House) -> None:
    taken(house)
    taken(house, "Peindre", "rejected")
    house.meeting()
    first, last = TODAY() - timedelta(days=1), TODAY() + timedelta(days=60)
    said = {one.code: one.value for one in composed_meetings.figures(house.pole, first, last)}
    assert said == {
        "meetings_held": 1,
        "meetings_attendance": 100,
        "decisions_taken": 2,
        "decisions_adopted": 1,
        "actions_done": 0,
    }
    ws = of_person(house.people[0], "pole-essai")
    titles = [one.title for one in composed_meetings.found(ws, "halle", 10)]
    assert titles == ["n° 1 · Louer la halle", "Louer la halle"]
    assert composed_meetings.found(ws, " ", 10) == []
    assert [one.count for one in composed_meetings.born(house.pole)] == [1]


@pytest.mark.django_db(transaction=True)
def test_two_people_end_one_action() -> None:
    house = make()
    row = taken(house)
    action = follow_up.ask(row, "Signer", by=house.animator)
    results = at_once(*(lambda: follow_up.end(action, "done", by=house.animator),) * 2)
    assert sorted(type(one) is DomainError for one in results) == [False, True]
