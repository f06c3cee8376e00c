"""The closed language of rules, as values: what a grid may ask of what is known. No Python, no clock.

Every form has one key in the file (``all``, ``any``, ``not``, ``fact``, ``compare``, ``has``, ``count``,
``distinct``, ``share``, ``each``, ``judged``, ``parameter_known``); a condition on a record uses ``field``
in the place of ``fact``. ``rule_of`` reads what ``content_rules`` checked.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

OPS = ("at_least", "more_than", "at_most", "less_than", "equals")
MODES = ("any_of", "all_of", "only")
#: What has no other condition inside.
LEAVES = ("fact", "compare", "has", "count", "distinct", "share", "each", "judged", "parameter_known")
_DECIMAL = re.compile(r"^-?\d+(\.\d+)?$")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A dated number of a text, by its code."""

    code: str


Operand: TypeAlias = int | Decimal | date | str | Parameter


@dataclass(frozen=True, slots=True)
class All:
    """Every one holds."""

    items: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """One at least holds."""

    items: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    item: "Rule"


@dataclass(frozen=True, slots=True)
class Is:
    """A yes-or-no fact, or field of a record, is yes."""

    name: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A number, a day or a text compared."""

    name: str
    op: str
    to: Operand


@dataclass(frozen=True, slots=True)
class Has:
    """A code, or codes, among terms (``any_of``), with all of them (``all_of``), with no other (``only``)."""

    name: str
    mode: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """The number of records that hold a condition (of all records without one)."""

    of: str
    where: "Rule | None"
    op: str
    to: Operand


@dataclass(frozen=True, slots=True)
class Distinct:
    """The number of different values of a field, among records that hold a condition."""

    of: str
    by: str
    where: "Rule | None"
    op: str
    to: Operand


@dataclass(frozen=True, slots=True)
class Share:
    """The part, from 0 to 1, of records that hold a condition."""

    of: str
    where: "Rule"
    op: str
    to: Operand


@dataclass(frozen=True, slots=True)
class Part:
    """One of the parts to be held by different records."""

    labels: Mapping[str, str]
    where: "Rule"


@dataclass(frozen=True, slots=True, eq=False)
class Each:
    """A different record for each part."""

    of: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A person answers a question."""

    question: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ParameterKnown:
    """The parameter has a value on the day."""

    code: str


Rule: TypeAlias = (
    All | OneOf | Not | Is | Compare | Has | Count | Distinct | Share | Each | Judged | ParameterKnown
)


def operand_of(value: Any) -> Operand:
    """Return what is compared to: a parameter, a number, a day, or a text."""
    if isinstance(value, Mapping):
        return Parameter(str(value["parameter"]))
    if isinstance(value, str) and _DAY.match(value):
        return date.fromisoformat(value)
    if isinstance(value, str) and _DECIMAL.match(value):
        return Decimal(value)
    assert isinstance(value, int | Decimal | date | str)  # noqa: S101
    return value


def rule_of(plain: Mapping[str, Any]) -> Rule:
    """Return the rule written in plain mappings; they were checked before (``content_rules``)."""
    ((verb, body),) = plain.items()
    return _READERS[verb](body)  # type: ignore[no-any-return]


def _where(body: Mapping[str, Any]) -> "Rule | None":
    return rule_of(body["where"]) if body.get("where") is not None else None


def _has(body: Mapping[str, Any]) -> Has:
    (mode,) = set(MODES) & set(body)
    return Has(_name(body), mode, tuple(body[mode]))


def _name(body: Mapping[str, Any]) -> str:
    return str(body["field"] if "field" in body else body["fact"])


def _each(body: Mapping[str, Any]) -> Each:
    parts = (Part(dict(one["label"]), rule_of(one["where"])) for one in body["different"])
    return Each(str(body["of"]), tuple(parts))


_READERS: dict[str, Any] = {
    "all": lambda body: All(tuple(rule_of(one) for one in body)),
    "any": lambda body: OneOf(tuple(rule_of(one) for one in body)),
    "not": lambda body: Not(rule_of(body)),
    "fact": lambda body: Is(str(body)),
    "field": lambda body: Is(str(body)),
    "compare": lambda body: Compare(_name(body), body["op"], operand_of(body["to"])),
    "has": _has,
    "count": lambda body: Count(body["of"], _where(body), body["op"], operand_of(body["to"])),
    "distinct": lambda body: Distinct(
        body["of"], body["by"], _where(body), body["op"], operand_of(body["to"])
    ),
    "share": lambda body: Share(body["of"], rule_of(body["where"]), body["op"], operand_of(body["to"])),
    "each": _each,
    "judged": lambda body: Judged(dict(body["question"])),
    "parameter_known": lambda body: ParameterKnown(str(body)),
}


def leaves(rule: Rule) -> Iterator[Rule]:
    """Yield the parts of a rule that hold no other rule on facts, in their order."""
    if isinstance(rule, All | OneOf):
        for item in rule.items:
            yield from leaves(item)
    elif isinstance(rule, Not):
        yield from leaves(rule.item)
    else:
        yield rule


def fact_of(leaf: Rule) -> str:
    """Return the code of the fact that a leaf reads, empty for a person's word or a parameter."""
    if isinstance(leaf, Is | Compare | Has):
        return leaf.name
    return leaf.of if isinstance(leaf, Count | Distinct | Share | Each) else ""


def facts_of(rule: Rule) -> tuple[str, ...]:
    """Return the codes that a rule reads, each once, in their order."""
    return tuple(dict.fromkeys(code for leaf in leaves(rule) if (code := fact_of(leaf))))


def parameters_of(rule: Rule) -> tuple[str, ...]:
    """Return the codes of the parameters of a rule, each once, conditions on records included."""
    return tuple(dict.fromkeys(_parameters(rule)))


def _parameters(rule: "Rule | None") -> Iterator[str]:
    if rule is None:
        return
    for leaf in leaves(rule):
        if isinstance(leaf, ParameterKnown):
            yield leaf.code
        if isinstance(leaf, Compare | Count | Distinct | Share) and isinstance(leaf.to, Parameter):
            yield leaf.to.code
        if isinstance(leaf, Count | Distinct | Share):
            yield from _parameters(leaf.where)
        if isinstance(leaf, Each):
            for part in leaf.parts:
                yield from _parameters(part.where)


def plain_of(rule: Rule) -> dict[str, Any]:
    """Return a rule as plain mappings with typed values, as ``wording`` says it."""
    return _PLAIN[type(rule)](rule)  # type: ignore[no-any-return]


def _to(operand: Operand) -> Any:
    return {"parameter": operand.code} if isinstance(operand, Parameter) else operand


def _aggregate(rule: Any, **more: Any) -> dict[str, Any]:
    found = {"of": rule.of, **more}
    if rule.where is not None:
        found["where"] = _condition(rule.where)
    return {**found, "op": rule.op, "to": _to(rule.to)}


def _condition(rule: Rule) -> dict[str, Any]:
    """Return a condition on a record: what names a fact elsewhere names a field here."""
    if isinstance(rule, All | OneOf):
        return {"all" if isinstance(rule, All) else "any": [_condition(one) for one in rule.items]}
    if isinstance(rule, Not):
        return {"not": _condition(rule.item)}
    ((verb, body),) = plain_of(rule).items()
    if verb == "fact":
        return {"field": body}
    return {verb: {("field" if key == "fact" else key): value for key, value in body.items()}}


_PLAIN: dict[type, Any] = {
    All: lambda rule: {"all": [plain_of(one) for one in rule.items]},
    OneOf: lambda rule: {"any": [plain_of(one) for one in rule.items]},
    Not: lambda rule: {"not": plain_of(rule.item)},
    Is: lambda rule: {"fact": rule.name},
    Compare: lambda rule: {"compare": {"fact": rule.name, "op": rule.op, "to": _to(rule.to)}},
    Has: lambda rule: {"has": {"fact": rule.name, rule.mode: list(rule.terms)}},
    Count: lambda rule: {"count": _aggregate(rule)},
    Distinct: lambda rule: {"distinct": _aggregate(rule, by=rule.by)},
    Share: lambda rule: {"share": _aggregate(rule)},
    Each: lambda rule: {
        "each": {
            "of": rule.of,
            "different": [{"label": part.labels, "where": _condition(part.where)} for part in rule.parts],
        }
    },
    Judged: lambda rule: {"judged": {"question": rule.question}},
    ParameterKnown: lambda rule: {"parameter_known": rule.code},
}
