"""Telling the people of a buyer that an invoice waits for them."""

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, override

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.billing.models import Invoice
from terreau.notices.actions import tell

KIND = "invoice"


def issued(invoice: Invoice, *, by: User | None) -> int:
    """Tell the people of the buyer, but who issued it; return how many were told."""
    rows = (
        Belonging.objects.confirmed().filter(actor=invoice.buyer_id).exclude(user=by).select_related("user")
    )
    words = format_lazy(
        gettext_lazy("{seller} vous adresse la facture {name}."),
        seller=invoice.seller.name,
        name=invoice.name,
    )
    with override("fr"):
        path = reverse("espace_invoice", kwargs={"slug": invoice.pole.slug, "number": invoice.number})
    told = 0
    for one in rows.order_by("pk"):
        tell(
            one.user,
            KIND,
            words,
            subject=invoice.pole.actor.subject,
            path=path,
            dedupe=f"invoice:{invoice.pk.hex}:{one.user.pk.hex}",
        )
        told += 1
    return told
