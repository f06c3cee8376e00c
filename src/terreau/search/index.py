"""One index of whatever can be found. The engine is the database's own; words are folded here.

SQLite: an FTS5 table ``search_fts`` over ``search_entry`` (external content), kept in step below.
PostgreSQL: a GIN index over the words of ``search_entry.text``. Both see the same words, made of
a–z and 0–9 only (``common.text``), so that the two answer alike and nothing typed is ever syntax.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from terreau.common.batches import batches
from terreau.common.text import search_text, sort_key
from terreau.search.models import Entry
from terreau.subjects.models import Subject

#: Order of what is found, the best first; the last makes every line unique.
ORDER = ("nearness", "lightness", "sort_key", "id")
_LONGEST_WORD = 60
_MOST_WORDS = 12
_BATCH = 500
_UPDATED = ["kind", "title", "detail", "path", "text", "sort_key", "weight", "public"]


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What to find a subject by. ``words``: names, codes, places beyond the title and the detail."""

    subject: Subject
    title: str
    path: str
    public: bool
    detail: str = ""
    words: Sequence[str] = field(default=())
    weight: float = 0


def put(  # noqa: PLR0913
    subject: Subject,
    *,
    title: str,
    detail: str,
    path: str,
    public: bool,
    words: Sequence[str] = (),
    weight: float = 0,
) -> None:
    """Index a subject, or index it anew. ``path`` is its French address, ``weight`` ranks it higher."""
    put_many([NewEntry(subject, title, path, public, detail, words, weight)])


def put_many(entries: Iterable[NewEntry]) -> int:
    """Index many subjects; return how many. A subject given twice keeps the last."""
    rows = {entry.subject.pk: _row(entry) for entry in entries}
    for batch in batches((rows[pk] for pk in sorted(rows)), _BATCH):
        _write(batch)
    return len(rows)


def remove(*subjects: UUID) -> None:
    """Take subjects out of the index; unknown ones are passed over."""
    for batch in batches(subjects, _BATCH):
        with transaction.atomic():
            _fts_forget(batch)
            Entry.objects.filter(subject__in=batch).delete()


def find(
    query: str, *, kinds: Collection[str] | None = None, limit: int = 20, public_only: bool = True
) -> list[Entry]:
    """Return the first of ``found``, the best first. Any text is accepted."""
    return list(found(query, kinds=kinds, public_only=public_only).order_by(*ORDER)[:limit])


def found(query: str, *, kinds: Collection[str] | None = None, public_only: bool = True) -> QuerySet[Entry]:
    """Return what holds every word of ``query``, the last one as a beginning; ``ORDER`` puts the best first.

    Accents and case do not count. First the very title, then titles that begin so, then by weight,
    then by name. A query without a letter or a digit finds nothing. Any text is accepted.
    """
    words = words_of(query)
    rows = _matching(words) if words else Entry.objects.none()
    # A list, not a join: SQLite would walk through every subject first.
    rows = rows.exclude(subject__in=Subject.objects.filter(merged_into__isnull=False))
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    if public_only:
        rows = rows.filter(public=True)
    start = " ".join(words)
    nearness = Case(
        When(sort_key=start, then=Value(0)),
        When(sort_key__startswith=start, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.annotate(nearness=nearness, lightness=-F("weight"))


def words_of(query: str) -> list[str]:
    """Return the folded words of a query, the first twelve, each cut at sixty letters."""
    return [word[:_LONGEST_WORD] for word in search_text(query[:1000]).split()[:_MOST_WORDS]]


def rebuild() -> None:
    """Fill the engine's own table from ``search_entry`` again (SQLite; PostgreSQL needs nothing)."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_fts(search_fts) VALUES ('rebuild')")


def _row(entry: NewEntry) -> Entry:
    words = search_text(entry.title, entry.detail, *entry.words).split()
    return Entry(
        subject_id=entry.subject.pk,
        kind=entry.subject.kind,
        title=entry.title[:300],
        detail=entry.detail[:300],
        path=entry.path,
        text=" ".join(dict.fromkeys(word[:_LONGEST_WORD] for word in words)),
        sort_key=sort_key(entry.title)[:300],
        weight=entry.weight,
        public=entry.public,
    )


@transaction.atomic
def _write(rows: Sequence[Entry]) -> None:
    ids = [row.subject_id for row in rows]
    _fts_forget(ids)
    Entry.objects.bulk_create(rows, update_conflicts=True, unique_fields=["subject"], update_fields=_UPDATED)
    _fts_learn(ids)


def _fts_forget(ids: Sequence[UUID]) -> None:
    _fts("INSERT INTO search_fts(search_fts, rowid, text) SELECT 'delete', id, text FROM search_entry", ids)


def _fts_learn(ids: Sequence[UUID]) -> None:
    _fts("INSERT INTO search_fts(rowid, text) SELECT id, text FROM search_entry", ids)


def _fts(sql: str, ids: Sequence[UUID]) -> None:
    if connection.vendor != "sqlite":
        return
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} WHERE subject_id IN ({marks})", [one.hex for one in ids])


def _matching(words: Sequence[str]) -> QuerySet[Entry]:
    *whole, last = words
    if connection.vendor == "sqlite":
        query = " AND ".join([*(f'"{word}"' for word in whole), f'"{last}" *'])
        rows = RawSQL("SELECT rowid FROM search_fts WHERE search_fts MATCH %s", [query])
        return Entry.objects.filter(id__in=rows)
    query = " & ".join([*(f"'{word}'" for word in whole), f"'{last}':*"])
    # A query of its own: what is found may stand inside another query, where the table has another name.
    holding = "SELECT id FROM search_entry WHERE array_to_tsvector(string_to_array(text, ' ')) @@ %s::tsquery"
    return Entry.objects.filter(id__in=RawSQL(holding, [query]))  # noqa: S611
