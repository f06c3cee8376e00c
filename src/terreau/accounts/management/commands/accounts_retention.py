"""Forgetting what is held of people for too long, by hand: the worker does it every day."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from terreau.accounts import retention


class Command(BaseCommand):
    help = (
        "Dit ce que la table de conservation demande d'oublier aujourd'hui ; --save l'oublie, "
        "après avoir prévenu par courriel qui doit l'être."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--save", action="store_true", help="Oublie et prévient pour de bon.")
        parser.add_argument("--json", action="store_true", help="Le compte rendu en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = retention.apply(on=timezone.localdate(), save=options["save"])
        if options["json"]:
            self.stdout.write(json.dumps({"saved": options["save"], "counts": found}, indent=1))
            return
        for name, count in found.items():
            self.stdout.write(f"{name}\t{count}")
        if not options["save"]:
            self.stdout.write("Rien n'est écrit : ajouter --save.")
