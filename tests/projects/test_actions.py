"""What is written: strategies, stages, partners, tasks, activities, needs; and what is refused."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from terreau.actors.actions import create_actor
from terreau.common.errors import DomainError, StaleWriteError
from terreau.flows import actions as flows
from terreau.flows.rules import Entry
from terreau.journal.models import Event
from terreau.projects import activities, enjeux, joint_projects, needs, results, strategies, tasks
from terreau.projects.joint_projects import Part
from terreau.projects.models import JointProject, Match, Need, Partner, Strategy
from tests.projects.conftest import Farm, make
from tests.two_connections import at_once

FINANCED = {
    "modes": ["subsidies", "sales"],
    "tools": "appel à projets",
    "advisers": "personne",
    "cents": 0,
    "calendar": "avant l'été",
}


def code_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        attempt()
    return refused.value.code


def finance(farm: Farm, project: JointProject, **changes: object) -> None:
    empty = {"modes": [], "tools": "", "advisers": "", "cents": None, "calendar": ""}
    joint_projects.set_engineering(project, base=empty, mine={**FINANCED, **changes}, by=farm.animator)


def test_an_adopted_version_never_changes(farm: Farm) -> None:
    row, goal = farm.strategy()
    assert code_of(lambda: strategies.add_axis(row, "Autre", by=farm.animator)) == "adopted"
    base, mine = {"title": row.title}, {"title": "Autre titre"}
    assert code_of(lambda: strategies.write(row, base=base, mine=mine, by=farm.animator)) == "adopted"
    with pytest.raises(IntegrityError), transaction.atomic():
        Strategy.objects.filter(pk=row.pk).update(title="Autre titre")
    seen = {"title": goal.title, "owner_id": None}
    wanted = {"title": "Autre", "owner_id": None}
    refused = code_of(lambda: strategies.change_objective(goal, base=seen, mine=wanted, by=farm.animator))
    assert refused == "adopted"
    owned = {"title": goal.title, "owner_id": farm.workshop.pk}
    strategies.change_objective(goal, base=seen, mine=owned, by=farm.animator)
    assert strategies.objective(farm.pole, goal.pk).owner == farm.workshop


def test_a_strategy_without_objective_or_adopter_is_not_adopted(farm: Farm) -> None:
    row = strategies.begin(farm.pole, by=farm.animator)
    asked = {"decision": None, "today": farm.today, "by": farm.animator}
    assert (
        code_of(lambda: strategies.adopt(row, on=farm.today, adopted_by=" ", **asked)) == "adopted_by_nobody"
    )
    assert code_of(lambda: strategies.adopt(row, on=farm.today, adopted_by="AG", **asked)) == "no_objective"
    assert code_of(lambda: strategies.adopt(row, on=farm.day(1), adopted_by="AG", **asked)) == "adopted_later"
    assert code_of(lambda: strategies.begin(farm.pole, by=farm.animator)) == "draft_there"


def test_the_next_version_carries_on_what_is_not_over(farm: Farm) -> None:
    row, goal = farm.strategy()
    second = strategies.begin(farm.pole, by=farm.animator)
    copied = second.axes.get().objectives.get()
    assert (second.number, copied.title, copied.follows) == (2, goal.title, goal)
    strategies.remove_objective(copied, by=farm.animator)
    strategies.remove_axis(second.axes.get(), by=farm.animator)
    assert strategies.current(farm.pole) == row


def test_an_objective_moves_with_its_log_and_one_who_is_late_is_told(farm: Farm) -> None:
    _row, goal = farm.strategy()
    strategies.move_objective(goal, "under_way", seen="ahead", note="bail", by=farm.animator)
    again = strategies.objective(farm.pole, goal.pk)
    assert (
        code_of(lambda: strategies.move_objective(again, "reached", seen="ahead", note="", by=farm.animator))
        == "moved_meanwhile"
    )
    assert (
        code_of(
            lambda: strategies.move_objective(again, "dropped", seen="under_way", note=" ", by=farm.animator)
        )
        == "reason_needed"
    )
    assert [(one.before, one.after) for one in goal.moves.all()] == [("ahead", "under_way")]


def test_adherence_is_dated_and_once(farm: Farm) -> None:
    row, _goal = farm.strategy()
    held = strategies.adhere(row, farm.workshop, on=farm.today, by=farm.member)
    assert code_of(lambda: strategies.adhere(row, farm.workshop, on=farm.today, by=farm.member)) == "taken"
    outside = create_actor("Ailleurs", source=None, public=True)
    assert code_of(lambda: strategies.adhere(row, outside, on=farm.today, by=farm.animator)) == "not_of_pole"
    strategies.leave(held, on=farm.today, by=farm.member)
    strategies.adhere(row, farm.workshop, on=farm.today, by=farm.member)
    assert row.adherences.count() == 2


def test_a_project_is_not_decided_without_its_financial_engineering(farm: Farm) -> None:
    project = farm.project()
    now = {"on": farm.today, "today": farm.today, "by": farm.animator}
    joint_projects.move(project, "study", seen="idea", **now)
    with pytest.raises(DomainError) as refused:
        joint_projects.move(project, "decide", seen="studied", **now)
    assert refused.value.code == "financing_missing"
    assert refused.value.facts["missing"] == ["modes", "tools", "advisers", "cents", "calendar"]
    assert "qui conseille" in refused.value.message
    finance(farm, project, calendar="")
    with pytest.raises(DomainError) as refused:
        joint_projects.move(project, "decide", seen="studied", **now)
    assert refused.value.facts["missing"] == ["calendar"]
    joint_projects.set_engineering(
        project, base={"calendar": ""}, mine={"calendar": "juin"}, by=farm.animator
    )
    joint_projects.move(project, "decide", seen="studied", **now)
    assert code_of(lambda: joint_projects.move(project, "drop", seen="decided", **now)) == "reason_needed"
    joint_projects.move(project, "drop", seen="decided", why="Le local est vendu.", **now)
    moves = project.moves.order_by("pk").values_list("before", "after", "why")
    assert list(moves) == [
        ("", "idea", ""),
        ("idea", "studied", ""),
        ("studied", "decided", ""),
        ("decided", "dropped", "Le local est vendu."),
    ]
    verbs = Event.objects.filter(subject=project.subject).order_by("seq").values_list("verb", flat=True)
    assert list(verbs).count("project.moved") == 3


def test_who_moves_a_project_that_moved_meanwhile_is_told(farm: Farm) -> None:
    project = farm.project()
    now = {"on": farm.today, "today": farm.today, "by": farm.animator}
    joint_projects.move(project, "study", seen="idea", **now)
    assert code_of(lambda: joint_projects.move(project, "study", seen="idea", **now)) == "moved_meanwhile"
    assert code_of(lambda: joint_projects.move(project, "finish", seen="studied", **now)) == "no_such_move"


def test_two_projects_of_one_name(farm: Farm) -> None:
    project = farm.project()
    assert code_of(farm.project) == "taken"
    now = {"on": farm.today, "today": farm.today, "by": farm.animator}
    joint_projects.move(project, "drop", seen="idea", why="Trop tôt.", **now)
    farm.project()
    assert code_of(lambda: joint_projects.move(project, "study", seen="dropped", **now)) == "taken"


def test_partners_say_shares_that_make_the_whole_and_keep_what_was(farm: Farm) -> None:
    project = farm.project()
    before = farm.day(-10)
    third = [Part(farm.workshop.pk, "atelier", Fraction(1, 3)), Part(farm.canteen.pk, "", Fraction(2, 3))]
    joint_projects.set_partners(project, third, seen=[], on=before, by=farm.animator)
    half = [Part(farm.workshop.pk, "atelier", Fraction(1, 2)), Part(farm.canteen.pk, "", Fraction(1, 2))]
    joint_projects.set_partners(project, half, seen=third, on=farm.today, by=farm.animator)
    then = {row.actor: row.share for row in joint_projects.partners_on(project, before)}
    now = {row.actor: row.share for row in joint_projects.partners_on(project, farm.today)}
    assert then == {farm.workshop: Fraction(1, 3), farm.canteen: Fraction(2, 3)}
    assert now == {farm.workshop: Fraction(1, 2), farm.canteen: Fraction(1, 2)}
    with pytest.raises(StaleWriteError):
        joint_projects.set_partners(project, [], seen=third, on=farm.today, by=farm.animator)
    count = Partner.objects.count()
    joint_projects.set_partners(project, half, seen=half, on=farm.today, by=farm.animator)
    assert Partner.objects.count() == count
    wrong = [Part(farm.workshop.pk, "", Fraction(1, 2))]
    assert (
        code_of(
            lambda: joint_projects.set_partners(project, wrong, seen=half, on=farm.today, by=farm.animator)
        )
        == "shares_not_whole"
    )


def test_two_people_describe_a_project(farm: Farm) -> None:
    project = farm.project()
    base = {"title": project.title, "text": ""}
    joint_projects.change(project, base=base, mine={**base, "text": "Trier"}, by=farm.animator)
    merged = joint_projects.change(project, base=base, mine={**base, "title": "Bois"}, by=farm.member)
    assert (merged.title, merged.text) == ("Bois", "Trier")
    with pytest.raises(StaleWriteError):
        joint_projects.change(project, base=base, mine={**base, "text": "Vendre"}, by=farm.member)
    farm.project("Autre")
    assert (
        code_of(
            lambda: joint_projects.change(
                project, base={"title": "Bois"}, mine={"title": "Autre"}, by=farm.animator
            )
        )
        == "taken"
    )


def test_tasks_wait_for_one_another_and_never_in_a_ring(farm: Farm) -> None:
    project = farm.project()
    first = tasks.add(project, title="Bail", by=farm.animator)
    second = tasks.add(project, title="Travaux", needs=[first.pk], by=farm.animator)
    third = tasks.add(project, title="Ouvrir", needs=[second.pk], by=farm.animator)
    with pytest.raises(DomainError) as refused:
        tasks.change(first, base={}, mine={}, needs=[third.pk], by=farm.animator)
    assert refused.value.code == "ring"
    assert "« Bail »" in refused.value.message
    elsewhere = tasks.add(farm.project("Autre"), title="Loin", by=farm.animator)
    assert (
        code_of(lambda: tasks.change(first, base={}, mine={}, needs=[elsewhere.pk], by=farm.animator))
        == "other_project"
    )
    assert [[one.title for one in row.needs.all()] for row in tasks.of(project)] == [
        [],
        ["Travaux"],
        ["Bail"],
    ]


def test_a_task_is_taken_once_and_moved_once(farm: Farm) -> None:
    project = farm.project()
    task = tasks.one(project, tasks.add(project, title="Bail", by=farm.animator).pk)
    tasks.take(task, by=farm.member)
    assert code_of(lambda: tasks.take(task, by=farm.animator)) == "task_taken"
    assert code_of(lambda: tasks.take(task, by=farm.animator, leave=True)) == "task_taken"
    tasks.move(task, "done", seen="todo", today=farm.today, by=farm.member)
    assert (task.state, task.done_on) == ("done", farm.today)
    assert (
        code_of(lambda: tasks.move(task, "doing", seen="todo", today=farm.today, by=farm.animator))
        == "moved_meanwhile"
    )
    tasks.move(task, "todo", seen="done", today=farm.today, by=farm.member)
    assert task.done_on is None


def test_the_account_reads_the_ledger_and_sets_members_trade_apart(farm: Farm) -> None:
    project = farm.project(leader=farm.workshop)
    parts = [Part(farm.canteen.pk)]
    joint_projects.set_partners(project, parts, seen=[], on=farm.day(-5), by=farm.animator)
    outside = create_actor("Fournisseur", source=None, public=True)
    results.add_line(project, side="expense", label="Machines", cents=100_000, by=farm.animator)
    gone = results.add_line(project, side="expense", label="Erreur", cents=7, by=farm.animator)
    results.remove_line(results.line_of(project, gone.pk), by=farm.animator)
    results.add_line(project, side="receipt", label="Ventes", cents=150_050, by=farm.animator)

    def flow(giver: object, receiver: object, cents: int, **more: object) -> Entry:
        values = {"nature": "cash", "label": "Ligne", "on": farm.today, "purpose": project.pk, **more}
        return Entry(giver=giver.pk, receiver=receiver.pk, cents=cents, **values)  # type: ignore[attr-defined,arg-type]

    rows = flows.record(
        farm.pole.actor,
        [
            flow(farm.workshop, outside, 30_001),
            flow(farm.workshop, outside, 999),
            flow(outside, farm.canteen, 12_345),
            flow(farm.canteen, farm.workshop, 5_000),
            flow(farm.workshop, outside, 777, purpose=None),
            flow(
                farm.canteen,
                farm.workshop,
                4_000,
                nature="time",
                thousandths=2_500,
                unit="hours",
                method="agreed",
            ),
        ],
        by=farm.animator,
    )
    flows.reverse(rows[1], reason="Saisie deux fois.", by=farm.animator)
    found = results.account(project, results.lines(project), joint_projects.all_partners(project))
    assert (found.expenses.planned, found.receipts.planned) == (100_000, 150_050)
    assert (found.expenses.actual, found.receipts.actual, found.between) == (30_001, 12_345, 5_000)
    assert found.given == {("time", "hours"): (2_500, 4_000)}


def test_jobs_are_counted_by_kind_and_never_together(farm: Farm) -> None:
    project = farm.project()
    said = {"actor_id": farm.workshop.pk, "today": farm.today, "by": farm.animator}
    results.add_job(project, kind="created", people=2, fte_hundredths=150, on=farm.day(-9), **said)
    results.add_job(project, kind="created", people=1, fte_hundredths=None, on=farm.day(-3), **said)
    job = results.add_job(project, kind="insertion", people=4, fte_hundredths=300, on=farm.day(-3), **said)
    sums = {one.kind: (one.people, one.fte_hundredths) for one in results.jobs_by_kind(project.jobs.all())}
    assert sums == {"created": (3, None), "insertion": (4, 300)}
    assert (
        code_of(
            lambda: results.add_job(
                project, kind="created", people=1, fte_hundredths=None, on=farm.day(1), **said
            )
        )
        == "job_later"
    )
    results.end_job(job, on=farm.today, by=farm.animator)
    assert code_of(lambda: results.end_job(job, on=farm.today, by=farm.animator)) == "already_ended"


def test_utility_is_recognised_by_others_and_counted_when_the_list_is_whole(farm: Farm) -> None:
    assert (
        code_of(lambda: activities.say_whole(farm.pole, whole=True, on=farm.today, by=farm.animator))
        == "no_activity"
    )
    rows = [
        activities.one(farm.pole, activities.create(farm.pole, name=name, by=farm.animator).pk)
        for name in ("Collecte", "Cantine", "Ménage")
    ]
    over = activities.create(farm.pole, name="Finie", ends_on=farm.today, by=farm.animator)
    said = {"ground": "convention", "today": farm.today, "by": farm.animator}
    for row in rows[:2]:
        activities.recognise(row, by_whom="La région", on=farm.day(-5), **said)
    own = code_of(lambda: activities.recognise(rows[2], by_whom="pôle d'ESSAI", on=farm.day(-5), **said))
    assert own == "own_word"
    share = activities.share(farm.pole, farm.today)
    assert (share.recognised, share.total, share.majority) == (2, 3, None)
    activities.say_whole(farm.pole, whole=True, on=farm.today, by=farm.animator)
    assert activities.share(farm.pole, farm.today).majority is True
    activities.end_recognition(rows[0].recognitions.get(), on=farm.today, by=farm.animator)
    assert activities.share(farm.pole, farm.today).majority is False
    activities.say_whole(farm.pole, whole=False, on=farm.day(1), by=farm.animator)
    assert activities.share(farm.pole, farm.day(1)).majority is None
    assert over.pk not in {row.pk for row in rows}


def said(farm: Farm, side: str, title: str, **more: object) -> Need:
    values = {"kind": "premises", "actor": farm.workshop, **more}
    return needs.one(
        farm.pole,
        needs.say(farm.pole, side=side, title=title, today=farm.today, by=farm.animator, **values).pk,
    )


def test_a_match_is_kept_with_its_reasons_and_two_who_judge_are_told(farm: Farm) -> None:
    need = said(farm, "need", "Stockage au sec", commune="35360")
    hangar = said(farm, "resource", "Hangar, stockage", commune="35360", actor=farm.canteen)
    said(farm, "resource", "Comptabilité", kind="skills")
    [found] = needs.proposals(need, farm.today)
    assert (found.other, found.reasons) == (hangar, ("même nature", "mêmes mots : stockage", "même commune"))
    assert [one.other for one in needs.proposals(hangar, farm.today)] == [need]
    project = farm.project()
    match = needs.judge(hangar, need, "kept", project=project, by=farm.member)
    assert (match.need, match.resource, match.project) == (need, hangar, project)
    assert code_of(lambda: needs.judge(need, hangar, "set_aside", by=farm.animator)) == "judged_meanwhile"
    assert list(needs.unanswered(farm.pole, farm.today)) == []
    needs.judge(need, hangar, "set_aside", seen=match.version, by=farm.animator)
    assert list(needs.unanswered(farm.pole, farm.today)) == [need]
    assert needs.proposals(need, farm.today)[-1].match == Match.objects.get()
    other = said(farm, "need", "Encore du stockage")
    assert code_of(lambda: needs.judge(need, other, "kept", by=farm.animator)) == "same_side"


def test_a_need_that_ends_says_what_became_of_it(farm: Farm) -> None:
    need = said(farm, "need", "Stockage")
    move = {"seen": "open", "by": farm.animator}
    assert code_of(lambda: needs.move(need, "met", why="", **move)) == "reason_needed"
    needs.move(need, "met", why="Le hangar de la foncière.", **move)
    assert code_of(lambda: needs.move(need, "closed", why="x", **move)) == "moved_meanwhile"
    needs.move(need, "open", seen="met", why="", by=farm.animator)
    assert need.closed_why == ""
    late = said(farm, "need", "Salle", ends_on=farm.day(-1))
    assert late not in needs.open_on(farm.pole, farm.today)


def test_enjeux_gather_objectives_projects_and_needs(farm: Farm) -> None:
    _row, goal = farm.strategy()
    farm.project(enjeux=["tissu_local", "decloisonnement"])
    said(farm, "need", "Stockage", enjeux=["tissu_local"])
    said(farm, "resource", "Hangar", enjeux=["tissu_local"])
    lines = {one.code: one.counts for one in enjeux.rolled(farm.pole, [goal])}
    assert len(lines) == 5
    counts = lines["tissu_local"]
    assert (counts.objectives, counts.projects, counts.needs) == (1, 1, 1)
    assert lines["decloisonnement"].total == 1
    assert lines["mouvement_collectivites"].total == 0
    assert code_of(lambda: farm.project("Faux", enjeux=["inconnu"])) == "unknown_term"


@pytest.mark.django_db(transaction=True)
def test_two_drafts_at_once() -> None:
    farm = make()
    outcomes = at_once(*(lambda: strategies.begin(farm.pole, by=farm.animator) for _one in range(2)))
    assert sorted(type(one).__name__ for one in outcomes) == ["DomainError", "Strategy"]
    assert Strategy.objects.filter(pole=farm.pole).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_set_partners_at_once() -> None:
    farm = make()
    project = farm.project()

    def say(actor: object) -> object:
        parts = [Part(actor.pk, "", Fraction(1))]  # type: ignore[attr-defined]
        return joint_projects.set_partners(project, parts, seen=[], on=farm.today, by=farm.animator)

    outcomes = at_once(lambda: say(farm.workshop), lambda: say(farm.canteen))
    assert sorted(type(one).__name__ for one in outcomes) == ["StaleWriteError", "list"]
    assert Partner.objects.filter(project=project).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_move_a_project_at_once() -> None:
    farm = make()
    project = farm.project()
    now = {"seen": "idea", "on": farm.today, "today": farm.today, "by": farm.animator}
    outcomes = at_once(
        lambda: joint_projects.move(project, "study", **now),
        lambda: joint_projects.move(project, "drop", why="Trop tôt.", **now),
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["DomainError", "JointProject"]
    assert project.moves.count() == 2


def test_the_days_of_a_project_are_those_of_the_calendar(farm: Farm) -> None:
    with pytest.raises(DomainError):
        farm.project(starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 1))
