"""What this room holds of people: who asked, found, decided, keeps a label; by identifier alone."""

from typing import Any

from django.utils import timezone

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.labels.models import Advantage, Finding, Keeper, LabelDecision, LabelRequest, PlanStep


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person as their author."""
    return {
        "roles_label": rows(
            Keeper.objects.filter(user=user), "scheme__slug", "role", "valid_from", "valid_to"
        ),
        "demandes_label": rows(
            LabelRequest.objects.filter(requested_by=user), "scheme__slug", "number", "words", "requested_at"
        ),
        "constats_label": rows(
            Finding.objects.filter(by=user), "request__number", "criterion", "answer", "words", "at"
        ),
        "decisions_label": rows(
            LabelDecision.objects.filter(by=user), "request__number", "verb", "reason", "on", "at"
        ),
        "plans_label": rows(PlanStep.objects.filter(by=user), "request__number", "text", "due_on", "done_on"),
        "avantages_label": rows(
            Advantage.objects.filter(by=user), "request__number", "actor__name", "legal_basis", "at"
        ),
    }


def erase(user: User) -> None:
    """Keep what was decided, under an identifier that names nobody any more; roles end."""
    today = timezone.localdate()
    Keeper.objects.filter(user=user, valid_from__gt=today).delete()
    Keeper.objects.filter(user=user, valid_to=None).update(valid_to=today)
