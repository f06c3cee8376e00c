"""What happens to an identity: it is created, closed, merged, unmerged. Nothing is deleted.

These verbs write identities only: the journal stands above and cannot be called from here.
Rooms call ``journal.subjects``, where each verb also writes its event in the same transaction.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.subjects.models import MergeRecord, Subject

#: A pole is an actor: the two kinds may be merged with one another.
_ALIKE = {Subject.Kind.ACTOR: "actor", Subject.Kind.POLE: "actor"}


def create(kind: str, *, public: bool = False) -> Subject:
    """Create the identity of something; ``kind`` is one of ``Subject.Kind``."""
    return Subject.objects.create(kind=Subject.Kind(kind), public=public)


def lock(*ids: UUID) -> dict[UUID, Subject]:
    """Return the subjects locked until the end of the transaction, always in the same order.

    Whoever writes the journal or the facts of a subject waits here, so that chains and
    projections see one writer at a time. On SQLite the whole database is locked already.
    """
    rows = Subject.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    found = {row.pk: row for row in rows}
    if missing := set(ids) - set(found):
        facts = {"subjects": sorted(map(str, missing))}
        raise NotFoundError("unknown_subject", _("Ce sujet n'existe pas."), facts=facts)
    return found


@transaction.atomic
def close(subject: Subject, *, by: User | None, reason: str, at: datetime | None = None) -> Subject:
    """Close a subject: it stays readable and takes no new life. Refused when closed already.

    ``at`` is now when left out. The database refuses a closing without a reason.
    """
    changed = Subject.objects.filter(pk=subject.pk, closed_at__isnull=True).update(
        closed_at=at or timezone.now(), closed_by=by, closing_reason=reason, version=F("version") + 1
    )
    if not changed:
        raise DomainError("already_closed", _("Ce sujet est déjà fermé."), status=409)
    subject.refresh_from_db()
    return subject


@transaction.atomic
def reopen(subject: Subject) -> Subject:
    """Take back a closing: the subject lives again. Refused when it is not closed."""
    changed = Subject.objects.filter(pk=subject.pk, closed_at__isnull=False).update(
        closed_at=None, closed_by=None, closing_reason="", version=F("version") + 1
    )
    if not changed:
        raise DomainError("not_closed", _("Ce sujet n'est pas fermé."), status=409)
    subject.refresh_from_db()
    return subject


@transaction.atomic
def merge(loser: Subject, winner: Subject, *, by: User | None, reason: str) -> MergeRecord:
    """Say that ``loser`` is the same thing as ``winner``, which takes its place everywhere.

    Both rows are locked: of two concurrent merges one wins and the other is told. A subject that
    is merged already takes no other, so that no cycle can appear.
    """
    rows = lock(loser.pk, winner.pk)
    _check_merge(rows[loser.pk], rows[winner.pk])
    Subject.objects.filter(pk=loser.pk, merged_into__isnull=True).update(
        merged_into=winner.pk, version=F("version") + 1
    )
    return MergeRecord.objects.create(loser=loser, winner=winner, by=by, reason=reason, at=timezone.now())


def _check_merge(loser: Subject, winner: Subject) -> None:
    facts = {"loser": str(loser.pk), "winner": str(winner.pk)}
    if loser.pk == winner.pk:
        raise DomainError("merge_with_itself", _("Un sujet ne se fusionne pas avec lui-même."), facts=facts)
    if _ALIKE.get(Subject.Kind(loser.kind), loser.kind) != _ALIKE.get(Subject.Kind(winner.kind), winner.kind):
        raise DomainError("merge_kinds", _("Ces deux sujets ne sont pas de même nature."), facts=facts)
    if loser.merged_into_id or winner.merged_into_id:
        message = _("L'un de ces sujets est déjà fusionné : rechargez la page et recommencez.")
        raise DomainError("already_merged", message, facts=facts, status=409)


@transaction.atomic
def unmerge(record: MergeRecord, *, by: User | None) -> MergeRecord:
    """Undo a merge: the loser lives again under its own identity. Refused when undone already."""
    changed = MergeRecord.objects.filter(pk=record.pk, undone_at__isnull=True).update(
        undone_at=timezone.now(), undone_by=by
    )
    if not changed:
        raise DomainError("already_unmerged", _("Cette fusion est déjà défaite."), status=409)
    Subject.objects.filter(pk=record.loser_id).update(merged_into=None, version=F("version") + 1)
    record.refresh_from_db()
    return record


def resolve(subject_id: UUID) -> Subject:
    """Return the living end of the merges of ``subject_id``; raise ``NotFoundError`` when unknown.

    One query a step; a cycle, which the verbs above forbid, stops at the first identity met twice.
    """
    seen: set[UUID] = set()
    current = subject_id
    while True:
        subject = Subject.objects.filter(pk=current).first()
        if subject is None:
            facts = {"subject": str(current)}
            raise NotFoundError("unknown_subject", _("Ce sujet n'existe pas."), facts=facts)
        if subject.merged_into_id is None or subject.pk in seen:
            return subject
        seen.add(subject.pk)
        current = subject.merged_into_id


def family(ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return each of ``ids`` and every subject merged into it, at any depth → the one of ``ids``.

    One query a level of merges (nearly always one): what was said of the losers is read with the
    winner, and comes back to them when a merge is undone.
    """
    owner = {pk: pk for pk in ids}
    level = list(owner)
    while level:
        rows = Subject.objects.filter(merged_into__in=level).values_list("pk", "merged_into")
        level = []
        for pk, into in rows:
            if into is not None and pk not in owner:
                owner[pk] = owner[into]
                level.append(pk)
    return owner
