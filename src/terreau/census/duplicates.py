"""Duplicates as a moderator decides of them: whose they are, and what must be shown anew after a decision."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors import duplicates
from terreau.actors import perms as actors
from terreau.actors.models import Actor, Pair
from terreau.actors.perms import Scope, Viewer
from terreau.census import where
from terreau.census.where import Place
from terreau.common.errors import NotFoundError
from terreau.common.permissions import Permission
from terreau.poles import listing


def waiting(scope: Scope, *, only: Place | None = None) -> QuerySet[Pair]:
    """Return the pairs to decide in a scope: one of the two stands there, both live still."""
    today = timezone.localdate()
    here = where.actors(scope, today, field="one", only=only) | where.actors(
        scope, today, field="other", only=only
    )
    living = Q()
    for side in ("one", "other"):
        living &= Q(**{f"{side}__subject__closed_at": None, f"{side}__subject__merged_into": None})
    rows = Pair.objects.filter(here, living, state=Pair.State.WAITING)
    return rows.select_related("one__subject", "other__subject")


def decided(scope: Scope, limit: int = 30) -> QuerySet[Pair]:
    """Return the last decisions in a scope, to be taken back if need be."""
    today = timezone.localdate()
    here = where.actors(scope, today, field="one") | where.actors(scope, today, field="other")
    rows = Pair.objects.filter(here).exclude(state=Pair.State.WAITING)
    return rows.select_related("one", "other", "decided_by").order_by("-decided_at", "pk")[:limit]


def find(pk: int) -> Pair:
    """Return a pair; ``NotFoundError`` when there is none."""
    row = Pair.objects.select_related("one__subject", "other__subject", "decided_by").filter(pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_pair", _("Cette paire n'existe pas."))
    return row


def can_decide(user: Viewer, pair: Pair) -> Permission:
    """Whoever moderates one of the two decides."""
    today = timezone.localdate()
    first = actors.can_moderate(user, pair.one, on=today)
    return first if first else actors.can_moderate(user, pair.other, on=today)


@transaction.atomic
def same(pair: Pair, *, keep: Actor, by: User, reason: str) -> Pair:
    """Say that the two are one (see ``actors.duplicates``), and show the poles that name them anew."""
    return _shown(duplicates.decide_same(pair, keep=keep, by=by, reason=reason))


@transaction.atomic
def different(pair: Pair, *, by: User, reason: str) -> Pair:
    """Say that the two are two."""
    return duplicates.decide_different(pair, by=by, reason=reason)


@transaction.atomic
def undo(pair: Pair, *, by: User, reason: str) -> Pair:
    """Take a decision back."""
    return _shown(duplicates.undo(pair, by=by, reason=reason))


def _shown(pair: Pair) -> Pair:
    listing.project(sorted(listing.touched_by([pair.one_id, pair.other_id])))
    return pair
