"""Sharing a cost among members: by use, by surface, by headcount or by agreed parts, to the cent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.canonical import digest
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.journal.actions import record
from terreau.means import rules
from terreau.means.models import Booking, Means, Occupation, Share, Split
from terreau.pieces.actions import attach
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

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


@dataclass(frozen=True, slots=True)
class Part:
    """What an actor would owe of a cost: its weight under the key, and cents."""

    actor: UUID
    weight: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A cost to share: what, how much, who paid it, over which days (both included), by which key."""

    label: str
    cost: Euro
    first: date
    last: date
    key: str
    means: Means | None = None
    agreed: Mapping[UUID, int] | None = None


def foresee(asked: Cost) -> list[Part]:
    """Return the parts of a cost, which add up to it exactly; nothing is written.

    Raises ``DomainError`` for a cost that is not positive, a period backwards, an unknown actor, or a key
    under which nothing weighs.
    """
    if asked.cost.cents <= 0:
        raise DomainError("no_cost", _("Un coût est plus grand que zéro."), facts={"field": "cents"})
    if asked.last < asked.first:
        raise DomainError("ends_before", _("La fin de la période suit son début."), facts={"field": "last"})
    if not asked.label.strip():
        raise DomainError("no_label", _("Dites quel coût est partagé."), facts={"field": "label"})
    weights = weights_of(asked.key, asked.means, asked.first, asked.last, asked.agreed)
    known = set(Actor.objects.filter(pk__in=weights).values_list("pk", flat=True))
    if unknown := sorted(str(one) for one in set(weights) - known):
        words = _("Un acteur de la clé n'est pas au registre.")
        raise DomainError("unknown_actor", words, facts={"field": "agreed", "actors": unknown})
    parts = rules.split(asked.cost, {str(actor): weight for actor, weight in weights.items()})
    return [Part(actor, weight, parts[str(actor)].cents) for actor, weight in weights.items()]


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
    seen: str = "",
    by: User,
) -> Split:
    """Split a cost and keep the parts, which add up to it exactly. Raises as ``foresee`` does.

    ``seen`` is the digest of the parts that the person read (``digest_of``): other ones are not written, and
    raise ``DomainError`` ``parts_changed`` (409).
    """
    asked = Cost(label=label, cost=cost, first=first, last=last, key=key, means=means, agreed=agreed)
    with transaction.atomic():
        parts = foresee(asked)
        if seen and seen != digest_of(parts):
            words = _("Les parts ont changé depuis que vous les avez lues : relisez-les, puis confirmez.")
            raise DomainError("parts_changed", words, status=409)
        row = Split.objects.create(
            pole=pole,
            means=means,
            period_from=first,
            period_to=last,
            key=key,
            label=label.strip()[:160],
            cents=cost.cents,
            paid_by=paid_by,
            piece=piece,
            by=by,
        )
        Share.objects.bulk_create(
            Share(split=row, actor_id=part.actor, weight=part.weight, cents=part.cents) for part in parts
        )
        data = {"split": row.pk.hex, "cents": cost.cents, "key": key, "parts": len(parts)}
        record(pole.actor.subject, "cost.shared", by=by, data=data)
    return row


def digest_of(parts: Sequence[Part]) -> str:
    """Return the digest of parts, whatever their order."""
    return digest(sorted([part.actor.hex, part.weight, part.cents] for part in parts))


def bear_witness(split: Split, stream: BinaryIO, name: str, *, by: User) -> Piece:
    """Join the invoice of a cost; one that has a piece keeps it (409)."""
    with transaction.atomic():
        subjects.lock(split.pole_id)
        if Split.objects.filter(pk=split.pk).exclude(piece=None).exists():
            words = _("Ce coût a déjà sa pièce : reprenez le partage pour le refaire avec une autre.")
            raise DomainError("has_piece", words, status=409, facts={"field": "file"})
        piece = attach(split.pole.actor.subject, stream, name, by=by)
        Split.objects.filter(pk=split.pk).update(piece=piece)
        record(
            split.pole.actor.subject,
            "cost.witnessed",
            by=by,
            data={"split": split.pk.hex, "piece": piece.pk.hex},
        )
    return piece


@dataclass(frozen=True, slots=True)
class Balance:
    """What an actor owes of the costs of a period and what it paid for all, in cents."""

    actor: Actor
    owed: int
    paid: int

    @property
    def net(self) -> int:
        """What is due to it, or what it owes when negative."""
        return self.paid - self.owed


def balances(pole: Pole, first: date, last: date) -> list[Balance]:
    """Return what each actor owes over costs whose period ends between two days: they sum to zero."""
    splits = Split.objects.filter(pole=pole, undone_at=None, period_to__range=(first, last))
    owed: defaultdict[UUID, int] = defaultdict(int)
    paid: defaultdict[UUID, int] = defaultdict(int)
    for actor, cents in Share.objects.filter(split__in=splits).values_list("actor", "cents"):
        owed[actor] += cents
    for actor, cents in splits.values_list("paid_by", "cents"):
        paid[actor] += cents
    rows = Actor.objects.filter(pk__in={*owed, *paid}).order_by("sort_key", "pk")
    return [Balance(one, owed[one.pk], paid[one.pk]) for one in rows]


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
