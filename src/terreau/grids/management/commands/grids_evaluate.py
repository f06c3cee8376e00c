"""``grids_evaluate --grid CODE --facts FILE``: what a grid gives for facts, without a pole nor an account."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from terreau.common.errors import DomainError
from terreau.grids import evaluate, language, store
from terreau.grids.answers_json import verdict_json
from terreau.grids.frame import parse_frame

_MOST_BYTES = 5_000_000


def day(text: str) -> date:
    """Return a day written 2015-06-30."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} n'est pas une date : écrivez 2015-06-30") from error


class Command(BaseCommand):
    """``grids_evaluate --grid CODE[@VERSION] --facts FILE [--on DATE] [--json]``."""

    help = "Apprécie des faits donnés dans un fichier JSON sous une grille. N'écrit rien."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--grid", required=True, metavar="CODE[@VERSION]", help="La grille, sa version.")
        words = 'Fichier JSON : {"code": valeur}, ou {"on": date, "facts": {…}}.'
        parser.add_argument("--facts", required=True, type=Path, metavar="FICHIER", help=words)
        parser.add_argument("--on", type=day, help="Le jour d'appréciation (aujourd'hui).")
        parser.add_argument("--lang", choices=("fr", "en"), default="fr", help="La langue des phrases.")
        parser.add_argument("--json", action="store_true", help="Répondre en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Evaluate and tell."""
        given = _facts(options["facts"])
        code, _, version = options["grid"].partition("@")
        with translation.override(options["lang"]):
            try:
                found = _evaluated(code, version, given, options)
            except DomainError as error:
                if options["json"]:
                    self.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False, indent=1, default=str))
                raise CommandError(_told(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))
        else:
            self._tell(found)

    def _tell(self, found: dict[str, Any]) -> None:
        self.stdout.write(f"{found['grid']}@{found['version']}, {found['on']} : {found['verdict']}")
        for one in found["criteria"]:
            self.stdout.write(f"  {one['verdict']:<10} {one['code']} — {one['title']}")
            for reason in one["reasons"]:
                self.stdout.write(f"             {reason['texte']}")


def _evaluated(code: str, version: str, given: dict[str, Any], options: Any) -> dict[str, Any]:
    whole = "facts" in given and isinstance(given["facts"], dict)
    on = options["on"] or (_day_of(given) if whole else None) or timezone.localdate()
    grid = store.grid(code, version or None, on)
    asked = {criterion.code for criterion, _question in language.questions(grid)}
    frame = parse_frame(given["facts"] if whole else given, options["lang"], judged=asked)
    found = evaluate.verdict(grid, frame, on=on)
    return verdict_json(found, frame, options["lang"])


def _day_of(given: dict[str, Any]) -> date | None:
    try:
        return date.fromisoformat(given["on"]) if given.get("on") else None
    except (TypeError, ValueError) as error:
        raise CommandError(f"« on » n'est pas une date : {given['on']!r}. Écrivez 2015-06-30.") from error


def _facts(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CommandError(f"{path} est trop gros : au plus {_MOST_BYTES // 1_000_000} Mo.")
        given = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CommandError(f"{path} ne peut pas être lu : {error.strerror}.") from error
    except json.JSONDecodeError as error:
        raise CommandError(f"{path}:{error.lineno}: ce n'est pas du JSON ({error.msg}).") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise CommandError(f"{path} n'est pas un fichier JSON lisible.") from error
    if not isinstance(given, dict):
        raise CommandError(f"{path} : donnez un objet JSON, les faits par leur code.")
    return given


def _told(error: DomainError) -> str:
    lines = [f"  {one['path']} : {one['message']}" for one in error.facts.get("problems", ())]
    return "\n".join([str(error.message), *lines])
