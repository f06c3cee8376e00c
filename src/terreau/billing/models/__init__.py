"""Tables of the room: invoices and what settles them, bank statements, services."""

from terreau.billing.models.bank import BankAccount, BankLine, BankStatement, BankUse
from terreau.billing.models.charges import Charge, CommissionRule, PriceRule
from terreau.billing.models.invoices import Invoice, InvoiceLine, SellerTerms, Settlement

__all__ = [
    "BankAccount",
    "BankLine",
    "BankStatement",
    "BankUse",
    "Charge",
    "CommissionRule",
    "Invoice",
    "InvoiceLine",
    "PriceRule",
    "SellerTerms",
    "Settlement",
]
