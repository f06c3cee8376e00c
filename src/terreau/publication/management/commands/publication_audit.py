"""Check again what was published under secrecy, from the reports kept."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.publication import attack, releases, reports
from terreau.publication.models import Release


class Command(BaseCommand):
    help = "Vérifie à nouveau les tableaux publiés sous secret statistique, par leurs rapports."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--table", help="seulement ce tableau")
        parser.add_argument(
            "--attaque", action="store_true", help="attaque aussi chaque chiffre caché (plus long)"
        )
        parser.add_argument("--json", action="store_true", help="rapport en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what holds; leave with an error when something does not."""
        found = Release.objects.filter(private__isnull=False).order_by("table", "made_at")
        if options["table"]:
            found = found.filter(table=options["table"])
        results = [
            _checked(release, attacked=options["attaque"]) for release in found.iterator(chunk_size=20)
        ]
        if options["json"]:
            self.stdout.write(json.dumps(results, ensure_ascii=False, indent=2))
        else:
            for result in results:
                said = " ; ".join(result["problems"]) or _("tient")
                self.stdout.write(f"{result['table']} {result['made_at'][:10]} : {said}")
        wrong = sum(bool(result["problems"]) for result in results)
        if wrong:
            raise CommandError(
                _("%(wrong)d tableaux sur %(all)d ne tiennent pas.") % {"wrong": wrong, "all": len(results)}
            )


def _checked(release: Release, *, attacked: bool) -> dict[str, Any]:
    report = releases.report(release)
    problems = releases.check(release)
    if attacked:
        _policy, system, hidden = reports.read(report)
        seen = attack.intervals(system, hidden, targets=set(system.needs))
        problems += [
            f"{system.names[rank]}: {low} … {high}"
            for rank, (low, high) in seen.items()
            if high < system.values[rank] + system.needs[rank].up - 0.001
            or low > system.values[rank] - system.needs[rank].down + 0.001
        ]
    return {
        "table": release.table,
        "made_at": release.made_at.isoformat(),
        "figures": len(release.figures),
        "secret": sum(status == "secret" for _key, status, _value, _reason in release.figures),
        "problems": problems,
    }
