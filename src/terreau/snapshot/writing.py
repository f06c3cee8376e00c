"""Writing a snapshot: the ledgers and what they need as Parquet, under the contract of ``analytics``.

A snapshot is private. Its folder appears whole or not at all; lines are written in parts, and a writing that
was stopped goes on from its last part, on the lines that were there when it began. Memory holds one part.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.analytics import checking, contract
from terreau.common.canonical import canonical, digest
from terreau.common.errors import DomainError
from terreau.snapshot import source

MANIFEST, PROGRESS = "manifest.json", "progress.json"
#: Lines of a part: what is held in memory, and what is written again after a stop.
PART: Final = 50_000
#: How many snapshots of the worker are kept: they are private and can be made again.
KEPT: Final = 2
_UNFINISHED: Final = ".unfinished-"
_STAMP = re.compile(r"^\d{8}T\d{6}Z$")
Beat = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot as it stands on the disk; ``manifest`` says version, counts, digests and when."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def rows(self) -> int:
        """How many lines of ledgers it holds."""
        return int(self.manifest["tables"]["flows"]["rows"])


def write(folder: Path, *, beat: Beat = lambda done: None, part: int = PART) -> Snapshot:
    """Write a snapshot as ``folder``, or go on with one that was stopped. ``beat`` is told lines written.

    Raises ``DomainError`` when the folder exists already, or when what is written is not the contract.
    """
    folder = folder.absolute()
    if folder.exists():
        message = _("%(folder)s existe déjà : donnez le nom d'un dossier nouveau.")
        raise DomainError("exists", message % {"folder": folder}, facts={"folder": str(folder)})
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f"{_UNFINISHED}{folder.name}")
    with _private():
        state = _begin(unfinished)
        _flows(unfinished, state, beat, part)
        _others(unfinished, state)
        if problems := checking.problems(unfinished):
            message = _("L'instantané n'est pas ce que dit son contrat : %(problem)s.")
            raise DomainError(
                "not_the_contract", message % {"problem": problems[0]}, facts={"problems": problems}
            )
        manifest = _manifest(unfinished, state)
        _put(unfinished / MANIFEST, manifest)
        (unfinished / PROGRESS).unlink()
        unfinished.rename(folder)
    return Snapshot(folder, manifest)


def take(*, beat: Beat = lambda done: None) -> Snapshot:
    """Write the snapshot of the worker in the data folder, and forget the oldest ones."""
    root = Path(settings.SNAPSHOTS_DIR)
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o700)
    made = write(root / (_waiting(root) or _free_name(root)), beat=beat)
    for old in _finished(root)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return made


def latest() -> Snapshot | None:
    """Return the last snapshot of the worker, None before the first."""
    found = _finished(Path(settings.SNAPSHOTS_DIR))
    return opened(found[-1]) if found else None


def opened(folder: Path) -> Snapshot:
    """Return a snapshot of the disk; raise ``DomainError`` when it is none, or of another version."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        message = _("%(folder)s n'est pas un instantané : ./terreau snapshot_write en fait un.")
        raise DomainError(
            "not_a_snapshot", message % {"folder": folder}, facts={"folder": str(folder)}
        ) from None
    if manifest.get("version") != contract.VERSION:
        message = _("Cet instantané suit le contrat %(found)s ; celui d'aujourd'hui est le %(wanted)s.")
        facts = {"found": manifest.get("version"), "wanted": contract.VERSION}
        raise DomainError("other_version", message % facts, facts=facts)
    return Snapshot(folder, manifest)


def _finished(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if _STAMP.match(path.name) and (path / MANIFEST).is_file())


def _free_name(root: Path) -> str:
    """Return the first instant, from now on and by the second, that no snapshot is named after."""
    at = timezone.now().astimezone(UTC)
    while (root / (name := f"{at:%Y%m%dT%H%M%SZ}")).exists():
        at += timedelta(seconds=1)
    return name


def _waiting(root: Path) -> str:
    """Return the name of the writing that was stopped last, less than a day ago; forget the others."""
    found = ""
    for path in sorted(root.glob(f"{_UNFINISHED}*")):
        age = timezone.now().timestamp() - path.stat().st_mtime
        if age < timedelta(days=1).total_seconds() and (path / PROGRESS).is_file():
            found = path.name.removeprefix(_UNFINISHED)
        else:
            shutil.rmtree(path, ignore_errors=True)
    return found


@contextmanager
def _private() -> Iterator[None]:
    """Let nobody but this user read what is written."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


# The parts


@dataclass(slots=True)
class _State:
    """How far the lines are: the last line of each book when the writing began, what is written, where."""

    until: dict[str, int]
    parts: int = 0
    rows: int = 0
    pole: str = ""
    rank: int = 0
    resumed: bool = False
    began: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "version": contract.VERSION, "until": self.until, "parts": self.parts, "rows": self.rows,
            "pole": self.pole, "rank": self.rank, "resumed": self.resumed, "began": self.began,
        }  # fmt: skip


def _begin(folder: Path) -> _State:
    """Return where the writing stands: at the beginning, unless it was stopped under the same contract."""
    try:
        kept = json.loads((folder / PROGRESS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if kept.pop("version", None) == contract.VERSION:
        return _State(**kept | {"resumed": True})
    shutil.rmtree(folder, ignore_errors=True)
    for table in contract.TABLES:
        (folder / table.name).mkdir(parents=True)
    until = {str(pole): rank for pole, rank in source.last_ranks(source.books()).items() if rank}
    state = _State(until, began=timezone.now().astimezone(UTC).isoformat(timespec="seconds"))
    _put(folder / PROGRESS, state.as_dict())
    return state


def _flows(folder: Path, state: _State, beat: Beat, part: int) -> None:
    held: list[dict[str, Any]] = []
    for pole in sorted(state.until):
        if pole < state.pole:
            continue
        after = state.rank if pole == state.pole else 0
        while after < state.until[pole]:
            lines = source.flows(UUID(pole), after=after, until=state.until[pole], most=part - len(held))
            if not lines:
                break
            held += lines
            after = lines[-1]["rank"]
            if len(held) >= part:
                _write_part(folder, state, held, pole, after)
                held = []
                beat(state.rows)
    if held or not state.parts:
        last = max(state.until, default="")
        _write_part(folder, state, held, last, state.until.get(last, 0))


def _write_part(folder: Path, state: _State, rows: list[dict[str, Any]], pole: str, rank: int) -> None:
    """Write the next part, then where it ends: a part written twice has the same name."""
    _write_rows(folder, contract.FLOWS, rows, state.parts)
    state.parts, state.rows = state.parts + 1, state.rows + len(rows)
    state.pole, state.rank = pole, rank
    _put(folder / PROGRESS, state.as_dict())


def _others(folder: Path, state: _State) -> None:
    ids = [UUID(pole) for pole in sorted(state.until)]
    _write_rows(folder, contract.POLES, list(source.poles(ids)), 0)
    parties = {UUID(party) for party in _parties(folder)}
    _write_rows(folder, contract.ACTORS, list(source.actors(sorted(parties))), 0)


def _parties(folder: Path) -> set[str]:
    """Return who gives or receives in the lines written."""
    found: set[str] = set()
    for file in sorted((folder / contract.FLOWS.name).glob("*.parquet")):
        table = pyarrow.parquet.read_table(file, columns=["giver", "receiver"])
        found.update(*(table[name].unique().to_pylist() for name in ("giver", "receiver")))
    return found


def _write_rows(folder: Path, table: contract.Table, rows: Iterable[dict[str, Any]], part: int) -> None:
    made = pa.Table.from_pylist(list(rows), schema=checking.arrow_schema(table))
    target = folder / table.name / f"{part:05}.parquet"
    partial = target.with_suffix(".partial")
    pyarrow.parquet.write_table(made, partial, compression="zstd")
    partial.replace(target)


def _manifest(folder: Path, state: _State) -> dict[str, Any]:
    tables = {table.name: _described(folder / table.name) for table in contract.TABLES}
    return {
        "version": contract.VERSION,
        "contract": digest(contract.as_dict()),
        "created": state.began,
        "resumed": state.resumed,
        "tables": tables,
        "digest": digest(tables),
    }


def _described(folder: Path) -> dict[str, Any]:
    files = {}
    for path in sorted(folder.glob("*.parquet")):
        with path.open("rb") as file:
            files[path.name] = file_digest(file, "sha256").hexdigest()
    rows = sum(pyarrow.parquet.read_metadata(folder / name).num_rows for name in files)
    return {"rows": rows, "files": files}


def _put(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(canonical(value), encoding="utf-8")
    partial.replace(path)
