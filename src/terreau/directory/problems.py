"""What is wrong in an official file: which cell, what it holds, what became of it, what to do."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.common.errors import DomainError
from terreau.common.official_numbers import check_rna, check_siren, check_siret
from terreau.design.export import neutral
from terreau.directory.stage import Brought

#: What became of the row or of the cell.
REFUSED, EMPTIED, FOLLOWED, NOTED = "refused", "emptied", "followed", "noted"
FATES = {
    REFUSED: gettext_lazy("ligne écartée"),
    EMPTIED: gettext_lazy("cellule laissée vide"),
    FOLLOWED: gettext_lazy("valeur suivie"),
    NOTED: gettext_lazy("signalé, ligne gardée"),
}
#: By code: what became of it, and the sentence.
KINDS: dict[str, tuple[str, Any]] = {
    "bad_siren": (REFUSED, gettext_lazy("SIREN mal écrit")),
    "siren_key": (REFUSED, gettext_lazy("SIREN dont la clé est fausse")),
    "bad_siret": (REFUSED, gettext_lazy("SIRET mal écrit")),
    "siret_key": (REFUSED, gettext_lazy("SIRET dont la clé est fausse")),
    "bad_rna": (REFUSED, gettext_lazy("numéro RNA mal écrit")),
    "orphan": (REFUSED, gettext_lazy("établissement d'une unité légale inconnue")),
    "given_twice": (REFUSED, gettext_lazy("numéro donné deux fois : la première ligne est gardée")),
    "cut_line": (REFUSED, gettext_lazy("ligne qui n'a pas le nombre de colonnes de l'en-tête")),
    "encoding": (NOTED, gettext_lazy("ligne qui n'est pas en UTF-8 : lue comme Windows-1252")),
    "bad_date": (EMPTIED, gettext_lazy("date qui n'existe pas, ou mal écrite")),
    "bad_nic": (EMPTIED, gettext_lazy("numéro du siège mal écrit")),
    "bad_state": (EMPTIED, gettext_lazy("état administratif inconnu")),
    "bad_diffusion": (NOTED, gettext_lazy("statut de diffusion inconnu : traité comme partiel")),
    "association_siret": (EMPTIED, gettext_lazy("SIRET d'association faux ou mal écrit")),
    "unknown_commune": (EMPTIED, gettext_lazy("code de commune inconnu")),
    "former_commune": (FOLLOWED, gettext_lazy("ancienne commune : suivie jusqu'à celle d'aujourd'hui")),
    "damaged_text": (NOTED, gettext_lazy("accents abîmés par un mauvais encodage")),
    "long_text": (NOTED, gettext_lazy("texte trop long : coupé à 250 caractères")),
    "no_name": (NOTED, gettext_lazy("sans dénomination : ne se trouve que par son numéro")),
    "missing_column": (NOTED, gettext_lazy("colonne absente : ses valeurs restent inconnues")),
}
_CHECKS = {"bad_siren": check_siren, "siren_key": check_siren, "siret_key": check_siret, "bad_rna": check_rna}
_CHECKS |= {"bad_siret": check_siret, "association_siret": check_siret}
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, as it is shown: the line as a spreadsheet numbers it, 0 for the whole file."""

    file: str
    line: int
    column: str
    code: str
    value: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as JSON types."""
        kind = KINDS[self.code][0]
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "became": kind,
            "value": self.value,
            "message": self.message,
        }


def add_those_of_files(db: duckdb.DuckDBPyConnection, brought: tuple[Brought, ...]) -> None:
    """Tell what concerns whole files: missing columns, lines in another encoding."""
    for one in brought:
        rows = [(one.number, 0, f"={name}", "missing_column", "") for name in one.match.missing]
        rows += [(one.number, line, "=", "encoding", "") for line in one.file.recoded]
        if rows:
            db.executemany("INSERT INTO problem VALUES (?, ?, ?, ?, ?)", rows)


def counts(db: duckdb.DuckDBPyConnection, brought: tuple[Brought, ...]) -> dict[str, int]:
    """How many problems of each kind, most first."""
    rows = db.execute("SELECT code, count(*) FROM problem GROUP BY code ORDER BY 2 DESC, 1").fetchall()
    found = dict(rows)
    if recoded := sum(one.file.recoded_count for one in brought):
        found["encoding"] = recoded + found.get("encoding", 0) - sum(len(o.file.recoded) for o in brought)
    return found


def listed(
    db: duckdb.DuckDBPyConnection, brought: tuple[Brought, ...], limit: int | None = None
) -> Iterator[Problem]:
    """Yield the problems in the order of the files and lines; with ``limit``, that many of each kind."""
    by_number = {one.number: one for one in brought}
    some = f"QUALIFY row_number() OVER (PARTITION BY code ORDER BY file, line) <= {limit}" if limit else ""
    found = db.cursor().execute(
        f"SELECT file, line, field, code, value FROM problem {some} ORDER BY file, line, code"
    )
    while rows := found.fetchmany(1000):
        for number, line, field, code, value in rows:
            one = by_number[number]
            name = field[1:] if field.startswith("=") else one.match.columns.get(field, "")
            yield Problem(one.file.name, line, name, code, value or "", message(code, value or ""))


def message(code: str, value: str) -> str:
    """Say what is wrong with a value and what to do, in the words of the checks that people meet
    elsewhere."""
    if code in _CHECKS:
        try:
            _CHECKS[code](value)
        except DomainError as error:
            return str(error.message)
    became, sentence = KINDS[code]
    text = f"{sentence} ({FATES[became]})"
    return f"« {value[:80]} » : {text}" if value else text


def write_all(db: duckdb.DuckDBPyConnection, brought: tuple[Brought, ...], path: Path) -> int:
    """Write every problem as a CSV that a spreadsheet opens; return how many."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow([_("fichier"), _("ligne"), _("colonne"), _("valeur"), _("ce qui ne va pas"), "code"])
        for one in listed(db, brought):
            count += 1
            cells = (one.file, one.line, one.column, one.value, one.message, one.code)
            writer.writerow([neutral(cell) for cell in cells])
    return count
