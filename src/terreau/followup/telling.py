"""What people are told of the follow-up of a file: its team, and who instructs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.calls.models import Role
from terreau.dossiers.models import Dossier
from terreau.dossiers.perms import people_of
from terreau.notices.actions import tell

WORDS: Final[Mapping[str, Any]] = {
    "asked": gettext_lazy("Un rapport est demandé pour « {dossier} » : {name}."),
    "dropped": gettext_lazy("Un rapport n'est plus demandé pour « {dossier} » : {name}."),
    "returned": gettext_lazy("Un rapport est à compléter pour « {dossier} » : {name}."),
    "accepted": gettext_lazy("Un rapport est accepté pour « {dossier} » : {name}."),
    "sent": gettext_lazy("Un rapport est arrivé pour « {dossier} » : {name}."),
    "soon": gettext_lazy("Un rapport est attendu bientôt pour « {dossier} » : {name}."),
    "late": gettext_lazy("Un rapport est en retard pour « {dossier} » : {name}."),
    "meeting": gettext_lazy("Une réunion de suivi est prévue pour « {dossier} »."),
    "minutes": gettext_lazy("Le compte rendu d'une réunion de « {dossier} » est écrit."),
    "evaluation": gettext_lazy("L'évaluation partagée de « {dossier} » est ouverte."),
    "to_sign": gettext_lazy("La conclusion de « {dossier} » est signée par l'autre partie : à vous."),
    "concluded": gettext_lazy("L'évaluation partagée de « {dossier} » est conclue."),
}
_EVALUATION: Final = frozenset({"evaluation", "to_sign", "concluded"})


def tell_team(
    dossier: Dossier, what: str, *, name: str = "", by: User | None = None, dedupe: str = ""
) -> None:
    """Tell the people of a file, but not who did it."""
    _tell(people_of(dossier), dossier, what, name, by, dedupe)


def tell_officers(
    dossier: Dossier, what: str, *, name: str = "", by: User | None = None, dedupe: str = ""
) -> None:
    """Tell who instructs the file: its officers, those of its region first, else who owns the call."""
    _tell(officers_of(dossier), dossier, what, name, by, dedupe)


def officers_of(dossier: Dossier) -> list[User]:
    """Return who instructs a file today: two queries."""
    call = Q(call=dossier.call_id) | Q(programme=dossier.call.programme_id)
    rows = Role.objects.held_on(timezone.localdate()).filter(call)
    officers = rows.filter(Q(zone=None) | Q(zone=dossier.zone_id), role=Role.Kind.OFFICER)
    people = User.objects.filter(is_active=True, erased_at=None)
    found = list(people.filter(pk__in=officers.values("user")).order_by("pk"))
    return found or list(
        people.filter(pk__in=rows.filter(role=Role.Kind.OWNER).values("user")).order_by("pk")
    )


def _tell(  # noqa: PLR0913, PLR0917 - what each message has
    people: list[User], dossier: Dossier, what: str, name: str, by: User | None, dedupe: str
) -> None:
    words = format_lazy(WORDS[what], dossier=dossier.name, name=name)
    page = "evaluation" if what in _EVALUATION else "suivi"
    for user in people:
        if by is None or user.pk != by.pk:
            path = f"/dossiers/{dossier.pk}/{page}/"
            tell(user, "followup", words, subject=dossier.subject, path=path, dedupe=dedupe)
