"""Words of labels: what a certificate is worth, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from terreau.labels.models import LabelDecision, LabelRequest
from terreau.labels.rules import State, Worth

#: What a certificate is worth → what is said of it, and the colour of its badge.
_WORTH: Final[Mapping[Worth, tuple[Any, str]]] = {
    Worth.TO_COME: (pgettext_lazy("label", "à venir"), "slate"),
    Worth.VALID: (pgettext_lazy("label", "en vigueur"), "moss"),
    Worth.SUSPENDED: (pgettext_lazy("label", "suspendu"), "ochre"),
    Worth.WITHDRAWN: (pgettext_lazy("label", "retiré"), "clay"),
    Worth.EXPIRED: (pgettext_lazy("label", "arrivé à son terme"), "plain"),
    Worth.RENEWED: (pgettext_lazy("label", "remplacé par un renouvellement"), "slate"),
    Worth.NONE: (pgettext_lazy("label", "pas de label"), "plain"),
}
_STATE_TONES: Final[Mapping[str, str]] = {
    State.REQUESTED: "slate",
    State.INSTRUCTED: "slate",
    State.GRANTED: "moss",
    State.REFUSED: "clay",
    State.SUSPENDED: "ochre",
    State.WITHDRAWN: "clay",
    State.IN_APPEAL: "ochre",
}
#: What was done, as the log of a label says it.
DONE: Final[Mapping[str, Any]] = {
    "ask": gettext_lazy("Demande envoyée"),
    "take": gettext_lazy("Instruction commencée"),
    "drop": gettext_lazy("Demande abandonnée par le pôle"),
    "grant": gettext_lazy("Label accordé"),
    "refuse": gettext_lazy("Label refusé"),
    "suspend": gettext_lazy("Label suspendu"),
    "reinstate": gettext_lazy("Suspension levée"),
    "withdraw": gettext_lazy("Label retiré"),
    "renew": gettext_lazy("Label renouvelé"),
    "expire": gettext_lazy("Label arrivé à son terme"),
    "appeal": gettext_lazy("Recours du pôle"),
    "uphold": gettext_lazy("Recours examiné : la décision est maintenue"),
    "overturn": gettext_lazy("Recours examiné : la décision est annulée"),
}
#: What the button of a decision says, and what its page explains.
BUTTONS: Final[Mapping[str, tuple[Any, Any]]] = {
    "refuse": (
        gettext_lazy("Refuser le label"),
        gettext_lazy("Le pôle garde sa place au registre ; il lit vos motifs et peut contester."),
    ),
    "suspend": (
        gettext_lazy("Suspendre le label"),
        gettext_lazy("Qui vérifie le certificat lira « suspendu » dès maintenant."),
    ),
    "reinstate": (
        gettext_lazy("Lever la suspension"),
        gettext_lazy("Le label reprend jusqu'à son dernier jour, qui ne change pas."),
    ),
    "withdraw": (
        gettext_lazy("Retirer le label"),
        gettext_lazy("Qui vérifie le certificat lira « retiré » dès maintenant. Le pôle peut contester."),
    ),
    "uphold": (
        gettext_lazy("Maintenir la décision"),
        gettext_lazy("Le recours est clos ; la même décision ne se conteste pas deux fois."),
    ),
    "overturn": (
        gettext_lazy("Annuler la décision"),
        gettext_lazy("Le label reprend ; une demande refusée est instruite à nouveau."),
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A word and the colour of its badge."""

    label: str
    tone: str


def worth(value: Worth) -> Said:
    """Return what a certificate is worth, as a badge."""
    label, tone = _WORTH[value]
    return Said(str(label), tone)


def state(row: LabelRequest) -> Said:
    """Return the state of a request, as a badge."""
    return Said(str(row.get_state_display()), _STATE_TONES.get(row.state, "plain"))


def sentence(row: LabelRequest, on: date) -> str:
    """Return in one sentence, with its dates, what a passer-by must know of a label on a day."""
    first, last = (date_format(one) if one else "" for one in (row.valid_from, row.valid_to))
    since = date_format(row.decided_on) if row.decided_on else ""
    sentences = {
        Worth.VALID: _("Ce label est en vigueur : il vaut du %(first)s au %(last)s."),
        Worth.TO_COME: _("Ce label est accordé et vaudra du %(first)s au %(last)s."),
        Worth.SUSPENDED: _("Ce label est suspendu depuis le %(since)s : il ne vaut pas en ce moment."),
        Worth.WITHDRAWN: _("Ce label a été retiré le %(since)s : ce certificat ne vaut plus rien."),
        Worth.EXPIRED: _("Ce label est arrivé à son terme le %(last)s : ce certificat ne vaut plus."),
        Worth.RENEWED: _("Ce label est arrivé à son terme le %(last)s et a été renouvelé par un autre."),
    }
    words = sentences.get(row.worth(on), _("Ce numéro n'a pas reçu de label."))
    return words % {"first": first, "last": last, "since": since}


def done(decision: LabelDecision) -> str:
    """Return what a line of the log says."""
    return str(DONE.get(decision.verb, decision.verb))
