"""``actors_ess_verdict``: whether a legal form is an ESS enterprise, and why."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.actors.identifiers import legal_category_label
from terreau.actors.models import LegalNature
from terreau.actors.rules import EssVerdict, ess_verdict
from terreau.common.errors import DomainError


class Command(BaseCommand):
    """Answers for a legal category, without reading the database. A refusal leaves with code 2."""

    help = "Dit si une forme juridique est une entreprise de l'ESS (loi 2014-856, art. 1), et pourquoi."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--legal-category", required=True, metavar="CODE", help="Quatre chiffres (INSEE)."
        )
        parser.add_argument("--declared", default="", metavar="yes|no", help="Statuts de l'ESS déclarés.")
        parser.add_argument("--json", action="store_true", help="Réponse en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the verdict and its reasons, or the refusal in the one error shape."""
        lang = (get_language() or "fr")[:2]
        code, declared = options["legal_category"], options["declared"]
        try:
            verdict = _verdict(code, declared)
        except DomainError as error:
            self._refuse(error, as_json=options["json"])
        label = legal_category_label(code.strip(), lang)
        if options["json"]:
            answer = {**verdict.as_dict(lang), "categorie": code.strip(), "libelle": label or None}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self.stdout.write(f"{code.strip()} {label} : {verdict.value.replace('a_verifier', _('à vérifier'))}")
        for reason in verdict.reasons:
            self.stdout.write(f"- {reason.label(lang)} [{reason.source}]")

    def _refuse(self, error: DomainError, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False))
        raise CommandError(f"{error.message} ({error.code})", returncode=2)


def _verdict(code: str, declared: str) -> EssVerdict:
    if declared not in {"", "yes", "no"}:
        message = _("« %(given)s » : écrire --declared yes ou --declared no.") % {"given": declared}
        raise DomainError("declared_unknown", message, facts={"declared": declared, "known": ["yes", "no"]})
    return ess_verdict(legal_category=code or " ", legal_nature=LegalNature.UNKNOWN, declared=declared)
