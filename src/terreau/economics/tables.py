"""What accounts, rooms and words say of the kind of a line: content files, read once and strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from terreau.common.content import ContentError, Section, read_content
from terreau.economics.rules import RESOURCES, USES, Tables

CONTENT: Final = Path(__file__).parent / "content" / "kinds.yaml"


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a label that suggest a kind on a side of the ledger, folded."""

    kind: str
    side: str
    words: tuple[str, ...]


@cache
def tables() -> Tables:
    """Return the kinds by account prefix and by room. Raises ``ContentError`` with the line of a mistake."""
    read = _read()
    accounts = {str(one["code"]): _sides(one, ("source", "checked")) for one in read["accounts"]}
    writers = {str(one["code"]): _sides(one, ()) for one in read["writers"]}
    return Tables(accounts, writers)


@cache
def words() -> tuple[Words, ...]:
    """Return the words that suggest a kind, in the order in which they are looked for."""
    found = []
    for one in _read()["words"]:
        one.expect(("kind", "side", "words"))
        allowed = RESOURCES if one.one_of("side", ("in", "out")) == "in" else USES
        found.append(Words(one.one_of("kind", allowed), str(one["side"]), tuple(map(str, one["words"]))))
    return tuple(found)


@cache
def _read() -> Section:
    document = read_content(CONTENT)
    if not isinstance(document, Section):
        raise ContentError(f"{CONTENT}:1: the file must be a mapping")
    return document.expect(("source", "verified_on", "accounts", "writers", "words"))


def _sides(one: Section, more: tuple[str, ...]) -> tuple[str, str]:
    one.expect(("code", *more), ("in", "out"))
    for side, allowed in (("in", RESOURCES), ("out", USES)):
        if side in one:
            one.one_of(side, allowed)
    return str(one.get("in", "")), str(one.get("out", ""))


def as_data() -> Mapping[str, object]:
    """Return what the rules read of the content, for the digest of a classification."""
    found = tables()
    return {"accounts": dict(found.accounts), "writers": dict(found.writers)}
