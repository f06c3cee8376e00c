"""``procedures_export``: what a call gave, in an open format, or all its files in one archive."""

import sys
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from terreau.calls.models import Call
from terreau.calls.read import find
from terreau.common.errors import DomainError
from terreau.common.official_numbers import check_siret
from terreau.procedures import archive, commongrants, grants, grants360, results, scdl
from terreau.procedures.grants import Grant, Lacking

FORMATS: Final = ("scdl", "360giving", "commongrants", "zip")


class Command(BaseCommand):
    """Writes to the output, or to a file. Warnings and progress go to the error output; refused: code 2."""

    help = "Exporte un appel : ceux qui sont retenus (scdl, 360giving, commongrants), ou ses dossiers (zip)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--call", required=True, metavar="APPEL", help="Mot de l'appel dans son adresse.")
        parser.add_argument("--format", required=True, choices=FORMATS, help="Format du fichier.")
        parser.add_argument(
            "--output", type=Path, metavar="FICHIER", help="Fichier à écrire ; la sortie par défaut."
        )
        parser.add_argument(
            "--siret", metavar="SIRET", help="SIRET de l'attribuant, quand le registre ne le connaît pas."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, say what it could not hold."""
        try:
            call = find(options["call"])
            siret = check_siret(options["siret"]) if options["siret"] else ""
            if options["format"] == "zip":
                self._archive(call, options)
                return
            file, lacking = _made(options["format"], call, siret)
        except DomainError as error:
            raise CommandError(f"{error.message} ({error.code})", returncode=2) from error
        self._write(file, options["output"])
        self._tell(lacking, options)

    def _archive(self, call: Call, options: dict[str, Any]) -> None:
        """Write all the files of a call, one by one, telling how far it is."""
        if options["output"] is None and sys.stdout.isatty():
            raise CommandError("Une archive ne s'affiche pas : ajoutez --output FICHIER.", returncode=2)
        told = options["verbosity"] > 0
        path = options["output"]
        if path is None:
            archive.write(call, sys.stdout.buffer, said=self._progress if told else None)
            return
        # Nothing half written is left under the name that was asked for.
        partial = path.with_name(f"{path.name}.partiel")
        try:
            with partial.open("wb") as file:
                archive.write(call, file, said=self._progress if told else None)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def _progress(self, done: int, of: int) -> None:
        if done == of or done % 100 == 0:
            self.stderr.write(f"{done} dossiers sur {of}")

    def _write(self, file: bytes, output: Path | None) -> None:
        if output is None:
            self.stdout.write(file.decode(), ending="")
        else:
            output.write_bytes(file)

    def _tell(self, lacking: list[Lacking], options: dict[str, Any]) -> None:
        if options["verbosity"] < 1:
            return
        if lacking:
            self.stderr.write(f"{len(lacking)} aides ne peuvent pas être écrites dans ce format :")
        for one in lacking:
            self.stderr.write(f"  {one}")


def _made(form: str, call: Call, siret: str) -> tuple[bytes, list[Lacking]]:
    found = [_given_by(one, siret) for one in results.grants(call)]
    if form == "scdl":
        return scdl.table(found, timezone.localdate())
    unknown = grants.without_amount(found)
    if form == "360giving":
        return grants360.package(found), unknown
    address = f"{settings.SITE_URL or ''}/appels/{call.slug}/"
    return commongrants.package(results.opening(call, address), found), unknown


def _given_by(grant: Grant, siret: str) -> Grant:
    if not siret:
        return grant
    return replace(grant, funder=replace(grant.funder, siret=siret, siren=siret[:9]))
