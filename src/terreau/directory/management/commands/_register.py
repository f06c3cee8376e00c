"""What the two import commands share: read, tell, write when asked, undo."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.directory import actions
from terreau.directory.models import Batch
from terreau.directory.telling import lines, told


class ImportCommand(BaseCommand):
    """Prints what the files would change and what is wrong in them; writes only with --save."""

    register = ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="CSV, ZIP de CSV ou Parquet.")
        parser.add_argument("--save", action="store_true", help="Écrire ; sinon, dire ce qui changerait.")
        parser.add_argument(
            "--complete",
            action="store_true",
            help="Les fichiers sont le répertoire entier : retirer ce qu'ils n'ont plus.",
        )
        parser.add_argument(
            "--published-on", type=date.fromisoformat, metavar="DATE", help="Date de publication."
        )
        parser.add_argument("--problems", type=Path, metavar="FILE", help="Écrire tous les problèmes en CSV.")
        parser.add_argument("--undo", type=int, metavar="BATCH", help="Annuler un lot.")
        parser.add_argument("--json", action="store_true", help="Compte rendu en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; a refusal leaves with code 2."""
        try:
            report = self._undo(options) if options["undo"] else self._import(options)
        except DomainError as error:
            raise CommandError(f"{error.message} ({error.code})", returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            for line in [*lines(report), *_ending(report)]:
                self.stdout.write(line)

    def _import(self, options: dict[str, Any]) -> dict[str, Any]:
        if not options["files"]:
            raise CommandError(_("Donnez au moins un fichier, ou --undo."), returncode=2)
        with actions.Import(options["files"], self.register, complete=options["complete"]) as one:
            report = one.report()
            if options["problems"]:
                one.write_problems(options["problems"])
                report["all_problems"] = str(options["problems"])
            if options["save"]:
                batch = one.save(by=None, published_on=options["published_on"], progress=self._progress)
                report["batch"] = told(batch) if batch else None
            report["saved"] = options["save"]
        return report

    def _undo(self, options: dict[str, Any]) -> dict[str, Any]:
        batch = Batch.objects.filter(pk=options["undo"], register=self.register).first()
        if batch is None:
            raise CommandError(
                _("Ce répertoire n'a pas de lot %(number)d.") % {"number": options["undo"]}, returncode=2
            )
        undone = actions.undo(batch, by=None, progress=self._progress)
        return {"register": self.register, "undone": told(undone)}

    def _progress(self, done: int, total: int) -> None:
        """Show where it stands on standard error: on one line for a person, now and then in a log."""
        if self.stderr.isatty():
            self.stderr.write(f"\r{done}/{total}", ending="\n" if done == total else "")
            self.stderr.flush()
        elif done * 50 // total != self._shown:
            self._shown = done * 50 // total
            self.stderr.write(f"{done}/{total}")

    _shown = -1


def _ending(report: dict[str, Any]) -> list[str]:
    if "undone" in report:
        return []
    if not report["saved"]:
        return [_("Rien n'est écrit : ajoutez --save.")]
    if report["batch"] is None:
        return [_("Rien à changer.")]
    return [str(_("Écrit : lot %(id)d.") % report["batch"])]
