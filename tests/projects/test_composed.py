"""What the room says to others: the week, the public page, the tree, the year, calendars, search, grids."""

from datetime import date
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from terreau.accounts import personal
from terreau.accounts.models import User
from terreau.poles.workspace import Workspace, of_person
from terreau.projects import activities, composed, joint_projects, needs, results, strategies, tasks
from terreau.projects.joint_projects import Part
from terreau.projects.models import Task
from terreau.sheets import frames
from tests.projects.conftest import Farm


def entering(farm: Farm, user: User) -> Workspace:
    return of_person(user, farm.pole.slug)


def need(farm: Farm, title: str, days: int, **more: object) -> None:
    values = {"side": "need", "kind": "skills", "actor": farm.canteen, **more}
    needs.say(farm.pole, title=title, today=farm.day(days), by=farm.animator, **values)


def test_the_week_of_each(farm: Farm) -> None:
    project = farm.project()
    tasks.add(project, title="Bail", actor=farm.workshop, ends_on=farm.day(-1), by=farm.animator)
    tasks.add(project, title="Four", actor=farm.canteen, ends_on=farm.day(3), by=farm.animator)
    tasks.add(project, title="Loin", actor=farm.workshop, ends_on=farm.day(60), by=farm.animator)
    done = tasks.add(project, title="Faite", actor=farm.workshop, ends_on=farm.day(-5), by=farm.animator)
    tasks.move(tasks.one(project, done.pk), "done", seen="todo", today=farm.today, by=farm.animator)
    need(farm, "Ancien", -31)
    need(farm, "Récent", -2)
    said = [(one.kind, one.tone, one.on) for one in composed.week(entering(farm, farm.animator))]
    assert said == [("task", "late", farm.day(-1)), ("task", "now", farm.day(3)), ("need", "info", None)]
    mine = composed.week(entering(farm, farm.member))
    assert [one.kind for one in mine] == ["task"]
    assert "« Bail »" in mine[0].title
    assert mine[0].path == f"/poles/{farm.pole.slug}/espace/projets/{project.pk}/"
    stamps = composed.stamps(entering(farm, farm.animator), farm.day(0), farm.day(90))
    assert [one.title for one in stamps] == ["Four", "Loin"]


def test_what_is_published_is_chosen_one_by_one(farm: Farm) -> None:
    version, _goal = farm.strategy()
    project = farm.project()
    hidden = farm.project("Caché")
    parts = [Part(farm.workshop.pk, "", Fraction(1))]
    joint_projects.set_partners(project, parts, seen=[], on=farm.today, by=farm.animator)
    activity = activities.create(farm.pole, name="Collecte", sector="eco_activites", by=farm.animator)
    need(farm, "Un comptable", 0)
    assert composed.published(farm.pole, farm.today) == []
    strategies.publish(version, public=True, by=farm.animator)
    joint_projects.publish(project, public=True, by=farm.animator)
    activities.publish(activity, public=True, by=farm.animator)
    found = {one.title: one.meta for one in composed.published(farm.pole, farm.today)}
    assert list(found) == ["Notre stratégie", project.title, "Collecte"]
    assert found[project.title] == ("idée", "Atelier bois")
    farm.workshop.subject.public = False
    farm.workshop.subject.save()
    again = {one.title: one.meta for one in composed.published(farm.pole, farm.today)}
    assert again[project.title] == ("idée",)
    assert hidden.title not in again


def test_the_tree_says_what_was_born_of_what(farm: Farm) -> None:
    project = farm.project()
    said = {"today": farm.today, "by": farm.animator}
    results.add_job(
        project,
        kind="created",
        actor_id=farm.workshop.pk,
        people=3,
        fte_hundredths=None,
        on=farm.today,
        **said,
    )
    results.add_enterprise(project, farm.canteen, on=farm.day(-3), **said)
    activities.create(farm.pole, name="Collecte", project=project, by=farm.animator)
    activities.create(farm.pole, name="Seule", by=farm.animator)
    dropped = farm.project("Laissé")
    activities.create(farm.pole, name="Restée", project=dropped, by=farm.animator)
    joint_projects.move(
        dropped, "drop", seen="idea", on=farm.today, why="Trop cher.", today=farm.today, by=farm.animator
    )
    born = {one.title: (one.kind, one.parent, one.count) for one in composed.born(farm.pole)}
    key = f"project:{project.pk}"
    assert born == {
        project.title: ("project", "", 1),
        "Collecte": ("activity", key, 1),
        "Restée": ("activity", "", 1),
        "Seule": ("activity", "", 1),
        "Cantine": ("enterprise", key, 1),
        "créé · Atelier bois": ("job", key, 3),
    }


def test_the_year_counts_what_happened_in_it(farm: Farm) -> None:
    project = farm.project()
    said = {"today": farm.today, "by": farm.animator}
    results.add_job(
        project,
        kind="insertion",
        actor_id=farm.workshop.pk,
        people=2,
        fte_hundredths=None,
        on=farm.today,
        **said,
    )
    need(farm, "Un comptable", 0)
    activities.create(farm.pole, name="Collecte", by=farm.animator)
    first, last = date(farm.today.year, 1, 1), date(farm.today.year, 12, 31)
    found = {one.code: one.value for one in composed.figures(farm.pole, first, last)}
    assert found["projects.needs"] == 1
    assert found["projects.resources"] == 0
    assert found["projects.jobs.insertion"] == 2
    assert found["projects.activities"] == 1
    assert found["projects.decided"] == 0
    before = {
        one.code: one.value for one in composed.figures(farm.pole, date(2001, 1, 1), date(2001, 12, 31))
    }
    assert before["projects.needs"] == 0
    assert "projects.jobs.insertion" not in before


def test_search_finds_by_words_without_accents(farm: Farm) -> None:
    farm.strategy()
    farm.project("Épicerie du canal")
    need(farm, "Étagères pour épicerie", 0)
    ws = entering(farm, farm.member)
    assert [one.title for one in composed.found(ws, "epicerie", 10)] == [
        "Épicerie du canal",
        "Étagères pour épicerie",
    ]
    assert [one.kind for one in composed.found(ws, "ouvrir lieu", 10)] == ["objectif"]
    assert composed.found(ws, "épicerie introuvable", 10) == []
    assert composed.found(ws, " ", 10) == []
    assert len(composed.found(ws, "epicerie", 1)) == 1


def test_queries_are_few(farm: Farm) -> None:
    for rank in range(6):
        project = farm.project(f"P {rank}")
        tasks.add(project, title="T", actor=farm.workshop, ends_on=farm.today, by=farm.animator)
        activities.create(farm.pole, name=f"A {rank}", project=project, by=farm.animator)
    ws = entering(farm, farm.animator)
    limits = [
        (lambda: composed.week(ws), 2),
        (lambda: composed.born(farm.pole), 5),
        (lambda: composed.published(farm.pole, farm.today), 4),
        (lambda: composed.found(ws, "p", 10), 4),
        (lambda: composed.figures(farm.pole, farm.today, farm.today), 8),
    ]
    for ask, most in limits:
        with CaptureQueriesContext(connection) as found:
            ask()
        assert len(found) <= most


def test_grids_read_activities_and_take_no_silence_for_a_no(farm: Farm) -> None:
    assert "activities" not in frames.frame_of(farm.pole, farm.today)
    rows = [
        activities.one(farm.pole, activities.create(farm.pole, name=name, by=farm.animator).pk)
        for name in ("Collecte", "Cantine")
    ]
    activities.recognise(
        rows[0], by_whom="La région", ground="acte", on=farm.today, today=farm.today, by=farm.animator
    )
    assert "activities" not in frames.frame_of(farm.pole, farm.today)
    inside = frames.frame_of(farm.pole, farm.today, viewer=farm.animator)["activities"]
    names = {record["name"]: record["recognised"] for record in inside.value}  # type: ignore[union-attr]
    assert names == {"Collecte": True, "Cantine": None}
    assert not inside.complete
    activities.say_whole(farm.pole, whole=True, on=farm.today, by=farm.animator)
    assert frames.frame_of(farm.pole, farm.today, viewer=farm.animator)["activities"].complete
    activities.publish(rows[0], public=True, by=farm.animator)
    outside = frames.frame_of(farm.pole, farm.today)["activities"]
    assert [record["name"] for record in outside.value] == ["Collecte"]  # type: ignore[union-attr]
    # One activity is hidden: the list that a stranger sees is not whole.
    assert not outside.complete


def test_a_person_takes_what_names_them_and_leaves_their_tasks(farm: Farm) -> None:
    project = farm.project()
    task = tasks.one(project, tasks.add(project, title="Bail", by=farm.animator).pk)
    tasks.take(task, by=farm.member)
    held = personal.exported(farm.member)["projets"]
    assert held["taches"][0]["title"] == "Bail"
    [room] = [one for one in personal.holdings() if one.name == "projets"]
    room.erase(farm.member)
    assert Task.objects.get().user is None


@pytest.mark.parametrize("name", ["born", "figures", "found", "published", "stamps", "week"])
def test_every_function_of_the_contract_is_there(name: str) -> None:
    assert callable(getattr(composed, name))
