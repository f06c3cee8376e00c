"""``territories_rebuild``: what each perimeter covers, computed again from its communes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.territories.actions import cover, expected_coverage
from terreau.territories.models import Coverage, Perimeter

COLUMNS = ("zone_id", "level", "code", "communes", "population", "share_of_perimeter", "share_of_zone")


class Command(BaseCommand):
    """Writes the projection again where it differs; with --check, only says where and leaves with code 1."""

    help = "Recalcule ce que chaque périmètre recouvre."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--check", action="store_true", help="Dire les écarts sans rien écrire.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare each perimeter with its projection."""
        wrong = [one for one in Perimeter.objects.order_by("pk").iterator(chunk_size=500) if differs(one)]
        for perimeter in wrong:
            self.stdout.write(f"{perimeter.pk} {perimeter.label}")
            if not options["check"]:
                cover(perimeter)
        said = _("%(count)s périmètres à jour.") if not wrong else _("%(wrong)s périmètres s'écartaient.")
        said %= {"count": Perimeter.objects.count(), "wrong": len(wrong)}
        if wrong and options["check"]:
            raise CommandError(said)
        self.stdout.write(said)


def differs(perimeter: Perimeter) -> bool:
    """Whether what is written of a perimeter is not what its communes make."""
    return _plain(perimeter.coverage.order_by("id")) != _plain(expected_coverage(perimeter))


def _plain(rows: Any) -> set[tuple[Any, ...]]:
    return {_row(row) for row in rows}


def _row(row: Coverage) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in COLUMNS)
