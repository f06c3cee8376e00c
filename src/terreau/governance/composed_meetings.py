"""What meetings and decisions say to those who compose the week, the page of the pole and its report."""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.common.together import Step, abreast, run, total
from terreau.design.calendars import Stamp
from terreau.governance import bodies, calendar_meetings, follow_up, rhythm, voices
from terreau.governance.models import (
    Action,
    Attendance,
    Ballot,
    Decision,
    Item,
    Meeting,
    Minutes,
    MinutesSignature,
    Seat,
    Voter,
)
from terreau.governance.room import name_of
from terreau.poles.models import Pole
from terreau.poles.workspace import Born, Due, Found, Published, Said, Tone, Workspace

#: How far one looks for meetings, and for actions, in the week of a person.
_AHEAD: Final = timedelta(days=45)
_ACTIONS_AHEAD: Final = timedelta(days=14)
_MOST: Final = 60


def week(ws: Workspace) -> list[Due]:
    """Return what waits for the person: an answer, a vote, a signature, an action; for who animates, more."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: two rounds of questions."""
    own = (_votes(ws), _meetings(ws), _signatures(ws), _actions(ws))
    # What waits for who animates: silent voices, meetings to convene or to open, late bodies.
    running = (_silent(ws), _to_convene(ws), _to_hold(ws), _late(ws)) if ws.runs else ()
    found = yield from abreast(*own, *running)
    return [one for part in found for one in part]


def published(pole: Pole, on: date) -> list[Published]:
    """Return the decisions that the pole chose to show, the latest first."""
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``: one round of questions."""
    rows = Decision.objects.filter(pole=pole, public=True, decided_on__lte=on).select_related(
        "item__meeting__body"
    )
    rows = rows.exclude(outcome__in=[Decision.Outcome.PENDING, Decision.Outcome.POSTPONED])
    decided = yield rows.order_by("-decided_on", "-number")[:_MOST]
    return [
        Published(
            "governance",
            row.title,
            row.text,
            row.decided_on,
            meta=tuple(
                filter(None, (row.get_outcome_display(), row.item.meeting.body.name if row.item else ""))
            ),
        )
        for row in decided
    ]


def born(pole: Pole) -> list[Born]:
    """Return the meetings held, by year and body: the ground from which the rest grew."""
    rows = Meeting.objects.filter(body__pole=pole, state__in=[Meeting.State.HELD, Meeting.State.SIGNED])
    found: dict[tuple[int, str], list[date]] = {}
    for at, name in rows.order_by("starts_at").values_list("starts_at", "body__name"):
        day = timezone.localdate(at)
        found.setdefault((day.year, name), []).append(day)
    return [
        Born(
            f"meetings:{year}:{name}",
            "meeting",
            f"{name}, {year}",
            on=days[0],
            until=days[-1],
            path=f"/poles/{pole.slug}/espace/seances/",
            count=len(days),
        )
        for (year, name), days in found.items()
    ]


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return what a year of governance gives: meetings, attendance, decisions, what was done of them."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one round of questions."""
    held = Meeting.objects.filter(
        body__pole=pole,
        state__in=[Meeting.State.HELD, Meeting.State.SIGNED],
        starts_at__range=_instants(first, last),
    )
    decided = Decision.objects.filter(pole=pole, decided_on__range=(first, last))
    there = Attendance.objects.filter(meeting__in=held, seat__role__in=_voiced())
    done = Action.objects.filter(decision__pole=pole, state=Action.State.DONE, ended_on__range=(first, last))
    open_yet = Q(outcome__in=[Decision.Outcome.PENDING, Decision.Outcome.POSTPONED])
    (counts,), (there,), (meetings,), (ended,) = yield (
        total(
            decided,
            adopted=Count("pk", filter=Q(outcome=Decision.Outcome.ADOPTED)),
            all=Count("pk", filter=~open_yet),
        ),
        total(
            there, all=Count("pk"), here=Count("pk", filter=Q(how__in=["present", "remote", "represented"]))
        ),
        total(held, all=Count("pk")),
        total(done, all=Count("pk")),
    )
    home = f"/poles/{pole.slug}/espace/"
    share = round(100 * there["here"] / there["all"]) if there["all"] else None
    return [
        Said(
            "meetings_held",
            _("Séances tenues"),
            meetings["all"],
            "",
            f"{home}seances/",
            _("Séances ouvertes dans la période."),
        ),
        Said(
            "meetings_attendance",
            _("Participation aux séances"),
            share,
            "%",
            f"{home}seances/",
            _("Sièges présents, à distance ou représentés, parmi ceux dont la réponse est notée."),
        ),
        Said(
            "decisions_taken",
            _("Décisions prises"),
            counts["all"],
            "",
            f"{home}decisions/",
            _("Adoptées ou rejetées dans la période."),
        ),
        Said(
            "decisions_adopted",
            _("Décisions adoptées"),
            counts["adopted"],
            "",
            f"{home}decisions/",
            _("Parmi les décisions prises."),
        ),
        Said(
            "actions_done",
            _("Suites menées à bien"),
            ended["all"],
            "",
            f"{home}decisions/",
            _("Suites de décisions dites faites dans la période."),
        ),
    ]


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the meetings between two days, for calendars."""
    return calendar_meetings.stamps(ws, first, last)


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return meetings, points and decisions that hold the words."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one round of questions."""
    asked = " ".join(words.split())
    if not asked:
        return []
    named = Q(title__icontains=asked)
    in_meetings = Item.objects.filter(
        named | Q(text__icontains=asked) | Q(said__icontains=asked), meeting__body__pole=ws.pole
    )
    held = Meeting.objects.filter(named | Q(place__icontains=asked), body__pole=ws.pole)
    decisions, items, meetings = yield (
        Decision.objects.filter(named | Q(text__icontains=asked), pole=ws.pole).order_by("-number")[:limit],
        in_meetings.select_related("meeting").order_by("-meeting__starts_at", "rank", "pk")[:limit],
        held.order_by("-starts_at", "pk")[:limit],
    )
    made = [
        Found(
            f"n° {row.number} · {row.title}",
            f"{ws.home}decisions/{row.number}/",
            row.text[:200],
            _("décision"),
        )
        for row in decisions
    ]
    for item in items:
        extract = _around(item.said or item.text, asked)
        made.append(Found(item.title, f"{ws.home}seances/{item.meeting_id}/", extract, item.meeting.title))
    for row in meetings:
        made.append(Found(row.title, f"{ws.home}seances/{row.pk}/", row.place, _("séance")))
    return made[:limit]


def _around(text: str, words: str) -> str:
    place = max(0, text.casefold().find(words.casefold()) - 60)
    return text[place : place + 200].replace("\n", " ")


def _voiced() -> list[str]:
    return [role for role in Seat.Role.values if role != Seat.Role.OBSERVER]


def _instants(first: date, last: date) -> tuple[datetime, datetime]:
    return (
        timezone.make_aware(datetime.combine(first, time.min)),
        timezone.make_aware(datetime.combine(last, time.max)),
    )


def _own_seats(ws: Workspace) -> QuerySet[Seat]:
    """Return the seats that may be the person's own: named, or of their organisations."""
    mine = Q(user=ws.user) | Q(user=None, actor__in=ws.standing.speaks_for)
    return Seat.objects.filter(mine, body__pole=ws.pole).order_by("pk")


def _on(seat: Seat, day: date) -> bool:
    since, until = seat.valid_from, seat.valid_to
    return (since is None or since <= day) and (until is None or until > day)


def _when(at: datetime) -> str:
    return date_format(timezone.localtime(at), "l j F, H:i")


def _tone(day: date, today: date) -> str:
    if day < today:
        return Tone.LATE.value
    if day <= today + timedelta(days=2):
        return Tone.NOW.value
    return Tone.SOON.value if day <= today + timedelta(days=10) else Tone.INFO.value


def _meetings(ws: Workspace) -> Step[list[Due]]:
    """Return the meetings to come: those to answer, and those where the person sits."""
    now = timezone.now()
    rows = Meeting.objects.filter(
        body__pole=ws.pole, state=Meeting.State.CONVENED, ends_at__gte=now, starts_at__lte=now + _AHEAD
    )
    coming, seats = yield (rows.order_by("starts_at", "pk"), _own_seats(ws))
    if not coming:
        return []
    ids, sat = [row.pk for row in coming], [seat.pk for seat in seats]
    answers = yield Attendance.objects.filter(meeting__in=ids, seat__in=sat).values_list("meeting", flat=True)
    found = []
    for row in coming:
        day = timezone.localdate(row.starts_at)
        sits = any(seat.body_id == row.body_id and _on(seat, day) for seat in seats)
        path = f"{ws.home}seances/{row.pk}/"
        if sits and row.pk not in answers:
            title = _("Dites si vous venez : « %(title)s », %(when)s.")
            values = {"title": row.title, "when": _when(row.starts_at)}
            found.append(
                Due(
                    "answer",
                    title % values,
                    f"{path}#ma-reponse",
                    day,
                    _tone(day, ws.today),
                    row.place,
                    _("Répondre"),
                )
            )
        else:
            title = _("Séance : « %(title)s », %(when)s.")
            values = {"title": row.title, "when": _when(row.starts_at)}
            found.append(
                Due("meeting", title % values, path, day, _tone(day, ws.today), row.place, _("Ouvrir"))
            )
    return found


def _votes(ws: Workspace) -> Step[list[Due]]:
    """Return the votes that are open and wait for a voice of the person."""
    rows = Voter.objects.filter(ballot__state=Ballot.State.OPEN, ballot__decision__pole=ws.pole, voted=False)
    found = yield rows.select_related("ballot__decision__item", "voice_of").order_by("pk")
    return _to_cast(ws, found)


def _to_cast(ws: Workspace, rows: list[Voter]) -> list[Due]:
    waiting: dict[object, Voter] = {}
    for row in rows:
        if voices.casts(ws, row):
            waiting.setdefault(row.ballot_id, row)
    found = []
    for row in waiting.values():
        item = row.ballot.decision.item
        if item is None:
            continue
        title = _("Votez : « %(question)s ».") % {"question": row.ballot.question}
        path = f"{ws.home}seances/{item.meeting_id}/scrutins/{row.ballot_id}/"
        found.append(Due("vote", title, path, ws.today, Tone.NOW.value, act=_("Aller voter")))
    return found


def _signatures(ws: Workspace) -> Step[list[Due]]:
    """Return the minutes that were established lately, where the person sits and has not signed."""
    rows = Minutes.objects.filter(
        meeting__body__pole=ws.pole, meeting__state=Meeting.State.HELD, at__gte=timezone.now() - _AHEAD
    ).select_related("meeting")
    written, own = yield (rows.order_by("number"), _own_seats(ws))
    last: dict[object, Minutes] = {row.meeting_id: row for row in written}
    if not last:
        return []
    seats = [seat for seat in own if seat.votes]
    ids = [row.pk for row in last.values()]
    signed = yield MinutesSignature.objects.filter(minutes__in=ids).order_by().values_list("minutes", "seat")
    done = set(signed)
    found = []
    for row in last.values():
        day = timezone.localdate(row.meeting.starts_at)
        able = [one for one in seats if one.body_id == row.meeting.body_id and _on(one, day)]
        if any((row.pk, one.pk) not in done for one in able):
            title = _("Un compte rendu attend votre signature : « %(title)s ».") % {
                "title": row.meeting.title
            }
            path = f"{ws.home}seances/{row.meeting_id}/compte-rendu/"
            found.append(Due("minutes", title, path, None, Tone.INFO.value, act=_("Relire et signer")))
    return found


def _actions(ws: Workspace) -> Step[list[Due]]:
    """Return what decisions ask of the person's organisations, or of anybody for who animates."""
    rows = follow_up.left(ws.pole).filter(Q(due=None) | Q(due__lte=ws.today + _ACTIONS_AHEAD))
    rows = rows.exclude(due=None) if ws.runs else rows.filter(who__in=ws.standing.speaks_for)
    left = yield rows[:_MOST]
    found = []
    for row in left:
        who = row.person or (row.who.name if row.who else "")
        path = f"{ws.home}decisions/{row.decision.number}/suites/{row.pk}/"
        tone = _tone(row.due, ws.today) if row.due else Tone.INFO.value
        title = _("À faire : %(what)s.") % {"what": row.what.rstrip(".")}
        detail = _("Décision n° %(number)d") % {"number": row.decision.number}
        found.append(
            Due(
                "task",
                title,
                path,
                row.due,
                tone,
                " · ".join(filter(None, (who, detail))),
                _("Dire où cela en est"),
            )
        )
    return found


def _silent(ws: Workspace) -> Step[list[Due]]:
    coming = Meeting.objects.filter(
        body__pole=ws.pole, state=Meeting.State.CONVENED, starts_at__gte=timezone.now()
    )
    rows = yield coming.select_related("body").order_by("starts_at", "pk")[:1]
    if not rows:
        return []
    row = rows[0]
    day = timezone.localdate(row.starts_at)
    seats, said = yield (
        bodies.seats_on(row.body, day),
        Attendance.objects.filter(meeting=row).values_list("seat", flat=True),
    )
    answered = set(said)
    quiet = [one for one in seats if one.votes and one.pk not in answered]
    if not quiet:
        return []
    words = ngettext(
        "%(count)d voix n'a pas répondu pour « %(title)s ».",
        "%(count)d voix n'ont pas répondu pour « %(title)s ».",
        len(quiet),
    )
    names = ", ".join(name_of(one) for one in quiet[:6])
    detail = f"{names}…" if len(quiet) > 6 else names
    path = f"{ws.home}seances/{row.pk}/tenir/"
    title = words % {"count": len(quiet), "title": row.title}
    return [Due("silent", title, path, day, _tone(day, ws.today), detail, _("Noter les réponses reçues"))]


def _to_convene(ws: Workspace) -> Step[list[Due]]:
    drafts = Meeting.objects.filter(
        body__pole=ws.pole,
        state=Meeting.State.DRAFT,
        starts_at__gte=timezone.now(),
        starts_at__lte=timezone.now() + _AHEAD,
    ).select_related("body")
    rows = yield drafts.order_by("starts_at", "pk")
    found = []
    for row in rows:
        last = timezone.localdate(row.starts_at) - timedelta(days=row.body.notice_days)
        title = _("Convoquez « %(title)s » au plus tard le %(day)s.")
        values = {"title": row.title, "day": date_format(last, "j F Y")}
        path = f"{ws.home}seances/{row.pk}/convoquer/"
        found.append(Due("convene", title % values, path, last, _tone(last, ws.today), "", _("Convoquer")))
    return found


def _to_hold(ws: Workspace) -> Step[list[Due]]:
    rows = yield Meeting.objects.filter(
        body__pole=ws.pole, state=Meeting.State.CONVENED, ends_at__lt=timezone.now()
    ).order_by("starts_at", "pk")[:10]
    return [
        Due(
            "minutes",
            _("« %(title)s » a eu lieu : notez qui était là et ce qui a été décidé.") % {"title": row.title},
            f"{ws.home}seances/{row.pk}/tenir/",
            timezone.localdate(row.starts_at),
            Tone.LATE.value,
            "",
            _("Ouvrir la séance"),
        )
        for row in rows
    ]


def _late(ws: Workspace) -> Step[list[Due]]:
    chosen = yield rhythm.chosen(ws.pole, ws.today)
    found = []
    for one in rhythm.latest(chosen, ws.today):
        words = ngettext(
            "%(name)s ne s'est pas réunie : %(count)d jour de retard sur ce qu'elle a choisi.",
            "%(name)s ne s'est pas réunie : %(count)d jours de retard sur ce qu'elle a choisi.",
            one.late(ws.today),
        )
        title = words % {"name": one.name, "count": one.late(ws.today)}
        path = f"{ws.home}seances/preparer/?instance={one.body}"
        found.append(Due("rhythm", title, path, one.due, Tone.LATE.value, "", _("Préparer une séance")))
    return found
