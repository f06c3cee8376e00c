"""What this room holds of people: who wrote, issued, settled or matched, by identifier alone."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.billing.models import (
    BankStatement,
    BankUse,
    Charge,
    CommissionRule,
    Invoice,
    PriceRule,
    Settlement,
)


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person as their author."""
    return {
        "factures_ecrites": rows(
            Invoice.objects.filter(by=user), "pole__slug", "number", "kind", "state", "created_at"
        ),
        "factures_emises": rows(Invoice.objects.filter(issued_by=user), "pole__slug", "number", "issued_at"),
        "reglements": rows(Settlement.objects.filter(by=user), "invoice__number", "cents", "on", "how", "at"),
        "releves": rows(
            BankStatement.objects.filter(by=user), "account__name", "name", "first", "last", "at"
        ),
        "pointages": rows(BankUse.objects.filter(by=user), "cents", "why", "at"),
        "services": rows(Charge.objects.filter(by=user), "label", "on", "at"),
        "prix": rows(PriceRule.objects.filter(by=user), "label", "valid_from", "valid_to"),
        "commissions": rows(CommissionRule.objects.filter(by=user), "label", "valid_from", "valid_to"),
    }


def erase(user: User) -> None:
    """Keep the rows: they engaged organisations, and hold an identifier that names nobody any more."""
