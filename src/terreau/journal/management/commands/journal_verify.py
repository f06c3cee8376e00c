"""Verifies the chains and the seals of the journal."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from terreau.journal.models import Event, Seal
from terreau.journal.verification import verify


class Command(BaseCommand):
    """``journal_verify [--json]``."""

    help = "Vérifie les chaînes et les scellés du journal ; échoue si quelque chose a été modifié."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="répond en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the problems and fail when there are some."""
        problems = verify()
        counts = {"events": Event.objects.count(), "seals": Seal.objects.count()}
        if options["json"]:
            told = {"sound": not problems, **counts, "problems": [one.as_dict() for one in problems]}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            for one in problems:
                self.stdout.write(f"{one.kind} : événement {one.event}, sujet {one.subject} : {one.message}")
            self.stdout.write(f"{counts['events']} événement(s), {counts['seals']} scellé(s)")
        if problems:
            raise CommandError(f"{len(problems)} problème(s) dans le journal.")
