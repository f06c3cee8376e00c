"""Rebuilds what is held today from every fact recorded."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from terreau.facts.actions import rebuild
from terreau.facts.projection import all_pairs, differences


class Command(BaseCommand):
    """``facts_rebuild [--check]``."""

    help = "Recalcule les faits en vigueur à partir de tous les faits enregistrés."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--check", action="store_true", help="compare sans rien écrire ; échoue s'il y a un écart"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, or compare."""
        if not options["check"]:
            self.stdout.write(f"{rebuild()} ligne(s) corrigée(s)")
            return
        wrong = differences(all_pairs())
        for subject, code in wrong:
            self.stdout.write(f"{subject} {code}")
        if wrong:
            raise CommandError(f"{len(wrong)} écart(s) : lancez facts_rebuild.")
        self.stdout.write("aucun écart")
