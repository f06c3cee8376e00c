"""What nettings say to « Ma semaine », the calendar and the yearly report: to answer, cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.db.models import F, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.common.money import Euro
from terreau.common.together import Step, run
from terreau.netting import perms
from terreau.netting.models import Consent, Line, Round
from terreau.poles.models import Pole
from terreau.poles.workspace import Due, Said, Stamp, Tone, Workspace

_CLEARED: Final = Sum(F("before_cents") - F("after_cents"))
#: Fewer organisations than that, and a sum would say what some of them owed.
_FEWEST: Final = 5


def week(ws: Workspace) -> list[Due]:
    """Return the netting that waits for an answer of mine, or that must be made again."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one question, two more when a proposal waits."""
    rows = yield Round.objects.filter(pole=ws.pole, state=Round.State.PROPOSED)
    if not rows:
        return []
    row = rows[0]
    owing = Line.objects.filter(round=row, after_cents__lt=F("before_cents")).order_by()
    parties, said = yield (
        owing.values_list("debtor", "debtor__name").annotate(cleared=_CLEARED),
        Consent.objects.filter(round=row).order_by("at", "pk").values_list("actor", "agrees"),
    )
    answers = dict(said)
    waiting = [one for one in parties if one[0] not in answers]
    return [*_mine(ws, row, waiting), *_running(ws, row, waiting, list(answers.values()))]


def _mine(ws: Workspace, row: Round, waiting: Iterable[tuple[Any, str, int]]) -> Iterable[Due]:
    if row.expires_on < ws.today:
        return
    for actor, name, cleared in sorted(waiting, key=lambda one: one[1]):
        if actor in ws.standing.speaks_for:
            title = _("Compenser %(sum)s de dettes de %(name)s sans payer : à accepter ou à refuser.") % {
                "sum": Euro(cleared),
                "name": name,
            }
            yield Due("netting", title, _path(ws, row), row.expires_on, Tone.NOW.value, act=_("Répondre"))


def _running(
    ws: Workspace, row: Round, waiting: list[tuple[Any, str, int]], answers: list[bool]
) -> Iterable[Due]:
    if not ws.runs:
        return
    if row.expires_on < ws.today or not all(answers):
        title = _("La compensation n° %(number)d n'a pas l'accord de tous : à refaire sans eux.")
        act = _("La refaire")
        said = title % {"number": row.number}
        yield Due("netting", said, _path(ws, row), row.expires_on, Tone.LATE.value, act=act)
    elif waiting:
        words = ngettext(
            "La compensation n° %(number)d attend %(n)d organisation, jusqu'au %(day)s.",
            "La compensation n° %(number)d attend %(n)d organisations, jusqu'au %(day)s.",
            len(waiting),
        )
        said = words % {"number": row.number, "n": len(waiting), "day": date_format(row.expires_on)}
        yield Due("netting", said, _path(ws, row), row.expires_on, Tone.INFO.value, act=_("Voir"))


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the day until which one answers, to those whom the proposal concerns (one query or two)."""
    row = Round.objects.filter(
        pole=ws.pole, state=Round.State.PROPOSED, expires_on__range=(first, last)
    ).first()
    if row is None:
        return []
    mine = row.lines.filter(after_cents__lt=F("before_cents"), debtor__in=ws.standing.speaks_for)
    if not perms.reads_all(ws) and not mine.exists():
        return []
    return [
        Stamp(
            uid=f"netting-{row.pk.hex}",
            starts=row.expires_on,
            ends=row.expires_on,
            title=_("Dernier jour pour répondre à la compensation n° %(number)d") % {"number": row.number},
            path=_path(ws, row),
            sequence=row.version,
        )
    ]


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return how many nettings were settled in a period, and what they cancelled."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``. The sum is said when it hides what each owed: from five organisations on."""
    settled = Round.objects.filter(pole=pole, state=Round.State.SETTLED, settled_on__range=(first, last))
    lines = Line.objects.filter(round__in=settled.order_by().values("pk"), after_cents__lt=F("before_cents"))
    rows, debtors = yield (
        settled.values_list("pk", "cleared_cents"),
        lines.order_by().values_list("debtor", flat=True).distinct(),
    )
    if not rows:
        return []
    path = f"/poles/{pole.slug}/espace/compensations/"
    how = _("propositions acceptées par toutes les organisations concernées")
    found = [Said("netting.settled", _("Compensations réglées"), len(rows), path=path, how=how)]
    if len(debtors) >= _FEWEST:
        cleared = Euro(sum(cents for _pk, cents in rows))
        words = _("somme des factures, ou parts de factures, compensées entre au moins cinq organisations")
        found.append(Said("netting.cleared", _("Dettes entre membres compensées"), cleared, "", path, words))
    return found


def _path(ws: Workspace, row: Round) -> str:
    return f"{ws.home}compensations/{row.pk}/"
