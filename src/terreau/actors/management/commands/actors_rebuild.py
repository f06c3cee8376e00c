"""``actors_rebuild``: writes again what the directory of actors filters on, or checks it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from terreau.actors import projection


class Command(BaseCommand):
    """Idempotent; with ``--check`` writes nothing and leaves with code 1 when something differs."""

    help = "Recalcule l'appréciation ESS, les mots et l'entrée de recherche de chaque acteur."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--check", action="store_true", help="Vérifier sans rien écrire.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many rows changed, or which differ."""
        if not options["check"]:
            self.stdout.write(f"{projection.project()} acteur(s) modifié(s)")
            return
        if different := projection.drift():
            raise CommandError(f"{len(different)} acteur(s) à recalculer : {', '.join(different[:10])}")
        self.stdout.write("rien à recalculer")
