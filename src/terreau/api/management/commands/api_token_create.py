"""A token of the API for an organisation."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terreau.accounts.models import User
from terreau.api import tokens
from terreau.common.errors import DomainError


class Command(BaseCommand):
    help = "Crée un jeton de l'API pour une organisation ; son secret est écrit une seule fois."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", required=True, help="Repère, SIREN ou identifiant de l'acteur.")
        parser.add_argument("--days", type=int, default=365, help="Durée en jours (365 ; 400 au plus).")
        parser.add_argument(
            "--scope", action="append", help="Droit donné, autant de fois que voulu (read:public)."
        )
        parser.add_argument("--label", default="", help="À quoi il sert.")
        parser.add_argument("--by", default="", help="Adresse du compte à prévenir avant l'expiration.")
        parser.add_argument("--json", action="store_true", help="Un objet JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token, secret = tokens.create(
                tokens.organisation_of(options["organisation"]),
                days=options["days"],
                scopes=options["scope"] or [tokens.Scope.READ_PUBLIC],
                label=options["label"],
                by=_user(options["by"]),
            )
        except DomainError as error:
            raise CommandError(str(error.message), returncode=2) from error
        if options["json"]:
            said = {"id": str(token.pk), "secret": secret, "scopes": token.scopes}
            said |= {"organisation": str(token.organisation_id), "expires_on": token.expires_on.isoformat()}
            self.stdout.write(json.dumps(said, ensure_ascii=False))
            return
        self.stdout.write(secret)
        self.stderr.write(f"Jeton {token.pk}, jusqu'au {token.expires_on} exclu. Le secret n'est pas gardé.")


def _user(email: str) -> User | None:
    if not email:
        return None
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise CommandError(f"Aucun compte actif n'a l'adresse {email}.", returncode=2)
    return user
