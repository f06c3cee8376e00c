"""Content files (YAML) read strictly: every refusal names the file and the line."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_TAG = "tag:yaml.org,2002:"
_WORDS = {"null": None, "~": None, "": None, "true": True, "false": False}


class ContentError(ValueError):
    """A content file that cannot be used; the message begins with ``file:line``."""


class Section(dict[str, Any]):
    """A mapping of a content file that knows its file, its line and the line of each key."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__()
        self.path = path
        self.line = line
        self.lines: dict[str, int] = {}

    def refuse(self, problem: str) -> ContentError:
        """Return the error that says ``problem`` at this place, to be raised."""
        return ContentError(f"{self.path}:{self.line}: {problem}")

    def expect(self, required: Iterable[str], optional: Iterable[str] = ()) -> "Section":
        """Return the section itself; raise ``ContentError`` for a key that lacks or is unknown."""
        needed = set(required)
        if unknown := sorted(set(self) - needed - set(optional)):
            raise self.refuse(f"unknown key: {', '.join(unknown)}")
        if missing := sorted(needed - set(self)):
            raise self.refuse(f"missing key: {', '.join(missing)}")
        return self

    def section(self, key: str) -> "Section":
        """Return the mapping at ``key``; raise ``ContentError`` when it is anything else."""
        value = self[key]
        if not isinstance(value, Section):
            raise self.refuse(f"{key} must be a mapping")
        return value

    def one_of(self, key: str, allowed: Iterable[str]) -> str:
        """Return the word at ``key``; raise ``ContentError`` when it is not one of ``allowed``."""
        words = list(allowed)
        if self[key] not in words:
            raise self.refuse(f"{key} is {self[key]!r}, not one of {', '.join(words)}")
        return str(self[key])


def read_content(path: Path) -> Any:
    """Return the document of a YAML 1.2 file: ``Section``, list, str, int, Decimal, bool, date or None.

    Anchors, aliases, a key given twice, a key that is not a text and a second document are
    refused (``ContentError``). A number with a point is a ``Decimal``, never a float.
    """
    try:
        with path.open(encoding="utf-8") as file:
            root = YAML(typ="safe", pure=True).compose(file)
    except (MarkedYAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"{mark.line + 1}" if mark else "?"
        raise ContentError(f"{path}:{line}: {getattr(error, 'problem', error)}") from error
    return None if root is None else _value(root, path)


def read_list(path: Path) -> list[Section]:
    """Return the sections of a file that is a list of mappings (empty when the file is)."""
    document = read_content(path)
    if document is None:
        return []
    if not isinstance(document, list):
        raise ContentError(f"{path}:1: the file must be a list")
    for entry in document:
        if not isinstance(entry, Section):
            raise ContentError(f"{path}: an entry of the list is not a mapping: {entry!r}")
    return document


def _value(node: Node, path: Path) -> Any:
    if node.anchor:
        raise ContentError(f"{path}:{node.start_mark.line + 1}: anchors and aliases are refused")
    if isinstance(node, MappingNode):
        return _mapping(node, path)
    if isinstance(node, SequenceNode):
        return [_value(item, path) for item in node.value]
    assert isinstance(node, ScalarNode)  # noqa: S101
    return _scalar(node, path)


def _mapping(node: MappingNode, path: Path) -> Section:
    section = Section(path, node.start_mark.line + 1)
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _value(key_node, path)
        if not isinstance(key, str):
            raise ContentError(f"{path}:{line}: the key {key!r} must be a text (quote it)")
        if key in section:
            raise ContentError(f"{path}:{line}: the key {key} is given twice")
        section[key] = _value(value_node, path)
        section.lines[key] = line
    return section


def _scalar(node: ScalarNode, path: Path) -> Any:
    text, kind = node.value, str(node.tag).removeprefix(_TAG)
    try:
        if kind in {"null", "bool"}:
            return _WORDS[text.lower()]
        if kind == "int":
            return int(text.replace("_", ""), 0)
        if kind == "float":
            return Decimal(text.replace("_", ""))
        if kind == "timestamp":
            return date.fromisoformat(text)
    except (KeyError, ValueError, ArithmeticError) as error:
        raise ContentError(f"{path}:{node.start_mark.line + 1}: {text!r} is no {kind}") from error
    if kind != "str":
        raise ContentError(f"{path}:{node.start_mark.line + 1}: the tag {node.tag} is refused")
    return text
