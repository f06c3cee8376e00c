"""``poles_import_sheet``: poles, or the members of one, from a sheet of any spreadsheet."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.imports.command import FileCommand
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


class Command(FileCommand):
    """Options of a sheet of poles: ``year`` of the figures, ``public`` (oui, non)."""

    help = "Importe une feuille de pôles, ou avec --members-of les membres d'un pôle."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        super().add_arguments(parser)
        parser.add_argument("--members-of", default="", metavar="ADRESSE", help="Adresse du pôle (slug).")

    def about(self, options: dict[str, Any]) -> tuple[str, Subject | None]:
        """Return the kind: members when a pole is named, poles otherwise."""
        slug = options["members_of"]
        if not slug:
            return "poles", None
        pole = Pole.objects.select_related("actor__subject").filter(slug=slug).first()
        if pole is None:
            raise CommandError(_("Aucun pôle n'a l'adresse « %(slug)s ».") % {"slug": slug}, returncode=2)
        return "membres", pole.actor.subject
