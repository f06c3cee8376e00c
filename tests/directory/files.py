"""Small official files for the tests, with made-up organisations under numbers whose keys hold."""

import csv
from collections.abc import Iterable
from pathlib import Path

UNIT = {
    "siren": "",
    "statutDiffusionUniteLegale": "O",
    "dateCreationUniteLegale": "2001-05-12",
    "sigleUniteLegale": "",
    "nomUniteLegale": "",
    "trancheEffectifsUniteLegale": "NN",
    "etatAdministratifUniteLegale": "A",
    "denominationUniteLegale": "",
    "denominationUsuelle1UniteLegale": "",
    "denominationUsuelle2UniteLegale": "",
    "denominationUsuelle3UniteLegale": "",
    "categorieJuridiqueUniteLegale": "9220",
    "activitePrincipaleUniteLegale": "94.99Z",
    "nomenclatureActivitePrincipaleUniteLegale": "NAFRev2",
    "nicSiegeUniteLegale": "",
    "economieSocialeSolidaireUniteLegale": "O",
    "identifiantAssociationUniteLegale": "",
}
PLACE = {
    "siren": "",
    "nic": "",
    "siret": "",
    "statutDiffusionEtablissement": "O",
    "dateCreationEtablissement": "2001-05-12",
    "trancheEffectifsEtablissement": "NN",
    "etablissementSiege": "true",
    "numeroVoieEtablissement": "3",
    "indiceRepetitionEtablissement": "",
    "typeVoieEtablissement": "RUE",
    "libelleVoieEtablissement": "DES ESSAIS",
    "codePostalEtablissement": "35600",
    "codeCommuneEtablissement": "35236",
    "etatAdministratifEtablissement": "A",
    "enseigne1Etablissement": "",
    "enseigne2Etablissement": "",
    "enseigne3Etablissement": "",
    "denominationUsuelleEtablissement": "",
    "activitePrincipaleEtablissement": "94.99Z",
    "nomenclatureActivitePrincipaleEtablissement": "NAFRev2",
}
WALDEC = {
    "id": "",
    "id_ex": "",
    "siret": "",
    "date_creat": "1999-02-03",
    "date_disso": "0001-01-01",
    "groupement": "S",
    "titre": "",
    "titre_court": "",
    "adrs_codeinsee": "35236",
    "adrs_codepostal": "35600",
    "position": "A",
}


def key_of(digits: str) -> str:
    """The digits with their key of Luhn."""
    total = 0
    for place, digit in enumerate(reversed(digits), start=1):
        doubled = int(digit) * 2 if place % 2 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def siren(number: int) -> str:
    """The made-up SIREN of a rank."""
    return key_of(f"{40000000 + number:08d}")


def siret(number: int, place: int = 1) -> str:
    """The made-up SIRET of an establishment."""
    return key_of(f"{siren(number)}{place:04d}")


def unit(number: int, name: str, **values: str) -> dict[str, str]:
    """A row of StockUniteLegale; ``values`` by column, without ``UniteLegale``."""
    row = {**UNIT, "siren": siren(number), "denominationUniteLegale": name}
    row["nicSiegeUniteLegale"] = siret(number)[9:]
    return row | {(k if k in UNIT else f"{k}UniteLegale"): v for k, v in values.items()}


def place(number: int, rank: int = 1, **values: str) -> dict[str, str]:
    """A row of StockEtablissement; ``values`` by column, without ``Etablissement``."""
    number_ = siret(number, rank)
    row = {**PLACE, "siren": number_[:9], "nic": number_[9:], "siret": number_}
    row["etablissementSiege"] = "true" if rank == 1 else "false"
    return row | {(k if k in PLACE else f"{k}Etablissement"): v for k, v in values.items()}


def association(code: str, title: str, **values: str) -> dict[str, str]:
    """A row of the RNA, Waldec."""
    return {**WALDEC, "id": code, "titre": title} | values


def write(path: Path, rows: Iterable[dict[str, str]], separator: str = ",", encoding: str = "utf-8") -> Path:
    """Write rows as CSV under their own columns."""
    listed = list(rows)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]), delimiter=separator, lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)
    return path
