"""The tokens of the API."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from terreau.api.models import ApiToken


class Command(BaseCommand):
    help = "Liste les jetons de l'API, sans leur secret, que personne ne peut relire."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="Un objet JSON : {results: […]}.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [_said(token) for token in ApiToken.objects.select_related("organisation")]
        if options["json"]:
            self.stdout.write(json.dumps({"results": found}, ensure_ascii=False, indent=1))
            return
        for one in found:
            self.stdout.write("\t".join(str(one[name] or "–") for name in one))


def _said(token: ApiToken) -> dict[str, Any]:
    return {
        "id": str(token.pk),
        "organisation": token.organisation.name,
        "label": token.label,
        "scopes": " ".join(token.scopes),
        "expires_on": token.expires_on.isoformat(),
        "last_used_on": token.last_used_on.isoformat() if token.last_used_on else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }
