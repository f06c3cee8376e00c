"""``economics_net --input FILE [--seconds N] [--json]``: nets obligations, and shows what each becomes."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.common.errors import DomainError
from terreau.netting import obligations_file, solver
from terreau.netting import rules as netting
from terreau.netting.rules import Netting, Obligation


class Command(BaseCommand):
    """``economics_net --input FILE [--seconds N] [--json]``."""

    help = "Compense des dettes croisées : lit debtor,creditor,amount_cents et dit ce que chacune devient."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--input", type=Path, required=True, help="Fichier CSV des dettes.")
        parser.add_argument(
            "--seconds",
            type=float,
            default=300.0,
            help="Durée au plus du calcul, en secondes (300 par défaut).",
        )
        parser.add_argument("--json", action="store_true", help="Répond en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Net, or say what is wrong with the file."""
        if options["seconds"] <= 0:
            raise CommandError("--seconds : donnez une durée plus grande que zéro.")
        try:
            owed = obligations_file.read(options["input"])
            found = netting.net(owed, seconds=options["seconds"])
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        except solver.TooLong as error:
            raise CommandError("Le calcul a duré trop longtemps : rien n'est proposé.") from error
        except solver.Failed as error:
            raise CommandError(f"Le calcul n'a pas abouti : {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(owed, found), ensure_ascii=False))
            return
        self.stdout.write(f"Dû : {found.total} centimes. Compensé : {found.cleared} centimes.")
        for one, after in zip(owed, found.after, strict=True):
            if after != one.cents:
                self.stdout.write(f"{one.debtor} → {one.creditor} : {one.cents} → {after}")


def _as_json(owed: Sequence[Obligation], found: Netting) -> dict[str, Any]:
    return {
        "cleared_cents": found.cleared,
        "total_cents": found.total,
        "obligations": [
            {"debtor": one.debtor, "creditor": one.creditor, "before_cents": one.cents, "after_cents": after}
            for one, after in zip(owed, found.after, strict=True)
        ],
        "positions_preserved": netting.same_positions(owed, found.after),
    }
