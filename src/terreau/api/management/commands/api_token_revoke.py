"""Closing a token of the API."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from terreau.api import tokens
from terreau.api.models import ApiToken
from terreau.common.errors import DomainError


class Command(BaseCommand):
    help = "Révoque un jeton de l'API : il n'ouvre plus rien dès la demande suivante."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("token", type=UUID, help="Identifiant du jeton (api_token_list).")
        parser.add_argument("--reason", required=True, help="Motif, gardé avec le jeton.")

    def handle(self, *args: Any, **options: Any) -> None:
        token = ApiToken.objects.filter(pk=options["token"]).first()
        if token is None:
            raise CommandError("Aucun jeton n'a cet identifiant.", returncode=2)
        try:
            tokens.revoke(token, by=None, reason=options["reason"])
        except DomainError as error:
            raise CommandError(str(error.message), returncode=2) from error
