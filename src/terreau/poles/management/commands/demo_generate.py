"""``demo_generate --poles N --seed S``: invented poles, all marked as such; ``--remove`` takes them away."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.common.errors import DomainError
from terreau.poles import demo

_MOST = 200_000


class Command(BaseCommand):
    """``demo_generate [--poles N] [--seed S] [--remove] [--json]``."""

    help = "Invente des pôles de démonstration, marqués « exemple fictif » partout ; --remove les retire."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--poles", type=int, default=200, help="Nombre de pôles (200 par défaut).")
        parser.add_argument("--seed", type=int, default=1, help="Graine : la même donne les mêmes données.")
        parser.add_argument("--remove", action="store_true", help="Retire tout ce qui a été inventé.")
        parser.add_argument("--json", action="store_true", help="Répond en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Generate or remove, or say why not."""
        if not 0 < options["poles"] <= _MOST:
            raise CommandError(f"--poles : donnez un nombre de 1 à {_MOST}.")
        try:
            told = _remove() if options["remove"] else _generate(options["poles"], options["seed"])
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        elif options["verbosity"] > 0:
            self.stdout.write(", ".join(f"{name} : {value}" for name, value in told.items()))


def _generate(poles: int, seed: int) -> dict[str, Any]:
    return asdict(demo.generate(poles, seed))


def _remove() -> dict[str, Any]:
    return {"removed": demo.remove()}
