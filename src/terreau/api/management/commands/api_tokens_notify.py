"""Telling people that a token of the API is about to end."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from terreau.api import tokens


class Command(BaseCommand):
    help = "Prévient 30, 7 et 1 jours avant la fin d'un jeton de l'API, et à sa fin (à lancer chaque jour)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(tokens.notify(timezone.localdate())))
