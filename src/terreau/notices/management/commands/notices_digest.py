"""Sends the digests."""

from typing import Any

from django.core.management.base import BaseCommand

from terreau.notices.actions import send_digests


class Command(BaseCommand):
    """``notices_digest``: to be run once a day."""

    help = "Envoie à chaque personne un seul courriel avec ses messages non lus, jamais deux fois les mêmes."

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, and print how many left."""
        self.stdout.write(f"{send_digests()} courriel(s) envoyé(s)")
