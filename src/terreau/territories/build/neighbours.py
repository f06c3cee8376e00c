"""Rebuild `content/geo/voisins.parquet`: pairs of communes that share an arc of the department outlines.

Run: python -m terreau.territories.build.neighbours
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from terreau.territories.base import GEO
from terreau.territories.outline import CONTOURS, topology


def pairs() -> NDArray[np.str_]:
    """Pairs of codes, shape (n, 2), each once, the smaller code first, sorted."""
    owners: dict[bytes, str] = {}
    found: set[tuple[str, str]] = set()
    for path in sorted((CONTOURS / "dep").glob("*.topo.json.gz")):
        source = topology(f"dep/{path.name.removesuffix('.topo.json.gz')}")
        keys = [_key(arc) for arc in source.arcs]
        for code, polygons in source.shapes["communes"].items():
            for number in (n for polygon in polygons for ring in polygon for n in ring):
                other = owners.setdefault(keys[number if number >= 0 else ~number], code)
                if other != code:
                    found.add((min(code, other), max(code, other)))
    return np.array(sorted(found))


def _key(arc: NDArray[np.int64]) -> bytes:
    return min(arc.tobytes(), arc[::-1].tobytes())


def write(path: Path) -> int:
    """Write the table and answer its number of rows."""
    left, right = pairs().T
    columns = {"commune": left.astype(object), "voisine": right.astype(object)}
    with duckdb.connect() as db:
        db.register("columns", columns)
        db.execute(f"COPY (SELECT * FROM columns) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")  # noqa: S608
    return len(left)


if __name__ == "__main__":
    print(write(GEO / "voisins.parquet"), "pairs")
