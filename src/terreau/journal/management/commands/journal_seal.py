"""Seals the journal."""

from typing import Any

from django.core.management.base import BaseCommand

from terreau.journal.actions import seal


class Command(BaseCommand):
    """``journal_seal``."""

    help = "Scelle les événements écrits depuis le dernier scellé ; notez son empreinte ailleurs."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal, and print the hash to keep elsewhere."""
        made = seal()
        if made is None:
            self.stdout.write("rien à sceller")
        else:
            self.stdout.write(f"{made.count} événement(s) scellé(s) : {made.hash}")
