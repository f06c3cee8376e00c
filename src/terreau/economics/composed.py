"""What the economics of a pole says to who composes the workspace: what waits, figures of the year."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.common.money import Euro
from terreau.common.together import Step, run
from terreau.economics import projection, read, sums
from terreau.economics.models import Line
from terreau.economics.rules import Level
from terreau.economics.sums import Cell, View
from terreau.poles.models import Pole
from terreau.poles.workspace import Due, Said, Workspace


def week(ws: Workspace) -> list[Due]:
    """Return what waits for who animates the pole: lines whose kind or origin nobody knows."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one question. Lines never read by the economics yet wait their turn."""
    if not ws.runs:
        return []
    rows = yield Line.objects.filter(book=ws.pole.pk, to_class=True).order_by().values_list("cents")[:1000]
    if not rows:
        return []
    words = ngettext(
        "Dire ce qu'est %(count)d ligne du livre que personne n'a classée.",
        "Dire ce que sont %(count)d lignes du livre que personne n'a classées.",
        len(rows),
    )
    return [
        Due(
            kind="economics",
            title=words % {"count": len(rows)},
            path=f"{ws.home}economie/a-classer/?annee=tout",
            detail=_("Les paquets devinés se classent en un geste."),
            act=_("Classer les lignes"),
        )
    ]


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return what a report says of a period: each level by itself, never added; money only."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one question, once the book is up to date; whole months only."""
    projection.refresh(pole)
    rows = yield read.months(pole, read.Period(first, last))
    cells = [Cell(*row) for row in rows]
    if not cells:
        return []
    home = f"/poles/{pole.slug}/espace/economie/?annee={first.year}"
    how = _("somme des lignes du livre, chacune une fois")
    found = [
        _said(f"economics.{view}", label, sums.account(cells, view).received.cash, home, how)
        for view, label in (
            (View.CELL, _("Argent reçu par la cellule d'animation")),
            (View.POLE, _("Argent reçu par le pôle entier, cellule comprise")),
            (View.PROJECTS, _("Argent reçu par les projets communs")),
        )
    ]
    gifts = sums.total(c for c in sums.held(cells, View.WHOLE) if c.side == "in" and c.level != Level.MEMBERS)
    label = _("Apports valorisés reçus, à côté de l'argent")
    return [*found, _said("economics.gifts", label, gifts.gifts, home, how)]


def _said(code: str, label: Any, cents: int, path: str, how: str) -> Said:
    return Said(code, str(label), Euro(cents), "€", path, how)
