"""The dumps: public only, whole or not at all, what their schemas say, readable by the tools of others."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from terreau.actors.actions import create_actor, merge_actors
from terreau.actors.models import Actor
from terreau.common.content import ContentError
from terreau.facts.models import CurrentFact, Fact
from terreau.facts.read import facts_of
from terreau.grids import loading
from terreau.pieces.sources import source as cite
from terreau.poles.models import Listing, Membership, Pole
from terreau.sheets import dump_rows, dumps, open_data
from terreau.subjects.models import Subject

TABLES = [
    "poles",
    "actors",
    "memberships",
    "perimeters",
    "facts",
    "recognitions",
    "catalogue",
    "vocabularies",
    "grids",
    "criteria",
]
pytestmark = pytest.mark.usefixtures("register")


@pytest.fixture(scope="module")
def written(_register_loaded: None, django_db_blocker: Any, tmp_path_factory: Any) -> Path:
    """A dump of the seeds and of the grids that come with Terreau; the database is as before."""
    with django_db_blocker.unblock(), transaction.atomic():
        loading.sync(save=True)
        folder = dumps.write(tmp_path_factory.mktemp("dumps") / "dump").folder
        transaction.set_rollback(True)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A dump of the seeds that the test may spoil."""
    return Path(shutil.copytree(written, tmp_path / "dump"))


def lines(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def asked(query: str) -> list[Any]:
    with duckdb.connect() as db:
        return db.execute(query).fetchall()


def rows(table: str) -> list[dict[str, Any]]:
    names = [field.name for field in open_data.tables()[table].fields]
    return [dict(zip(names, row, strict=True)) for row in dump_rows.ROWS[table]()]


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode("utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())


def frictionless(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "frictionless", "validate", "datapackage.json", "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode == 0) is report["valid"], done.stderr
    return report


def test_the_command_writes_every_table_and_a_true_manifest(tmp_path: Path, capsys: Any) -> None:
    call_command("api_dump", "--output", str(tmp_path / "out"), "--json")
    manifest = json.loads(capsys.readouterr().out)
    assert manifest == json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["licence"]["name"] == "etalab-2.0"
    assert manifest["created"].endswith("Z")
    names = {one["name"] for one in manifest["files"]}
    assert names == {f"{t}.{form}" for t in TABLES for form in ("csv", "parquet")} | {"poles.geojson"}
    for one in manifest["files"]:
        content = (tmp_path / "out" / one["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["bytes"], one["sha256"])
        if one["format"] == "csv":
            assert len(lines(tmp_path / "out", one["table"])) == one["rows"]
            assert json.loads((tmp_path / "out" / one["schema"]).read_text(encoding="utf-8"))["fields"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_frictionless_accepts_every_table_against_its_schema(folder: Path) -> None:
    report = frictionless(folder)
    assert report["valid"], report
    assert [task["name"] for task in report["tasks"]] == TABLES
    assert {task["name"] for task in report["tasks"] if not task["stats"]["rows"]} == set()


def test_frictionless_sees_what_a_schema_forbids(folder: Path) -> None:
    """Else the test above proves nothing: an unknown pole, an unknown status, other bytes."""
    first = lines(folder, "memberships")[0]
    spoil(folder / "memberships.csv", f";{first['pole']};", ";nowhere;")
    spoil(folder / "facts.csv", ";declare;", ";sure;")
    kinds = {error["type"] for task in frictionless(folder)["tasks"] for error in task["errors"]}
    assert {"foreign-key", "constraint-error", "hash-count"} <= kinds


def test_csv_is_what_french_spreadsheets_open_and_runs_no_formula(tmp_path: Path) -> None:
    source = cite("page", "dump", "=cmd|' /C calc'!A0", "p. 1", "https://example.org/")
    actor = create_actor("=1+1", source=source, public=True)
    dumps.write(tmp_path / "dump")
    raw = (tmp_path / "dump" / "actors.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfid;nom;")
    assert raw.count(b"\r\n") == len(lines(tmp_path / "dump", "actors")) + 1
    line = next(one for one in lines(tmp_path / "dump", "actors") if one["id"] == str(actor.pk))
    assert (line["nom"], line["source"]) == ("'=1+1", "'=cmd|' /C calc'!A0, p. 1")
    cells = [cell for table in TABLES for one in lines(tmp_path / "dump", table) for cell in one.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))]
    names = asked(f"SELECT nom FROM '{tmp_path}/dump/actors.parquet' WHERE id = '{actor.pk}'")
    assert names == [("=1+1",)]


def test_parquet_says_the_same_with_its_types(folder: Path) -> None:
    for table in TABLES:
        count = asked(f"SELECT count(*) FROM '{folder}/{table}.parquet'")[0][0]
        assert count == len(lines(folder, table))
    described = asked(f"DESCRIBE SELECT * FROM '{folder}/poles.parquet'")
    kinds = {name: kind for name, kind, *_ in described}
    assert (kinds["lon"], kinds["departements"], kinds["approche"]) == ("DOUBLE", "VARCHAR[]", "BOOLEAN")
    said = asked(f"SELECT slug, departements, lon FROM '{folder}/poles.parquet'")
    mine = {one["slug"]: one for one in lines(folder, "poles")}
    for slug, departments, lon in said:
        assert "|".join(departments) == mine[slug]["departements"]
        assert lon is None or str(lon) == mine[slug]["lon"]


def test_the_points_are_those_of_the_table(folder: Path) -> None:
    body = json.loads((folder / "poles.geojson").read_text(encoding="utf-8"))
    placed = [one["slug"] for one in lines(folder, "poles") if one["lon"]]
    assert [feature["properties"]["slug"] for feature in body["features"]] == placed
    assert len(placed) > 40


@pytest.mark.skipif(not shutil.which("ogrinfo"), reason="ogrinfo absent: apt-get install gdal-bin")
def test_gdal_reads_the_points(folder: Path) -> None:
    command = ["ogrinfo", "-ro", "-so", "-al", str(folder / "poles.geojson")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    placed = [one for one in lines(folder, "poles") if one["lon"]]
    assert f"Feature Count: {len(placed)}" in done.stdout
    assert "Geometry: Point" in done.stdout
    assert "WGS 84" in done.stdout


def test_a_stranger_learns_nothing_that_the_site_does_not_show(tmp_path: Path) -> None:
    source = cite("page", "dump", "Page", "p. 1", "https://example.org/")
    pole = Pole.objects.get(slug="artis")
    hidden = create_actor("Caché", source=source, public=False)
    person = create_actor("Camille Exemple", legal_nature="natural_person", source=source, public=True)
    seen = create_actor("Vu", source=source, public=True)
    for actor in (hidden, person, seen):
        Membership.objects.create(pole=pole, actor=actor, role="member", source=source)
    dumps.write(tmp_path / "dump")
    everything = "".join((tmp_path / "dump" / f"{table}.csv").read_text(encoding="utf-8") for table in TABLES)
    for actor in (hidden, person):
        assert actor.name not in everything
        assert str(actor.pk) not in everything
    assert {"actors", "memberships"} == {
        table
        for table in TABLES
        if str(seen.pk) in (tmp_path / "dump" / f"{table}.csv").read_text(encoding="utf-8")
    }


def test_a_pole_that_is_no_longer_public_leaves_every_table(tmp_path: Path) -> None:
    pole = Pole.objects.get(slug="artis")
    assert all(
        [one for one in rows(table) if one["pole"] == "artis"] for table in ("memberships", "perimeters")
    )
    Subject.objects.filter(pk=pole.pk).update(public=False)
    Listing.objects.filter(pk=pole.pk).delete()
    assert "artis" not in [one["slug"] for one in rows("poles")]
    for table in ("memberships", "perimeters", "recognitions", "facts"):
        assert not [one for one in rows(table) if one["pole"] == "artis"]
    assert not [one for one in rows("facts") if one["sujet"] == pole.pk]


def test_what_is_said_of_a_merged_actor_is_said_of_the_other() -> None:
    source = cite("page", "dump", "Page", "p. 1", "https://example.org/")
    loser = create_actor("Doublon", source=source, public=True)
    winner = create_actor("Le bon", source=source, public=True)
    row = Membership.objects.create(
        pole=Pole.objects.get(slug="artis"), actor=loser, role="member", source=source
    )
    merge_actors(loser, winner, by=None, reason="doublon")
    line = next(one for one in rows("memberships") if one["id"] == row.pk)
    assert (line["acteur"], line["nom"]) == (winner.pk, "Le bon")
    assert loser.pk not in {one["id"] for one in rows("actors")}


def test_facts_are_those_of_the_pages(folder: Path) -> None:
    """Every public statement once; held and contested as the sheets say."""
    said = {one["id"]: one for one in rows("facts")}
    held = CurrentFact.objects.filter(subject__public=True).values_list("fact", flat=True)
    assert {pk for pk, one in said.items() if one["retenu"]} == set(held)
    views = facts_of(list(Pole.objects.values_list("pk", flat=True)))
    assert any(view.contested for view in views)
    for view in views:
        assert said[view.id]["conteste"] is view.contested
        for other in view.contradicted_by:
            assert (said[other.id]["retenu"], said[other.id]["conteste"]) == (False, True)
        for other in view.earlier:
            assert said[other.id]["conteste"] is False
    assert Fact.objects.filter(superseded_at__isnull=True).count() == len(said)


def test_two_dumps_of_one_state_are_the_same(tmp_path: Path) -> None:
    first, second = dumps.write(tmp_path / "one"), dumps.write(tmp_path / "two")
    assert first.manifest["files"] == second.manifest["files"]


def test_a_dump_replaces_a_dump_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out"
    dumps.write(target)
    (target / "old.txt").write_text("of the dump before", encoding="utf-8")
    dumps.write(target)
    assert not (target / "old.txt").exists()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.odt").write_text("years of work", encoding="utf-8")
    with pytest.raises(CommandError, match="autre chose"):
        call_command("api_dump", "--output", str(precious))
    assert (precious / "thesis.odt").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"out", "precious"}


def test_a_dump_that_fails_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dumps.write(tmp_path / "out").manifest

    def broken() -> Iterator[Any]:
        raise RuntimeError("the disk is full")
        yield

    monkeypatch.setitem(dump_rows.ROWS, "facts", broken)
    with pytest.raises(RuntimeError):
        dumps.write(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8")) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_rows_are_not_gathered_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of any length is written as it is read: the reader is never far ahead of the file."""
    ahead: list[int] = []
    first = rows("recognitions")[0]

    def endless() -> Iterator[tuple[Any, ...]]:
        for number in range(50_000):
            if number == 49_999:
                ahead.append(next(tmp_path.glob(".unfinished-*/recognitions.csv")).stat().st_size)
            yield (number, *list(first.values())[1:])

    monkeypatch.setitem(dump_rows.ROWS, "recognitions", endless)
    dump = dumps.write(tmp_path / "out")
    written = dump.file("recognitions.csv")
    assert written
    assert written["rows"] == 50_000
    assert ahead[0] > written["bytes"] * 0.99


def test_the_site_keeps_the_last_two_and_knows_when_one_is_due(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DUMPS_DIR = tmp_path / "published"
    assert dumps.latest() is None
    assert dumps.due()
    now = timezone.now()
    for days in range(3):
        monkeypatch.setattr(dumps.timezone, "now", lambda days=days: now + timedelta(days=days))
        dumps.publish()
    assert len(list((tmp_path / "published").iterdir())) == 2
    found = dumps.latest()
    assert found
    assert found.at.date() == (now + timedelta(days=2)).date()
    assert not dumps.due()
    monkeypatch.setattr(dumps.timezone, "now", lambda: now + timedelta(days=3, seconds=1))
    assert dumps.due()


def test_every_column_of_a_row_has_its_field() -> None:
    for table in open_data.tables().values():
        for row in dump_rows.ROWS[table.name]():
            assert len(row) == len(table.fields)
            missing = [
                f.name for f, v in zip(table.fields, row, strict=True) if f.required and v in (None, "")
            ]
            assert not missing, (table.name, row)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("references: poles.slug", "references: poles.name"), r"refers to poles\.name"),
        (("vocabulary: stage", "vocabulary: stages"), "no vocabulary 'stages'"),
        (("key: code", "key: cods"), "cods is no field"),
        (
            ("type: boolean, required: true, title: {fr: Approché", "type: flag, title: {fr: Approché"),
            "type is 'flag'",
        ),
    ],
)
def test_a_mistake_of_the_content_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    text = (Path(open_data.__file__).parent / "content" / "open-data.yaml").read_text(encoding="utf-8")
    path = tmp_path / "open-data.yaml"
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=said):
        open_data.read(path)


def test_natural_persons_are_no_actor_of_the_dump() -> None:
    assert Actor.objects.filter(subject__public=True).exclude(legal_nature="natural_person").count() == len(
        rows("actors")
    )


def test_criteria_say_their_rule_in_words_and_their_version(folder: Path) -> None:
    """Both languages; what a person answers has no rule; each stands in a version of grids.csv."""
    criteria = lines(folder, "criteria")
    versions = {one["id"]: one for one in lines(folder, "grids")}
    assert {one["grille"] for one in criteria} <= set(versions)
    law = next(one for one in criteria if one["code"] == "c2-trois-personnes-morales")
    assert law["regle"].startswith("« ")
    assert law["regle_anglais"].startswith("“")
    assert versions[law["grille"]]["conclut"] == "true"
    assert versions["grille-terreau@1"]["conclut"] == "false"
    assert {one["regle"] for one in criteria if one["grille"] == "grille-terreau@1"} == {""}
