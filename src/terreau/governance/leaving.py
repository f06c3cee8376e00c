"""Leaving a pole: roles, mandates and consents end; nothing of the member is erased (R-06, R-08)."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.governance import admissions, bodies
from terreau.governance.models import Consent, FunctionShare, Seat
from terreau.poles import composition
from terreau.poles.models import Membership, Pole


def leave(  # noqa: PLR0913 - keyword-only: each is a part of a departure
    pole: Pole, actor: Actor, *, on: date, reason: str, mandates: bool = True, by: User
) -> int:
    """End every role of an actor in a pole on a day, that day excluded; return how many roles ended.

    ``mandates``: end its seats and functions too. Consents end at once: what a pole sees of a member, it sees
    of its members alone. The sheet of the actor, its facts and what it did stay. The caller says who may.
    """
    with transaction.atomic():
        held = Membership.objects.filter(pole=pole, actor=actor, valid_to=None)
        rows = list(held.select_related("pole__actor__subject", "actor").order_by("pk"))
        if not rows:
            raise DomainError("not_a_member", _("Cette organisation n'est plus membre."), status=409)
        for row in rows:
            composition.end(row, on=on, reason=reason, by=by)
        if mandates:
            _end_mandates(pole, actor, on, by)
        consents = Consent.objects.filter(pole=pole, actor=actor, ended_at=None)
        for consent in consents.select_related("actor__subject").order_by("pk"):
            admissions.take_back(consent, by=by)
    return len(rows)


def _end_mandates(pole: Pole, actor: Actor, on: date, by: User) -> None:
    why = _("sortie du pôle")
    seats = Seat.objects.filter(body__pole=pole, actor=actor).exclude(valid_to__lte=on)
    for seat in seats.select_related("body__pole__actor__subject").order_by("pk"):
        if seat.valid_from is None or seat.valid_from < on:
            bodies.end_seat(seat, on=on, reason=why, by=by)
    shares = FunctionShare.objects.filter(pole=pole, actor=actor).exclude(valid_to__lte=on)
    for share in shares.select_related("pole__actor__subject").order_by("pk"):
        if share.valid_from is None or share.valid_from < on:
            bodies.end_function(share, on=on, by=by)
