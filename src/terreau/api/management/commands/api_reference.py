"""``api_reference``: writes docs/reference/api.md from the routes, or says that it is out of date."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from terreau.api.urls import api
from terreau.common.reference import page, refresh, table


class Command(BaseCommand):
    """The page of the API is made of the routes themselves."""

    help = "Écrit docs/reference/api.md d'après les routes ; --check dit seulement si la page est à jour."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--check", action="store_true", help="Ne rien écrire ; échouer si la page diffère."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page when it differs, or refuse."""
        with translation.override("fr"):
            text = api_page()
        names = refresh({"api.md": text}, check=options["check"], command="api_reference")
        self.stdout.write(f"docs/reference : {', '.join(names) or 'rien à changer'}")


def api_page() -> str:
    """Return the page of the routes of the API."""
    intro = 'Toute erreur a la même forme : `{"code", "message", "facts"}`.'
    rows = sorted(_routes(api.get_openapi_schema(path_prefix="/api/v1/")["paths"]))
    return page("API", intro, table(("Route", "Paramètres", "Ce qu'elle donne"), rows))


def _routes(paths: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for path, methods in paths.items():
        for method, route in methods.items():
            names = ", ".join(f"`{each['name']}`" for each in route.get("parameters", []))
            told = route.get("description") or route.get("summary", "")
            yield (
                f"`{method.upper()} {path}`",
                names or ("corps JSON" if "requestBody" in route else "–"),
                told,
            )
