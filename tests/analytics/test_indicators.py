"""Each indicator gives what plain SQL gives; the catalogue and the contract say what there is."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest

from terreau.analytics import catalogue, checking, contract, engine
from terreau.analytics.indicators import ALL
from tests.analytics import plain_sql, worlds
from tests.house.tree import ROOT


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.write(tmp_path_factory.mktemp("world") / "one", *worlds.anything(7))


@pytest.fixture(scope="module")
def backend(world: Path) -> Iterator[Any]:
    with engine.bound(engine.DUCKDB, world) as connected:
        yield connected


def computed(backend: Any, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.rows(backend, ALL[name]).to_pylist()
    return rows


def plain(world: Path, name: str) -> list[dict[str, Any]]:
    with duckdb.connect() as db:
        for table in contract.TABLES:
            files = str(world / table.name / "*.parquet")
            db.execute(f"CREATE VIEW {table.name} AS SELECT * FROM read_parquet('{files}')")
        key = ", ".join(ALL[name].key)
        found = db.execute(f"SELECT * FROM ({plain_sql.ALL[name]}) ORDER BY {key}")
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("name", ALL)
def test_an_indicator_is_what_plain_sql_says(name: str, backend: Any, world: Path) -> None:
    rows = computed(backend, name)
    assert len(rows) > 10
    assert rows == plain(world, name)


@pytest.mark.parametrize("name", ALL)
def test_the_key_of_an_indicator_makes_its_rows_unique(name: str, backend: Any) -> None:
    keys = [tuple(row[column] for column in ALL[name].key) for row in computed(backend, name)]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys)


def test_every_indicator_says_what_it_is_and_in_which_unit() -> None:
    entries = catalogue.load()
    assert list(entries) == list(ALL)
    for name, indicator in ALL.items():
        columns = indicator.expression().columns
        assert list(entries[name].units) == [one for one in columns if one not in indicator.key]


def test_the_contract_is_the_one_written() -> None:
    """Whoever reads snapshots with other tools sees a change here: raise VERSION with it."""
    assert contract.WRITTEN.read_text(encoding="utf-8") == contract.written()


def test_the_contract_has_no_column_for_a_person() -> None:
    columns = {column.name for table in contract.TABLES for column in table.columns}
    assert not columns & {"by", "user", "name", "label", "reason", "siren", "email", "reference"}


def test_the_engines_side_needs_no_django() -> None:
    code = (
        "import sys, terreau.analytics.__main__, terreau.analytics.catalogue\n"
        "sys.exit('django' in sys.modules)"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == 0


# What each case means


def accounts_of(tmp_path: Path, *flows: dict[str, Any], name: str = "accounts") -> list[dict[str, Any]]:
    poles = [worlds.pole("p1"), worlds.pole("p2"), worlds.pole("p3", region="84", department="69")]
    actors = [worlds.actor(one) for one in ("a0", "p1", "p2", "p3")]
    folder = worlds.write(tmp_path / "world", poles, actors, flows)
    assert checking.problems(folder) == []
    with engine.bound(engine.DUCKDB, folder) as backend:
        return computed(backend, name)


def test_levels_overlap_and_members_are_in_none(tmp_path: Path) -> None:
    (row,) = accounts_of(
        tmp_path,
        worlds.flow("p1", 1, cents=100, level="cell"),
        worlds.flow("p1", 2, cents=1_000, level="pole"),
        worlds.flow("p1", 3, cents=10_000, level="project"),
        worlds.flow("p1", 4, cents=20_000, level="project", through=False),
        worlds.flow("p1", 5, cents=500_000, level="members", side="none", kind="", origin="", through=False,
                    how="between_members"),
        worlds.flow("p1", 6, cents=7, nature="time", method="hourly_rate", thousandths=1000, unit="hours"),
        worlds.flow("p1", 7, cents=900, side="none", kind="", origin="", how="internal"),
    )  # fmt: skip
    assert row["cell_in_cents"] == 100
    assert row["pole_in_cents"] == 11_100
    assert row["project_in_cents"] == 30_000
    assert row["members_cents"] == 500_000
    assert row["voluntary_cents"] == 7


def test_a_correction_takes_back_what_it_corrects(tmp_path: Path) -> None:
    lines = (worlds.flow("p1", 1, cents=500), worlds.flow("p1", 2, cents=-500, correction=True))
    (row,) = accounts_of(tmp_path, *lines)
    assert row["pole_in_cents"] == 0
    assert accounts_of(tmp_path / "again", *lines, name="measures") == []


def test_poles_together_do_not_count_what_one_pays_to_another(tmp_path: Path) -> None:
    lines = (
        worlds.flow("p1", 1, cents=1_000),
        worlds.flow("p1", 2, cents=300, giver="p1", receiver="p2", side="out", kind="services", origin=""),
        worlds.flow("p2", 1, cents=300, giver="p1", receiver="p2"),
        worlds.flow("p2", 2, cents=50, giver="p2", receiver="p3", side="out", kind="services", origin=""),
        worlds.flow("p3", 1, cents=50, giver="p2", receiver="p3"),
    )
    rows = {row["region"]: row for row in accounts_of(tmp_path, *lines, name="consolidated")}
    assert (rows[""]["in_cents"], rows[""]["out_cents"], rows[""]["between_cents"]) == (1_000, 0, 700)
    assert (rows["53"]["in_cents"], rows["53"]["out_cents"], rows["53"]["between_cents"]) == (1_000, 50, 600)
    assert (rows["84"]["in_cents"], rows["84"]["between_cents"]) == (50, 0)


def test_a_share_of_unknown_origins_is_compared_with_nothing(tmp_path: Path) -> None:
    lines = [worlds.flow("p1", 1, origin="public", cents=2), worlds.flow("p1", 2, cents=1)]
    (row,) = accounts_of(tmp_path, *lines, name="public_money")
    assert row["public_share"] == 6_666
    lines.append(worlds.flow("p1", 3, origin="unknown"))
    rows = accounts_of(tmp_path / "again", *lines, name="measures")
    assert {row["measure"] for row in rows} == {"resources"}


# What a snapshot may not be


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"level": "sky"}, "flows.level: 'sky' is no code of the contract"),
        ({"rank": 1}, "flows: 1 keys stand twice"),
        ({"giver": "nobody"}, "flows.giver: 1 rows name nobody of actors"),
        ({"pole": "p9"}, "flows.pole: 1 rows name nobody of poles"),
    ],
)
def test_a_wrong_snapshot_is_told(said: dict[str, Any], problem: str, tmp_path: Path) -> None:
    lines = [worlds.flow("p1", 1), worlds.flow("p1", 2) | said]
    folder = worlds.write(
        tmp_path / "w", [worlds.pole("p1")], [worlds.actor("a0"), worlds.actor("p1")], lines
    )
    assert checking.problems(folder) == [problem]


def test_a_file_of_another_shape_is_told(tmp_path: Path) -> None:
    folder = worlds.write(tmp_path / "w", [worlds.pole("p1")], [worlds.actor("a0")], [])
    table = pyarrow.parquet.read_table(folder / "poles" / "00000.parquet").drop_columns(["stage"])
    pyarrow.parquet.write_table(table, folder / "poles" / "00000.parquet")
    for file in (folder / "actors").iterdir():
        file.unlink()
    assert checking.problems(folder) == [
        "poles/00000.parquet: columns are not those of the contract",
        "actors: no file",
    ]


# Writing results


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_results_are_written_whole(ending: str, backend: Any, world: Path, tmp_path: Path) -> None:
    output = tmp_path / f"levels.{ending}"
    count = engine.write(backend, ALL["levels"], output)
    assert count == len(computed(backend, "levels"))
    with duckdb.connect() as db:
        read = "read_csv" if ending == "csv" else "read_parquet"
        row = db.execute(f"SELECT count(*), sum(in_cents) FROM {read}('{output}')").fetchone()
    assert row == (count, sum(one["in_cents"] for one in computed(backend, "levels")))
    assert sorted(tmp_path.iterdir()) == [output]


def test_another_ending_is_refused(backend: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.parquet or \.csv"):
        engine.write(backend, ALL["levels"], tmp_path / "levels.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_computed_on_no_lines(tmp_path: Path) -> None:
    folder = worlds.write(tmp_path / "w", [worlds.pole("p1")], [worlds.actor("a0")], [])
    with engine.bound(engine.DUCKDB, folder) as backend:
        assert {name: computed(backend, name) for name in ALL} == {name: [] for name in ALL}


# The two engines


@pytest.mark.slow
@pytest.mark.once
def test_spark_gives_what_duckdb_gives(world: Path, tmp_path: Path, backend: Any) -> None:
    """Every indicator, row by row, on a cluster of this machine. Needs Java and PySpark: the launcher says
    so when they are absent, and that fails where everything must be played.
    """
    if lacking := engine.missing(engine.SPARK):
        pytest.skip(f"Spark is not compared with DuckDB: {lacking} is absent")
    words = [
        "-m",
        "terreau.analytics",
        "--engine",
        "spark",
        "--snapshot",
        str(world),
        "--output",
        str(tmp_path),
    ]
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run(
        [sys.executable, *words], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    said = {one["indicator"]: one for one in map(json.loads, ran.stdout.splitlines())}
    assert set(said) == set(ALL)
    for name in ALL:
        rows = computed(backend, name)
        assert said[name]["rows"] == len(rows)
        assert pyarrow.parquet.read_table(tmp_path / f"{name}.parquet").to_pylist() == rows, name


def test_days_are_days(world: Path) -> None:
    table = pyarrow.parquet.read_table(world / "flows")
    assert isinstance(table["on"][0].as_py(), date)
