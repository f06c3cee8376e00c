"""Recording what sources say. Nothing is overwritten: a fact is superseded or withdrawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common import canonical
from terreau.common.batches import batches
from terreau.common.errors import DomainError
from terreau.common.periods import DAY, MONTH, YEAR, PartialDate
from terreau.facts import catalogue, projections
from terreau.facts.models import Fact, Status
from terreau.facts.projection import VALUE_COLUMNS, Pair, all_pairs, project, value_of
from terreau.facts.values import read_value
from terreau.journal import actions as journal
from terreau.pieces.models import Source
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

_BATCH = 400
#: A pole is an actor: what is said of the one may be said of the other.
_SPEAKS_OF = {Subject.Kind.ACTOR: {"actor", "pole"}, Subject.Kind.POLE: {"actor", "pole"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """A statement to record; see ``record`` for each value. ``on`` stands for both ends at once."""

    subject: Subject
    code: str
    value: Any
    source: Source
    status: str = Status.DECLARED
    on: PartialDate | None = None
    valid_from: PartialDate | None = None
    valid_to: PartialDate | None = None
    unit: str | None = None
    qualifier: str = ""
    value_max: Any = None
    note: Mapping[str, str] | None = field(default=None)


def record(  # noqa: PLR0913
    subject: Subject,
    code: str,
    value: Any,
    *,
    source: Source,
    by: User | None = None,
    status: str = Status.DECLARED,
    on: PartialDate | None = None,
    valid_from: PartialDate | None = None,
    valid_to: PartialDate | None = None,
    unit: str | None = None,
    qualifier: str = "",
    value_max: Any = None,
    note: Mapping[str, str] | None = None,
    supersedes: Fact | None = None,
    at: datetime | None = None,
) -> Fact:
    """Record what ``source`` says of ``subject``, with its event and its projections.

    ``value``: see ``values.read_value``. ``on``: the day, month or year when it holds;
    ``valid_from``/``valid_to`` instead for a span, both included as people say them (« de 2010 à
    2014 » ends on 31 December 2014). None of them: the source gives no date. ``note``: ``{"fr": …,
    "en": …}``. ``supersedes``: the fact that this one corrects, which stops being current; two
    corrections of one fact cannot both be taken. ``at``: when recorded, now by default.
    Raises ``DomainError``; the contradiction of another source is no error, both stay.
    """
    new = NewFact(
        subject=subject,
        code=code,
        value=value,
        source=source,
        status=status,
        on=on,
        valid_from=valid_from,
        valid_to=valid_to,
        unit=unit,
        qualifier=qualifier,
        value_max=value_max,
        note=note,
    )
    fact = _fact(new, by=by, at=at or timezone.now())
    with transaction.atomic():
        subjects.lock(subject.pk)
        if supersedes is not None:
            _supersede(supersedes, fact)
        fact.save(force_insert=True)
        journal.record(subject, "fact.recorded", by=by, data={"fact": fact.pk.hex, **_told(fact)})
        _update({(subject.pk, code)})
    return fact


def record_many(
    facts: Iterable[NewFact],
    *,
    by: User | None = None,
    at: datetime | None = None,
    skip_known: bool = False,
) -> list[Fact]:
    """Record many facts at once and return those written; one transaction, all or nothing.

    With ``skip_known`` a fact that is living already (same subject, code, value, dates, status and
    source) is passed over, so that loading the same content again writes nothing. It writes no
    event: the caller journals one for the batch, with ``digest_of`` the facts returned.
    """
    moment = at or timezone.now()
    rows = [_fact(new, by=by, at=moment) for new in facts]
    with transaction.atomic():
        for batch in batches(sorted({row.subject_id for row in rows}), _BATCH):
            subjects.lock(*batch)
        if skip_known:
            rows = _unknown(rows)
        Fact.objects.bulk_create(rows, batch_size=_BATCH)
        _update({(row.subject_id, row.code) for row in rows})
    return rows


@transaction.atomic
def withdraw(fact: Fact, *, by: User | None, reason: str) -> Fact:
    """Take a fact back: it stays readable, and what else is known takes its place.

    Refused when it was already superseded or withdrawn. The reason stands in the journal.
    """
    if not reason.strip():
        raise DomainError("reason_needed", _("Dites pourquoi ce fait est retiré."))
    subjects.lock(fact.subject_id)
    _end(fact, timezone.now())
    journal.record(fact.subject, "fact.withdrawn", by=by, data={"fact": fact.pk.hex, "reason": reason})
    _update({(fact.subject_id, fact.code)})
    fact.refresh_from_db()
    return fact


def digest_of(facts: Iterable[Fact]) -> str:
    """Return the SHA-256 of what these facts say, in whatever order, for the event of a batch."""
    told = ({"subject": fact.subject_id.hex, **_told(fact)} for fact in facts)
    return canonical.digest(sorted(canonical.canonical(one) for one in told))


def reproject(pairs: Sequence[Pair]) -> int:
    """Bring the projections of these (subject, code) up to date; return how many lines changed."""
    with transaction.atomic():
        subjects.lock(*{subject for subject, _code in pairs})
        return _update(set(pairs))


def rebuild() -> int:
    """Bring every projection up to date, upper rooms' columns included; return how many lines changed.

    One short transaction by group of subjects, each locked meanwhile: it may run on a live site.
    """
    return sum(reproject(batch) for batch in batches(all_pairs(), _BATCH))


def _update(pairs: set[Pair]) -> int:
    return project(pairs) + projections.apply_to(pairs)


def _fact(new: NewFact, *, by: User | None, at: datetime) -> Fact:
    entries = catalogue.load()
    value = read_value(
        entries, new.code, new.value, unit=new.unit, qualifier=new.qualifier, value_max=new.value_max
    )
    _check_subject(new, entries[new.code].subjects)
    if new.status not in Status.values:
        facts = {"code": new.code, "value": new.status}
        raise DomainError("bad_status", _("Ce statut n'existe pas."), facts=facts)
    start, end, precision = _period(new)
    return Fact(
        subject=new.subject,
        code=new.code,
        valid_from=start,
        valid_to=end,
        valid_precision=precision,
        recorded_at=at,
        source=new.source,
        author=by,
        status=new.status,
        note=dict(new.note or {}),
        **{column: getattr(value, column) for column in VALUE_COLUMNS},
    )


def _check_subject(new: NewFact, allowed: Sequence[str]) -> None:
    kind = Subject.Kind(new.subject.kind)
    if not _SPEAKS_OF.get(kind, {str(kind)}) & set(allowed):
        facts = {"code": new.code, "kind": new.subject.kind}
        message = _("Ce fait ne se dit pas d'un sujet de cette nature.")
        raise DomainError("wrong_subject", message, facts=facts)


def _period(new: NewFact) -> tuple[date | None, date | None, str]:
    """Return the first day, the day after the last, and how precisely both are known."""
    if new.on is not None and (new.valid_from or new.valid_to):
        raise DomainError(
            "two_periods", _("Donnez une date ou une période, pas les deux."), facts={"code": new.code}
        )
    first, last = (new.on, new.on) if new.on else (new.valid_from, new.valid_to)
    start, end = first.first if first else None, last.next if last else None
    if start and end and end <= start:
        raise DomainError("bad_period", _("La fin doit suivre le début."), facts={"code": new.code})
    known = {one.precision for one in (first, last) if one}
    coarsest = next((precision for precision in (YEAR, MONTH, DAY) if precision in known), "")
    return start, end, coarsest


def _supersede(old: Fact, new: Fact) -> None:
    if (old.subject_id, old.code) != (new.subject_id, new.code):
        message = _("Un fait ne remplace qu'un fait de même code sur le même sujet.")
        raise DomainError("wrong_fact", message, facts={"code": new.code})
    _end(old, new.recorded_at)
    new.supersedes = old


def _end(fact: Fact, at: datetime) -> None:
    changed = Fact.objects.filter(pk=fact.pk, superseded_at__isnull=True).update(superseded_at=at)
    if not changed:
        message = _("Ce fait a déjà été remplacé ou retiré : rechargez la page.")
        raise DomainError("fact_superseded", message, facts={"fact": str(fact.pk)}, status=409)


def _told(fact: Fact) -> dict[str, Any]:
    """What a fact says, in JSON types without floats."""
    columns = [*VALUE_COLUMNS, "code", "status", "valid_from", "valid_to", "valid_precision", "note"]
    told: dict[str, Any] = {"source": fact.source_id.hex}
    for column in columns:
        value = getattr(fact, column)
        if value not in (None, "", {}):
            told[column] = _json(value)
    return told


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if isinstance(value, str | int | bool | dict) else f"{value}"


def _unknown(rows: Sequence[Fact]) -> list[Fact]:
    """Return the facts that no living fact says already, each once."""
    known: set[tuple[Any, ...]] = set()
    for batch in batches(sorted({row.subject_id for row in rows}), _BATCH):
        living = Fact.objects.filter(subject__in=batch, superseded_at__isnull=True)
        known |= {_identity(fact) for fact in living}
    fresh = []
    for row in rows:
        if (identity := _identity(row)) not in known:
            known.add(identity)
            fresh.append(row)
    return fresh


def _identity(fact: Fact) -> tuple[object, ...]:
    dates = (fact.valid_from, fact.valid_to, fact.valid_precision)
    value = value_of(fact)
    return (fact.subject_id, fact.code, value.key, value.text_en, fact.status, fact.source_id, *dates)
