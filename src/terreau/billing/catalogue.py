"""Prices and commissions written and ended; what was billed under them stays as it was."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.billing.models import CommissionRule, PriceRule
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.inserting import insert
from terreau.journal import actions as journal
from terreau.means.models import Means
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects


def set_price(pole: Pole, columns: Mapping[str, Any], *, by: User | None) -> PriceRule:
    """Write a price; ``columns`` are those of the row. Raises ``DomainError`` in the words of the base."""
    means = columns.get("means_id")
    if means and not Means.objects.filter(pole=pole, pk=means, owner=columns["seller_id"]).exists():
        words = _("Ce moyen partagé n'est pas à qui facture.")
        raise DomainError("not_its_means", words, facts={"field": "means"})
    row = PriceRule(pole=pole, by=by, **columns)
    with transaction.atomic():
        subjects.lock(pole.pk)
        insert(row, "price_refused", field="how")
        journal.record(pole.actor.subject, "service.priced", by=by, data={"rule": row.pk.hex})
    return row


def set_commission(pole: Pole, columns: Mapping[str, Any], *, by: User | None) -> CommissionRule:
    """Write a commission; ``columns`` are those of the row."""
    row = CommissionRule(pole=pole, by=by, **columns)
    with transaction.atomic():
        subjects.lock(pole.pk)
        insert(row, "commission_refused", field="percent")
        journal.record(pole.actor.subject, "service.commission_set", by=by, data={"rule": row.pk.hex})
    return row


def end(pole: Pole, pk: UUID, *, on: date, by: User | None) -> None:
    """End a price or a commission on a day; one that begins later ends where it begins, a day long."""
    for model in (PriceRule, CommissionRule):
        row = model.objects.filter(pole=pole, pk=pk).first()
        if row is None:
            continue
        with transaction.atomic():
            subjects.lock(pole.pk)
            last = max(on, row.valid_from + (date.resolution))
            model.objects.filter(pk=pk).update(valid_to=last, version=F("version") + 1)
            journal.record(pole.actor.subject, "service.price_ended", by=by, data={"rule": pk.hex})
        return
    raise NotFoundError("not_found", _("Ce prix n'est pas de ce pôle."))
