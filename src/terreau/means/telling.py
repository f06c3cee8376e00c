"""Telling people what becomes of their bookings: the owner when asked, who booked when answered."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.means.models import Booking
from terreau.notices.actions import tell

_KIND = "booking"


def asked(booking: Booking) -> None:
    """Tell the people of the owner that somebody asks; those who animate the pole when it has none."""
    words = gettext_lazy("{name} demande à réserver « {means} » le {day}.")
    people = list(_people(booking.means.owner)) or list(_people(booking.means.pole.actor))
    for user in people:
        if user.pk != booking.by_id:
            _tell(user, booking, _said(words, booking))


def accepted(booking: Booking, *, by: User) -> None:
    """Tell who booked that the owner agrees."""
    _back(booking, gettext_lazy("« {means} » est à vous le {day} : la réservation est acceptée."), by=by)


def refused(booking: Booking, *, by: User) -> None:
    """Tell who booked that the owner refuses, and why."""
    _back(booking, gettext_lazy("« {means} » n'est pas prêté le {day} : {reason}"), by=by)


def cancelled(booking: Booking, *, by: User) -> None:
    """Tell who booked that somebody else cancelled."""
    _back(booking, gettext_lazy("La réservation de « {means} » le {day} est annulée : {reason}"), by=by)


def _back(booking: Booking, words: Any, *, by: User) -> None:
    if booking.by is not None and booking.by_id != by.pk:
        _tell(booking.by, booking, _said(words, booking))


def _said(words: Any, booking: Booking) -> Any:
    day = timezone.localtime(booking.starts_at)
    return format_lazy(
        words,
        name=booking.actor.name,
        means=booking.means.name,
        day=date_format(day, "j F Y, H:i"),
        reason=booking.reason,
    )


def _tell(user: User, booking: Booking, words: Any) -> None:
    path = f"/poles/{booking.means.pole.slug}/espace/moyens/{booking.means_id}/reservations/{booking.pk}/"
    dedupe = f"booking:{booking.pk.hex}:{booking.sequence}"
    tell(user, _KIND, words, subject=booking.means.subject, path=path, dedupe=dedupe)


def _people(actor: Actor) -> Iterable[User]:
    rows = Belonging.objects.confirmed().filter(actor=actor, user__is_active=True, user__erased_at=None)
    return (row.user for row in rows.select_related("user").order_by("pk"))
