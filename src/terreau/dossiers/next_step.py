"""What the people of a file do next: one sentence, one button (R-73). The same for the page and the lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.calls import form_rules
from terreau.calls.read import current_form
from terreau.dossiers import sign_off, states
from terreau.dossiers.deadline import Taken, paris, takes
from terreau.dossiers.models import Dossier, Transition

#: Where the rooms above show what follows, by state.
_AFTER = {
    states.LAUREATE: "financement/",
    states.AGREEMENT: "convention/",
    states.RUNNING: "suivi/",
    states.EVALUATION: "evaluation/",
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do now: a title, a sentence, the French address where it is done, what the button says."""

    title: str
    text: str = ""
    path: str = ""
    act: str = ""
    tone: str = "moss"


def of(
    dossier: Dossier, values: dict[str, Any], *, lead: bool, writes: bool, now: datetime | None = None
) -> NextStep:
    """Return the next step of a file for somebody of its team. ``values``: its answers."""
    at = now or timezone.now()
    if dossier.state == states.DRAFT:
        return _draft(dossier, values, takes(dossier.call, at), lead=lead, writes=writes)
    if dossier.state == states.COMPLEMENTS:
        text = _last_reason(dossier, "ask")
        title = _("Répondez aux compléments demandés")
        return NextStep(title, text, f"/dossiers/{dossier.pk}/echanges/", _("Voir la demande"), "ochre")
    return _told(dossier)


def _draft(dossier: Dossier, values: dict[str, Any], taken: Taken, *, lead: bool, writes: bool) -> NextStep:
    if not taken.ok:
        return NextStep(_("Ce dossier ne peut plus être déposé"), taken.reason, tone="clay")
    lacking = form_rules.missing(dossier.form.content, values)
    until = closing(dossier)
    if lacking:
        words = ngettext("Il reste une réponse à donner", "Il reste %(n)d réponses à donner", len(lacking))
        path = reverse("dossier_write", args=[dossier.pk, lacking[0].page])
        return NextStep(
            words % {"n": len(lacking)}, until, f"{path}#q-{lacking[0].key}", _("Continuer à écrire")
        )
    newest = current_form(dossier.call)
    if newest is not None and newest.pk != dossier.form_id and writes:
        return NextStep(
            _("Le formulaire de l'appel a changé"), _("Vos réponses y sont reprises."), tone="ochre"
        )
    if unsigned := sign_off.lacking(dossier):
        names = ", ".join(one.actor.name for one in unsigned)
        path = f"/dossiers/{dossier.pk}/signatures/"
        return NextStep(_("Il reste à signer"), names, path, _("Voir les signatures"), "ochre")
    if not lead:
        return NextStep(_("Le dossier est complet"), _("Qui le mène peut le déposer.") + " " + until)
    path = reverse("dossier_deposit", args=[dossier.pk])
    return NextStep(_("Le dossier est complet : déposez-le"), until, path, _("Relire et déposer"))


def _told(dossier: Dossier) -> NextStep:
    """Return what happens when there is nothing to do, or where the room above goes on."""
    text = {
        states.DEPOSITED: _("Votre dossier est reçu. La prochaine nouvelle vient de l'instruction."),
        states.ADMISSIBLE: _("Votre dossier est recevable : il est instruit."),
        states.REGION: _("Votre dossier est lu par la région."),
        states.NATIONAL: _("Votre dossier est lu au niveau national."),
        states.COMMITTEE: _("Votre dossier passe au comité."),
        states.RESERVE: _(
            "Votre dossier est sur la liste complémentaire : il sera retenu si un autre se retire."
        ),
        states.LAUREATE: _("Votre dossier est retenu. Précisez votre plan de financement."),
        states.AGREEMENT: _("Votre convention se prépare."),
        states.RUNNING: _("L'action est en cours. Ce qui est à rendre est dans le suivi."),
        states.EVALUATION: _("L'évaluation partagée est ouverte."),
        states.CLOSED: _("L'action est finie et soldée."),
    }.get(dossier.state, "") or _last_reason(dossier, *_WHY.get(dossier.state, ()))
    path = _AFTER.get(dossier.state, "")
    where = f"/dossiers/{dossier.pk}/{path}" if path else ""
    tone = "clay" if dossier.state in _WHY else "slate"
    return NextStep(
        str(dossier.get_state_display()).capitalize(), text, where, _("Y aller") if where else "", tone
    )


_WHY = {
    states.REFUSED: ("refuse",),
    states.INADMISSIBLE: ("reject",),
    states.ENDED: ("end",),
    states.WITHDRAWN: ("withdraw",),
}


def _last_reason(dossier: Dossier, *verbs: str) -> str:
    rows = Transition.objects.filter(dossier=dossier, verb__in=verbs).order_by("-id")
    return rows.values_list("reason", flat=True).first() or ""


def closing(dossier: Dossier) -> str:
    """Return until when the file may be deposited, to the second."""
    at = dossier.call.closes_at
    if at is None:
        return _("Cet appel n'a pas de date de clôture.")
    return _("À déposer jusqu'au %(when)s.") % {"when": paris(at)}
