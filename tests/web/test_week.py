"""Ma semaine, the dashboard, search and the calendar: what waits, for whom, in how many queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from terreau.accounts import calendar_keys
from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.census.models import Confirmation
from terreau.journal.actions import record
from terreau.notices.models import Preference
from terreau.poles.workspace import Due, Tone, Workspace
from terreau.sheets import espace, week
from tests.web import espace_yard
from tests.web.espace_yard import Yard


@pytest.fixture
def yard(db: None) -> Yard:
    return espace_yard.make()


def _week(ws: Workspace) -> week.Week:
    return week.week([ws], espace.counts([ws]))


def at(yard: Yard, name: str, *more: object) -> str:
    return reverse(name, args=[yard.pole.slug, *more])


def test_a_stranger_signs_in_first_and_who_has_no_pole_is_told_how(yard: Yard, client: Client) -> None:
    assert client.get(reverse("my_week")).status_code == 302
    client.force_login(yard.stranger)
    page = client.get(reverse("my_week"))
    assert "/poles/inscrire/" in page.content.decode()
    assert "private" in page["Cache-Control"]
    assert client.get(reverse("arrival"))["Location"] == reverse("account_home")


def test_one_arrives_in_one_s_week(yard: Yard, client: Client) -> None:
    client.force_login(yard.baker)
    assert client.get(reverse("arrival"))["Location"] == reverse("my_week")
    assert reverse("my_week") in client.get("/a-propos/").content.decode()


def test_the_poles_of_a_person_are_hers_and_those_of_her_organisations(yard: Yard) -> None:
    other = espace_yard.make("autre-pole")
    espace_yard.belongs(yard.baker, other.carrier)
    today = timezone.localdate()
    assert [ws.slug for ws in week.workspaces(yard.baker, on=today)] == ["autre-pole", "pole-essai"]
    assert week.workspaces(yard.stranger, on=today) == []
    Belonging.objects.filter(user=yard.baker, actor=other.carrier).update(ended_at=timezone.now())
    assert [ws.slug for ws in week.workspaces(yard.baker, on=today)] == ["pole-essai"]


def test_an_emerging_pole_is_given_its_first_steps_then_no_more(yard: Yard, client: Client) -> None:
    client.force_login(yard.animator)
    for page in (reverse("my_week"), at(yard, "espace")):
        assert "first-steps" in client.get(page).content.decode()
    yard.line()
    for page in (reverse("my_week"), at(yard, "espace")):
        assert "first-steps" not in client.get(page).content.decode()


def test_what_waits_is_said_to_who_may_do_it_the_late_first(yard: Yard, client: Client) -> None:
    today = timezone.localdate()
    asked = today - timedelta(days=30)
    Confirmation.objects.create(pole=yard.pole, asked_on=asked, due_on=today - timedelta(days=1))
    now = timezone.now()
    Belonging.objects.create(user=yard.stranger, actor=yard.pole.actor, role="member", asked_at=now)
    found = _week(yard.ws(yard.animator))
    assert [(one.due.kind, one.due.tone) for one in found.now][:1] == [("confirmation", Tone.LATE)]
    assert "belonging" in [one.due.kind for one in found.now]
    said = _week(yard.ws(yard.baker))
    assert {"confirmation", "belonging"} & {one.due.kind for one in (*said.now, *said.soon)} == set()


def test_what_others_changed_is_news_until_it_was_seen(yard: Yard, client: Client) -> None:
    yard.line(by=yard.animator)
    yard.line(by=yard.animator)
    client.force_login(yard.animator)
    own = client.get(reverse("my_week")).context["changed"]
    assert "livre" not in str(own), "one's own acts are no news"
    client.force_login(yard.baker)
    page = client.get(reverse("my_week"))
    ((_ws, news),) = page.context["changed"]
    assert {one.path: one.count for one in news}["/poles/pole-essai/espace/livre/"] == 2
    client.post(reverse("week_seen"), {"until": page.context["now"].isoformat()})
    assert client.get(reverse("my_week")).context["changed"] == []
    assert client.post(reverse("week_seen"), {"until": "hier"}).status_code == 302
    assert Preference.objects.get().user == yard.baker


def test_what_the_workspace_writes_is_not_in_the_public_history(yard: Yard, client: Client) -> None:
    public = espace_yard.make("pole-public", public=True)
    record(public.pole.actor.subject, "subject.published", by=public.animator)
    public.line()
    page = client.get(reverse("pole_history", args=["pole-public"]))
    assert page.status_code == 200
    verbs = [event.verb for event in page.context["history"].page.rows]
    assert "subject.published" in verbs
    assert not [verb for verb in verbs if verb.startswith(("flow.", "document."))]


def test_the_dashboard_is_for_the_people_of_the_pole(yard: Yard, client: Client) -> None:
    for user in (None, yard.stranger, yard.neighbour):
        if user:
            client.force_login(user)
        assert client.get(at(yard, "espace")).status_code == 404
        assert client.get(at(yard, "espace_find"), {"q": "tri"}).status_code == 404
    assert client.get(reverse("my_week"), {"pole": yard.pole.slug}).status_code == 404
    client.force_login(yard.grower)
    page = client.get(at(yard, "espace"))
    assert page.status_code == 200
    assert "2 membres" in page.content.decode()
    assert client.get(reverse("my_week"), {"pole": yard.pole.slug}).status_code == 200


def test_search_finds_in_the_book_and_says_when_there_is_nothing(yard: Yard, client: Client) -> None:
    yard.line(label="Réparation du four")
    client.force_login(yard.grower)
    found = client.get(at(yard, "espace_find"), {"q": "reparation four"})
    assert [row.title for group in found.context["groups"] for row in group.rows] == ["Réparation du four"]
    assert client.get(at(yard, "espace_find"), {"q": "zzz"}).context["groups"] == []
    for odd in ("", "  ", "%", "' OR 1=1 --", "é" * 400):
        assert client.get(at(yard, "espace_find"), {"q": odd}).status_code == 200


def test_a_key_opens_the_calendar_until_it_ends(yard: Yard, client: Client) -> None:
    assert client.get(reverse("calendar_key")).status_code == 302
    client.force_login(yard.baker)
    shown = client.post(reverse("calendar_key")).context["address"]
    path = shown.partition("testserver")[2]
    assert shown not in client.get(reverse("calendar_key")).content.decode()
    sent = Client().get(path)
    assert sent["Content-Type"].startswith("text/calendar")
    assert sent.content.startswith(b"BEGIN:VCALENDAR")
    assert "no-store" in sent["Cache-Control"]
    client.post(reverse("calendar_key"), {"finir": "1"})
    assert Client().get(path).status_code == 404
    again = calendar_keys.make(yard.baker)
    User.objects.filter(pk=yard.baker.pk).update(is_active=False)
    assert Client().get(reverse("week_feed", args=[again])).status_code == 404


def test_pages_hold_their_queries(yard: Yard, client: Client, django_assert_max_num_queries: Any) -> None:
    client.force_login(yard.animator)
    counts: dict[str, list[int]] = {}
    pages = {"week": reverse("my_week"), "espace": at(yard, "espace")}
    pages["find"] = f"{at(yard, 'espace_find')}?q=tri"
    for number in (3, 27):
        for _one in range(number):
            yard.line()
        for name, page in pages.items():
            with django_assert_max_num_queries(30) as made:
                client.get(page)
            counts.setdefault(name, []).append(len(made))
    assert {name: found[0] == found[1] for name, found in counts.items()} == dict.fromkeys(pages, True), (
        counts
    )


def test_twenty_late_tasks_do_not_hide_a_vote() -> None:
    ws: Any = None
    tasks = [week.Waiting(Due("task", f"Tâche {n}", "/", tone=Tone.LATE), ws) for n in range(20)]
    vote = week.Waiting(Due("vote", "Votez.", "/", tone=Tone.NOW), ws)
    parts = week.gist([*tasks, vote])
    assert [one.due.title for one in parts.shown] == ["Tâche 0", "Tâche 1", "Tâche 2", "Votez."]
    assert len(parts.more) == 17
    assert week.gist(tasks[:4]).more == []
    assert week.gist([]).shown == []
