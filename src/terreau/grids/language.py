"""A grid as values: its words, its criteria, what gives its overall verdict. Built from checked content."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from terreau.grids.rules import Judged, Rule, facts_of, leaves, parameters_of, plain_of, rule_of

KINDS = ("incontournable", "a_tester", "exclusion", "echelle", "engagement")
#: Kinds that say yes or no; the others are noted on a scale, or signed.
DECIDING = ("incontournable", "a_tester", "exclusion")
NATURES = ("criteria", "definition", "eligibility", "status", "scale", "charter")
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Axis:
    """A heading of a grid."""

    code: str
    title: Texts
    text: Texts


@dataclass(frozen=True, slots=True)
class Degree:
    """A degree of the scale on which criteria are noted."""

    value: int
    label: Texts


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """One statement of a grid. ``rule`` None: a person answers. ``reads``: evidence shown beside it.

    ``rule`` is in plain mappings with typed values (``wording`` says it), ``node`` the same as values.
    """

    code: str
    axis: str
    kind: str
    title: Texts
    text: Texts
    source: Mapping[str, str]
    rule: Mapping[str, Any] | None
    node: Rule | None
    evidence: tuple[str, ...]
    orient: Texts
    weight: str

    @property
    def reads(self) -> tuple[str, ...]:
        """Codes of the facts that the rule reads, then of the evidence shown beside."""
        ruled = facts_of(self.node) if self.node is not None else ()
        return tuple(dict.fromkeys((*ruled, *self.evidence)))

    @property
    def parameters(self) -> tuple[str, ...]:
        """Codes of the parameters of the rule."""
        return parameters_of(self.node) if self.node is not None else ()

    @property
    def question(self) -> Texts | None:
        """What a person is asked: the question of the rule, or the title when there is no rule.

        None when facts alone decide, and for what is noted on a scale or signed.
        """
        if self.node is None:
            return self.title if self.kind in DECIDING else None
        asked = [leaf.question for leaf in leaves(self.node) if isinstance(leaf, Judged)]
        return asked[0] if asked else None

    @property
    def place(self) -> str:
        """The document and the section, as a reason cites them."""
        return ", ".join(part for part in (self.source.get("document"), self.source.get("section")) if part)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What gives the overall verdict: kinds that must all hold, kinds of which none may."""

    all_of: tuple[str, ...]
    none_of: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Grid:
    """A version of a grid. ``digest`` names its content for ever; ``row`` is its row, when it has one."""

    code: str
    version: str
    title: Texts
    summary: Texts
    owner: Mapping[str, str]
    licence: Texts
    nature: str
    subject: str
    valid_from: date | None
    valid_to: date | None
    verified_on: date | None
    prescriptive: bool
    source: Mapping[str, str]
    axes: tuple[Axis, ...]
    scale: tuple[Degree, ...]
    outcome: Outcome | None
    criteria: tuple[Criterion, ...]
    mapping: Mapping[str, Any] | None
    digest: str
    row: UUID | None = None
    state: str = "published"

    @cached_property
    def by_code(self) -> Mapping[str, Criterion]:
        """Criteria by code."""
        return {criterion.code: criterion for criterion in self.criteria}

    def of_axis(self, axis: str) -> tuple[Criterion, ...]:
        """Criteria of an axis, in their order."""
        return tuple(criterion for criterion in self.criteria if criterion.axis == axis)

    def of_kind(self, kind: str) -> tuple[Criterion, ...]:
        """Criteria of a kind, in their order."""
        return tuple(criterion for criterion in self.criteria if criterion.kind == kind)

    def in_force(self, on: date) -> bool:
        """Say whether the version is in force on a day (a missing bound is open)."""
        began = self.valid_from is None or self.valid_from <= on
        return began and (self.valid_to is None or on < self.valid_to)


def reads(grid: Grid) -> tuple[str, ...]:
    """Return the codes of every fact that a grid reads, each once, in the order of its criteria."""
    return tuple(dict.fromkeys(code for criterion in grid.criteria for code in criterion.reads))


def questions(grid: Grid) -> Iterator[tuple[Criterion, Texts]]:
    """Yield the criteria that a person answers, with what is asked."""
    for criterion in grid.criteria:
        if (question := criterion.question) is not None:
            yield criterion, question


def parameters(grid: Grid) -> tuple[str, ...]:
    """Return the codes of every parameter of a grid, each once."""
    return tuple(dict.fromkeys(code for criterion in grid.criteria for code in criterion.parameters))


def grid_of(content: Mapping[str, Any], digest: str, *, row: UUID | None = None, state: str = "") -> Grid:
    """Return a grid from its checked content (JSON: days are texts)."""
    outcome = content.get("verdict")
    return Grid(
        code=content["code"],
        version=content["version"],
        title=content["title"],
        summary=content["summary"],
        owner=content["owner"],
        licence=content["licence"],
        nature=content["nature"],
        subject=content["subject"],
        valid_from=_day(content.get("valid_from")),
        valid_to=_day(content.get("valid_to")),
        verified_on=_day(content.get("verified_on")),
        prescriptive=content["prescriptive"],
        source=content["source"],
        axes=tuple(Axis(one["code"], one["title"], one.get("text", {})) for one in content.get("axes", ())),
        scale=tuple(Degree(one["value"], one["label"]) for one in content.get("scale", ())),
        outcome=outcome and Outcome(tuple(outcome["all_of"]), tuple(outcome.get("none_of", ()))),
        criteria=tuple(_criterion(one) for one in content["criteria"]),
        mapping=content.get("mapping"),
        digest=digest,
        row=row,
        state=state or "published",
    )


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _criterion(plain: Mapping[str, Any]) -> Criterion:
    node = rule_of(plain["rule"]) if plain.get("rule") is not None else None
    return Criterion(
        code=plain["code"],
        axis=plain.get("axis", ""),
        kind=plain["kind"],
        title=plain["title"],
        text=plain["text"],
        source=plain["source"],
        rule=None if node is None else plain_of(node),
        node=node,
        evidence=tuple(plain.get("reads", ())),
        orient=plain.get("orient", {}),
        weight=plain.get("weight", ""),
    )
