"""``grids_check FILE``: every problem of a grid, with its line."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.grids.content_rules import Checked, check
from terreau.grids.reading import MAX_BYTES


class Command(BaseCommand):
    """``grids_check FILE [--json]``; leaves with 1 when there is a problem."""

    help = "Vérifie un fichier de grille : tous ses problèmes, ligne par ligne. N'écrit rien."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("file", type=Path, metavar="FICHIER", help="Fichier YAML de la grille.")
        parser.add_argument("--json", action="store_true", help="Répondre en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and tell."""
        path: Path = options["file"]
        checked = check(_bytes(path))
        if options["json"]:
            told = [problem.as_dict() for problem in checked.problems]
            self.stdout.write(json.dumps({"ok": checked.ok, "problems": told}, ensure_ascii=False, indent=1))
        else:
            for problem in checked.problems:
                where = f" {problem.where} :" if problem.where else ""
                self.stdout.write(f"{path.name}:{problem.line}:{where} {problem.message}")
        if not checked.ok:
            raise CommandError(f"{len(checked.problems)} problème(s) : la grille ne peut pas être chargée.")
        if not options["json"]:
            self.stdout.write(f"{path.name} : {_described(checked)}")


def _bytes(path: Path) -> bytes:
    """Return the beginning of the file: enough to know that it is too large."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} ne peut pas être lu : {error.strerror}.") from error


def _described(checked: Checked) -> str:
    if checked.grid is None:
        return "une place est gardée pour un texte attendu, aucun problème."
    count = len(checked.grid.criteria)
    return f"{checked.grid.code}, version {checked.grid.version}, {count} critère(s), aucun problème."
