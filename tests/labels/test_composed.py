"""What labels and follow-up say to the week, the calendar, the public page and the search of a pole."""

from datetime import timedelta

from django.utils import timezone

from terreau.followup import composed as followup
from terreau.followup.models import ReportSchedule, Steering
from terreau.labels import composed as labels
from terreau.labels import requests
from terreau.labels.advantages import Opened, open_advantage
from terreau.labels.deciding import Progress
from terreau.labels.models import LabelRequest
from terreau.poles.workspace import Workspace, of_person
from terreau.sheets import life
from tests.followup.making import Course
from tests.labels.making import Labelling


def _ws(course: Course, who: str = "animator") -> Workspace:
    return of_person(getattr(course, who), course.pole.slug)


def test_reports_due_and_minutes_to_write_are_said_to_who_animates(labelling: Labelling) -> None:
    course, today = labelling.course, timezone.localdate()
    late, coming, far = (today + timedelta(days=n) for n in (-3, 5, 90))
    for due in (late, coming, far):
        ReportSchedule.objects.create(dossier=course.dossier, kind="other", title="Bilan", due_on=due)
    past = timezone.now() - timedelta(days=2)
    Steering.objects.create(dossier=course.dossier, at=past, agenda="Budget")
    found = followup.week(_ws(course))
    assert [(one.on, one.tone) for one in found][:2] == [(late, "late"), (coming, "now")]
    assert "compte rendu" in found[2].title
    assert len(found) == 3
    assert len(followup.stamps(_ws(course), today, today + timedelta(days=100))) == 2
    Steering.objects.update(state="held", minutes="Un second débouché.")
    assert [one.extract for one in followup.found(_ws(course), "débouché", 5)] == ["Un second débouché."]


def test_what_ends_and_what_may_be_contested_is_said(labelling: Labelling) -> None:
    today = labelling.today
    made = labelling.found(labelling.ask(), no=("A1",))
    made = labelling.grant(made, plan=(Progress("Ouvrir", today + timedelta(days=10)),))
    opened = Opened(labelling.course.member, "tax", "Un texte", today, ends_on=today + timedelta(days=20))
    open_advantage(made, opened, on=today, by=labelling.keeper)
    ws = _ws(labelling.course)
    assert [one.path.partition("#")[2] for one in labels.week(ws)] == ["avantages", "plan"]
    LabelRequest.objects.filter(pk=made.pk).update(valid_to=today + timedelta(days=40))
    assert "renouvellement" in labels.week(ws)[0].title
    assert len(labels.stamps(ws, today, today + timedelta(days=60))) == 2
    labelling.decide(made, "suspend")
    assert "contester" in labels.week(ws)[0].title
    requests.appeal(made, reason="Non.", on=today, by=labelling.course.animator, seen=made.version)
    labelling.decide(made, "uphold", labelling.owner)
    assert not [one for one in labels.week(ws) if "contester" in one.title]


def test_the_public_page_of_a_pole_shows_labels_in_force_and_suspended_ones(labelling: Labelling) -> None:
    pole, today = labelling.course.pole, labelling.today
    assert not life.shows_something(pole)
    made = labelling.granted()
    assert life.shows_something(pole)
    (part,) = life.life(pole, today)
    assert (part.code, [one.title for one in part.items]) == ("labels", ["Pôle durable"])
    assert part.items[0].meta[0] == "en vigueur"
    labelling.decide(made, "suspend")
    assert labels.published(pole, today)[0].meta[0] == "suspendu"
    labelling.decide(made, "withdraw")
    assert labels.published(pole, today) == []
    assert [one.code for one in labels.figures(pole, today, today)] == []


def test_members_are_told_nothing_of_what_the_animator_does(labelling: Labelling) -> None:
    from tests.followup.making import belong

    belong(labelling.course.stranger, labelling.course.member)
    ws = _ws(labelling.course, "stranger")
    assert (labels.week(ws), followup.week(ws), followup.found(ws, "x", 5)) == ([], [], [])
    labelling.granted()
    assert [one.kind for one in labels.found(ws, "durable", 5)] == ["label"]
