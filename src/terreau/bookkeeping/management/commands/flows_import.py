"""``flows_import``: lines of the book of a pole from a spreadsheet or an accounting export."""

from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.bookkeeping import bringing
from terreau.bookkeeping.ledger_file import CODE
from terreau.common.errors import DomainError
from terreau.imports.command import FileCommand
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

_SHOWN = 20


class Command(FileCommand):
    """``flows_import FILE --pole SLUG [--kind livre|fec] [--save]``; without ``--save`` it only says."""

    help = "Importe des lignes dans le livre d'un pôle, depuis un tableur ou un fichier FEC ; tout, ou rien."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        super().add_arguments(parser)
        assert isinstance(parser, ArgumentParser)  # noqa: S101
        parser.add_argument("--pole", required=True, metavar="ADRESSE", help="Adresse du pôle (slug).")
        parser.add_argument(
            "--kind", choices=("livre", "fec"), default="livre", help="livre : un tableur ; fec : un FEC."
        )
        parser.add_argument(
            "--section", default="", metavar="CODE", help="Pour un FEC : cette section analytique seule."
        )

    def about(self, options: dict[str, Any]) -> tuple[str, Subject | None]:
        """Return the kind and the pole whose book it is."""
        pole = Pole.objects.select_related("actor__subject").filter(slug=options["pole"]).first()
        if pole is None:
            message = _("Aucun pôle n'a l'adresse « %(pole)s ».")
            raise CommandError(message % {"pole": options["pole"]}, returncode=2)
        return CODE, pole.actor.subject

    def _bring(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["kind"] != "fec" or not options["file"] or not options["file"].is_file():
            return super()._bring(options)
        with TemporaryDirectory() as folder:
            table = Path(folder) / f"{options['file'].name}.csv"
            try:
                table.write_bytes(bringing.table(options["file"].read_bytes(), section=options["section"]))
            except DomainError as error:
                for one in error.facts.pop("problems", [])[:_SHOWN]:
                    self.stderr.write(f"  {one.line} {one.column} « {one.value} » – {one.message}")
                raise
            return super()._bring({**options, "file": table})
