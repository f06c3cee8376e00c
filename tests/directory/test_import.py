"""Official files are read as published, checked cell by cell, written by difference, taken back."""

import json
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from terreau.common.errors import DomainError
from terreau.directory import actions, problems
from terreau.directory.actions import Import
from terreau.directory.models import Association, Batch, Before, Establishment, LegalUnit
from terreau.directory.tables import BY_NAME
from terreau.journal.models import Event
from tests.directory import files
from tests.directory.conftest import Bring

pytestmark = pytest.mark.django_db
Pair = tuple[Path, Path]


def codes(report: dict[str, Any]) -> dict[str, int]:
    return {code: count for code, count in report["problems"].items() if code != "missing_column"}


def rows() -> dict[str, list[Any]]:
    """Every row of every table, but for the numbers of the batch and of the row."""
    found = {}
    for table in BY_NAME.values():
        names = ", ".join([*table.columns, "digest"])
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {table.name} ORDER BY {table.key}")
            found[table.name] = cursor.fetchall()
    return found


def test_units_and_establishments_are_held(bring: Bring, sirene: Pair) -> None:
    report, batch = bring(*sirene)
    assert batch is not None
    assert (batch.state, batch.added, batch.changed, batch.removed, batch.read) == ("done", 7, 0, 0, 7)
    assert codes(report) == {}
    unit = LegalUnit.objects.get(siren=int(files.siren(2)))
    assert (unit.name, unit.words) == ("Association les jardins d'Œuvre", "association les jardins d oeuvre")
    assert (unit.naf, unit.ess, unit.state, unit.batch_id) == ("94.99Z", "O", "A", batch.pk)
    place = Establishment.objects.get(siret=int(files.siret(1, 2)))
    assert (place.name, place.head, place.commune, place.street) == (
        "L'atelier",
        False,
        "35236",
        "3 RUE DES ESSAIS",
    )


def test_a_preview_writes_nothing(bring: Bring, sirene: Pair) -> None:
    report, _batch = bring(*sirene, save=False)
    assert report["tables"]["directory_legalunit"]["added"] == 3
    assert not LegalUnit.objects.exists()
    assert not Batch.objects.exists()


def test_the_same_files_again_have_no_effect(bring: Bring, sirene: Pair) -> None:
    bring(*sirene)
    before = rows()
    report, batch = bring(*sirene)
    assert batch is None
    assert report["tables"]["directory_establishment"]["unchanged"] == 4
    assert rows() == before
    assert Batch.objects.count() == 1


def test_the_establishments_may_come_later_alone(bring: Bring, sirene: Pair) -> None:
    bring(sirene[0])
    report, batch = bring(sirene[1])
    assert batch is not None
    assert batch.added == 4
    assert codes(report) == {}


def test_only_what_changed_is_written_and_can_be_taken_back(
    bring: Bring, sirene: Pair, tmp_path: Path
) -> None:
    bring(*sirene)
    before = rows()
    new = files.write(
        tmp_path / "new.csv",
        [
            files.unit(1, "La Fabrique du Val", sigle="FDV"),
            files.unit(2, "Les jardins", etatAdministratif="C"),
            files.unit(4, "Nouvelle venue"),
        ],
    )
    report, batch = bring(new)
    assert batch is not None
    assert (batch.added, batch.changed, batch.removed) == (1, 1, 0)
    assert report["tables"]["directory_legalunit"]["absent_from_the_files"] == 1
    assert LegalUnit.objects.get(siren=int(files.siren(2))).state == "C"
    assert Before.objects.filter(batch=batch).count() == 1
    undone = actions.undo(batch, by=None)
    assert undone.state == "undone"
    assert rows() == before
    assert not Before.objects.exists()
    assert set(LegalUnit.objects.values_list("batch", flat=True)) == {Batch.objects.earliest("id").pk}


def test_a_whole_register_removes_what_it_does_not_have(bring: Bring, sirene: Pair, tmp_path: Path) -> None:
    bring(*sirene)
    before = rows()
    new = files.write(tmp_path / "new.csv", [files.unit(1, "La Fabrique du Val", sigle="FDV")])
    _report, batch = bring(new, complete=True)
    assert batch is not None
    assert batch.removed == 2
    assert LegalUnit.objects.count() == 1
    assert Establishment.objects.count() == 4, "no file of establishments was brought"
    actions.undo(batch, by=None)
    assert rows() == before


def test_only_the_last_batch_is_taken_back(bring: Bring, sirene: Pair) -> None:
    _report, first = bring(sirene[0])
    _report, last = bring(sirene[1])
    assert first is not None
    assert last is not None
    with pytest.raises(DomainError, match="dernier lot") as refused:
        actions.undo(first, by=None)
    assert refused.value.code == "not_the_last"
    actions.undo(last, by=None)
    with pytest.raises(DomainError, match="déjà annulé"):
        actions.undo(last, by=None)
    actions.undo(first, by=None)
    assert not LegalUnit.objects.exists()


def test_a_batch_is_one_event_with_its_digest(bring: Bring, sirene: Pair) -> None:
    _report, batch = bring(*sirene)
    assert batch is not None
    actions.undo(batch, by=None)
    written, undone = Event.objects.filter(subject=batch.subject).order_by("seq")
    assert (written.verb, undone.verb) == ("directory.written", "directory.undone")
    assert written.data["digest"] == batch.digest
    assert written.data["count"] == 7


def test_natural_persons_leave_no_trace(bring: Bring, tmp_path: Path) -> None:
    units = [
        files.unit(1, "Une structure"),
        files.unit(2, "", nom="DURANDAL", denominationUsuelle1="CHEZ DURANDAL", categorieJuridique="1000"),
    ]
    paths = (
        files.write(tmp_path / "u.csv", units),
        files.write(tmp_path / "e.csv", [files.place(1), files.place(2, enseigne1="DURANDAL COIFFURE")]),
    )
    with Import(paths, "sirene") as one:
        report = one.report()
        batch = one.save(by=None)
        kept = b"".join(path.read_bytes() for path in one.folder.glob("import.duckdb*"))
    assert b"CHEZ DURANDAL" not in kept
    assert report["natural_persons_dropped"] == 2
    assert codes(report) == {}
    assert batch is not None
    assert batch.added == 2
    assert "DURANDAL" not in str(rows())


def test_partial_diffusion_is_respected(bring: Bring, tmp_path: Path) -> None:
    units = [files.unit(1, "[ND]", statutDiffusion="P"), files.unit(2, "[ND]", statutDiffusion="N")]
    places = [
        files.place(1, statutDiffusion="P", libelleVoie="RUE SECRETE", codePostal="35600"),
        files.place(2, statutDiffusion="P", numeroVoie="[ND]", libelleVoie="[ND]", codeCommune="[ND]"),
    ]
    report, _batch = bring(files.write(tmp_path / "u.csv", units), files.write(tmp_path / "e.csv", places))
    assert codes(report) == {}
    unit = LegalUnit.objects.get(siren=int(files.siren(1)))
    assert (unit.name, unit.words, unit.partial) == ("", "", True)
    assert {(p.street, p.postcode, p.partial) for p in Establishment.objects.all()} == {("", "", True)}
    assert "[ND]" not in str(rows())


def test_each_wrong_cell_is_told(bring: Bring, tmp_path: Path) -> None:
    units = [
        files.unit(1, "Juste"),
        files.unit(2, "Clé fausse", siren="400000027"),
        files.unit(3, "Court", siren="40000"),
        files.unit(4, "Flottant", siren="4.0000004E8"),
        files.unit(5, "Date", dateCreation="1997-02-30"),
        files.unit(6, "Ã‰cole abÃ®mÃ©e"),
        files.unit(1, "Encore"),
        files.unit(7, "État", etatAdministratif="X"),
        files.unit(8, "é" * 260),
    ]
    places = [
        files.place(1),
        files.place(5, codeCommune="99999"),
        files.place(6, codeCommune="01220"),
        files.place(99),
        files.place(7, siret=files.siret(7)[:13] + "x"),
    ]
    report, batch = bring(files.write(tmp_path / "u.csv", units), files.write(tmp_path / "e.csv", places))
    found = codes(report)
    assert found == {
        "siren_key": 1,
        "bad_siren": 2,
        "bad_date": 1,
        "damaged_text": 1,
        "given_twice": 1,
        "bad_state": 1,
        "long_text": 1,
        "unknown_commune": 1,
        "former_commune": 1,
        "orphan": 1,
        "bad_siret": 1,
    }
    told = {(p["code"], p["line"], p["column"], p["value"]) for p in report["first_problems"]}
    assert ("siren_key", 3, "siren", "400000027") in told
    assert ("bad_date", 6, "dateCreationUniteLegale", "1997-02-30") in told
    assert ("unknown_commune", 3, "codeCommuneEtablissement", "99999") in told
    messages = {p["value"]: p["message"] for p in report["first_problems"]}
    assert "tableur" in messages["4.0000004E8"]
    assert batch is not None
    assert LegalUnit.objects.count() == 5
    assert LegalUnit.objects.get(siren=int(files.siren(5))).created_on is None
    assert LegalUnit.objects.get(siren=int(files.siren(1))).name == "Juste"


def test_a_former_commune_is_followed_and_an_arrondissement_is_its_town(bring: Bring, tmp_path: Path) -> None:
    units = [files.unit(n, f"Unité {n}") for n in (1, 2)]
    places = [files.place(1, codeCommune="01220"), files.place(2, codeCommune="69384")]
    report, _batch = bring(files.write(tmp_path / "u.csv", units), files.write(tmp_path / "e.csv", places))
    assert codes(report) == {"former_commune": 1}
    assert report["first_problems"][-1]["value"].startswith("01220 → ")
    held = dict(Establishment.objects.values_list("siret", "commune"))
    assert held[int(files.siret(2))] == "69123"
    assert held[int(files.siret(1))] == "01185"


def test_lines_that_cannot_be_cut_are_told_with_their_number(bring: Bring, tmp_path: Path) -> None:
    path = files.write(tmp_path / "u.csv", [files.unit(n, f"Unité\n{n}") for n in (1, 2, 3)])
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:3], "400000001,O\n", *lines[3:-2], "x" + lines[-2], lines[-1]]))
    report, _batch = bring(path)
    assert codes(report) == {"cut_line": 1, "bad_siren": 1}
    told = {p["code"]: p["line"] for p in report["first_problems"] if p["code"] in codes(report)}
    assert told == {"cut_line": 3, "bad_siren": 5}
    assert LegalUnit.objects.get(siren=int(files.siren(1))).name == "Unité 1"


def test_windows_1252_is_read_and_told(bring: Bring, tmp_path: Path) -> None:
    rows_ = [files.unit(1, "Sans accent"), files.unit(2, "Café d’Œuvre")]
    report, _batch = bring(files.write(tmp_path / "u.csv", rows_, encoding="cp1252"))
    assert codes(report) == {"encoding": 1}
    assert LegalUnit.objects.get(siren=int(files.siren(2))).name == "Café d’Œuvre"


def test_a_column_renamed_is_found_and_a_column_missing_is_told(bring: Bring, tmp_path: Path) -> None:
    rows_ = [
        {
            "Siren": files.siren(1),
            "statut_diffusion_unite_legale": "O",
            "categorie_juridique_unite_legale": "9220",
            "etat_administratif_unite_legale": "A",
            "denomination_unite_legale": "Anciens noms",
        }
    ]
    report, _batch = bring(files.write(tmp_path / "u.csv", rows_, separator=";"))
    assert report["problems"]["missing_column"] == 11
    assert LegalUnit.objects.get().name == "Anciens noms"
    wrong = files.write(tmp_path / "w.csv", [{"siren": files.siren(1), "denominationUniteLegale": "x"}])
    with pytest.raises(DomainError, match="statutDiffusionUniteLegale") as refused:
        bring(wrong)
    assert refused.value.code == "missing_columns"


def test_zip_and_parquet_give_the_same_as_csv(bring: Bring, sirene: Pair, tmp_path: Path) -> None:
    bring(*sirene)
    with zipfile.ZipFile(tmp_path / "stock.zip", "w") as archive:
        for path in sirene:
            archive.write(path, path.name)
    report, batch = bring(tmp_path / "stock.zip")
    assert [file["name"] for file in report["files"]] == ["stock.zip/units.csv", "stock.zip/places.csv"]
    assert batch is None
    for path in sirene:
        with duckdb.connect() as db:
            target = path.with_suffix(".parquet")
            db.execute(
                f"COPY (SELECT * FROM read_csv('{path}', all_varchar = true)) TO '{target}' (FORMAT parquet)"
            )
    assert bring(*(path.with_suffix(".parquet") for path in sirene))[1] is None


@pytest.mark.parametrize(("content", "code"), [(b"", "empty_file"), (b"PAR1broken", "bad_parquet")])
def test_a_file_that_is_not_one_is_refused(bring: Bring, tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DomainError) as refused:
        bring(tmp_path / "x")
    assert refused.value.code == code
    with pytest.raises(DomainError, match="n'existe pas"):
        bring(tmp_path / "nowhere.csv")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("readme.md", "no")
    with pytest.raises(DomainError, match="aucun fichier CSV"):
        bring(tmp_path / "x.zip")


def test_the_rna_in_its_two_layouts(bring: Bring, tmp_path: Path) -> None:
    waldec = [
        files.association("W353000001", "LES AMIS DU PRÉ", titre_court="ADP", siret=files.siret(1)),
        files.association("W35300", "MAL NUMÉROTÉE"),
        files.association("W353000002", "DISSOUTE", date_disso="2019-13-01", position="D", siret="123"),
    ]
    old = dict.fromkeys(("id", "id_ex", "siret", "date_creat", "groupement", "titre", "adr1"), "")
    old |= {"adrs_codepostal": "35600", "adrs_codeinsee": "35236", "position": "A"}
    imports = [{**old, "id": "353S0351001688", "titre": "ANCIENNE", "date_creat": "1955-07-08"}]
    report, batch = bring(
        files.write(tmp_path / "w.csv", waldec, separator=";", encoding="cp1252"),
        files.write(tmp_path / "i.csv", imports, separator=";"),
        register="rna",
    )
    assert batch is not None
    assert batch.added == 3
    found = codes(report)
    assert found.pop("encoding") == 2
    assert found == {"bad_rna": 1, "bad_date": 1, "association_siret": 1}
    row = Association.objects.get(code="W353000001")
    assert (row.words, row.siret, row.dissolved_on, row.commune) == (
        "les amis du pre adp",
        files.siret(1),
        None,
        "35236",
    )
    changed = [{**waldec[0], "titre": "LES AMIES"}]
    _report, second = bring(files.write(tmp_path / "c.csv", changed, ";"), register="rna")
    assert second is not None
    assert (second.added, second.changed) == (0, 1)
    actions.undo(second, by=None)
    assert Association.objects.get(code="W353000001").name == "LES AMIS DU PRÉ"


def test_every_problem_has_its_sentence_and_goes_to_a_file(bring: Bring, tmp_path: Path) -> None:
    path = files.write(tmp_path / "u.csv", [files.unit(1, "Un", siren="=1+1"), files.unit(2, "Deux")])
    with Import([path], "sirene") as one:
        assert one.write_problems(tmp_path / "p.csv") == 1
    text = (tmp_path / "p.csv").read_text("utf-8-sig")
    assert "u.csv;2;siren;'=1+1;" in text, "a cell is never a formula"
    for code in problems.KINDS:
        assert problems.message(code, "x")


def test_the_command_tells_in_json_and_in_words(sirene: Pair, db: None) -> None:
    out = StringIO()
    call_command("actors_import_sirene", *sirene, "--json", stdout=out, stderr=StringIO())
    report = json.loads(out.getvalue())
    assert report["tables"]["directory_legalunit"]["added"] == 3
    assert report["saved"] is False
    out = StringIO()
    call_command("actors_import_sirene", *sirene, "--save", stdout=out, stderr=StringIO())
    assert "unités légales : 3 à ajouter" in out.getvalue()
    batch = Batch.objects.get()
    call_command("actors_import_sirene", "--undo", str(batch.pk), stdout=StringIO(), stderr=StringIO())
    assert not LegalUnit.objects.exists()
    with pytest.raises(CommandError, match=r"not_the_last|already_undone"):
        call_command("actors_import_sirene", "--undo", str(batch.pk), stdout=out, stderr=out)
    with pytest.raises(CommandError, match="pas de lot 987"):
        call_command("actors_import_rna", "--undo", "987", stdout=out, stderr=out)
    with pytest.raises(CommandError, match="au moins un fichier"):
        call_command("actors_import_rna", stdout=out, stderr=out)


def test_one_import_writes_at_a_time(bring: Bring, sirene: Pair) -> None:
    with actions.exclusive("sirene"), pytest.raises(DomainError, match="en train d'écrire") as refused:
        bring(*sirene)
    assert (refused.value.code, refused.value.status) == ("import_running", 409)
    bring(*sirene)


def test_an_interrupted_import_asks_for_its_own_files(bring: Bring, sirene: Pair) -> None:
    _report, batch = bring(sirene[0])
    assert batch is not None
    Batch.objects.filter(pk=batch.pk).update(state="writing", finished_at=None)
    with pytest.raises(DomainError, match="interrompu") as refused:
        bring(sirene[1])
    assert refused.value.code == "import_interrupted"
    _report, resumed = bring(sirene[0])
    assert resumed is not None
    assert (resumed.pk, resumed.state, resumed.added) == (batch.pk, "done", 3)
