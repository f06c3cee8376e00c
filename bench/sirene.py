# ruff: noqa: E501 - SQL of the generator
"""A million units of Sirene and their establishments, from the published files to the register.

    PYTHONPATH=src python -m bench.sirene --rows 1000000 [--database postgresql://…]

The files are synthetic (said so: no real unit is in them) with the real columns, a fixed seed, a fifth of
natural
persons, units of partial diffusion, broken cells. Three databases: one import from end to end; one killed by
SIGKILL half-way and taken up again, whose tables must have the same digest; and the peer, a plain loop on
the CSV.
CPU seconds are those of the import's process (and, with PostgreSQL, not those of its server). Then: the same
files again, completion on what is held, the undoing of the batch.
"""

import argparse
import hashlib
import json
import os
import re
import resource
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
TABLES = {"directory_legalunit": "siren", "directory_establishment": "siret"}
UNIT_COLUMNS = [
    "siren",
    "statutDiffusionUniteLegale",
    "unitePurgeeUniteLegale",
    "dateCreationUniteLegale",
    "sigleUniteLegale",
    "sexeUniteLegale",
    "prenom1UniteLegale",
    "prenom2UniteLegale",
    "prenom3UniteLegale",
    "prenom4UniteLegale",
    "prenomUsuelUniteLegale",
    "pseudonymeUniteLegale",
    "identifiantAssociationUniteLegale",
    "trancheEffectifsUniteLegale",
    "anneeEffectifsUniteLegale",
    "dateDernierTraitementUniteLegale",
    "nombrePeriodesUniteLegale",
    "categorieEntreprise",
    "anneeCategorieEntreprise",
    "dateDebut",
    "etatAdministratifUniteLegale",
    "nomUniteLegale",
    "nomUsageUniteLegale",
    "denominationUniteLegale",
    "denominationUsuelle1UniteLegale",
    "denominationUsuelle2UniteLegale",
    "denominationUsuelle3UniteLegale",
    "categorieJuridiqueUniteLegale",
    "activitePrincipaleUniteLegale",
    "nomenclatureActivitePrincipaleUniteLegale",
    "nicSiegeUniteLegale",
    "economieSocialeSolidaireUniteLegale",
    "societeMissionUniteLegale",
    "caractereEmployeurUniteLegale",
    "activitePrincipaleNAF25UniteLegale",
]
PLACE_COLUMNS = [
    "siren",
    "nic",
    "siret",
    "statutDiffusionEtablissement",
    "dateCreationEtablissement",
    "trancheEffectifsEtablissement",
    "anneeEffectifsEtablissement",
    "activitePrincipaleRegistreMetiersEtablissement",
    "dateDernierTraitementEtablissement",
    "etablissementSiege",
    "nombrePeriodesEtablissement",
    "complementAdresseEtablissement",
    "numeroVoieEtablissement",
    "indiceRepetitionEtablissement",
    "dernierNumeroVoieEtablissement",
    "indiceRepetitionDernierNumeroVoieEtablissement",
    "typeVoieEtablissement",
    "libelleVoieEtablissement",
    "codePostalEtablissement",
    "libelleCommuneEtablissement",
    "libelleCommuneEtrangerEtablissement",
    "distributionSpecialeEtablissement",
    "codeCommuneEtablissement",
    "codeCedexEtablissement",
    "libelleCedexEtablissement",
    "codePaysEtrangerEtablissement",
    "libellePaysEtrangerEtablissement",
    "identifiantAdresseEtablissement",
    "coordonneeLambertAbscisseEtablissement",
    "coordonneeLambertOrdonneeEtablissement",
    "complementAdresse2Etablissement",
    "dateDebut",
    "etatAdministratifEtablissement",
    "enseigne1Etablissement",
    "enseigne2Etablissement",
    "enseigne3Etablissement",
    "denominationUsuelleEtablissement",
    "activitePrincipaleEtablissement",
    "nomenclatureActivitePrincipaleEtablissement",
    "caractereEmployeurEtablissement",
    "activitePrincipaleNAF25Etablissement",
]
WHAT = [
    "ATELIER",
    "ASSOCIATION",
    "AMICALE",
    "BOULANGERIE",
    "COMITE",
    "COOPERATIVE",
    "COMPAGNIE",
    "EPICERIE",
    "FERME",
    "GARAGE",
    "GROUPE",
    "MAISON",
    "MENUISERIE",
    "RESSOURCERIE",
    "SOCIETE",
    "TRANSPORTS",
    "UNION",
    "VERGERS",
    "JARDINS",
    "CAFE",
    "CULTURE",
    "ENERGIE",
    "HABITAT",
    "INSERTION",
    "MOBILITE",
    "NUMERIQUE",
    "RECYCLAGE",
    "FORMATION",
    "SPORTS",
    "THEATRE",
    "MUSIQUE",
    "CITOYENNE",
    "SOLIDAIRE",
    "PARTAGEE",
    "NOUVELLE",
]


def generate(folder: Path, rows: int, seed: int) -> tuple[Path, Path]:
    """Write the two files: ``rows`` legal persons and a quarter as many natural persons."""
    from terreau.directory import engine

    units, places = folder / "StockUniteLegale_utf8.csv", folder / "StockEtablissement_utf8.csv"
    (folder / "made").mkdir()
    with engine.opened(folder / "made") as db:
        db.execute(
            f"CREATE MACRO h(i, s) AS ((i * 2654435761 + (s + {seed}::BIGINT) * 40503 + i // 7 * 97) % 4294967296) // 64"
        )
        db.execute(f"CREATE MACRO luhn_key(n) AS (10 - ({engine._luhn(14)}) % 10) % 10")
        db.execute("CREATE MACRO zero(x, k) AS lpad(CAST(x AS VARCHAR), k, '0')")
        db.execute("CREATE TABLE word AS SELECT unnest(?) AS w, unnest(range(?)) AS k", [WHAT, len(WHAT)])
        db.execute(
            "CREATE TABLE town AS SELECT code, upper(strip_accents(nom)) AS town, row_number() OVER (ORDER BY code) "
            "- 1 AS k FROM read_parquet(?) WHERE zone <> 'com'",
            [str(ROOT / "src/terreau/territories/content/geo/communes.parquet")],
        )
        towns = db.execute("SELECT count(*) FROM town").fetchone()[0]
        db.execute(
            f"""CREATE TABLE unit AS
            SELECT i, (30000000 + i * 37) * 10 + luhn_key((30000000 + i * 37) * 10) AS siren, i % 5 = 4 AS person,
              h(i, 1) % 100 = 0 AS partial, w1.w || ' ' || w2.w || ' ' || town.town || ' ' || (h(i, 5) %
              997) AS name,
              town.code AS code, town.town AS town
            FROM range({rows * 5 // 4}) AS t(i)
            JOIN word w1 ON w1.k = h(i, 2) % {len(WHAT)} JOIN word w2 ON w2.k = h(i, 3) % {len(WHAT)}
            JOIN town ON town.k = h(i, 4) % {towns} ORDER BY i"""
        )
        _write(
            db,
            units,
            UNIT_COLUMNS,
            "unit",
            {
                "siren": "zero(CASE WHEN i % 5003 = 1 THEN siren + 1 ELSE siren END, 9)",
                "statutDiffusionUniteLegale": "CASE WHEN partial THEN 'P' ELSE 'O' END",
                "dateCreationUniteLegale": "CASE WHEN i % 4001 = 1 THEN '1997-02-30' ELSE "
                "CAST(DATE '1960-01-01' + CAST(h(i, 6) % 23000 AS INTEGER) AS VARCHAR) END",
                "sigleUniteLegale": "CASE WHEN h(i, 7) % 7 = 0 THEN left(name, 4) END",
                "nomUniteLegale": "CASE WHEN person THEN 'NOM' || i END",
                "prenom1UniteLegale": "CASE WHEN person THEN 'PRENOM' END",
                "denominationUniteLegale": "CASE WHEN person THEN NULL WHEN partial THEN '[ND]' ELSE name END",
                "etatAdministratifUniteLegale": "CASE WHEN h(i, 8) % 3 = 0 THEN 'C' ELSE 'A' END",
                "categorieJuridiqueUniteLegale": "CASE WHEN person THEN '1000' WHEN h(i, 9) % 4 = 0 THEN '9220' "
                "WHEN h(i, 9) % 4 = 1 THEN '5710' ELSE '5499' END",
                "activitePrincipaleUniteLegale": "'94.99Z'",
                "nomenclatureActivitePrincipaleUniteLegale": "'NAFRev2'",
                "trancheEffectifsUniteLegale": "CASE WHEN h(i, 10) % 3 = 0 THEN '01' ELSE 'NN' END",
                "nicSiegeUniteLegale": "zero(luhn_key(siren * 100000 + 10) + 10, 5)",
                "economieSocialeSolidaireUniteLegale": "CASE WHEN h(i, 9) % 4 = 0 THEN 'O' ELSE 'N' END",
                "dateDernierTraitementUniteLegale": "'2026-10-01T09:00:00'",
                "caractereEmployeurUniteLegale": "'N'",
            },
        )
        db.execute(
            "CREATE TABLE place AS SELECT *, siren * 100000 + k * 10 + luhn_key(siren * 100000 + k * 10) AS siret "
            "FROM unit, range(1, 6) AS n(k) WHERE k = 1 OR h(i, 20 + k) % 9 = 0 ORDER BY i, k"
        )
        _write(
            db,
            places,
            PLACE_COLUMNS,
            "place",
            {
                "siren": "zero(siren, 9)",
                "nic": "zero(siret % 100000, 5)",
                "siret": "zero(CASE WHEN i % 6007 = 1 THEN siret + 1 ELSE siret END, 14)",
                "statutDiffusionEtablissement": "CASE WHEN partial THEN 'P' ELSE 'O' END",
                "dateCreationEtablissement": "CAST(DATE '1960-01-01' + CAST(h(i, 6) % 23000 AS INTEGER) AS VARCHAR)",
                "etablissementSiege": "k = 1",
                "numeroVoieEtablissement": "CASE WHEN partial THEN '[ND]' ELSE CAST(h(i, 11) % 200 AS VARCHAR) END",
                "typeVoieEtablissement": "'RUE'",
                "libelleVoieEtablissement": "CASE WHEN partial THEN '[ND]' ELSE 'DE ' || town END",
                "codePostalEtablissement": "left(code, 2) || '000'",
                "libelleCommuneEtablissement": "town",
                "codeCommuneEtablissement": "CASE WHEN i % 7001 = 1 THEN '99999' WHEN code = '75056' THEN '75110' ELSE code END",
                "etatAdministratifEtablissement": "CASE WHEN h(i, 8) % 3 = 0 THEN 'F' ELSE 'A' END",
                "enseigne1Etablissement": "CASE WHEN k > 1 THEN left(name, 20) END",
                "activitePrincipaleEtablissement": "'94.99Z'",
                "nomenclatureActivitePrincipaleEtablissement": "'NAFRev2'",
                "trancheEffectifsEtablissement": "'NN'",
                "dateDernierTraitementEtablissement": "'2026-10-01T09:00:00'",
            },
        )
    return units, places


def _write(db: Any, path: Path, columns: list[str], table: str, values: dict[str, str]) -> None:
    assert set(values) <= set(columns)
    selected = ", ".join(f"{values.get(name, 'NULL')} AS {name}" for name in columns)
    db.execute(f"COPY (SELECT {selected} FROM {table}) TO '{path}' (FORMAT csv, HEADER true)")


@contextmanager
def database(folder: Path, url: str) -> Iterator[dict[str, str]]:
    """Give a fresh migrated database; the variables that name it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TERREAU_")}
    variables = kept | {"TERREAU_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT / "src")}
    name = f"terreau_bench_{secrets.token_hex(4)}"
    if url:
        import psycopg

        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}"')
        variables["TERREAU_DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    try:
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=variables, check=True)
        yield variables
    finally:
        if url:
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def manage(variables: dict[str, str], *arguments: str) -> tuple[dict[str, Any], float, float]:
    """Run a command with --json; return its report, its seconds, its CPU seconds."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments, "--json"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        check=False,
    )
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr.decode()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout), seconds, cpu


def killed(variables: dict[str, str], *arguments: str) -> int:
    """Run a command and kill it without warning when half is written; return the rows that it had written."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    for line in process.stderr:
        found = re.match(r"(\d+)/(\d+)", line)
        if found and int(found[1]) * 2 >= int(found[2]):
            process.send_signal(signal.SIGKILL)
            process.wait()
            return int(found[1])
    raise AssertionError("it ended before it was killed")


def connect(variables: dict[str, str]) -> Any:
    """Open the database as the peer does."""
    if url := variables.get("TERREAU_DATABASE_URL"):
        import psycopg

        return psycopg.connect(url)
    import sqlite3

    return sqlite3.connect(Path(variables["TERREAU_DATA_DIR"]) / "terreau.sqlite3")


def digest(variables: dict[str, str]) -> dict[str, str]:
    """SHA-256 of every row of each table, but for the batch's number."""
    found = {}
    with connect(variables) as base:
        for table, key in TABLES.items():
            names = [
                "words" if table == "directory_legalunit" else "postcode",
                "name",
                "state",
                "created_on",
                key,
                "digest",
            ]
            cursor = base.cursor()
            cursor.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY {key}")
            sha, count = hashlib.sha256(), 0
            while rows := cursor.fetchmany(10_000):
                count += len(rows)
                sha.update("\n".join("|".join(map(str, row)) for row in rows).encode())
            found[table] = f"{count} {sha.hexdigest()[:16]}"
    return found


def peer(units: Path, folder: Path, rows: int) -> float:
    """A plain loop: the CSV read by the standard library, Django's bulk_create; rows a second on a sample."""
    code = f"""
import csv, time, django
django.setup()
from django.db import transaction
from terreau.directory.models import Batch, LegalUnit
from terreau.subjects.actions import create
batch = Batch.objects.create(subject=create("import"), register="sirene")
started, count, some = time.perf_counter(), 0, []
def put(some):
    with transaction.atomic():
        LegalUnit.objects.bulk_create(some)
for row in csv.DictReader(open({str(units)!r}, encoding="utf-8")):
    if row["categorieJuridiqueUniteLegale"].startswith("1"): continue
    name = row["denominationUniteLegale"]
    some.append(LegalUnit(siren=int(row["siren"]), name=name, acronym=row["sigleUniteLegale"],
    words=name.lower(),
        legal_category=row["categorieJuridiqueUniteLegale"], naf="", naf_version="", size_class="", ess="",
        rna="",
        state=row["etatAdministratifUniteLegale"], partial=False, created_on=None, digest=0, batch=batch))
    count += 1
    if len(some) == 1000: put(some); some = []
    if count == {rows}: break
put(some)
print(count / (time.perf_counter() - started))
"""
    folder.mkdir()
    with database(folder, "") as variables:
        variables["DJANGO_SETTINGS_MODULE"] = "terreau.config.settings"
        done = subprocess.run(
            [sys.executable, "-c", code], env=variables, cwd=ROOT, capture_output=True, check=True
        )
        return float(done.stdout)


def completion(variables: dict[str, str]) -> dict[str, float]:
    """Median, 95th percentile and worst of what a form asks, in milliseconds, and CPU milliseconds of one."""
    code = """
import json, time, random, statistics, django
django.setup()
from terreau.directory.completion import organisations
from terreau.directory.models import LegalUnit
random.seed(7)
names = [name for name in LegalUnit.objects.exclude(name="").order_by("siren").values_list("name", flat=True)[::997]]
asked = []
for name in random.sample(names, min(150, len(names))):
    words = name.split()
    asked += [name[:3], name[:6], name[:14], words[-2][:5], words[1][:4] + " " + words[2][:3]]
asked += ["300", "30000", "3000003", "ass", "sol coo", "rue"]
organisations("chauffe")
spent, cpu = [], time.process_time()
for text in asked:
    started = time.perf_counter()
    organisations(text)
    spent.append((time.perf_counter() - started) * 1000)
cpu = (time.process_time() - cpu) * 1000 / len(asked)
spent.sort()
print(json.dumps({"asked": len(asked), "median": statistics.median(spent), "p95": spent[int(len(spent) * .95)],
    "worst": spent[-1], "cpu": cpu}))
"""
    variables = variables | {"DJANGO_SETTINGS_MODULE": "terreau.config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables, cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def main() -> None:
    """Measure, compare digests, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--database", default="", help="postgresql://… of a server where databases may be made"
    )
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--keep", type=Path, help="folder to work in, kept")
    options = parser.parse_args()
    print(
        f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores, seed {options.seed}, synthetic files"
    )
    with tempfile.TemporaryDirectory() as name:
        run(options.keep or Path(name), options)


def run(folder: Path, options: argparse.Namespace) -> None:
    """Do everything in ``folder``."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "terreau.config.settings"
    os.environ["TERREAU_DATA_DIR"] = str(folder / "generator")
    units, places = generate(folder, options.rows, options.seed)
    files = (str(units), str(places))
    print(
        f"{units.name} {units.stat().st_size / 1e6:.0f} MB, {places.name} {places.stat().st_size / 1e6:.0f} MB"
    )
    with database(folder / "whole", options.database) as variables:
        report, seconds, cpu = manage(variables, "actors_import_sirene", *files, "--save")
        whole = digest(variables)
        batch, written = report["batch"], sum(one["added"] for one in report["tables"].values())
        print(f"read {report['read']:,}, written {written:,}, problems {report['problems']}")
        print(
            f"import: {seconds:.1f} s, {cpu:.1f} s of CPU, {written / seconds:,.0f} rows/s written, "
            f"{report['read'] / seconds:,.0f} rows/s read"
        )
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"peak memory {memory:,.0f} MiB, longest transaction {batch['longest_hold_ms']} ms")
        again, seconds, _cpu = manage(variables, "actors_import_sirene", *files, "--save")
        assert again["batch"] is None, "the same files had an effect"
        print(f"same files again: {seconds:.1f} s, nothing written")
        found = completion(variables)
        print("completion: " + ", ".join(f"{key} {value:.1f}" for key, value in found.items()) + " (ms)")
        undone, seconds, _cpu = manage(variables, "actors_import_sirene", "--undo", str(batch["id"]))
        assert all(one.startswith("0 ") for one in digest(variables).values()), "rows are left"
        print(f"undone: {seconds:.1f} s, longest transaction {undone['undone']['longest_hold_ms']} ms")
    with database(folder / "killed", options.database) as variables:
        at = killed(variables, "actors_import_sirene", *files, "--save")
        report, seconds, _cpu = manage(variables, "actors_import_sirene", *files, "--save")
        same = digest(variables) == whole
        print(f"killed at {at:,} rows, resumed in {seconds:.1f} s, same digest: {same}")
        assert same, (digest(variables), whole)
        assert report["batch"]["digest"] == batch["digest"]
        assert report["batch"]["added"] == written
    if not options.database:
        sample = min(options.rows, 50_000)
        rate = statistics.median([peer(units, folder / f"peer-{n}", sample) for n in range(1)])
        print(f"peer, csv + bulk_create without a check, units only, {sample:,} rows: {rate:,.0f} rows/s")


if __name__ == "__main__":
    main()
