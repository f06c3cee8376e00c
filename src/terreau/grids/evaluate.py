"""What a grid gives for a subject: one answer by criterion, with its reasons, and the overall one.

``verdict`` explains; ``answers`` only answers, quickly, for many frames. Pure: no query, no clock.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from terreau.common.verdicts import Answer, Reason
from terreau.grids import compiling, lexicon, reasons
from terreau.grids.compiling import ANSWERS, NO, TO_CHECK, YES, OnFrame
from terreau.grids.known import JUDGED, Frame, Known
from terreau.grids.language import DECIDING, Criterion, Grid
from terreau.grids.parameters import Held, Parameter, held
from terreau.grids.rules import Judged


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's answer to a criterion, which prevails over what is computed."""

    answer: Answer
    reason: str
    by: UUID | None = None
    by_name: str = ""
    quality: str = ""
    on: date | None = None
    at: datetime | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Lift:
    """An exclusion set aside by a person; it counts as not applied."""

    reason: str
    by: UUID | None = None
    by_name: str = ""
    quality: str = ""
    on: date | None = None
    at: datetime | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CriterionVerdict:
    """The answer to one criterion. ``computed`` is what the rule gives, None when there is none.

    ``known`` are the facts read that are known, ``missing`` the codes of those that are not; ``would_give``
    what the rule gives with values that are not verified yet (None when they change nothing).
    """

    criterion: Criterion
    answer: Answer
    computed: Answer | None
    judged: Judgement | None
    lifted: Lift | None
    known: tuple[Known, ...]
    missing: tuple[str, ...]
    reasons: tuple[Reason, ...]
    parameters: tuple[Held, ...]
    would_give: Answer | None = None

    @property
    def disagrees(self) -> bool:
        """Say whether a person judged otherwise than the rule."""
        return bool(self.judged and self.computed and self.computed != self.judged.answer) and (
            self.computed != Answer.TO_CHECK
        )


@dataclass(frozen=True, slots=True)
class GridVerdict:
    """What a version of a grid gives on a day. ``answer`` is « à vérifier » when it is not prescriptive."""

    grid: Grid
    on: date
    answer: Answer
    criteria: tuple[CriterionVerdict, ...]
    reasons: tuple[Reason, ...] = ()

    @property
    def code(self) -> str:
        """The code of the grid."""
        return self.grid.code

    @property
    def version(self) -> str:
        """The version of the grid."""
        return self.grid.version

    @property
    def by_code(self) -> Mapping[str, CriterionVerdict]:
        """Answers by criterion."""
        return {one.criterion.code: one for one in self.criteria}


class Answers(NamedTuple):
    """Answers without their reasons, criteria in the order of the grid."""

    answer: Answer
    criteria: tuple[Answer, ...]


class Compiled:
    """A grid on a day: parameters resolved, rules made into functions."""

    def __init__(self, grid: Grid, on: date, known: Mapping[str, Parameter] | None = None) -> None:
        self.grid = grid
        self.on = on
        codes = dict.fromkeys(code for criterion in grid.criteria for code in criterion.parameters)
        self.held = {code: held(code, on, known) for code in codes}
        #: Values that may decide, then those that are not verified too: what they would give.
        self.numbers = {code: one.value if one.verified else None for code, one in self.held.items()}
        self.assumed = {code: one.value for code, one in self.held.items()}
        self.functions = [_function(criterion, self.numbers) for criterion in grid.criteria]
        ranks = {kind: [i for i, c in enumerate(grid.criteria) if c.kind == kind] for kind in DECIDING}
        outcome = grid.outcome if grid.prescriptive else None
        self.all_of = [rank for kind in outcome.all_of for rank in ranks.get(kind, ())] if outcome else []
        self.none_of = [rank for kind in outcome.none_of for rank in ranks.get(kind, ())] if outcome else []

    @property
    def decides(self) -> bool:
        """Say whether the grid may give an overall answer: prescriptive, and verified in its text."""
        return bool(self.all_of or self.none_of) and self.grid.verified_on is not None

    def overall(self, found: list[int]) -> int:
        """Return the overall answer from those of the criteria."""
        if not self.decides:
            return TO_CHECK
        least = min((found[rank] for rank in self.all_of), default=YES)
        most = max((found[rank] for rank in self.none_of), default=NO)
        return min(least, 2 - most)

    def capped(self, answer: int) -> int:
        """Return what counts of a computed answer: nothing while the text of the grid is not verified."""
        return answer if self.grid.verified_on is not None else TO_CHECK


def _function(criterion: Criterion, numbers: compiling.Numbers) -> OnFrame | None:
    """Return the function of a criterion; None for what is noted on a scale or signed."""
    if criterion.node is not None:
        return compiling.compile_rule(criterion.node, numbers, criterion.code)
    if criterion.kind in DECIDING:
        return compiling.compile_rule(Judged(criterion.title), numbers, criterion.code)
    return None


@lru_cache(maxsize=512)
def _compiled(grid: Grid, on: date) -> Compiled:
    return Compiled(grid, on)


def compiled(grid: Grid, on: date, known: Mapping[str, Parameter] | None = None) -> Compiled:
    """Return a grid ready to answer on a day; kept when parameters are those of the content."""
    return _compiled(grid, on) if known is None else Compiled(grid, on, known)


def answers(
    grid: Grid,
    frames: Iterable[Frame],
    on: date,
    *,
    words: Iterable[tuple[Mapping[str, Judgement], Mapping[str, Lift]]] | None = None,
    known_parameters: Mapping[str, Parameter] | None = None,
) -> Iterator[Answers]:
    """Yield the answers of a grid for each frame, without reasons; ``words`` are judgements and lifts."""
    ready = compiled(grid, on, known_parameters)
    verified = grid.verified_on is not None
    said = iter(words) if words is not None else None
    for frame in frames:
        found = [
            TO_CHECK if not verified or function is None else function(frame) for function in ready.functions
        ]
        if said is not None:
            judgements, lifts = next(said)
            found = _with_words(grid, found, judgements, lifts)
        yield Answers(ANSWERS[ready.overall(found)], tuple(ANSWERS[one] for one in found))


def _with_words(
    grid: Grid, found: list[int], judgements: Mapping[str, Judgement], lifts: Mapping[str, Lift]
) -> list[int]:
    given = list(found)
    for rank, criterion in enumerate(grid.criteria):
        if criterion.code in judgements:
            given[rank] = ANSWERS.index(judgements[criterion.code].answer)
        if criterion.kind == "exclusion" and criterion.code in lifts:
            given[rank] = NO
    return given


def verdict(  # noqa: PLR0913 - keyword-only
    grid: Grid,
    frame: Frame,
    *,
    on: date,
    judgements: Mapping[str, Judgement] | None = None,
    lifts: Mapping[str, Lift] | None = None,
    known_parameters: Mapping[str, Parameter] | None = None,
) -> GridVerdict:
    """Return what a grid gives on a day, each criterion with its reasons.

    ``judgements`` and ``lifts`` by criterion: what people entitled to it said, as it held that day.
    """
    ready = compiled(grid, on, known_parameters)
    names = lexicon.lexicon(on if known_parameters is None else None)
    maker = _Maker(ready, frame, names)
    criteria = tuple(
        maker.criterion(rank, (judgements or {}).get(one.code), (lifts or {}).get(one.code))
        for rank, one in enumerate(grid.criteria)
    )
    found = [ANSWERS.index(one.answer) for one in criteria]
    return GridVerdict(grid, on, ANSWERS[ready.overall(found)], criteria, _overall_reasons(grid, on))


def _overall_reasons(grid: Grid, on: date) -> tuple[Reason, ...]:
    found = []
    place = str(grid.source.get("document", ""))
    if not grid.prescriptive:
        found.append(reasons.reason("not_prescriptive", place))
    elif grid.verified_on is None:
        words = reasons.answer_words(Answer.TO_CHECK)
        found.append(reasons.reason("grid_unverified", place, answer=words))
    if not grid.in_force(on):
        found.append(reasons.reason("not_in_force", place))
    return tuple(found)


class _Maker:
    """Makes the answers to the criteria of one grid for one frame."""

    def __init__(self, ready: Compiled, frame: Frame, names: Any) -> None:
        self.ready = ready
        self.frame = frame
        self.names = names

    def criterion(self, rank: int, judged: Judgement | None, lifted: Lift | None) -> CriterionVerdict:
        """Return the answer to one criterion."""
        criterion, function = self.ready.grid.criteria[rank], self.ready.functions[rank]
        raw = TO_CHECK if function is None else function(self.frame)
        counted = self.ready.capped(raw)
        lifted = lifted if criterion.kind == "exclusion" else None
        answer = NO if lifted else ANSWERS.index(judged.answer) if judged else counted
        held_here = tuple(self.ready.held[code] for code in criterion.parameters)
        would = self._would_give(criterion, raw, counted)
        return CriterionVerdict(
            criterion=criterion,
            answer=ANSWERS[answer],
            computed=None if criterion.node is None else ANSWERS[counted],
            judged=judged,
            lifted=lifted,
            known=tuple(self.frame[code] for code in self._read(criterion) if code in self.frame),
            missing=tuple(code for code in criterion.reads if code not in self.frame),
            reasons=self._reasons(criterion, raw, answer, judged, lifted, would),
            parameters=held_here,
            would_give=would,
        )

    def _read(self, criterion: Criterion) -> tuple[str, ...]:
        return (*criterion.reads, f"{JUDGED}{criterion.code}")

    def _would_give(self, criterion: Criterion, raw: int, counted: int) -> Answer | None:
        """Return what the values not verified yet would give, when it is something else."""
        if criterion.node is None:
            return None
        assumed = raw
        if any(not self.ready.held[code].verified for code in criterion.parameters):
            function = compiling.compile_rule(criterion.node, self.ready.assumed, criterion.code)
            assumed = function(self.frame)
        return None if assumed == counted else ANSWERS[assumed]

    def _reasons(  # noqa: PLR0913, PLR0917 - each is a part of the answer
        self,
        criterion: Criterion,
        raw: int,
        answer: int,
        judged: Judgement | None,
        lifted: Lift | None,
        would: Answer | None,
    ) -> tuple[Reason, ...]:
        found: list[Reason] = []
        if lifted:
            found.append(reasons.reason("lifted", criterion.place, reason=lifted.reason))
        if judged:
            found += self._judged(criterion, raw, judged)
        if judged is None or criterion.node is not None:
            found += self._computed(criterion)
        found += self._unverified(criterion, would)
        if criterion.kind == "exclusion" and answer == YES:
            found.append(reasons.reason("exclusion", criterion.place, orient=criterion.orient))
        return tuple(found)

    def _judged(self, criterion: Criterion, raw: int, judged: Judgement) -> Iterator[Reason]:
        said = reasons.answer_words(judged.answer)
        yield reasons.reason("judged", criterion.place, answer=said, reason=judged.reason)
        if criterion.node is not None and raw != TO_CHECK and ANSWERS[raw] != judged.answer:
            given = reasons.answer_words(ANSWERS[raw])
            yield reasons.reason("judged_otherwise", criterion.place, answer=said, computed=given)

    def _computed(self, criterion: Criterion) -> tuple[Reason, ...]:
        if criterion.kind not in DECIDING and criterion.node is None:
            code = "scale" if criterion.kind == "echelle" else "commitment"
            return (reasons.reason(code, criterion.place),)
        explainer = reasons.Explainer(
            self.frame, self.ready.assumed, self.names, criterion.code, criterion.place
        )
        return explainer.explain(criterion.node or Judged(criterion.title))

    def _unverified(self, criterion: Criterion, would: Answer | None) -> Iterator[Reason]:
        for code in criterion.parameters:
            one = self.ready.held[code]
            if one.value is None:
                first = one.first if one.first and one.first > self.ready.on else None
                yield _unknown_parameter(one, first)
            elif not one.verified and would is not None:
                yield reasons.reason(
                    "parameter_unverified",
                    _place(one.source),
                    parameter=one.labels,
                    value=one.value,
                    answer=reasons.answer_words(would),
                )
        if self.ready.grid.verified_on is None and would is not None:
            yield reasons.reason("grid_unverified", criterion.place, answer=reasons.answer_words(would))


def _unknown_parameter(one: Held, first: date | None) -> Reason:
    place = _place(one.source)
    if first is None:
        return reasons.reason("parameter_unknown", place, parameter=one.labels)
    days = {lang: reasons.said_day(first, lang) for lang in reasons.LANGUAGES}
    return reasons.reason("parameter_before", place, parameter=one.labels, first=days)


def _place(source: Mapping[str, str]) -> str:
    return ", ".join(part for part in (source.get("document"), source.get("section")) if part)


__all__ = [
    "Answers",
    "Compiled",
    "CriterionVerdict",
    "GridVerdict",
    "Judgement",
    "Lift",
    "answers",
    "compiled",
    "verdict",
]
