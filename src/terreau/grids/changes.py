"""The smallest change of what is known that would turn an answer, derived from its rule.

Towards yes for what is wanted and not there, towards no for what holds (what it stands on); an exclusion
the other way round. Each change was tried: applied to the frame, it does turn the rule, and no step of it can
be left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

from terreau.common.verdicts import Answer
from terreau.grids import compiling, reasons, rules
from terreau.grids.change_steps import Step, Steps, apply_steps, ranked
from terreau.grids.compiling import ANSWERS, NO, TO_CHECK, YES, Numbers
from terreau.grids.evaluate import Judgement, Lift
from terreau.grids.known import JUDGED, Frame, Known
from terreau.grids.language import DECIDING, Criterion
from terreau.grids.lexicon import lexicon
from terreau.grids.parameters import Parameter, held
from terreau.grids.readables import Readable, readable

#: Ways told for one criterion, and steps of one way: beyond, nobody reads.
MOST_WAYS = 4
MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class Change:
    """A set of steps, all needed, that turns an answer into ``gives``."""

    gives: Answer
    steps: tuple[Step, ...]

    @property
    def fact(self) -> str:
        """The code of the fact of the first step."""
        return self.steps[0].fact

    @property
    def facts(self) -> tuple[str, ...]:
        """The codes of the facts to change, each once."""
        return tuple(dict.fromkeys(step.fact for step in self.steps))

    @property
    def to(self) -> Any:
        """What the fact of the only step becomes; None when several steps are needed."""
        return self.steps[0].to if len(self.steps) == 1 else None

    @property
    def text(self) -> Mapping[str, str]:
        """The steps in words, in both languages; steps said alike are counted."""
        return {lang: _sentence([step.text[lang] for step in self.steps], lang) for lang in reasons.LANGUAGES}


def _sentence(texts: list[str], lang: str) -> str:
    counted = {text: texts.count(text) for text in texts}
    told = [text if count == 1 else f"{text} (× {count})" for text, count in counted.items()]
    joined = reasons.phrase("then", lang).join(told)
    return f"{joined[:1].upper()}{joined[1:]}."


def apply(frame: Frame, change: Change) -> Frame:
    """Return what would be known after a change."""
    return apply_steps(frame, change.steps)


def would_change(  # noqa: PLR0913 - keyword-only
    criterion: Criterion,
    frame: Frame,
    on: date,
    judged: Judgement | None = None,
    *,
    lifted: Lift | None = None,
    known_parameters: Mapping[str, Parameter] | None = None,
) -> tuple[Change, ...]:
    """Return the smallest changes that would turn the answer to a criterion, the shortest first.

    Empty when no fact would: what is noted or signed, a parameter that nobody knows, an exclusion set aside.
    When a person judged, only a person's other judgement turns the answer.
    """
    if lifted is not None or criterion.kind not in DECIDING:
        return ()
    if judged is not None:
        wanted = _wanted(criterion, ANSWERS.index(judged.answer))
        return (_by_a_person(criterion, wanted, "judge_otherwise"),)
    numbers = _numbers(criterion, on, known_parameters)
    rule = criterion.node or rules.Judged(criterion.title)
    maker = _Ways(criterion, numbers, readable(), on)
    wanted = _wanted(criterion, maker.answer(rule, frame))
    return tuple(Change(ANSWERS[wanted], steps) for steps in maker.best(rule, frame, wanted))


def _wanted(criterion: Criterion, found: int) -> int:
    if found == TO_CHECK:
        return NO if criterion.kind == "exclusion" else YES
    return 2 - found


def _by_a_person(criterion: Criterion, wanted: int, phrase: str) -> Change:
    texts = {
        lang: reasons.phrase(phrase, lang, answer=reasons.answer_words(ANSWERS[wanted]))
        for lang in reasons.LANGUAGES
    }
    return Change(ANSWERS[wanted], (Step(f"{JUDGED}{criterion.code}", wanted == YES, texts),))


def _numbers(criterion: Criterion, on: date, known: Mapping[str, Parameter] | None) -> Numbers:
    found = {code: held(code, on, known) for code in criterion.parameters}
    return {code: one.value if one.verified else None for code, one in found.items()}


class _Ways:
    """Finds ways to turn a rule, part by part; every way is tried on the frame before it is told."""

    def __init__(
        self, criterion: Criterion, numbers: Numbers, facts: Mapping[str, Readable], on: date
    ) -> None:
        self.criterion = criterion
        self.numbers = numbers
        self.facts = facts
        self.steps = Steps(facts, lexicon(on), numbers)
        #: Rules with their functions, by identity; kept so that an identity is never taken again.
        self._compiled: dict[int, tuple[rules.Rule, Callable[[Frame], int]]] = {}

    def answer(self, rule: rules.Rule, frame: Frame) -> int:
        """Return what a part of the rule gives."""
        kept = self._compiled.get(id(rule))
        if kept is None:
            kept = rule, compiling.compile_rule(rule, self.numbers, self.criterion.code)
            self._compiled[id(rule)] = kept
        return kept[1](frame)

    def best(self, rule: rules.Rule, frame: Frame, wanted: int) -> list[tuple[Step, ...]]:
        """Return the shortest ways that do turn the rule, without a step too many."""
        found: dict[frozenset[str], tuple[Step, ...]] = {}
        for steps in self.ways(rule, frame, wanted):
            if steps and len(steps) <= MOST_STEPS and self.turns(rule, frame, steps, wanted):
                kept = self.pruned(rule, frame, steps, wanted)
                found.setdefault(frozenset(step.key for step in kept), kept)
        shortest = sorted(found.values(), key=len)
        return shortest[:MOST_WAYS]

    def turns(self, rule: rules.Rule, frame: Frame, steps: Iterable[Step], wanted: int) -> bool:
        """Say whether the steps give the wanted answer."""
        try:
            return self.answer(rule, apply_steps(frame, steps)) == wanted
        except IndexError:  # a step on a record that another one was to add
            return False

    def pruned(
        self, rule: rules.Rule, frame: Frame, steps: tuple[Step, ...], wanted: int
    ) -> tuple[Step, ...]:
        """Return the steps without those that can be left out."""
        kept = steps
        for step in reversed(steps):
            fewer = tuple(one for one in kept if one is not step)
            if fewer and self.turns(rule, frame, fewer, wanted):
                kept = fewer
        return kept

    # ------------------------------------------------------------ the tree

    def ways(self, rule: rules.Rule, frame: Frame, wanted: int) -> Iterator[tuple[Step, ...]]:
        """Yield ways to give a rule the wanted answer; none when no fact can."""
        if self.answer(rule, frame) == wanted:
            yield ()
        elif isinstance(rule, rules.Not):
            yield from self.ways(rule.item, frame, 2 - wanted)
        elif isinstance(rule, rules.All | rules.OneOf):
            together = isinstance(rule, rules.All) == (wanted == YES)
            yield from self.every(rule, frame, wanted) if together else self.one(rule, frame, wanted)
        else:
            yield from self.leaf(rule, frame, wanted)

    def one(self, rule: rules.All | rules.OneOf, frame: Frame, wanted: int) -> Iterator[tuple[Step, ...]]:
        """Turning one part is enough."""
        for item in rule.items:
            yield from self.ways(item, frame, wanted)

    def every(self, rule: rules.All | rules.OneOf, frame: Frame, wanted: int) -> Iterator[tuple[Step, ...]]:
        """Every part must be turned: one after the other, each on what the ones before have changed."""
        for order in (tuple(sorted(rule.items, key=_strictness)), rule.items, rule.items[::-1]):
            if (steps := self._in_turn(order, frame, wanted)) is not None:
                yield steps

    def _in_turn(self, items: Iterable[rules.Rule], frame: Frame, wanted: int) -> tuple[Step, ...] | None:
        steps: tuple[Step, ...] = ()
        for item in items:
            here = apply_steps(frame, steps)
            shortest = min(self.ways(item, here, wanted), key=len, default=None)
            if shortest is None:
                return None
            steps += ranked(frame, steps, shortest)
        return steps

    # ------------------------------------------------------------ leaves

    def leaf(self, leaf: rules.Rule, frame: Frame, wanted: int) -> Iterator[tuple[Step, ...]]:
        """Yield ways to turn a leaf."""
        if isinstance(leaf, rules.Judged):
            yield (_by_a_person(self.criterion, wanted, "judge").steps[0],)
        elif isinstance(leaf, rules.Is):
            yield (self.steps.boolean(leaf.name, wanted),)
        elif isinstance(leaf, rules.Compare):
            yield from self.steps.compared(leaf, wanted)
        elif isinstance(leaf, rules.Has):
            yield from self.steps.having(leaf, frame.get(leaf.name), wanted)
        elif isinstance(leaf, rules.Each):
            known = frame.get(leaf.of) or Known(leaf.of, (), complete=False)
            yield from (self.match(leaf, known) if wanted == YES else self.unmatch(leaf, known))
        elif isinstance(leaf, rules.Count | rules.Distinct | rules.Share):
            yield from self.counted(leaf, frame, wanted)

    # ------------------------------------------------------------ counts

    def counted(self, leaf: Any, frame: Frame, wanted: int) -> Iterator[tuple[Step, ...]]:
        """Yield ways to bring a count up or down, learning before changing."""
        target = compiling.operand(leaf.to, self.numbers)
        if target is None:
            return
        for up in _directions(leaf.op, wanted):
            steps = self._climb(leaf, frame, wanted, up)
            if steps is not None:
                yield steps

    def _climb(self, leaf: Any, frame: Frame, wanted: int, up: bool | None) -> tuple[Step, ...] | None:
        """Take the next step in one direction (None: towards the target) until the leaf turns."""
        steps: tuple[Step, ...] = ()
        here = frame
        while self.answer(leaf, here) != wanted:
            known = here.get(leaf.of) or Known(leaf.of, (), complete=False)
            step = self._next(leaf, known, up)
            if step is None or len(steps) >= MOST_STEPS:
                return None
            steps += ranked(frame, steps, (step,))
            here = apply_steps(frame, steps)
        return steps

    def _next(self, leaf: Any, known: Known, up: bool | None) -> Step | None:
        if up is None:
            if compiling.unlisted(known)[1]:
                return self.steps.whole(leaf.of, known, leaf.where, NO)
            up = self.answer(replace(leaf, op="at_least"), {leaf.of: known}) != YES
        return self.steps.up(leaf, known) if up else self.steps.down(leaf, known)

    # ------------------------------------------------------------ matching

    def match(self, leaf: rules.Each, known: Known) -> Iterator[tuple[Step, ...]]:
        """Yield the cheapest way to give each part a record of its own: known, learned, or added."""
        wheres = [compiling.compile_condition(part.where, self.numbers) for part in leaf.parts]
        table = [[where(record) for record in known.value] for where in wheres]  # type: ignore[misc,union-attr,arg-type]
        steps: list[Step] = []
        for part, record in _assigned(table):
            where = leaf.parts[part].where
            label = leaf.parts[part].labels
            if record is None:
                step = self.steps.added(leaf.of, where, known, label=label)
            elif table[part][record] == TO_CHECK:
                step = self.steps.learned(leaf.of, where, known, record, YES)
            else:
                continue
            if step is None:
                return
            steps.append(step)
        yield tuple(steps)

    def unmatch(self, leaf: rules.Each, known: Known) -> Iterator[tuple[Step, ...]]:
        """Yield the cheapest way to leave parts without records enough (Hall): take their holders away."""
        wheres = [compiling.compile_condition(part.where, self.numbers) for part in leaf.parts]
        holders = [
            {rank for rank, record in enumerate(known.value) if where(record) != NO}  # type: ignore[misc,arg-type]
            for where in wheres
        ]
        complete: tuple[Step, ...] = ()
        if compiling.unlisted(known)[1]:
            of_any = rules.OneOf(tuple(part.where for part in leaf.parts))
            whole = self.steps.whole(leaf.of, known, of_any, NO)
            if whole is None:
                return
            complete = (whole,)
        chosen: set[int] | None = None
        for size in range(1, len(holders) + 1):
            for parts in combinations(range(len(holders)), size):
                together = set().union(*(holders[part] for part in parts))
                spare = set(sorted(together)[: max(0, len(together) - size + 1)])
                if chosen is None or len(spare) < len(chosen):
                    chosen = spare
        if chosen is not None:
            yield (*complete, *(self.steps.taken_away(leaf.of, known, rank) for rank in sorted(chosen)))


def _directions(op: str, wanted: int) -> tuple[bool | None, ...]:
    """Return where to go: up, down, either way for « not exactly », towards the target for « exactly »."""
    if op == "equals":
        return (None,) if wanted == YES else (True, False)
    return ((op in {"at_least", "more_than"}) == (wanted == YES),)


def _strictness(rule: rules.Rule) -> int:
    """Order parts so that what asks most of records comes first: it often satisfies the rest."""
    if isinstance(rule, rules.Count) and rule.where is None:
        return 5
    order: dict[type, int] = {rules.Each: 0, rules.Distinct: 1, rules.Share: 3, rules.Count: 2}
    return order.get(type(rule), 4)


def _assigned(table: list[list[int]]) -> list[tuple[int, int | None]]:
    """Return the cheapest record of its own for each part; None where one must be added.

    A record known to fit costs nothing, one that may fit a step, one to be added a little more. Exact, by
    the parts already served (at most eight).
    """
    costs = {YES: 0, TO_CHECK: 10}
    best: dict[int, tuple[int, tuple[tuple[int, int | None], ...]]] = {0: (0, ())}
    for record in range(len(table[0]) if table else 0):
        for served, (cost, chosen) in list(best.items()):
            for part in range(len(table)):
                price = costs.get(table[part][record])
                if price is None or served >> part & 1:
                    continue
                key = served | 1 << part
                if key not in best or cost + price < best[key][0]:
                    best[key] = (cost + price, (*chosen, (part, record)))
    added: list[tuple[int, tuple[tuple[int, int | None], ...]]] = []
    for served, (cost, chosen) in best.items():
        missing = [part for part in range(len(table)) if not served >> part & 1]
        added.append((cost + 11 * len(missing), (*chosen, *((part, None) for part in missing))))
    return sorted(min(added, key=lambda one: one[0])[1]) if added else []


__all__ = ["Change", "Step", "apply", "would_change"]
