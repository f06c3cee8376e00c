"""The real files of French public bodies, dirty as they are: reported precisely, nothing wrong enters."""

import io
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, ActorFunction, EssListing, Subsidy
from terreau.facts.models import Fact
from terreau.imports import actions, kinds, staging
from terreau.imports.models import Import, ImportedRow
from tests.imports.test_import import faults, lines

pytestmark = [pytest.mark.django_db, pytest.mark.samples]
SIAE = {"on": "2019-12-31", "document": "Liste des SIAE (essai)"}


def bring(shared: Path, name: str, kind: str, by: User, limit: int = 0, **options: str) -> Import:
    path = shared / "data" / "samples" / f"{name}.parquet"
    with path.open("rb") as file:
        brought = actions.bring(kinds.get(kind), file, path.name, by=by)
    return actions.say_columns(brought, brought.mapping, options, by=by)


def as_csv(shared: Path, name: str, into: Path, encoding: str) -> Path:
    """Write a sample as the CSV file it was, with its multi-line cells and its encoding."""
    source = shared / "data" / "samples" / f"{name}.parquet"
    path = into / f"{name}.csv"
    with duckdb.connect() as db:
        db.execute(f"COPY (SELECT * FROM '{source}') TO '{path}' (DELIMITER ';', HEADER)")
    # The bytes of Windows-1252 were read as ISO-8859-1 when the sample was made.
    path.write_bytes(path.read_text("utf-8").encode("latin-1" if encoding == "cp1252" else encoding))
    return path


def codes(brought: Import) -> dict[tuple[str, str], int]:
    return dict(Counter((column, code) for _row, column, code in faults(brought)))


def test_poitiers_whose_siret_a_spreadsheet_rounded(shared: Path, officer: User) -> None:
    brought = bring(shared, "subventions_poitiers_2017", "subventions", officer)
    assert brought.counts["refused"] == 562
    assert "added" not in brought.counts
    found = codes(brought)
    assert found["giver", "siret_rounded"] > 500
    assert found["beneficiary", "siret_rounded"] > 400
    first = next(
        one for one in staging.faults_of(brought.pk, brought.generation) if one.column == "beneficiary"
    )
    assert first.place == brought.header.index("ATTRIB_SIRET")
    assert "arrondi par un tableur" in first.message
    assert "450324660" in first.message

    taken = bring(shared, "subventions_poitiers_2017", "subventions", officer, spoilt="oui")
    assert taken.counts["added"] > 400
    assert taken.counts["remarks"] > 500
    actions.write(taken, by=officer)
    one = Subsidy.objects.filter(beneficiary_siren="450324660", row=2).first()
    assert one is not None
    assert (one.cents, one.giver_siren, one.decided_on, one.beneficiary_siret) == (
        1_000_000, "218601946", date(2016, 12, 5), "",
    )  # fmt: skip


def test_lot_with_its_spaces_commas_and_windows_letters(shared: Path, officer: User, tmp_path: Path) -> None:
    brought = bring(shared, "subventions_lot_2017", "subventions", officer)
    amounts = [line.label for line in staging.lines_of(brought.pk, brought.generation, statuses=["added"])]
    assert any(label.endswith("40\u202f000,00\u00a0€") for label in amounts)
    assert ("purpose", "mended") in codes(brought)
    actions.write(brought, by=officer)
    assert Subsidy.objects.filter(purpose__startswith="Mise en œuvre").exists()

    path = as_csv(shared, "subventions_lot_2017", tmp_path, "cp1252")
    with path.open("rb") as file:
        again = actions.bring(kinds.get("subventions"), file, path.name, by=officer)
    assert "Windows-1252" in again.form
    actions.say_columns(again, again.mapping, {}, by=officer)
    assert ("purpose", "mended") not in codes(again)
    assert "added" not in again.counts, "the same subsidies, however the file is written"


def test_nievre_with_its_old_column_names(shared: Path, officer: User) -> None:
    brought = bring(shared, "subventions_nievre", "subventions", officer)
    assert {"giver_name", "giver", "beneficiary_name", "amount", "on", "purpose"} <= set(brought.mapping)
    actions.write(brought, by=officer)
    agora = Subsidy.objects.get(beneficiary_name="AGORA")
    assert (agora.cents, agora.giver_siren, agora.giver_name) == (
        1_783_300,
        "225800010",
        "Département de la Nièvre",
    )


@pytest.mark.parametrize("name", ["subventions_haute_garonne", "subventions_exemple_scdl"])
def test_files_that_follow_the_schema(shared: Path, officer: User, name: str) -> None:
    brought = bring(shared, name, "subventions", officer)
    total = sum(brought.counts.get(status, 0) for status in kinds.STATUSES)
    assert total == brought.rows
    assert brought.counts["added"] > 0.8 * total
    known = {"siret_key", "repeated_line", "ends_before", "no_such_day", "number_length"}
    known |= {"rna_format", "empty_cell"}
    assert {code for _row, _column, code in faults(brought)} <= known


def test_a_refused_amount_never_enters(shared: Path, officer: User, tmp_path: Path) -> None:
    brought = bring(shared, "subventions_lot_2017", "subventions", officer)
    refused = {row for row, status in lines(brought) if status == "refused"}
    actions.write(brought, by=officer)
    assert not Subsidy.objects.filter(row__in=refused).exists()
    assert Subsidy.objects.count() == brought.counts["added"]
    actions.undo(brought, by=officer)
    assert not Subsidy.objects.filter(withdrawn_at=None).exists()
    assert Subsidy.objects.count() == brought.counts["added"], "withdrawn rows stay readable"
    actions.check_again(Import.objects.get(pk=brought.pk), by=officer)
    again = Import.objects.get(pk=brought.pk)
    assert again.counts["added"] == brought.counts["added"]


def test_siae_several_measures_of_one_siret(shared: Path, officer: User, zones: None) -> None:
    brought = bring(shared, "siae_2019", "siae", officer, **SIAE)
    assert brought.mapping["measure"] == 0
    assert {code for _column, code in codes(brought)} <= {"repeated_line", "siret_key", "naf_unknown"}
    assert brought.counts["left"] > 3000, "nobody is added without being asked"
    with duckdb.connect() as db:
        two = db.execute(
            f"SELECT SIRET FROM '{shared}/data/samples/siae_2019.parquet' GROUP BY 1 "
            "HAVING count(DISTINCT MESURE) > 1 ORDER BY 1 LIMIT 1"
        ).fetchone()
    assert two is not None
    actor = create_actor("Structure", source=None, public=True, siret=two[0])
    actions.check_again(brought, by=officer)
    actions.write(Import.objects.get(pk=brought.pk), by=officer)
    assert Fact.objects.filter(subject=actor.pk, code="actor.siae_measure", superseded_at=None).count() > 1
    assert ActorFunction.objects.get(actor=actor).function == "siae"
    actions.undo(Import.objects.get(pk=brought.pk), by=officer)
    assert not Fact.objects.filter(subject=actor.pk, superseded_at=None).exists()
    assert not ActorFunction.objects.filter(actor=actor).exists()


def test_lemarche_says_what_is_no_siae(shared: Path, officer: User) -> None:
    brought = bring(shared, "siae_lemarche", "siae", officer, **SIAE)
    assert codes(brought)["measure", "unknown_measure"] == 3, "entreprises adaptées are no SIAE"


def test_siae_born_of_a_list_and_taken_back(shared: Path, officer: User, zones: None, tmp_path: Path) -> None:
    source = shared / "data" / "samples" / "siae_2019.parquet"
    path = tmp_path / "siae.parquet"
    with duckdb.connect() as db:
        db.execute(f"COPY (SELECT * FROM '{source}' WHERE CODE_DEPARTEMENT = '001' LIMIT 20) TO '{path}'")
    with path.open("rb") as file:
        brought = actions.bring(kinds.get("siae"), file, path.name, by=officer)
    actions.say_columns(brought, brought.mapping, {**SIAE, "create": "oui"}, by=officer)
    actions.write(brought, by=officer)
    born = Actor.objects.filter(siret="41071771400035").get()
    assert born.zone is not None
    assert born.zone.code == "01004", "« AMBERIEU EN BUGEY », department « 001 »"
    actions.undo(Import.objects.get(pk=brought.pk), by=officer)
    kept = ImportedRow.objects.filter(brought=brought, undone_at=None).exclude(wrote=[])
    assert not [row.undo_refusal for row in kept]
    born.subject.refresh_from_db()
    assert born.subject.closed_at


def test_ess_lists_of_real_units(shared: Path, officer: User) -> None:
    options = {"on": "2026-03-01", "document": "Liste (essai)"}
    brought = bring(shared, "ess_sirene_extrait", "ess", officer, **options)
    assert brought.counts.get("refused", 0) == 0
    mixed = bring(shared, "ess_consolide_enrichi", "ess", officer, **options)
    known = {"naf_unknown", "repeated_line", "rna_format", "siren_key", "too_long", "number_length"}
    assert {code for _column, code in codes(mixed)} <= known | {"legal_category_format"}
    assert not EssListing.objects.exists()


def test_multi_line_cells_stay_one_line(officer: User, tmp_path: Path) -> None:
    head = "nomAttribuant;nomBeneficiaire;montant;objet"
    data = f'{head}\nVille;"Club\nde billard";"1 000,00";"ligne 1\nligne 2"\n'
    stream: Any = io.BytesIO(data.encode("cp1252"))
    brought = actions.bring(kinds.get("subventions"), stream, "a.csv", by=officer)
    actions.say_columns(brought, brought.mapping, {}, by=officer)
    assert lines(brought) == [(2, "added")]
    actions.write(brought, by=officer)
    one = Subsidy.objects.get()
    assert (one.beneficiary_name, one.purpose, one.cents) == ("Club de billard", "ligne 1\nligne 2", 100_000)
