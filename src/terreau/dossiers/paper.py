"""A file that came on paper or by e-mail, entered by an officer (the call of 2015 demanded both).

What counts is the day of the postmark and the instant of the e-mail, not the day when it is typed. A file
that lacks one of the two, or came too late, is entered as it came: the instruction declares it inadmissible,
with this reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.actors.perms import Viewer
from terreau.calls.models import Call, Strand
from terreau.calls.perms import Standing, standing
from terreau.census import parties
from terreau.common.errors import DomainError, RefusedError, StaleWriteError
from terreau.common.text import sort_key
from terreau.dossiers import actions, perms, states
from terreau.dossiers.deadline import PARIS, paris, received, to_the_second
from terreau.dossiers.deposit import deposit
from terreau.dossiers.models import Channel, Dossier, Receipt, Reception
from terreau.dossiers.moving import lock, move
from terreau.journal.actions import counting_refusals, record
from terreau.pieces.actions import declaration
from terreau.poles.models import Pole
from terreau.subjects.actions import lock as hold
from terreau.subjects.models import Subject
from terreau.territories.models import Zone

NO_PAPER, NO_EMAIL, LATE_PAPER, LATE_EMAIL = "no_paper", "no_email", "late_paper", "late_email"
#: While it may be corrected: until somebody decided of the file.
CORRECTED: Final = frozenset({states.DRAFT, states.DEPOSITED, states.COMPLEMENTS})
_OFFLINE: Final = (Channel.PAPER, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Came:
    """What was received: the day of the postmark, the day the paper arrived, the instant of the e-mail."""

    postmark: date | None = None
    paper_on: date | None = None
    emailed_at: datetime | None = None
    note: str = ""

    @property
    def channel(self) -> str:
        """How the file came: on paper as soon as there is some."""
        return Channel.PAPER if self.postmark else Channel.EMAIL


@dataclass(frozen=True, slots=True)
class Typed:
    """Who applies, as the officer reads it on the file."""

    name: str
    siren: str = ""
    region: Zone | None = None
    pole: Pole | None = None
    title: str = ""
    kind: str = ""
    category: str = ""
    strand: Strand | None = None


def channels(call: Call) -> tuple[str, ...]:
    """Return how a call takes files, online when it says nothing."""
    listed = (call.deposit or {}).get("channels") or [Channel.ONLINE]
    return tuple(code for code in Channel.values if code in listed)


def wants_both(call: Call) -> bool:
    """Say whether a file needs paper and e-mail both."""
    return bool((call.deposit or {}).get("both"))


def set_rules(  # noqa: PLR0913 - keyword-only: the rules, what was seen, who
    call: Call, *, channels: Sequence[str], both: bool, signed: bool, base_version: int, by: User
) -> Call:
    """Say how a call takes its files. Raises ``StaleWriteError`` when somebody changed the call meanwhile."""
    kept = [code for code in (Channel.ONLINE, Channel.PAPER, Channel.EMAIL) if code in channels]
    said = {"channels": [str(code) for code in kept], "both": bool(both), "signed": bool(signed)}
    with transaction.atomic():
        rows = Call.objects.filter(pk=call.pk, version=base_version)
        if not rows.update(deposit=said, version=F("version") + 1):
            words = _("Quelqu'un vient de changer cet appel : relisez ses règles, puis recommencez.")
            raise StaleWriteError("call_moved", words)
        record(call.subject, "call.deposit_rules", by=by, data=said)
    call.refresh_from_db()
    return call


def counted_at(call: Call, came: Came, *, now: datetime) -> datetime:
    """Return the instant at which a file counts as given: the later of what came on time.

    A postmark has no hour: on the closing day it is on time. It is never after ``now``.
    """
    instants = [one for one in (_posted(call, came.postmark), came.emailed_at) if one is not None]
    if not instants:
        raise DomainError("nothing_came", _("Dites la date du cachet de la poste, ou celle du courriel."))
    last = call.last_instant
    on_time = [one for one in instants if last is None or to_the_second(one) <= last]
    return min(max(on_time or instants), now)


def shortcomings(call: Call, came: Came | Reception) -> list[str]:
    """Return what a file that was received lacks: codes, in the order in which a letter says them.

    Where paper or e-mail is enough, one of them in time is enough.
    """
    found = []
    if wants_both(call) and came.postmark is None:
        found.append(NO_PAPER)
    if wants_both(call) and came.emailed_at is None:
        found.append(NO_EMAIL)
    if call.last_instant is not None and call.late == Call.Late.REFUSE:
        given = {LATE_PAPER: _posted(call, came.postmark), LATE_EMAIL: came.emailed_at}
        instants = {code: to_the_second(at) for code, at in given.items() if at is not None}
        late = [code for code, at in instants.items() if at > call.last_instant]
        if wants_both(call) or len(late) == len(instants):
            found += late
    return found


def said(call: Call, came: Came | Reception, code: str) -> str:
    """Return a shortcoming in a sentence fit for a letter."""
    closing = paris(call.last_instant) if call.last_instant else ""
    if code == NO_PAPER:
        return _("L'exemplaire papier, que l'appel demande en plus du courriel, n'a pas été reçu.")
    if code == NO_EMAIL:
        return _("L'exemplaire par courriel, que l'appel demande en plus du papier, n'a pas été reçu.")
    if code == LATE_PAPER and came.postmark:
        words = _("Le cachet de la poste est du %(day)s, après la clôture (%(closing)s).")
        return words % {"day": date_format(came.postmark, "j F Y"), "closing": closing}
    if code == LATE_EMAIL and came.emailed_at:
        words = _("Le courriel est arrivé le %(when)s, après la clôture (%(closing)s).")
        return words % {"when": paris(came.emailed_at), "closing": closing}
    return ""


def reasons(dossier: Dossier) -> list[str]:
    """Return why a file that was not given online is inadmissible as it stands; nothing for others."""
    row = of(dossier)
    return [said(dossier.call, row, code) for code in shortcomings(dossier.call, row)] if row else []


def of(dossier: Dossier) -> Reception | None:
    """Return what is known of how a file came."""
    return Reception.objects.filter(dossier=dossier).first()


def waiting(call: Call) -> list[Dossier]:
    """Return the files of a call that came otherwise than online, those being typed first."""
    rows = Dossier.objects.filter(call=call, channel__in=_OFFLINE)
    named = rows.select_related("call", "applicant", "pole__actor", "reception", "zone").order_by("-number")
    return sorted(named, key=lambda row: row.state != states.DRAFT)


# --------------------------------------------------------------------------------------------- to enter


def enter(call: Call, typed: Typed, came: Came, *, by: User, now: datetime | None = None) -> Dossier:
    """Begin the file of somebody else, as it came; its answers are then typed as online ones are.

    The register answers nothing for it: the file says what the paper says, and who enters it has no part in
    what the pole keeps to itself.

    A form that was sent twice is one file. Raises ``DomainError`` with ``facts["field"]`` when the call takes
    no such file, ``RefusedError`` when the applicant is of another region than the officer's.
    """
    at = now or timezone.now()
    _check_came(call, came, now=at)
    with counting_refusals(call.subject, "dossier.enter", by=by), transaction.atomic():
        hold(call.subject_id)
        if twice := _entered(call, typed, came, by):
            return twice
        applicant = applicant_of(typed, by=by)
        begun = actions.Begun(
            applicant,
            typed.pole,
            typed.strand,
            typed.category,
            typed.kind,
            " ".join(typed.title.split())[:200],
        )
        counted = counted_at(call, came, now=at)
        dossier = actions.start(call, begun, by=by, channel=came.channel, at=counted, prefill=False)
        held = standing(by, call, on=timezone.localdate(at))
        if held.officer and not held.owner and not perms.in_zones(dossier, held):
            words = _(
                "Cette organisation n'est pas d'une région que vous instruisez : "
                "dites la région, ou passez le dossier."
            )
            raise RefusedError("other_region", words)
        dossier.late = received(call, counted).late
        dossier.save(update_fields=["late"])
        row = Reception.objects.create(
            dossier=dossier,
            postmark=came.postmark,
            paper_on=came.paper_on,
            emailed_at=came.emailed_at,
            note=came.note,
            by=by,
        )
        _journal(dossier, row, "received", by=by)
    return dossier


def _entered(call: Call, typed: Typed, came: Came, by: User) -> Dossier | None:
    """Return the file that this officer began with the same words and the same dates, and is still typing."""
    who = typed.siren or " ".join(typed.name.split())
    dates = {f"reception__{name}": getattr(came, name) for name in ("postmark", "paper_on", "emailed_at")}
    rows = Dossier.objects.filter(
        call=call,
        created_by=by,
        state=states.DRAFT,
        pole=typed.pole,
        title=" ".join(typed.title.split())[:200],
        reception__note=came.note,
        **dates,
    )
    if typed.strand is not None:
        rows = rows.filter(strand=typed.strand)
    named = Q(applicant__sort_key=sort_key(who)[:250]) | Q(applicant__siren="".join(who.split())[:9])
    return rows.filter(named).select_related("call", "applicant", "subject").order_by("-number").first()


def correct(
    dossier: Dossier, came: Came, *, base_version: int, by: User, now: datetime | None = None
) -> Reception:
    """Write again how a file came: the paper arrives after the e-mail, a date was misread.

    When it counts as given, and whether it is late, follow; the receipt that was given stays as it was.
    """
    at = now or timezone.now()
    _check_came(dossier.call, came, now=at, kept=True)
    with transaction.atomic():
        held = lock(dossier)
        if held.state not in CORRECTED:
            words = _("Ce dossier est « %(state)s » : sa réception ne se corrige plus.")
            raise DomainError("decided", words % {"state": held.get_state_display()}, status=409)
        rows = Reception.objects.filter(dossier=dossier, version=base_version)
        told = {"postmark": came.postmark, "paper_on": came.paper_on, "emailed_at": came.emailed_at}
        if not rows.update(**told, note=came.note, by=by, version=F("version") + 1):
            words = _("Quelqu'un vient de corriger cette réception : relisez-la, puis recommencez.")
            raise DomainError("reception_moved", words, status=409)
        row = Reception.objects.get(dossier=dossier)
        counted = to_the_second(counted_at(held.call, came, now=at))
        values: dict[str, Any] = {"channel": came.channel, "late": received(held.call, counted).late}
        if held.deposited_at is not None:
            values["deposited_at"] = counted
        Dossier.objects.filter(pk=dossier.pk).update(**values)
        dossier.refresh_from_db(fields=["channel", "late", "deposited_at"])
        _journal(dossier, row, "reception_corrected", by=by)
    return row


def register(dossier: Dossier, *, key: str, by: User, now: datetime | None = None) -> Receipt:
    """Register a file as it came: frozen and given a receipt at the instant when it was sent.

    What lacks does not stop it: the instruction says so. Twice with one ``key`` gives one receipt.
    """
    row = of(dossier)
    if row is None or dossier.channel not in _OFFLINE:
        raise DomainError(
            "not_received", _("Ce dossier n'est pas de ceux que l'instruction saisit."), status=409
        )
    came = Came(row.postmark, row.paper_on, row.emailed_at, row.note)
    at = counted_at(dossier.call, came, now=now or timezone.now())
    return deposit(dossier, by=by, key=key, at=at, whole=False)


def reject(dossier: Dossier, *, by: User, more: str = "", now: datetime | None = None) -> None:
    """Declare inadmissible a file that lacks what the call demands, once the call is closed."""
    found = reasons(dossier)
    if not found:
        raise DomainError("nothing_lacks", _("Rien ne manque à ce dossier."), status=409)
    if not is_over(dossier.call, now or timezone.now()):
        words = _("L'appel est encore ouvert : ce qui manque peut arriver.")
        raise DomainError("still_open", words, status=409)
    move(dossier, "reject", by=by, reason="\n".join([*found, *([more.strip()] if more.strip() else [])]))


def is_over(call: Call, now: datetime) -> bool:
    """Say whether nothing more is awaited of the files of a call: it is closed, or never closes."""
    return call.last_instant is None or call.phase(now) != "open"


def applicant_of(typed: Typed, *, by: User) -> Actor:
    """Return who applies: recognised by number or by name, else written down, private, as it was read.

    Raises ``DomainError`` when several organisations bear that name: the SIREN says which.
    """
    name = " ".join(typed.name.split())
    if not name:
        raise DomainError("name_needed", _("Écrivez qui demande."), facts={"field": "who"})
    found = parties.recognised(typed.siren or name)
    if len(found) > 1:
        words = _("Plusieurs organisations portent ce nom : donnez le SIREN.")
        raise DomainError("several", words, facts={"field": "siren"})
    if found and (actor := parties.actor_of(found[0].party, by=by, public=False)):
        return actor
    if typed.siren and (held := Actor.objects.filter(siren=typed.siren).first()):
        return held
    source = declaration(by, timezone.localdate())
    identity: dict[str, Any] = {"siren": typed.siren} if typed.siren else {}
    if typed.region is not None:
        identity["zone"] = typed.region
    return create_actor(name[:250], source=source, public=False, by=by, kind=Subject.Kind.ACTOR, **identity)


def may_enter(user: Viewer, call: Call) -> Standing:
    """Return how a person stands among those who enter files of a call; empty when they do not."""
    held = standing(user, call)
    return held if held.officer or held.owner else Standing()


def _check_came(call: Call, came: Came, *, now: datetime, kept: bool = False) -> None:
    today = timezone.localdate(now)
    for field, day in (("postmark", came.postmark), ("paper_on", came.paper_on)):
        if day is not None and day > today:
            raise DomainError("not_yet", _("Cette date n'est pas encore passée."), facts={"field": field})
    if came.emailed_at is not None and came.emailed_at > now:
        raise DomainError("not_yet", _("Cette date n'est pas encore passée."), facts={"field": "emailed_at"})
    if came.postmark is None and came.emailed_at is None:
        words = _("Dites la date du cachet de la poste, ou celle du courriel.")
        raise DomainError("nothing_came", words, facts={"field": "postmark"})
    if came.paper_on is not None and (came.postmark is None or came.paper_on < came.postmark):
        words = _("Le papier n'arrive pas avant le cachet de la poste.")
        raise DomainError("before_postmark", words, facts={"field": "paper_on"})
    if kept:
        return
    if came.channel not in channels(call) and not wants_both(call):
        words = _("Cet appel ne reçoit pas de dossier %(how)s.")
        how = Channel(came.channel).label
        raise DomainError("wrong_channel", words % {"how": how}, facts={"field": "postmark"}, status=409)
    taken = received(call, counted_at(call, came, now=now))
    if not taken.ok:
        field = "emailed_at" if came.postmark is None else "postmark"
        raise DomainError("call_closed", taken.reason, facts={"field": field}, status=409)


def _posted(call: Call, day: date | None) -> datetime | None:
    """Return the instant of a postmark: its day, up to the closing on the closing day."""
    if day is None:
        return None
    end = datetime.combine(day + timedelta(days=1), time(), PARIS) - timedelta(seconds=1)
    last = call.last_instant
    if last is not None and last.astimezone(PARIS).date() == day:
        return min(end, last)
    return end


def _journal(dossier: Dossier, row: Reception, verb: str, *, by: User) -> None:
    data = {
        "postmark": row.postmark.isoformat() if row.postmark else "",
        "paper_on": row.paper_on.isoformat() if row.paper_on else "",
        "emailed_at": row.emailed_at.isoformat() if row.emailed_at else "",
        "channel": str(dossier.channel),
    }
    record(dossier.subject, f"dossier.{verb}", by=by, data=data)
