"""What this room holds of people: which exchanges they wrote, for organisations that keep them."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.trade.models import Declaration, Spending, Step


def export(user: User) -> dict[str, Any]:
    """Return what the person wrote: the exchange is of their organisation, the writing is theirs."""
    return {
        "echanges_ecrits": rows(Declaration.objects.filter(by=user), "side", "on", "how", "at"),
        "reponses_a_des_echanges": rows(Step.objects.filter(by=user), "side", "verb", "at"),
        "sommes_d_achats_gardees": rows(Spending.objects.filter(by=user), "year", "at"),
    }


def erase(user: User) -> None:
    """Leave the exchanges to their organisations: the account behind ``by`` has no name any more."""
