"""A payment that reaches a pole of the register is written in its own forecast, when its people say so.

Through the verbs of ``forecast`` alone: the funding is found or begun, its instalment awaited, then received,
which writes the line of the ledger. Once for each payment.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.agreements.models import Agreement, Noted, Payment
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.dossiers.models import Dossier
from terreau.forecast import actions as forecast
from terreau.forecast import rules as forecast_rules
from terreau.forecast.models import Funding
from terreau.forecast.models import Instalment as Awaited
from terreau.poles.models import Pole


def can_note(dossier: Dossier, payment: Payment) -> bool:
    """Say whether a payment may be written in the forecast of a pole: it stands and was not written yet."""
    return (
        dossier.pole_id is not None
        and payment.reverses_id is None
        and not hasattr(payment, "reversed_by")
        and not hasattr(payment, "noted")
    )


def note(agreement: Agreement, payment: Payment, *, by: User) -> Noted:
    """Write a payment in the forecast of the pole of its dossier; done twice, it is done once."""
    dossier = agreement.dossier
    pole = dossier.pole if dossier else None
    if dossier is None or pole is None:
        raise DomainError("no_pole", _("Ce dossier n'est pas celui d'un pôle du registre."), status=409)
    with transaction.atomic():
        Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
        if known := Noted.objects.filter(payment=payment).first():
            return known
        if Payment.objects.filter(reverses=payment).exists():
            raise DomainError("came_back", _("Ce versement est revenu : il n'y a rien à noter."), status=409)
        funding = _funding(agreement, dossier, pole, payment, by)
        awaited = _awaited(funding, payment, by)
        forecast.receive(awaited, on=payment.paid_on, cents=payment.cents, by=by)
        return insert(Noted(payment=payment, awaited=awaited, by=by), "noted_already")


def _funding(agreement: Agreement, dossier: Dossier, pole: Pole, payment: Payment, by: User) -> Funding:
    """Return the funding of the agreement in the forecast of the pole, begun when it is not there."""
    known = Noted.objects.filter(payment__request__agreement=agreement).select_related("awaited__funding")
    if (first := known.first()) is not None:
        return first.awaited.funding
    programme = dossier.call.programme
    cents = max(agreement.cents or 0, payment.cents)
    return forecast.begin(
        pole,
        funder=programme.owner,
        funder_name=programme.owner_name,
        label=agreement.title,
        kind=Funding.Kind.SUBSIDY,
        origin=forecast_rules.PUBLIC if programme.level != "network" else forecast_rules.PRIVATE,
        state=forecast_rules.GRANTED,
        asked_cents=dossier.asked_cents,
        granted_cents=cents,
        period_from=agreement.valid_from,
        period_to=agreement.valid_to,
        by=by,
    )


def _awaited(funding: Funding, payment: Payment, by: User) -> Awaited:
    """Return the instalment that the pole awaits for this amount, added when it awaits none."""
    rows = Awaited.objects.filter(funding=funding, received_on=None, dropped_at=None, cents=payment.cents)
    found = rows.order_by("due", "pk").first()
    if found is not None:
        return found
    label = payment.request.instalment.label or str(payment.request.instalment.get_kind_display())
    return forecast.instalment(funding, cents=payment.cents, due=payment.paid_on, label=label, by=by)
