"""``territories_resolve``: the commune of today behind a code of any year. Reads no database."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.territories.base import COG_YEARS, load
from terreau.territories.rules import resolve


class Command(BaseCommand):
    """Answers the current code and name. An unknown code leaves with code 2."""

    help = "Donne la commune actuelle d'un code de commune, ancien ou actuel."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("code", metavar="CODE", help="Code de commune ou d'arrondissement municipal.")
        parser.add_argument("--json", action="store_true", help="Réponse en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what the code has become."""
        base = load(COG_YEARS[-1])
        found = resolve(base, [options["code"]])
        known = len(found.ids) == 1
        current = str(base.codes[found.ids[0]]) if known else None
        name = base.names[found.ids[0]] if known else None
        if options["json"]:
            answer = {
                "code": options["code"].strip(),
                "current": current,
                "nom": name,
                "cog": base.cog,
                "resolved": found.resolved,
                "unresolved": list(found.unresolved),
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        elif known:
            self.stdout.write(f"{current} {name} (COG {base.cog})")
        if not known:
            message = _("Aucune commune n'a ni n'a eu le code « %(code)s » (COG %(cog)s).")
            raise CommandError(message % {"code": options["code"], "cog": base.cog}, returncode=2)
