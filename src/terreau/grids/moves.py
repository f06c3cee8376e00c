"""The moves that an owner declares from one version of a grid to the next, read and checked.

They stand in the file of the later version: ``keep``, ``move``, ``split``, ``merge``, ``rescale``, ``drop``,
``new``. A mapping that is not whole, or that turns in circles, is refused with its line (issue 5, point 5).
What moves do to answers is in ``mappings``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from terreau.common.content import read_content

Texts = Mapping[str, str]
LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a mapping needs of a version: its criteria with their words, its scale, which ones are scaled."""

    version: str
    texts: Mapping[str, Any]
    degrees: tuple[int, ...] = ()
    scaled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """One declared move, checked. ``values`` reads old degrees, ``shares`` are parts of the old criterion."""

    verb: str
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    how: str = ""
    shares: tuple[Decimal, ...] = ()
    values: Mapping[int, int] = field(default_factory=dict)
    reason: Texts = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a mapping from being read: its line (0 when not known), a code, a sentence by language."""

    line: int
    code: str
    text: Texts

    def label(self, lang: str) -> str:
        """Return the sentence in ``lang``."""
        return self.text.get(lang) or self.text["fr"]


@cache
def _sentences() -> Mapping[str, Texts]:
    found = read_content(Path(__file__).parent / "content" / "mapping_faults.yaml")
    return {code: dict(texts) for code, texts in found.items()}


def _fault(line: int, word: str, /, **facts: Any) -> Fault:
    texts = _sentences()[word]
    return Fault(line, word, {lang: texts[lang].format(**facts) for lang in LANGUAGES})


def check(
    declared: Any, before: Shape, after: Shape, *, line: int = 0
) -> tuple[tuple[Move, ...], list[Fault]]:
    """Return the moves of a mapping and everything that is wrong with it; moves count only without fault.

    Refused: an unknown criterion, one named twice, one whose fate is not said (partial mapping), codes that
    turn in circles, a change of degrees that turns the order round. ``declared`` is the list of the file.
    """
    if not isinstance(declared, Sequence) or isinstance(declared, str):
        return (), [_fault(line, "not_a_list")]
    moves: list[Move] = []
    faults: list[Fault] = []
    for entry in declared:
        found = _read(entry, getattr(entry, "line", line))
        (faults if isinstance(found, Fault) else moves).append(found)  # type: ignore[arg-type]
    for rule in (_known, _once, _whole, _acyclic, _scales):
        faults.extend(rule(moves, before, after, line))
    return tuple(moves), sorted(faults, key=lambda fault: fault.line)


def alone(declared: Any, codes: Iterable[str], *, line: int = 0) -> list[Fault]:
    """Return what is wrong with a mapping whatever the version before: for a file read by itself.

    ``codes`` are the criteria of the file. What the version before would show too is left to ``check``.
    """
    if not isinstance(declared, Sequence) or isinstance(declared, str):
        return [_fault(line, "not_a_list")]
    read = [_read(entry, getattr(entry, "line", line)) for entry in declared]
    moves = [one for one in read if isinstance(one, Move)]
    faults = [one for one in read if isinstance(one, Fault)]
    before = Shape("", dict.fromkeys((code for move in moves for code in move.sources), ""))
    after = Shape("", dict.fromkeys(codes, ""))
    for rule in (_known, _once, _whole, _acyclic):
        faults.extend(rule(moves, before, after, line))
    return sorted(faults, key=lambda fault: fault.line)


def _read(entry: Any, line: int) -> Move | Fault:
    if not isinstance(entry, Mapping) or len(entry) != 1 or next(iter(entry)) not in _READERS:
        return _fault(line, "unknown_move")
    ((verb, body),) = entry.items()
    return _READERS[verb](verb, body, line)


def _codes(verb: str, body: Any, line: int) -> Move | Fault:
    if not _is_codes(body):
        return _fault(line, "bad_codes", verb=verb, what="[code, code…]")
    codes = tuple(body)
    return Move(verb, codes if verb == "keep" else (), codes, line=line)


def _one_to_one(verb: str, body: Any, line: int) -> Move | Fault:
    if fault := _keys(verb, body, line, ("from", "to")):
        return fault
    if not _is_code(body["from"]) or not _is_code(body["to"]):
        return _fault(line, "bad_codes", verb=verb, what="from: code, to: code")
    return Move(verb, (body["from"],), (body["to"],), line=line)


def _split(verb: str, body: Any, line: int) -> Move | Fault:
    if fault := _keys(verb, body, line, ("from", "to"), ("share",)):
        return fault
    if not _is_code(body["from"]) or not _is_codes(body["to"], least=2):
        return _fault(line, "bad_codes", verb=verb, what="from: code, to: [code, code…]")
    targets = tuple(body["to"])
    shares = _shares(body.get("share"), targets)
    if shares is None:
        return _fault(line, "shares")
    return Move(verb, (body["from"],), targets, shares=shares, line=line)


def _shares(given: Any, targets: tuple[str, ...]) -> tuple[Decimal, ...] | None:
    if given is None:
        return ()
    if isinstance(given, Mapping):
        given = [given.get(code) for code in targets] if set(given) == set(targets) else None
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != len(targets):
        return None
    if not all(isinstance(one, int | str | Decimal) and not isinstance(one, bool) for one in given):
        return None
    try:
        shares = tuple(Decimal(one) for one in given)
    except InvalidOperation:
        return None
    return shares if all(0 < one < 1 for one in shares) and sum(shares) == 1 else None


def _merge(verb: str, body: Any, line: int) -> Move | Fault:
    if fault := _keys(verb, body, line, ("from", "to", "how")):
        return fault
    if not _is_codes(body["from"], least=2) or not _is_code(body["to"]):
        return _fault(line, "bad_codes", verb=verb, what="from: [code, code…], to: code")
    if body["how"] not in {"lowest", "highest", "agree"}:
        return _fault(line, "how")
    return Move(verb, tuple(body["from"]), (body["to"],), how=body["how"], line=line)


def _rescale(verb: str, body: Any, line: int) -> Move | Fault:
    if fault := _keys(verb, body, line, ("from", "to", "values")):
        return fault
    ends = [tuple([body[end]] if _is_code(body[end]) else body[end] or ()) for end in ("from", "to")]
    if not all(_is_codes(list(end)) for end in ends) or len(ends[0]) != len(ends[1]):
        return _fault(line, "bad_codes", verb=verb, what="from: code, to: code")
    values = _degrees(body["values"])
    if values is None:
        return _fault(line, "no_values")
    return Move(verb, ends[0], ends[1], values=values, line=line)


def _degrees(given: Any) -> Mapping[int, int] | None:
    """Return old degrees and what they become: a mapping (its keys may be texts), or pairs."""
    if isinstance(given, list | tuple):
        given = (
            dict(given) if all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in given) else None
        )
    if not isinstance(given, Mapping) or not given:
        return None
    try:
        values = {int(str(old)): new for old, new in given.items()}
    except ValueError:
        return None
    return (
        values if all(isinstance(new, int) and not isinstance(new, bool) for new in values.values()) else None
    )


def _drop(verb: str, body: Any, line: int) -> Move | Fault:
    if fault := _keys(verb, body, line, ("from", "reason")):
        return fault
    if not _is_code(body["from"]):
        return _fault(line, "bad_codes", verb=verb, what="from: code")
    reason = body["reason"]
    if not isinstance(reason, Mapping) or not all(
        isinstance(reason.get(lang), str) and reason[lang].strip() for lang in LANGUAGES
    ):
        return _fault(line, "no_reason")
    return Move(verb, (body["from"],), reason={lang: reason[lang] for lang in LANGUAGES}, line=line)


_READERS: Mapping[str, Callable[[str, Any, int], Move | Fault]] = {
    "keep": _codes,
    "move": _one_to_one,
    "split": _split,
    "merge": _merge,
    "rescale": _rescale,
    "drop": _drop,
    "new": _codes,
}


def _keys(
    verb: str, body: Any, line: int, needed: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Fault | None:
    if not isinstance(body, Mapping):
        return _fault(line, "missing_key", verb=verb, keys=", ".join(needed))
    if unknown := sorted(str(key) for key in body if key not in {*needed, *optional}):
        return _fault(line, "unknown_key", verb=verb, keys=", ".join(unknown))
    if missing := [key for key in needed if body.get(key) is None]:
        return _fault(line, "missing_key", verb=verb, keys=", ".join(missing))
    return None


def _is_code(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_codes(value: Any, *, least: int = 1) -> bool:
    return isinstance(value, list | tuple) and len(value) >= least and all(_is_code(one) for one in value)


Rule = Callable[[list[Move], Shape, Shape, int], Iterable[Fault]]


def _known(moves: list[Move], before: Shape, after: Shape, _line: int) -> Iterable[Fault]:
    for move in moves:
        for code in move.sources:
            if code not in before.texts:
                yield _fault(move.line, "old_unknown", code=code, version=before.version)
        for code in move.targets:
            if code not in after.texts:
                yield _fault(move.line, "new_unknown", code=code)


def _once(moves: list[Move], _before: Shape, _after: Shape, _line: int) -> Iterable[Fault]:
    for end, word in (("sources", "old_twice"), ("targets", "new_twice")):
        seen: set[str] = set()
        for move in moves:
            for code in getattr(move, end):
                if code in seen:
                    yield _fault(move.line, word, code=code)
                seen.add(code)


def _whole(moves: list[Move], before: Shape, after: Shape, line: int) -> Iterable[Fault]:
    told = {code for move in moves for code in move.sources}
    reached = {code for move in moves for code in move.targets}
    for code in before.texts:
        if code not in told:
            yield _fault(line, "old_lost", code=code, version=before.version)
    for code in after.texts:
        if code not in reached:
            yield _fault(line, "new_from_nowhere", code=code)


def _acyclic(moves: list[Move], _before: Shape, _after: Shape, _line: int) -> Iterable[Fault]:
    """Refuse codes that come back to themselves (a → b, b → a): one code would have two meanings."""
    leads: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    for move in moves:
        for old, new in _pairs(move):
            leads.setdefault(old, []).append(new)
            lines[old] = move.line
    for start, line in lines.items():
        if (loop := _loop(start, leads)) and start == min(loop):
            yield _fault(line, "cyclic", codes=" → ".join([*loop, loop[0]]))


def _loop(start: str, leads: Mapping[str, list[str]]) -> list[str]:
    """Return the codes of a way from ``start`` back to itself through at least one other code."""
    seen, ways = set(), [[start]]
    while ways:
        way = ways.pop()
        for code in leads.get(way[-1], []):
            if code == start and len(way) > 1:
                return way
            if code not in seen and code != start:
                seen.add(code)
                ways.append([*way, code])
    return []


def _scales(moves: list[Move], before: Shape, after: Shape, _line: int) -> Iterable[Fault]:
    changed = before.degrees != after.degrees
    for move in moves:
        pairs = list(_pairs(move))
        for old, new in pairs:
            if old in before.texts and new in after.texts and (old in before.scaled) != (new in after.scaled):
                yield _fault(move.line, "kinds_differ", code=new)
            elif move.verb == "rescale" and old in before.texts and old not in before.scaled:
                yield _fault(move.line, "not_scaled", code=old)
            elif move.verb != "rescale" and changed and old in before.scaled:
                yield _fault(move.line, "scale_changed", code=old, verb=move.verb)
        if move.verb == "rescale":
            yield from _rescaled(move, before, after)


def _rescaled(move: Move, before: Shape, after: Shape) -> Iterable[Fault]:
    for degree in before.degrees:
        if degree not in move.values:
            yield _fault(move.line, "degree_lost", degree=degree)
    for old, new in move.values.items():
        for degree, known in ((old, before.degrees), (new, after.degrees)):
            if degree not in known:
                yield _fault(move.line, "degree_unknown", degree=degree)
    ordered = sorted(move.values)
    for low, high in pairwise(ordered):
        if move.values[low] > move.values[high]:
            yield _fault(move.line, "not_monotone", low=low, high=high)


def _pairs(move: Move) -> Iterable[tuple[str, str]]:
    if move.verb in {"keep", "rescale", "move"}:
        return list(zip(move.sources, move.targets, strict=False))
    return [(old, new) for old in move.sources for new in move.targets]


def turning(supersedes: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return versions that turn in a circle, if any (``supersedes``: version → the one before)."""
    for start in supersedes:
        way = [start]
        while (before := supersedes.get(way[-1])) is not None:
            if before in way:
                return tuple(way[way.index(before) :])
            way.append(before)
    return ()
