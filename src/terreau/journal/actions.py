"""Writing the journal: events in the transaction of what they tell, refusals after the rollback."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max
from django.utils import timezone

from terreau.accounts.models import User
from terreau.common.canonical import canonical
from terreau.common.errors import RefusedError
from terreau.common.stale import Row, write_fresh
from terreau.journal import rules
from terreau.journal.models import Event, Refusal, Seal
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

_VERB = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")
_log = logging.getLogger("terreau.journal")


def record(subject: Subject, verb: str, *, by: User | None, data: dict[str, Any] | None = None) -> Event:
    """Add an event to the chain of ``subject``; call it inside the transaction of the change.

    ``verb`` is ``noun.verb`` in lower case (``fact.recorded``). ``data`` holds JSON types without
    floats, and identifiers of people, never their names. The subject stays locked until the end of
    the transaction, so that two writers never take the same rank.
    """
    if not _VERB.match(verb):
        raise ValueError(f"{verb!r} is not a verb: write noun.verb in lower case")
    with transaction.atomic():
        subjects.lock(subject.pk)
        last = Event.objects.filter(subject=subject).order_by("-seq").values_list("seq", "hash").first()
        seq, previous = (last[0] + 1, last[1]) if last else (1, "")
        at, who = timezone.now(), by.pk if by else None
        found = rules.event_hash(
            subject.pk.hex,
            seq,
            verb,
            rules.instant(at),
            who.hex if who else None,
            canonical(data or {}),
            previous,
        )
        return Event.objects.create(
            subject=subject, seq=seq, verb=verb, at=at, by=who, data=data or {}, previous=previous, hash=found
        )


def record_batch(  # noqa: PLR0913
    subject: Subject,
    verb: str,
    *,
    by: User | None,
    digest: str,
    count: int,
    data: dict[str, Any] | None = None,
) -> Event:
    """Add one event for a bulk change of ``count`` rows whose content has this SHA-256 ``digest``."""
    return record(subject, verb, by=by, data={**(data or {}), "digest": digest, "count": count})


def save_fresh(  # noqa: PLR0913
    row: Row,
    *,
    subject: Subject,
    verb: str,
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    by: User | None,
) -> Row:
    """Write ``mine`` over a row with a ``version`` and add the event that says which fields changed.

    See ``common.stale.write_fresh``: raises ``StaleWriteError`` when the same field was changed by
    somebody else. Nothing changed, no event.
    """
    with transaction.atomic():
        written = write_fresh(row, base=base, mine=mine)
        if written.changes:
            record(subject, verb, by=by, data={"fields": sorted(written.changes)})
    return written.row


def refuse(subject: Subject | None, verb: str, *, by: User | None, reason: str) -> None:
    """Count a refusal; call it after the rollback of what was refused, never inside it.

    Refusals to a person are one row by subject, verb and hour. An anonymous one goes to the log
    only, so that a stranger's request never takes a write lock.
    """
    if by is None:
        _log.info("refused %s: %s", verb, reason, extra={"verb": verb})
        return
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    key = {"subject": subject, "verb": verb, "by": by.pk, "hour": hour}
    if _count_again(key):
        return
    try:
        with transaction.atomic():
            Refusal.objects.create(**key, reason=reason[:200])
    except IntegrityError:
        _count_again(key)


def _count_again(key: dict[str, Any]) -> int:
    rows = Refusal.objects.filter(verb=key["verb"], by=key["by"], hour=key["hour"])
    rows = rows.filter(subject=key["subject"]) if key["subject"] else rows.filter(subject__isnull=True)
    return rows.update(count=F("count") + 1)


@contextmanager
def counting_refusals(subject: Subject | None, verb: str, *, by: User | None) -> Iterator[None]:
    """Count the ``RefusedError`` that leaves the block, then let it go on.

    Put it outside the transaction: ``with counting_refusals(…), transaction.atomic():``.
    """
    try:
        yield
    except RefusedError as error:
        refuse(subject, verb, by=by, reason=str(error.message))
        raise


@transaction.atomic
def seal() -> Seal | None:
    """Seal every event since the last seal; return None when there is none.

    Keep the hash of a seal elsewhere (paper, another machine): from then on nobody, not even who
    holds the database, can rewrite what it covers unseen.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Waits for the writers, so that no lower identifier appears behind the seal.
            cursor.execute(
                "LOCK TABLE journal_seal IN EXCLUSIVE MODE; LOCK TABLE journal_event IN SHARE MODE"
            )
    before = Seal.objects.order_by("-id").first()
    first = before.last_event + 1 if before else 1
    last = Event.objects.aggregate(last=Max("id"))["last"] or 0
    if last < first:
        return None
    hashes = Event.objects.filter(id__range=(first, last)).order_by("id").values_list("hash", flat=True)
    count, digest = rules.digest_of(hashes.iterator(chunk_size=10_000))
    at, previous = timezone.now(), before.hash if before else ""
    found = rules.seal_hash(first, last, count, rules.instant(at), digest, previous)
    return Seal.objects.create(
        at=at, first_event=first, last_event=last, count=count, previous=previous, hash=found
    )
