"""A deposited YAML file read with care: size, encoding, depth and number of values first, lines kept.

Anybody who owns a grid may deposit one: nothing is built before it is known to be small, aliases (« YAML
bombs ») and tags are refused, and reading never recurses deeper than what is allowed.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError

from terreau.common.content import Section
from terreau.grids.problems import Problems

MAX_BYTES = 1_000_000
MAX_DEPTH = 24
MAX_VALUES = 20_000
_TAG = "tag:yaml.org,2002:"
_WORDS = {"true": True, "false": False}
_NOWHERE = Path("grille.yaml")


class _StopError(Exception):
    """What was read so far must not be used."""


def read(given: str | bytes, problems: Problems) -> Any:
    """Return the document (``Section``, list or scalar); None, and problems, when it cannot be read."""
    text = _text(given, problems)
    if text is None:
        return None
    try:
        return _Builder(text, problems).document()
    except _StopError:
        return None
    except ReaderError as error:
        before = text[: error.position]
        problems.add(
            before.count("\n") + 1,
            "",
            "binary",
            _("Ce fichier contient des caractères qui ne sont pas du texte."),
        )
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        message = _("Ce n'est pas du YAML : %(problem)s") % {
            "problem": getattr(error, "problem", None) or error
        }
        problems.add(mark.line + 1 if mark else 1, "", "not_yaml", message)
    except (ValueError, ArithmeticError, RecursionError) as error:
        problems.add(1, "", "not_yaml", _("Ce n'est pas du YAML : %(problem)s") % {"problem": error})
    return None


def _text(given: str | bytes, problems: Problems) -> str | None:
    size = len(given) if isinstance(given, bytes) else len(given.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        facts = {"size": round(size / 1_000_000, 1), "limit": MAX_BYTES // 1_000_000}
        message = _("Ce fichier fait %(size)s Mo : une grille en fait au plus %(limit)s.") % facts
        problems.add(1, "", "too_large", message)
        return None
    if isinstance(given, str):
        return given.removeprefix("\ufeff")
    try:
        return given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = given[: error.start].count(b"\n") + 1
        message = _("Ce fichier n'est pas écrit en UTF-8 : enregistrez-le en UTF-8.")
        problems.add(line, "", "bad_encoding", message)
        return None


class _Builder:
    """Builds the document from the events of the parser, counting as it goes."""

    def __init__(self, text: str, problems: Problems) -> None:
        yaml = YAML(typ="safe", pure=True)
        self.events: Iterator[Any] = yaml.parse(text)
        self.resolver = yaml.resolver
        self.problems = problems
        self.values = 0

    def document(self) -> Any:
        """Return the only document of the file."""
        documents = 0
        found: Any = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.stop(
                        event, "two_documents", _("Le fichier contient plusieurs documents : un seul est lu.")
                    )
            elif isinstance(event, NodeEvent):
                found = self.value(event, "", 0)
        return found

    def stop(self, event: Any, code: str, message: str) -> None:
        """Add a problem after which nothing is read."""
        self.problems.add(event.start_mark.line + 1, "", code, message)
        raise _StopError

    def value(self, event: Any, where: str, depth: int) -> Any:
        """Return the value that begins with an event."""
        self.values += 1
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            message = _("Les ancres et les renvois (&, *) ne sont pas acceptés : écrivez chaque valeur.")
            self.stop(event, "anchor", message)
        if depth > MAX_DEPTH:
            message = _("Plus de %(depth)s niveaux les uns dans les autres.") % {"depth": MAX_DEPTH}
            self.stop(event, "too_deep", message)
        if self.values > MAX_VALUES:
            message = _("Plus de %(count)s valeurs dans le fichier.") % {"count": MAX_VALUES}
            self.stop(event, "too_many", message)
        if isinstance(event, MappingStartEvent):
            return self.mapping(event, where, depth)
        if isinstance(event, SequenceStartEvent):
            return self.sequence(where, depth)
        return self.scalar(event, where)

    def sequence(self, where: str, depth: int) -> list[Any]:
        """Return the items up to the end of a list."""
        items: list[Any] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self.value(event, f"{where}[{len(items)}]", depth + 1))
        return items

    def mapping(self, start: Any, where: str, depth: int) -> Section:
        """Return the keys and values up to the end of a mapping."""
        section = Section(_NOWHERE, start.start_mark.line + 1)
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            line = event.start_mark.line + 1
            key = self.value(event, where, depth + 1)
            inside = f"{where}.{key}" if where else str(key)
            value = self.value(next(self.events), inside, depth + 1)
            key = str(key) if isinstance(key, int) and not isinstance(key, bool) else key
            if not isinstance(key, str):
                message = _("La clé %(key)s doit être un texte : mettez-la entre guillemets.")
                self.problems.add(line, where, "bad_key", message % {"key": str(key)[:40]})
            elif key in section:
                message = _("La clé « %(key)s » est écrite deux fois.") % {"key": key}
                self.problems.add(line, inside, "key_twice", message)
            else:
                section[key] = value
                section.lines[key] = line
        return section

    def scalar(self, event: ScalarEvent, where: str) -> Any:
        """Return a text, a number, a day, true, false or None."""
        tag = event.tag or self.resolver.resolve(ScalarNode, event.value, event.implicit)
        kind = str(tag).removeprefix(_TAG)
        try:
            return _SCALARS[kind](event.value)
        except KeyError:
            message = _("La marque « %(tag)s » n'est pas acceptée.") % {"tag": str(tag)[:40]}
            self.problems.add(event.start_mark.line + 1, where, "tag", message)
        except (ValueError, ArithmeticError):
            message = _("« %(value)s » n'est pas une valeur possible.") % {"value": event.value[:40]}
            self.problems.add(event.start_mark.line + 1, where, "bad_value", message)
        return None


def _whole(text: str) -> int:
    number = int(text.replace("_", ""), 0)
    if abs(number) >= 10**15:
        raise ValueError(text)
    return number


def _decimal(text: str) -> Decimal:
    number = Decimal(text.replace("_", ""))
    if not number.is_finite() or abs(number) >= 10**15 or number.as_tuple().exponent < -6:  # type: ignore[operator]
        raise ValueError(text)
    return number


_SCALARS: dict[str, Any] = {
    "null": lambda _text: None,
    "bool": lambda text: _WORDS[text.lower()],
    "int": _whole,
    "float": _decimal,
    "timestamp": date.fromisoformat,
    "str": str,
}
