"""What this room says to who composes pages from all of them."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.common.together import Step, abreast, run
from terreau.indicators.models import Edition, Indicator, Round
from terreau.indicators.read import following
from terreau.poles.models import Pole
from terreau.poles.workspace import Due, Found, Published, Said, Stamp, Tone, Workspace

#: Months of the year in which the round of the year before is asked for, and days before a target is told.
_ASKED_UNTIL, _AHEAD = 6, 45


def week(ws: Workspace) -> list[Due]:
    """The yearly round while its time has come, and the targets that come to their date."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one round of questions."""
    if not ws.runs:
        return []
    year = ws.today.year - 1
    rows, rounds = yield (
        Indicator.objects.filter(pole=ws.pole, ended_on=None).order_by("target_on", "label"),
        Round.objects.filter(pole=ws.pole, year=year),
    )
    found = [*_round(ws, year, rounds[0] if rounds else None)] if rows else []
    for row in rows:
        if row.target_on and ws.today <= row.target_on <= ws.today + timedelta(days=_AHEAD):
            title = _("La cible de « %(label)s » arrive à son échéance") % {"label": row.label}
            path = f"{ws.home}indicateurs/{row.pk}/"
            found.append(Due("indicator", title, path, row.target_on, Tone.SOON, act=_("Voir l'indicateur")))
    return found


def _round(ws: Workspace, year: int, held: Round | None) -> list[Due]:
    if held is not None and held.closed_at:
        return []
    if held is None and ws.today.month > _ASKED_UNTIL:
        return []
    title = _("Faire le tour annuel des indicateurs de %(year)s") % {"year": year}
    detail = _("Une page courte, déjà remplie de ce que l'espace sait.")
    act = _("Reprendre le tour") if held else _("Commencer le tour")
    return [Due("indicator", title, f"{ws.home}indicateurs/tour/{year}/", None, Tone.INFO, detail, act)]


def published(pole: Pole, on: date) -> list[Published]:
    """The indicators that the pole shows, with their latest value, then its yearly reports."""
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``: two rounds of questions."""
    found = yield from abreast(_indicators(pole), _reports(pole))
    return [one for part in found for one in part]


def _reports(pole: Pole) -> Step[list[Published]]:
    editions = Edition.objects.filter(pole=pole).order_by("number")
    rows = yield editions.values_list("year", "published_at", "public")
    latest = {year: (at, public) for year, at, public in rows}
    return [
        Published(
            "reports",
            _("Rapport de %(year)s") % {"year": year},
            on=timezone.localdate(at),
            path=f"/poles/{pole.slug}/rapports/{year}/",
        )
        for year, (at, public) in sorted(latest.items(), reverse=True)
        if public
    ]


def _indicators(pole: Pole) -> Step[list[Published]]:
    lines = yield from following(pole, public_only=True)
    return [
        Published(
            "indicators",
            line.label,
            line.said or _("pas encore de valeur"),
            line.last.period_to if line.last else None,
            meta=tuple(filter(None, (line.period, line.last.get_status_display() if line.last else ""))),
        )
        for line in lines
    ]


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """How many indicators the pole follows, and how many reached their target."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: two rounds of questions."""
    lines = yield from following(pole)
    if not lines:
        return []
    path = f"/poles/{pole.slug}/espace/indicateurs/"
    reached = sum(line.share == 1.0 for line in lines)
    how = _("Indicateurs dont le suivi n'a pas pris fin.")
    told = _("Indicateurs dont la dernière valeur atteint la cible.")
    return [
        Said("indicators.followed", _("Indicateurs suivis"), len(lines), "items", path, how),
        Said("indicators.reached", _("Indicateurs à leur cible"), reached, "items", path, told),
    ]


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """The days when targets come to their date."""
    rows = Indicator.objects.filter(pole=ws.pole, ended_on=None, target_on__range=(first, last))
    return [
        Stamp(
            f"indicator-{row.pk}",
            row.target_on,
            row.target_on,
            _("Échéance : %(label)s") % {"label": row.label},
            path=f"{ws.home}indicateurs/{row.pk}/",
        )
        for row in rows.order_by("target_on", "pk")
        if row.target_on
    ]


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """The indicators whose name or method holds some words."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one round of questions."""
    rows = yield Indicator.objects.filter(pole=ws.pole).order_by("label", "pk")
    wanted = words.casefold()
    hits = [row for row in rows if wanted in f"{row.label} {row.method}".casefold()]
    path = f"{ws.home}indicateurs/"
    return [Found(row.label, f"{path}{row.pk}/", row.method[:160], _("indicateur")) for row in hits[:limit]]
