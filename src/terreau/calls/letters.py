"""Templates of the letters of a call, by event, and what may be put in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

#: When a letter leaves.
EVENTS: Final[Mapping[str, Any]] = {
    "received": _("dossier reçu"),
    "admissible": _("dossier recevable"),
    "inadmissible": _("dossier irrecevable"),
    "complements": _("compléments demandés"),
    "laureate": _("lauréat"),
    "reserve": _("liste complémentaire"),
    "refused": _("non retenu"),
    "agreement": _("convention à signer"),
    "reminder": _("rappel d'une échéance"),
}
#: What a letter may name, between braces.
PLACES: Final[Mapping[str, Any]] = {
    "dossier": _("numéro du dossier"),
    "titre": _("titre du dossier"),
    "candidat": _("nom du candidat"),
    "appel": _("titre de l'appel"),
    "porteur": _("porteur du programme"),
    "motif": _("motif de la décision"),
    "delai": _("date limite"),
    "montant": _("montant accordé"),
    "demande": _("ce qui est demandé"),
    "adresse": _("adresse du dossier"),
}
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
LONGEST_SUBJECT, LONGEST_BODY = 150, 6_000

#: What a call without templates sends. In French: letters to applicants are in the language of the call.
DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "received": {
        "subject": "Dossier {dossier} reçu",
        "body": "Bonjour,\n\nVotre dossier « {titre} » pour l'appel « {appel} » est reçu sous le numéro "
        "{dossier}.\nVous pouvez le suivre ici : {adresse}\n\n{porteur}",
    },
    "admissible": {
        "subject": "Dossier {dossier} recevable",
        "body": "Bonjour,\n\nVotre dossier « {titre} » est recevable : il va être instruit.\n\n{porteur}",
    },
    "inadmissible": {
        "subject": "Dossier {dossier} irrecevable",
        "body": "Bonjour,\n\nVotre dossier « {titre} » n'est pas recevable, pour cette raison :\n{motif}\n\n"
        "Vous gardez votre place au registre des pôles.\n\n{porteur}",
    },
    "complements": {
        "subject": "Dossier {dossier} : compléments demandés",
        "body": "Bonjour,\n\nPour instruire votre dossier « {titre} », il nous manque :\n{demande}\n\n"
        "Répondez avant le {delai} : {adresse}\n\n{porteur}",
    },
    "laureate": {
        "subject": "Dossier {dossier} : lauréat",
        "body": "Bonjour,\n\nVotre projet « {titre} » est lauréat de l'appel « {appel} ».\n"
        "Montant accordé : {montant}.\n{motif}\n\n{porteur}",
    },
    "reserve": {
        "subject": "Dossier {dossier} : liste complémentaire",
        "body": "Bonjour,\n\nVotre projet « {titre} » est sur la liste complémentaire :\n{motif}\n\n"
        "{porteur}",
    },
    "refused": {
        "subject": "Dossier {dossier} : non retenu",
        "body": "Bonjour,\n\nVotre projet « {titre} » n'est pas retenu à cet appel, pour ces raisons :\n"
        "{motif}\n\n"
        "Être ou non lauréat ne dit pas si vous êtes un pôle : vous gardez votre place au registre.\n\n"
        "{porteur}",
    },
    "agreement": {
        "subject": "Dossier {dossier} : convention à signer",
        "body": "Bonjour,\n\nLa convention de votre projet « {titre} » est à signer avant le {delai} : "
        "{adresse}\n\n{porteur}",
    },
    "reminder": {
        "subject": "Dossier {dossier} : échéance le {delai}",
        "body": "Bonjour,\n\nPour votre dossier « {titre} », il est attendu avant le {delai} :\n{demande}\n\n"
        "{adresse}\n\n{porteur}",
    },
}


def template(letters: Mapping[str, Any], event: str) -> Mapping[str, str]:
    """Return ``{"subject", "body"}`` for an event: those of the call, else those that come with Terreau."""
    found: Mapping[str, str] = letters.get(event) or DEFAULTS[event]
    return found


def unknown_places(text: str) -> list[str]:
    """Return what stands between braces and means nothing, in its order."""
    return [name for name in dict.fromkeys(_PLACE.findall(text)) if name not in PLACES]


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its places filled; one that is not given is left blank."""
    return _PLACE.sub(lambda found: str(values.get(found.group(1), "")), text)
