"""A million events of the journal, one altered, found by the command: seconds and processor seconds.

Run: python -m bench.journal [--events 1000000] [--subjects 100000] [--url postgresql://…]

The chains are honest: each event is hashed as ``journal.actions.record`` hashes it, the events of all
subjects are mixed, one in four has a person, and a seal covers all but the last thousand. One row in the
middle is then altered by somebody who holds the database and puts its triggers aside. The command
``journal_verify --json`` runs in a process of its own, so that its start is counted, once before the forgery
and ``RUNS`` times after.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

RUNS = 3
ROOT = Path(__file__).resolve().parent.parent
_BATCH = 20_000
_COLUMNS = 'id, subject_id, seq, verb, at, "by", data, previous, hash'
_START = datetime(2020, 1, 1, tzinfo=UTC)
_VERBS = ("fact.recorded", "actor.renamed", "membership.added", "perimeter.drawn")


def main() -> None:
    """Prepare the database, forge a row, time the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--subjects", type=int, default=100_000)
    parser.add_argument("--url", default="", help="an empty PostgreSQL database; SQLite without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), options)


def _measure(folder: Path, options: argparse.Namespace) -> None:
    os.environ["TERREAU_DATA_DIR"] = str(folder)
    if options.url:
        os.environ["TERREAU_DATABASE_URL"] = options.url
    os.environ["DJANGO_SETTINGS_MODULE"] = "terreau.config.settings"
    sys.path.insert(0, str(ROOT / "src"))
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    start = time.perf_counter()
    _fill(options.events, options.subjects)
    connection.close()
    wrote = time.perf_counter() - start
    print(f"{options.events} events of {options.subjects} subjects written in {wrote:.0f} s")
    sound, seconds, cpu = _command()
    print(f"sound, {sound['events']} events, {sound['seals']} seal: {seconds:.2f} s, processor {cpu:.2f} s")
    assert sound["sound"]
    forged = options.events // 2
    _forge(forged)
    connection.close()
    runs = [_command() for _ in range(RUNS)]
    for told, _seconds, _cpu in runs:
        assert [(one["kind"], one["event"]) for one in told["problems"]] == [("altered", forged)], told
    walls, cpus = [run[1] for run in runs], [run[2] for run in runs]
    print(
        f"{connection.vendor}: event {forged} altered, found in a median of {statistics.median(walls):.2f} s "
        f"({', '.join(f'{one:.2f}' for one in walls)}), processor {statistics.median(cpus):.2f} s; "
        f"load of the machine {os.getloadavg()[0]:.1f}"
    )


def _fill(events: int, subjects: int) -> None:
    from django.db import connection, transaction

    from terreau.journal.actions import seal

    known = [uuid.UUID(int=index + 1, version=4) for index in range(subjects)]
    with transaction.atomic(), connection.cursor() as cursor:
        rows = ((_stored(one), "actor", True, _at(_START), "", 1) for one in known)
        _write(cursor, "subjects_subject", "id, kind, public, created_at, closing_reason, version", rows)
        honest = _events(known, events)
        _write(cursor, "journal_event", _COLUMNS, islice(honest, events - 1000))
    seal()
    with transaction.atomic(), connection.cursor() as cursor:
        _write(cursor, "journal_event", _COLUMNS, honest)
        cursor.execute("ANALYZE")


def _events(subjects: list[uuid.UUID], count: int) -> Iterator[tuple[Any, ...]]:
    """Yield honest events, the subjects mixed at random."""
    from terreau.journal import rules

    chance = random.Random(1)
    ends: dict[uuid.UUID, tuple[int, str]] = {}
    people = [uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(50)]
    for identifier in range(1, count + 1):
        subject = chance.choice(subjects)
        rank, previous = ends.get(subject, (0, ""))
        at = _START + timedelta(seconds=identifier * 7, microseconds=identifier * 37 % 1_000_000)
        by = chance.choice(people) if chance.random() < 0.25 else None
        fact = uuid.UUID(int=chance.getrandbits(128), version=4)
        data = f'{{"code":"effectif_salarie","fact":"{fact}","rang":{identifier}}}'
        verb = chance.choice(_VERBS)
        who = by.hex if by else None
        found = rules.event_hash(subject.hex, rank + 1, verb, rules.instant(at), who, data, previous)
        ends[subject] = (rank + 1, found)
        person = _stored(by) if by else None
        yield identifier, _stored(subject), rank + 1, verb, _at(at), person, data, previous, found


def _stored(identifier: uuid.UUID) -> Any:
    from django.db import connection

    return identifier if connection.vendor == "postgresql" else identifier.hex


def _at(at: datetime) -> Any:
    from django.db import connection

    return at if connection.vendor == "postgresql" else str(at.replace(tzinfo=None))


def _write(cursor: Any, table: str, columns: str, rows: Iterator[tuple[Any, ...]]) -> None:
    """Write rows in bulk, as somebody who does not go through the models."""
    if cursor.db.vendor == "postgresql":
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join(["%s"] * len(columns.split(",")))
    while batch := list(islice(rows, _BATCH)):
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", batch)


def _forge(identifier: int) -> None:
    """Change one datum of one event, its hash left as it was, the triggers put aside."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE journal_event DISABLE TRIGGER USER")
        else:
            cursor.execute('DROP TRIGGER "journal_event_append_only_update"')
        change = "UPDATE journal_event SET data = replace(data, 'effectif', 'eftectif') WHERE id = %s"
        cursor.execute(change, [identifier])


def _command() -> tuple[dict[str, Any], float, float]:
    """Run ``journal_verify --json``; return what it says, its seconds and its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, str(ROOT / "manage.py"), "journal_verify", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout), seconds, cpu


if __name__ == "__main__":
    main()
