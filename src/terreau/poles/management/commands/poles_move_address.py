"""Command `poles_move_address`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.poles.actions import move_address
from terreau.poles.models import Pole


class Command(BaseCommand):
    """Gives a pole another address."""

    help = "Donne une autre adresse à un pôle ; l'ancienne y mènera toujours."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("adresse", help="l'adresse du pôle aujourd'hui (le mot qui suit /poles/)")
        parser.add_argument("nouvelle", help="l'adresse à lui donner : lettres sans accent, chiffres, tirets")

    def handle(self, *args: Any, **options: Any) -> None:
        """Move, and say where the pole is."""
        pole = Pole.objects.select_related("actor__subject").filter(slug=options["adresse"]).first()
        if pole is None:
            raise CommandError(_("aucun pôle n'est à l'adresse %(slug)s") % {"slug": options["adresse"]})
        try:
            moved = move_address(pole, options["nouvelle"], by=None)
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        message = _("%(left)s mène désormais à %(taken)s")
        addresses = {"left": f"/poles/{options['adresse']}/", "taken": f"/poles/{moved.slug}/"}
        self.stdout.write(message % addresses)
