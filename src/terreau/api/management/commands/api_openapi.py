"""``api_openapi``: the description of the API, shown, written to its snapshot, or compared with it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from terreau.api import openapi
from terreau.api.urls import api
from terreau.common.reference import refresh

SNAPSHOT = "openapi.json"


class Command(BaseCommand):
    """What others automate against changes under our eyes: the snapshot is in the repository."""

    help = (
        "Montre la description OpenAPI de l'API ; --save l'écrit dans docs/reference/openapi.json, "
        "--check dit seulement si ce fichier est à jour."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        one = parser.add_mutually_exclusive_group()
        one.add_argument("--save", action="store_true", help="Écrire le fichier.")
        one.add_argument(
            "--check", action="store_true", help="Ne rien écrire ; échouer si le fichier diffère."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Show, write or compare the description, in French."""
        text = snapshot()
        if not options["save"] and not options["check"]:
            self.stdout.write(text, ending="")
            return
        names = refresh({SNAPSHOT: text}, check=options["check"], command="api_openapi --save")
        self.stdout.write(f"docs/reference : {', '.join(names) or 'rien à changer'}")


def snapshot() -> str:
    """Return the description in French as it is kept, with the examples that it answers to."""
    with translation.override("fr"):
        return json.dumps(openapi.document(api), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
