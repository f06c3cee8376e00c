"""What the import commands share: read, tell what would change and what is wrong, write when asked, undo."""

import csv
import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.imports import actions, kinds, preview, staging
from terreau.imports.kinds import Kind
from terreau.imports.mapping import letter
from terreau.imports.models import Import
from terreau.imports.writing import outcomes_of
from terreau.jobs import work
from terreau.jobs.models import Job
from terreau.subjects.models import Subject

LINES = 20


class FileCommand(BaseCommand):
    """Prints what a file would change and what is wrong in it, cell by cell; writes only with --save."""

    kind = ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "file", nargs="?", type=Path, metavar="FILE", help="CSV, XLSX, XLS, ODS ou Parquet."
        )
        parser.add_argument("--save", action="store_true", help="Écrire ; sinon, dire ce qui changerait.")
        parser.add_argument("--sheet", default="", metavar="NOM", help="Feuille d'un classeur.")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="CODE=EN-TÊTE",
            help="Quelle colonne du fichier donne quoi ; sinon, d'après les en-têtes.",
        )
        parser.add_argument(
            "--option", action="append", default=[], metavar="CODE=VALEUR", help="Pour tout le fichier."
        )
        parser.add_argument("--problems", type=Path, metavar="FILE", help="Écrire tous les problèmes en CSV.")
        parser.add_argument("--undo", type=UUID, metavar="IMPORT", help="Annuler un import.")
        parser.add_argument("--json", action="store_true", help="Compte rendu en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; a refusal leaves with code 2."""
        try:
            report = self._undo(options["undo"]) if options["undo"] else self._bring(options)
        except DomainError as error:
            if options["json"]:
                self.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False))
            raise CommandError(f"{error.message} ({error.code})", returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            for line in told(report):
                self.stdout.write(line)

    def about(self, options: dict[str, Any]) -> tuple[str, Subject | None]:
        """Return the kind of the file and what it is about; a room overrides it when it has several."""
        return self.kind, None

    def _bring(self, options: dict[str, Any]) -> dict[str, Any]:
        if not options["file"]:
            raise CommandError(_("Donnez un fichier, ou --undo."), returncode=2)
        if not options["file"].is_file():
            raise CommandError(_("Ce fichier n'existe pas : %(file)s") % options, returncode=2)
        code, about = self.about(options)
        kind = kinds.get(code)
        if options["save"]:
            return self._saved(kind, about, options)
        with transaction.atomic():
            brought = self._checked(kind, about, options)
            report = report_of(brought, kind, options["problems"])
            transaction.set_rollback(True)
        staging.remove(brought.pk)
        return report

    def _checked(self, kind: Kind, about: Subject | None, options: dict[str, Any]) -> Import:
        with options["file"].open("rb") as file:
            brought = actions.bring(
                kind, file, options["file"].name, by=None, about=about, sheet=options["sheet"]
            )
        columns = dict(brought.mapping)
        for code, header in map(_pair, options["column"]):
            if header not in brought.header:
                known = ", ".join(brought.header)
                message = _("Le fichier n'a pas de colonne « %(header)s ». Colonnes : %(known)s.")
                raise CommandError(message % {"header": header, "known": known}, returncode=2)
            columns[code] = brought.header.index(header)
        given = dict(map(_pair, options["option"]))
        return actions.say_columns(brought, columns, given, by=None, at_once=True)

    def _saved(self, kind: Kind, about: Subject | None, options: dict[str, Any]) -> dict[str, Any]:
        brought = self._checked(kind, about, options)
        report = report_of(brought, kind, options["problems"])
        report["import"] = str(brought.pk)
        if any(brought.counts.get(status) for status in kinds.WRITABLE):
            actions.write(brought, by=None)
            job = _finished(brought)
            report["written"] = {**outcomes_of(brought.pk), "longest_ms": job.report.get("longest_ms")}
        else:
            actions.abandon(brought, by=None)
        report["saved"] = True
        return report

    def _undo(self, pk: UUID) -> dict[str, Any]:
        brought = Import.objects.filter(pk=pk).first()
        if brought is None:
            raise CommandError(_("Il n'y a pas d'import %(pk)s.") % {"pk": pk}, returncode=2)
        actions.undo(brought, by=None)
        job = _finished(brought)
        return {"import": str(pk), "undone": job.report.get("undone", 0), "kept": job.report.get("kept", 0)}


def report_of(brought: Import, kind: Kind, problems: Path | None) -> dict[str, Any]:
    """Return what a check found, as JSON types; write every problem to a CSV file when one is given."""
    rows = list(preview.report_rows(brought, kind))
    if problems:
        with problems.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["sheet", "row", "column", "header", "value", "level", "message", "code"])
            names = ("sheet", "row", "column", "header", "value", "level", "message", "code")
            writer.writerows([row[name] for name in names] for row in rows)
    return {
        "kind": kind.code,
        "file": brought.name,
        "format": brought.form,
        "rows": brought.rows,
        "columns": {
            code: f"{letter(index)} {brought.header[index]}" for code, index in brought.mapping.items()
        },
        "counts": {status: brought.counts.get(status, 0) for status in kinds.STATUSES},
        "problems": rows if len(rows) <= LINES else rows[:LINES],
        "problems_count": len(rows),
        "saved": False,
    }


def told(report: dict[str, Any]) -> list[str]:
    """Return a report as a person reads it: counts, then the first problems."""
    if "undone" in report:
        return [_("Import annulé : %(undone)d lignes reprises, %(kept)d gardées.") % report]
    found = [_("%(file)s : %(rows)d lignes, %(format)s.") % report]
    for status in kinds.STATUSES:
        found.append(f"  {report['counts'][status]} {preview.count_label(status, report['counts'][status])}")
    for one in report["problems"]:
        place = f"{one['column']}{one['row']}"
        found.append(f"    {place} {one['header']} « {one['value']} » – {one['message']}")
    if report["problems_count"] > len(report["problems"]):
        found.append(_("    … %(problems_count)d problèmes : --problems les écrit tous.") % report)
    if not report["saved"]:
        return [*found, _("Rien n'est écrit : ajoutez --save.")]
    if "written" not in report:
        return [*found, _("Rien à changer.")]
    written = {**report["written"], "import": report["import"]}
    message = _("Écrit : %(added)d ajouts, %(changed)d changements, %(refused)d refus (import %(import)s).")
    return [*found, message % written]


def _finished(brought: Import) -> Job:
    """Do the work of an import here, or wait for the worker that took it first; refuse when it failed."""
    job = Job.objects.get(pk=Import.objects.values_list("job", flat=True).get(pk=brought.pk))
    if job.state == Job.State.WAITING:
        work.run_job.call(str(job.pk))
    while job.state in {Job.State.WAITING, Job.State.RUNNING}:
        job.refresh_from_db()
        time.sleep(0 if job.ended_at else 0.5)
    if job.state != Job.State.DONE:
        raise DomainError("import_failed", job.error or str(job.get_state_display()), status=500)
    return job


def _pair(text: str) -> tuple[str, str]:
    code, mark, value = text.partition("=")
    if not mark:
        raise CommandError(_("« %(text)s » : écrire CODE=VALEUR.") % {"text": text}, returncode=2)
    return code.strip(), value.strip()
