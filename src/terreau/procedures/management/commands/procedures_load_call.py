"""``procedures_load_call``: a call described in a file, brought into the register."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.calls import loading
from terreau.common.errors import DomainError


class Command(BaseCommand):
    """Loads a call. Refused: every problem with its line, code 2, and nothing is written.

    A call that is there already stays as it is, and leaves with code 0: the command may be run again.
    """

    help = "Charge un appel décrit dans un fichier : programme, volets, financeurs, formulaire, étapes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "file", type=Path, nargs="?", metavar="FICHIER", help="Description de l'appel, en YAML."
        )
        parser.add_argument(
            "--shipped", action="store_true", help="Charger les appels fournis avec Terreau, en exemples."
        )
        parser.add_argument("--check", action="store_true", help="Vérifier seulement : ne rien écrire.")
        parser.add_argument("--json", action="store_true", help="Réponse en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, or say every problem: where, what, what to do."""
        if options["shipped"]:
            loaded, there = loading.load_shipped(save=not options["check"])
            self._say("shipped", str(loaded), f"Appels fournis : {loaded} chargés, {there} déjà là.", options)
            return
        if options["file"] is None:
            self._refuse("no_file", "Donnez le chemin d'un fichier YAML, ou --shipped.")
        path: Path = options["file"]
        if not path.is_file():
            self._refuse("no_file", f"{path} : ce fichier n'existe pas. Donnez le chemin d'un fichier YAML.")
        try:
            call = loading.load(path, save=not options["check"])
        except DomainError as error:
            if error.code == "call_exists":
                self._say("same", str(error.facts["slug"]), str(error.message), options)
                return
            if options["json"]:
                self.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False, default=str))
            found = [f"  {one}" for one in error.facts.get("problems", [])]
            self._refuse(error.code, "\n".join([str(error.message), *found]))
        else:
            words = "vérifié, rien n'est écrit" if options["check"] else "chargé"
            kind = "checked" if options["check"] else "loaded"
            self._say(kind, call.slug, f"Appel « {call.title} » ({call.slug}) {words}.", options)

    def _say(self, kind: str, slug: str, words: str, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({"outcome": kind, "slug": slug}, ensure_ascii=False))
        elif options["verbosity"] > 0:
            self.stdout.write(words)

    def _refuse(self, code: str, words: str) -> None:
        raise CommandError(f"{words} ({code})", returncode=2)
