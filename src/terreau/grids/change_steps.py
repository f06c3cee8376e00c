"""One step of a change: what a fact would become, how it is said, and what is known once it is done.

``to`` is plain JSON: the new value of a fact or, for codes and records, what is added, removed, learned
(``{"add": […]}``, ``{"remove": […]}``, ``{"set": […]}``, ``{"complete": true}``). Records are named by rank.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from terreau.common.canonical import canonical
from terreau.facts import catalogue
from terreau.grids import compiling, reasons, rules
from terreau.grids.compiling import NO, TO_CHECK, YES, Numbers
from terreau.grids.frame import value_as_json
from terreau.grids.known import Frame, Interval, Known, Record
from terreau.grids.readables import Readable
from terreau.grids.wording import Lexicon, condition

_PART = Decimal("0.01")


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A fact, what it would become (JSON), and the words that say it."""

    fact: str
    to: Any
    text: Mapping[str, str]

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return canonical([self.fact, _canonical(self.to)])


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_canonical(one) for one in value]
    return str(value) if isinstance(value, float) else value


# ---------------------------------------------------------------- doing


def apply_steps(frame: Frame, steps: Iterable[Step]) -> Frame:
    """Return what would be known after the steps; a record taken away leaves the ranks of the others."""
    found = dict(frame)
    gone: dict[str, set[int]] = {}
    for step in steps:
        found[step.fact] = _applied(found.get(step.fact), step, gone)
    for code, ranks in gone.items():
        known = found[code]
        records: Any = known.value
        kept = tuple(one for rank, one in enumerate(records) if rank not in ranks)
        found[code] = replace(known, value=kept)
    return found


def ranked(frame: Frame, done: Iterable[Step], steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return steps found on ``apply_steps(frame, done)`` with the ranks that records have in ``frame``.

    Steps taken together name records by the ranks of the start, added ones coming last.
    """
    gone: dict[str, set[int]] = {}
    lengths: dict[str, int] = {}
    for step in done:
        records = step.to.get("records", {}) if isinstance(step.to, dict) else {}
        if "remove" in records:
            gone.setdefault(step.fact, set()).add(records["remove"])
        added = records["rest"]["count"] if "rest" in records else int("add" in records)
        lengths[step.fact] = lengths.get(step.fact, 0) + added
    return tuple(
        _ranked(step, frame, gone.get(step.fact, set()), lengths.get(step.fact, 0)) for step in steps
    )


def _ranked(step: Step, frame: Frame, gone: set[int], added: int) -> Step:
    if not gone or not isinstance(step.to, dict) or "records" not in step.to:
        return step
    known = frame.get(step.fact)
    listed: Any = known.value if known is not None else ()
    length = len(listed) + added
    left = [rank for rank in range(length) if rank not in gone]

    def rank_of(rank: int) -> int:
        return left[rank] if rank < len(left) else length + rank - len(left)

    records = step.to["records"]
    if "remove" in records:
        return replace(step, to={"records": {"remove": rank_of(records["remove"])}})
    if "set" in records:
        moved = {**records["set"], "record": rank_of(records["set"]["record"])}
        return replace(step, to={"records": {"set": moved}})
    return step


def _applied(known: Known | None, step: Step, gone: dict[str, set[int]]) -> Known:
    to = step.to
    if not isinstance(to, dict):
        return Known(step.fact, _value(to))
    if "records" in to:
        return _records(known or Known(step.fact, (), complete=False), to["records"], gone)
    codes = known.value if known is not None else frozenset()
    before = frozenset((codes,)) if isinstance(codes, str) else codes
    after = (before | set(to.get("add", ()))) - set(to.get("remove", ()))  # type: ignore[operator]
    return Known(step.fact, after, complete=bool(to.get("complete", known.complete if known else False)))


def _value(to: Any) -> Any:
    if isinstance(to, bool):
        return to
    if isinstance(to, int | float):
        number = Decimal(repr(to)) if isinstance(to, float) else Decimal(to)
        return Interval(number, number)
    if isinstance(to, str) and len(to) == 10 and to[4:5] == "-":
        return date.fromisoformat(to)
    return to


def _records(known: Known, to: Mapping[str, Any], gone: dict[str, set[int]]) -> Known:
    records: list[Record] = list(known.value)  # type: ignore[arg-type]
    if "set" in to:
        rank = to["set"]["record"]
        records[rank] = {**records[rank], **_fields(to["set"]["fields"])}
    if "add" in to:
        records.append(_fields(to["add"]))
    if "rest" in to:
        records += [_fields(to["rest"]["fields"])] * to["rest"]["count"]
    if "remove" in to:
        gone.setdefault(known.code, set()).add(to["remove"])
    whole = bool(to.get("complete")) or "rest" in to
    total = None if whole else known.total
    if total is not None and "add" in to:
        total = Interval(
            None if total.low is None else max(total.low, len(records)),
            None if total.high is None else total.high + 1,  # type: ignore[operator]
        )
    complete = whole or known.complete
    return Known(known.code, tuple(records), complete=complete, total=None if complete else total)


def _fields(plain: Mapping[str, Any]) -> Record:
    return {
        name: frozenset(value) if isinstance(value, list) else _value(value) for name, value in plain.items()
    }


# ---------------------------------------------------------------- finding


class Steps:
    """Makes steps for leaves of rules, in words of both languages."""

    def __init__(self, facts: Mapping[str, Readable], names: Lexicon, numbers: Numbers) -> None:
        self.facts = facts
        self.names = names
        self.numbers = numbers

    def text(self, code: str, **words: Any) -> Mapping[str, str]:
        """Return a sentence in both languages."""
        return {lang: reasons.phrase(code, lang, **words) for lang in reasons.LANGUAGES}

    def label(self, fact: str) -> Mapping[str, str]:
        """Return the name of a fact."""
        return self.names.fact(fact).label

    def boolean(self, fact: str, wanted: int) -> Step:
        """Turn a yes-or-no fact."""
        words = reasons.answer_words("oui" if wanted == YES else "non")
        return Step(fact, wanted == YES, self.text("step_value", fact=self.label(fact), value=words))

    # ------------------------------------------------------------ values

    def compared(self, leaf: rules.Compare, wanted: int) -> Iterator[tuple[Step, ...]]:
        """Bring a number, a day or a text to the nearest value that turns the comparison."""
        target = compiling.operand(leaf.to, self.numbers)
        if target is None:
            return
        for value in _nearest(leaf.op, target, wanted, self._gap(leaf.name, target)):
            name = self.names.fact(leaf.name)
            said = {lang: reasons.said_value(value, name, lang) for lang in reasons.LANGUAGES}
            text = self.text("step_value", fact=self.label(leaf.name), value=said)
            yield (Step(leaf.name, value_as_json(value), text),)

    def _gap(self, fact: str, target: Any) -> Any:
        if isinstance(target, date):
            return timedelta(days=1)
        one = self.facts.get(fact)
        kind = catalogue.load().unit(one.unit).kind if one and one.unit else ""
        whole = target == int(target) if not isinstance(target, str) else True
        return 1 if whole and kind not in {"rate", "share"} else _PART

    def having(self, leaf: rules.Has, known: Known | None, wanted: int) -> Iterator[tuple[Step, ...]]:
        """Add or remove terms."""
        one = self.facts.get(leaf.name)
        if one is not None and one.type == "code":
            yield from self._coded(leaf, one, wanted)
            return
        value = known.value if known is not None else frozenset()
        codes: frozenset[str] = frozenset((value,)) if isinstance(value, str) else frozenset(value)  # type: ignore[arg-type]
        terms = frozenset(leaf.terms)
        for change in _TERMS[leaf.mode](codes, leaf.terms, terms, wanted, self._other(one, terms)):
            kept = {key: given for key, given in change.items() if given}
            if kept:
                yield (Step(leaf.name, kept, self._codes_text(leaf, kept, wanted)),)

    def _coded(self, leaf: rules.Has, one: Readable, wanted: int) -> Iterator[tuple[Step, ...]]:
        values = leaf.terms if wanted == YES else (self._other(one, frozenset(leaf.terms)),)
        if leaf.mode == "all_of" and wanted == YES and len(leaf.terms) > 1:
            return
        for value in values:
            if value:
                words = self.names.fact(leaf.name).terms.get(value, {"fr": value, "en": value})
                text = self.text("step_value", fact=self.label(leaf.name), value=words)
                yield (Step(leaf.name, value, text),)

    def _other(self, one: Readable | None, terms: frozenset[str]) -> str:
        """Return a term that is none of these, empty when the vocabulary has no other."""
        if one is None or not one.choices:
            return ""
        words = catalogue.vocabulary(one.choices).terms
        return next((code for code in words if code not in terms), "")

    def _codes_text(self, leaf: rules.Has, change: Mapping[str, Any], wanted: int) -> Mapping[str, str]:
        """Say a change of codes; terms that serve as well as one another are said together."""
        alone = _ALIKE.get((leaf.mode, wanted))
        found = {}
        for lang in reasons.LANGUAGES:
            if alone is not None:
                parts = [reasons.phrase(alone, lang, terms=self._terms(leaf.name, leaf.terms, lang))]
            else:
                parts = [
                    reasons.phrase(f"step_{key}", lang, terms=self._terms(leaf.name, change[key], lang))
                    for key in ("add", "remove")
                    if key in change
                ]
                if change.get("complete"):
                    parts.append(reasons.phrase("step_nothing_else", lang))
            found[lang] = reasons.phrase(
                "step_codes", lang, fact=self.label(leaf.name), what=", ".join(parts)
            )
        return found

    def _terms(self, fact: str, codes: Iterable[str], lang: str) -> str:
        names = self.names.fact(fact).terms
        words = [str(names.get(code, {}).get(lang, code)) for code in codes]
        return f" {reasons.phrase('or', lang)} ".join(
            [", ".join(words[:-1]), words[-1]] if words[1:] else words
        )

    # ------------------------------------------------------------ records

    def up(self, leaf: Any, known: Known) -> Step | None:
        """Return the next step that makes a count greater: learn, then add."""
        if isinstance(leaf, rules.Distinct):
            return self._new_value(leaf, known)
        for rank in self._unsure(leaf.where, known):
            return self.learned(leaf.of, leaf.where, known, rank, YES)
        if isinstance(leaf, rules.Share) and compiling.unlisted(known)[1]:
            return self.whole(leaf.of, known, leaf.where, YES)
        return self.added(leaf.of, leaf.where, known)

    def down(self, leaf: Any, known: Known) -> Step | None:
        """Return the next step that makes a count smaller: learn, be sure of the list, then take away."""
        if compiling.unlisted(known)[1]:
            return self.whole(leaf.of, known, leaf.where, NO)
        for rank in self._unsure(leaf.where, known):
            return self.learned(leaf.of, leaf.where, known, rank, NO)
        sure = [rank for rank, _record in self._holding(leaf.where, known)]
        if isinstance(leaf, rules.Distinct):
            sure = self._rarest(leaf, known, sure)
        if not sure:
            return None
        return self.taken_away(leaf.of, known, sure[-1])

    def _rarest(self, leaf: rules.Distinct, known: Known, ranks: list[int]) -> list[int]:
        """Return the records of the value held by fewest, last: taking them away removes a value."""
        values: dict[Any, list[int]] = {}
        for rank in ranks:
            values.setdefault(known.value[rank].get(leaf.by), []).append(rank)  # type: ignore[index,union-attr]
        return min(values.values(), key=len, default=[])

    def _condition(self, where: rules.Rule | None) -> compiling.OnRecord:
        return compiling.compile_condition(where, self.numbers) or (lambda _record: YES)

    def _unsure(self, where: rules.Rule | None, known: Known) -> list[int]:
        test = self._condition(where)
        return [rank for rank, record in enumerate(known.value) if test(record) == TO_CHECK]  # type: ignore[arg-type]

    def _holding(self, where: rules.Rule | None, known: Known) -> list[tuple[int, Record]]:
        test = self._condition(where)
        return [(rank, one) for rank, one in enumerate(known.value) if test(one) == YES]  # type: ignore[arg-type,misc]

    def learned(self, of: str, where: rules.Rule | None, known: Known, rank: int, wanted: int) -> Step | None:
        """Learn of a listed record what makes it hold a condition, or not; None when nothing would."""
        record: Record = known.value[rank]  # type: ignore[index,assignment]
        fields = self._witness(of, where, wanted, record)
        if fields is None or where is None:
            return None
        to = {"records": {"set": {"record": rank, "fields": fields}}}
        return Step(of, to, self._learned_text(of, fields, record))

    def _learned_text(self, of: str, fields: Mapping[str, Any], record: Record) -> Mapping[str, str]:
        said = self._fields_text(of, fields)
        name = record.get("name")
        if isinstance(name, str):
            return self.text("step_learn_named", records=self.label(of), name=name, what=said)
        return self.text("step_learn", records=self.label(of), what=said)

    def _fields_text(self, of: str, fields: Mapping[str, Any]) -> Mapping[str, str]:
        found = {}
        for lang in reasons.LANGUAGES:
            parts = []
            for name, value in fields.items():
                named = self.names.field_of(of, name)
                label = named.label.get(lang, name)
                if isinstance(value, bool):
                    said = reasons.phrase("oui" if value else "non", lang)
                elif isinstance(value, list):
                    said = ", ".join(named.terms.get(one, {}).get(lang, one) for one in value)
                else:
                    said = named.terms.get(str(value), {}).get(lang, str(value))
                parts.append(reasons.phrase("step_field", lang, field=label, value=said))
            found[lang] = ", ".join(parts)
        return found

    def added(
        self, of: str, where: rules.Rule | None, known: Known, label: Mapping[str, str] | None = None
    ) -> Step | None:
        """Add a record that holds a condition; None when nothing can hold it."""
        fields = {} if where is None else self._witness(of, where, YES, {})
        if fields is None:
            return None
        if label is not None:
            text = self.text("step_add_part", records=self.label(of), part=label)
        elif where is None:
            text = self.text("step_add_one", records=self.label(of))
        else:
            said = {lang: self._where_text(of, where, lang) for lang in reasons.LANGUAGES}
            text = self.text("step_add_such", records=self.label(of), where=said)
        return Step(of, {"records": {"add": fields}}, text)

    def _where_text(self, of: str, where: rules.Rule, lang: str) -> str:
        plain = rules.plain_of(rules.Count(of, where, "at_least", 1))["count"]["where"]
        return condition(plain, of, lang, self.names)

    def _new_value(self, leaf: rules.Distinct, known: Known) -> Step | None:
        """Add a record with a value of the field that no other has, or give one to a record that has none."""
        held = {record.get(leaf.by) for record in known.value}  # type: ignore[union-attr]
        fields: dict[str, Any] | None = (
            {} if leaf.where is None else self._witness(leaf.of, leaf.where, YES, {})
        )
        value = self._unused(leaf, held)
        if fields is None or value is None:
            return None
        fields = {**fields, leaf.by: value}
        if self._condition(leaf.where)(_fields(fields)) != YES:
            return None
        label = self.names.field_of(leaf.of, leaf.by).label
        text = self.text("step_add_other", records=self.label(leaf.of), field=label)
        return Step(leaf.of, {"records": {"add": fields}}, text)

    def _unused(self, leaf: rules.Distinct, held: set[Any]) -> Any:
        one = self.facts[leaf.of].fields[leaf.by]
        if one.type == "bool":
            return next((value for value in (True, False) if value not in held), None)
        if one.choices:
            terms = catalogue.vocabulary(one.choices).terms
            return next((code for code in terms if code not in held), None)
        return next(f"{rank + 1}" for rank in range(len(held) + 1) if f"{rank + 1}" not in held)

    def whole(self, of: str, known: Known, where: rules.Rule | None, wanted: int) -> Step | None:
        """Be sure that a list is complete or, of those that are counted but not listed, that none matters.

        ``wanted`` is what the unlisted would give to the condition; None when nothing would give it.
        """
        least = compiling.unlisted(known)[0]
        if not least:
            to = {"records": {"complete": True}}
            return Step(of, to, self.text("step_whole", records=self.label(of)))
        fields = self._witness(of, where, wanted, {}) if where is not None else None
        if fields is None:
            return None
        words = {"records": self.label(of), "count": least, "what": self._fields_text(of, fields)}
        rest = {"records": {"rest": {"count": least, "fields": fields}}}
        return Step(of, rest, self.text("step_rest", **words))

    def taken_away(self, of: str, known: Known, rank: int) -> Step:
        """Take a record away."""
        name = known.value[rank].get("name")  # type: ignore[index,union-attr]
        text = (
            self.text("step_leave_named", records=self.label(of), name=name)
            if isinstance(name, str)
            else self.text("step_leave", records=self.label(of))
        )
        return Step(of, {"records": {"remove": rank}}, text)

    # ------------------------------------------------------------ records that hold a condition

    def _witness(
        self, of: str, where: rules.Rule | None, wanted: int, record: Record
    ) -> dict[str, Any] | None:
        """Return fields (JSON) that are not known of a record and give a condition the wanted answer."""
        if where is None:
            return {}
        test = self._condition(where)
        for fields in self._fillings(of, where, wanted, record):
            if test({**record, **_fields(fields)}) == wanted:
                return fields
        return None

    def _fillings(self, of: str, where: rules.Rule, wanted: int, record: Record) -> Iterator[dict[str, Any]]:
        if self._condition(where)(record) == wanted:
            yield {}
        elif isinstance(where, rules.Not):
            yield from self._fillings(of, where.item, 2 - wanted, record)
        elif isinstance(where, rules.All | rules.OneOf):
            if isinstance(where, rules.All) == (wanted == YES):
                yield from self._all_filled(of, where.items, wanted, record)
            else:
                for item in where.items:
                    yield from self._fillings(of, item, wanted, record)
        elif isinstance(where, rules.Is | rules.Compare | rules.Has) and record.get(where.name) is None:
            yield from ({where.name: value} for value in self._values(of, where, wanted))

    def _all_filled(
        self, of: str, items: tuple[rules.Rule, ...], wanted: int, record: Record
    ) -> Iterator[dict[str, Any]]:
        if not items:
            yield {}
            return
        for first in self._fillings(of, items[0], wanted, record):
            here = {**record, **_fields(first)}
            for rest in self._all_filled(of, items[1:], wanted, here):
                yield {**first, **rest}

    def _values(self, of: str, leaf: Any, wanted: int) -> Iterator[Any]:
        """Yield values (JSON) of a field that give a leaf the wanted answer."""
        if isinstance(leaf, rules.Is):
            yield wanted == YES
        elif isinstance(leaf, rules.Compare):
            target = compiling.operand(leaf.to, self.numbers)
            if target is not None:
                gap = timedelta(days=1) if isinstance(target, date) else 1
                yield from (value_as_json(one) for one in _nearest(leaf.op, target, wanted, gap))
        else:
            yield from self._terms_of(of, leaf, wanted)

    def _terms_of(self, of: str, leaf: rules.Has, wanted: int) -> Iterator[Any]:
        one = self.facts[of].fields[leaf.name]
        terms = catalogue.vocabulary(one.choices).terms if one.choices else {}
        outside = next((code for code in terms if code not in leaf.terms), None)
        if one.type == "code":
            yield from leaf.terms if wanted == YES else ([outside] if outside else [])
        elif wanted == YES:
            yield list(leaf.terms) if leaf.mode == "all_of" else [leaf.terms[0]]
        else:
            yield [outside] if outside and leaf.mode == "only" else []


def _nearest(op: str, target: Any, wanted: int, gap: Any) -> Iterator[Any]:
    """Yield the nearest values that give a comparison the wanted answer."""
    if isinstance(target, str):
        yield target if wanted == YES else f"{target} *"
        return
    beyond = {
        ("at_least", YES): (target,),
        ("at_least", NO): (target - gap,),
        ("more_than", YES): (target + gap,),
        ("more_than", NO): (target,),
        ("at_most", YES): (target,),
        ("at_most", NO): (target + gap,),
        ("less_than", YES): (target - gap,),
        ("less_than", NO): (target,),
        ("equals", YES): (target,),
        ("equals", NO): (target + gap, target - gap),
    }
    yield from beyond[op, wanted]


def _any_terms(
    codes: frozenset[str], ordered: tuple[str, ...], terms: frozenset[str], wanted: int, _other: str
) -> Iterator[dict[str, Any]]:
    if wanted == YES:
        yield {"add": [ordered[0]]}
    else:
        yield {"remove": sorted(codes & terms), "complete": True}


def _all_terms(
    codes: frozenset[str], ordered: tuple[str, ...], terms: frozenset[str], wanted: int, _other: str
) -> Iterator[dict[str, Any]]:
    if wanted == YES:
        yield {"add": [term for term in ordered if term not in codes]}
    else:
        yield from ({"remove": [term] if term in codes else [], "complete": True} for term in ordered)


def _only_terms(
    codes: frozenset[str], ordered: tuple[str, ...], terms: frozenset[str], wanted: int, other: str
) -> Iterator[dict[str, Any]]:
    if wanted == NO:
        if other:
            yield {"add": [other]}
        return
    added = [] if codes & terms else [ordered[0]]
    yield {"add": added, "remove": sorted(codes - terms), "complete": True}


#: Changes whose words name every term that serves: one of these, these only, something else.
_ALIKE = {("any_of", YES): "step_one_of", ("only", YES): "step_only", ("only", NO): "step_other"}
_TERMS = {"any_of": _any_terms, "all_of": _all_terms, "only": _only_terms}
__all__ = ["Step", "Steps", "apply_steps", "ranked"]
