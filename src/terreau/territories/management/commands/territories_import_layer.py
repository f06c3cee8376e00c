"""``territories_import_layer``: a layer that is not embedded, from its file, by a readable difference."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.territories import layers
from terreau.territories.layer_files import definitions


class Command(BaseCommand):
    """Prints what would change and every line not used as it is; writes only with --save."""

    help = "Importe une couche (zones d'emploi, bassins de vie, QPV, ZRR, Filosofi) depuis un fichier."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("file", type=Path, metavar="FILE", help="Fichier CSV ou Parquet.")
        parser.add_argument("--layer", required=True, metavar="NAME", help=", ".join(definitions()))
        parser.add_argument("--save", action="store_true", help="Écrire ; sinon, dire ce qui changerait.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, tell, and write when asked."""
        try:
            prepared = layers.prepare(options["file"], options["layer"])
            for line in layers.told(prepared):
                self.stdout.write(line)
            if not options["save"]:
                self.stdout.write(_("Rien n'est écrit : ajoutez --save."))
                return
            layer = layers.save(prepared)
        except DomainError as error:
            raise CommandError(f"{error.message} ({error.code})", returncode=2) from error
        said = _("Rien à changer.") if prepared.diff.unchanged else _("Écrit : %(layer)s.") % {"layer": layer}
        self.stdout.write(said)
