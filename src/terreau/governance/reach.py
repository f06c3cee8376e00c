"""Who is told what concerns a seat: the person named there, else the people of its organisation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.governance.models import Seat


def reached(seats: Iterable[Seat]) -> Mapping[UUID, tuple[User, ...]]:
    """Return by seat the people with an account who are told; none where nobody is reached (one query).

    Those are told otherwise: by telephone, by letter, by who sees them.
    """
    rows = list(seats)
    actors = {seat.actor_id for seat in rows if seat.user_id is None}
    people: dict[UUID, list[User]] = defaultdict(list)
    if actors:
        living = {"user__is_active": True, "user__erased_at": None}
        held = Belonging.objects.confirmed().filter(actor__in=actors, **living)
        for one in held.select_related("user").order_by("user__name", "pk"):
            people[one.actor_id].append(one.user)
    return {seat.pk: _of(seat, people) for seat in rows}


def _of(seat: Seat, people: Mapping[UUID, list[User]]) -> tuple[User, ...]:
    if seat.user is None:
        return tuple(people.get(seat.actor_id, ()))
    living = seat.user.is_active and seat.user.erased_at is None
    return (seat.user,) if living else ()
