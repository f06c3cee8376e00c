"""``territories_load``: the embedded territories of France, written to the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from terreau.territories.base import COG_YEARS
from terreau.territories.loading import Diff, load_base

SHOWN = 20


class Command(BaseCommand):
    """Prints what was added, changed and removed. The same content is read once."""

    help = "Charge les communes, intercommunalités, départements et régions de France."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--cog", type=int, default=COG_YEARS[-1], choices=COG_YEARS, help="Année du COG.")
        parser.add_argument("--force", action="store_true", help="Comparer même un contenu déjà chargé.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and tell."""
        verbose = options["verbosity"] > 0
        diff = load_base(options["cog"], force=options["force"], progress=self._progress if verbose else None)
        if verbose:
            for line in lines(diff):
                self.stdout.write(line)

    def _progress(self, done: int, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{done}/{total}", ending="\n" if done == total else "")
            self.stdout.flush()


def lines(diff: Diff) -> list[str]:
    """A difference as a person reads it: counts, then the first changes one by one."""
    if diff.unchanged:
        return [_("Rien à changer.")]
    counts = {"added": len(diff.added), "changed": len(diff.changed), "removed": len(diff.removed)}
    found = [_("Territoires : %(added)s ajoutés, %(changed)s changés, %(removed)s retirés.") % counts]
    for (level, code), changes in list(diff.changed.items())[:SHOWN]:
        told = ", ".join(f"{name} {before} → {after}" for name, (before, after) in changes.items())
        found.append(f"  ~ {level} {code} : {told}")
    found += [f"  - {level} {code}" for level, code in diff.removed[:SHOWN]]
    return found
