"""Words of the room: kinds of questions, what an answer lacks, phases of a call, roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from terreau.calls.models import Role

#: Codes of ``form_rules.missing`` and ``answer_rules.wrong``.
MISSING: Final[Mapping[str, Any]] = {
    "empty": _("cette réponse est attendue"),
    "not_declared": _("il faut cocher cette déclaration"),
    "wrong_kind": _("cette réponse ne se lit pas"),
    "too_long": _("ce texte est trop long"),
    "too_small": _("ce nombre est trop petit"),
    "too_big": _("ce nombre est trop grand"),
    "too_many": _("il y a trop de lignes ou de choix"),
    "too_few": _("il manque des lignes"),
    "unknown_option": _("cette réponse n'est pas de celles proposées"),
    "row_incomplete": _("une ligne est incomplète"),
    "unbalanced": _("les dépenses et les ressources ne sont pas égales"),
}
#: Why an answer is not carried to the next form.
LOST: Final[Mapping[str, Any]] = {
    "removed": _("la question n'est plus posée"),
    "kind": _("la question n'attend plus la même sorte de réponse"),
    "wrong_kind": _("la réponse ne se lit plus"),
    "unknown_option": _("la réponse n'est plus proposée"),
}
KINDS: Final[Mapping[str, Any]] = {
    "text": _("texte court"),
    "long_text": _("texte long"),
    "integer": _("nombre entier"),
    "number": _("nombre à décimales"),
    "euro": _("montant en euros"),
    "date": _("date"),
    "yes_no": _("oui ou non"),
    "choice": _("un choix"),
    "choices": _("plusieurs choix"),
    "file": _("fichiers"),
    "actor": _("une organisation"),
    "members": _("liste de membres"),
    "perimeter": _("périmètre"),
    "budget": _("budget équilibré"),
    "financing": _("plan de cofinancement"),
    "table": _("tableau"),
    "grid": _("grille d'éligibilité"),
    "declaration": _("déclaration à cocher"),
}
OPS: Final[Mapping[str, Any]] = {
    "eq": _("est égale à"),
    "ne": _("est différente de"),
    "in": _("est l'une de ces valeurs"),
    "contains": _("contient ceci :"),
    "at_least": _("est au moins"),
    "at_most": _("est au plus"),
    "filled": _("est remplie"),
    "in_zone": _("touche ce territoire"),
}
PHASES: Final[Mapping[str, tuple[Any, str]]] = {
    "draft": (_("brouillon"), "clay"),
    "announced": (_("à venir"), "ochre"),
    "open": (_("ouvert"), "moss"),
    "closed": (_("clos"), "plain"),
    "decided": (_("décidé"), "slate"),
    "archived": (_("archivé"), "plain"),
}
STAGES: Final[Mapping[str, Any]] = {
    "region": _("instruction régionale"),
    "national": _("instruction nationale"),
    "committee": _("comité"),
}
OPINIONS: Final[Mapping[str, Any]] = {
    "none": _("pas d'avis"),
    "asked": _("avis demandé"),
    "mandatory": _("avis obligatoire"),
}
RANKINGS: Final[Mapping[str, Any]] = {
    "score": _("par note"),
    "opinion": _("par avis"),
    "instructed": _("chaque dossier pour lui-même"),
}
TIES: Final[Mapping[str, Any]] = {
    "asked": _("le comité tranche"),
    "deposit": _("le premier déposé"),
    "draw": _("tirage au sort, graine publiée avant"),
}
CHANNELS: Final[Mapping[str, Any]] = {
    "online": _("en ligne"),
    "paper": _("sur papier"),
    "email": _("par courriel"),
}
#: What each role does, in a sentence.
ROLES: Final[Mapping[str, Any]] = {
    Role.Kind.OWNER.value: _("Construit l'appel, nomme les personnes, publie."),
    Role.Kind.OFFICER.value: _("Instruit les dossiers, partout ou dans une région."),
    Role.Kind.REVIEWER.value: _("Note et commente les dossiers qui lui sont confiés."),
    Role.Kind.COMMITTEE.value: _("Classe et décide avec le comité."),
    Role.Kind.SPONSOR.value: _("Donne l'avis d'un financeur."),
    Role.Kind.AUDITOR.value: _("Lit tout, ne change rien."),
}


def said(row: Any, name: str) -> str:
    """Return a text of a row (model or mapping) in the language of the page, else in French."""
    read = row.get if isinstance(row, Mapping) else lambda key: getattr(row, key, "")
    if (get_language() or "fr").startswith("en") and (english := read(f"{name}_en")):
        return str(english)
    return str(read(name) or "")
