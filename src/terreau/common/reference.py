"""Pages of docs/reference, made of sentences that stand in the code so that none can be forgotten."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.core.management.base import CommandError


def page(title: str, intro: str, *parts: str) -> str:
    """Return a Markdown page that says that it is written by a command."""
    origin = "<!-- Écrit par une commande : changer le code, pas cette page. -->"
    return "\n\n".join([f"# {title}", origin, intro, *parts]) + "\n"


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table; line ends and bars inside a cell are made harmless."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def refresh(pages: Mapping[str, str], *, check: bool, command: str) -> list[str]:
    """Write the pages (name → text) that differ from docs/reference and return their names.

    With ``check`` nothing is written, and ``CommandError`` names the pages and the command to run.
    """
    folder = settings.PACKAGE_DIR.parent.parent / "docs" / "reference"
    paths = {folder / name: text for name, text in pages.items()}
    stale = [path for path, text in paths.items() if not path.exists() or path.read_text("utf-8") != text]
    names = [path.name for path in stale]
    if check and stale:
        raise CommandError(
            f"docs/reference n'est plus à jour ({', '.join(names)}) : lancer ./terreau {command}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(paths[path], "utf-8")
    return names


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")
