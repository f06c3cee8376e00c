"""What people are told of labels: the pole that asks, those who keep the label."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.labels import perms
from terreau.labels.models import LabelRequest
from terreau.notices.actions import tell

#: What the pole reads when its request moves.
TO_POLE: Final[Mapping[str, Any]] = {
    "take": gettext_lazy("La demande du label {label} pour « {pole} » est en instruction."),
    "grant": gettext_lazy("Le label {label} est accordé à « {pole} » : le certificat vous attend."),
    "refuse": gettext_lazy("Le label {label} est refusé à « {pole} » : les motifs sont sur la page."),
    "suspend": gettext_lazy("Le label {label} de « {pole} » est suspendu : les motifs sont sur la page."),
    "reinstate": gettext_lazy("Le label {label} de « {pole} » n'est plus suspendu."),
    "withdraw": gettext_lazy("Le label {label} est retiré à « {pole} » : les motifs sont sur la page."),
    "renew": gettext_lazy("Le label {label} de « {pole} » est renouvelé."),
    "expire": gettext_lazy("Le label {label} de « {pole} » est arrivé à son terme."),
    "uphold": gettext_lazy("Le recours de « {pole} » sur le label {label} n'a pas abouti."),
    "overturn": gettext_lazy("Le recours de « {pole} » sur le label {label} a abouti."),
    "ending": gettext_lazy(
        "Le label {label} de « {pole} » se termine bientôt : demandez son renouvellement."
    ),
    "advantage": gettext_lazy("Un avantage ouvert par le label {label} à « {pole} » se termine bientôt."),
    "step": gettext_lazy("Une étape du plan de progrès de « {pole} » (label {label}) arrive à son jour."),
}
#: What those who keep the label read.
TO_KEEPERS: Final[Mapping[str, Any]] = {
    "ask": gettext_lazy("« {pole} » demande le label {label}."),
    "drop": gettext_lazy("« {pole} » abandonne sa demande du label {label}."),
    "appeal": gettext_lazy("« {pole} » conteste une décision sur le label {label}."),
    "advantage": gettext_lazy("Un avantage ouvert par le label {label} à « {pole} » se termine bientôt."),
}


def tell_pole(row: LabelRequest, what: str, *, by: User | None = None, dedupe: str) -> None:
    """Tell those who animate the pole."""
    path = f"/labels/{row.scheme.slug}/{row.number}/suivre/"
    _tell(perms.people_of(row.pole), row, TO_POLE[what], path, by, dedupe)


def tell_keepers(row: LabelRequest, what: str, *, on: date, by: User | None = None, dedupe: str) -> None:
    """Tell those who keep the label."""
    path = f"/labels/{row.scheme.slug}/instruire/{row.number}/"
    _tell(perms.keepers_of(row.scheme, on=on), row, TO_KEEPERS[what], path, by, dedupe)


def _tell(  # noqa: PLR0913, PLR0917 - what each message has
    people: list[User], row: LabelRequest, words: Any, path: str, by: User | None, dedupe: str
) -> None:
    said = format_lazy(words, label=row.scheme.name, pole=row.pole.actor.name)
    for user in people:
        if by is None or user.pk != by.pk:
            tell(user, "label", said, subject=row.pole.actor.subject, path=path, dedupe=dedupe)
