"""``grids_load``: the grids shipped with Terreau, brought to what the content files say."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.grids.loading import LoadingError, sync


class Command(BaseCommand):
    """``grids_load [--save]``: prints what differs; writes only with ``--save``."""

    help = "Charge les grilles fournies avec Terreau : dit ce qui diffère, et ne l'écrit qu'avec --save."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--save", action="store_true", help="Écrire ce qui diffère.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, or say every problem."""
        try:
            outcome = sync(save=options["save"])
        except LoadingError as error:
            lines = [
                f"{one['file']}:{one['line']}: {one['where']} {one['message']}"
                for one in error.facts["problems"]
            ]
            raise CommandError("\n".join([str(error.message), *lines])) from error
        if options["verbosity"] < 1:
            return
        changes = (("ajouté", outcome.added), ("changé", outcome.changed), ("absent", outcome.removed))
        for word, names in changes:
            for name in names:
                self.stdout.write(f"  {word} {name}")
        counts = ", ".join(f"{word}s : {len(names)}" for word, names in changes)
        wanted = not options["save"] and bool(outcome.added or outcome.changed)
        self.stdout.write(f"{counts}, inchangés : {outcome.unchanged}.")
        if wanted:
            self.stdout.write("Rien n'est écrit : ajoutez --save.")
