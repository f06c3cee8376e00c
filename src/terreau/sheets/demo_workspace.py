"""A workspace to look at: one invented pole with its members, meetings, means, cooperations and hours.

All of it is invented and says so: the pole is ``fictional``, names and texts end with « exemple fictif ».
The same seed and sizes give the same rows on a same day. What a ledger or a vote holds is never removed: this
belongs in a register of trial, and the command says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import islice
from random import Random
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors import projection as actors_projection
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.billing import demo as billing
from terreau.bookkeeping import demo as bookkeeping
from terreau.common.batches import batches
from terreau.common.errors import DomainError
from terreau.cooperations import words
from terreau.cooperations.models import Cooperation, Form, Level, Party
from terreau.dossiers import demo as dossiers
from terreau.economics import demo as economics
from terreau.exchanges import catalogue, skills, tenders, watching
from terreau.exchanges.models import SkillEntry
from terreau.fees import demo as fees
from terreau.flows import actions as ledger
from terreau.flows.rules import Entry
from terreau.forecast import demo as forecast
from terreau.governance import bodies, meetings
from terreau.governance.models import (
    Action,
    Attendance,
    Body,
    College,
    Decision,
    Item,
    Meeting,
    Seat,
)
from terreau.governance.models import Form as GovernanceForm
from terreau.journal.actions import record
from terreau.labels import demo as labels
from terreau.means import bookings, jobs
from terreau.means import rules as means_rules
from terreau.means.models import Booking, Means
from terreau.netting import demo as netting
from terreau.pieces.models import Source
from terreau.pieces.sources import source as cite
from terreau.poles import listing
from terreau.poles.models import Membership, Pole
from terreau.projects import activities, joint_projects, needs, strategies, tasks
from terreau.projects.models import Need
from terreau.subjects.models import Subject
from terreau.trade import demo as trade

FLAG: Final = "exemple fictif"
SLUG: Final = "pole-exemple-fictif"
#: What fills the economics of the pole, each room its own, in the order in which they stand on one another.
_ECONOMY: Final = (
    bookkeeping.fill,
    fees.fill,
    billing.fill,
    trade.fill,
    netting.fill,
    economics.fill,
    forecast.fill,
)
#: A file that is being written, another that was followed to its signed evaluation, a label to ask for: the
#: sheet of the invented pole is not public, which is all that it lacks.
_PROCEDURES: Final = (dossiers.fill, labels.fill)
_BATCH = 400
_COLLEGES = (("Structures", 50), ("Collectivités", 20), ("Habitantes et habitants", 30))
_WORDS = (
    "Atelier",
    "Jardin",
    "Fabrique",
    "Halle",
    "Régie",
    "Ferme",
    "Recyclerie",
    "Maison",
    "Filature",
    "Grange",
)
_FORMS = (
    ("association", 50),
    ("cooperative", 20),
    ("company", 18),
    ("local_authority", 8),
    ("foundation", 4),
)
_TOPICS = (
    "Louer la halle",
    "Accueillir un membre",
    "Partager un poste",
    "Répondre à un marché",
    "Voter le budget",
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is invented."""

    members: int = 40
    bookings: int = 300
    decisions: int = 30


@dataclass(slots=True)
class Made:
    """What was written."""

    slug: str
    members: int = 0
    bookings: int = 0
    decisions: int = 0
    cooperations: int = 0
    lines: int = 0


def generate(sizes: Sizes, seed: int, *, animator: User, today: date | None = None) -> Made:
    """Write the invented pole, which ``animator`` animates. Refused (409) when there is one already."""
    if Pole.objects.filter(slug=SLUG).exists():
        raise DomainError("demo_present", _("Le pôle d'exemple est déjà là."), status=409)
    with transaction.atomic():
        return _Invention(sizes, seed, animator, today or timezone.localdate()).run()


@dataclass
class _Invention:
    """One run; the order of the calls is the order of the draws."""

    sizes: Sizes
    seed: int
    by: User
    today: date
    members: list[Actor] = field(default_factory=list)

    @cached_property
    def random(self) -> Random:
        return Random(self.seed)  # noqa: S311 - a demonstration, no secret

    @cached_property
    def pole(self) -> Pole:
        actor = create_actor(
            f"Pôle d'exemple ({FLAG})", source=None, public=False, kind=Subject.Kind.POLE, by=self.by
        )
        pole = Pole.objects.create(actor=actor, slug=SLUG, fictional=True)
        belonging.found(self.by, actor, by=self.by)
        return pole

    def run(self) -> Made:
        made = Made(self.pole.slug)
        self._people()
        made.members = len(self.members)
        made.decisions = self._governance()
        made.bookings = self._means()
        made.cooperations = self._cooperations()
        self._exchanges()
        self._projects()
        made.lines = self._hours()
        for fill in _ECONOMY:
            fill(self.pole, self.by)
        for begin in _PROCEDURES:
            begin(self.pole, self.by)
        listing.project([self.pole.pk])
        record(self.pole.actor.subject, "demo.workspace_generated", by=self.by, data={"seed": self.seed})
        return made

    # Members

    def _people(self) -> None:
        natures = [nature for nature, weight in _FORMS for _turn in range(weight)]
        for number in range(self.sizes.members):
            word = self.random.choice(_WORDS)
            nature = self.random.choice(natures)
            self.members.append(
                create_actor(
                    f"{word} n° {number + 1} ({FLAG})",
                    source=None,
                    public=False,
                    legal_nature=nature,
                    by=self.by,
                )
            )
        circles = list(Membership.Circle)
        source = cite(Source.Kind.DECLARATION, "demo", f"Démonstration de Terreau ({FLAG})")
        rows = [
            Membership(
                pole=self.pole,
                actor=actor,
                role=Membership.Role.FOUNDER if number < 8 else Membership.Role.MEMBER,
                circle=circles[min(number * 3 // max(len(self.members), 1), 2)],
                valid_from=self._ago(5 * 365 - number * 3),
                from_precision="day",
                valid_to=self._ago(90) if number % 29 == 28 else None,
                note=FLAG,
                source=source,
            )
            for number, actor in enumerate(self.members)
        ]
        Membership.objects.bulk_create(rows, batch_size=_BATCH)
        actors_projection.project(actor.pk for actor in self.members)

    # Governance

    def _governance(self) -> int:
        bodies.found_form(self.pole, GovernanceForm.Kind.DEDICATED, since=self._ago(5 * 365), by=self.by)
        assembly = Body.objects.get(pole=self.pole, kind=Body.Kind.ASSEMBLY)
        colleges = [bodies.add_college(assembly, name, weight, by=self.by) for name, weight in _COLLEGES]
        board = Body.objects.get(pole=self.pole, kind=Body.Kind.BOARD)
        self._seats(assembly, colleges)
        Seat.objects.bulk_create(
            Seat(body=board, actor=actor, valid_from=self._ago(400), valid_to=self._in(40 + number * 10))
            for number, actor in enumerate(self.members[:12])
        )
        functions = ("animation", "decision", "membership", "engineering")
        for function, actor in zip(functions, self.members, strict=False):
            bodies.carry(self.pole, function, actor, by=self.by, hours_a_month=20, cents_a_year=400_000)
        held = self._meetings([assembly, board])
        self._next_meeting(board)
        return held

    def _seats(self, body: Body, colleges: Sequence[College]) -> None:
        rows = [
            Seat(body=body, actor=actor, college=colleges[number % 3], valid_from=self._ago(900))
            for number, actor in enumerate(self.members[:60])
        ]
        rows.append(
            Seat(body=body, actor=self.members[-1], role=Seat.Role.OBSERVER, person=FLAG, user=self.by)
        )
        Seat.objects.bulk_create(rows)

    def _meetings(self, held_by: Sequence[Body]) -> int:
        """Write meetings that were held, one for six decisions, straight to the tables."""
        count = 0
        for number in range((self.sizes.decisions + 5) // 6):
            body = held_by[number % len(held_by)]
            begins = self._at(self._ago(30 + number * 35), 18)
            meeting = Meeting.objects.create(
                body=body,
                title=f"{body.name}, séance {number + 1} ({FLAG})",
                starts_at=begins,
                ends_at=begins + timedelta(hours=2),
                state=Meeting.State.HELD,
                convened_at=begins - timedelta(days=15),
            )
            room = min(6, self.sizes.decisions - count)
            count += self._decisions(meeting, count, room, begins.date())
            seats = list(Seat.objects.filter(body=body, college__isnull=body.kind != Body.Kind.ASSEMBLY)[:20])
            Attendance.objects.bulk_create(
                Attendance(
                    meeting=meeting, seat=seat, how=self.random.choice(["present", "present", "excused"])
                )
                for seat in seats
            )
        return count

    def _decisions(self, meeting: Meeting, first: int, count: int, day: date) -> int:
        items = Item.objects.bulk_create(
            Item(meeting=meeting, rank=i + 1, title=self.random.choice(_TOPICS), kind=Item.Kind.DECISION)
            for i in range(count)
        )
        subjects = Subject.objects.bulk_create(Subject(kind=Subject.Kind.DECISION) for _item in items)
        outcomes = [*[Decision.Outcome.ADOPTED] * 8, Decision.Outcome.REJECTED, Decision.Outcome.POSTPONED]
        rows = Decision.objects.bulk_create(
            Decision(
                subject=subject,
                pole=self.pole,
                item=item,
                number=first + i + 1,
                title=item.title,
                text=f"{item.title} ({FLAG}).",
                outcome=self.random.choice(outcomes),
                decided_on=day,
                public=i == 0,
            )
            for i, (item, subject) in enumerate(zip(items, subjects, strict=True))
        )
        Action.objects.bulk_create(
            Action(
                decision=row,
                what=f"Faire suivre : {row.title} ({FLAG})",
                who=self.random.choice(self.members),
                due=day + timedelta(days=30),
                state=Action.State.DONE if first > 12 else Action.State.TODO,
                ended_on=day + timedelta(days=20) if first > 12 else None,
            )
            for row in rows[::3]
        )
        return len(rows)

    def _next_meeting(self, body: Body) -> None:
        begins = self._at(self._in(9), 18)
        meeting = meetings.prepare(
            body, title="", starts_at=begins, ends_at=begins + timedelta(hours=2), place="Halle", by=self.by
        )
        for topic in _TOPICS[:3]:
            meetings.add_item(meeting, topic, kind=Item.Kind.DECISION, by=self.by)
        meeting = meetings.convene(meeting, by=self.by)
        for seat in Seat.objects.filter(body=body).order_by("pk")[:5]:
            meetings.answer(meeting, seat, Attendance.How.PRESENT, by=self.by)

    # Shared means

    def _means(self) -> int:
        kinds = [Means.Kind.ROOM, Means.Kind.MACHINE, Means.Kind.VEHICLE, Means.Kind.TOOL]
        found = [
            bookings.offer(
                self.pole,
                self.members[i % len(self.members)],
                name=f"{self.random.choice(_WORDS)} à partager {i + 1} ({FLAG})",
                kind=kinds[i % len(kinds)],
                by=self.by,
                surface=2_000 + i * 300,
                public=i == 0,
            )
            for i in range(12)
        ]
        for one in found:
            for who, cents in ((means_rules.MEMBER, 800), (means_rules.OUTSIDE, 2_000)):
                tariff = means_rules.Tariff(who, means_rules.HOUR, cents)
                bookings.set_tariff(one, tariff, since=None, by=self.by)
        rows = list(islice(self._stays(found), self.sizes.bookings))
        for some in batches(rows, _BATCH):
            Booking.objects.bulk_create(some)
        job = jobs.create(
            self.pole,
            self.members[0],
            title=f"Comptable partagée ({FLAG})",
            frame="informal",
            since=self._ago(300),
            by=self.by,
        )
        for actor in self.members[1:5]:
            jobs.plan(job, actor, minutes_a_month=900, cents_an_hour=2_500, since=self._ago(300), by=self.by)
        return len(rows)

    def _stays(self, means: Sequence[Means]) -> Iterator[Booking]:
        """Draw stays that never meet: slots of two hours, the days to come first."""
        for day in range(-14, 1_200):
            for hour in (8, 10, 14, 16):
                for one in means:
                    if self.random.random() < 0.5:
                        begins = self._at(self._ago(day), hour)
                        yield Booking(
                            means=one,
                            actor=self.random.choice(self.members),
                            starts_at=begins,
                            ends_at=begins + timedelta(hours=2),
                            label=FLAG,
                            by=self.by,
                            settled_at=begins if day > 0 else None,
                        )

    # Cooperations

    def _cooperations(self) -> int:
        count = max(3, len(self.members) * 5 // 8)
        forms, levels = list(Form), [code for code, _label in words.levels()]
        subjects = Subject.objects.bulk_create(
            Subject(kind=Subject.Kind.COOPERATION) for _turn in range(count)
        )
        rows = Cooperation.objects.bulk_create(
            Cooperation(
                subject=subject,
                pole=self.pole,
                title=f"{self.random.choice(_TOPICS)} ensemble, {i + 1} ({FLAG})",
                form=forms[i % len(forms)],
                valid_from=self._ago(self.random.randrange(60, 1_800)),
                public=i == 0,
            )
            for i, subject in enumerate(subjects)
        )
        Party.objects.bulk_create(
            (
                Party(cooperation=row, actor=actor)
                for row in rows
                for actor in self._some(self.random.choice([2, 2, 3, 3, 4, 5]))
            ),
            batch_size=_BATCH,
        )
        Level.objects.bulk_create(
            (
                Level(cooperation=row, level=level, on=row.valid_from + timedelta(days=50 * step), by=self.by)
                for row in rows
                for step, level in enumerate(levels[: self.random.randrange(1, len(levels) + 1)])
            ),
            batch_size=_BATCH,
        )
        return count

    # Exchanges

    def _exchanges(self) -> None:
        for number, actor in enumerate(self._some(min(30, len(self.members)))):
            catalogue.offer(
                self.pole,
                actor,
                kind="service" if number % 2 else "good",
                title=f"{self.random.choice(_WORDS)} : offre {number + 1} ({FLAG})",
                public=number == 0,
                by=self.by,
            )
            skill = ("Comptabilité", "Menuiserie", "Communication", "Maraîchage")[number % 4]
            way = SkillEntry.Way.HELD if number % 3 else SkillEntry.Way.SOUGHT
            skills.declare(skills.named(self.pole, skill), actor, way, by=self.by)
        for days in (6, 25, 60):
            tenders.spot(
                self.pole,
                title=f"Restauration collective, lot {days} ({FLAG})",
                by=self.by,
                buyer_name=f"Commune d'exemple ({FLAG})",
                due_at=self._at(self._in(days), 12),
            )
        watching.put(
            self.pole,
            self.members[0],
            title=f"Aide à l'investissement ({FLAG})",
            by=self.by,
            due_on=self._in(20),
        )

    # Strategy and projects

    def _projects(self) -> None:
        strategy = strategies.begin(self.pole, by=self.by)
        for title in ("Nourrir le territoire", "Loger les activités", "Former"):
            axis = strategies.add_axis(strategy, f"{title} ({FLAG})", by=self.by)
            for horizon in ("short", "medium", "long"):
                strategies.add_objective(
                    axis, title=f"{title}, {horizon} ({FLAG})", horizon=horizon, by=self.by
                )
        for number in range(6):
            project = joint_projects.create(
                self.pole,
                title=f"{self.random.choice(_WORDS)} commune {number + 1} ({FLAG})",
                leader=self.members[number % len(self.members)],
                starts_on=self._ago(200 - number * 30),
                ends_on=self._in(100 + number * 30),
                by=self.by,
            )
            for step in range(5):
                tasks.add(
                    project,
                    title=f"Étape {step + 1} ({FLAG})",
                    starts_on=self._in(step * 12 - 30),
                    ends_on=self._in(step * 12 - 15),
                    by=self.by,
                )
            activities.create(
                self.pole, members=self._some(3), name=f"Activité {number + 1} ({FLAG})", by=self.by
            )
        for number in range(10):
            needs.say(
                self.pole,
                side=Need.Side.NEED if number % 2 else Need.Side.RESOURCE,
                kind=Need.Kind.PREMISES,
                title=f"Local de {20 + number} m² ({FLAG})",
                actor=self.members[number % len(self.members)],
                today=self.today,
                by=self.by,
            )

    # The ledger

    def _hours(self) -> int:
        entries = [
            Entry(
                giver=actor.pk,
                receiver=self.pole.pk,
                nature="time",
                on=self._ago(self.random.randrange(1, 360)),
                label=f"Temps donné ({FLAG})",
                thousandths=self.random.choice([1_000, 2_000, 3_500, 7_000]),
                unit="hours",
                purpose=self.pole.pk,
            )
            for actor in self.members
            for _turn in range(5)
        ]
        for some in batches(entries, _BATCH):
            ledger.record(self.pole.actor, list(some), by=self.by, today=self.today)
        return len(entries)

    # Draws

    def _some(self, count: int) -> list[Actor]:
        return self.random.sample(self.members, min(count, len(self.members)))

    def _ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def _in(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def _at(self, day: date, hour: int) -> datetime:
        return timezone.make_aware(datetime.combine(day, time(hour)))
