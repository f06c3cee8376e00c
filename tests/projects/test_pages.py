"""Every page of the room: who reads, who writes, what is refused, how many queries, what is exported."""

import csv
import io
import re
from fractions import Fraction
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from terreau.accounts.models import User
from terreau.journal.models import Refusal
from terreau.projects import activities, joint_projects, needs, strategies, tasks
from terreau.projects.joint_projects import Part
from terreau.projects.models import (
    Activity,
    Adherence,
    BudgetLine,
    Engineering,
    Enterprise,
    JobOutcome,
    JointProject,
    Match,
    Need,
    Strategy,
    Task,
)
from tests.projects.conftest import Farm

MOST = 30


def whole(farm: Farm) -> dict[str, object]:
    """Fill every page, and return the addresses of those that are read and of those that are written."""
    version, goal = farm.strategy()
    project = farm.project(leader=farm.workshop, objective=goal, enjeux=["tissu_local"])
    parts = [Part(farm.workshop.pk, "atelier", Fraction(1, 2)), Part(farm.canteen.pk, "", Fraction(1, 2))]
    joint_projects.set_partners(project, parts, seen=[], on=farm.today, by=farm.animator)
    task = tasks.add(project, title="Bail", starts_on=farm.day(-9), ends_on=farm.day(-2), by=farm.animator)
    activity = activities.create(farm.pole, name="Collecte", members=[farm.workshop], by=farm.animator)
    need = needs.say(
        farm.pole, side="need", kind="premises", title="Stockage", actor=farm.workshop,
        today=farm.today, by=farm.animator,
    )  # fmt: skip
    resource = needs.say(
        farm.pole, side="resource", kind="premises", title="Hangar, stockage", actor=farm.canteen,
        today=farm.today, by=farm.animator,
    )  # fmt: skip
    return {
        "version": version,
        "goal": goal,
        "project": project,
        "task": task,
        "activity": activity,
        "need": need,
        "resource": resource,
        "read": [
            "strategie/",
            f"strategie/{version.number}/",
            f"strategie/objectifs/{goal.pk}/",
            "projets/",
            f"projets/{project.pk}/",
            "activites/",
            f"activites/{activity.pk}/",
            "besoins/",
            f"besoins/{need.pk}/",
        ],
        "run": [
            f"strategie/{version.number}/texte/",
            f"strategie/{version.number}/adopter/",
            f"strategie/{version.number}/axe/",
            f"strategie/axes/{goal.axis.pk}/",
            f"strategie/axes/{goal.axis.pk}/objectif/",
            f"strategie/objectifs/{goal.pk}/modifier/",
            "projets/nouveau/",
            f"projets/{project.pk}/modifier/",
            f"projets/{project.pk}/etape/",
            f"projets/{project.pk}/partenaires/",
            f"projets/{project.pk}/financement/",
            f"projets/{project.pk}/taches/nouvelle/",
            f"projets/{project.pk}/taches/{task.pk}/",
            f"projets/{project.pk}/budget/nouvelle/",
            f"projets/{project.pk}/emplois/nouveaux/",
            f"projets/{project.pk}/entreprises/nouvelle/",
            "activites/nouvelle/",
            f"activites/{activity.pk}/modifier/",
            f"activites/{activity.pk}/reconnaitre/",
        ],
    }


def statuses(client: Client, user: User | None, base: str, addresses: object) -> set[int]:
    client.logout()
    if user is not None:
        client.force_login(user)
    return {client.get(base + address).status_code for address in addresses}  # type: ignore[attr-defined]


def test_who_reads_and_who_writes(farm: Farm, client: Client) -> None:
    held = whole(farm)
    read, run = held["read"], held["run"]
    members = ["besoins/nouveau/", "strategie/adherer/", f"besoins/{held['need'].pk}/modifier/"]  # type: ignore[attr-defined]
    everything = [*read, *run, *members]  # type: ignore[misc]
    assert statuses(client, None, farm.base, everything) == {404}
    assert statuses(client, farm.stranger, farm.base, everything) == {404}
    assert statuses(client, farm.member, farm.base, read) == {200}
    assert statuses(client, farm.member, farm.base, members) == {200}
    assert statuses(client, farm.member, farm.base, run) == {403}
    assert statuses(client, farm.animator, farm.base, everything) == {200}
    assert Refusal.objects.filter(by=farm.member.pk).exists()


def test_what_is_of_another_pole_is_not_there(farm: Farm, client: Client) -> None:
    held = whole(farm)
    farm.as_(client, farm.stranger)
    other = f"/poles/{farm.other_pole.slug}/espace/"
    for address in (*held["read"], *held["run"]):  # type: ignore[misc]
        if re.search(r"[0-9a-f]{8}-|/1/", address):
            assert client.get(other + address).status_code == 404, address
    nowhere = uuid4()
    for name in ("espace_project", "espace_activity", "espace_need", "espace_objective"):
        assert client.get(reverse(name, args=[farm.other_pole.slug, nowhere])).status_code == 404


def test_buttons_are_for_who_may(farm: Farm, client: Client) -> None:
    held = whole(farm)
    project, activity, need, resource = (held[key] for key in ("project", "activity", "need", "resource"))
    buttons = [
        ("strategie/ecrire/", {}),
        ("strategie/1/publier/", {"public": "oui"}),
        (f"projets/{project.pk}/publier/", {"public": "oui"}),  # type: ignore[attr-defined]
        (f"activites/{activity.pk}/publier/", {"public": "oui"}),  # type: ignore[attr-defined]
        ("activites/liste/", {"complete": "oui"}),
        (f"besoins/{need.pk}/publier/", {"public": "oui"}),  # type: ignore[attr-defined]
    ]
    farm.as_(client, farm.stranger)
    assert {client.post(farm.base + address, values).status_code for address, values in buttons} == {404}
    farm.as_(client, farm.member)
    assert {client.post(farm.base + address, values).status_code for address, values in buttons} == {403}
    move = {"state": "met", "seen_state": "open", "why": "Trouvé."}
    theirs = client.post(f"{farm.base}besoins/{resource.pk}/etat/", move)  # type: ignore[attr-defined]
    assert theirs.status_code == 403
    task = held["task"]
    moved = client.post(
        f"{farm.base}projets/{project.pk}/taches/{task.pk}/etat/", {"state": "done", "seen": "todo"}
    )  # type: ignore[attr-defined]
    assert moved.status_code == 403
    farm.as_(client, farm.animator)
    assert {client.post(farm.base + address, values).status_code for address, values in buttons} == {302}
    assert {client.get(farm.base + address).status_code for address, _values in buttons} == {405}
    assert JointProject.objects.get().public
    assert Activity.objects.get().public
    assert Need.objects.get(side="need").public
    assert Strategy.objects.get(number=1).public


def test_a_member_speaks_for_its_own_organisation_only(farm: Farm, client: Client) -> None:
    farm.strategy()
    farm.as_(client, farm.member)
    page = client.get(f"{farm.base}besoins/nouveau/").content.decode()
    assert "Atelier bois" in page
    assert "Cantine" not in page.split('name="actor"')[1].split("</select>")[0]
    values = {"side": "need", "kind": "skills", "title": "Un comptable", "actor": str(farm.workshop.pk)}
    assert client.post(f"{farm.base}besoins/nouveau/", values).status_code == 302
    refused = client.post(f"{farm.base}besoins/nouveau/", {**values, "actor": str(farm.canteen.pk)})
    assert refused.status_code == 403
    assert Need.objects.get().actor == farm.workshop
    day = farm.today.isoformat()
    mine = client.post(f"{farm.base}strategie/adherer/", {"actor": str(farm.workshop.pk), "on": day})
    theirs = client.post(f"{farm.base}strategie/adherer/", {"actor": str(farm.canteen.pk), "on": day})
    assert (mine.status_code, theirs.status_code) == (302, 403)
    held = Adherence.objects.get()
    other = strategies.adhere(held.strategy, farm.canteen, on=farm.today, by=farm.animator)
    assert client.post(f"{farm.base}strategie/adhesions/{other.pk}/finir/").status_code == 403
    assert client.post(f"{farm.base}strategie/adhesions/{held.pk}/finir/").status_code == 302


def test_a_member_takes_a_task_of_its_project_and_says_it_is_done(farm: Farm, client: Client) -> None:
    project = farm.project()
    task = tasks.add(project, title="Bail", by=farm.animator)
    address = f"{farm.base}projets/{project.pk}/taches/{task.pk}/etat/"
    farm.as_(client, farm.member)
    assert client.post(address, {"faire": "prendre"}).status_code == 403
    parts = [Part(farm.workshop.pk)]
    joint_projects.set_partners(project, parts, seen=[], on=farm.today, by=farm.animator)
    assert client.post(address, {"faire": "prendre"}).status_code == 302
    assert client.post(address, {"state": "done", "seen": "todo"}).status_code == 302
    found = Task.objects.get()
    assert (found.user, found.state) == (farm.member, "done")
    late = client.post(address, {"state": "doing", "seen": "todo"}, follow=True)
    assert "vient de changer" in late.content.decode()


def test_a_project_from_idea_to_decision(farm: Farm, client: Client) -> None:
    farm.as_(client, farm.animator)
    opened = client.post(f"{farm.base}projets/nouveau/", {"title": "Épicerie"})
    project = JointProject.objects.get()
    assert opened["Location"].endswith(f"{project.pk}/")
    stage = f"{farm.base}projets/{project.pk}/etape/"
    day = farm.today.isoformat()
    assert client.post(stage, {"seen_stage": "idea", "move": "study", "on": day}).status_code == 302
    refused = client.post(stage, {"seen_stage": "studied", "move": "decide", "on": day})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "ingénierie financière (Q-51)" in page
    assert reverse("espace_project_financing", args=[farm.pole.slug, project.pk]) in page
    money = f"{farm.base}projets/{project.pk}/financement/"
    values = {
        "modes": ["sales"],
        "tools": "Prêt",
        "advisers": "personne",
        "cents": "1 250,50",
        "calendar": "mai",
    }
    assert client.post(money, {**values, "cents": "12.500"}).status_code == 422
    assert client.post(money, values).status_code == 302
    assert Engineering.objects.get().cents == 125_050
    assert client.post(stage, {"seen_stage": "studied", "move": "decide", "on": day}).status_code == 302
    project.refresh_from_db()
    assert project.stage == "decided"


def test_partners_by_the_form(farm: Farm, client: Client) -> None:
    project = farm.project()
    farm.as_(client, farm.animator)
    address = f"{farm.base}projets/{project.pk}/partenaires/"
    one, two = farm.workshop.pk.hex, farm.canteen.pk.hex
    wrong = {f"joins-{one}": "on", f"joins-{two}": "on", f"share-{one}": "1/3", f"share-{two}": "50 %"}
    refused = client.post(address, wrong)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "5/6" in page
    assert 'value="1/3"' in page
    assert client.post(address, {**wrong, f"share-{two}": "moitié"}).status_code == 422
    assert client.post(address, {**wrong, f"share-{two}": "2/3"}).status_code == 302
    shares = {row.actor: row.share for row in joint_projects.partners_on(project, farm.today)}
    assert shares == {farm.workshop: Fraction(1, 3), farm.canteen: Fraction(2, 3)}
    stale = client.post(address, {**wrong, f"share-{two}": "2/3", f"share-{one}": "1/3", "seen": ""})
    assert stale.status_code == 409


def test_two_people_on_one_project_lose_nothing(farm: Farm, client: Client) -> None:
    project = farm.project()
    farm.as_(client, farm.animator)
    address = f"{farm.base}projets/{project.pk}/modifier/"
    seen = re.search(r'name="seen" value="([^"]*)"', client.get(address).content.decode())
    assert seen
    mine = {"title": project.title, "text": "Le mien", "seen": seen.group(1).replace("&quot;", '"')}
    base = {"title": project.title, "text": ""}
    joint_projects.change(project, base=base, mine={**base, "text": "Le sien"}, by=farm.member)
    told = client.post(address, mine)
    page = told.content.decode()
    assert told.status_code == 422
    assert "quelqu&#x27;un a écrit « Le sien », vous « Le mien »" in page or "« Le sien »" in page
    again = re.search(r'name="seen" value="([^"]*)"', page)
    assert again
    kept = client.post(address, {**mine, "seen": again.group(1).replace("&quot;", '"')})
    assert kept.status_code == 302
    assert JointProject.objects.get().text == "Le mien"
    assert client.post(address, {**mine, "seen": "{"}).status_code == 302
    assert client.post(address, {**mine, "seen": '{"starts_on": "hier"}'}).status_code == 422


def test_budget_jobs_enterprises_by_the_forms(farm: Farm, client: Client) -> None:
    project = farm.project()
    farm.as_(client, farm.animator)
    base = f"{farm.base}projets/{project.pk}/"
    day = farm.today.isoformat()
    assert (
        client.post(
            f"{base}budget/nouvelle/", {"side": "expense", "label": "Four", "cents": "-3"}
        ).status_code
        == 422
    )
    assert (
        client.post(
            f"{base}budget/nouvelle/", {"side": "expense", "label": "Four", "cents": "1 200,5"}
        ).status_code
        == 302
    )
    line = BudgetLine.objects.get()
    assert line.cents == 120_050
    assert "1 200,50" in client.get(base).content.decode().replace("\u202f", " ")
    assert client.post(f"{base}budget/{line.pk}/", {"faire": "retirer"}).status_code == 302
    assert client.get(f"{base}budget/{line.pk}/").status_code == 404
    job = {"kind": "insertion", "actor": str(farm.workshop.pk), "people": "3", "fte": "1,5", "on": day}
    assert client.post(f"{base}emplois/nouveaux/", job).status_code == 302
    assert JobOutcome.objects.get().fte_hundredths == 150
    asked = client.post(f"{base}entreprises/nouvelle/", {"name": "Bois & Cie", "on": day})
    assert asked.status_code == 422
    made = client.post(f"{base}entreprises/nouvelle/", {"name": "Bois & Cie", "on": day, "unknown": "on"})
    assert made.status_code == 302
    assert not Enterprise.objects.get().actor.subject.public


def test_a_match_by_the_page(farm: Farm, client: Client) -> None:
    held = whole(farm)
    need, resource, project = held["need"], held["resource"], held["project"]
    farm.as_(client, farm.member)
    page = client.get(f"{farm.base}besoins/{need.pk}/").content.decode()  # type: ignore[attr-defined]
    assert "même nature · mêmes mots : stockage" in page
    values = {"autre": str(resource.pk), "faire": "rapprocher", "seen": "0", "projet": str(project.pk)}  # type: ignore[attr-defined]
    assert client.post(f"{farm.base}besoins/{need.pk}/rapprocher/", values).status_code == 302  # type: ignore[attr-defined]
    # A member may not put a project in charge of a match.
    assert Match.objects.get().project is None
    assert (
        client.post(f"{farm.base}besoins/{need.pk}/rapprocher/", {**values, "autre": "rien"}).status_code
        == 404
    )  # type: ignore[attr-defined]
    farm.as_(client, farm.animator)
    linked = client.post(f"{farm.base}besoins/{need.pk}/rapprocher/", {**values, "seen": "1"})  # type: ignore[attr-defined]
    assert linked.status_code == 302
    assert Match.objects.get().project == project
    assert "Hangar" in client.get(f"{farm.base}projets/{project.pk}/").content.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("address", "header", "first"),
    [
        ("strategie/", "Objectif", "Ouvrir un lieu"),
        ("projets/", "Projet", "Matériauthèque"),
        ("activites/", "Activité", "Collecte"),
        ("besoins/", "En quelques mots", "Hangar, stockage"),
    ],
)
def test_lists_are_exported(farm: Farm, client: Client, address: str, header: str, first: str) -> None:
    whole(farm)
    farm.as_(client, farm.member)
    answer = client.get(f"{farm.base}{address}?format=csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    dialect = ";" if ";" in text.splitlines()[0] else ","
    rows = list(csv.DictReader(io.StringIO(text), delimiter=dialect))
    assert rows[0][header] == first
    for kind, start in (("xlsx", b"PK"), ("ods", b"PK")):
        file = client.get(f"{farm.base}{address}?format={kind}")
        assert b"".join(file.streaming_content).startswith(start)  # type: ignore[attr-defined]
    assert client.get(f"{farm.base}{address}?format=exe").status_code == 422


def test_tasks_are_exported_from_the_project(farm: Farm, client: Client) -> None:
    held = whole(farm)
    farm.as_(client, farm.member)
    answer = client.get(f"{farm.base}projets/{held['project'].pk}/?format=csv")  # type: ignore[attr-defined]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "Bail" in text
    assert "en retard" in text


def test_an_empty_room_says_what_it_is_for(farm: Farm, client: Client) -> None:
    for user, offered in ((farm.animator, True), (farm.member, False)):
        farm.as_(client, user)
        pages = [
            client.get(f"{farm.base}{name}/").content.decode()
            for name in ("strategie", "projets", "activites")
        ]
        assert all("notice-empty" in page for page in pages)
        assert all(('class="button"' in page.split("notice-empty")[1]) is offered for page in pages)


def test_english_pages(farm: Farm, client: Client) -> None:
    held = whole(farm)
    farm.as_(client, farm.animator)
    for address in held["read"]:  # type: ignore[attr-defined]
        assert client.get(f"/en{farm.base}{address}").status_code == 200


def grow(farm: Farm, count: int) -> JointProject:
    """Add so many tasks, partners' lines, projects, activities and needs."""
    project = farm.project(f"Grand projet {count}")
    for rank in range(count):
        task = tasks.add(
            project,
            title=f"Tâche {count} {rank}",
            actor=farm.workshop,
            ends_on=farm.day(rank),
            by=farm.animator,
        )
        tasks.add(project, title=f"Après {count} {rank}", needs=[task.pk], by=farm.animator)
        farm.project(f"Projet {count} {rank}", leader=farm.workshop)
        row = activities.create(
            farm.pole, name=f"Activité {count} {rank}", members=[farm.workshop], by=farm.animator
        )
        activities.recognise(
            activities.one(farm.pole, row.pk), by_whom="La région", ground="acte", on=farm.today,
            today=farm.today, by=farm.animator,
        )  # fmt: skip
        for side in ("need", "resource"):
            needs.say(
                farm.pole, side=side, kind="premises", title=f"Salle {count} {rank}", actor=farm.workshop,
                commune="35360", today=farm.today, by=farm.animator,
            )  # fmt: skip
    return project


def test_queries_do_not_grow(farm: Farm, client: Client) -> None:
    farm.strategy()
    few, many = grow(farm, 3), None
    first = Need.objects.filter(side="need").first()
    assert first
    farm.as_(client, farm.animator)

    def count(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(farm.base + address).status_code == 200
        return len(found)

    pages = ["strategie/", "projets/", "activites/", "besoins/", f"besoins/{first.pk}/"]
    before = {address: count(address) for address in pages}
    small = count(f"projets/{few.pk}/")
    many = grow(farm, 12)
    after = {address: count(address) for address in pages}
    assert after == before
    assert count(f"projets/{many.pk}/") == small
    assert max(*after.values(), small) <= MOST, (after, small)


def test_bad_input_says_why_and_breaks_nothing(farm: Farm, client: Client) -> None:
    held = whole(farm)
    project, need, resource = held["project"], held["need"], held["resource"]
    farm.as_(client, farm.animator)
    base = f"{farm.base}projets/{project.pk}/"  # type: ignore[attr-defined]
    far = {"title": "Tâche", "starts_on": "0001-01-01", "ends_on": "9999-12-31"}
    assert client.post(f"{base}taches/nouvelle/", far).status_code == 422
    money = {"cents": "9" * 20, "modes": ["x"], "tools": "a\0b"}
    assert client.post(f"{base}financement/", money).status_code == 422
    key = farm.workshop.pk.hex
    parts = {f"joins-{key}": "on", f"role-{key}": "atelier\0", f"share-{key}": "1/3\0", "seen": "x|y\0|z"}
    assert client.post(f"{base}partenaires/", parts).status_code in {409, 422}
    judged = {"autre": str(resource.pk), "faire": "rapprocher", "seen": "9" * 5000}  # type: ignore[attr-defined]
    assert client.post(f"{farm.base}besoins/{need.pk}/rapprocher/", judged).status_code == 302  # type: ignore[attr-defined]
    assert not Match.objects.exists()
    assert client.get(f"{farm.base}strategie/{10**25}/texte/").status_code == 404
    assert client.post(f"{farm.base}strategie/adhesions/{10**25}/finir/").status_code == 404
    assert client.get(f"{base}etape/?faire=rien").status_code == 200
    assert (
        client.post(f"{base}etape/", {"move": "fly", "seen_stage": "idea", "on": "2026-01-01"}).status_code
        == 422
    )
    forged = {"side": "need", "kind": "gold", "title": "Or", "actor": "nobody", "commune": "Nulle part"}
    page = client.post(f"{farm.base}besoins/nouveau/", forged).content.decode()
    assert "aucune commune" in page
    assert Need.objects.count() == 2
