"""``territories_describe``: size of a set of communes and the zones it crosses. Reads no database.

It stands here, not in ``territories``, because it says what ``sheets.perimeters`` says to the API.
"""

import json
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.sheets.perimeters import describe
from terreau.territories.base import COG_YEARS


class Command(BaseCommand):
    """Answers for codes of any year. A refusal leaves with code 2."""

    help = "Décrit un ensemble de communes : habitants, surface, part de chaque territoire."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--communes",
            required=True,
            metavar="CODES",
            help="Codes, séparés par des virgules ou des espaces.",
        )
        parser.add_argument("--cog", type=int, default=COG_YEARS[-1], help="Année du COG.")
        parser.add_argument("--json", action="store_true", help="Réponse en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the description, or the refusal in the one error shape."""
        codes = [code for code in re.split(r"[\s,;]+", options["communes"]) if code]
        try:
            found = describe(codes, options["cog"])
        except DomainError as error:
            if options["json"]:
                self.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False))
            raise CommandError(f"{error.message} ({error.code})", returncode=2) from error
        self.stdout.write(json.dumps(found, ensure_ascii=False) if options["json"] else _text(found))


def _text(found: dict[str, Any]) -> str:
    said = _("%(communes)s communes, %(population)s habitants, %(surface_km2)s km² (COG %(cog)s)")
    lines = [said % found]
    lines += [f"  {old} → {new}" for old, new in found["resolved"].items()]
    unknown = _("code inconnu")  # Apart: makemessages does not read inside an f-string.
    lines += [f"  {code} : {unknown}" for code in found["unresolved"]]
    for level, zones in found["overlaps"].items():
        lines.append(f"{level} :")
        lines += [f"  {zone['code']} {zone['nom']} : {_percent(zone['part_du_perimetre'])}" for zone in zones]
    return "\n".join(lines)


def _percent(part: float | None) -> str:
    return _("part inconnue") if part is None else f"{part:.1%}"
