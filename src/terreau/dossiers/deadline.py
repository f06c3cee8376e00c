"""When a call takes files: to the second, in Europe/Paris, with the tolerance that it sets (R-73)."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.calls.models import Call

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether a file is taken at an instant, whether it is then late, and why not when it is not."""

    ok: bool
    late: bool = False
    reason: str = ""


def to_the_second(at: datetime) -> datetime:
    """Return an instant without its fraction: what is given during the last second is on time."""
    return at.replace(microsecond=0)


def takes(call: Call, at: datetime) -> Taken:
    """Say whether a call takes a file received at an instant, and whether it is late.

    On time until the closing and its tolerance, that second in. After it the call says: refused, or received
    and marked late for as long as its owner leaves it published.
    """
    when = to_the_second(at)
    phase = call.phase(when)
    if phase == "open":
        return Taken(ok=True)
    if phase == "closed" and call.state == Call.State.OPEN and call.late == Call.Late.FLAG:
        return Taken(ok=True, late=True)
    return Taken(ok=False, reason=_why(call, phase))


def received(call: Call, at: datetime) -> Taken:
    """Say whether a file that came on paper or by e-mail is late; it is taken as it came, whatever the hour.

    Refused, it would be lost: entered late, it is declared inadmissible with its reasons. A call that was not
    open yet takes nothing, nor does one that is archived.
    """
    when = to_the_second(at)
    if call.state in (Call.State.DRAFT, Call.State.ARCHIVED):
        return Taken(ok=False, reason=_why(call, call.state))
    if call.opens_at is None or when < call.opens_at:
        return Taken(ok=False, reason=_why(call, "announced"))
    return Taken(ok=True, late=call.last_instant is not None and when > call.last_instant)


def _why(call: Call, phase: str) -> str:
    if phase == "announced" and call.opens_at:
        return _("L'appel ouvre le %(when)s.") % {"when": paris(call.opens_at)}
    if phase in ("announced", "draft"):
        return _("L'appel n'est pas encore ouvert.")
    if call.closes_at and call.state == Call.State.OPEN:
        return _("L'appel a fermé le %(when)s : il ne reçoit plus de dossiers.") % {
            "when": paris(call.closes_at)
        }
    return _("L'appel est clos : il ne reçoit plus de dossiers.")


def paris(at: datetime) -> str:
    """Return an instant as people of France read it, to the second: « 15 mars 2026 à 12:00:00 »."""
    local = at.astimezone(PARIS)
    return _("%(day)s à %(time)s (heure de Paris)") % {
        "day": date_format(local, "j F Y"),
        "time": local.strftime("%H:%M:%S"),
    }
