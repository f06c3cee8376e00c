"""« Ma semaine »: what waits for a person in the poles they are of, the most pressing first.

Each room says what is due in its own words (``composed.week``); what the rooms below wait for from the pole
(a confirmation, an answer, a review) is said here. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.census.models import Confirmation, Invitation, Proposal
from terreau.design.calendars import Stamp
from terreau.poles.models import Carrier, Membership, Pole
from terreau.poles.workspace import Due, Found, Tone, Workspace, of_person
from terreau.reviews.models import Review
from terreau.sheets.rooms import rooms
from terreau.subjects.models import Subject

#: What expires within it is said.
SOON: Final = timedelta(days=21)
_ORDER: Final = {Tone.LATE: 0, Tone.NOW: 1, Tone.SOON: 2, Tone.INFO: 3}
#: A person of more poles than that sees the others one by one.
MOST_POLES: Final = 6


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing of the week, and the pole it is of."""

    due: Due
    ws: Workspace


@dataclass(frozen=True, slots=True)
class Week:
    """What waits, by urgency: to be done now, soon, to be known."""

    now: list[Waiting] = field(default_factory=list)
    soon: list[Waiting] = field(default_factory=list)
    known: list[Waiting] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Say whether nothing waits."""
        return not (self.now or self.soon or self.known)


def poles_of(user: User, *, on: date) -> list[Pole]:
    """Return the living poles that a person is of, by name: their own, those of their organisations.

    Three queries, whatever their number, merges apart.
    """
    held = set(Belonging.objects.confirmed().filter(user=user).values_list("actor", flat=True))
    if not held:
        return []
    # What was merged stands for the winner.
    merged = Subject.objects.filter(pk__in=held).exclude(merged_into=None)
    mine = held | {one for one in merged.values_list("merged_into", flat=True) if one}
    current = (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gt=on))
    members = Membership.objects.filter(current, actor__in=mine).values("pole")
    carried = Carrier.objects.filter(current, actor__in=mine).values("pole")
    rows = Pole.objects.filter(Q(pk__in=mine) | Q(pk__in=members) | Q(pk__in=carried))
    living = rows.filter(actor__subject__closed_at=None, actor__subject__merged_into=None)
    return list(living.select_related("actor").order_by("actor__sort_key", "pk"))


def workspaces(user: User, poles: Iterable[Pole]) -> list[Workspace]:
    """Return the workspaces of these poles for a person: what a page may show of each."""
    return [of_person(user, pole.slug) for pole in poles]


def week(open_to: Iterable[Workspace]) -> Week:
    """Return what waits in these workspaces, the most pressing first."""
    waiting = [Waiting(due, ws) for ws in open_to for due in _due(ws)]
    waiting.sort(key=lambda one: (_ORDER.get(Tone(one.due.tone), 3), one.due.on or date.max, one.due.title))
    found = Week()
    for one in waiting:
        place = {Tone.LATE: found.now, Tone.NOW: found.now, Tone.SOON: found.soon}
        place.get(Tone(one.due.tone), found.known).append(one)
    return found


def _due(ws: Workspace) -> Iterator[Due]:
    for room in rooms():
        if (say := getattr(room, "week", None)) is not None:
            yield from say(ws)
    yield from _asked_below(ws)


def _asked_below(ws: Workspace) -> Iterator[Due]:
    """What the register, reviews and links wait for from who animates the pole."""
    if not ws.runs:
        yield from _reviews(ws)
        return
    yield from _confirmation(ws)
    yield from _proposals(ws)
    yield from _people(ws)
    yield from _links(ws)
    yield from _reviews(ws)


def _confirmation(ws: Workspace) -> Iterator[Due]:
    rows = Confirmation.objects.filter(pole=ws.pole, answered_at=None)
    for row in rows.order_by("due_on")[:1]:
        late = row.due_on < ws.today
        yield Due(
            "confirmation",
            _("Dire ce qui est encore vrai sur la fiche du pôle"),
            f"/poles/{ws.slug}/confirmer/",
            on=row.due_on,
            tone=Tone.LATE if late else Tone.SOON,
            act=_("Confirmer la fiche"),
        )


def _proposals(ws: Workspace) -> Iterator[Due]:
    rows = list(Proposal.objects.filter(subject=ws.pole.pk, state=Proposal.State.OPEN).order_by("pk")[:20])
    if rows:
        words = ngettext(
            "Une modification de la fiche attend votre réponse",
            "%(n)d modifications de la fiche attendent votre réponse",
            len(rows),
        )
        path = french("proposal", rows[0].pk)
        yield Due("proposal", words % {"n": len(rows)}, path, tone=Tone.NOW, act=_("Répondre"))


def _people(ws: Workspace) -> Iterator[Due]:
    asked = Belonging.objects.asked().filter(actor=ws.pole.pk).exclude(user=ws.user).count()
    if asked:
        words = ngettext(
            "Une personne demande à rejoindre le pôle", "%(n)d personnes demandent à rejoindre le pôle", asked
        )
        path = french("belonging_requests")
        yield Due("belonging", words % {"n": asked}, path, tone=Tone.NOW, act=_("Répondre"))


def _links(ws: Workspace) -> Iterator[Due]:
    now = timezone.now()
    rows = Invitation.objects.filter(
        about=ws.pole.pk, answered_at=None, revoked_at=None, expires_at__gt=now, expires_at__lte=now + SOON
    )
    for row in rows.order_by("expires_at")[:3]:
        day = timezone.localdate(row.expires_at)
        yield Due(
            "link",
            _("Un lien personnel envoyé expire le %(day)s sans réponse") % {"day": date_format(day)},
            f"/poles/{ws.slug}/demander/",
            on=day,
            tone=Tone.SOON,
            act=_("Le renvoyer"),
        )


def _reviews(ws: Workspace) -> Iterator[Due]:
    rows = Review.objects.filter(pole=ws.pole, state="open").order_by("due_on", "pk")
    for row in rows[:3]:
        path = french("review", ws.slug, row.pk)
        late = row.due_on is not None and row.due_on < ws.today
        near = row.due_on is not None and row.due_on <= ws.today + SOON
        yield Due(
            "review",
            _("L'évaluation « %(title)s » est ouverte") % {"title": row.title},
            path,
            on=row.due_on,
            tone=Tone.NOW if late else Tone.SOON if near else Tone.INFO,
            act=_("Y répondre"),
        )


def french(name: str, *arguments: Any) -> str:
    """Return the French address of a page: what ``Due.path`` holds."""
    with override("fr"):
        return reverse(name, args=arguments)


def stamps(open_to: Iterable[Workspace], first: date, last: date) -> list[Stamp]:
    """Return the events of these workspaces between two days, for the calendar of a person."""
    found = []
    for ws in open_to:
        for room in rooms():
            if (say := getattr(room, "stamps", None)) is not None:
                found += say(ws, first, last)
    return found


def search(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return what each room finds of these words in the workspace."""
    found: list[Found] = []
    for room in rooms():
        if (say := getattr(room, "found", None)) is not None:
            found += [_found(one) for one in say(ws, words, limit)]
    return found


def _found(one: Any) -> Found:
    """Return what a room found, also when it says it as a plain tuple (title, address, extract)."""
    return one if isinstance(one, Found) else Found(*one)


def speaks_for(ws: Workspace) -> list[str]:
    """Return the names of the organisations in whose name the person acts in a pole."""
    rows = Actor.objects.filter(pk__in=ws.standing.speaks_for)
    return list(rows.order_by("sort_key", "pk").values_list("name", flat=True))
