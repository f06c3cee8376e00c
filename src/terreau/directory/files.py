"""Official files as they are published: CSV, ZIP of CSV or Parquet, made readable without loss.

A CSV must be UTF-8 for the engine that reads it; lines that are not are taken for Windows-1252 and
counted. One
pass gives the SHA-256 of what was brought and, when it is needed, a file in UTF-8 in the folder of the
import.
"""

import codecs
import csv
import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import duckdb
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError

_CHUNK = 1 << 20
_SEPARATORS = ",;\t|"
#: A published ZIP of Sirene holds ten times its size; a hundred times is not one.
_MOST_RATIO = 100


@dataclass(frozen=True, slots=True)
class Readable:
    """A file that the engine can read, and what had to be done for that.

    ``recoded`` are the first lines (from 1) that were not UTF-8, ``recoded_count`` how many there are.
    """

    path: Path
    name: str
    sha256: str
    size: int
    columns: tuple[str, ...]
    separator: str = ""
    recoded: tuple[int, ...] = ()
    recoded_count: int = 0

    @property
    def parquet(self) -> bool:
        """Whether it is a Parquet file; a CSV otherwise."""
        return not self.separator


@dataclass
class _Pass:
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    size: int = 0
    recoded: list[int] = field(default_factory=list)
    recoded_count: int = 0


def readable(path: Path, folder: Path) -> list[Readable]:
    """Return the files to read in what was brought: one, or those of a ZIP.

    What must be rewritten goes to ``folder``. ``DomainError`` when it is none of the three formats, is
    empty, or does not fit on the disk.
    """
    if not path.is_file():
        message = _("Le fichier %(name)s n'existe pas.")
        raise DomainError("no_such_file", message % {"name": path.name}, facts={"file": path.name})
    if zipfile.is_zipfile(path):
        return list(_unzipped(path, folder))
    if _head(path) == b"PAR1":
        return [_parquet(path)]
    return [_csv(path, folder, path.name)]


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _unzipped(path: Path, folder: Path) -> Iterator[Readable]:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if m.filename.lower().endswith((".csv", ".txt"))]
        size = sum(member.file_size for member in members)
        if not members:
            message = _("%(name)s ne contient aucun fichier CSV.")
            raise DomainError("empty_archive", message % {"name": path.name}, facts={"file": path.name})
        free = shutil.disk_usage(folder).free
        if size > min(free * 0.8, max(path.stat().st_size, 1) * _MOST_RATIO):
            message = _(
                "%(name)s s'étend à %(size)d Mo : trop pour la place libre, ou pour un fichier publié."
            )
            values = {"name": path.name, "size": size // 1_000_000}
            raise DomainError("archive_too_large", message % values, facts={**values, "free": free})
        for number, member in enumerate(sorted(members, key=lambda one: one.filename)):
            target = _free(folder, f"{path.stem}-{number}")
            with archive.open(member) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, _CHUNK)
            yield _csv(target, folder, f"{path.name}/{Path(member.filename).name}")


def _free(folder: Path, stem: str) -> Path:
    """A name that no other file of the import has: two archives may hold the same."""
    return folder / f"{len(list(folder.iterdir()))}-{stem}.csv"


def _parquet(path: Path) -> Readable:
    with duckdb.connect() as db:
        try:
            columns = db.execute("SELECT name FROM parquet_schema(?) WHERE num_children IS NULL", [str(path)])
            names = tuple(row[0] for row in columns.fetchall())
        except duckdb.Error as error:
            message = _("%(name)s n'est pas un fichier Parquet lisible.")
            raise DomainError(
                "bad_parquet", message % {"name": path.name}, facts={"file": path.name}
            ) from error
    with path.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256").hexdigest()
    return Readable(path, path.name, sha, path.stat().st_size, names)


def _csv(path: Path, folder: Path, name: str) -> Readable:
    """One pass: digest, and whether all of it is UTF-8; a second one rewrites the lines that are not."""
    done = _Pass()
    decoder = codecs.getincrementaldecoder("utf-8")()
    sound = True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            done.digest.update(chunk)
            done.size += len(chunk)
            if sound:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    sound = False
    readable_path = path if sound else _free(folder, f"{path.stem}-utf8")
    if not sound:
        with path.open("rb") as source, readable_path.open("wb") as target:
            _recode(source, target, done)
    columns, separator = _heading(readable_path, name)
    return Readable(
        readable_path,
        name,
        done.digest.hexdigest(),
        done.size,
        columns,
        separator,
        tuple(done.recoded),
        done.recoded_count,
    )


def _recode(source: IO[bytes], target: IO[bytes], done: _Pass) -> None:
    for number, line in enumerate(source, start=1):
        try:
            line.decode("utf-8")
            target.write(line)
        except UnicodeDecodeError:
            target.write(line.decode("cp1252", errors="replace").encode("utf-8"))
            done.recoded_count += 1
            if len(done.recoded) < 100:
                done.recoded.append(number)


def _heading(path: Path, name: str) -> tuple[tuple[str, ...], str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline(100_000)
        if not first.strip():
            message = _("Le fichier %(name)s est vide, ou ne commence pas par ses noms de colonnes.")
            raise DomainError("empty_file", message % {"name": name}, facts={"file": name})
        separator = max(_SEPARATORS, key=first.count)
        file.seek(0)
        columns = next(csv.reader(file, delimiter=separator))
    return tuple(column.strip() for column in columns), separator
