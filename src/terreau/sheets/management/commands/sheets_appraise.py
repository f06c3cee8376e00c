"""``sheets_appraise``: what every grid answers for every public pole, counted."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.sheets.appraisals import Tally, tally


class Command(BaseCommand):
    """Counts on what is public, today or on a past day. A refusal leaves with code 2."""

    help = "Compte ce que les grilles donnent pour tous les pôles publics, critère par critère."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--grid",
            action="append",
            metavar="CODE",
            help="Une grille (l'option se répète) ; toutes celles des pôles par défaut.",
        )
        parser.add_argument(
            "--on", metavar="DATE", help="Jour dont on parle (AAAA-MM-JJ) ; aujourd'hui par défaut."
        )
        parser.add_argument("--json", action="store_true", help="Réponse en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the counts, or the refusal in the one error shape."""
        try:
            on = _day(options["on"])
            found = tally(on, options["grid"])
            if not found:
                raise DomainError("unknown_grid", _("Aucune de ces grilles n'est en vigueur ce jour-là."))
        except DomainError as error:
            if options["json"]:
                self.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False))
            raise CommandError(f"{error.message} ({error.code})", returncode=2) from error
        if options["json"]:
            said: dict[str, Any] = {"on": on.isoformat(), "grids": [one.as_json() for one in found]}
            self.stdout.write(json.dumps(said, ensure_ascii=False, indent=1))
        else:
            self.stdout.write("\n".join(line for one in found for line in _lines(one)))


def _day(text: str | None) -> date:
    try:
        day = date.fromisoformat(text) if text else timezone.localdate()
    except ValueError as error:
        raise DomainError("not_a_date", _("Écrivez une date comme 2025-03-31.")) from error
    if day > timezone.localdate() or day.year < 1900:
        raise DomainError("out_of_reach", _("Cette date est à venir, ou trop ancienne."))
    return day


def _lines(one: Tally) -> list[str]:
    lines = [f"{one.grid.code} ({one.grid.version})"]
    if one.grid.prescriptive:
        lines.append(f"  {_counts(one.overall)}")
    criteria = zip(one.grid.criteria, one.criteria, strict=True)
    return [*lines, *(f"    {criterion.code} : {_counts(counter)}" for criterion, counter in criteria), ""]


def _counts(counter: Any) -> str:
    words = (("oui", _("oui")), ("non", _("non")), ("a_verifier", _("à vérifier")))
    return ", ".join(f"{counter.get(code, 0)} {word}" for code, word in words)
