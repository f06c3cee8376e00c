"""What the files of a pole say to « Ma semaine », the calendar, the search and the yearly report.

A file is its team's: in the workspace, those who animate the pole and those who write it read of it, nobody
else; the yearly report counts files without naming any.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.common.text import search_text
from terreau.common.together import Step, run
from terreau.design.calendars import Stamp
from terreau.dossiers import announcing, states
from terreau.dossiers.mine import KNOWN, due_of, left
from terreau.dossiers.models import Dossier, Transition, Writer
from terreau.poles.models import Pole
from terreau.poles.workspace import Due, Found, Said, Tone, Workspace

#: Days before its closing from which a draft presses.
_SOON: Final = 7


def week(ws: Workspace) -> list[Due]:
    """Return the drafts to deposit before a closing, and the complements asked."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one round of two questions."""
    rows = _of(ws).filter(state__in=states.WRITABLE)
    asked = Transition.objects.filter(dossier__pole=ws.pole, verb="ask").order_by("id")
    files, moves = yield (
        rows.select_related("call").order_by("call__closes_at", "pk"),
        asked.values_list("dossier", "data"),
    )
    until = {dossier: due_of(data) for dossier, data in moves}
    now = datetime.combine(ws.today, time(12), timezone.get_current_timezone())
    return [one for row in files for one in _due(row, until.get(row.pk), now)]


def _due(row: Dossier, until: datetime | None, now: datetime) -> Iterable[Due]:
    path = f"/dossiers/{row.pk}/"
    if row.state == states.COMPLEMENTS:
        title = _("Compléments demandés pour « %(name)s ».") % {"name": row.name}
        yield Due("dossier", title, path, _day(until), _tone(left(until, now)), act=_("Répondre"))
        return
    closing = row.call.last_instant
    days = left(closing, now)
    if row.call.state != "open" or (days is not None and days < 0):
        return
    if closing is None:
        title = _("Dossier à finir : « %(name)s ».") % {"name": row.name}
    else:
        words = _("Dossier à déposer le %(day)s au plus tard : « %(name)s ».")
        day = timezone.localtime(closing)
        title = words % {"name": row.name, "day": date_format(day, "j F")}
    yield Due("dossier", title, path, _day(closing), _tone(days), row.call.title, _("Continuer"))


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the closings of the calls for which a file is being written (one query)."""
    rows = _of(ws).filter(state=states.DRAFT, call__state="open", call__closes_at__isnull=False)
    begin, end = (
        datetime.combine(day, time(), timezone.get_current_timezone())
        for day in (first, last + timedelta(days=1))
    )
    near = rows.filter(call__closes_at__gte=begin, call__closes_at__lt=end).select_related("call")
    return [
        Stamp(
            f"dossier-{row.pk.hex}",
            row.call.closes_at,
            row.call.closes_at,
            _("Dernière minute pour déposer « %(name)s »") % {"name": row.name},
            path=f"/dossiers/{row.pk}/",
            sequence=row.version,
        )
        for row in near.order_by("call__closes_at", "pk")
        if row.call.closes_at is not None
    ]


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return the files that have all these words in their title, their call, their number."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one question."""
    wanted = search_text(words).split()
    if not wanted:
        return []
    rows = yield _of(ws).select_related("call").order_by("-created_at", "pk")[:500]
    kept = [
        Found(row.name, f"/dossiers/{row.pk}/", f"{row.call.title}, {row.get_state_display()}", _("dossier"))
        for row in map(announcing.as_known, rows)
        if all(word in search_text(f"{row.name} {row.call.title} {row.reference}") for word in wanted)
    ]
    return kept[:limit]


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return how many files were deposited, and how many chosen, in a period."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one question. A file taken back and deposited again counts once."""
    zone = timezone.get_current_timezone()
    begin, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    told = Q(verb="deposit") | Q(verb="award") & announcing.shown("dossier__call")
    moves = Transition.objects.filter(told, dossier__pole=pole)
    rows = yield moves.filter(at__gte=begin, at__lt=end).order_by().values_list("dossier", "verb").distinct()
    deposited = {dossier for dossier, verb in rows if verb == "deposit"}
    chosen = {dossier for dossier, verb in rows if verb == "award"}
    how = _("étapes des dossiers dont ce pôle est le sujet")
    listed = [
        ("dossiers.deposited", _("Dossiers déposés"), deposited),
        ("dossiers.chosen", _("Dossiers retenus"), chosen),
    ]
    return [
        Said(code, label, len(rows), path="/mes-dossiers/", how=how) for code, label, rows in listed if rows
    ]


def _of(ws: Workspace) -> QuerySet[Dossier]:
    """Return the files of the pole that the person may read of."""
    rows = Dossier.objects.filter(pole=ws.pole)
    if ws.standing.animates:
        return rows.filter(KNOWN)
    mine: Any = Writer.objects.filter(user=ws.user, ended_at=None).exclude(accepted_at=None)
    return rows.filter(Q(pk__in=mine.values("dossier")))


def _tone(days: int | None) -> str:
    if days is None:
        return Tone.INFO.value
    if days < 0:
        return Tone.LATE.value
    return Tone.NOW.value if days <= _SOON else Tone.SOON.value


def _day(at: datetime | None) -> date | None:
    return timezone.localdate(at) if at else None
