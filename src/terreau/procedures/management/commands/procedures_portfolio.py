"""``procedures_portfolio --input FILE [--effort N] [--no-prices] [--json]``: the best files of a call."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.selection import portfolio_file, solver


class Command(BaseCommand):
    """``procedures_portfolio --input FILE [--effort N] [--no-prices] [--json]``."""

    help = (
        "Choisit les dossiers d'une enveloppe : lit un fichier JSON (docs/portfolio.md), dit le meilleur "
        "choix, s'il est prouvé, et ce que coûte chaque règle. Rien n'est enregistré."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--input", type=Path, required=True, help="Fichier JSON du problème.")
        parser.add_argument(
            "--effort",
            type=float,
            default=solver.EFFORT,
            help="Effort au plus, en secondes de calcul déterministe (30 par défaut) : le résultat "
            "n'en dépend que si rien n'est prouvé.",
        )
        parser.add_argument(
            "--no-prices", action="store_true", help="Ne cherche pas ce que coûte chaque règle."
        )
        parser.add_argument("--json", action="store_true", help="Répond en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Choose, or say what is wrong with the file."""
        if options["effort"] <= 0:
            raise CommandError("--effort : donnez un nombre plus grand que zéro.")
        try:
            asked = portfolio_file.load(options["input"])
        except portfolio_file.Unreadable as error:
            raise CommandError(str(error.message)) from error
        prices = 0.0 if options["no_prices"] else solver.PRICES
        try:
            found = solver.choose(asked, effort=options["effort"], prices=prices)
        except solver.TooLong as error:
            raise CommandError("Le calcul a duré trop longtemps : rien n'est proposé.") from error
        except solver.Failed as error:
            raise CommandError(f"Le calcul n'a pas abouti : {error}") from error
        told = portfolio_file.answer(asked, found)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self._say(told)

    def _say(self, told: dict[str, Any]) -> None:
        self.stdout.write(told["sentence"])
        for one in told["awards"]:
            self.stdout.write(f"{one['id']} : {one['cents']} centimes")
        for one in told["rules"]:
            self.stdout.write(f"{one['words']} : {one['price']['words'] if one['price'] else one['reached']}")
        if told["conflict"]:
            for one in told["conflict"]["rules"]:
                self.stdout.write(f"- {one['words']}")
