"""The first page of the workspace of a pole: what waits here, hours in one tap, a door to each section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from terreau.notices import rhythm
from terreau.poles.workspace import Workspace, enter, show
from terreau.sheets import changes, espace
from terreau.web import week_kept
from terreau.web.hours_pages import tapping


@dataclass(frozen=True, slots=True)
class Door:
    """A section: its name, its French address, what it holds, and for what."""

    label: str
    path: str
    count: str
    text: str


#: Page, name, how its count is said (count → words), and what it is for when it is empty.
_DOORS: tuple[tuple[str, Any, tuple[tuple[str, Any], ...], Any], ...] = (
    (
        "membres",
        gettext_lazy("Membres"),
        (
            ("members", ngettext_lazy("%(n)d membre", "%(n)d membres", "n")),
            ("admissions", ngettext_lazy("%(n)d demande en cours", "%(n)d demandes en cours", "n")),
        ),
        gettext_lazy("Qui en est, qui demande à entrer, ce que chacun partage."),
    ),
    (
        "seances",
        gettext_lazy("Gouvernance"),
        (
            ("meetings", ngettext_lazy("%(n)d séance", "%(n)d séances", "n")),
            ("decisions", ngettext_lazy("%(n)d décision", "%(n)d décisions", "n")),
        ),
        gettext_lazy("Instances, séances, votes, comptes rendus."),
    ),
    (
        "cooperations",
        gettext_lazy("Coopérations"),
        (("cooperations", ngettext_lazy("%(n)d coopération", "%(n)d coopérations", "n")),),
        gettext_lazy("Ce que les membres font ensemble, et le réseau qu'ils forment."),
    ),
    (
        "echanges",
        gettext_lazy("Échanges"),
        (
            ("offers", ngettext_lazy("%(n)d offre", "%(n)d offres", "n")),
            ("tenders", ngettext_lazy("%(n)d appel d'offres", "%(n)d appels d'offres", "n")),
            ("purchases", ngettext_lazy("%(n)d achat groupé", "%(n)d achats groupés", "n")),
        ),
        gettext_lazy("Catalogue, compétences, achats et réponses ensemble."),
    ),
    (
        "moyens",
        gettext_lazy("Moyens partagés"),
        (
            ("means", ngettext_lazy("%(n)d moyen", "%(n)d moyens", "n")),
            ("bookings", ngettext_lazy("%(n)d réservation à venir", "%(n)d réservations à venir", "n")),
        ),
        gettext_lazy("Salles, machines, véhicules, emplois, coûts à partager."),
    ),
    (
        "projets",
        gettext_lazy("Projets"),
        (
            ("projects", ngettext_lazy("%(n)d projet commun", "%(n)d projets communs", "n")),
            ("activities", ngettext_lazy("%(n)d activité", "%(n)d activités", "n")),
            ("needs", ngettext_lazy("%(n)d besoin ou ressource", "%(n)d besoins ou ressources", "n")),
        ),
        gettext_lazy("Stratégie, projets communs, activités, besoins."),
    ),
    (
        "economie",
        gettext_lazy("Économie"),
        (
            ("invoices", ngettext_lazy("%(n)d facture", "%(n)d factures", "n")),
            ("fundings", ngettext_lazy("%(n)d financement", "%(n)d financements", "n")),
        ),
        gettext_lazy("Trois niveaux, trésorerie, cotisations, factures, échanges entre membres."),
    ),
    (
        "indicateurs",
        gettext_lazy("Résultats"),
        (("indicators", ngettext_lazy("%(n)d indicateur", "%(n)d indicateurs", "n")),),
        gettext_lazy("Indicateurs, rapport de l'année, arbre du pôle."),
    ),
    (
        "livre",
        gettext_lazy("Livre et documents"),
        (
            ("lines", ngettext_lazy("%(n)d ligne", "%(n)d lignes", "n")),
            ("documents", ngettext_lazy("%(n)d document", "%(n)d documents", "n")),
        ),
        gettext_lazy("Ce qui passe de l'un à l'autre, les heures, les pièces."),
    ),
)


@require_safe
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    """What waits in this pole, and a door to each of its sections with what it holds."""
    ws = enter(request, slug)
    waits = week_kept.of([ws])
    held = waits.counts[ws.pole.pk]
    since = rhythm.seen_since(ws.user, now=timezone.now())
    context = {
        "week": waits.week,
        "doors": _doors(ws, held),
        "begun": held.begun,
        "news": changes.since(ws, since, week_kept.named(ws.pole)),
        "since": since,
        "several": False,
        **tapping(ws),
        "back": "espace",
    }
    return show(request, ws, "web/espace/dashboard.html", context)


def _doors(ws: Workspace, held: espace.Counts) -> list[Door]:
    found = []
    for page, label, counted, text in _DOORS:
        said = [str(words % {"n": held.found[name]}) for name, words in counted if held.found[name]]
        found.append(Door(str(label), f"{ws.home}{page}/", " · ".join(said), str(text)))
    return found
