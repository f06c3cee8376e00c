"""What members offer, at a price for members and one for others, dated; published one by one (R-40)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.inserting import insert, refusal
from terreau.common.text import search_text
from terreau.exchanges.models import Offering, OfferingPrice
from terreau.exchanges.written import required
from terreau.journal.actions import record, save_fresh
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

FIELDS: Final = ("kind", "title", "text", "unit", "public")
#: Words of a search that are read.
_MOST_WORDS = 8


def offer(pole: Pole, actor: Actor, *, kind: str, title: str, by: User, **values: Any) -> Offering:
    """Add a good or a service of a member to the catalogue; private unless ``public`` is said."""
    called = required(title, "no_title", _("Dites ce qui est offert."), "title")[:160]
    with transaction.atomic():
        row = Offering(pole=pole, actor=actor, kind=kind, title=called, by=by, **values)
        row.words = words_of(row.title, row.text)
        insert(row, "offering_known", field="title")
        data = {"offering": row.pk.hex, "actor": actor.pk.hex, "public": row.public}
        record(pole.actor.subject, "offering.made", by=by, data=data)
    return row


def change(offering: Offering, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Offering:
    """Change some fields as the person saw them."""
    if unknown := set(mine) - set(FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    if "title" in mine:
        required(str(mine["title"]), "no_title", _("Dites ce qui est offert."), "title")
    subject = offering.pole.actor.subject
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = save_fresh(
                    offering, subject=subject, verb="offering.changed", base=base, mine=mine, by=by
                )
        except IntegrityError as error:
            raise refusal(offering, error, "offering_known", field="title") from error
        row.words = words_of(row.title, row.text)
        Offering.objects.filter(pk=row.pk).update(words=row.words)
    return row


def set_price(  # noqa: PLR0913 - keyword-only: each is a part of the price
    offering: Offering, who: str, *, cents: int | None, vat: str, since: date, by: User
) -> OfferingPrice | None:
    """Give a price from a day on; the one before ends that day and stays readable. ``None``: no price more.

    The same price again changes nothing. Raises ``DomainError`` when a later one is given already.
    """
    if cents is not None and cents < 0:
        raise DomainError("negative", _("Un prix n'est pas négatif."), facts={"field": who})
    with transaction.atomic():
        subjects.lock(offering.pole_id)
        rows = OfferingPrice.objects.filter(offering=offering, who=who, valid_to=None)
        held = rows.first()
        if (held.cents, held.vat) == (cents, vat) if held else cents is None:
            return held
        if held is not None and held.valid_from >= since:
            if held.valid_from > since:
                words = _("Un prix est déjà donné à partir d'un jour qui suit.")
                raise DomainError("price_known", words, facts={"field": "since"}, status=409)
            held.delete()
        else:
            rows.update(valid_to=since)
        data = {"offering": offering.pk.hex, "who": who, "cents": cents, "since": since.isoformat()}
        record(offering.pole.actor.subject, "offering.priced", by=by, data=data)
        if cents is None:
            return None
        new = OfferingPrice(offering=offering, who=who, cents=cents, vat=vat, valid_from=since)
        return insert(new, "price_known", field="since")


def end(offering: Offering, *, on: date, by: User) -> None:
    """Take an offer off the catalogue from a day on; its prices stay readable."""
    with transaction.atomic():
        rows = Offering.objects.filter(pk=offering.pk, ended_on=None)
        if rows.update(ended_on=on, public=False, version=F("version") + 1):
            record(offering.pole.actor.subject, "offering.ended", by=by, data={"offering": offering.pk.hex})


def search(
    pole: Pole, typed: str = "", *, on: date, kind: str = "", public: bool = False
) -> QuerySet[Offering]:
    """Return the offers that hold every word, prices of the day in ``priced`` (two queries in all)."""
    rows = Offering.objects.filter(pole=pole, ended_on=None)
    rows = rows.filter(actor__subject__merged_into=None, actor__subject__closed_at=None)
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(public=True) if public else rows
    for word in search_text(typed).split()[:_MOST_WORDS]:
        rows = rows.filter(Q(words__contains=word) | Q(actor__sort_key__contains=word))
    rows = rows.prefetch_related(Prefetch("prices", prices_on(on), to_attr="priced"))
    return rows.select_related("actor").order_by("title", "actor__sort_key", "pk")


def prices_on(on: date) -> QuerySet[OfferingPrice]:
    """Return the prices of a day."""
    held = Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))
    return OfferingPrice.objects.filter(held).order_by("who")


def words_of(*parts: str) -> str:
    """Return the folded words of an offer, which a search looks into."""
    return search_text(*parts)
