"""``poles_list [--json] [filters]``: the directory on the command line."""

import json
from argparse import ArgumentParser
from dataclasses import fields
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.common.errors import DomainError
from terreau.poles import directory
from terreau.poles.directory import Filters, PoleRow

_HELP = {
    "q": "mots du nom, du lieu ou des structures",
    "tri": "ordre : " + ", ".join(directory.SORTS),
}


class Command(BaseCommand):
    """``poles_list [--json] [filters]``."""

    help = "Liste les pôles publics, avec les filtres de l'annuaire (codes de l'adresse de /poles/)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="Un objet JSON : {results: […]}.")
        parser.add_argument("--limit", type=int, default=0, help="Nombre de pôles au plus (0 : tous).")
        for one in fields(Filters):
            option = "--" + one.name.replace("_", "-")
            parser.add_argument(
                option, dest=one.name, default="", help=_HELP.get(one.name, "code de la facette")
            )

    def handle(self, *args: Any, **options: Any) -> None:
        """List the poles, or refuse with the values that exist."""
        try:
            rows = list(directory.rows(Filters.parse(options)))
        except DomainError as error:
            raise self._refusal(error, as_json=options["json"]) from error
        if options["limit"] > 0:
            rows = rows[: options["limit"]]
        if options["json"]:
            results = {"results": [directory.as_json(row) for row in rows]}
            self.stdout.write(json.dumps(results, ensure_ascii=False, indent=1))
            return
        for row in rows:
            self.stdout.write(_line(row))

    def _refusal(self, error: DomainError, *, as_json: bool) -> CommandError:
        """Say the error on the error output, and as its one shape on the output when JSON is asked."""
        if as_json:
            self.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False))
        return CommandError(str(error.message), returncode=2)


def _line(row: PoleRow) -> str:
    return "\t".join([row.slug, row.nom, row.porteur or "", ", ".join(row.places)])
