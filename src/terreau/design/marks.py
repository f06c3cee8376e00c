"""How sure a datum is: five marks, their words and what they mean."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from terreau.design.icons import provenance_svg


@dataclass(frozen=True, slots=True)
class Mark:
    """A status, its word and its meaning."""

    status: str
    word: str | Promise
    meaning: str | Promise

    @property
    def svg(self) -> SafeString:
        """Return the drawing, empty for a status that has none."""
        return mark_safe(provenance_svg(self.status) if self.status in MARKS else "")  # noqa: S308


MARKS: dict[str, Mark] = {
    mark.status: mark
    for mark in (
        Mark("verifie", _("vérifié"), _("contrôlé par une personne tierce")),
        Mark("justifie", _("justifié"), _("appuyé par une pièce")),
        Mark("declare", _("déclaré"), _("dit par l'intéressé ou par un document, sans contrôle")),
        Mark("calcule", _("calculé"), _("obtenu par un calcul à partir d'autres données")),
        Mark("estime", _("estimé"), _("ordre de grandeur, sans mesure")),
    )
}


def unknown_mark(status: str) -> Mark:
    """Return a mark for a status that is not one of the five: its word is the status itself."""
    return Mark(status, status or _("source"), "")
