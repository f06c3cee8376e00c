"""French text made comparable: without accents, ligatures, case or elision."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "’": "'"})
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Return ``text`` in lower case without accents, ligatures opened.

    « École d'Œuvre » → ``ecole d'oeuvre``.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def search_text(*parts: str | None) -> str:
    """Return the words of ``parts`` folded and separated by single spaces, for search columns."""
    return _NOT_WORD.sub(" ", fold(" ".join(part for part in parts if part))).strip()


def sort_key(text: str) -> str:
    """Return a key that sorts French names as a reader expects (accents and case ignored)."""
    return search_text(text)


def slug(text: str, limit: int = 80) -> str:
    """Return an address part: ``Éco-domaine de Bouquetot`` → ``eco-domaine-de-bouquetot``."""
    return _NOT_WORD.sub("-", fold(text)).strip("-")[:limit].rstrip("-")
