"""Activities of a pole, and how many have a social utility that somebody recognises (R-146)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.text import search_text
from terreau.common.together import Step, run, total
from terreau.facts import catalogue
from terreau.poles.models import Pole
from terreau.projects import kept, rules
from terreau.projects.models import Activity, UtilityRecognition, WholeList
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

SECTORS = "sector"


def create(pole: Pole, *, members: Collection[Actor] = (), by: User, **values: Any) -> Activity:
    """List an activity: a name is enough."""
    values["name"] = kept.need_title(str(values.get("name", "")), "name")
    _check_sector(values.get("sector", ""))
    with transaction.atomic():
        subject = subjects.create(Subject.Kind.ACTIVITY)
        row = Activity(subject=subject, pole=pole, **values)
        row.words = _words(row)
        kept.add(row, taken=_("Le pôle a déjà une activité de ce nom."), field="name")
        row.members.set(members)
        kept.tell(subject, "activity.listed", by=by, pole=pole.pk.hex)
    return row


def change(
    activity: Activity,
    *,
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    members: Collection[Actor],
    by: User,
) -> Activity:
    """Change an activity as the person saw it."""
    if "name" in mine:
        mine = {**mine, "name": kept.need_title(str(mine["name"]), "name")}
    _check_sector(mine.get("sector", ""))
    taken = _("Le pôle a déjà une activité de ce nom.")
    with transaction.atomic():
        subjects.lock(activity.pk)
        row = kept.change(
            activity,
            subject=activity.subject,
            verb="activity.changed",
            base=base,
            mine=mine,
            by=by,
            taken=taken,
            field="name",
        )
        Activity.objects.filter(pk=row.pk).update(words=_words(row))
        wanted = {one.pk for one in members}
        if wanted != set(row.members.values_list("pk", flat=True)):
            row.members.set(wanted)
            kept.tell(
                activity.subject, "activity.members_said", by=by, actors=sorted(one.hex for one in wanted)
            )
    return row


def publish(activity: Activity, *, public: bool, by: User) -> None:
    """Show an activity on the public page of the pole, or stop."""
    with transaction.atomic():
        Activity.objects.filter(pk=activity.pk).update(public=public)
        kept.tell(activity.subject, "activity.published" if public else "activity.withdrawn", by=by)


def recognise(  # noqa: PLR0913 - keyword-only, independent facts
    activity: Activity, *, by_whom: str, ground: str, on: date, today: date, by: User
) -> UtilityRecognition:
    """Write who recognises the social utility of an activity, and by what act: never the pole alone."""
    who, act = kept.need_title(by_whom, "by_whom"), kept.need_title(ground, "ground")
    if on > today:
        raise DomainError("later", _("Cette date est à venir."), facts={"field": "on"})
    if search_text(who) == search_text(activity.pole.actor.name):
        words = _("Une utilité est reconnue par d'autres que le pôle : une collectivité, l'État, un fonds…")
        raise DomainError("own_word", words, facts={"field": "by_whom"})
    with transaction.atomic():
        row = kept.add(UtilityRecognition(activity=activity, by_whom=who, ground=act, on=on, by=by))
        kept.tell(activity.subject, "activity.recognised", by=by, recognition=row.pk.hex, on=on.isoformat())
    return row


def end_recognition(row: UtilityRecognition, *, on: date, by: User) -> None:
    """Say that a recognition ended on a day."""
    if on <= row.on:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "on"})
    with transaction.atomic():
        if not UtilityRecognition.objects.filter(pk=row.pk, until=None).update(until=on):
            raise DomainError("already_ended", _("Sa fin est déjà dite."), status=409)
        kept.tell(row.activity.subject, "activity.recognition_ended", by=by, recognition=row.pk.hex)


def say_whole(pole: Pole, *, whole: bool, on: date, by: User) -> None:
    """Say that the list of activities is whole, or no longer: without that no share of them is computed."""
    with transaction.atomic():
        subjects.lock(pole.pk)
        rows = WholeList.objects.filter(pole=pole, ended_on=None)
        if whole and not Activity.objects.filter(running_on(on), pole=pole).exists():
            raise DomainError("no_activity", _("Listez d'abord les activités du pôle."), status=409)
        if whole and not rows.exists():
            WholeList.objects.create(pole=pole, on=on, by=by)
            kept.tell(pole.actor.subject, "activity.list_whole", by=by, on=on.isoformat())
        if not whole and rows.update(ended_on=on):
            kept.tell(pole.actor.subject, "activity.list_partial", by=by, on=on.isoformat())


@dataclass(frozen=True, slots=True)
class Share:
    """How many activities run on a day, and how many have a recognised utility."""

    recognised: int
    total: int
    whole: bool

    @property
    def majority(self) -> bool | None:
        """Whether it is most of them; unknown while the list is not said whole."""
        return rules.majority(self.recognised, self.total) if self.whole else None


def share(pole: Pole, on: date) -> Share:
    """Count the activities of a pole on a day (one query)."""
    return run(sharing(pole, on))


def sharing(pole: Pole, on: date) -> Step[Share]:
    """The step of ``share``: one round of questions."""
    rows = Activity.objects.filter(running_on(on), pole=pole)
    recognised = rows.filter(recognitions__in=UtilityRecognition.objects.filter(recognised_on(on)))
    (some,), (all_of_them,), whole = yield (
        total(recognised, count=Count("pk", distinct=True)),
        total(rows, count=Count("pk")),
        WholeList.objects.filter(whole_on(on), pole=pole).order_by("pk").values_list("pk", flat=True)[:1],
    )
    return Share(some["count"], all_of_them["count"], bool(whole))


def is_whole(pole: Pole, on: date) -> bool:
    """Say whether the pole said that its list was whole on that day."""
    return WholeList.objects.filter(whole_on(on), pole=pole).exists()


def of_pole(pole: Pole, on: date) -> QuerySet[Activity]:
    """Return the activities of a pole with their members and the recognitions in force (three queries)."""
    recognitions = UtilityRecognition.objects.filter(recognised_on(on)).order_by("on", "pk")
    return (
        Activity.objects.filter(pole=pole)
        .select_related("project")
        .prefetch_related(
            Prefetch("members", Actor.objects.order_by("sort_key")),
            Prefetch("recognitions", recognitions, to_attr="in_force"),
        )
    )


def one(pole: Pole, pk: UUID) -> Activity:
    """Return an activity of the pole; raise ``NotFoundError``."""
    rows = Activity.objects.select_related("pole__actor__subject", "subject", "project")
    row = rows.filter(pole=pole, pk=pk).first()
    if row is None:
        raise NotFoundError("not_found", _("Cette activité n'existe pas."))
    return row


def running_on(on: date) -> Q:
    """Return what chooses the activities that run on a day."""
    return (Q(starts_on=None) | Q(starts_on__lte=on)) & (Q(ends_on=None) | Q(ends_on__gt=on))


def recognised_on(on: date) -> Q:
    """Return what chooses the recognitions in force on a day."""
    return Q(on__lte=on) & (Q(until=None) | Q(until__gt=on))


def whole_on(on: date) -> Q:
    """Return what chooses the lists said to be whole on a day."""
    return Q(on__lte=on) & (Q(ended_on=None) | Q(ended_on__gt=on))


def _words(row: Activity) -> str:
    return search_text(row.name, row.publics, row.text)


def _check_sector(code: Any) -> None:
    if code and code not in catalogue.vocabulary(SECTORS):
        raise DomainError("unknown_term", _("Ce choix n'existe pas."), facts={"field": "sector"})
