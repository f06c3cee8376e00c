"""The text of a charter as values: what people type, its digest, what changes between two versions.

A charter has a preamble, values and commitments (facts-poles §3): no item has a weight, nothing is summed.
No label and no score ever comes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from terreau.common.canonical import digest

#: Characters of one item, items of a list, and of the whole text.
LONGEST_ITEM, MOST_ITEMS, LONGEST = 2_000, 60, 60_000
LANGUAGES = ("fr", "en")
PARTS = ("preamble", "values", "commitments")


@dataclass(frozen=True, slots=True)
class Content:
    """The three parts in French, and in English when it was given; English items answer French ones."""

    preamble: Mapping[str, str]
    values: tuple[Mapping[str, str], ...]
    commitments: tuple[Mapping[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """Return what is kept and hashed."""
        return {
            "preamble": dict(self.preamble),
            "values": [dict(one) for one in self.values],
            "commitments": [dict(one) for one in self.commitments],
        }

    @property
    def empty(self) -> bool:
        """Whether there is nothing to sign."""
        return not (self.preamble["fr"] or self.values or self.commitments)

    @property
    def english(self) -> bool:
        """Whether everything that is said in French is said in English too."""
        said = [self.preamble, *self.values, *self.commitments]
        return all(one["en"] for one in said if one["fr"])


def content(data: Mapping[str, Any]) -> Content:
    """Return what was kept (``Content.as_json``; an empty mapping is an empty text)."""
    return Content(
        _pair(data.get("preamble", {})),
        tuple(_pair(one) for one in data.get("values", ())),
        tuple(_pair(one) for one in data.get("commitments", ())),
    )


def _pair(data: Mapping[str, str]) -> dict[str, str]:
    return {language: data.get(language, "") for language in LANGUAGES}


def typed(fields: Mapping[str, str]) -> Content:
    """Return the content of what people typed: ``preamble_fr``, ``values_fr`` (an item a line), … ``_en``."""
    return Content(
        {language: fields.get(f"preamble_{language}", "").strip() for language in LANGUAGES},
        _items(fields, "values"),
        _items(fields, "commitments"),
    )


def _items(fields: Mapping[str, str], part: str) -> tuple[Mapping[str, str], ...]:
    french, english = (lines(fields.get(f"{part}_{language}", "")) for language in LANGUAGES)
    return tuple(
        {"fr": item, "en": english[rank] if rank < len(english) else ""} for rank, item in enumerate(french)
    )


def uneven(fields: Mapping[str, str]) -> str:
    """Return the list whose English has not as many items as its French, ``""`` when there is none."""
    for part in ("values", "commitments"):
        french, english = (lines(fields.get(f"{part}_{language}", "")) for language in LANGUAGES)
        if english and len(english) != len(french):
            return part
    return ""


def lines(text: str) -> list[str]:
    """Return the items of a list as it is typed: one a line, dashes and empty lines left out."""
    return [item for line in text.splitlines() if (item := line.strip().lstrip("-–—•*").strip())]


def as_typed(held: Content) -> dict[str, str]:
    """Return the fields that ``typed`` reads back."""
    fields = {f"preamble_{language}": held.preamble[language] for language in LANGUAGES}
    for part, items in (("values", held.values), ("commitments", held.commitments)):
        for language in LANGUAGES:
            fields[f"{part}_{language}"] = "\n".join(one[language] for one in items).rstrip()
    return fields


def text_digest(code: str, label: str, data: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a published text: its charter, its version, its words in both languages."""
    return digest({"charter": code, "version": label, "text": dict(data)})


def signer_digest(name: str, quality: str, mandate: str, salt: str) -> str:
    """Return the SHA-256 of who signed; without the salt, forgotten with the name, it says nothing."""
    return digest({"name": name, "quality": quality, "mandate": mandate, "salt": salt})


def seal(parts: Mapping[str, str]) -> str:
    """Return the SHA-256 of a whole signature."""
    return digest(dict(parts))


@dataclass(frozen=True, slots=True)
class Step:
    """A run of items of a list: ``kept``, ``added``, ``removed`` or ``changed`` (before and after)."""

    kind: str
    before: str = ""
    after: str = ""


def steps(before: Iterable[str], after: Iterable[str]) -> list[Step]:
    """Return what changes between two lists, in the order of reading. Nothing is left out."""
    old, new = list(before), list(after)
    found: list[Step] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Step("kept", item, item) for item in old[i:j]]
            continue
        paired = min(j - i, m - k)
        found += [Step("changed", old[i + n], new[k + n]) for n in range(paired)]
        found += [Step("removed", item, "") for item in old[i + paired : j]]
        found += [Step("added", "", item) for item in new[k + paired : m]]
    return found


def changes(before: Content, after: Content, language: str = "fr") -> dict[str, list[Step]]:
    """Return what changes in each part, between two versions of a text."""
    return {
        "preamble": steps(_paragraphs(before.preamble[language]), _paragraphs(after.preamble[language])),
        "values": steps((v[language] for v in before.values), (v[language] for v in after.values)),
        "commitments": steps(
            (c[language] for c in before.commitments), (c[language] for c in after.commitments)
        ),
    }


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
