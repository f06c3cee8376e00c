"""What a page of answers sends, and what it shows: the fields of each item, and what the person had seen.

The hidden field of an item holds the values that the page was opened with, so that what somebody else
writes meanwhile in another field stays, and the same field is shown twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from terreau.reviews.rules import FIELDS, Said

#: What stands for « not concerned » among the levels.
ASIDE = "nc"
_PARTS = ("niveau", "cible", "pas", "mots")


def sent(data: Mapping[str, str], code: str) -> bool:
    """Say whether a page sent anything of an item."""
    return f"{code}-base" in data


def read(data: Mapping[str, str], code: str) -> Said:
    """Return what was typed for an item; what is no number is off any scale (-1)."""
    level = data.get(f"{code}-niveau", "")
    aside = level == ASIDE
    return Said(
        level=None if aside else _number(level),
        not_concerned=aside,
        target=None if aside else _number(data.get(f"{code}-cible", "")),
        first_step=_text(data.get(f"{code}-pas", "")),
        words=_text(data.get(f"{code}-mots", "")),
    )


def base(data: Mapping[str, str], code: str) -> Said:
    """Return what the page was opened with; nothing said when it cannot be read."""
    try:
        held = json.loads(data.get(f"{code}-base", ""))
    except ValueError:
        return Said()
    if not isinstance(held, dict) or not _plausible(held):
        return Said()
    return Said.of(held)


def written(said: Said) -> str:
    """Return what ``base`` reads."""
    return json.dumps(said.as_dict(), ensure_ascii=False, sort_keys=True)


def _plausible(held: Mapping[str, Any]) -> bool:
    numbers = all(
        held.get(name) is None or (isinstance(held[name], int) and not isinstance(held[name], bool))
        for name in ("level", "target")
    )
    texts = all(isinstance(held.get(name, ""), str) for name in ("first_step", "words"))
    return (
        set(held) <= set(FIELDS) and numbers and texts and isinstance(held.get("not_concerned", False), bool)
    )


def _number(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def _text(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "").strip()
