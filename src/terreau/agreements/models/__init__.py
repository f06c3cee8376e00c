"""Financing plans and known aids, agreements and what they pay."""

from terreau.agreements.models.agreement import (
    Agreement,
    Annex,
    Deed,
    Instalment,
    NamedPole,
    Signatory,
    Signature,
)
from terreau.agreements.models.payment import (
    Expense,
    Noted,
    Payment,
    PaymentPiece,
    PaymentRequest,
    Recovery,
)
from terreau.agreements.models.plan import AidStatement, FinancingLine, InKindPart, KnownAid, MoneyRules

__all__ = [
    "Agreement",
    "AidStatement",
    "Annex",
    "Deed",
    "Expense",
    "FinancingLine",
    "InKindPart",
    "Instalment",
    "KnownAid",
    "MoneyRules",
    "NamedPole",
    "Noted",
    "Payment",
    "PaymentPiece",
    "PaymentRequest",
    "Recovery",
    "Signatory",
    "Signature",
]
