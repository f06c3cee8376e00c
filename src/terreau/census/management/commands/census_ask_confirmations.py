"""Asks poles what is still true."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from terreau.census import confirmations


class Command(BaseCommand):
    """``census_ask_confirmations``: what the worker does each day, by hand; writes only with ``--save``."""

    help = (
        "Demande aux pôles, une fois par an, ce qui est encore vrai, et rappelle ceux qui n'ont pas répondu."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--save", action="store_true", help="écrire et prévenir ; sans elle, montrer")
        parser.add_argument("--json", action="store_true", help="écrire un rapport JSON sur la sortie")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print who is to be asked and reminded, or ask and remind them."""
        today = timezone.localdate()
        if options["save"]:
            report: dict[str, Any] = {"saved": True, **confirmations.ask_all(today)}
        else:
            asked = [pole.slug for pole in confirmations.to_ask(today)]
            reminded = [one.pole.slug for one in confirmations.to_remind(today)]
            report = {
                "saved": False,
                "asked": len(asked),
                "reminded": len(reminded),
                "poles": asked + reminded,
            }
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        for slug in report.get("poles", []):
            self.stdout.write(slug)
        self.stdout.write(f"Interrogés : {report['asked']}. Rappelés : {report['reminded']}.")
        if not options["save"]:
            self.stdout.write("Rien n'est écrit : ajoutez --save.")
