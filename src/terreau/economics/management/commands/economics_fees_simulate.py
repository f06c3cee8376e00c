"""``economics_fees_simulate POLE --after SCALE [--before SCALE] [--year YEAR] [--json]``: before the vote."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from terreau.common.content import ContentError, read_content
from terreau.common.errors import DomainError
from terreau.fees import documents, scales, simulating, wording
from terreau.fees.models import ScaleVersion
from terreau.fees.rules import Fee
from terreau.poles.models import Pole

_LARGEST = 1_000_000


class Command(BaseCommand):
    """``economics_fees_simulate POLE --after SCALE [--before SCALE]``."""

    help = (
        "Simule un barème de cotisations sur les membres d'un pôle. Un barème est un numéro, ou un fichier "
        "JSON ou YAML (montants en centimes, effectifs en centièmes d'ETP)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("pole", help="Adresse du pôle : pole-d-essai.")
        parser.add_argument("--after", required=True, help="Barème à simuler : son numéro, ou un fichier.")
        parser.add_argument(
            "--before",
            default="",
            help="Barème auquel comparer ; sans lui, celui qui est en vigueur ; « rien » : aucun.",
        )
        parser.add_argument("--year", type=int, help="Année appelée (par défaut, l'année en cours).")
        parser.add_argument("--json", action="store_true", help="Répond en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Simulate, or say what cannot be read."""
        pole = Pole.objects.select_related("actor__subject").filter(slug=options["pole"]).first()
        if pole is None:
            raise CommandError("Ce pôle n'existe pas.")
        today = timezone.localdate()
        year = options["year"] or today.year
        if not 2000 <= year <= 2100:
            raise CommandError("--year : donnez une année entre 2000 et 2100.")
        after = _scale(pole, options["after"])
        before = _before(pole, options["before"], date(year, 1, 1))
        first, last = date(year, 1, 1), date(year, 12, 31)
        found = simulating.simulate(pole, before, after, first, last, on=today)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found, year), ensure_ascii=False))
            return
        for line in simulating.sentences(found):
            self.stdout.write(line)
        for one in found.lines:
            self.stdout.write(f"{one.member.actor.name} : {_said(one)}")


def _said(one: simulating.Line) -> str:
    if one.change.after.cents is None:
        return f"il manque {one.missing}"
    after = wording.euros(one.change.after.cents)
    if one.change.before is None or one.change.before.cents is None:
        return after
    return f"{wording.euros(one.change.before.cents)} → {after}"


def _before(pole: Pole, typed: str, on: date) -> ScaleVersion | None:
    if typed == "rien":
        return None
    return _scale(pole, typed) if typed else scales.in_force(pole, on)


def _scale(pole: Pole, typed: str) -> ScaleVersion:
    """Return a scale of the pole by its number, or that of a file, which is not saved."""
    if typed.isdecimal():
        row = ScaleVersion.objects.filter(pole=pole, number=int(typed)).first()
        if row is None:
            raise CommandError(f"Le pôle n'a pas de barème n° {typed}.")
        return row
    try:
        sheet = documents.read(_file(Path(typed)))
    except DomainError as error:
        raise CommandError(f"{typed} : {error.message}") from error
    name = sheet.name or Path(typed).stem
    return ScaleVersion(pole=pole, number=0, name=name, said=documents.write(sheet), valid_from=date.min)


def _file(path: Path) -> Any:
    """Return what a file says; JSON is read as the YAML that it is."""
    try:
        if path.stat().st_size > _LARGEST:
            raise CommandError(f"{path.name} : ce fichier est trop grand pour un barème.")
        return read_content(path)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path.name} : ce fichier ne peut pas être lu.") from error
    except (ContentError, ValueError) as error:
        raise CommandError(f"{path.name} : ce fichier n'est ni du JSON, ni du YAML.") from error


def _as_json(found: simulating.Simulated, year: int) -> dict[str, Any]:
    return {
        "pole": found.after.pole.slug,
        "year": year,
        "before": found.before.name if found.before else None,
        "after": found.after.name,
        "total_before_cents": found.found.before,
        "total_after_cents": found.found.after,
        "difference_cents": found.difference,
        "more": len(found.found.more),
        "less": len(found.found.less),
        "same": found.same,
        "unknown": len(found.unknown),
        "members": [
            {
                "id": str(one.member.actor.pk),
                "name": one.member.actor.name,
                "before_cents": one.change.before.cents if one.change.before else None,
                "after_cents": one.change.after.cents,
                "difference_cents": one.change.difference,
                "missing": _missing(one.change.after),
            }
            for one in found.lines
        ],
    }


def _missing(fee: Fee) -> list[str]:
    return list(fee.missing)
