"""What waits for a moderator, oldest first, in what they moderate."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.models import Actor
from terreau.actors.perms import moderation_scope
from terreau.census import charges, inbox, proposals, reports
from terreau.census.models import Charge, Confirmation, Proposal, Report
from terreau.census.proposals import Change
from terreau.common.errors import DomainError
from terreau.journal.models import Refusal
from terreau.poles.actions import register_pole
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
from terreau.territories import base
from tests.people import People
from tests.two_connections import at_once

DIJON, LYON = "21231", "69123"
COG = base.COG_YEARS[-1]


def lines(people: People, user: User | None = None, **given: str) -> list[inbox.Waiting]:
    who = user or people.moderator
    today = timezone.localdate()
    return inbox.page(inbox.ask(who, moderation_scope(who, today), given, on=today))[0]


def named(people: People, user: User | None = None, **given: str) -> list[str]:
    return [f"{line.kind} {line.title}" for line in lines(people, user, **given)]


def aged(model: Any, days: int, **which: Any) -> None:
    column = {Report: "received_at", Proposal: "created_at"}[model]
    model.objects.filter(**which).update(**{column: timezone.now() - timedelta(days=days)})


def everything(people: People) -> Pole:
    """One of each kind, in the region of the moderator, from the oldest to the newest."""
    reports.send("Un atelier partagé", what="On y répare.", codes=[DIJON], by=None)
    aged(Report, 50)
    proposals.propose(people.pole_actor, [Change("pole.jobs", "42")], by=people.stranger)
    aged(Proposal, 40)
    pole = register_pole("Pôle déclaré", carrier=None, codes=[DIJON], cog_year=COG, by=people.stranger)
    belonging.ask(people.officer, people.pole_actor, by=people.officer)
    today = timezone.localdate()
    asked = {"asked_on": today - timedelta(days=90), "due_on": today - timedelta(days=30)}
    Confirmation.objects.create(pole=people.pole_actor.pole, **asked)
    return pole


def test_everything_that_waits_is_there_oldest_first(people: People) -> None:
    everything(people)
    assert [line.kind for line in lines(people)] == [
        "signalement",
        "proposition",
        "confirmation",
        "pole",
        "appartenance",
    ]
    asked = inbox.ask(
        people.moderator,
        moderation_scope(people.moderator, timezone.localdate()),
        {},
        on=timezone.localdate(),
    )
    waiting = {"signalement": 1, "proposition": 1, "pole": 1, "appartenance": 1, "confirmation": 1}
    assert inbox.counts(asked) == dict.fromkeys(inbox.KINDS, 0) | waiting


def test_another_region_sees_nothing_and_the_whole_site_everything(people: People) -> None:
    everything(people)
    assert lines(people, people.moderator_elsewhere) == []
    assert len(lines(people, people.administrator)) == 5


def test_filters_by_kind_place_age_and_charge(people: People) -> None:
    everything(people)
    assert named(people, nature="signalement") == ["signalement Un atelier partagé"]
    assert len(lines(people, departement="21")) == 5
    assert lines(people, departement="58") == []
    assert [line.kind for line in lines(people, age="30")] == ["signalement", "proposition"]
    report = Report.objects.get()
    charges.take("signalement", str(report.pk), by=people.moderator)
    assert [line.kind for line in lines(people, charge="moi")] == ["signalement"]
    assert "signalement" not in [line.kind for line in lines(people, charge="personne")]
    assert lines(people)[0].charge == people.moderator


@pytest.mark.parametrize(
    "given", [{"nature": "x"}, {"age": "1000"}, {"charge": "x"}, {"departement": "53"}, {"departement": "é"}]
)
def test_a_filter_that_does_not_exist_says_so(people: People, given: dict[str, str]) -> None:
    with pytest.raises(DomainError):
        lines(people, **given)


def test_pages_show_each_line_once(people: People) -> None:
    for number in range(7):
        reports.send(f"Initiative {number}", what="x", codes=[DIJON], by=None)
    Report.objects.update(received_at=timezone.now())
    everything(people)
    today = timezone.localdate()
    asked = inbox.ask(people.moderator, moderation_scope(people.moderator, today), {}, on=today)
    seen: list[tuple[str, str]] = []
    cursor: str | None = None
    while True:
        rows, cursor = inbox.page(asked, cursor=cursor, limit=2)
        seen += [(row.kind, row.ref) for row in rows]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 12


def test_queries_do_not_grow(people: People, client: Client, django_assert_max_num_queries: Any) -> None:
    people.sign_in(client, people.moderator)
    for number in range(3):
        reports.send(f"Initiative {number}", what="x", codes=[DIJON], by=None)
    client.get("/moderation/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get("/moderation/")
    for number in range(20):
        reports.send(f"Autre {number}", what="x", codes=[DIJON], by=None)
    with CaptureQueriesContext(connection) as many:
        client.get("/moderation/")
    assert len(many) <= len(few)


def test_poles_of_documents_do_not_wait(people: People) -> None:
    assert Pole.objects.filter(register_status="declare").exists()
    assert lines(people, people.administrator) == []


def test_the_page_and_its_empty_state(people: People, client: Client) -> None:
    people.sign_in(client, people.moderator)
    assert (
        "Rien n&#x27;attend" in client.get("/moderation/").content.decode()
        or "Rien n'attend" in client.get("/moderation/").content.decode()
    )
    everything(people)
    page = client.get("/moderation/").content.decode()
    assert "Un atelier partagé" in page
    assert "Depuis 50 jours" in page
    assert client.get("/moderation/?cursor=zzz").status_code == 422
    assert client.get("/moderation/?nature=x").status_code == 422
    page = client.get("/moderation/?nature=signalement&age=90").content.decode()
    assert "Rien n'attend avec ces filtres" in page


def test_a_stranger_gets_404_and_a_reader_403_that_is_counted(people: People, client: Client) -> None:
    reports.send("Un atelier", what="x", codes=[DIJON], by=None)
    report = Report.objects.get()
    paths = [
        "/moderation/",
        f"/moderation/signalements/{report.pk}/",
        f"/moderation/poles/{people.pole_actor.pole.slug}/",
    ]
    for path in paths:
        assert client.get(path).status_code == 404
    assert client.post("/moderation/prendre/").status_code == 404
    assert not Refusal.objects.exists()
    for user in (people.stranger, people.member, people.animator):
        people.sign_in(client, user)
        for path in paths:
            assert client.get(path).status_code == 403, path
        assert client.post("/moderation/prendre/").status_code == 403
    assert set(Refusal.objects.values_list("verb", flat=True)) == {
        "moderation.read",
        "report.read",
        "pole.qualify",
    }


def test_taking_charge_from_the_page(people: People, client: Client) -> None:
    reports.send("Un atelier", what="x", codes=[DIJON], by=None)
    report = Report.objects.get()
    people.sign_in(client, people.moderator)
    given = {"nature": "signalement", "ref": str(report.pk), "retour": "/moderation/?age=7"}
    assert client.post("/moderation/prendre/", given)["Location"] == "/moderation/?age=7"
    assert Charge.objects.get().user == people.moderator
    assert "Vous vous en occupez." in client.get("/moderation/").content.decode()
    client.post("/moderation/prendre/", given | {"rendre": "1"})
    assert not Charge.objects.exists()
    given["retour"] = "https://ailleurs.example/"
    assert client.post("/moderation/prendre/", given)["Location"] == "/moderation/"
    people.sign_in(client, people.administrator)
    client.post("/moderation/prendre/", given)
    assert "Moderation s'en occupe déjà." in client.get("/moderation/").content.decode().replace(
        "&#x27;", "'"
    )
    people.sign_in(client, people.moderator_elsewhere)
    assert client.post("/moderation/prendre/", given).status_code == 404
    given["ref"] = "zzz"
    assert client.post("/moderation/prendre/", given).status_code == 404


def test_an_old_charge_may_be_taken(people: People) -> None:
    charges.take("pole", "1", by=people.moderator)
    with pytest.raises(DomainError, match="s'en occupe déjà"):
        charges.take("pole", "1", by=people.administrator)
    Charge.objects.update(taken_at=timezone.now() - timedelta(days=8))
    assert charges.take("pole", "1", by=people.administrator).user == people.administrator
    charges.release("pole", "1", by=people.moderator)
    assert Charge.objects.exists()
    charges.done("pole", "1")
    assert not Charge.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_charge_one_is_told() -> None:
    users = [User.objects.create_user(f"{name}@people.example.org") for name in "ab"]
    results = at_once(*(lambda user=user: charges.take("signalement", "x", by=user) for user in users))
    refused = [one for one in results if isinstance(one, Exception)]
    assert [getattr(one, "code", one) for one in refused] == ["taken"]
    assert Charge.objects.count() == 1


def test_the_inbox_is_never_kept_by_a_cache(people: People, client: Client) -> None:
    people.sign_in(client, people.moderator)
    assert "no-store" in client.get("/moderation/")["Cache-Control"]
    assert Actor.objects.exists()


def test_the_menu_leads_to_the_inbox_of_who_moderates(people: People, client: Client) -> None:
    assert "/moderation/" not in client.get("/a-propos/").content.decode()
    people.sign_in(client, people.moderator)
    assert 'href="/moderation/"' in client.get("/a-propos/").content.decode()
    people.sign_in(client, people.member)
    assert "/moderation/" not in client.get("/a-propos/").content.decode()


def test_what_is_about_a_closed_sheet_no_longer_waits(people: People) -> None:
    everything(people)
    Subject.objects.filter(pk=people.pole_actor.pk).update(closed_at=timezone.now(), closing_reason="fin")
    assert [line.kind for line in lines(people)] == ["signalement", "pole"]
