"""``poles_load_seeds``: the poles, actors and places of the seeds, brought to what the content files say."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.common.content import ContentError
from terreau.poles import seeds
from terreau.poles.seed_content import FOLDER
from terreau.poles.seed_files import SeedError


class Command(BaseCommand):
    """``poles_load_seeds [--folder FOLDER]``."""

    help = "Charge les pôles, acteurs et lieux des graines ; ne change que ce qui diffère des fichiers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--folder", type=Path, default=FOLDER, help="Dossier des fichiers YAML.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, or say every mistake of the files."""
        try:
            outcome = seeds.load(options["folder"])
        except (SeedError, ContentError) as error:
            raise CommandError(f"Rien n'a été chargé :\n{error}") from error
        if options["verbosity"] > 0:
            self._tell(outcome, every=options["verbosity"] > 1)

    def _tell(self, outcome: seeds.Outcome, *, every: bool) -> None:
        changes = (("ajouté", outcome.added), ("modifié", outcome.changed), ("retiré", outcome.removed))
        for word, names in changes:
            for name in names if every else ():
                self.stdout.write(f"  {word} {name}")
        counts = ", ".join(f"{word}s : {len(names)}" for word, names in changes)
        self.stdout.write(
            f"{counts}, inchangés : {outcome.unchanged} "
            f"({outcome.written} énoncés écrits, {outcome.taken_back} retirés)."
        )
