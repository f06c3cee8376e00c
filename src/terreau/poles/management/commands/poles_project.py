"""``poles_project [--check]``: the lines and facet values of the directory, from what they repeat."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.poles import listing


class Command(BaseCommand):
    """``poles_project [--check]``."""

    help = "Recalcule les lignes de l'annuaire des pôles à partir des faits, périmètres et reconnaissances."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--check", action="store_true", help="Compare sans rien écrire ; échoue s'il y a un écart."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the lines again, or compare."""
        if not options["check"]:
            self.stdout.write(f"{listing.project()} pôle(s) dans l'annuaire")
            return
        if wrong := listing.drift():
            raise CommandError(f"{len(wrong)} écart(s), lancez poles_project : {', '.join(wrong)}")
        self.stdout.write("aucun écart")
