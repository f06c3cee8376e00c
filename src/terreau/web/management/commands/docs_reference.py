"""``docs_reference``: writes docs/reference from the code, or says that it is out of date."""

import argparse
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from terreau.analytics import catalogue as indicators
from terreau.analytics import contract
from terreau.common.reference import page, refresh, table
from terreau.facts.catalogue import CatalogueEntry, Vocabulary, load

_TYPES = {
    "number": "nombre",
    "text": "texte",
    "code": "code",
    "date": "date",
    "bool": "oui ou non",
    "money": "montant en euros",
}
_SECRECIES = {"public": "public", "statistical": "secret statistique", "private": "privé"}
#: Options that every Django command has.
_USUAL = {
    "help",
    "version",
    "verbosity",
    "settings",
    "pythonpath",
    "traceback",
    "no_color",
    "force_color",
    "skip_checks",
}


class Command(BaseCommand):
    """Each page is made of sentences that stand in the code, so that none can be forgotten."""

    help = "Écrit docs/reference d'après le code ; --check dit seulement si ces pages sont à jour."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--check", action="store_true", help="Ne rien écrire ; échouer si une page diffère."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the pages that differ, or refuse with their names."""
        with translation.override("fr"):
            pages = {name: write() for name, write in PAGES.items()}
        names = refresh(pages, check=options["check"], command="docs_reference")
        self.stdout.write(f"docs/reference : {', '.join(names) or 'rien à changer'}")


def settings_page() -> str:
    """Return the page of the TERREAU_* variables."""
    # The settings are the only place that knows the environment's variables; config stands above web.
    variables: dict[str, str] = settings.ENVIRONMENT_VARIABLES
    intro = "Une variable inconnue ou mal écrite empêche Terreau de démarrer, et le message dit quoi écrire."
    rows = [(f"`{name}`", sentence) for name, sentence in variables.items()]
    return page("Réglages", intro, table(("Variable", "Sens"), rows))


def commands_page() -> str:
    """Return the page of the management commands of Terreau's rooms."""
    intro = "Chaque commande se lance par `./terreau <commande>`, qui prépare d'abord ce qu'il faut."
    return page("Commandes", intro, *(_command(app, name) for name, app in _own_commands()))


def facts_page() -> str:
    """Return the page of the catalogue: codes, then vocabularies."""
    catalogue = load()
    intro = (
        f"{len(catalogue)} codes. Aucune valeur n'est gardée sans un code, une source et un statut "
        "(vérifié, justifié, déclaré, calculé ou estimé)."
    )
    header = ("Code", "Libellé (fr / en)", "Définition", "Forme", "Secret", "Source")
    codes = table(header, (_entry(entry) for entry in catalogue))
    words = [_vocabulary(catalogue.vocabularies[name]) for name in sorted(catalogue.vocabularies)]
    return page("Faits", intro, "## Codes", codes, "## Vocabulaires", *words)


def analytics_page() -> str:
    """Return the page of the indicators over many poles, and of the contract that snapshots follow."""
    intro = (
        "Indicateurs calculés sur un instantané de tous les livres (`snapshot_write`), par `analytics_run`, "
        "sur DuckDB ou sur Spark. Un indicateur privé n'est lu que des gens du pôle ; un indicateur "
        "statistique ne l'est de tous qu'une fois protégé."
    )
    header = ("Nom", "Libellé (fr / en)", "Définition", "Formule", "Unités", "Secret", "Source")
    rows = [
        (
            f"`{one.name}`",
            f"{one.label['fr']} / {one.label['en']}",
            one.definition["fr"],
            one.formula["fr"],
            ", ".join(f"`{column}` : {unit}" for column, unit in one.units.items()),
            _SECRECIES[one.secrecy],
            one.source,
        )
        for one in indicators.load().values()
    ]
    tables = [_contract(one) for one in contract.TABLES]
    return page(
        "Indicateurs et instantanés",
        intro,
        "## Indicateurs",
        table(header, rows),
        f"## Contrat, version {contract.VERSION}",
        "Chaque table est un dossier de fichiers Parquet ; `manifest.json` dit la version, les comptes et "
        "les empreintes. Aucune personne n'y est nommée.",
        *tables,
    )


def _contract(one: contract.Table) -> str:
    rows = [
        (
            f"`{column.name}`",
            column.type + ("" if column.required else ", peut être vide"),
            column.says,
            ", ".join(f"`{code}`" for code in column.codes if code),
        )
        for column in one.columns
    ]
    lines = table(("Colonne", "Type", "Sens", "Codes"), rows)
    return f"### `{one.name}`\n\n{one.says} Clé : {', '.join(f'`{name}`' for name in one.key)}.\n\n{lines}"


PAGES: dict[str, Callable[[], str]] = {
    "analytics.md": analytics_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
    "facts.md": facts_page,
}


def _own_commands() -> Iterator[tuple[str, str]]:
    for name, app in sorted(get_commands().items()):
        if str(app).startswith("terreau."):
            yield name, str(app)


def _command(app: str, name: str) -> str:
    command = load_command_class(app, name)
    actions = command.create_parser("terreau", name)._actions
    rows = [(f"`{_spelling(each)}`", _help(each)) for each in actions if each.dest not in _USUAL]
    arguments = table(("Argument", "Sens"), rows) if rows else "Sans argument."
    return f"## `{name}`\n\n{command.help}\n\n{arguments}"


def _help(action: argparse.Action) -> str:
    return str(action.help or "") % vars(action)


def _spelling(action: argparse.Action) -> str:
    if not action.option_strings:
        return str(action.metavar or action.dest.upper())
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return f"{action.option_strings[-1]}{value}"


def _entry(entry: CatalogueEntry) -> tuple[str, ...]:
    form = _TYPES[entry.type]
    if entry.choices:
        form += f" du vocabulaire [{entry.choices}](#{entry.choices})"
    if entry.unit:
        form += f" ({load().unit(entry.unit).label('fr')})"
    if not entry.single:
        form += ", plusieurs valeurs possibles"
    labels = f"{entry.label('fr')} / {entry.label('en')}"
    return f"`{entry.code}`", labels, entry.definition("fr"), form, _SECRECIES[entry.secrecy], entry.source


def _vocabulary(words: Vocabulary) -> str:
    terms = words.terms.values()
    rows = [
        (f"`{t.code}`", f"{t.labels['fr']} / {t.labels['en']}", t.definitions["fr"], t.source) for t in terms
    ]
    lines = table(("Code", "Terme (fr / en)", "Définition", "Source"), rows)
    return f"### {words.name}\n\nSource : {words.source}\n\n{lines}"
