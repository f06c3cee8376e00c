"""Find actors that may be one, across sources: by their numbers, by their names in one place."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from terreau.actors import duplicates


class Command(BaseCommand):
    help = (
        "Cherche les acteurs qui n'en font peut-être qu'un, par SIREN, SIRET, RNA, nom et commune. "
        "Une personne décide ensuite, à la page Doublons."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--save", action="store_true", help="les nouvelles paires attendent une décision")
        parser.add_argument("--json", action="store_true", help="écrit les nombres en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = duplicates.find(save=options["save"])
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json()))
            return
        self.stdout.write(f"paires nouvelles : {found.new}, déjà connues : {found.known}")
        if not options["save"] and found.new:
            self.stdout.write("Rien n'est écrit : ajoutez --save.")
