"""Pages of meetings: who sees them, who convenes, answers in one tap, holds, and what each refusal says."""

from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.governance import bodies, meetings
from terreau.governance.models import Attendance, Body, Decision, Item, Meeting, Seat
from terreau.journal.models import Refusal
from terreau.notices.models import Notice
from terreau.poles.composition import add_member
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from tests.governance.conftest import House

HOME = "/poles/pole-essai/espace/"


def signed(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    """Return a page as it is read."""
    return unescape(response.content.decode())


def path_of(meeting: Meeting, more: str = "") -> str:
    return f"{HOME}seances/{meeting.pk}/{more}"


@pytest.fixture
def convened(house: House) -> Meeting:
    return meetings.convene(house.meeting(held=False), by=house.animator)


def pages(house: House, meeting: Meeting) -> list[str]:
    item = Item.objects.filter(meeting=meeting).first()
    assert item is not None
    return [
        f"{HOME}seances/",
        path_of(meeting),
        f"{HOME}decisions/",
        path_of(meeting, "compte-rendu/"),
        path_of(meeting, "quorum/"),
    ]


RUNNING = ("modifier/", "annuler/", "convoquer/", "tenir/", "notes/")


def test_who_reads_and_who_runs(house: House, convened: Meeting) -> None:
    stranger = User.objects.create_user("nul@people.example.org")
    for path in [*pages(house, convened), *(path_of(convened, one) for one in RUNNING)]:
        assert Client().get(path).status_code == 404, path
        assert signed(stranger).get(path).status_code == 404, path
        assert signed(house.animator).get(path).status_code == 200, path
    member = signed(house.people[0])
    for path in pages(house, convened):
        assert member.get(path).status_code == 200, path
    for one in (
        *(path_of(convened, one) for one in RUNNING),
        f"{HOME}seances/preparer/",
        f"{HOME}decisions/inscrire/",
    ):
        assert member.get(one).status_code == 403, one
    assert Refusal.objects.filter(by=house.people[0].pk, verb="meeting.convene").exists()


def test_another_pole_sees_nothing(house: House, convened: Meeting) -> None:
    other = create_actor("Autre pôle", source=None, public=False)
    row = type(house.pole).objects.create(actor=other, slug="autre")
    now = timezone.now()
    user = User.objects.create_user("voisin@people.example.org")
    Belonging.objects.create(
        user=user, actor=other, role="animator", asked_at=now, confirmed_at=now, confirmed_by=user
    )
    client = signed(user)
    assert client.get(f"/poles/{row.slug}/espace/seances/").status_code == 200
    assert client.get(path_of(convened)).status_code == 404
    assert client.get(f"/poles/{row.slug}/espace/seances/{convened.pk}/").status_code == 404


def test_prepare_preview_convene(house: House) -> None:
    Body.objects.filter(pk=house.body.pk).update(notice_days=10)
    unknown = create_actor("Sans compte", source=None, public=False)
    bodies.give_seat(
        house.body, unknown, college=house.body.colleges.first(), person="Gaston", by=house.animator
    )
    client, day = signed(house.animator), timezone.localdate() + timedelta(days=5)
    sent = {
        "body": str(house.body.pk),
        "title": "",
        "day": day.isoformat(),
        "begins": "18:00",
        "ends": "17:00",
        "agenda": "Nouvelles\nLouer la halle ?",
    }
    wrong = client.post(f"{HOME}seances/preparer/", sent)
    assert wrong.status_code == 422
    assert "La fin suit le début" in text(wrong)
    assert "Louer la halle ?" in text(wrong)
    client.post(f"{HOME}seances/preparer/", sent | {"ends": "20:00"})
    meeting = Meeting.objects.get()
    assert list(meeting.items.values_list("title", "kind")) == [
        ("Nouvelles", "discussion"),
        ("Louer la halle ?", "decision"),
    ]
    page = text(client.get(path_of(meeting, "convoquer/")))
    assert "À prévenir autrement" in page
    assert "Gaston (Sans compte)" in page
    assert "Le délai des statuts n'est pas tenu" in page
    assert client.post(path_of(meeting, "convoquer/")).status_code == 422
    assert not Notice.objects.exists()
    Body.objects.filter(pk=house.body.pk).update(notice_days=0)
    assert client.post(path_of(meeting, "convoquer/")).status_code == 302
    assert Notice.objects.filter(kind="meeting").count() == 6


def test_the_people_of_an_organisation_are_told_for_a_seat_without_a_name(house: House) -> None:
    Seat.objects.filter(pk=house.seats[0].pk).update(user=None)
    meetings.convene(house.meeting(held=False), by=house.animator)
    assert Notice.objects.filter(to=house.people[0]).count() == 1


def test_answer_in_one_tap(house: House, convened: Meeting) -> None:
    member, seat = signed(house.people[0]), house.seats[0]
    page = text(member.get(path_of(convened)))
    assert page.count("Je viens à distance") == 1
    assert member.post(path_of(convened, "repondre/"), {"seat": seat.pk, "how": "present"}).status_code == 302
    assert Attendance.objects.get(seat=seat).how == "present"
    other = house.seats[1]
    refused = member.post(path_of(convened, "repondre/"), {"seat": other.pk, "how": "present"})
    assert refused.status_code == 403
    assert Refusal.objects.filter(verb="meeting.answer").exists()
    animator = signed(house.animator)
    assert (
        animator.post(path_of(convened, "repondre/"), {"seat": other.pk, "how": "remote"}).status_code == 302
    )
    proxy = {"seat": seat.pk, "how": "represented", "proxy": other.pk}
    assert member.post(path_of(convened, "repondre/"), proxy).status_code == 302
    assert Attendance.objects.get(seat=seat).proxy == other
    third = signed(house.people[2]).post(path_of(convened, "repondre/"), proxy | {"seat": house.seats[2].pk})
    assert third.status_code == 422
    assert "tous les pouvoirs" in text(third)
    assert (
        member.post(path_of(convened, "repondre/"), {"seat": seat.pk, "how": "peut-être"}).status_code == 422
    )
    assert member.post(path_of(convened, "repondre/"), {"seat": "x", "how": "present"}).status_code == 404


def test_holding_the_list(house: House, convened: Meeting) -> None:
    client = signed(house.animator)
    early = client.post(path_of(convened, "tenir/"), {"ouvrir": "1"})
    assert early.status_code == 409
    assert "n'a pas commencé" in text(early)
    now = timezone.now() - timedelta(minutes=5)
    Meeting.objects.filter(pk=convened.pk).update(starts_at=now, ends_at=now + timedelta(hours=2))
    for seat in house.seats[:3]:
        client.post(path_of(convened, "tenir/"), {"seat": seat.pk, "how": "present"})
    page = text(client.get(path_of(convened, "tenir/")))
    assert "Quorum atteint : 3 voix sur 6, il en faut 3." in page
    assert "Quorum atteint" in text(signed(house.people[5]).get(path_of(convened, "quorum/")))
    assert client.post(path_of(convened, "tenir/"), {"ouvrir": "1"}).status_code == 302
    assert Meeting.objects.get(pk=convened.pk).state == "held"


def test_who_chairs_or_keeps_the_minutes_holds_the_meeting(house: House, convened: Meeting) -> None:
    member = signed(house.people[1])
    assert member.get(path_of(convened, "tenir/")).status_code == 403
    Seat.objects.filter(pk=house.seats[1].pk).update(role="secretary")
    assert member.get(path_of(convened, "tenir/")).status_code == 200
    assert member.get(path_of(convened, "notes/")).status_code == 200
    assert member.get(f"{HOME}seances/preparer/").status_code == 403


def test_observers_see_and_do_not_vote(house: House, convened: Meeting) -> None:
    user = User.objects.create_user("elue@people.example.org", name="Élue")
    actor = create_actor("Commune", source=None, public=False)
    now = timezone.now()
    add_member(house.pole, actor, by=house.animator)
    Belonging.objects.create(
        user=user, actor=actor, asked_at=now, confirmed_at=now, confirmed_by=house.animator
    )
    seat = bodies.give_seat(house.body, actor, role=Seat.Role.OBSERVER, user=user, by=house.animator)
    client = signed(user)
    page = text(client.get(path_of(convened)))
    assert "observation, sans voix" in page
    assert "Donner mon pouvoir" not in page
    assert client.post(path_of(convened, "repondre/"), {"seat": seat.pk, "how": "present"}).status_code == 302
    assert "0 voix sur 6" in text(client.get(path_of(convened)))


def test_agenda_by_steps(house: House) -> None:
    meeting, client = house.meeting(held=False), signed(house.animator)
    agenda = path_of(meeting, "ordre-du-jour/")
    assert client.post(agenda, {"title": "", "kind": "discussion"}).status_code == 422
    client.post(agenda, {"title": "Budget", "kind": "decision"})
    budget = Item.objects.get(title="Budget")
    client.post(agenda, {"monter": budget.pk})
    assert list(meeting.items.values_list("title", flat=True)) == ["Budget", "Louer la halle"]
    point = path_of(meeting, f"points/{budget.pk}/")
    seen = {"vu_title": "Budget", "vu_kind": "decision", "vu_minutes": "", "vu_text": ""}
    typed = {"title": "Budget 2027", "kind": "decision", "minutes": "15", "text": "Lire avant."}
    assert client.post(point, typed | seen).status_code == 302
    stale = client.post(point, typed | seen | {"title": "Budget prévisionnel"})
    assert stale.status_code == 409
    assert "Budget 2027" in text(stale)
    assert "Budget prévisionnel" in text(stale)
    again = client.post(
        point,
        typed
        | seen
        | {
            "title": "Budget prévisionnel",
            "vu_title": "Budget 2027",
            "vu_minutes": "15",
            "vu_text": "Lire avant.",
        },
    )
    assert again.status_code == 302
    client.post(agenda, {"retirer": budget.pk})
    assert not Item.objects.filter(pk=budget.pk).exists()
    meetings.convene(meeting, by=house.animator)
    kept = Item.objects.get(meeting=meeting)
    assert client.post(agenda, {"retirer": kept.pk}).status_code == 409


def test_two_people_change_one_meeting(house: House, convened: Meeting) -> None:
    client, start = signed(house.animator), timezone.localtime(convened.starts_at)
    seen = {
        "vu_title": convened.title,
        "vu_place": "",
        "vu_starts_at": convened.starts_at.isoformat(),
        "vu_ends_at": convened.ends_at.isoformat(),
    }
    form = {
        "title": convened.title,
        "day": start.date().isoformat(),
        "begins": f"{start:%H:%M}",
        "ends": f"{timezone.localtime(convened.ends_at):%H:%M}",
        "place": "La halle",
    }
    if form["ends"] <= form["begins"]:
        pytest.skip("the meeting of this hour passes midnight")
    meetings.change(convened, base={"place": ""}, mine={"place": "Mairie"}, by=house.animator)
    stale = client.post(path_of(convened, "modifier/"), form | seen)
    assert stale.status_code == 409
    assert "Mairie" in text(stale)
    assert "La halle" in text(stale)
    assert (
        client.post(path_of(convened, "modifier/"), form | seen | {"vu_place": "Mairie"}).status_code == 302
    )
    assert Meeting.objects.get(pk=convened.pk).place == "La halle"


def test_cancel_says_why(house: House, convened: Meeting) -> None:
    client = signed(house.animator)
    assert client.post(path_of(convened, "annuler/"), {"reason": ""}).status_code == 422
    assert client.post(path_of(convened, "annuler/"), {"reason": "Salle fermée"}).status_code == 302
    assert "Salle fermée" in text(signed(house.people[0]).get(path_of(convened)))
    late = signed(house.people[0]).post(
        path_of(convened, "repondre/"), {"seat": house.seats[0].pk, "how": "present"}
    )
    assert late.status_code == 409


def test_bodies_that_do_not_meet_are_said(house: House) -> None:
    since = timezone.localdate() - timedelta(days=40)
    Body.objects.filter(pk=house.body.pk).update(meets_every=30, valid_from=since)
    page = text(signed(house.people[0]).get(f"{HOME}seances/"))
    assert "ne s'est pas réunie depuis trop longtemps" in page
    assert "10 jours de retard" in page
    meetings.convene(house.meeting(held=False), by=house.animator)
    assert "jours de retard" not in text(signed(house.people[0]).get(f"{HOME}seances/"))


def test_list_pages_filters_and_exports(house: House) -> None:
    client, now = signed(house.animator), timezone.now()
    rows = [
        Meeting(
            body=house.body,
            title=f"Séance {n}",
            starts_at=now - timedelta(days=n),
            ends_at=now - timedelta(days=n, hours=-1),
            state="held",
            convened_at=now,
        )
        for n in range(2, 36)
    ]
    Meeting.objects.bulk_create(rows)
    page = text(client.get(f"{HOME}seances/"))
    assert "Séance 31" in page
    assert "Séance 35" not in page
    older = text(client.get(f"{HOME}seances/", {"avant": (now - timedelta(days=31)).isoformat()}))
    assert "Séance 35" in older
    assert client.get(f"{HOME}seances/?avant=hier").status_code == 422
    assert client.get(f"{HOME}seances/?instance=x").status_code == 404
    assert client.get(f"{HOME}seances/?instance={house.body.pk}").status_code == 200
    csv = b"".join(client.get(f"{HOME}seances/?format=csv")).decode("utf-8-sig")
    assert csv.splitlines()[0] == "Instance;Titre;Début de la séance;Fin de la séance;Lieu ou lien;État"
    assert len(csv.splitlines()) == 35
    for kind, part in (("ods", "content.xml"), ("xlsx", "xl/worksheets/sheet1.xml")):
        found = b"".join(client.get(f"{HOME}seances/?format={kind}"))
        assert part in ZipFile(BytesIO(found)).namelist()


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_the_number_of_queries_does_not_grow(house: House, convened: Meeting) -> None:
    client = signed(house.animator)
    paths = [*pages(house, convened), *(path_of(convened, one) for one in ("tenir/", "notes/", "convoquer/"))]
    before = [queries(client, path) for path in paths]
    for n in range(25):
        actor = create_actor(f"Autre {n}", source=None, public=False)
        seat = bodies.give_seat(house.body, actor, college=house.body.colleges.first(), by=house.animator)
        meetings.answer(convened, seat, "present", by=None)
        item = meetings.add_item(convened, f"Point {n}", by=house.animator)
        Decision.objects.create(
            subject=_subject(), pole=house.pole, number=n + 1, title=f"Décision {n}", text="x", item=item
        )
    after = [queries(client, path) for path in paths]
    # One more asks who belongs to the organisations whose seat has no name.
    assert [now - then for now, then in zip(after, before, strict=True)] == [0] * (len(paths) - 1) + [1]
    assert max(after) <= 30, dict(zip(paths, after, strict=True))


def _subject() -> Any:
    return subjects.create(Subject.Kind.DECISION)


def test_english(house: House, convened: Meeting) -> None:
    assert signed(house.people[0]).get("/en" + path_of(convened)).status_code == 200


def test_without_a_body(house: House, client: Client) -> None:
    Body.objects.filter(pk=house.body.pk).update(valid_to=timezone.localdate())
    page = text(signed(house.animator).get(f"{HOME}seances/preparer/"))
    assert "Il faut d'abord une instance" in page


def test_a_large_assembly_stays_light(house: House, convened: Meeting) -> None:
    """The list of a large assembly is shown by parts, and found by name."""
    actors = [create_actor(f"Adhérent {n}", source=None, public=False) for n in range(120)]
    college = house.body.colleges.first()
    Seat.objects.bulk_create(Seat(body=house.body, actor=actor, college=college) for actor in actors)
    client = signed(house.animator)
    page = client.get(path_of(convened, "tenir/"))
    assert len(page.content) < 200_000
    assert text(page).count('class="attendance-line') == 60
    assert text(client.get(path_of(convened, "tenir/?de=120"))).count('class="attendance-line') == 6
    found = path_of(convened, "tenir/?q=ADHERENT 77")
    assert text(client.get(found)).count('class="attendance-line') == 1
    seat = Seat.objects.get(actor__name="Adhérent 77")
    assert client.post(found, {"seat": seat.pk, "how": "present"})["Location"].startswith(
        found.replace(" ", "%20")
    )
    proxy = {"seat": house.seats[0].pk, "how": "represented", "proxy": ""}
    refused = signed(house.animator).post(path_of(convened, "tenir/"), proxy)
    assert refused.status_code == 422
    assert "Dites à qui le pouvoir est donné" in text(refused)
    nobody = signed(house.animator).post(
        path_of(convened, "tenir/"), {"how": "represented", "seat": "", "proxy": ""}
    )
    assert nobody.status_code == 422
