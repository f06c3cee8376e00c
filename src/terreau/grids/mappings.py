"""What becomes of answers from one version of a grid to the next: nothing disappears without a record.

Answers given under an old version are never changed: they are *read* under the new one by the moves that its
owner declared (``moves``), each with a confidence and the words that say why (issue 5, point 5).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from terreau.common.content import read_content
from terreau.grids.moves import LANGUAGES, Move, Shape, Texts

Value = int | str
"""A degree of a scale, or a word (``oui``, ``non``, ``a_verifier``)."""
#: Words from the lowest to the highest, as the three-valued logic has them.
_WORDS = ("non", "a_verifier", "oui")


class Confidence(StrEnum):
    """How surely an old answer is an answer to the new question."""

    SURE = "sure"
    #: The owner of the grid says so.
    STATED = "stated"
    #: Somebody should look again.
    TO_CHECK = "to_check"


_ORDER = (Confidence.SURE, Confidence.STATED, Confidence.TO_CHECK)


def weakest(confidences: Iterable[Confidence]) -> Confidence:
    """Return the weakest of several; sure when there is none."""
    return max(confidences, key=_ORDER.index, default=Confidence.SURE)


@dataclass(frozen=True, slots=True)
class Origin:
    """An answer as it was given: the version, the criterion, the value (None: « non concerné »)."""

    version: str
    code: str
    value: Value | None


@dataclass(frozen=True, slots=True)
class Item:
    """An answer as it is read under a later version; value None: not concerned, or to be answered again."""

    value: Value | None
    confidence: Confidence
    origins: tuple[Origin, ...]
    why: tuple[Texts, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What became of answers at one step: the move, the answers as given, the criteria they lead to."""

    verb: str
    step: tuple[str, str]
    origins: tuple[Origin, ...]
    to: tuple[str, ...]
    why: Texts


@dataclass(frozen=True, slots=True)
class Carried:
    """Answers read under a later version, by criterion, and what became of each old one."""

    items: Mapping[str, Item]
    records: tuple[Record, ...] = ()


@cache
def _sentences() -> Mapping[str, Texts]:
    found = read_content(Path(__file__).parent / "content" / "mapping_words.yaml")
    return {code: dict(texts) for code, texts in found.items()}


def _words(word: str, /, **facts: Any) -> Texts:
    texts = _sentences()[word]
    return {lang: texts[lang].format(**{k: _in(v, lang) for k, v in facts.items()}) for lang in LANGUAGES}


def _in(value: Any, lang: str) -> Any:
    return value.get(lang) or value.get("fr", "") if isinstance(value, Mapping) else value


def first(answers: Mapping[str, Value | None], version: str) -> Carried:
    """Return answers under the version that they were given under: sure, and nothing to tell."""
    return Carried(
        {
            code: Item(value, Confidence.SURE, (Origin(version, code, value),))
            for code, value in answers.items()
        }
    )


def carry(
    answers: Mapping[str, Value | None], steps: Sequence[tuple[Shape, Sequence[Move], Shape]], version: str
) -> Carried:
    """Read answers given under ``version`` through several steps, one after the other.

    ``answers``: by criterion, None for « non concerné »; a criterion not answered is absent. No step: the
    answers as they are.
    """
    carried = first(answers, version)
    for before, moves, after in steps:
        carried = step(carried, before, moves, after)
    return carried


def step(carried: Carried, before: Shape, moves: Sequence[Move], after: Shape) -> Carried:
    """Read under ``after`` what is held under ``before``: each item leads to one record at least."""
    items: dict[str, Item] = {}
    records = list(carried.records)
    way = (before.version, after.version)
    for move in moves:
        for told in _CARRIERS[move.verb](move, carried.items, before, after):
            items.update(told.items)
            records.append(Record(move.verb, way, told.origins, told.to, told.why))
    told_of = {code for move in moves for code in move.sources}
    for code, item in carried.items.items():
        if code not in told_of:
            word = "untold" if code in before.texts else "unknown"
            why = _words(word, version=before.version, after=after.version)
            records.append(Record("unknown", way, item.origins, (), why))
    return Carried(items, tuple(records))


@dataclass(frozen=True, slots=True)
class _Told:
    origins: tuple[Origin, ...]
    to: tuple[str, ...]
    why: Texts
    items: Mapping[str, Item] = field(default_factory=dict)


Items = Mapping[str, Item]


def _carry_same(move: Move, items: Items, before: Shape, after: Shape) -> Iterable[_Told]:
    for old, new in zip(move.sources, move.targets, strict=True):
        if item := items.get(old):
            same = before.texts.get(old) == after.texts.get(new)
            why = _words(move.verb if same else f"{move.verb}_reworded")
            told = (why,) if (not same or move.verb == "move") else ()
            confidence = weakest([item.confidence, Confidence.SURE if same else Confidence.STATED])
            carried = replace(item, confidence=confidence, why=(*item.why, *told))
            yield _Told(item.origins, (new,), why, {new: carried})


def _carry_split(move: Move, items: Items, _before: Shape, _after: Shape) -> Iterable[_Told]:
    item = items.get(move.sources[0])
    if item is None:
        return
    count = len(move.targets)
    parts: dict[str, Item] = {}
    for rank, code in enumerate(move.targets):
        share = move.shares[rank] if move.shares else Decimal(0)
        main = share > Decimal("0.5")
        why = _words("split_main", n=count, share=f"{share * 100:.0f}") if main else _words("split", n=count)
        stated = Confidence.STATED if main else Confidence.TO_CHECK
        parts[code] = replace(item, confidence=weakest([item.confidence, stated]), why=(*item.why, why))
    yield _Told(item.origins, move.targets, _words("split", n=count), parts)


def _carry_merge(move: Move, items: Items, _before: Shape, _after: Shape) -> Iterable[_Told]:
    held = [items[code] for code in move.sources if code in items]
    if not held:
        return
    value, word, confidence = _merged(move, [item.value for item in held])
    shown = {lang: ", ".join(_shown(item.value, lang) for item in held) for lang in LANGUAGES}
    why = _words(word, n=len(move.sources), values=shown)
    origins = tuple(dict.fromkeys(origin for item in held for origin in item.origins))
    before = tuple(text for item in held for text in item.why)
    told = weakest([confidence, *(item.confidence for item in held)])
    yield _Told(
        origins, move.targets, why, {move.targets[0]: Item(value, told, origins, (*_each(before), why))}
    )


def _merged(move: Move, values: list[Value | None]) -> tuple[Value | None, str, Confidence]:
    """Return the value of a merge, the words that say why, and how sure it is."""
    known = [value for value in values if value is not None]
    ranked = _ranked(known)
    if not known and len(values) == len(move.sources):
        return None, "merge_agree", Confidence.STATED
    if not known or ranked is None or (move.how == "agree" and len(set(known)) > 1):
        return None, "merge_differ" if known else "merge_partly", Confidence.TO_CHECK
    value = ranked[-1] if move.how == "highest" else ranked[0]
    if len(known) < len(move.sources):
        return value, "merge_partly", Confidence.TO_CHECK
    word = "merge_agree" if len(set(known)) == 1 else f"merge_{move.how}"
    return value, word, Confidence.STATED


def _ranked(values: list[Value]) -> list[Value] | None:
    """Return values from the lowest; None when they cannot be compared."""
    if all(isinstance(value, int) for value in values):
        return sorted(values)
    if all(value in _WORDS for value in values):
        return sorted(values, key=lambda value: _WORDS.index(str(value)))
    return values if len(set(values)) == 1 else None


def _carry_rescaled(move: Move, items: Items, _before: Shape, _after: Shape) -> Iterable[_Told]:
    for old, new in zip(move.sources, move.targets, strict=True):
        item = items.get(old)
        if item is None:
            continue
        if item.value is None:
            yield _Told(item.origins, (new,), _words("keep"), {new: item})
            continue
        after = move.values.get(item.value) if isinstance(item.value, int) else None
        known = after is not None
        why = (
            _words("rescale", before=item.value, after=after)
            if known
            else _words("rescale_unknown", before=item.value)
        )
        confidence = weakest([item.confidence, Confidence.STATED if known else Confidence.TO_CHECK])
        yield _Told(item.origins, (new,), why, {new: Item(after, confidence, item.origins, (*item.why, why))})


def _carry_dropped(move: Move, items: Items, _before: Shape, _after: Shape) -> Iterable[_Told]:
    if item := items.get(move.sources[0]):
        yield _Told(item.origins, (), _words("drop", reason=move.reason))


def _carry_nothing(_move: Move, _items: Items, _before: Shape, _after: Shape) -> Iterable[_Told]:
    return ()


_CARRIERS: Mapping[str, Callable[[Move, Items, Shape, Shape], Iterable[_Told]]] = {
    "keep": _carry_same,
    "move": _carry_same,
    "split": _carry_split,
    "merge": _carry_merge,
    "rescale": _carry_rescaled,
    "drop": _carry_dropped,
    "new": _carry_nothing,
}


def _shown(value: Value | None, lang: str) -> str:
    return _sentences()["nothing"][lang] if value is None else str(value)


def _each(texts: Iterable[Texts]) -> tuple[Texts, ...]:
    """Return texts, each once, in their order."""
    return tuple({text["fr"]: text for text in texts}.values())
