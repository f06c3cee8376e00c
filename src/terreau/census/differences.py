"""What changes between two texts, word by word. Pure."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

SAME, GONE, NEW = "same", "gone", "new"
_WORDS = re.compile(r"\s+|[^\s]+")
#: Beyond so many words the two texts are shown whole: comparing them would take long and help nobody.
_MOST = 2000


def words(before: str, after: str) -> list[tuple[str, str]]:
    """Return the pieces of both texts in order: ``same``, ``gone`` (of the first) or ``new``."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if before == after:
        return [(SAME, after)] if after else []
    if not old or not new or len(old) + len(new) > _MOST:
        return [(kind, text) for kind, text in ((GONE, before), (NEW, after)) if text]
    return list(_pieces(old, new))


def _pieces(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield SAME, "".join(old[a:b])
            continue
        if b > a:
            yield GONE, "".join(old[a:b])
        if d > c:
            yield NEW, "".join(new[c:d])
