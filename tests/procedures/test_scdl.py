"""The SCDL file holds to the published schema, and invents nothing to do so."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from terreau.procedures import scdl
from terreau.procedures.grants import Grant, Party
from tests.procedures.made import FUNDER, POLE, grant

ON = date(2026, 1, 31)


def problems(shared: Path, file: bytes, folder: Path) -> list[str]:
    """Return what frictionless finds in a file against the schema."""
    from frictionless import Resource, Schema, system

    path = folder / "subventions.csv"
    path.write_bytes(file)
    schema = json.loads((shared / "data/samples/scdl_subventions_schema.json").read_text())
    with system.use_context(trusted=True):
        report = Resource(path=str(path), schema=Schema.from_descriptor(schema)).validate()
    return [" ".join(map(str, row)) for row in report.flatten(["rowNumber", "fieldName", "type", "message"])]


def test_the_file_holds_to_the_schema(shared: Path, tmp_path: Path) -> None:
    grants = [
        grant(),
        grant(number="AMI-2025-0008", payments=(), start=None, end=date(2027, 1, 1), cofunders=()),
        grant(number="AMI-2025-0009", payments=(date(2026, 3, 1),), in_kind=True, de_minimis=True),
        grant(number="AMI-2025-0010", purpose="x" * 400, cents=1, agreed_on=None, asked_cents=None),
    ]
    file, left = scdl.table(grants, ON)
    assert left == []
    assert problems(shared, file, tmp_path) == []
    assert len(list(csv.reader(io.StringIO(file.decode())))) == 5


def test_no_word_of_an_applicant_is_run_by_a_spreadsheet(shared: Path, tmp_path: Path) -> None:
    bad = grant(purpose="=" + "x" * 400, recipient=Party(POLE.pk, "@club", rna="W380475558"))
    file, _left = scdl.table([bad], ON)
    (row,) = csv.DictReader(io.StringIO(file.decode()))
    assert row["objet"].startswith("'=")
    assert row["nomBeneficiaire"] == "'@club"
    assert problems(shared, file, tmp_path) == []


def test_an_empty_file_holds_too(shared: Path, tmp_path: Path) -> None:
    file, _left = scdl.table([], ON)
    assert problems(shared, file, tmp_path) == []


def test_the_columns_are_those_of_the_schema(shared: Path) -> None:
    schema = json.loads((shared / "data/samples/scdl_subventions_schema.json").read_text())
    assert list(scdl.FIELDS) == [field["name"] for field in schema["fields"]]
    assert schema["version"] == scdl.VERSION


def test_frictionless_is_really_asked(shared: Path, tmp_path: Path) -> None:
    file, _left = scdl.table([grant()], ON)
    spoilt = file.replace(b"aide en num", b"don en num")
    assert any("nature" in one for one in problems(shared, spoilt, tmp_path))


def test_cells_say_what_is_known() -> None:
    said = scdl.row(grant(), ON)
    assert said["montant"] == "72000.50"
    assert said["montantDemande"] == "80000.00"
    assert said["objet"] == "Animer le pôle et ouvrir la halle"
    assert said["dateConvention"] == "2026-01-15"
    assert said["datesPeriodeVersement"] == "2026-02-01/2027-02-01"
    assert said["conditionsVersement"] == "échelonné"
    assert said["anneesPluriannualite"] == "2026 - 2027"
    assert said["exerciceBudgetaire"] == ""
    assert said["attribuantsCofinanceurs"] == "Commune  dite « A », CRESS"
    assert said["idRAE"] == ""


def test_the_act_is_the_decision_until_there_is_an_agreement() -> None:
    assert scdl.row(grant(agreed_on=None), ON)["dateConvention"] == "2025-12-18"


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (grant(funder=Party(FUNDER.pk, "Ministère")), "SIRET de l'attribuant"),
        (grant(recipient=Party(POLE.pk, "Collectif")), "RNA"),
        (grant(payments=(), start=None, end=None), "période"),
    ],
)
def test_what_is_not_known_is_told_and_left_out(spoilt: Grant, said: str) -> None:
    file, left = scdl.table([spoilt, grant(number="OK")], ON)
    assert len(file.decode().splitlines()) == 2
    assert said in str(left[0])
    assert spoilt.number in str(left[0])
