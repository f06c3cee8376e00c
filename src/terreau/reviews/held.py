"""What the campaigns hold of people: given to them, forgotten when they ask.

What a pole answered together stays and names nobody. A signature keeps its date, its quality and the digest
of the report; the name goes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.accounts.retention import period
from terreau.reviews.models import Answer, Dissent, Seat, Signature

#: In place of an address that is forgotten: ``invalid`` never leads anywhere (RFC 2606).
FORGOTTEN = "efface@erased.invalid"
ERASED = "personne effacée"


def export(user: User) -> dict[str, Any]:
    """Return what is held of a person, by account and by e-mail address."""
    seats = Seat.objects.filter(Q(user=user) | Q(email__iexact=user.email))
    return {
        "places": rows(seats, "id", "review", "kind", "name", "email", "added_at", "sent_at", "finished_at"),
        "reponses": rows(
            Answer.objects.filter(Q(seat__in=seats.values("pk")) | Q(by=user)),
            *("criterion", "level", "not_concerned", "target", "first_step", "words", "at"),
        ),
        "desaccords": rows(
            Dissent.objects.filter(by=user), "review", "criterion", "name", "level", "words", "at"
        ),
        "signatures": rows(
            Signature.objects.filter(by=user), "review", "side", "name", "quality", "mandate", "digest", "at"
        ),
    }


def erase(user: User) -> None:
    """Forget whatever names the person; levels stay counted in the spread, their words go."""
    seats = Seat.objects.filter(Q(user=user) | Q(email__iexact=user.email), kind=Seat.Kind.PERSON)
    Answer.objects.filter(seat__in=seats.values("pk")).update(by=None, words="", first_step="")
    seats.update(user=None, name="", email=FORGOTTEN, token_hash=None)
    Dissent.objects.filter(by=user).update(name=ERASED, by=None)
    Signature.objects.filter(by=user).update(name=ERASED)


def expire(*, on: date, save: bool) -> dict[str, int]:
    """Forget who was invited to campaigns closed long ago (``content/retention.yaml``); return how many."""
    now = timezone.make_aware(datetime.combine(on, datetime.min.time()))
    old = Seat.objects.filter(review__closed_at__lte=now - period("reviews.seats"), kind=Seat.Kind.PERSON)
    old = old.exclude(user=None, name="", email__in=["", FORGOTTEN])
    found = {"reviews.seats": old.count()}
    if save:
        Answer.objects.filter(seat__in=old.values("pk")).update(by=None)
        old.update(user=None, name="", email=FORGOTTEN, token_hash=None)
    return found
