"""Describe 10,000 perimeters of 1 to 200 communes: Terreau, DuckDB on commune ids, geopandas on outlines.

Run: python -m bench.perimeters [--perimeters 10000] [--sample 40] [--without-outlines]

Each perimeter is described on four layers (EPCI, department, region, old region): communes and inhabitants in
common with each zone. One table of scattered communes, one of a commune and its rings. The sides run in turn,
five times each; medians are printed. Results are compared before times are.

DuckDB is given integer ids and typed columns in memory, sorted, all threads, and answers as arrays in any
order; three ways of asking are tried and the fastest is the peer. One of them borrows the idea of Terreau:
group by cell (communes that share all layers) first. geopandas, with its spatial index, overlays a sample of
the perimeters with the same layers.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from terreau.territories.base import LAYERS, Base, load
from terreau.territories.outline import outline, zone_outline
from terreau.territories.rules import Communes, describe_many, rings

RUNS = 5
Rows = dict[str, NDArray[Any]]
"""Columns perimeter, zone, communes, population of one layer, in any order."""


@dataclass(frozen=True)
class Perimeters:
    """Perimeter `i` is `ids[offsets[i]:offsets[i + 1]]`."""

    name: str
    offsets: NDArray[np.int64]
    ids: NDArray[np.int32]

    @classmethod
    def of(cls, name: str, sets: list[NDArray[np.int32]]) -> Perimeters:
        return cls(name, np.concatenate([[0], np.cumsum([len(one) for one in sets])]), np.concatenate(sets))


def scattered(base: Base, count: int, random: np.random.Generator) -> Perimeters:
    """Communes at random anywhere."""
    inside = np.flatnonzero(~base.com)
    sizes = random.integers(1, 201, count)
    sets = [np.sort(random.choice(inside, size, replace=False)).astype(np.int32) for size in sizes]
    return Perimeters.of("scattered", sets)


def contiguous(base: Base, count: int, random: np.random.Generator) -> Perimeters:
    """A commune and its neighbours, ring after ring, cut at a random size (an island stays alone)."""
    inside = np.flatnonzero(~base.com)
    sets = []
    for seed, size in zip(random.choice(inside, count), random.integers(1, 201, count), strict=True):
        found = Communes(base.cog, np.array([seed], np.int32))
        edge = found
        while len(edge) and len(found) < size:
            edge = rings(base, found, 1)[1]
            found = found | Communes(base.cog, edge.ids[: size - len(found)])
        sets.append(found.ids)
    return Perimeters.of("contiguous", sets)


def terreau(base: Base, perimeters: Perimeters) -> Callable[[], dict[str, Rows]]:
    def run() -> dict[str, Rows]:
        _, found = describe_many(base, perimeters.offsets, perimeters.ids, measures=("population",))
        return {name: {**vars(found[name]), **found[name].sums} for name in LAYERS}

    return run


MEASURES = "count(*) AS communes, sum(population)::BIGINT AS population"
AGAIN = "sum(communes)::BIGINT AS communes, sum(population)::BIGINT AS population"


def tables(base: Base, perimeters: Perimeters) -> Any:
    """A DuckDB connection with `communes` (zones and population) and `members` (perimeter, commune)."""
    db = duckdb.connect()
    communes: Rows = {"id": np.arange(len(base.codes), dtype=np.int32), "population": base.population}
    communes |= {name: base.layers[name].zone_of.astype(np.int16) for name in LAYERS}
    communes["cell"] = base.cell
    owner = np.repeat(np.arange(len(perimeters.offsets) - 1, dtype=np.int32), np.diff(perimeters.offsets))
    db.register("communes_in", communes)
    db.register("members_in", {"perimeter": owner, "id": perimeters.ids})
    db.execute("CREATE TABLE communes AS SELECT * FROM communes_in ORDER BY id")
    db.execute("CREATE TABLE members AS SELECT * FROM members_in ORDER BY perimeter, id")
    db.execute(f"CREATE TABLE cells AS SELECT DISTINCT cell, {', '.join(LAYERS)} FROM communes ORDER BY cell")
    db.execute("SET preserve_insertion_order = false")
    return db


def layer_by_layer(db: Any) -> dict[str, Rows]:
    return {
        name: db.execute(
            f"SELECT perimeter, {name} AS zone, {MEASURES} FROM members JOIN communes USING (id) "
            f"WHERE {name} >= 0 GROUP BY perimeter, {name}"
        ).fetchnumpy()
        for name in LAYERS
    }


def cells_first(db: Any) -> dict[str, Rows]:
    db.execute(
        "CREATE OR REPLACE TEMP TABLE met AS "
        f"SELECT perimeter, cell, {MEASURES} FROM members JOIN communes USING (id) GROUP BY perimeter, cell"
    )
    return {
        name: db.execute(
            f"SELECT perimeter, {name} AS zone, {AGAIN} FROM met JOIN cells USING (cell) "
            f"WHERE {name} >= 0 GROUP BY perimeter, {name}"
        ).fetchnumpy()
        for name in LAYERS
    }


def grouping_sets(db: Any) -> dict[str, Rows]:
    sets = ", ".join(f"(perimeter, {name})" for name in LAYERS)
    found = db.execute(
        f"SELECT perimeter, {', '.join(LAYERS)}, {MEASURES} FROM members JOIN communes USING (id) "
        f"GROUP BY GROUPING SETS ({sets})"
    ).fetchnumpy()
    return {name: _layer_rows(found, name) for name in LAYERS}


def _layer_rows(found: Rows, name: str) -> Rows:
    mine = ~np.ma.getmaskarray(found[name])
    zone = np.ma.getdata(found[name])[mine]
    inside = zone >= 0
    columns = {
        key: np.ma.getdata(found[key])[mine][inside] for key in ("perimeter", "communes", "population")
    }
    return {**columns, "zone": zone[inside]}


def differences(left: dict[str, Rows], right: dict[str, Rows]) -> int:
    """Number of layers whose rows are not the same, whatever their order."""
    columns = ("perimeter", "zone", "communes", "population")

    def sorted_rows(rows: Rows) -> NDArray[np.int64]:
        table = np.stack([np.asarray(rows[column]).astype(np.int64) for column in columns])
        return table[:, np.lexsort((table[1], table[0]))]

    return sum(not np.array_equal(sorted_rows(left[name]), sorted_rows(right[name])) for name in LAYERS)


def in_turn(sides: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median seconds of each side, run alternately after one run that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(RUNS + 1):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def against_duckdb(base: Base, perimeters: Perimeters) -> float:
    """Print the medians and the ratio; seconds per perimeter of Terreau."""
    db = tables(base, perimeters)
    sides: dict[str, Callable[[], dict[str, Rows]]] = {
        "Terreau": terreau(base, perimeters),
        "DuckDB, layer by layer": partial(layer_by_layer, db),
        "DuckDB, cells first": partial(cells_first, db),
        "DuckDB, grouping sets": partial(grouping_sets, db),
    }
    results = [run() for run in sides.values()]
    wrong = [differences(results[0], other) for other in results[1:]]
    rows = sum(len(layer["zone"]) for layer in results[0].values())
    count = len(perimeters.offsets) - 1
    print(f"\n{perimeters.name}: {count:,} perimeters, {len(perimeters.ids):,} communes")
    print(f"  {rows:,} rows (perimeter, zone); layers that differ from DuckDB: {wrong}")
    if any(wrong):
        raise SystemExit("results differ: times mean nothing")
    medians = in_turn(sides)
    for name, seconds in medians.items():
        print(f"  {name:24} {seconds * 1000:8.1f} ms")
    peer = min(seconds for name, seconds in medians.items() if name != "Terreau")
    print(f"  Terreau is {peer / medians['Terreau']:.1f} times faster than the best (at least 3 is asked)")
    return medians["Terreau"] / count


def against_outlines(base: Base, perimeters: Perimeters, sample: int, ours: float) -> None:
    """Overlay outlines of some metropolitan perimeters with those of each layer, projected (Lambert 93).

    The outlines of the zones are taken twice: merged from the same communes, so that borders are equal, and
    from the lighter national file, as outlines from two sources are.
    """
    near = ~(np.char.startswith(base.codes, "97") | base.com)
    every = ((i, _ids(perimeters, i)) for i in range(len(perimeters.offsets) - 1))
    chosen = dict(islice(((i, ids) for i, ids in every if near[ids].all()), sample))
    targets = _frame("perimeter", {i: outline(base, ids) for i, ids in chosen.items()})
    print(f"\noutlines: {len(chosen)} of the {perimeters.name} perimeters, the same four layers")
    for source in ("communes", "national"):
        zones = {name: _frame("zone", _outlines(base, name, near, source)) for name in LAYERS}
        seconds, found = _overlay(targets, zones)
        true = {
            (name, i, base.layers[name].codes[zone])
            for name in LAYERS
            for i, ids in chosen.items()
            for zone in set(base.layers[name].zone_of[ids].tolist()) - {-1}
        }
        print(
            f"  zones from the {source} file: {len(true)} pairs (perimeter, zone), overlay gives {len(found)}"
        )
        print(f"    wrong pairs       {len(found ^ true):8}")
        print(f"    geopandas overlay {seconds / len(chosen) * 1000:8.2f} ms a perimeter")
        print(f"    Terreau           {ours * 1000:8.4f} ms a perimeter")
        print(f"    Terreau is {seconds / len(chosen) / ours:,.0f} times faster (at least 1,000 is asked)")


def _outlines(base: Base, name: str, near: NDArray[np.bool_], source: str) -> dict[str, Any]:
    layer = base.layers[name]
    members = {code: layer.members(code) for code in layer.codes}
    inside = {code: ids for code, ids in members.items() if near[ids].all()}
    if source == "national":
        return {code: zone_outline(name, code) for code in inside}
    return {code: outline(base, ids) for code, ids in inside.items()}


def _frame(column: str, geometries: dict[Any, Any]) -> Any:
    import geopandas
    from shapely.geometry import shape

    shapes = [shape(geometry) for geometry in geometries.values()]
    found = geopandas.GeoDataFrame({column: list(geometries)}, geometry=shapes, crs=4326).to_crs(2154)
    return found.set_geometry(found.make_valid())


def _overlay(targets: Any, zones: dict[str, Any]) -> tuple[float, set[tuple[str, int, str]]]:
    import geopandas

    start, found = time.perf_counter(), set()
    for name, frame in zones.items():
        rows = geopandas.overlay(targets, frame, how="intersection", keep_geom_type=True)
        found |= {(name, i, code) for i, code in zip(rows["perimeter"], rows["zone"], strict=True)}
    return time.perf_counter() - start, found


def _ids(perimeters: Perimeters, i: int) -> NDArray[np.int32]:
    return perimeters.ids[perimeters.offsets[i] : perimeters.offsets[i + 1]]


def main() -> None:
    parser = argparse.ArgumentParser(description="Terreau beside DuckDB and geopandas on perimeters")
    parser.add_argument("--perimeters", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--without-outlines", action="store_true")
    options = parser.parse_args()
    base, random = load(), np.random.default_rng(2026)
    print(
        f"numpy {np.__version__}, DuckDB {duckdb.__version__}, {os.cpu_count()} cores, {RUNS} runs, medians"
    )
    for make in (scattered, contiguous):
        perimeters = make(base, options.perimeters, random)
        ours = against_duckdb(base, perimeters)
    if not options.without_outlines:
        against_outlines(base, perimeters, options.sample, ours)


if __name__ == "__main__":
    main()
