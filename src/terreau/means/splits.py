"""Sharing a cost among members: by use, by surface, by headcount or by agreed parts, to the cent."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.journal.actions import record
from terreau.means import rules
from terreau.means.models import Booking, Means, Occupation, Share, Split
from terreau.pieces.models import Piece
from terreau.poles.models import Pole

_KEY = Split.Key


def weights_of(
    key: str, means: Means | None, first: date, last: date, agreed: Mapping[UUID, int] | None = None
) -> dict[UUID, int]:
    """Return the weight of each actor under a key over a period, both days included.

    By use: minutes booked and not cancelled. By surface or headcount: days of presence times square
    decimetres or persons. Agreed: what is given. Raises ``DomainError`` when nothing weighs.
    """
    if key == _KEY.AGREED:
        found = {actor: weight for actor, weight in (agreed or {}).items() if weight > 0}
    elif means is None:
        raise DomainError("no_means", _("Cette clé va avec un moyen partagé."), facts={"field": "means"})
    elif key == _KEY.USE:
        found = _by_use(means, first, last)
    else:
        found = _by_presence(means, first, last, persons=key == _KEY.HEADCOUNT)
    if not found:
        words = _("Personne ne pèse sous cette clé à ces dates : rien à partager.")
        raise DomainError("nothing_weighs", words, facts={"field": "key"})
    return found


def share_cost(  # noqa: PLR0913 - keyword-only: each is a part of a cost
    pole: Pole,
    *,
    label: str,
    cost: Euro,
    paid_by: Actor,
    first: date,
    last: date,
    key: str,
    means: Means | None = None,
    agreed: Mapping[UUID, int] | None = None,
    piece: Piece | None = None,
    by: User,
) -> Split:
    """Split a cost and keep the parts, which add up to it exactly.

    Raises ``DomainError`` for a cost that is not positive, a period backwards, an unknown actor, or a key
    under which nothing weighs.
    """
    if cost.cents <= 0:
        raise DomainError("no_cost", _("Un coût est plus grand que zéro."), facts={"field": "cents"})
    if last < first:
        raise DomainError("ends_before", _("La fin de la période suit son début."), facts={"field": "last"})
    if not label.strip():
        raise DomainError("no_label", _("Dites quel coût est partagé."), facts={"field": "label"})
    weights = weights_of(key, means, first, last, agreed)
    known = set(Actor.objects.filter(pk__in=weights).values_list("pk", flat=True))
    if unknown := sorted(str(one) for one in set(weights) - known):
        words = _("Un acteur de la clé n'est pas au registre.")
        raise DomainError("unknown_actor", words, facts={"field": "agreed", "actors": unknown})
    parts = rules.split(cost, {str(actor): weight for actor, weight in weights.items()})
    with transaction.atomic():
        values = {
            "label": label.strip()[:160],
            "cents": cost.cents,
            "paid_by": paid_by,
            "piece": piece,
            "by": by,
        }
        row = Split.objects.create(
            pole=pole, means=means, period_from=first, period_to=last, key=key, **values
        )
        Share.objects.bulk_create(
            Share(split=row, actor_id=actor, weight=weight, cents=parts[str(actor)].cents)
            for actor, weight in weights.items()
        )
        data = {"split": row.pk.hex, "cents": cost.cents, "key": key, "parts": len(parts)}
        record(pole.actor.subject, "cost.shared", by=by, data=data)
    return row


def undo(split: Split, *, reason: str, by: User) -> Split:
    """Take a split back with a reason; it stays readable, and weighs on nobody."""
    if not reason.strip():
        raise DomainError(
            "reason_needed", _("Dites pourquoi ce partage est repris."), facts={"field": "reason"}
        )
    with transaction.atomic():
        rows = Split.objects.filter(pk=split.pk, undone_at=None)
        if not rows.update(undone_at=timezone.now(), undone_reason=reason.strip()[:200]):
            raise DomainError("undone", _("Ce partage est déjà repris."), status=409)
        record(split.pole.actor.subject, "cost.unshared", by=by, data={"split": split.pk.hex})
    return Split.objects.get(pk=split.pk)


def _by_use(means: Means, first: date, last: date) -> dict[UUID, int]:
    begin, end = _instant(first), _instant(last + timedelta(days=1))
    rows = Booking.objects.filter(
        means=means, state=Booking.State.BOOKED, starts_at__lt=end, ends_at__gt=begin
    ).values_list("actor", "starts_at", "ends_at")
    stays = [(str(actor), max(starts_at, begin), min(ends_at, end)) for actor, starts_at, ends_at in rows]
    return {UUID(actor): minutes for actor, minutes in rules.minutes_used(stays).items() if minutes}


def _by_presence(means: Means, first: date, last: date, *, persons: bool) -> dict[UUID, int]:
    held = Q(valid_from__lte=last) & (Q(valid_to=None) | Q(valid_to__gt=first))
    stays = []
    for row in Occupation.objects.filter(held, means=means):
        until = min(row.valid_to or date.max, last + timedelta(days=1))
        days = (until - max(row.valid_from, first)).days
        stays.append((str(row.actor_id), (row.headcount or 0) if persons else row.surface, days))
    return {UUID(actor): weight for actor, weight in rules.surface_days(stays).items() if weight}


def _instant(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
