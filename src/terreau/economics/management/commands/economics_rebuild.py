"""``economics_rebuild``: classes the lines of every book again, or proves that what is kept is right."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from terreau.economics import projection
from terreau.flows.models import Flow
from terreau.poles.models import Pole


class Command(BaseCommand):
    """Idempotent; with ``--check`` leaves with code 1 when something differs."""

    help = "Classe de nouveau les lignes des livres des pôles ; avec --check, dit seulement ce qui diffère."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--check", action="store_true", help="ne rien écrire ; échouer s'il y a un écart")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many lines differed."""
        differing = 0
        rows = Pole.objects.filter(pk__in=Flow.objects.values("book")).select_related("actor")
        for pole in rows.order_by("pk"):
            if options["check"]:
                projection.refresh(pole)
            differing += projection.rebuild(pole, save=not options["check"])
        if options["check"] and differing:
            raise CommandError(
                _("%(count)d lignes diffèrent de ce que donnent les règles.") % {"count": differing}
            )
        self.stdout.write(_("Lignes qui différaient : %(count)d.") % {"count": differing})
