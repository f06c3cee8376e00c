"""A few fees for an invented pole: a scale that was voted, another in draft, a call half paid."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing import settling
from terreau.fees import calls, documents, saying, scales
from terreau.fees.models import CalledFee, ScaleVersion
from terreau.fees.payers import computed, payers
from terreau.poles.models import Pole

_SAID: Final[dict[str, Any]] = {
    "lines": [
        {
            "label": "",
            "basis": "turnover",
            "brackets": [
                {"floor": 0, "cents": 5_000},
                {"floor": 10_000_000, "cents": 12_000},
                {"floor": 50_000_000, "cents": 30_000},
            ],
        },
        {
            "label": "",
            "basis": "flat",
            "kinds": ["local_authority", "authority_grouping"],
            "brackets": [{"floor": 0, "cents": 50_000}],
        },
        {
            "label": "",
            "basis": "flat",
            "kinds": ["natural_person", "collective"],
            "brackets": [{"floor": 0, "cents": 1_500}],
        },
    ],
    "prorata": "months",
}


def fill(pole: Pole, by: User) -> None:
    """Write the scales, the figures and the call of an invented pole; nothing when it has a scale already."""
    if ScaleVersion.objects.filter(pole=pole).exists():
        return
    today = timezone.localdate()
    sheet = documents.read(_SAID)
    first, last = date(today.year, 1, 1), date(today.year, 12, 31)
    row = scales.draft(pole, name=_name(today.year), sheet=sheet, valid_from=first, by=by)
    scales.record_vote(row, on=today - timedelta(days=200), text=_("Exemple fictif."), by=by)
    members = payers(pole, sheet, first, last, on=today)
    fees = computed(sheet, members, first, last)
    asked = [one for one in members if fees[one.actor.pk].missing]
    for rank, one in enumerate(asked[:-1]):
        _figure(pole, one.actor, today.year - 1, 2_500_000 * (1 + rank * rank), by)
    _called(pole, ScaleVersion.objects.select_related("decision").get(pk=row.pk), (first, last), today, by)
    dearer = {**_SAID, "least": 6_000}
    later = date(today.year + 1, 1, 1)
    sheet = documents.read(dearer)
    scales.draft(pole, name=_name(today.year + 1), sheet=sheet, valid_from=later, by=by)


def _name(year: int) -> str:
    return _("Barème %(year)d (exemple fictif)") % {"year": year}


def _figure(pole: Pole, actor: Actor, year: int, cents: int, by: User) -> None:
    told: dict[str, Any] = {"year": year, "value": cents, "source": _("exemple fictif"), "by": by}
    saying.say(pole, actor, "turnover", confirms=False, **told)


def _called(pole: Pole, scale: ScaleVersion, year: tuple[date, date], today: date, by: User) -> None:
    """Call those that can be, dated three months ago; every other one has paid."""
    found = calls.preview(pole, scale, *year, on=today)
    members = [one.member.actor.pk for one in found.ready]
    if not members:
        return
    on = today - timedelta(days=90)
    row = calls.call(
        pole,
        scale,
        *year,
        seller=calls.sellers(pole, on=today)[0],
        members=members,
        on=on,
        due=on + timedelta(days=30),
        key=uuid4(),
        seen=found.digest,
        by=by,
    )
    rows = CalledFee.objects.filter(call=row, cents__gt=0).select_related("invoice")
    for fee in rows.order_by("actor__sort_key", "pk")[::2]:
        if fee.invoice is not None:
            day = on + timedelta(days=20)
            settling.settle(fee.invoice, fee.cents, on=day, how="bank", by=by)
