"""Count what grids teach across poles, at once instead of tonight."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from terreau.sheets import learning_count


class Command(BaseCommand):
    help = "Compte ce que donne chaque critère d'un pôle à l'autre, sous secret statistique, et le publie."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="compte rendu en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what became of each table."""
        report = {"poles": 0, "new": 0, "same": 0, "held": 0} | learning_count.learn()
        if options["json"]:
            self.stdout.write(json.dumps(report))
            return
        said = _(
            "%(poles)d pôles comptés. Tableaux : %(new)d nouveaux, %(same)d inchangés, %(held)d en attente."
        )
        self.stdout.write(said % report)
