"""``demo_workspace --animator EMAIL``: an invented pole whose workspace is full, marked as such."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.sheets import demo_workspace
from terreau.sheets.demo_workspace import Sizes

_MOST = {"members": 2_000, "bookings": 50_000, "decisions": 3_000}


class Command(BaseCommand):
    """``demo_workspace --animator EMAIL [--members N] [--bookings N] [--decisions N] [--json]``."""

    help = (
        "Invente un pôle dont l'espace de travail est rempli, marqué « exemple fictif ». Pour un "
        "registre d'essai : ce qu'il écrit au livre ne se retire pas."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--animator", required=True, help="Adresse d'un compte, qui animera le pôle.")
        parser.add_argument("--members", type=int, default=40, help="Nombre de membres (40 par défaut).")
        parser.add_argument(
            "--bookings", type=int, default=300, help="Nombre de réservations (300 par défaut)."
        )
        parser.add_argument("--decisions", type=int, default=30, help="Nombre de décisions (30 par défaut).")
        parser.add_argument("--seed", type=int, default=1, help="Graine : la même donne les mêmes données.")
        parser.add_argument("--json", action="store_true", help="Répond en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Generate, or say why not."""
        for name, most in _MOST.items():
            if not 5 <= options[name] <= most:
                raise CommandError(f"--{name} : donnez un nombre de 5 à {most}.")
        animator = User.objects.filter(email__iexact=options["animator"], is_active=True).first()
        if animator is None:
            raise CommandError("--animator : aucun compte n'a cette adresse. Créez-le d'abord.")
        sizes = Sizes(options["members"], options["bookings"], options["decisions"])
        try:
            made = asdict(demo_workspace.generate(sizes, options["seed"], animator=animator))
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        if options["json"]:
            self.stdout.write(json.dumps(made, ensure_ascii=False))
        elif options["verbosity"] > 0:
            self.stdout.write(", ".join(f"{name} : {value}" for name, value in made.items()))
