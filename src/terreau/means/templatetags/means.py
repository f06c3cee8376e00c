"""How bookings, prices and lengths of time are said on the pages of shared means."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from terreau.design import numbers
from terreau.means import rules
from terreau.means.fields import hours_said
from terreau.means.models import Booking, Means, Tariff
from terreau.means.pages import span_said

register = template.Library()


@register.simple_tag
def when(row: Booking) -> str:
    """Say the hours of a booking, in words."""
    return span_said(row.starts_at, row.ends_at)


@register.simple_tag
def stay(starts_at: datetime, ends_at: datetime) -> str:
    """Say the hours of a stay, in words."""
    return span_said(starts_at, ends_at)


@register.simple_tag
def euros(cents: int) -> str:
    """Show cents as euros, always to the cent."""
    return numbers.with_unit(Decimal(cents) / 100, "€", get_language() or "fr", 2)


@register.simple_tag
def price_said(price: Any) -> str:
    """Say how a price was found: « 3 × 10 €, prix des membres »."""
    values = price if isinstance(price, Mapping) else None
    number = values["number"] if values else price.number
    each = values["each"] if values else price.each
    unit = values["unit"] if values else price.unit
    who = values["who"] if values else price.who
    if who == rules.OWNER:
        return _("Qui prête ne paie pas.")
    told = {"number": number, "each": euros(each)}
    said = {
        rules.HOUR: ngettext("%(number)d heure à %(each)s", "%(number)d heures à %(each)s", number),
        rules.HALF_DAY: ngettext(
            "%(number)d demi-journée à %(each)s", "%(number)d demi-journées à %(each)s", number
        ),
        rules.DAY: ngettext("%(number)d journée à %(each)s", "%(number)d journées à %(each)s", number),
        rules.USE: ngettext(
            "%(number)d utilisation à %(each)s", "%(number)d utilisations à %(each)s", number
        ),
    }[unit]
    whose = _("prix pour : %(who)s") % {"who": Tariff.Who(who).label}
    return f"{said % told} ({whose})"


@register.filter
def limits_said(means: Means) -> list[str]:
    """Say the rules of the owner, one sentence each."""
    found = []
    if means.opens and means.closes:
        told = {"opens": f"{means.opens:%H:%M}", "closes": f"{means.closes:%H:%M}"}
        found.append(_("Ouvert de %(opens)s à %(closes)s.") % told)
    found.append(_("On réserve par tranche de %(step)s.") % {"step": hours_said(means.step)})
    if means.longest:
        found.append(_("Pas plus de %(longest)s d'affilée.") % {"longest": hours_said(means.longest)})
    if means.notice_hours:
        words = ngettext(
            "Au moins %(count)d heure à l'avance.",
            "Au moins %(count)d heures à l'avance.",
            means.notice_hours,
        )
        found.append(words % {"count": means.notice_hours})
    if means.ahead_days:
        words = ngettext(
            "Au plus %(count)d jour à l'avance.", "Au plus %(count)d jours à l'avance.", means.ahead_days
        )
        found.append(words % {"count": means.ahead_days})
    if means.asks_owner:
        found.append(_("Chaque réservation attend l'accord de qui prête."))
    found.append(
        _("Ouvert aussi à des organisations hors du pôle.")
        if means.open_outside
        else _("Réservé aux membres du pôle.")
    )
    return found


@register.filter
def at(rows: Sequence[Any], rank: int) -> Any:
    """Return the row at a rank."""
    return rows[rank]


@register.simple_tag
def square(surface: int | None) -> str:
    """Show square decimetres as square metres."""
    if surface is None:
        return _("inconnu")
    return numbers.with_unit(Decimal(surface) / 100, "m²", get_language() or "fr")
