"""Shared jobs: shares planned by members, hours worked written in the ledger, a statement for each (R-41)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.actors.perms import Viewer, belongs
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.identifiers import uuid7
from terreau.common.money import Euro
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.flows.rules import Entry
from terreau.journal.actions import record
from terreau.means.models import Job, JobShare
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects


@dataclass(frozen=True, slots=True)
class Line:
    """What a member planned and took of a shared job over a period, in minutes; its cost when known."""

    actor: UUID
    planned: int
    worked: int
    cents: int | None


def name_for(job: Job, viewer: Viewer) -> str:
    """Return the name of who holds a job: to the person and to her employer; to others, the alias."""
    mine = isinstance(viewer, User) and viewer.pk == job.user_id
    return job.person if job.person and (mine or belongs(viewer, job.employer)) else job.alias


def create(  # noqa: PLR0913 - keyword-only: each is a part of a job
    pole: Pole,
    employer: Actor,
    *,
    title: str,
    frame: str,
    since: date,
    person: str = "",
    user: User | None = None,
    by: User,
) -> Job:
    """Open a shared job; its alias is a number in the pole, which says nothing of who holds it."""
    if not title.strip():
        raise DomainError("no_title", _("Un poste a un intitulé."), facts={"field": "title"})
    with transaction.atomic():
        subjects.lock(pole.actor_id)
        number = Job.objects.filter(pole=pole).count() + 1
        values = {"title": title.strip(), "frame": frame, "valid_from": since, "person": person, "user": user}
        row = Job.objects.create(pole=pole, employer=employer, alias=f"P{number}", **values)
        record(pole.actor.subject, "job.shared", by=by, data={"job": row.pk.hex, "employer": employer.pk.hex})
    return row


def plan(  # noqa: PLR0913 - keyword-only: each is a part of a share
    job: Job,
    actor: Actor,
    *,
    minutes_a_month: int,
    since: date,
    cents_an_hour: int | None = None,
    by: User,
) -> JobShare:
    """Plan what a member takes of a job from a day on; what it took before ends that day and stays."""
    if minutes_a_month <= 0:
        raise DomainError(
            "no_time", _("Dites combien d'heures par mois."), facts={"field": "minutes_a_month"}
        )
    with transaction.atomic():
        subjects.lock(job.pole.actor_id)
        JobShare.objects.filter(job=job, actor=actor, valid_to=None, valid_from__lt=since).update(
            valid_to=since
        )
        values = {"minutes_a_month": minutes_a_month, "cents_an_hour": cents_an_hour, "valid_from": since}
        try:
            with transaction.atomic():
                row = JobShare.objects.create(job=job, actor=actor, **values)
        except IntegrityError as error:
            words = _("Cette organisation a déjà une part de ce poste à ces dates.")
            raise DomainError("share_known", words, status=409, facts={"field": "since"}) from error
        data = {"job": job.pk.hex, "actor": actor.pk.hex, "minutes": minutes_a_month}
        record(job.pole.actor.subject, "job.planned", by=by, data=data)
    return row


def log(  # noqa: PLR0913 - keyword-only, as above
    job: Job, actor: Actor, *, on: date, minutes: int, label: str = "", by: User
) -> Flow:
    """Write hours worked for a member: time from the employer to it, at the cost agreed that day."""
    if minutes <= 0:
        raise DomainError("no_time", _("Dites combien de temps."), facts={"field": "minutes"})
    if actor.pk == job.employer_id:
        words = _("Les heures faites chez l'employeur ne bougent pas d'un acteur à l'autre.")
        raise DomainError("at_the_employer", words, facts={"field": "actor"})
    held = Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))
    share = JobShare.objects.filter(held, job=job, actor=actor).first()
    rate = share.cents_an_hour if share else None
    cents = None if rate is None else Euro(rate).times(Decimal(minutes) / 60).cents
    entry = Entry(
        giver=job.employer_id,
        receiver=actor.pk,
        nature="time",
        on=on,
        label=label.strip() or f"{job.title} ({job.alias})",
        cents=cents,
        method="agreed" if cents is not None else "",
        thousandths=(minutes * 1000 + 30) // 60,
        unit="hours",
        instrument="timesheet",
        origin=f"job:{job.pk.hex}:{uuid7().hex}",
    )
    return flows.record(job.pole.actor, [entry], by=by)[0]


def end(job: Job, *, on: date, by: User) -> Job:
    """End a shared job, and the shares planned of it, after a day."""
    after = on + timedelta(days=1)
    if on < job.valid_from:
        words = _("Un poste ne finit pas avant de commencer.")
        raise DomainError("ends_before", words, facts={"field": "on"})
    with transaction.atomic():
        subjects.lock(job.pole_id)
        if not Job.objects.filter(pk=job.pk, valid_to=None).update(valid_to=after, version=F("version") + 1):
            raise DomainError("ended", _("Ce poste est déjà fini."), status=409)
        JobShare.objects.filter(job=job, valid_to=None, valid_from__lt=after).update(valid_to=after)
        record(job.pole.actor.subject, "job.ended", by=by, data={"job": job.pk.hex, "on": on.isoformat()})
    return Job.objects.get(pk=job.pk)


def stop(share: JobShare, *, on: date, by: User) -> None:
    """Say until when a member takes its share."""
    after = on + timedelta(days=1)
    rows = JobShare.objects.filter(pk=share.pk, valid_to=None, valid_from__lt=after)
    with transaction.atomic():
        if not rows.update(valid_to=after):
            raise DomainError("ended", _("Cette part est déjà finie, ou commence plus tard."), status=409)
        data = {"job": share.job_id.hex, "actor": share.actor_id.hex, "on": on.isoformat()}
        record(share.job.pole.actor.subject, "job.share_ended", by=by, data=data)


def lines(job: Job, *, first: date, last: date) -> QuerySet[Flow]:
    """Return what was written of a job between two days, corrections too, the latest first."""
    rows = Flow.objects.filter(
        book=job.pole.actor, origin__startswith=f"job:{job.pk.hex}:", on__range=(first, last)
    )
    return rows.select_related("receiver", "reversed_by").order_by("-on", "-rank")


def sums(pole: Pole, *, first: date, last: date) -> dict[UUID, tuple[int, int]]:
    """Return how many members had hours of each job of a pole between two days, and minutes: one query."""
    members: defaultdict[UUID, set[UUID]] = defaultdict(set)
    minutes: defaultdict[UUID, int] = defaultdict(int)
    rows = Flow.objects.filter(book=pole.pk, origin__startswith="job:", on__range=(first, last))
    for origin, receiver, thousandths in rows.values_list("origin", "receiver", "thousandths"):
        job = UUID(origin.split(":")[1])
        members[job].add(receiver)
        minutes[job] += round((thousandths or 0) * 60 / 1000)
    return {job: (len(members[job]), minutes[job]) for job in members}


def unlog(job: Job, flow: Flow, *, reason: str, by: User) -> Flow:
    """Correct hours that were written wrongly, by a counter-entry with its reason."""
    if not flow.origin.startswith(f"job:{job.pk.hex}:") or flow.book_id != job.pole_id:
        raise NotFoundError("unknown_line", _("Cette ligne n'est pas de ce poste."))
    return flows.reverse(flow, reason=reason, by=by)


def statement(job: Job, *, first: date, last: date) -> list[Line]:
    """Return what each member planned and took of a job over whole months, both days included.

    Planned: minutes a month times the months begun in the period under each share.
    """
    planned: defaultdict[UUID, int] = defaultdict(int)
    for share in JobShare.objects.filter(job=job, valid_from__lte=last):
        until = min(share.valid_to or date.max, last)
        planned[share.actor_id] += share.minutes_a_month * _months(max(share.valid_from, first), until)
    worked: defaultdict[UUID, int] = defaultdict(int)
    values: dict[UUID, int | None] = {}
    rows = Flow.objects.filter(
        book=job.pole.actor, origin__startswith=f"job:{job.pk.hex}:", on__range=(first, last)
    )
    for actor, thousandths, cents in rows.values_list("receiver", "thousandths", "cents"):
        worked[actor] += round((thousandths or 0) * 60 / 1000)
        before = values.get(actor, 0)
        values[actor] = None if cents is None or before is None else before + cents
    return [
        Line(actor, planned[actor], worked[actor], values.get(actor, 0))
        for actor in sorted({*planned, *worked}, key=str)
        if planned[actor] or worked[actor]
    ]


def _months(first: date, last: date) -> int:
    return max(0, (last.year - first.year) * 12 + last.month - first.month + 1) if last >= first else 0
