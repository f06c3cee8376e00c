"""Snapshots made up by tests: poles, actors and lines, any of them allowed by the contract."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from terreau.analytics import contract
from terreau.analytics.checking import arrow_schema

Rows = Sequence[Mapping[str, Any]]


def pole(name: str, **said: Any) -> dict[str, Any]:
    known = {"stage": "creation", "sector": "alimentation", "region": "53", "department": "35"}
    return {"pole": name, **known, "legal_form": True, "fictional": False, **said}


def actor(name: str, **said: Any) -> dict[str, Any]:
    known = {"kind": "organisation", "ess": "oui", "origin": "ess", "region": "53", "department": "35"}
    return {"actor": name, **known, **said}


def flow(pole: str, rank: int, **said: Any) -> dict[str, Any]:
    on = said.pop("on", date(2025, 3, 1))
    plain = {
        "on": on, "year": on.year, "giver": "a0", "receiver": pole, "nature": "cash", "cents": 1000,
        "thousandths": None, "unit": "", "method": "", "status": "declare", "attributable": None,
        "correction": False, "level": "pole", "side": "in", "kind": "sales", "origin": "private",
        "phase": "creation", "function": "", "how": "written_by", "through": True,
    }  # fmt: skip
    return {"pole": pole, "rank": rank, **plain, **said}


def write(folder: Path, poles: Rows, actors: Rows, flows: Rows, *, parts: int = 2) -> Path:
    """Write a snapshot whose lines stand in several files."""
    for table, rows in (("poles", poles), ("actors", actors), ("flows", flows)):
        schema = arrow_schema(contract.table(table))
        (folder / table).mkdir(parents=True)
        count = parts if table == "flows" else 1
        for number in range(count):
            part = pa.Table.from_pylist([dict(row) for row in rows[number::count]], schema=schema)
            pyarrow.parquet.write_table(part, folder / table / f"{number:05}.parquet")
    return folder


def anything(seed: int, *, poles: int = 20, lines: int = 3000) -> tuple[Rows, Rows, Rows]:
    """Return a world of every case: corrections, no value, unknown places, poles that pay poles."""
    chance = random.Random(seed)
    regions = {"53": ("35", "22"), "84": ("69",), "": ("",)}
    names = [f"p{number:03}" for number in range(poles)]
    made = []
    for name in names:
        region = chance.choice(list(regions))
        facets = {"region": region, "department": chance.choice(regions[region])}
        facets |= {
            "stage": chance.choice(["", *contract.STAGES[4:]]),
            "sector": chance.choice(["", "bois", "textile"]),
        }
        made.append(pole(name, **facets, legal_form=chance.random() < 0.5, fictional=chance.random() < 0.2))
    others = [actor(f"a{number}") for number in range(30)]
    actors = [*others, *(actor(name, kind="pole", origin="unknown") for name in names)]
    flows = [_line(chance, chance.choice(names), rank, actors) for rank in range(lines)]
    return made, actors, flows


def _line(chance: random.Random, pole: str, rank: int, actors: Rows) -> dict[str, Any]:
    side = chance.choice(contract.SIDES)
    nature = chance.choice(["cash", "cash", "cash", *contract.NATURES])
    correction = chance.random() < 0.05
    cents = (
        None
        if nature != "cash" and chance.random() < 0.3
        else chance.randrange(1, 10 ** chance.randrange(3, 9))
    )
    giver, receiver = chance.sample([str(one["actor"]) for one in actors], 2)
    timed = nature not in {"cash", "opportunity"}
    return flow(
        pole,
        rank,
        on=date(2023, 1, 1) + timedelta(days=chance.randrange(1000)),
        giver=giver,
        receiver=receiver,
        nature=nature,
        cents=-cents if cents and correction else cents,
        thousandths=chance.randrange(1, 10**6) if timed else None,
        unit=chance.choice(["hours", "days"]) if timed else "",
        attributable=chance.choice([None, True, False]),
        correction=correction,
        level=chance.choice(contract.LEVELS),
        side=side,
        kind={"in": chance.choice(contract.RESOURCES), "out": chance.choice(contract.USES), "none": ""}[side],
        origin=chance.choice(contract.ORIGINS) if side == "in" else "",
        phase=chance.choice(["", *contract.STAGES]),
        how="internal" if side == "none" else "person",
        through=chance.random() < 0.7,
    )  # fmt: skip
