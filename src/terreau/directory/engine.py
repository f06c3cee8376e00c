"""The DuckDB of an import: on disk in its own folder, bounded, with the words and keys of the registers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from terreau.common.text import search_text
from terreau.territories import base

#: Of the 4 GiB of a small machine: the engine spills to the disk beyond.
MEMORY, THREADS = "2500MB", 2
_LA_POSTE, _ITS_HEAD = 356000000, 35600000000048
#: Letters that the engine folds as ``common.text`` does; a name with any other is folded in Python.
_COMMON = r"[^\t\n\r\x20-\x7EÀ-ÇÈ-ÏÑ-ÖÙ-Ýß-ïñ-öù-ýÿŒœ’«»–—°]"


@contextmanager
def opened(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the engine in ``folder``, with the macros below and the communes; nothing stays in memory."""
    (folder / "tmp").mkdir(exist_ok=True)
    with duckdb.connect(str(folder / "import.duckdb")) as db:
        db.execute(f"SET memory_limit = '{MEMORY}'; SET threads = {THREADS}")
        db.execute("SET temp_directory = ?", [str(folder / "tmp")])
        db.execute("SET preserve_insertion_order = true")
        for macro in _MACROS:
            db.execute(f"CREATE OR REPLACE MACRO {macro}")
        _communes(db)
        yield db


def _luhn(digits: int) -> str:
    """The sum of Luhn of a whole number: every second digit from the right doubled."""
    terms = []
    for place in range(digits):
        digit = f"(n // {10**place} % 10)"
        terms.append(f"({digit} * 2 // 10 + {digit} * 2 % 10)" if place % 2 else digit)
    return " + ".join(terms)


def _digit_sum(digits: int) -> str:
    return " + ".join(f"(n // {10**place} % 10)" for place in range(digits))


_MACROS = (
    "text(x) AS trim(coalesce(CAST(x AS VARCHAR), ''))",
    "one_line(x) AS CASE WHEN contains(x, chr(10)) OR contains(x, chr(13)) "
    "THEN trim(regexp_replace(x, '\\s+', ' ', 'g')) ELSE x END",
    # [ND]: what INSEE keeps for itself.
    "shown(x) AS CASE WHEN x = '[ND]' THEN '' ELSE x END",
    f"siren_holds(n) AS n > 0 AND ({_luhn(9)}) % 10 = 0",
    f"siret_holds(n) AS n % 100000 > 0 AND CASE WHEN n // 100000 = {_LA_POSTE} AND n <> {_ITS_HEAD} "
    f"THEN ({_digit_sum(14)}) % 5 = 0 ELSE siren_holds(n // 100000) AND ({_luhn(14)}) % 10 = 0 END",
    "digits(x, k) AS CASE WHEN length(x) = k AND regexp_full_match(x, '[0-9]+') THEN CAST(x AS BIGINT) END",
    # The RNA writes 0001-01-01 for a day that it does not know.
    "known(x) AS CASE WHEN x IN ('0001-01-01', '0000-00-00') THEN '' ELSE x END",
    "any_day(x) AS coalesce(TRY_CAST(left(x, 10) AS DATE), CAST(try_strptime(x, '%d/%m/%Y') AS DATE))",
    "day(x) AS CASE WHEN any_day(x) BETWEEN DATE '1600-01-01' AND current_date + 366 "
    "THEN CAST(any_day(x) AS VARCHAR) END",
    "naf(x) AS regexp_replace(left(x, 6), '^([0-9]{2})([0-9]{2}[A-Z])$', '\\1.\\2')",
    "open_ligatures(x) AS replace(replace(replace(replace(replace("
    "x, 'œ', 'oe'), 'Œ', 'oe'), 'æ', 'ae'), 'Æ', 'ae'), 'ß', 'ss')",
    "folded(x) AS trim(regexp_replace(lower(strip_accents(open_ligatures(x))), '[^a-z0-9]+', ' ', 'g'))",
    f"uncommon(x) AS regexp_matches(x, '{_COMMON}')",
    # The same on any version of the engine; 63 bits, positive.
    "row_digest(x) AS CAST(md5_number_lower(x) >> 1 AS BIGINT)",
)


def _communes(db: duckdb.DuckDBPyConnection) -> None:
    """Every code a file may hold → the commune of today; ``kind``: current, municipal or former."""
    found = base.load()
    db.execute("CREATE OR REPLACE TABLE commune (given VARCHAR, code VARCHAR, kind VARCHAR)")
    rows = [(code, code, "current") for code in found.index]
    for given, code in found.former.items():
        municipal = given[:3] in {"751", "132", "693"} and code in {"75056", "13055", "69123"}
        rows.append((given, code, "municipal" if municipal else "former"))
    names = ("given", "code", "kind")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    db.execute("INSERT INTO commune SELECT unnest($given), unnest($code), unnest($kind)", columns)


def fold_uncommon(db: duckdb.DuckDBPyConnection, table: str) -> None:
    """Fold in Python the words that the engine does not fold alike: ``table`` has ``plain_words``,
    ``words``."""
    rows = db.execute(f"SELECT DISTINCT plain_words FROM {table} WHERE uncommon(plain_words)").fetchall()
    if rows:
        db.execute("CREATE OR REPLACE TEMP TABLE uncommon_words (written VARCHAR, folded VARCHAR)")
        db.executemany(
            "INSERT INTO uncommon_words VALUES (?, ?)", [(t, search_text(t)[:200]) for (t,) in rows]
        )
        db.execute(f"UPDATE {table} SET words = folded FROM uncommon_words WHERE plain_words = written")
