"""What differs between two states of a file, said question by question: pure but for the language."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from terreau.calls import form_rules
from terreau.dossiers import saying

_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")
#: Texts longer than this are compared line by line, not word by word.
_LONG: Final = 6_000


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text: ``same``, ``gone`` or ``new``."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A question whose answer differs: ``added``, ``removed`` or ``changed``; ``runs`` says where."""

    key: str
    label: str
    page: str
    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    runs: tuple[Run, ...]


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[Difference]:
    """Return what differs between two documents (``freezing.document``), in the order of the form.

    ``old`` and ``new`` are the contents of their forms. Title, aid asked and pieces come last.
    """
    asked = {placed.key: placed for placed in form_rules.fields(old)}
    asked |= {placed.key: placed for placed in form_rules.fields(new)}
    order = [placed.key for placed in form_rules.fields(new)]
    order += [key for key in asked if key not in order]
    left, right = before["answers"], after["answers"]
    found = [_compare(asked[key], left.get(key), right.get(key), (old, new)) for key in order]
    return [*(one for one in found if one is not None), *_pieces(before, after)]


def _compare(placed: Any, was: Any, now: Any, contents: tuple[Any, Any]) -> Difference | None:
    empty = not form_rules.filled(was), not form_rules.filled(now)
    if was == now or all(empty):
        return None
    kind = "added" if empty[0] else "removed" if empty[1] else "changed"
    before, after = tuple(saying.lines(placed.field, was)), tuple(saying.lines(placed.field, now))
    runs = tuple(_runs("\n".join(before), "\n".join(after))) if kind == "changed" else ()
    label, page = saying.label(placed.field), _page(placed.page, *contents)
    return Difference(placed.key, label, page, kind, before, after, runs)


def _page(code: str, *contents: Mapping[str, Any]) -> str:
    for content in reversed(contents):
        for page in content.get("pages", ()):
            if str(page.get("code")) == code:
                return saying.localized(page, "title")
    return code


def _runs(before: str, after: str) -> Iterator[Run]:
    """Return both texts woven into one: what stays, what goes, what comes."""
    by_line = len(before) + len(after) > _LONG
    left, right = (
        text.splitlines(keepends=True) if by_line else _WORDS.findall(text) for text in (before, after)
    )
    matcher = difflib.SequenceMatcher(a=left, b=right, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield Run("same", "".join(left[i1:i2]))
            continue
        if i2 > i1:
            yield Run("gone", "".join(left[i1:i2]))
        if j2 > j1:
            yield Run("new", "".join(right[j1:j2]))


def _pieces(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Return the pieces whose content came or went under the same question, by name."""
    was = {(one["key"], one["sha256"]): one["name"] for one in before["pieces"]}
    now = {(one["key"], one["sha256"]): one["name"] for one in after["pieces"]}
    for key in sorted(was.keys() - now.keys()):
        yield Difference(key[0], was[key], "", "piece_removed", (was[key],), (), ())
    for key in sorted(now.keys() - was.keys()):
        yield Difference(key[0], now[key], "", "piece_added", (), (now[key],), ())
