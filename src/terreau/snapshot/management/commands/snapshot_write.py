"""Write the ledgers of all poles as Parquet files, for those who compute on them."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.snapshot import writing


class Command(BaseCommand):
    help = (
        "Écrit un instantané privé des livres des pôles (Parquet), sous le contrat de "
        "docs/reference/analytics.md. Relancée après un arrêt, reprend où elle en était."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--output",
            type=Path,
            metavar="DOSSIER",
            help="dossier nouveau ; sans lui, dans le dossier de données",
        )
        parser.add_argument("--json", action="store_true", help="rapport en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, and print where, how many lines, and the digest."""
        try:
            made = writing.write(options["output"]) if options["output"] else writing.take()
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"folder": str(made.folder), **made.manifest}, ensure_ascii=False))
            return
        said = {"folder": made.folder, "rows": made.rows, "digest": made.manifest["digest"]}
        self.stdout.write(_("%(folder)s : %(rows)d lignes de livres, empreinte %(digest)s") % said)
