"""A label, who keeps it, a pole whose shared evaluation is concluded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.labels import deciding, requests
from terreau.labels.deciding import Progress
from terreau.labels.models import Keeper, LabelRequest, Scheme
from terreau.subjects.actions import create
from terreau.subjects.models import Subject
from tests.followup import making as followup
from tests.followup.making import Course
from tests.people import enrol
from tests.reviews.conftest import content, published


@dataclass
class Labelling:
    """``keeper`` instructs, ``decider`` decides, ``owner`` animates who owns the label."""

    scheme: Scheme
    course: Course
    owner: User
    keeper: User
    decider: User

    @property
    def today(self) -> date:
        return timezone.localdate()

    def ask(self) -> LabelRequest:
        """Ask as the pole does."""
        return requests.ask(
            self.scheme, self.course.pole, words="Nous y sommes.", on=self.today, by=self.course.animator
        )

    def found(self, row: LabelRequest, *, no: tuple[str, ...] = ()) -> LabelRequest:
        """Take a request and answer every criterion."""
        taken = deciding.take(row, on=self.today, by=self.keeper, seen=row.version)
        for code in deciding.codes(taken):
            answer, words = ("non", "Rien ne le montre.") if code in no else ("oui", "")
            deciding.find(taken, code, answer=answer, words=words, seen=0, by=self.keeper)
        return taken

    def granted(self, *, plan: tuple[Progress, ...] = ()) -> LabelRequest:
        """Lead a request to its label."""
        row = self.found(self.ask())
        return self.grant(row, plan=plan)

    def grant(self, row: LabelRequest, *, plan: tuple[Progress, ...] = ()) -> LabelRequest:
        """Grant."""
        return deciding.grant(
            row, reason="Les critères sont là.", plan=plan, on=self.today, by=self.decider, seen=row.version
        )

    def decide(self, row: LabelRequest, verb: str, by: User | None = None) -> LabelRequest:
        """Decide something else."""
        row.refresh_from_db()
        return deciding.decide(
            row, verb, reason="Parce que.", on=self.today, by=by or self.decider, seen=row.version
        )

    def path(self, tail: str = "") -> str:
        """Return an address of the label."""
        return f"/labels/{self.scheme.slug}/{tail}"


def labelling(*, concluded: bool = True) -> Labelling:
    """Make a published label of three criteria and its keepers; a pole that may ask, unless ``concluded``."""
    course = followup.course()
    body = create_actor("Région d'essai", source=None, public=True, kind=Subject.Kind.ACTOR)
    owner, keeper, decider = (
        User.objects.create_user(f"{name}@labels.example.org", name=name.capitalize())
        for name in ("porte", "instruit", "decide")
    )
    for one in (owner, keeper, decider):
        enrol(one)
    followup.belong(owner, body)
    scheme = Scheme.objects.create(
        subject=create(Subject.Kind.LABEL, public=True),
        slug="pole-durable",
        name="Pôle durable",
        summary="Un pôle qui dure.",
        owner=body,
        grid_version=published(content("grille-label")),
        state=Scheme.State.PUBLISHED,
    )
    since = timezone.localdate() - timedelta(days=400)
    for user, role in ((keeper, "instructs"), (decider, "decides")):
        Keeper.objects.create(scheme=scheme, user=user, role=role, valid_from=since, named_by=owner)
    if concluded:
        followup.conclude_by_rows(course)
    return Labelling(scheme, course, owner, keeper, decider)
