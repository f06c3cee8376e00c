"""``flows_check``: whether the books hold together, pole by pole; the exit code says it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.bookkeeping import checks
from terreau.flows.models import Flow
from terreau.poles.models import Pole


class Command(BaseCommand):
    """``flows_check [--pole SLUG] [--json]``: code 1 when something is wrong."""

    help = "Vérifie les livres des pôles : lignes, corrections, relevés, empreintes, clôtures, comptes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--pole", default="", metavar="ADRESSE", help="Un seul pôle, par son adresse (slug)."
        )
        parser.add_argument("--json", action="store_true", help="Compte rendu en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every check and say what was found."""
        today, told, wrong = timezone.localdate(), [], 0
        for pole in self._poles(options["pole"]):
            found = checks.run(pole, today=today)
            sound = checks.whole(found)
            wrong += not sound
            told.append({"pole": pole.slug, "sound": sound, "checks": [one.as_dict() for one in found]})
            if not options["json"]:
                self._say(pole, found)
        if options["json"]:
            self.stdout.write(json.dumps({"sound": not wrong, "poles": told}, ensure_ascii=False, indent=2))
        if wrong:
            raise CommandError(_("%(count)d livre(s) ne tiennent pas.") % {"count": wrong}, returncode=1)

    def _poles(self, slug: str) -> list[Pole]:
        rows = Pole.objects.select_related("actor__subject").order_by("slug")
        if not slug:
            return list(rows.filter(actor__in=Flow.objects.values("book")))
        found = list(rows.filter(slug=slug))
        if not found:
            raise CommandError(_("Aucun pôle n'a l'adresse « %(slug)s ».") % {"slug": slug}, returncode=2)
        return found

    def _say(self, pole: Pole, found: list[checks.Checked]) -> None:
        self.stdout.write(pole.slug)
        marks = {"": "  = ", checks.REMARK: "  ~ ", checks.WRONG: "  ! "}
        for one in found:
            self.stdout.write(f"{marks[one.level]}{one.title}")
            for finding in one.findings:
                lines = ", ".join(map(str, finding.ranks))
                self.stdout.write(f"      {finding.message}{f' ({lines})' if lines else ''}")
