"""What this room holds of people: who prepared, signed, asked and paid, by identifier alone."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.agreements.models import (
    Agreement,
    AidStatement,
    FinancingLine,
    KnownAid,
    Noted,
    Payment,
    PaymentRequest,
    Recovery,
    Signature,
)


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person as their author."""
    requests = PaymentRequest.objects.filter(sent_by=user)
    checks = PaymentRequest.objects.filter(checked_by=user)
    return {
        "cofinancements": rows(FinancingLine.objects.filter(by=user), "funder_name", "cents", "at"),
        "aides_notees": rows(KnownAid.objects.filter(by=user), "giver_name", "cents", "source", "at"),
        "declarations": rows(AidStatement.objects.filter(by=user), "complete", "shares_forecast", "at"),
        "conventions": rows(Agreement.objects.filter(by=user), "number", "made_at"),
        "signatures": rows(Signature.objects.filter(by=user), "signatory__name", "sha256", "how", "at"),
        "demandes": rows(requests, "agreement__number", "number", "cents", "sent_at", "note"),
        "verifications": rows(checks, "agreement__number", "number", "checked_at", "why"),
        "versements": rows(Payment.objects.filter(by=user), "cents", "paid_on", "reference", "at"),
        "reversements": rows(Recovery.objects.filter(by=user), "cents", "reason", "asked_on"),
        "notes_au_pole": rows(Noted.objects.filter(by=user), "payment__reference", "at"),
    }


def erase(user: User) -> None:
    """Keep the rows: they bind organisations and account for public money, and name nobody any more."""
