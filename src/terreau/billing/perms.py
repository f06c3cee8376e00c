"""Who sees an invoice: the people of its seller and of its buyer, and who animates the pole (R-08, R-104)."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from terreau.billing.models import Invoice
from terreau.common.errors import NotFoundError
from terreau.poles.workspace import Workspace


def visible(ws: Workspace) -> QuerySet[Invoice]:
    """Return the invoices that a person of the pole sees; a draft is seen by who may write it."""
    rows = Invoice.objects.filter(pole=ws.pole)
    if ws.runs:
        return rows
    mine = ws.standing.speaks_for
    return rows.filter(Q(seller__in=mine) | Q(buyer__in=mine) & ~Q(state=Invoice.State.DRAFT))


def seen(ws: Workspace, number: int) -> Invoice:
    """Return an invoice that the person may see; raise ``NotFoundError`` (404) for any other."""
    rows = visible(ws).select_related("pole__actor__subject", "seller__subject", "buyer__subject", "credits")
    row = rows.filter(number=number).first()
    if row is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return row
