"""A snapshot holds the ledgers under the contract, whole or not at all, and no person."""

import json
import stat
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest
import time_machine
from django.core.management import CommandError, call_command

from terreau.actors.actions import create_actor
from terreau.actors.models import LegalNature
from terreau.analytics import checking, contract
from terreau.common.errors import DomainError
from terreau.economics import rules
from terreau.economics.models import Line
from terreau.facts.models import Status
from terreau.flows.actions import reverse
from terreau.flows.models import Flow
from terreau.flows.rules import NATURES
from terreau.poles.models import Stage
from terreau.snapshot import writing
from tests.snapshot.conftest import Country


def lines(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(folder / "flows").to_pylist()
    return sorted(rows, key=lambda row: (row["pole"], row["rank"]))


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(folder / name).to_pylist()
    return rows


def some_lines(country: Country) -> None:
    one, two = country.pole(1), country.pole(2, stage="", region="84", fictional=True)
    country.paid(one, 150_00)
    country.spent(one, 40_00)
    country.paid(two, 7_00, on=date(2024, 5, 1))


def test_a_snapshot_is_the_ledger_and_its_classification(country: Country, tmp_path: Path) -> None:
    some_lines(country)
    made = writing.write(tmp_path / "one")
    assert checking.problems(made.folder) == []
    assert made.rows == 3
    found = {(row["pole"], row["rank"]): row for row in lines(made.folder)}
    assert len(found) == Flow.objects.count() == 3
    for line in Line.objects.select_related("flow"):
        row = found[str(line.book_id), line.flow.rank]
        for name in ("level", "side", "kind", "origin", "phase", "function", "how", "through", "cents", "on"):
            assert row[name] == getattr(line, name)
        assert (row["giver"], row["receiver"]) == (str(line.flow.giver_id), str(line.flow.receiver_id))
    places = {
        row["pole"]: (row["stage"], row["region"], row["fictional"]) for row in table(made.folder, "poles")
    }
    assert sorted(places.values()) == [("", "84", True), ("creation", "53", False)]


def test_a_correction_is_there_with_its_sign(country: Country, tmp_path: Path) -> None:
    flow = country.paid(country.pole(1), 150_00)
    reverse(flow, reason="Payé deux fois", by=country.by)
    rows = lines(writing.write(tmp_path / "one").folder)
    assert [(row["cents"], row["correction"]) for row in rows] == [(150_00, False), (-150_00, True)]


def test_nothing_names_a_person(country: Country, tmp_path: Path, zones: None) -> None:
    """Neither the accounts of who wrote, nor names, labels and reasons; a natural person has no place."""
    from terreau.territories.read import zone

    pole = country.pole(1)
    person = create_actor(
        "Zénobie Introuvable", source=None, public=False, legal_nature=LegalNature.NATURAL_PERSON,
        zone=zone("commune", "35238"),
    )  # fmt: skip
    country.line(pole, giver=person, receiver=pole.actor, cents=5_00, label="Don de Zénobie")
    made = writing.write(tmp_path / "one")
    (row,) = [row for row in table(made.folder, "actors") if row["actor"] == str(person.pk)]
    assert row == {
        "actor": str(person.pk), "kind": "person", "ess": row["ess"], "origin": "individuals",
        "region": "", "department": "",
    }  # fmt: skip
    for file in made.folder.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert "Zénobie".encode() not in content
        assert b"cellule@" not in content
        assert str(country.by.pk).encode() not in content or len(str(country.by.pk)) < 8


def test_a_snapshot_is_read_by_this_user_alone(country: Country, tmp_path: Path) -> None:
    some_lines(country)
    made = writing.take()
    for path in [made.folder.parent, made.folder, *made.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_manifest_counts_and_signs(country: Country, tmp_path: Path) -> None:
    some_lines(country)
    one, two = writing.write(tmp_path / "one"), writing.write(tmp_path / "two")
    assert {name: part["rows"] for name, part in one.manifest["tables"].items()} == {
        "poles": 2, "actors": 4, "flows": 3,
    }  # fmt: skip
    assert one.manifest["version"] == contract.VERSION
    assert one.manifest["digest"] == two.manifest["digest"]
    country.paid(country.pole(3), 1_00)
    assert writing.write(tmp_path / "three").manifest["digest"] != one.manifest["digest"]


def test_a_stopped_writing_goes_on_where_it_was(
    country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        pole = country.pole(number)
        for cents in range(1, 6):
            country.paid(pole, cents)

    class KilledError(Exception):
        pass

    def killed(done: int) -> None:
        if done >= 8:
            raise KilledError

    with pytest.raises(KilledError):
        writing.write(tmp_path / "one", beat=killed, part=4)
    assert not (tmp_path / "one").exists()
    left = tmp_path / ".unfinished-one" / "flows"
    first = {path.name: path.read_bytes() for path in left.iterdir()}
    assert len(first) == 2
    country.paid(country.pole(9), 99)
    asked: list[int] = []
    real = writing.source.flows

    def spied(pole: Any, **bounds: Any) -> Any:
        found = real(pole, **bounds)
        asked.append(len(found))
        return found

    monkeypatch.setattr(writing.source, "flows", spied)
    made = writing.write(tmp_path / "one", part=4)
    assert sum(asked) == 7, "the lines of the first parts are not read again"
    assert made.manifest["resumed"] is True
    assert made.rows == 15, "the lines that were there when it began"
    assert {name: (made.folder / "flows" / name).read_bytes() for name in first} == first
    assert [row["cents"] for row in lines(made.folder)] == [1, 2, 3, 4, 5] * 3
    assert not (tmp_path / ".unfinished-one").exists()


def test_what_is_not_the_contract_never_appears(
    country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_lines(country)
    monkeypatch.setattr(writing.checking, "problems", lambda folder: ["flows.kind: 'x' is no code"])
    with pytest.raises(DomainError, match="contrat"):
        writing.write(tmp_path / "one")
    assert not (tmp_path / "one").exists()


def test_only_the_last_snapshots_are_kept(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    some_lines(country)
    for minute in range(4):
        with time_machine.travel(f"2026-01-05T03:0{minute}:00Z", tick=False):
            made = writing.take()
    kept = sorted(path.name for path in made.folder.parent.iterdir())
    assert kept == ["20260105T030200Z", "20260105T030300Z"]
    found = writing.latest()
    assert found is not None
    assert found.folder == made.folder


def test_two_snapshots_of_one_second_stand_side_by_side(country: Country) -> None:
    some_lines(country)
    with time_machine.travel("2026-01-05T03:00:00Z", tick=False):
        first = writing.take()
        country.paid(country.pole(3), 1_00)
        second = writing.take()
    assert (first.folder.name, second.folder.name) == ("20260105T030000Z", "20260105T030001Z")
    assert (first.rows, second.rows) == (3, 4)
    assert writing.latest() == second


def test_an_empty_register_is_a_snapshot_too(db: None, tmp_path: Path) -> None:
    made = writing.write(tmp_path / "one")
    assert made.rows == 0
    assert checking.problems(made.folder) == []


def test_the_codes_of_the_contract_are_those_of_the_rooms() -> None:
    assert set(contract.LEVELS) == set(rules.Level)
    assert set(contract.SIDES) == set(rules.Side)
    assert {*contract.RESOURCES, *contract.USES, contract.UNKNOWN} == set(rules.Kind)
    assert contract.RESOURCES == rules.RESOURCES
    assert set(contract.ORIGINS) == set(rules.Origin)
    assert set(contract.FUNCTIONS) == set(rules.Function)
    assert set(contract.HOWS) == set(rules.How)
    assert set(contract.NATURES) == set(NATURES)
    assert set(contract.STAGES) == set(Stage.values)
    assert set(contract.STATUSES) == set(Status.values)


# Commands


def test_the_command_writes_and_says_how_many(country: Country, tmp_path: Path, capsys: Any) -> None:
    some_lines(country)
    call_command("snapshot_write", "--output", str(tmp_path / "one"), "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["tables"]["flows"]["rows"] == 3
    with pytest.raises(CommandError, match="existe déjà"):
        call_command("snapshot_write", "--output", str(tmp_path / "one"))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_indicator_is_computed_and_counted(
    ending: str, country: Country, tmp_path: Path, capsys: Any
) -> None:
    some_lines(country)
    output = tmp_path / f"accounts.{ending}"
    call_command("analytics_run", "accounts", "--engine", "duckdb", "--output", str(output))
    said = capsys.readouterr().out
    assert "2 lignes" in said
    assert "duckdb" in said
    with duckdb.connect() as db:
        read = "read_csv" if ending == "csv" else "read_parquet"
        found = db.execute(
            f"SELECT sum(pole_in_cents), sum(cell_out_cents) FROM {read}('{output}')"
        ).fetchone()
    assert found == (157_00, 40_00)


def test_a_wrong_request_is_told(country: Country, tmp_path: Path) -> None:
    some_lines(country)
    output = str(tmp_path / "x.csv")
    with pytest.raises(CommandError, match="n'est pas un instantané"):
        call_command("analytics_run", "accounts", "--snapshot", str(tmp_path), "--output", output)
    with pytest.raises(CommandError, match=r"\.parquet ou \.csv"):
        call_command("analytics_run", "accounts", "--output", str(tmp_path / "x.ods"))
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("analytics_run", "poésie", "--output", output)
    made = writing.latest()
    assert made is not None
    manifest = made.folder / "manifest.json"
    manifest.write_text(json.dumps({**made.manifest, "version": 99}))
    with pytest.raises(CommandError, match="contrat 99"):
        call_command("analytics_run", "accounts", "--output", output)


def test_spark_without_java_says_what_to_do(
    country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from terreau.analytics import engine

    some_lines(country)
    monkeypatch.setattr(engine, "missing", lambda name: "Java 17")
    with pytest.raises(CommandError, match="Java 17"):
        call_command("analytics_run", "accounts", "--engine", "spark", "--output", str(tmp_path / "x.csv"))
