"""Loads the seeds into the register, as a diff: what is already there as written is left alone.

First the rows of the actors, places and poles, then what each says of the others. Each batch of entries is
one transaction, so that the lock of SQLite is short and a load that is killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction

from terreau.accounts.models import User
from terreau.actors import projection as actors
from terreau.common.batches import batches
from terreau.facts import catalogue
from terreau.journal import actions as journal
from terreau.journal import subjects
from terreau.pieces.models import Source
from terreau.pieces.sources import source as cite
from terreau.poles import listing, seed_rows
from terreau.poles.models import SeedEntry, SeedLine
from terreau.poles.seed_content import FOLDER, Citation, Content, Entry, Line, read
from terreau.poles.seed_rows import Made
from terreau.subjects.models import Subject
from terreau.territories import base
from terreau.territories.models import Zone

_BATCH = 40
#: Why an entry that left the files is closed; only such a closing is undone when the entry comes back.
GONE = "no longer in the content files"


@dataclass
class Outcome:
    """What a load did: entries by ``kind:key``, and the number of statements written and taken back."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    written: int = 0
    taken_back: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def load(folder: Path = FOLDER, *, by: User | None = None) -> Outcome:
    """Bring the register to what the files of a folder say, and tell the difference.

    Raises `SeedError` or `ContentError` before anything is written. An entry that left the files is closed,
    never deleted. Rows and facts that people wrote are left alone.
    """
    content = read(catalogue.load(), base.load(settings.COG_YEAR), folder)
    known = {(entry.kind, entry.key): entry for entry in SeedEntry.objects.select_related("subject")}
    outcome = Outcome()
    stale = [entry for entry in content.entries if _is_stale(entry, known.get((entry.kind, entry.key)))]
    outcome.unchanged = len(content.entries) - len(stale)
    if stale:
        _Load(content, known, by, outcome).write(stale)
    _close_absent(content, known, by, outcome)
    return outcome


def _is_stale(entry: Entry, known: SeedEntry | None) -> bool:
    return known is None or known.digest != entry.digest


def _close_absent(
    content: Content, known: dict[tuple[str, str], SeedEntry], by: User | None, outcome: Outcome
) -> None:
    present = {(entry.kind, entry.key) for entry in content.entries}
    for kind, key in sorted(known.keys() - present):
        entry = known[kind, key]
        if entry.subject.closed_at is None:
            with transaction.atomic():
                subjects.close(entry.subject, by=by, reason=GONE)
                SeedEntry.objects.filter(pk=entry.pk).update(digest="")
                listing.project([entry.subject_id])
            outcome.removed.append(f"{kind}:{key}")


class _Load:
    """One run: what it needs to know while it writes."""

    def __init__(
        self,
        content: Content,
        known: dict[tuple[str, str], SeedEntry],
        by: User | None,
        outcome: Outcome,
    ) -> None:
        self.by = by
        self.outcome = outcome
        self.entries = known
        self.citations = content.citations
        self.sources: dict[str, Source] = {}
        codes = {entry.core["zone"] for entry in content.entries if entry.core.get("zone")}
        self.made = Made(
            subjects={key: entry.subject for key, entry in known.items()},
            zones=_zones(codes),
            by=by,
        )

    def write(self, stale: list[Entry]) -> None:
        """Write the entries that differ: rows first, then statements."""
        self._cite({text for entry in stale for line in entry.lines for text in line.citations})
        for batch in batches(stale, _BATCH):
            with transaction.atomic():
                for entry in batch:
                    self._row(entry)
        for batch in batches(stale, _BATCH):
            with transaction.atomic():
                self._statements(batch)
        listing.project(listing.touched_by([self.made.subjects[entry.kind, entry.key].pk for entry in stale]))

    def _cite(self, texts: Iterable[str]) -> None:
        with transaction.atomic():
            for text in sorted(texts):
                self.sources[text] = _source(self.citations[text])

    def _row(self, entry: Entry) -> None:
        """Make or correct the entry's own row. Its digest stays empty until its statements are written."""
        key = (entry.kind, entry.key)
        known = self.entries.get(key)
        if known is None:
            self._create(entry, key)
        else:
            self._correct(entry, known)
        fresh = known is None or not known.digest
        (self.outcome.added if fresh else self.outcome.changed).append(f"{entry.kind}:{entry.key}")

    def _create(self, entry: Entry, key: tuple[str, str]) -> None:
        cited = next((line.citations[0] for line in entry.lines if line.citations), None)
        subject = seed_rows.CREATE[entry.kind](entry, self.sources[cited] if cited else None, self.made)
        self.entries[key] = SeedEntry.objects.create(
            kind=entry.kind, key=entry.key, subject=subject, digest="", core=entry.core_digest
        )
        self.made.subjects[key] = subject

    def _correct(self, entry: Entry, known: SeedEntry) -> None:
        if known.core != entry.core_digest:
            seed_rows.UPDATE[entry.kind](entry, known.subject, self.made)
            SeedEntry.objects.filter(pk=known.pk).update(core=entry.core_digest)
        if known.subject.closing_reason == GONE:
            Subject.objects.filter(pk=known.subject_id).update(
                closed_at=None, closed_by=None, closing_reason=""
            )
            journal.record(known.subject, "subject.reopened", by=self.by)

    def _statements(self, batch: list[Entry]) -> None:
        """Write the statements that are new, take back those that are gone, journal each entry once."""
        stored = [self.entries[entry.kind, entry.key] for entry in batch]
        lines: dict[int, dict[str, SeedLine]] = {known.pk: {} for known in stored}
        for line in SeedLine.objects.filter(entry__in=stored).order_by("pk"):
            lines[line.entry_id][line.digest] = line
        plans = [_Plan.of(entry, known, lines[known.pk]) for entry, known in zip(batch, stored, strict=True)]
        for plan in plans:
            seed_rows.erase(plan.gone, self.made)
        self._write_lines(plans)
        for plan in plans:
            self._conclude(plan)
        seed_rows.set_stages([known.subject_id for known in stored if known.kind == "pole"])
        actors.project([known.subject_id for known in stored if known.kind != "place"])

    def _write_lines(self, plans: list[_Plan]) -> None:
        told = [(plan.known, line) for plan in plans for line in plan.fresh if line.kind == "fact"]
        subjects_of = [(known.subject, line) for known, line in told]
        rows = seed_rows.write_facts(subjects_of, self.sources, self.made)
        written = [_line(known, line, row) for (known, line), row in zip(told, rows, strict=True)]
        for plan in plans:
            for line in (line for line in plan.fresh if line.kind != "fact"):
                row = seed_rows.write(plan.known.subject, line, self.sources, self.made)
                written.append(_line(plan.known, line, row))
        SeedLine.objects.bulk_create(written)

    def _conclude(self, plan: _Plan) -> None:
        SeedLine.objects.filter(pk__in=[line.pk for line in plan.gone]).delete()
        SeedEntry.objects.filter(pk=plan.known.pk).update(digest=plan.entry.digest)
        count, digest = len(plan.fresh), plan.entry.digest
        data = {"entry": str(plan.known), "taken_back": len(plan.gone)}
        journal.record_batch(
            plan.known.subject, "seeds.loaded", by=self.by, digest=digest, count=count, data=data
        )
        self.outcome.written += count
        self.outcome.taken_back += len(plan.gone)


@dataclass(frozen=True)
class _Plan:
    """What an entry changes: statements to take back, statements to write."""

    entry: Entry
    known: SeedEntry
    gone: list[SeedLine]
    fresh: list[Line]

    @classmethod
    def of(cls, entry: Entry, known: SeedEntry, stored: dict[str, SeedLine]) -> _Plan:
        wanted = {line.digest: line for line in entry.lines}
        gone = [line for digest, line in stored.items() if digest not in wanted]
        return cls(entry, known, gone, [line for digest, line in wanted.items() if digest not in stored])


def _line(known: SeedEntry, line: Line, row: str) -> SeedLine:
    return SeedLine(entry=known, digest=line.digest, kind=line.kind, row=row)


def _zones(codes: Iterable[str]) -> dict[str, Zone]:
    """Return the zones of ``level:code`` texts, in a few queries."""
    wanted = [text.split(":", 1) for text in codes]
    found: dict[str, Zone] = {}
    for level in {level for level, _code in wanted}:
        here = [code for one, code in wanted if one == level]
        rows = Zone.objects.filter(level=level, cog_year=settings.COG_YEAR, code__in=here)
        found |= {f"{level}:{zone.code}": zone for zone in rows}
    return found


def _source(citation: Citation) -> Source:
    return cite(
        citation.kind,
        citation.code,
        citation.document,
        citation.section,
        citation.url,
        published=citation.published,
        consulted_on=citation.consulted,
        to_check=citation.to_check,
    )
