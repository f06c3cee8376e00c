"""A list of 100,000 rows as a file, from the database to the last byte, in every format.

Run: python -m bench.exports [--rows 100000] [--url postgresql://…] [--keep FOLDER]

A fresh data folder is made (or one given by --keep is used again), 100,000 actors are put in it, each with a
commune, a function and a network. Every format is then asked of the address ``/acteurs/`` in a process of its
own: seconds, processor seconds, memory of the process at its highest and before the request, queries. Before
any figure is printed, the files are read again and their rows compared: the same cells in the same order.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("csv", "xlsx", "ods", "geojson")
_BATCH = 5000
NETWORKS = 300


def main() -> None:
    """Prepare, ask, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--url", default="")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--step", choices=("fill", *FORMATS), help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step == "fill":
        fill(options.rows)
    elif options.step:
        print(json.dumps(asked(options.step, options.into)))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            run(options.keep or Path(temporary), options.url, options.rows)


def run(folder: Path, url: str, rows: int) -> None:
    """Make the database if it is not there, then each file, and print the figures."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TERREAU_")}
    variables = kept | {"TERREAU_DATA_DIR": str(folder), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    variables |= {"DJANGO_SETTINGS_MODULE": "terreau.config.settings"}
    variables |= {"TERREAU_DATABASE_URL": url} if url else {}
    if not (folder / "bench.ready").exists():
        for arguments in (["migrate", "-v0"], ["territories_load"]):
            _call(variables, "manage.py", *arguments)
        _call(variables, "-m", "bench.exports", "--step", "fill", "--rows", str(rows))
        (folder / "bench.ready").touch()
    print(f"processors: {os.cpu_count()}, load average before: {os.getloadavg()[0]:.1f}")
    figures = {}
    for form in FORMATS:
        into = folder / f"acteurs.{form}"
        said = _call(variables, "-m", "bench.exports", "--step", form, "--into", str(into))
        figures[form] = json.loads(said.splitlines()[-1])
    first = list(cells(folder / "acteurs.csv"))
    assert len(first) == rows, (len(first), rows)
    for form in FORMATS[1:]:
        assert list(cells(folder / f"acteurs.{form}")) == first, f"{form} does not say what csv says"
    print(f"{rows} rows, the same in every format")
    for form, one in figures.items():
        print(
            f"{form}: {one['seconds']:.1f} s, processor {one['processor']:.1f} s, {one['queries']} queries, "
            f"{one['bytes'] / 1e6:.1f} MB sent, memory {one['peak']:.0f} MB at most ({one['before']:.0f} MB "
            f"before the request), first byte after {one['first']:.2f} s"
        )
    print(f"load average after: {os.getloadavg()[0]:.1f}")


def _call(variables: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def fill(rows: int) -> None:
    """Put actors in the database, each in a commune, with a function, in one of the networks."""
    import django

    django.setup()
    from terreau.actors.models import Actor, ActorFunction, Affiliation
    from terreau.common.identifiers import uuid7
    from terreau.common.text import sort_key
    from terreau.subjects.models import Subject
    from terreau.territories.models import Zone

    communes = list(Zone.objects.filter(level="commune").order_by("code").values_list("pk", flat=True))
    networks: list[Actor] = []
    for start in range(0, rows, _BATCH):
        numbers = range(start, min(start + _BATCH, rows))
        made = [
            Actor(
                subject=Subject(pk=uuid7(), kind="actor", public=True),
                name=f"Structure d'essai n° {number}",
                sort_key=sort_key(f"Structure d'essai n° {number}"),
                legal_nature="association",
                siren=f"{900_000_000 + number}",
                zone_id=communes[number % len(communes)],
            )
            for number in numbers
        ]
        Subject.objects.bulk_create([actor.subject for actor in made])
        Actor.objects.bulk_create(made)
        networks = networks or made[:NETWORKS]
        ActorFunction.objects.bulk_create([ActorFunction(actor=actor, function="siae") for actor in made])
        Affiliation.objects.bulk_create(
            [
                Affiliation(member=actor, network=networks[number % NETWORKS])
                for number, actor in zip(numbers, made, strict=True)
                if actor not in networks
            ]
        )


def asked(form: str, into: Path) -> dict[str, float]:
    """Ask for one file as a browser does, write it as it comes, and return the figures."""
    import django

    django.setup()
    from django.db import connection
    from django.test import RequestFactory

    from terreau.actors.views import actors
    from terreau.territories import base

    base.load()
    queries = 0

    def counting(execute: Any, *query: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*query)

    before, started, used = _memory(), time.perf_counter(), time.process_time()
    first = 0.0
    with connection.execute_wrapper(counting), into.open("wb") as file:
        response: Any = actors(RequestFactory().get("/acteurs/", {"format": form}))
        assert response.status_code == 200
        for part in response.streaming_content:
            first = first or time.perf_counter() - started
            file.write(part)
    return {
        "seconds": time.perf_counter() - started,
        "processor": time.process_time() - used,
        "queries": queries,
        "first": first,
        "bytes": into.stat().st_size,
        "before": before,
        "peak": _memory(),
    }


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def cells(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a file as texts, without its header."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, delimiter=";")
            next(lines)
            yield from map(tuple, lines)
    elif path.suffix == ".geojson":
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            yield tuple(map(_text, feature["properties"].values()))
    else:
        from python_calamine import CalamineWorkbook

        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
        for row in sheet[1:]:
            yield tuple(map(_text, row))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "oui" if value else "non"
    return "" if value is None else str(value)


if __name__ == "__main__":
    main()
