"""The commands: a preview writes nothing, --save writes, again changes nothing, --undo takes back."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from terreau.actors.models import Actor, EssListing, Subsidy
from terreau.imports.models import Import
from terreau.poles.models import Membership, Pole
from tests.imports.conftest import TEAM_MOVE, sheet

pytestmark = pytest.mark.django_db
ESS = ["--option", "on=2026-03-01", "--option", "document=Liste (essai)"]


def run(command: str, *arguments: str) -> Any:
    out = StringIO()
    call_command(command, *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def ess(tmp_path: Path) -> str:
    path = tmp_path / "ess.csv"
    path.write_bytes(sheet(["siren", "nom"], [TEAM_MOVE, "Team Move"], ["123456789", "x"]).getvalue())
    return str(path)


def test_a_preview_writes_nothing(ess: str, actor: Actor, tmp_path: Path) -> None:
    wrong = tmp_path / "problemes.csv"
    report = run("actors_import_ess_list", ess, *ESS, "--problems", str(wrong))
    assert (report["counts"]["changed"], report["counts"]["refused"], report["saved"]) == (1, 1, False)
    assert (report["problems"][0]["column"], report["problems"][0]["row"]) == ("A", 3)
    assert wrong.read_text("utf-8-sig").splitlines()[1].startswith(";3;A;siren;123456789;refus;")
    assert not EssListing.objects.exists()
    assert not Import.objects.exists()


def test_save_again_and_undo(ess: str, actor: Actor) -> None:
    report = run("actors_import_ess_list", ess, *ESS, "--save")
    assert (report["written"]["changed"], EssListing.objects.count()) == (1, 1)
    again = run("actors_import_ess_list", ess, *ESS, "--save")
    assert (again["counts"]["same"], "written" in again) == (1, False)
    undone = run("actors_import_ess_list", "--undo", report["import"])
    assert (undone["undone"], EssListing.objects.count()) == (1, 0)


def test_refusals_say_what_to_write(ess: str, tmp_path: Path) -> None:
    for arguments, said in (
        ([ess], "date de la liste"),
        ([ess, "--option", "on=hier", "--option", "document=x"], "hier"),
        ([ess, *ESS, "--column", "siren=Numéro"], "siren, nom"),
        ([str(tmp_path / "absent.csv")], "n'existe pas"),
        ([], "Donnez un fichier"),
    ):
        with pytest.raises(CommandError, match=said) as refused:
            call_command("actors_import_ess_list", *arguments, stdout=StringIO())
        assert refused.value.returncode == 2


def test_what_a_person_reads(ess: str, actor: Actor) -> None:
    out = StringIO()
    call_command("actors_import_ess_list", ess, *ESS, stdout=out)
    assert "A3 siren « 123456789 »" in out.getvalue()
    assert out.getvalue().rstrip().endswith("ajoutez --save.")


def test_subsidies(tmp_path: Path, db: None) -> None:
    path = tmp_path / "s.csv"
    head = ["COLL_NOM", "ATTRIB_NOM", "SUB_MONTANT", "ACTE_DATE"]
    path.write_bytes(sheet(head, ["Ville", "Club", "17\xa0833", "03/04/2017"]).getvalue())
    assert run("actors_import_subsidies", str(path), "--save")["written"]["added"] == 1
    one = Subsidy.objects.get()
    assert (one.cents, str(one.decided_on)) == (1_783_300, "2017-04-03")


def test_poles_and_members(register: None, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(sheet(["Nom", "Communes"], ["Pôle d'essai", "21231"]).getvalue())
    assert run("poles_import_sheet", str(path), "--save")["written"]["added"] == 1
    pole = Pole.objects.get(slug="pole-d-essai")
    path.write_bytes(sheet(["Organisation"], ["Un membre"]).getvalue())
    report = run("poles_import_sheet", str(path), "--members-of", pole.slug, "--save")
    assert report["written"]["added"] == 1
    assert Membership.objects.get(pole=pole).actor.name == "Un membre"
    with pytest.raises(CommandError, match="nulle-part"):
        call_command("poles_import_sheet", str(path), "--members-of", "nulle-part")


def test_work_integration_structures(db: None, tmp_path: Path) -> None:
    path = tmp_path / "siae.csv"
    path.write_bytes(sheet(["siret", "name", "kind"], ["41071771400035", "Aintérim'Air", "ETTI"]).getvalue())
    options = [*ESS, "--option", "create=oui"]
    assert run("actors_import_siae", str(path), *options, "--save")["written"]["added"] == 1
    assert Actor.objects.get().siret == "41071771400035"
