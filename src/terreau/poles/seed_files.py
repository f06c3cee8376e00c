"""Reads the YAML of the seeds with the file and the line of everything, and refuses what it does not know.

Nothing here touches the database: `read` gives values that remember where they were written, shapes are small
functions that report every problem of a value, so that a person mends a file in one go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from terreau.common.periods import PartialDate

_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """Something wrong at a line of a file, with what to write instead."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class SeedError(Exception):
    """The files cannot be loaded; ``problems`` says all that is wrong, in the order of the files."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


class Block(dict[str, Any]):
    """A mapping that knows its file, its line and the line of each key."""

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.lines: dict[str, int] = {}

    def problem(self, message: str, key: str = "") -> Problem:
        """Return a problem at the line of ``key``, or of the mapping."""
        return Problem(self.file, self.lines.get(key, self.line), message)


def read(path: Path) -> Any:
    """Return the content of a file: `Block`, lists, texts, integers, decimals, booleans, None.

    Raises `SeedError` on bad YAML, on a key written twice, on an anchor or an alias.
    """
    try:
        node = YAML(typ="safe").compose(path.read_text("utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SeedError([Problem(path.name, line, f"not YAML: {error.problem}")]) from error
    return None if node is None else _value(node, path.name, set())


def _value(node: Node, file: str, met: set[int]) -> Any:
    if id(node) in met or node.anchor:
        raise SeedError([Problem(file, node.start_mark.line + 1, "no anchor or alias: write the value again")])
    met.add(id(node))
    if isinstance(node, MappingNode):
        return _block(node, file, met)
    if isinstance(node, SequenceNode):
        return [_value(item, file, met) for item in node.value]
    return _scalar(node)


def _block(node: MappingNode, file: str, met: set[int]) -> Block:
    block = Block(file, node.start_mark.line + 1)
    for name, value in node.value:
        key, line = str(name.value), name.start_mark.line + 1
        if key in block:
            raise SeedError([Problem(file, line, f"“{key}” is written twice")])
        block[key] = _value(value, file, met)
        block.lines[key] = line
    return block


def _scalar(node: ScalarNode) -> Any:
    kind, text = str(node.tag).rsplit(":", 1)[-1], str(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in {"true", "yes", "on"}
    if kind in {"int", "float"}:
        try:
            number = Decimal(text.replace("_", ""))
        except InvalidOperation:
            return text
        return int(number) if kind == "int" else number
    return text


@dataclass
class Report:
    """The problems found so far, and where one is."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, block: Block, key: str, message: str) -> None:
        """Note a problem at the line of a key."""
        self.problems.append(block.problem(message, key))


#: Looks at the value of ``block[key]`` and reports what is wrong with it.
Shape = Callable[[Any, Block, str, Report], None]


def text(value: Any, block: Block, key: str, report: Report) -> None:
    """A text that is not empty; a number must be quoted."""
    if not isinstance(value, str) or not value.strip():
        report.add(block, key, f"{key}: a text is expected, not {value!r} (quote a number)")


def slug(value: Any, block: Block, key: str, report: Report) -> None:
    """Lower case letters, digits and hyphens."""
    if not isinstance(value, str) or not _SLUG.match(value) or len(value) > 80:
        report.add(block, key, f"{key}: {value!r} is not a key: lower case letters, digits and hyphens")


def integer(value: Any, block: Block, key: str, report: Report) -> None:
    """A whole number; null is accepted (no row of the spec)."""
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        report.add(block, key, f"{key}: a whole number is expected, not {value!r}")


def flag(value: Any, block: Block, key: str, report: Report) -> None:
    """True or false."""
    if not isinstance(value, bool):
        report.add(block, key, f"{key}: true or false is expected, not {value!r}")


def yes_or_no(value: Any, block: Block, key: str, report: Report) -> None:
    """``yes`` or ``no``, quoted or not."""
    if value not in {"yes", "no", True, False}:
        report.add(block, key, f"{key}: yes or no is expected, not {value!r}")


def day(value: Any, block: Block, key: str, report: Report) -> None:
    """2014, 2014-09 or 2014-09-19; null when unknown."""
    if value is None:
        return
    try:
        PartialDate.parse(value)
    except (TypeError, ValueError) as error:
        report.add(block, key, f"{key}: {error}")


def anything(value: Any, block: Block, key: str, report: Report) -> None:
    """A value whose type the catalogue of facts decides."""


def one_of(*codes: str) -> Shape:
    """Return the shape of a closed list of codes."""

    def shape(value: Any, block: Block, key: str, report: Report) -> None:
        if value not in codes:
            report.add(block, key, f"{key}: {value!r} is not one of {', '.join(codes)}")

    return shape


def many(inner: Shape) -> Shape:
    """Return the shape of a list."""

    def shape(value: Any, block: Block, key: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add(block, key, f"{key}: a list is expected")
            return
        for item in value:
            inner(item, block, key, report)

    return shape


def mapping(required: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    """Return the shape of a closed mapping: a key that is not named is refused."""
    known = required | (optional or {})

    def shape(value: Any, block: Block, key: str, report: Report) -> None:
        if not isinstance(value, Block):
            report.add(block, key, f"{key}: a mapping is expected with {', '.join(known)}")
            return
        for name in value.keys() - known.keys():
            report.add(value, name, f"unknown key “{name}”: known are {', '.join(known)}")
        for name in required.keys() - value.keys():
            report.add(value, "", f"“{name}” is missing")
        for name in known.keys() & value.keys():
            known[name](value[name], value, name, report)

    return shape


def table(inner: Shape) -> Shape:
    """Return the shape of a mapping with free keys and values of one shape."""

    def shape(value: Any, block: Block, key: str, report: Report) -> None:
        if not isinstance(value, Block):
            report.add(block, key, f"{key}: a mapping is expected")
            return
        for name, item in value.items():
            inner(item, value, name, report)

    return shape


def either(first: Shape, second: Shape) -> Shape:
    """Return the shape of a value that is a mapping (``second``) or something plainer (``first``)."""

    def shape(value: Any, block: Block, key: str, report: Report) -> None:
        (second if isinstance(value, Block) else first)(value, block, key, report)

    return shape


texts: Shape = mapping({"fr": text, "en": text})


def blocks(value: Any) -> Iterator[Block]:
    """Every mapping inside a value, the value included, top down."""
    if isinstance(value, Block):
        yield value
    for item in value.values() if isinstance(value, Block) else value if isinstance(value, list) else ():
        yield from blocks(item)
