"""Compute an indicator over a snapshot, on DuckDB or on Spark."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.analytics import catalogue, engine
from terreau.analytics.indicators import ALL
from terreau.common.errors import DomainError
from terreau.snapshot import writing


class Command(BaseCommand):
    help = "Calcule un indicateur sur un instantané, et écrit ses lignes en Parquet ou en CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        names = ", ".join(ALL)
        parser.add_argument("name", metavar="NOM", choices=list(ALL), help=f"indicateur : {names}")
        parser.add_argument(
            "--engine", choices=engine.ENGINES, default=engine.DUCKDB, help="moteur de calcul"
        )
        parser.add_argument(
            "--snapshot",
            type=Path,
            metavar="DOSSIER",
            help="instantané ; sans lui, le dernier, ou un nouveau",
        )
        parser.add_argument(
            "--output", type=Path, required=True, metavar="FICHIER", help="fichier .parquet ou .csv à écrire"
        )
        parser.add_argument("--json", action="store_true", help="rapport en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many rows were written, and by which engine."""
        name, chosen, output = options["name"], options["engine"], options["output"]
        try:
            folder = self._snapshot(options["snapshot"])
            rows = engine.run(name, chosen, folder, output)
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        except engine.MissingEngineError as error:
            message = _("Il manque %(what)s pour calculer sur Spark ; --engine duckdb n'en a pas besoin.")
            raise CommandError(message % {"what": error}) from error
        except ValueError as error:
            raise CommandError(_("Le fichier à écrire finit par .parquet ou .csv.")) from error
        except OSError as error:
            raise CommandError(f"{output} : {error.strerror}") from error
        report = {"indicator": name, "engine": chosen, "rows": rows, "output": str(output)}
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        label = catalogue.load()[name].label["fr"]
        said = {"label": label, "rows": rows, "engine": chosen, "output": output}
        self.stdout.write(_("%(label)s : %(rows)d lignes, moteur %(engine)s, dans %(output)s") % said)

    def _snapshot(self, asked: Path | None) -> Path:
        if asked is not None:
            return writing.opened(asked).folder
        found = writing.latest() or writing.take()
        return writing.opened(found.folder).folder
