"""What changed between two versions of a grid, readable: word by word, rules in words, fates of criteria.

Works on the plain content of versions (what their YAML says), so that a draft with mistakes is compared too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from terreau.grids.moves import Texts
from terreau.grids.wording import Lexicon, plain, sentence

Content = Mapping[str, Any]
_LANGUAGES = ("fr", "en")
_HEAD = ("title", "summary", "owner", "licence", "nature", "subject", "valid_from", "valid_to", "verified_on",
         "prescriptive", "source", "verdict")  # fmt: skip
_CRITERION = ("title", "text", "kind", "axis", "rule", "reads", "orient", "weight", "source")
#: Codes that templates put into words: they are compared as they are, and shown by their names.
CODED = {"nature", "subject", "kind", "prescriptive"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stayed (``same``), left (``removed``) or came (``added``)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A field that changed: its name, its pieces, the language of its words when it is not the reader's."""

    what: str
    pieces: tuple[Piece, ...]
    lang: str = ""

    @property
    def before(self) -> str:
        """What it said."""
        return " ".join(piece.text for piece in self.pieces if piece.kind != "added")

    @property
    def after(self) -> str:
        """What it says."""
        return " ".join(piece.text for piece in self.pieces if piece.kind != "removed")


@dataclass(frozen=True, slots=True)
class Part:
    """A criterion, an axis or a degree that is not what it was.

    ``fate``: added, removed, changed, moved (another code), split, merged, rescaled. ``before`` are the codes
    that it comes from (or, removed, its own), ``why`` the reason of a removal when it is told.
    """

    code: str
    title: str
    fate: str
    before: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Differences:
    """Everything that differs between two versions; ``same`` counts the criteria that do not."""

    head: tuple[Change, ...]
    axes: tuple[Part, ...]
    scale: tuple[Part, ...]
    criteria: tuple[Part, ...]
    same: int = 0
    order: bool = False

    def __bool__(self) -> bool:
        return bool(self.head or self.axes or self.scale or self.criteria or self.order)

    def count(self, fate: str) -> int:
        """Return how many criteria have this fate."""
        return sum(part.fate == fate for part in self.criteria)


def words(before: str, after: str) -> tuple[Piece, ...]:
    """Return what was taken out and put in, word by word."""
    old, new = before.split(), after.split()
    pieces: list[Piece] = []
    for verb, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            pieces.append(Piece("same", " ".join(old[i:j])))
            continue
        if i < j:
            pieces.append(Piece("removed", " ".join(old[i:j])))
        if k < m:
            pieces.append(Piece("added", " ".join(new[k:m])))
    return tuple(pieces)


def differences(old: Content, new: Content, lang: str, lexicon: Lexicon | None = None) -> Differences:
    """Return what differs from ``old`` to ``new``, in the words of ``lang``.

    Criteria are matched by the mapping of ``new`` when it starts from ``old``, else by their codes.
    """
    told = _Told("fr" if lang.startswith("fr") else "en", lexicon or Lexicon())
    fates = _fates(old, new)
    was, now = _by_code(old.get("criteria")), _by_code(new.get("criteria"))
    parts = [told.criterion(code, one, was, fates) for code, one in now.items()]
    changed = tuple(part for part in parts if part is not None)
    gone = tuple(told.gone(code, was[code], fates) for code in was if code not in fates.leads_on(was, now))
    return Differences(
        head=tuple(told.changes(old, new, _HEAD)),
        axes=tuple(told.parts(_by_code(old.get("axes")), _by_code(new.get("axes")), ("title", "text"))),
        scale=tuple(told.parts(_by_value(old), _by_value(new), ("label",), name="label")),
        criteria=changed + gone,
        same=len(parts) - len(changed),
        order=_reordered(list(was), list(now)),
    )


def _reordered(was: list[str], now: list[str]) -> bool:
    kept = [code for code in was if code in now]
    return kept != [code for code in now if code in was]


@dataclass(frozen=True, slots=True)
class _Fates:
    """From the mapping: where each new criterion comes from and by which move, and why some left."""

    sources: Mapping[str, tuple[str, tuple[str, ...]]]
    reasons: Mapping[str, Texts]

    def of(self, code: str, was: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
        """Return the move and the old codes of a new criterion; without mapping, the same code."""
        if code in self.sources:
            return self.sources[code]
        return ("keep", (code,)) if not self.sources and code in was else ("new", ())

    def leads_on(self, was: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
        """Return the old codes that lead to a new criterion."""
        return {source for code in now for source in self.of(code, was)[1]}


def _fates(old: Content, new: Content) -> _Fates:
    mapping = new.get("mapping")
    sources: dict[str, tuple[str, tuple[str, ...]]] = {}
    reasons: dict[str, Texts] = {}
    if isinstance(mapping, Mapping) and str(mapping.get("from")) == str(old.get("version")):
        for move in mapping.get("moves") or ():
            if isinstance(move, Mapping) and len(move) == 1:
                _read_move(*next(iter(move.items())), sources, reasons)
    return _Fates(sources, reasons)


def _read_move(
    verb: str, body: Any, sources: dict[str, tuple[str, tuple[str, ...]]], reasons: dict[str, Texts]
) -> None:
    if verb == "keep" and isinstance(body, Sequence):
        sources.update({str(code): ("keep", (str(code),)) for code in body})
    elif isinstance(body, Mapping):
        before, after = _list(body.get("from")), _list(body.get("to"))
        reason = body.get("reason")
        if verb == "drop" and isinstance(reason, Mapping):
            reasons.update(dict.fromkeys(before, reason))
        if verb == "rescale":
            sources.update({new: (verb, (one,)) for one, new in zip(before, after, strict=False)})
        else:
            sources.update(dict.fromkeys(after, (verb, before)))


def _list(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(str(one) for one in value)
    return () if value is None else (str(value),)


def _by_code(entries: Any) -> dict[str, Content]:
    found = entries if isinstance(entries, list | tuple) else ()
    return {str(one.get("code")): one for one in found if isinstance(one, Mapping)}


def _by_value(content: Content) -> dict[str, Content]:
    found = content.get("scale") or ()
    return {str(one.get("value")): one for one in found if isinstance(one, Mapping)}


_FATES = {"move": "moved", "split": "split", "merge": "merged", "rescale": "rescaled"}


class _Told:
    """Says differences in one language."""

    def __init__(self, lang: str, lexicon: Lexicon) -> None:
        self.lang = lang
        self.lexicon = lexicon
        self.say: Mapping[str, Callable[[Any, str], str]] = {"rule": self._rule}

    def _rule(self, value: Any, lang: str) -> str:
        return sentence(value, lang, self.lexicon) if value else ""

    def text(self, value: Any, lang: str) -> str:
        """Return a value in words: texts in a language, mappings and lists flat."""
        if value is None or value == "":
            return ""
        if isinstance(value, Mapping):
            if set(value) <= set(_LANGUAGES):
                return str(value.get(lang) or "")
            return " · ".join(text for one in value.values() if (text := self.text(one, lang)))
        if isinstance(value, list | tuple):
            return ", ".join(self.text(one, lang) for one in value)
        return plain(value, lang)

    def changes(self, old: Content, new: Content, names: Iterable[str]) -> Iterable[Change]:
        """Yield the fields that changed; words of the other language when those of the reader did not."""
        for name in names:
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            if name in CODED:
                yield Change(name, (*_coded("removed", before), *_coded("added", after)))
                continue
            yield from self._reworded(name, before, after)

    def _reworded(self, name: str, before: Any, after: Any) -> Iterable[Change]:
        say = self.say.get(name, self.text)
        for lang in (self.lang, *(one for one in _LANGUAGES if one != self.lang)):
            was, now = say(before, lang), say(after, lang)
            if was != now:
                yield Change(name, words(was, now), "" if lang == self.lang else lang)
                return

    def parts(
        self,
        was: Mapping[str, Content],
        now: Mapping[str, Content],
        names: Sequence[str],
        *,
        name: str = "title",
    ) -> Iterable[Part]:
        """Yield the axes or degrees that were added, changed or removed."""
        for code, one in now.items():
            title = self.text(one.get(name), self.lang)
            if code not in was:
                yield Part(code, title, "added")
            elif changes := tuple(self.changes(was[code], one, names)):
                yield Part(code, title, "changed", (code,), changes)
        for code, one in was.items():
            if code not in now:
                yield Part(code, self.text(one.get(name), self.lang), "removed", (code,))

    def criterion(self, code: str, one: Content, was: Mapping[str, Content], fates: _Fates) -> Part | None:
        """Return what became of a criterion of the new version, None when it is the same."""
        verb, sources = fates.of(code, was)
        known = tuple(source for source in sources if source in was)
        title = self.text(one.get("title"), self.lang)
        if not known:
            return Part(code, title, "added")
        # Of a merge, the words of the first one are those compared.
        changes = tuple(self.changes(was[known[0]], one, _CRITERION)) if verb != "split" else ()
        fate = _FATES.get(verb, "changed" if changes else "")
        return Part(code, title, fate, known, changes) if fate else None

    def gone(self, code: str, one: Content, fates: _Fates) -> Part:
        """Return a criterion that the new version does not have."""
        why = self.text(fates.reasons.get(code), self.lang)
        return Part(code, self.text(one.get("title"), self.lang), "removed", (code,), why=why)


def _coded(kind: str, value: Any) -> tuple[Piece, ...]:
    return () if value is None else (Piece(kind, str(value)),)


__all__ = ["CODED", "Change", "Differences", "Part", "Piece", "differences", "words"]
