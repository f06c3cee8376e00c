"""What the campaigns hold of people: given to them, forgotten when they ask.

What a pole answered together stays and names nobody. A signature keeps its date, its quality and the digest
of the report; the name goes.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from terreau.accounts.models import User
from terreau.accounts.personal import rows
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
