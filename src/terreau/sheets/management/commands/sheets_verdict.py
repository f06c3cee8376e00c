"""``sheets_verdict``: what a grid gives for a pole, as the API says it to a stranger."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.sheets.verdicts import VerdictSheet, pole_verdict


class Command(BaseCommand):
    """Answers on what is public, today or on a past day. A refusal leaves with code 2."""

    help = "Dit ce que donne une grille pour un pôle : oui, non ou à vérifier, critère par critère."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--pole", required=True, metavar="SLUG", help="Mot du pôle dans son adresse.")
        parser.add_argument(
            "--grid",
            required=True,
            metavar="CODE[@VERSION]",
            help="Grille, et sa version si ce n'est pas celle en vigueur.",
        )
        parser.add_argument(
            "--on", metavar="DATE", help="Jour dont on parle (AAAA-MM-JJ) ; aujourd'hui par défaut."
        )
        parser.add_argument("--json", action="store_true", help="Réponse en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the verdict, or the refusal in the one error shape."""
        code, _at, version = options["grid"].partition("@")
        try:
            sheet = pole_verdict(options["pole"], code, version=version or None, on=_day(options["on"]))
        except DomainError as error:
            if options["json"]:
                self.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False))
            raise CommandError(f"{error.message} ({error.code})", returncode=2) from error
        said = json.dumps(sheet.as_json(), ensure_ascii=False, indent=1) if options["json"] else _text(sheet)
        self.stdout.write(said)


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise DomainError("not_a_date", _("Écrivez une date comme 2025-03-31.")) from error
    if day > timezone.localdate() or day.year < 1900:
        raise DomainError("out_of_reach", _("Cette date est à venir, ou trop ancienne."))
    return day


def _text(sheet: VerdictSheet) -> str:
    lines = [f"{sheet.name} · {sheet.title} ({sheet.version}), {sheet.on.isoformat()}"]
    lines += [f"{sheet.shown.word}. {sheet.sentence}", ""]
    for one in sheet.criteria:
        lines.append(f"{one.code}  {one.shown.word} : {one.title}")
        lines += [f"    {used.label} : {used.display}" for used in one.facts]
        lines += [f"    ? {lacks.label}" for lacks in one.missing]
        lines += [f"    · {reason.text}" for reason in one.reasons]
        lines += [f"    → {change.text}" for change in one.changes]
    return "\n".join(lines)
