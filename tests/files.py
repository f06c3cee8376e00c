"""The programs that read what the site gives: LibreOffice, GDAL, frictionless."""

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

office = pytest.mark.skipif(
    not shutil.which("soffice"), reason="soffice absent: apt-get install libreoffice-calc"
)
gdal = pytest.mark.skipif(not shutil.which("ogrinfo"), reason="ogrinfo absent: apt-get install gdal-bin")


def cells(books: list[Path], folder: Path) -> dict[str, list[list[str]]]:
    """Return the cells of each workbook as LibreOffice reads them: raw numbers, dates in ISO form."""
    made = folder / "cells"
    # Separator 59, quote 34, UTF-8 76, values as they are and not as they are shown.
    form = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,false"
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", form, "--outdir", str(made)]
    subprocess.run([*command, *map(str, books)], capture_output=True, check=True, timeout=300)
    found = {}
    for book in books:
        with (made / f"{book.stem}.csv").open(encoding="utf-8", newline="") as file:
            found[book.name] = list(csv.reader(file, delimiter=";"))
    return found


def layer(path: Path) -> dict[str, Any]:
    """Return what GDAL says of the only layer of a file: features, geometry, coordinates, names of fields."""
    command = ["ogrinfo", "-ro", "-so", "-al", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    said = done.stdout
    (geometry,), (count,) = (
        re.findall("^Geometry: (.*)$", said, re.M),
        re.findall(r"^Feature Count: (\d+)$", said, re.M),
    )
    return {
        "geometry": geometry,
        "count": int(count),
        "wgs84": 'GEOGCRS["WGS 84"' in said,
        "fields": set(
            re.findall(r"^(\S+): (?:String|Integer|Integer64|Real|Date|StringList|JSON)\b", said, re.M)
        ),
    }


def frictionless(folder: Path, package: str = "datapackage.json") -> dict[str, Any]:
    """Return the report of frictionless on the data package of a folder."""
    command = [sys.executable, "-W", "ignore", "-m", "frictionless", "validate", package, "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode == 0) is report["valid"], done.stderr
    return report
