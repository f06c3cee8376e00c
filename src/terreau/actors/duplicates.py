"""Duplicates: found across sources, decided by a person, the decision kept, a merge undone if wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.actions import merge_actors, unmerge_actors
from terreau.actors.likeness import Known, Suspicion, suspicions
from terreau.actors.models import Actor
from terreau.actors.pairs import Pair
from terreau.common.errors import DomainError
from terreau.journal.actions import record
from terreau.subjects.models import Subject
from terreau.territories.models import Coverage, Level, Perimeter

_BATCH = 2000
#: Perimeters wider than so many departments say nothing of where a pole is.
_WIDE = 4


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: pairs that were not known, and those that were."""

    new: int
    known: int

    def as_json(self) -> dict[str, int]:
        """Return the counts as the command says them."""
        return asdict(self)


def find(*, save: bool) -> Found:
    """Compare all living actors; with ``save`` the new pairs wait for a decision.

    What was decided before is never asked again. Idempotent.
    """
    suspected = suspicions(list(_living()))
    held = set(Pair.objects.order_by().values_list("one", "other"))
    new = [one for one in suspected if (one.one, one.other) not in held]
    if save:
        Pair.objects.bulk_create((_pair(one) for one in new), batch_size=_BATCH, ignore_conflicts=True)
    return Found(len(new), len(suspected) - len(new))


def _pair(found: Suspicion) -> Pair:
    return Pair(one_id=found.one, other_id=found.other, reasons=list(found.reasons), score=found.score)


def _living() -> Iterable[Known]:
    departments = _departments_of_poles()
    rows = Actor.objects.filter(subject__closed_at=None, subject__merged_into=None).order_by("pk")
    columns = ("pk", "name", "siren", "siret", "rna", "zone__level", "zone__code", "subject__kind")
    for pk, name, siren, siret, rna, level, code, kind in rows.values_list(*columns).iterator(_BATCH):
        pole = kind == Subject.Kind.POLE
        place = frozenset({code}) if level == Level.COMMUNE and code else frozenset()
        yield Known(pk, name, siren, siret, rna, departments[pk] if pole else place, pole)


def _departments_of_poles() -> dict[UUID, frozenset[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    rows = Coverage.objects.filter(
        level=Level.DEPARTEMENT, perimeter__kind=Perimeter.Kind.COOPERATION, perimeter__valid_to=None
    )
    for subject, code in rows.order_by().values_list("perimeter__subject", "code"):
        found[subject].add(code)
    near = {pk: frozenset(codes) for pk, codes in found.items() if len(codes) <= _WIDE}
    return defaultdict(frozenset, near)


@transaction.atomic
def decide_same(pair: Pair, *, keep: Actor, by: User, reason: str) -> Pair:
    """Say that the two are one, and which stays; the other leads to it. 409 when decided already."""
    why, held = _said(reason), _waiting(pair)
    if keep.pk not in (held.one_id, held.other_id):
        message = _("L'acteur à garder est l'un des deux.")
        raise DomainError("not_of_the_pair", message, facts={"keep": str(keep.pk)})
    loser = held.other if keep.pk == held.one_id else held.one
    held.merge = merge_actors(loser, keep, by=by, reason=why)
    return _decided(held, Pair.State.SAME, by=by, reason=why)


@transaction.atomic
def decide_different(pair: Pair, *, by: User, reason: str) -> Pair:
    """Say that the two are two: it is not asked again."""
    why = _said(reason)
    held = _decided(_waiting(pair), Pair.State.DIFFERENT, by=by, reason=why)
    for one, other in ((held.one, held.other), (held.other, held.one)):
        record(one.subject, "actor.not_the_same", by=by, data={"other": other.pk.hex, "reason": why})
    return held


@transaction.atomic
def undo(pair: Pair, *, by: User, reason: str) -> Pair:
    """Take a decision back: the two are apart again, and the pair waits. Refused when it waits already."""
    why, held = _said(reason), _locked(pair)
    if held.state == Pair.State.WAITING:
        raise DomainError("not_decided", _("Cette paire n'est pas décidée."), status=409)
    if held.merge is not None:
        unmerge_actors(held.merge, by=by, reason=why)
    else:
        for one in (held.one, held.other):
            record(one.subject, "actor.decision_undone", by=by, data={"reason": why})
    held.state, held.merge, held.decided_by, held.decided_at, held.reason = "waiting", None, None, None, ""
    held.save()
    return held


def _locked(pair: Pair) -> Pair:
    return Pair.objects.select_for_update(of=("self",)).select_related("merge").get(pk=pair.pk)


def _waiting(pair: Pair) -> Pair:
    held = _locked(pair)
    if held.state != Pair.State.WAITING:
        message = _("Quelqu'un a déjà décidé : %(state)s. Rien n'est changé.")
        facts = {"state": held.state}
        text = message % {"state": held.get_state_display()}
        raise DomainError("already_decided", text, facts=facts, status=409)
    return held


def _said(reason: str) -> str:
    if not (text := reason.strip()):
        raise DomainError("reason_needed", _("Dites pourquoi, en quelques mots."), facts={"field": "reason"})
    return text[:300]


def _decided(pair: Pair, state: str, *, by: User, reason: str) -> Pair:
    pair.state, pair.decided_by, pair.decided_at = state, by, timezone.now()
    pair.reason = reason
    pair.save()
    return pair
