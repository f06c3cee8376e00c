"""The workspace of a pole: who enters, what surrounds each page, what rooms say to those who compose them.

Rooms above (governance, cooperations, exchanges, means, projects, indicators) ignore one another: each says
what is due, published, born or counted in these words, and ``sheets`` puts it together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.common.money import Euro
from terreau.design.calendars import Stamp
from terreau.journal.actions import refuse
from terreau.poles.models import Pole
from terreau.poles.standing import Standing, standing

__all__ = [
    "Born",
    "Due",
    "Found",
    "Published",
    "Said",
    "Stamp",
    "Tone",
    "Workspace",
    "enter",
    "of_person",
    "refused",
    "require_run",
    "require_voice",
    "sections",
    "show",
]

#: Groups of the workspace and their pages: the first part of the address after ``espace/``, and its name.
SECTIONS: Final[tuple[tuple[Any, tuple[tuple[str, Any], ...]], ...]] = (
    (gettext_lazy("Cette semaine"), (("", gettext_lazy("Vue d'ensemble")),)),
    (
        gettext_lazy("Membres"),
        (
            ("membres", gettext_lazy("Qui en est")),
            ("adhesions", gettext_lazy("Demandes d'adhésion")),
            ("consentements", gettext_lazy("Données partagées")),
        ),
    ),
    (
        gettext_lazy("Gouvernance"),
        (
            ("seances", gettext_lazy("Séances")),
            ("decisions", gettext_lazy("Décisions")),
            ("gouvernance", gettext_lazy("Instances et fonctions")),
            ("statuts", gettext_lazy("Statuts et règlement")),
        ),
    ),
    (
        gettext_lazy("Coopérations"),
        (
            ("cooperations", gettext_lazy("Toutes les coopérations")),
            ("reseau", gettext_lazy("Réseau des membres")),
            ("matieres", gettext_lazy("Flux de matières")),
        ),
    ),
    (
        gettext_lazy("Échanges"),
        (
            ("echanges", gettext_lazy("En un coup d'œil")),
            ("offres", gettext_lazy("Catalogue")),
            ("competences", gettext_lazy("Compétences")),
            ("achats", gettext_lazy("Achats groupés")),
            ("marches", gettext_lazy("Appels d'offres")),
        ),
    ),
    (
        gettext_lazy("Moyens"),
        (
            ("moyens", gettext_lazy("Moyens partagés")),
            ("calendrier", gettext_lazy("Calendrier")),
            ("couts", gettext_lazy("Coûts à partager")),
            ("emplois", gettext_lazy("Emplois partagés")),
            ("locaux", gettext_lazy("Locaux")),
        ),
    ),
    (
        gettext_lazy("Projets"),
        (
            ("strategie", gettext_lazy("Stratégie")),
            ("projets", gettext_lazy("Projets communs")),
            ("activites", gettext_lazy("Activités")),
            ("besoins", gettext_lazy("Besoins et ressources")),
        ),
    ),
    (
        gettext_lazy("Économie"),
        (
            ("economie", gettext_lazy("Trois niveaux")),
            ("previsions", gettext_lazy("Trésorerie")),
            ("cotisations", gettext_lazy("Cotisations")),
            ("factures", gettext_lazy("Factures et banque")),
            ("commerce", gettext_lazy("Commerce")),
            ("compensations", gettext_lazy("Compensations")),
            ("contributions", gettext_lazy("Dons et bénévolat")),
            ("comparer", gettext_lazy("Se comparer")),
            ("mon-bilan", gettext_lazy("Mon bilan")),
        ),
    ),
    (
        gettext_lazy("Résultats"),
        (
            ("indicateurs", gettext_lazy("Indicateurs")),
            ("rapports", gettext_lazy("Rapports annuels")),
            ("arbre", gettext_lazy("Arbre du pôle")),
        ),
    ),
    (
        gettext_lazy("Livre et documents"),
        (
            ("livre", gettext_lazy("Livre des échanges")),
            ("heures", gettext_lazy("Heures")),
            ("documents", gettext_lazy("Documents")),
            ("chercher", gettext_lazy("Chercher")),
        ),
    ),
)

#: Pages that stand under another in the navigation.
_UNDER: Final[Mapping[str, str]] = {"banque": "factures", "services": "factures"}


@dataclass(frozen=True, slots=True)
class Workspace:
    """A pole as one of its people works in it on a day. ``runs``: they animate it, and it lives."""

    pole: Pole
    user: User
    standing: Standing
    today: date
    runs: bool

    @property
    def slug(self) -> str:
        """The address of the pole."""
        return self.pole.slug

    @property
    def home(self) -> str:
        """The French address of the workspace."""
        return f"/poles/{self.pole.slug}/espace/"

    def may_speak_for(self, actor: UUID) -> bool:
        """Say whether the person may write in the name of an actor of the pole."""
        return self.runs or actor in self.standing.speaks_for


class Tone(StrEnum):
    """How pressing something is."""

    LATE = "late"
    NOW = "now"
    SOON = "soon"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that waits for a person: a whole sentence, the French address where it is done."""

    kind: str
    title: str
    path: str
    on: date | None = None
    tone: str = Tone.INFO.value
    detail: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """One thing that a pole shows to everybody. ``path`` is a French public address, when it has a page."""

    section: str
    title: str
    text: str = ""
    on: date | None = None
    path: str = ""
    meta: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Born:
    """What was born of a pole, for its tree (R-156); ``parent`` is the key of what it was born of."""

    key: str
    kind: str
    title: str
    on: date | None = None
    until: date | None = None
    parent: str = ""
    path: str = ""
    note: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Said:
    """A figure of the year, with its unit and how it was found."""

    code: str
    label: str
    value: int | Decimal | Euro | None
    unit: str = ""
    path: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Something of the workspace that answers a search."""

    title: str
    path: str
    extract: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Link:
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class _Group:
    label: str
    href: str
    current: bool
    links: tuple[_Link, ...] = field(default_factory=tuple)


def enter(request: HttpRequest, slug: str, *, run: bool = False, verb: str = "workspace.enter") -> Workspace:
    """Fetch the pole and let its people pass, those who animate it alone when ``run``.

    Raises ``NotFoundError`` for an unknown pole and for who is not of it, ``RefusedError`` (403, counted in
    the journal) for who is of the pole and does not animate it.
    """
    return of_person(request.user, slug, run=run, verb=verb)


def of_person(
    user: Any, slug: str, *, run: bool = False, verb: str = "workspace.enter", on: date | None = None
) -> Workspace:
    """Do as ``enter`` for a person known otherwise than by a page: by the key of a calendar."""
    day = on or timezone.localdate()
    pole = Pole.objects.select_related("actor__subject").filter(slug=slug).first()
    found = standing(user, pole, on=day) if pole is not None else Standing()
    if pole is None or not found or not isinstance(user, User):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    subject = pole.actor.subject
    living = subject.closed_at is None and subject.merged_into_id is None
    ws = Workspace(pole, user, found, day, runs=found.animates and living)
    if run:
        require_run(ws, verb=verb)
    return ws


def require_run(ws: Workspace, *, verb: str) -> None:
    """Refuse, and count the refusal, when the person does not animate the pole."""
    if not ws.runs:
        reason = (
            _("Cette fiche est fermée ou fusionnée avec une autre.")
            if ws.standing.animates
            else _("Il faut animer ce pôle pour faire cela.")
        )
        _refuse(ws, reason, verb=verb)


def require_voice(ws: Workspace, actor: UUID, *, verb: str) -> None:
    """Refuse, and count the refusal, when the person may not write in the name of an actor of the pole."""
    if not ws.may_speak_for(actor):
        _refuse(ws, _("Il faut appartenir à cette organisation, ou animer le pôle."), verb=verb)


def show(
    request: HttpRequest, ws: Workspace, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw a page of the workspace: the pole, its sections, and nothing kept by caches."""
    whole = {"ws": ws, "pole": ws.pole, "sections": sections(request, ws), **context}
    response = render(request, template, whole, status=status)
    add_never_cache_headers(response)
    return response


def refused(form: forms.BaseForm, error: DomainError, names: Mapping[str, str] | None = None) -> None:
    """Put a refusal beside the field that it names (``names``: fact → field), else above the form."""
    asked = str(error.facts.get("field", ""))
    asked = (names or {}).get(asked, asked)
    form.add_error(asked if asked in form.fields else None, str(error.message))


def sections(request: HttpRequest, ws: Workspace) -> list[_Group]:
    """Return the groups of the workspace, the one where the page stands with its links."""
    here = _here(request.path, ws)
    prefix = "/en" if (get_language() or "fr").startswith("en") else ""
    groups = []
    for label, pages in SECTIONS:
        links = tuple(
            _Link(str(name), f"{prefix}{ws.home}{part}/" if part else f"{prefix}{ws.home}", part == here)
            for part, name in pages
        )
        current = any(link.current for link in links)
        groups.append(_Group(str(label), links[0].href, current, links if len(links) > 1 else ()))
    return groups


def _here(path: str, ws: Workspace) -> str:
    """Return the first part of the address after ``espace/``, or the page it stands under."""
    first = path.partition(ws.home)[2].partition("/")[0]
    return _UNDER.get(first, first)


def _refuse(ws: Workspace, reason: str, *, verb: str) -> None:
    refuse(ws.pole.actor.subject, verb, by=ws.user, reason=reason)
    raise RefusedError("not_animator", reason)
