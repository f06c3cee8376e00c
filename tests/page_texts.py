"""The texts of a page with the language each is said to be in, and what betrays French among them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_READ_OUT = {"alt", "title", "placeholder", "aria-label", "aria-description", "label"}
_DESCRIPTIONS = {"description", "og:description", "og:title", "og:image:alt"}
_NOT_TEXT = {"script", "style", "code", "pre", "textarea"}


@dataclass(frozen=True)
class Text:
    """A text of a page, the language it is said to be in, and the element that holds it."""

    text: str
    language: str
    place: str


class Page(HTMLParser):
    """What a page says to people, its attributes that are shown or read out included, and where it leads."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[Text] = []
        self.links: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the attributes, and remember the language."""
        given = {name: value or "" for name, value in attrs}
        language = given.get("lang", self._language)
        for name in sorted(set(given)):
            if name in _READ_OUT or _is_sentence(name, given[name]):
                self._keep(given[name], language, f"{tag}[{name}]")
        described = given.get("name") or given.get("property") or ""
        if tag == "meta" and described in _DESCRIPTIONS:
            self._keep(given.get("content", ""), language, f"meta[{described}]")
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag not in _VOID:
            self._open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        """Close the element, and what it left open."""
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at][0] == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        """Take a text."""
        tag = self._open[-1][0] if self._open else ""
        if tag not in _NOT_TEXT:
            self._keep(data, self._language, tag)

    @property
    def _language(self) -> str:
        return self._open[-1][1] if self._open else ""

    def _keep(self, text: str, language: str, place: str) -> None:
        if text := " ".join(text.split()):
            self.texts.append(Text(text, language, place))


def _is_sentence(name: str, value: str) -> bool:
    """A ``data-`` attribute that JavaScript shows, not JSON nor the path of a drawing."""
    return name.startswith("data-") and " " in value.strip() and value.lstrip()[:1] not in {"{", "[", "M"}


#: Words that French sentences seldom do without and that English ones do not hold.
_FRENCH = """
à au aucun aucune aux avec ce cela ces cet cette chaque comme dans de depuis des donc dont du elle elles
encore entre est et été être il ils jusqu la le les leur leurs mais même ne nos notre nous où par pas
peut peuvent plus pour pôle pôles quand que quel quelle qui qu sans selon ses sont sous sur toujours tous
tout toute toutes très un une vers voir vos votre vous acteurs ajouter annuaire chercher connu connue
donnez habitants inconnu inconnue lieu recherche retirer territoire territoires
"""
FRENCH = frozenset(_FRENCH.split())
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
#: Addresses, and what is quoted from a source.
_QUOTED = re.compile(r"\S*(?:\.\w+/|://|@)\S*|/\S+|“[^”]*”")


class Names:
    """Names of places, of organisations, of laws: the same in every language."""

    def __init__(self, names: Iterable[str]) -> None:
        self._known = {words for name in names if (words := _words(name))}
        self._longest = max((len(words) for words in self._known), default=0)

    def without(self, text: str) -> list[str]:
        """The words of a text that stand in no name; the longest names are taken first."""
        words, left, at = _words(_QUOTED.sub(" ", text)), [], 0
        while at < len(words):
            sizes = range(min(self._longest, len(words) - at), 0, -1)
            size = next((size for size in sizes if words[at : at + size] in self._known), 0)
            if not size:
                left.append(words[at])
            at += size or 1
        return left


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))


def looks_french(text: str, names: Names) -> bool:
    """Whether a fifth of the words, names apart, are French: a name in an English sentence is not enough."""
    words = names.without(text)
    return sum(word in FRENCH for word in words) * 5 >= len(words) > 0
