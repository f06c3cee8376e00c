"""« Ma semaine »: what waits for a person in the poles they are of, the most pressing first.

Each room says what is due in its own words (``composed.week``); what the rooms below wait for from the pole
(a confirmation, an answer, a review) is said here. Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.census.models import Confirmation, Invitation, Proposal
from terreau.common import together
from terreau.common.together import Step
from terreau.design.calendars import Stamp
from terreau.poles.models import Carrier, Membership, Pole
from terreau.poles.standing import Standing
from terreau.poles.workspace import Due, Found, Tone, Workspace
from terreau.reviews.models import Review
from terreau.sheets.espace import Counts
from terreau.sheets.rooms import rooms
from terreau.subjects.models import Subject

#: What expires within it is said.
SOON: Final = timedelta(days=21)
_ORDER: Final = {Tone.LATE: 0, Tone.NOW: 1, Tone.SOON: 2, Tone.INFO: 3}
#: Of one kind, and in all, that a list shows at one glance: twenty late tasks must not hide a vote.
OF_A_KIND: Final = 3
MOST_SHOWN: Final = 8
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
    def everything(self) -> list[Waiting]:
        """All of it, the most pressing first."""
        return [*self.now, *self.soon, *self.known]

    @property
    def empty(self) -> bool:
        """Say whether nothing waits."""
        return not (self.now or self.soon or self.known)


@dataclass(frozen=True, slots=True)
class Gist:
    """A list as it is shown at one glance, and what stands behind its number."""

    shown: list[Waiting]
    more: list[Waiting]


def gist(rows: Sequence[Waiting]) -> Gist:
    """Return the first things of each kind, ``MOST_SHOWN`` in all, in their order; a lone rest is shown."""
    shown: list[Waiting] = []
    more: list[Waiting] = []
    seen: Counter[str] = Counter()
    for one in rows:
        seen[one.due.kind] += 1
        fits = seen[one.due.kind] <= OF_A_KIND and len(shown) < MOST_SHOWN
        (shown if fits else more).append(one)
    return Gist(list(rows), []) if len(more) == 1 else Gist(shown, more)


def _mine(user: User) -> dict[UUID, str]:
    """Return the organisations of a person, with the role in each; what was merged counts as its winner.

    A query, and one a level of merges (nearly always one).
    """
    held = dict(Belonging.objects.confirmed().filter(user=user).values_list("actor", "role"))
    level = dict(held)
    while level:
        rows = Subject.objects.filter(pk__in=level).exclude(merged_into=None)
        found = {into: level[pk] for pk, into in rows.values_list("pk", "merged_into") if into}
        level = {pk: role for pk, role in found.items() if pk not in held}
        held |= {pk: _stronger(role, held.get(pk)) for pk, role in found.items()}
    return held


def _stronger(role: str, other: str | None) -> str:
    animator = Belonging.Role.ANIMATOR.value
    return animator if animator in {role, other} else role


def _current(on: date) -> Q:
    return (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gt=on))


def workspaces(user: User, *, on: date) -> list[Workspace]:
    """Return the workspaces of a person, by name of the pole: what ``poles.standing`` says, for all at once.

    Five queries, whatever the number of poles.
    """
    held = _mine(user)
    if not held:
        return []
    links = [
        *Membership.objects.filter(_current(on), actor__in=held).values_list("pole", "actor"),
        *Carrier.objects.filter(_current(on), actor__in=held).values_list("pole", "actor"),
    ]
    rows = Pole.objects.filter(Q(pk__in=held) | Q(pk__in={pole for pole, _actor in links}))
    living = rows.filter(actor__subject__closed_at=None, actor__subject__merged_into=None)
    found = []
    for pole in living.select_related("actor__subject").order_by("actor__sort_key", "pk"):
        voices = {actor for of_pole, actor in links if of_pole == pole.pk} | ({pole.pk} & set(held))
        animates = held.get(pole.pk) == Belonging.Role.ANIMATOR
        stands = Standing(animates, frozenset(voices))
        found.append(Workspace(pole, user, stands, on, runs=animates))
    return found


def week(open_to: Sequence[Workspace], held: Mapping[UUID, Counts]) -> Week:
    """Return what waits in these workspaces, the most pressing first.

    ``held``: what each holds (``espace.counts``), so that nothing is asked of a room where nothing is.
    """
    asked = together.gather(*(_due(ws, held[ws.pole.pk]) for ws in open_to))
    return sorted_out([Waiting(one, ws) for ws, due in zip(open_to, asked, strict=True) for one in due])


def sorted_out(waiting: list[Waiting]) -> Week:
    """Return things that wait by urgency, then by day."""
    found = Week()
    place = {Tone.LATE: found.now, Tone.NOW: found.now, Tone.SOON: found.soon}
    for one in sorted(waiting, key=_pressing):
        place.get(Tone(one.due.tone), found.known).append(one)
    return found


def _pressing(one: Waiting) -> tuple[int, date, str]:
    return _ORDER[Tone(one.due.tone)], one.due.on or date.max, one.due.title


def _due(ws: Workspace, held: Counts) -> Step[list[Due]]:
    """The step that asks every room where something may wait, side by side."""
    steps = [
        say(ws)
        for room in rooms()
        if (say := getattr(room, "due", None)) is not None and held.any_of(room.__name__)
    ]
    found = yield from together.abreast(*steps, *_asked_below(ws, held))
    return [one for part in found for one in part]


def _asked_below(ws: Workspace, held: Counts) -> Iterator[Step[list[Due]]]:
    """What the register, reviews and links wait for, from who animates the pole for most of it."""
    asked = {"confirmations": _confirmation, "proposals": _proposals, "belongings": _people, "links": _links}
    for name, say in asked.items():
        if ws.runs and held.found[name]:
            yield say(ws)
    if held.found["reviews"]:
        yield _reviews(ws)


def _confirmation(ws: Workspace) -> Step[list[Due]]:
    rows = yield Confirmation.objects.filter(pole=ws.pole, answered_at=None).order_by("due_on")[:1]
    return [
        Due(
            "confirmation",
            _("Dire ce qui est encore vrai sur la fiche du pôle"),
            f"/poles/{ws.slug}/confirmer/",
            on=row.due_on,
            tone=Tone.LATE if row.due_on < ws.today else Tone.SOON,
            act=_("Confirmer la fiche"),
        )
        for row in rows
    ]


def _proposals(ws: Workspace) -> Step[list[Due]]:
    asked = Proposal.objects.filter(subject=ws.pole.pk, state=Proposal.State.OPEN)
    rows = yield asked.order_by("pk").values_list("pk", flat=True)[:20]
    if not rows:
        return []
    words = ngettext(
        "Une modification de la fiche attend votre réponse",
        "%(n)d modifications de la fiche attendent votre réponse",
        len(rows),
    )
    path = french("proposal", rows[0])
    return [Due("proposal", words % {"n": len(rows)}, path, tone=Tone.NOW, act=_("Répondre"))]


def _people(ws: Workspace) -> Step[list[Due]]:
    rows = Belonging.objects.asked().filter(actor=ws.pole.pk).exclude(user=ws.user)
    asked = len((yield rows.values_list("pk", flat=True)))
    if not asked:
        return []
    words = ngettext(
        "Une personne demande à rejoindre le pôle", "%(n)d personnes demandent à rejoindre le pôle", asked
    )
    path = french("belonging_requests")
    return [Due("belonging", words % {"n": asked}, path, tone=Tone.NOW, act=_("Répondre"))]


def _links(ws: Workspace) -> Step[list[Due]]:
    now = timezone.now()
    rows = Invitation.objects.filter(
        about=ws.pole.pk, answered_at=None, revoked_at=None, expires_at__gt=now, expires_at__lte=now + SOON
    )
    expire = yield rows.order_by("expires_at").values_list("expires_at", flat=True)[:3]
    words = _("Un lien personnel envoyé expire le %(day)s sans réponse")
    return [
        Due(
            "link",
            words % {"day": date_format(day)},
            f"/poles/{ws.slug}/demander/",
            on=day,
            tone=Tone.SOON,
            act=_("Le renvoyer"),
        )
        for day in map(timezone.localdate, expire)
    ]


def _reviews(ws: Workspace) -> Step[list[Due]]:
    rows = yield Review.objects.filter(pole=ws.pole, state="open").order_by("due_on", "pk")[:3]
    found = []
    for row in rows:
        path = french("review", ws.slug, row.pk)
        late = row.due_on is not None and row.due_on < ws.today
        near = row.due_on is not None and row.due_on <= ws.today + SOON
        waits = Due(
            "review",
            _("L'évaluation « %(title)s » est ouverte") % {"title": row.title},
            path,
            on=row.due_on,
            tone=Tone.NOW if late else Tone.SOON if near else Tone.INFO,
            act=_("Y répondre"),
        )
        found.append(waits)
    return found


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


def search(ws: Workspace, held: Counts, words: str, limit: int) -> list[Found]:
    """Return what each room that holds something finds of these words in the workspace."""
    steps = [
        say(ws, words, limit)
        for room in rooms()
        if (say := getattr(room, "sought", None)) is not None and held.any_of(room.__name__)
    ]
    return [_found(one) for part in together.gather(*steps) for one in part]


def _found(one: Any) -> Found:
    """Return what a room found, also when it says it as a plain tuple (title, address, extract)."""
    return one if isinstance(one, Found) else Found(*one)


def speaks_for(ws: Workspace) -> list[str]:
    """Return the names of the organisations in whose name the person acts in a pole."""
    rows = Actor.objects.filter(pk__in=ws.standing.speaks_for)
    return list(rows.order_by("sort_key", "pk").values_list("name", flat=True))
