"""Meetings from their preparation to their holding: convened with the rules of that day, answered, kept."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.governance import bodies, reach, rules, said
from terreau.governance.models import Attendance, Body, Item, Meeting, Move, Seat
from terreau.journal.actions import record, save_fresh
from terreau.notices.actions import tell
from terreau.subjects import actions as subjects

_STATE = Meeting.State
#: What each verb does to the state of a meeting; anything else is refused.
TRANSITIONS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "convene": (frozenset({_STATE.DRAFT, _STATE.CONVENED}), _STATE.CONVENED),
    "hold": (frozenset({_STATE.CONVENED}), _STATE.HELD),
    "sign": (frozenset({_STATE.HELD}), _STATE.SIGNED),
    "reopen": (frozenset({_STATE.SIGNED}), _STATE.HELD),
    "cancel": (frozenset({_STATE.DRAFT, _STATE.CONVENED}), _STATE.CANCELLED),
}
FIELDS: Final = ("title", "starts_at", "ends_at", "place")
ITEM_FIELDS: Final = ("title", "kind", "minutes", "text", "said")


def prepare(  # noqa: PLR0913 - keyword-only: each is a part of a meeting
    body: Body, *, title: str, starts_at: datetime, ends_at: datetime, place: str = "", by: User
) -> Meeting:
    """Prepare a meeting of a body; nobody is told yet."""
    _check_times(starts_at, ends_at)
    values = {"title": title.strip() or body.name, "starts_at": starts_at, "ends_at": ends_at, "place": place}
    with transaction.atomic():
        row = Meeting.objects.create(body=body, **values)
        record(_subject(row), "meeting.prepared", by=by, data={"meeting": row.pk.hex})
    return row


def change(meeting: Meeting, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Meeting:
    """Change the title, the hours or the place of a meeting that is not held; calendars follow."""
    if meeting.state not in {_STATE.DRAFT, _STATE.CONVENED}:
        raise DomainError("meeting_over", _("Cette séance est tenue ou annulée."), status=409)
    _check_times(mine.get("starts_at", meeting.starts_at), mine.get("ends_at", meeting.ends_at))
    with transaction.atomic():
        row = save_fresh(
            meeting, subject=_subject(meeting), verb="meeting.changed", base=base, mine=mine, by=by
        )
        if row.version != meeting.version and row.state == _STATE.CONVENED:
            Meeting.objects.filter(pk=row.pk).update(sequence=F("sequence") + 1)
            row.refresh_from_db()
            _tell_seats(row, gettext_lazy("La séance « {title} » a changé : {when}."), "changed")
    return row


def add_item(
    meeting: Meeting, title: str, *, kind: str = Item.Kind.DISCUSSION, text: str = "", by: User
) -> Item:
    """Add a point at the end of the agenda."""
    not_kept(meeting)
    if not title.strip():
        raise DomainError("no_title", _("Un point a un titre."), facts={"field": "title"})
    with transaction.atomic():
        subjects.lock(_subject(meeting).pk)
        last = Item.objects.filter(meeting=meeting).aggregate(last=Max("rank"))["last"] or 0
        row = Item.objects.create(meeting=meeting, rank=last + 1, title=title.strip(), kind=kind, text=text)
        record(
            _subject(meeting), "meeting.item_added", by=by, data={"meeting": meeting.pk.hex, "rank": row.rank}
        )
    return row


def write_item(item: Item, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Item:
    """Write a point or what was said of it; two people on one point merge, or choose (409)."""
    not_kept(item.meeting)
    if unknown := set(mine) - set(ITEM_FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    subject = _subject(item.meeting)
    return save_fresh(item, subject=subject, verb="meeting.item_written", base=base, mine=mine, by=by)


def convene(meeting: Meeting, *, by: User, now: datetime | None = None) -> Meeting:
    """Convene a meeting: its rules are those of the body this day, and the people of its seats are told.

    Raises ``DomainError`` without an agenda, for a past hour, or when the notice of the statutes is too short
    (``facts["notice_days"]``).
    """
    moment = now or timezone.now()
    if not Item.objects.filter(meeting=meeting).exists():
        raise DomainError("no_agenda", _("Écrivez d'abord l'ordre du jour."), facts={"field": "items"})
    if meeting.starts_at <= moment:
        raise DomainError("in_the_past", _("Cette séance est déjà passée."), facts={"field": "starts_at"})
    _check_notice(meeting, moment)
    frozen = {"said": said.of_body(meeting.body), "convened_at": moment, "sequence": F("sequence") + 1}
    row = _move(meeting, "convene", by=by, values=frozen)
    _tell_seats(row, gettext_lazy("Vous êtes convoqué à « {title} » : {when}."), "convened")
    return row


def answer(
    meeting: Meeting, seat: Seat, how: str, *, proxy: Seat | None = None, by: User | None
) -> Attendance:
    """Say how a seat will stand, or stood, in a meeting; said again, it replaces what was said.

    Raises ``DomainError`` for a seat of another body, a proxy that is itself represented, observes, or
    holds already what the statutes allow: who gives a proxy must know that it will count.
    """
    if meeting.state not in {_STATE.CONVENED, _STATE.HELD}:
        raise DomainError(
            "not_convened", _("Cette séance n'est pas convoquée, ou elle est close."), status=409
        )
    with transaction.atomic():
        subjects.lock(_subject(meeting).pk)
        _check_seat(meeting, seat)
        if how == Attendance.How.REPRESENTED:
            _check_proxy(meeting, seat, proxy)
        values = {"how": how, "proxy": proxy if how == Attendance.How.REPRESENTED else None, "by": by}
        row, made = Attendance.objects.get_or_create(meeting=meeting, seat=seat, defaults=values)
        if not made:
            Attendance.objects.filter(pk=row.pk).update(**values, version=F("version") + 1)
            row.refresh_from_db()
        data = {"meeting": meeting.pk.hex, "seat": seat.pk.hex, "how": how}
        record(_subject(meeting), "meeting.answered", by=by, data=data)
    return row


def hold(meeting: Meeting, *, by: User, now: datetime | None = None) -> Meeting:
    """Say that the meeting is held: votes may open."""
    if meeting.starts_at > (now or timezone.now()):
        words = _("Cette séance n'a pas commencé.")
        raise DomainError("not_begun", words, facts={"field": "starts_at"}, status=409)
    return _move(meeting, "hold", by=by)


def cancel(meeting: Meeting, *, reason: str, by: User) -> Meeting:
    """Cancel a meeting with a reason; who was convened is told."""
    if not reason.strip():
        raise DomainError(
            "reason_needed", _("Dites pourquoi la séance est annulée."), facts={"field": "reason"}
        )
    convened = meeting.state == _STATE.CONVENED
    values = {"reason": reason.strip(), "sequence": F("sequence") + 1}
    row = _move(meeting, "cancel", by=by, why=reason.strip(), values=values)
    if convened:
        _tell_seats(row, gettext_lazy("La séance « {title} » est annulée : {when}."), "cancelled")
    return row


def quorum(
    meeting: Meeting, seats: Sequence[Seat] | None = None, rows: Iterable[Attendance] | None = None
) -> rules.Quorum:
    """Return who votes for whom and whether the quorum is reached, by the rules of the convening.

    ``seats`` and ``rows`` (in the order they were written) spare the queries of who has them already.
    """
    voiced = voters(meeting) if seats is None else seats
    if rows is None:
        rows = Attendance.objects.filter(meeting=meeting).order_by("pk")
    there = [
        rules.Attendance(str(row.seat_id), rules.Presence(row.how), str(row.proxy_id or "")) for row in rows
    ]
    return rules.voices(said.seats(voiced), there, said.read(meeting.said or said.of_body(meeting.body)))


def voters(meeting: Meeting) -> Sequence[Seat]:
    """Return the seats that have a voice on the day of a meeting."""
    day = timezone.localdate(meeting.starts_at)
    return [seat for seat in bodies.seats_on(meeting.body, day) if seat.votes]


def silent(meeting: Meeting) -> list[Seat]:
    """Return the seats that have not answered yet, observers left aside."""
    answered = set(Attendance.objects.filter(meeting=meeting).values_list("seat", flat=True))
    return [seat for seat in voters(meeting) if seat.pk not in answered]


def move(meeting: Meeting, verb: str, *, by: User, reason: str = "") -> Meeting:
    """Do a step of the table that other files of the room need (``sign``, ``reopen``)."""
    return _move(meeting, verb, by=by, why=reason)


def not_kept(meeting: Meeting) -> None:
    """Raise ``DomainError`` (409) when nothing in the meeting changes any more."""
    if meeting.state in {_STATE.SIGNED, _STATE.CANCELLED}:
        words = _("Le compte rendu est signé, ou la séance annulée : rien n'y change plus.")
        raise DomainError("meeting_kept", words, status=409)


def _move(
    meeting: Meeting, verb: str, *, by: User, why: str = "", values: Mapping[str, Any] | None = None
) -> Meeting:
    allowed, after = TRANSITIONS[verb]
    with transaction.atomic():
        subjects.lock(_subject(meeting).pk)
        before = Meeting.objects.values_list("state", flat=True).get(pk=meeting.pk)
        if before not in allowed:
            words = _("Cette séance est dans un autre état : rouvrez la page.")
            raise DomainError("wrong_state", words, facts={"state": before}, status=409)
        Meeting.objects.filter(pk=meeting.pk).update(state=after, version=F("version") + 1, **(values or {}))
        Move.objects.create(meeting=meeting, before=before, after=after, reason=why, by=by)
        record(_subject(meeting), f"meeting.{verb}", by=by, data={"meeting": meeting.pk.hex, "from": before})
    return Meeting.objects.select_related("body__pole__actor__subject").get(pk=meeting.pk)


def _subject(meeting: Meeting) -> Any:
    return meeting.body.pole.actor.subject


def _check_times(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "ends_at"})


def _check_notice(meeting: Meeting, moment: datetime) -> None:
    days = meeting.body.notice_days
    given = (timezone.localdate(meeting.starts_at) - timezone.localdate(moment)).days
    if given < days:
        words = _("Les statuts demandent %(days)d jours de délai ; il en reste %(given)d.")
        values = {"days": days, "given": given}
        raise DomainError(
            "notice_too_short", words % values, facts={"notice_days": days, "field": "starts_at"}
        )


def _check_seat(meeting: Meeting, seat: Seat) -> None:
    day = timezone.localdate(meeting.starts_at)
    if not bodies.seats_on(meeting.body, day).filter(pk=seat.pk).exists():
        raise DomainError("not_a_seat", _("Ce siège n'est pas de cette séance."), facts={"field": "seat"})


def _check_proxy(meeting: Meeting, seat: Seat, proxy: Seat | None) -> None:
    if proxy is None or proxy.pk == seat.pk:
        raise DomainError("no_proxy", _("Dites à qui le pouvoir est donné."), facts={"field": "proxy"})
    _check_seat(meeting, proxy)
    if not proxy.votes:
        raise DomainError("proxy_observes", _("Qui observe ne porte pas de voix."), facts={"field": "proxy"})
    rows = Attendance.objects.filter(meeting=meeting)
    if rows.filter(seat=proxy, how=Attendance.How.REPRESENTED).exists():
        raise DomainError(
            "proxy_away", _("Cette personne est elle-même représentée."), facts={"field": "proxy"}
        )
    if rows.filter(seat=seat).exists() and rows.filter(proxy=seat).exists():
        raise DomainError("holds_proxies", _("Vous portez vous-même un pouvoir."), facts={"field": "proxy"})
    most = said.read(meeting.said).proxies
    if rows.filter(proxy=proxy).exclude(seat=seat).count() >= most:
        words = _("Cette personne porte déjà tous les pouvoirs que les statuts lui permettent (%(most)d).")
        raise DomainError("proxy_full", words % {"most": most}, facts={"field": "proxy"})


def _tell_seats(meeting: Meeting, words: Any, what: str) -> None:
    when = date_format(timezone.localtime(meeting.starts_at), "DATETIME_FORMAT")
    text = format_lazy(words, title=meeting.title, when=when)
    path = f"/poles/{meeting.body.pole.slug}/espace/seances/{meeting.pk}/"
    seats = bodies.seats_on(meeting.body, timezone.localdate(meeting.starts_at))
    people = {user for users in reach.reached(seats).values() for user in users}
    for user in sorted(people, key=lambda one: one.pk.hex):
        dedupe = f"meeting:{meeting.pk.hex}:{what}:{meeting.sequence}"
        tell(user, "meeting", text, subject=_subject(meeting), path=path, dedupe=dedupe)
