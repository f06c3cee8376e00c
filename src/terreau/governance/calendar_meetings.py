"""The calendar of the meetings of a pole, read by the calendar programs of its people."""

from collections.abc import Iterable
from datetime import date, datetime, time

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.accounts import calendar_keys
from terreau.common.errors import NotFoundError
from terreau.design.calendars import Stamp, feed
from terreau.governance.models import Item, Meeting
from terreau.poles.workspace import Workspace, of_person

_SHOWN = (Meeting.State.CONVENED, Meeting.State.HELD, Meeting.State.SIGNED, Meeting.State.CANCELLED)
#: How many meetings a calendar holds: the latest.
_MOST = 500


@require_safe
def calendar(request: HttpRequest, token: str, slug: str) -> HttpResponseBase:
    """The meetings of a pole, for who holds the key and is of the pole today; 404 to anybody else."""
    user = calendar_keys.holder(token)
    if user is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    ws = of_person(user, slug)
    return feed(_("Séances · %(pole)s") % {"pole": ws.pole.actor.name}, stamps(ws))


def stamps(ws: Workspace, first: date | None = None, last: date | None = None) -> list[Stamp]:
    """Return the meetings that were convened, cancelled ones said so, with their agenda: two queries."""
    rows = Meeting.objects.filter(body__pole=ws.pole, state__in=_SHOWN, convened_at__isnull=False)
    if first:
        rows = rows.filter(ends_at__gte=_midnight(first))
    if last:
        rows = rows.filter(starts_at__lte=timezone.make_aware(datetime.combine(last, time.max)))
    found = list(rows.select_related("body").order_by("-starts_at", "pk")[:_MOST])
    points: dict[object, list[str]] = {}
    for item in Item.objects.filter(meeting__in=found).order_by("rank", "pk"):
        points.setdefault(item.meeting_id, []).append(f"{item.rank}. {item.title}")
    return [_stamp(ws, row, points.get(row.pk, ())) for row in reversed(found)]


def _stamp(ws: Workspace, row: Meeting, points: Iterable[str]) -> Stamp:
    return Stamp(
        uid=f"seance-{row.pk.hex}@terreau",
        starts=row.starts_at,
        ends=row.ends_at,
        title=f"{row.title} · {ws.pole.actor.name}",
        place=row.place,
        text="\n".join(points),
        path=f"{ws.home}seances/{row.pk}/",
        sequence=row.sequence,
        cancelled=row.state == Meeting.State.CANCELLED,
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
