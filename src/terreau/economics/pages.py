"""What the pages of the economics of a pole have in common: the year, the view, names, what waits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.common.errors import DomainError
from terreau.common.together import ask
from terreau.cooperations.models import Cooperation
from terreau.economics import projection, read
from terreau.economics.sums import View
from terreau.exchanges.models import Purchase, Tender
from terreau.governance.models import Decision
from terreau.means.models import Means
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace
from terreau.projects.models import Activity, JointProject

ALL: Final = "tout"
#: Views by the word of the address, and their names.
VIEWS: Final[dict[str, tuple[View, Any]]] = {
    "cellule": (View.CELL, gettext_lazy("Cellule d'animation")),
    "pole": (View.POLE, gettext_lazy("Pôle entier")),
    "projets": (View.PROJECTS, gettext_lazy("Projets communs")),
    "ensemble": (View.WHOLE, gettext_lazy("Pôle et projets, chaque ligne une fois")),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The year that is shown (None: all of them), and those that can be."""

    year: int | None
    years: tuple[int, ...]

    @property
    def period(self) -> read.Period:
        """The days of the year."""
        if self.year is None:
            return read.Period()
        return read.Period(date(self.year, 1, 1), date(self.year, 12, 31))

    @property
    def word(self) -> str:
        """The year as the address writes it."""
        return ALL if self.year is None else str(self.year)

    @property
    def said(self) -> str:
        """The year in words."""
        return str(_("toutes les années")) if self.year is None else str(self.year)


def asked(request: HttpRequest, ws: Workspace) -> Asked:
    """Return ``?annee=``: this year when left out, or the last one that has a line; 422 for no year.

    The book is brought up to date first.
    """
    projection.refresh(ws.pole)
    found = read.years(ws.pole)
    years = tuple(sorted({*found, ws.today.year}, reverse=True))
    text = request.GET.get("annee", "")
    if text == ALL:
        return Asked(None, years)
    if not text:
        return Asked(ws.today.year if not found or ws.today.year in found else found[0], years)
    if not (text.isascii() and text.isdecimal() and len(text) == 4 and int(text) >= 1900):
        raise DomainError("not_a_year", _("Une année s'écrit en quatre chiffres : 2026."))
    return Asked(int(text), tuple(sorted({*years, int(text)}, reverse=True)))


def view_of(request: HttpRequest, default: str) -> tuple[str, View]:
    """Return ``?vue=``: whose account is read; 422 for another word."""
    word = request.GET.get("vue", "") or default
    if word not in VIEWS:
        words = _("Cette vue n'existe pas. Choisissez : %(views)s.") % {"views": ", ".join(VIEWS)}
        raise DomainError("unknown_view", words)
    return word, VIEWS[word][0]


@dataclass(frozen=True, slots=True)
class Thing:
    """What a line is for: its name, its kind in words, its French address."""

    title: str
    kind: str
    path: str


def _rooms() -> dict[str, tuple[Any, str, Any, str]]:
    return {
        "project": (JointProject, "title", _("Projet commun"), "projets"),
        "cooperation": (Cooperation, "title", _("Coopération"), "cooperations"),
        "tender": (Tender, "title", _("Appel d'offres"), "marches"),
        "purchase": (Purchase, "title", _("Achat groupé"), "achats"),
        "means": (Means, "name", _("Moyen partagé"), "moyens"),
        "activity": (Activity, "name", _("Activité"), "activites"),
        "decision": (Decision, "title", _("Décision"), "decisions"),
    }


def things(pole: Pole, subjects: Collection[UUID]) -> dict[UUID, Thing]:
    """Return what lines are for, by subject: one query; what this room knows nothing of is left out."""
    home = f"/poles/{pole.slug}/espace/"
    found: dict[UUID, Thing] = {}
    rooms = _rooms()
    if not subjects:
        return found
    answers = ask(
        *(
            model.objects.filter(pole=pole, subject__in=list(subjects)).values_list("subject", field)
            for model, field, _kind, _page in rooms.values()
        )
    )
    for (name, (_model, _field, kind, page)), rows in zip(rooms.items(), answers, strict=True):
        tail = "" if name in {"activity", "decision"} else "{}/"
        for subject, title in rows:
            found[subject] = Thing(title, str(kind), f"{home}{page}/{tail.format(subject)}")
    if pole.pk in subjects:
        found[pole.pk] = Thing(_("Vie du pôle : animation, réunions"), "", f"{home}livre/")
    return found


def common(ws: Workspace, asked_for: Asked, here: str) -> dict[str, Any]:
    """Return what every page of the room draws: its tabs, the years, how many lines wait to be classed.

    Call it once the book is up to date.
    """
    waiting = read.to_classify(ws.pole, read.Period()).count()
    return {"asked": asked_for, "here": here, "waiting": waiting}
