"""What changed in a pole since somebody last looked, in words, one line by kind of change.

The journal holds what the rooms wrote; here it is counted by verb and said with the page where it is seen.
What the person did is no news to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Max
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.journal.models import Event
from terreau.poles.workspace import Workspace
from terreau.sheets.purposes import Purpose

#: A verb of the journal → what people read, and the page of the workspace where it is seen.
_SAID: Final[dict[str, tuple[Any, str]]] = {
    "meeting.convened": (gettext_lazy("Séance convoquée"), "seances"),
    "meeting.changed": (gettext_lazy("Séance déplacée ou changée"), "seances"),
    "meeting.held": (gettext_lazy("Séance tenue"), "seances"),
    "meeting.cancelled": (gettext_lazy("Séance annulée"), "seances"),
    "minutes.frozen": (gettext_lazy("Compte rendu établi"), "seances"),
    "minutes.signed": (gettext_lazy("Compte rendu signé"), "seances"),
    "ballot.opened": (gettext_lazy("Scrutin ouvert"), "decisions"),
    "ballot.closed": (gettext_lazy("Scrutin clos"), "decisions"),
    "decision.proposed": (gettext_lazy("Décision proposée"), "decisions"),
    "decision.settled": (gettext_lazy("Décision prise"), "decisions"),
    "admission.asked": (gettext_lazy("Demande d'adhésion reçue"), "adhesions"),
    "admission.moved": (gettext_lazy("Demande d'adhésion avancée"), "adhesions"),
    "pole.member_added": (gettext_lazy("Membre ajouté"), "membres"),
    "pole.member_ended": (gettext_lazy("Fin d'une adhésion"), "membres"),
    "booking.made": (gettext_lazy("Réservation prise"), "moyens"),
    "booking.cancelled": (gettext_lazy("Réservation annulée"), "moyens"),
    "booking.accepted": (gettext_lazy("Réservation acceptée"), "moyens"),
    "booking.refused": (gettext_lazy("Réservation refusée"), "moyens"),
    "means.offered": (gettext_lazy("Moyen mis en partage"), "moyens"),
    "cost.shared": (gettext_lazy("Coût partagé"), "couts"),
    "flow.recorded": (gettext_lazy("Lignes écrites au livre"), "livre"),
    "flow.reversed": (gettext_lazy("Ligne du livre corrigée"), "livre"),
    "flow.period_closed": (gettext_lazy("Période du livre close"), "livre/cloture"),
    "document.filed": (gettext_lazy("Document déposé"), "documents"),
    "document.renewed": (gettext_lazy("Nouvelle version d'un document"), "documents"),
    "tender.shared": (gettext_lazy("Appel d'offres signalé"), "marches"),
    "tender.moved": (gettext_lazy("Appel d'offres avancé"), "marches"),
    "purchase.begun": (gettext_lazy("Achat groupé lancé"), "achats"),
    "cooperation.begun": (gettext_lazy("Coopération commencée"), "cooperations"),
    "indicator.round_opened": (gettext_lazy("Tour annuel des indicateurs ouvert"), "indicateurs"),
    "report.published": (gettext_lazy("Rapport annuel publié"), "rapports"),
}
#: The first word of a verb that has no sentence of its own.
_NOUNS: Final[dict[str, tuple[Any, str]]] = {
    "governance": (gettext_lazy("Gouvernance modifiée"), "gouvernance"),
    "meeting": (gettext_lazy("Séance préparée"), "seances"),
    "minutes": (gettext_lazy("Compte rendu avancé"), "seances"),
    "ballot": (gettext_lazy("Scrutin avancé"), "decisions"),
    "objection": (gettext_lazy("Objection entendue"), "decisions"),
    "decision": (gettext_lazy("Décision modifiée"), "decisions"),
    "admission": (gettext_lazy("Demande d'adhésion modifiée"), "adhesions"),
    "consent": (gettext_lazy("Partage de données modifié"), "consentements"),
    "statute": (gettext_lazy("Statuts ou règlement déposés"), "statuts"),
    "booking": (gettext_lazy("Réservation modifiée"), "moyens"),
    "means": (gettext_lazy("Moyen partagé modifié"), "moyens"),
    "cost": (gettext_lazy("Partage d'un coût modifié"), "couts"),
    "job": (gettext_lazy("Emploi partagé modifié"), "emplois"),
    "premises": (gettext_lazy("Locaux modifiés"), "locaux"),
    "works": (gettext_lazy("Travaux prévus"), "locaux"),
    "space_need": (gettext_lazy("Besoin de locaux"), "locaux"),
    "cooperation": (gettext_lazy("Coopération modifiée"), "cooperations"),
    "financing": (gettext_lazy("Coopération financière modifiée"), "cooperations"),
    "stream": (gettext_lazy("Flux de matières modifié"), "matieres"),
    "tender": (gettext_lazy("Appel d'offres modifié"), "marches"),
    "watch": (gettext_lazy("Veille modifiée"), "marches"),
    "purchase": (gettext_lazy("Achat groupé modifié"), "achats"),
    "offering": (gettext_lazy("Catalogue modifié"), "offres"),
    "skill": (gettext_lazy("Compétence ou échange modifié"), "competences"),
    "strategy": (gettext_lazy("Stratégie modifiée"), "strategie"),
    "project": (gettext_lazy("Projet commun modifié"), "projets"),
    "task": (gettext_lazy("Tâche modifiée"), "projets"),
    "activity": (gettext_lazy("Activité modifiée"), "activites"),
    "need": (gettext_lazy("Besoin ou ressource modifié"), "besoins"),
    "indicator": (gettext_lazy("Indicateur modifié"), "indicateurs"),
    "report": (gettext_lazy("Rapport annuel modifié"), "rapports"),
    "document": (gettext_lazy("Document modifié"), "documents"),
    "netting": (gettext_lazy("Compensation avancée"), "compensations"),
    "flow": (gettext_lazy("Livre modifié"), "livre"),
    "fact": (gettext_lazy("Fiche du pôle complétée"), ""),
    "pole": (gettext_lazy("Fiche du pôle modifiée"), ""),
    "actor": (gettext_lazy("Identité du pôle modifiée"), ""),
    "perimeter": (gettext_lazy("Périmètre décrit"), ""),
}


@dataclass(frozen=True, slots=True)
class News:
    """A kind of change: what, how many times, when last, where it is seen (French address)."""

    title: str
    count: int
    at: datetime
    path: str


def since(ws: Workspace, moment: datetime, named: dict[Any, Purpose], *, most: int = 12) -> list[News]:
    """Return what others changed in the workspace after an instant, the latest first; one query.

    ``named``: what the workspace holds (``purposes.of_pole``), whose events count as those of the pole.
    """
    rows = (
        Event.objects.filter(subject__in=[ws.pole.pk, *named], at__gt=moment)
        .exclude(by=ws.user.pk)
        .order_by()
        .values("verb")
        .annotate(times=Count("pk"), last=Max("at"))
    )
    found: dict[tuple[str, str], News] = {}
    for row in rows:
        title, path = _words(row["verb"], ws)
        if not title:
            continue
        before = found.get((title, path))
        count = row["times"] + (before.count if before else 0)
        last = max(row["last"], before.at) if before else row["last"]
        found[title, path] = News(title, count, last, path)
    return sorted(found.values(), key=lambda one: one.at, reverse=True)[:most]


def _words(verb: str, ws: Workspace) -> tuple[str, str]:
    """Return the words of a verb and its address; nothing for what is of the account, not of the work."""
    noun = verb.partition(".")[0]
    said, page = _SAID.get(verb) or _NOUNS.get(noun) or ("", "")
    words = str(said) if isinstance(said, Promise) else _(said) if said else ""
    if not page:
        return words, f"/poles/{ws.slug}/historique/"
    return words, f"{ws.home}{page}/"
