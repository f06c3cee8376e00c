"""Takes pieces out of quarantine now, or scans all of them again with newer signatures."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from terreau.pieces.models import Piece
from terreau.pieces.scanning import scan, waiting


class Command(BaseCommand):
    """``pieces_scan [--all] [--json]``."""

    help = "Fait analyser par l'antivirus les pièces en quarantaine ; échoue s'il n'a pas tout analysé."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--all", action="store_true", help="analyse aussi, de nouveau, les pièces disponibles"
        )
        parser.add_argument("--json", action="store_true", help="répond en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Scan, and print what became of the pieces."""
        if not settings.CLAMD:
            raise CommandError("Aucun antivirus : donnez son adresse dans TERREAU_CLAMD.")
        known = Piece.objects.exclude(state=Piece.State.REFUSED)
        report = scan(known if options["all"] else waiting())
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False))
        else:
            self.stdout.write(
                f"{report.accepted} pièce(s) acceptée(s), {report.refused} refusée(s), "
                f"{report.waiting} en attente ({report.scanner or 'antivirus muet'})"
            )
        if report.trouble:
            raise CommandError(f"L'antivirus n'a pas tout analysé : {report.trouble}. Le reste attend.")
