"""The open data as files, for bulk users."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.common.errors import DomainError
from terreau.sheets import dumps


class Command(BaseCommand):
    help = "Écrit les données ouvertes : CSV, Parquet, GeoJSON, schémas, manifeste."

    def add_arguments(self, parser: ArgumentParser) -> None:
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument(
            "--output", type=Path, help="Dossier à écrire ; un export antérieur y est remplacé."
        )
        where.add_argument("--publish", action="store_true", help="Écrit l'export que montre /donnees/.")
        parser.add_argument("--json", action="store_true", help="Le manifeste sur la sortie.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            dump = dumps.publish() if options["publish"] else dumps.write(options["output"])
        except DomainError as error:
            raise CommandError(str(error.message), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(dump.manifest, ensure_ascii=False, indent=1))
            return
        for one in dump.manifest["files"]:
            self.stdout.write(f"{one['rows']}\t{one['bytes']}\t{one['sha256']}\t{one['name']}")
