"""A first entry (R-132): what it holds, what it still lacks. Plain values: no Django, no clock, no query."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from terreau.common.text import search_text, sort_key

#: One idea a step, in the order in which they are proposed; none is compulsory before the last.
STEPS = ("nom", "porteur", "communes", "membres", "intention", "apercu")
LONGEST_NAME, LONGEST_INTENTION, MOST_MEMBERS = 250, 5_000, 300
TEXTS = ("name", "carrier", "intention", "stage")
_MULTILINE = {"\n", "\t"}


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation: one that the register holds (``actor`` is its identifier), or a new name."""

    name: str
    actor: str = ""

    @property
    def key(self) -> str:
        """What tells it from the others of its list."""
        return self.actor or f"nom:{sort_key(self.name)}"


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed so far. ``communes`` are codes of the COG of ``cog_year``."""

    name: str = ""
    carrier: str = ""
    carrier_actor: str = ""
    communes: tuple[str, ...] = ()
    cog_year: int = 0
    members: tuple[Party, ...] = ()
    intention: str = ""
    stage: str = ""
    public: bool = False
    writers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Entry:
        """Return the entry that a draft keeps; what is missing is empty."""
        members = tuple(Party(one["name"], one.get("actor", "")) for one in data.get("members", []))
        texts = {name: str(data.get(name, "")) for name in (*TEXTS, "carrier_actor")}
        return cls(
            communes=tuple(data.get("communes", [])),
            cog_year=int(data.get("cog_year") or 0),
            members=members,
            public=bool(data.get("public", False)),
            writers=dict(data.get("writers", {})),
            **texts,
        )

    def as_json(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        members = [{"name": one.name, "actor": one.actor} for one in self.members]
        texts = {name: getattr(self, name) for name in (*TEXTS, "carrier_actor")}
        return {
            **texts,
            "communes": list(self.communes),
            "cog_year": self.cog_year,
            "members": members,
            "public": self.public,
            "writers": dict(self.writers),
        }

    @property
    def carried_by(self) -> Party | None:
        """Who carries the pole, when somebody does."""
        return Party(self.carrier, self.carrier_actor) if self.carrier else None


def lacks(entry: Entry) -> list[str]:
    """Return the steps without which nothing can be registered: a name, and at least one commune.

    Neither legal form, nor accounts, nor a number, nor even a carrier is asked of an emerging pole (R-132).
    """
    missing = []
    if not search_text(entry.name):
        missing.append("nom")
    if not entry.communes:
        missing.append("communes")
    return missing


def empty(entry: Entry) -> list[str]:
    """Return the steps that hold nothing yet, whether they must or not."""
    held = {
        "nom": bool(entry.name),
        "porteur": bool(entry.carrier),
        "communes": bool(entry.communes),
        "membres": bool(entry.members),
        "intention": bool(entry.intention),
    }
    return [step for step in STEPS if not held.get(step, True)]


def tidy(text: str, *, lines: bool = False) -> str:
    """Return what was typed without what no database keeps: controls, halves of characters, outer spaces.

    On one line unless ``lines``. Emoji, accents and any script stay.
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in kept if c in _MULTILINE or unicodedata.category(c) not in {"Cc", "Cs"})
    if lines:
        return "\n".join(line.rstrip() for line in kept.split("\n")).strip()
    return " ".join(kept.split())


def with_members(entry: Entry, more: Iterable[Party]) -> Entry:
    """Return the entry with these organisations, each once; one that is recognised replaces the bare name."""
    parties = [one for one in more if search_text(one.name) or one.actor]
    recognised = {Party(one.name).key for one in parties if one.actor}
    found = {one.key: one for one in entry.members if one.key not in recognised}
    for party in parties:
        borne = recognised | {Party(one.name).key for one in found.values()}
        if party.actor or party.key not in borne:
            found.setdefault(party.key, party)
    return replace(entry, members=tuple(found.values())[:MOST_MEMBERS])


def without_member(entry: Entry, key: str) -> Entry:
    """Return the entry without the organisation of this key; the same when there is none."""
    return replace(entry, members=tuple(one for one in entry.members if one.key != key))


def writes(entry: Entry, values: Mapping[str, str], tab: str) -> Entry:
    """Return the entry with these texts, and the page that wrote each of those that changed."""
    changed = {name: text for name, text in values.items() if getattr(entry, name) != text}
    return replace(entry, **changed, writers={**entry.writers, **dict.fromkeys(changed, tab)})  # type: ignore[arg-type]


def as_seen(entry: Entry, seen: Mapping[str, str], tab: str) -> dict[str, str]:
    """Return what a page is held to have seen: what it wrote itself last counts as seen.

    A page saves while it is typed in: its own words, which it did not show yet, are not somebody else's.
    """
    return {
        name: getattr(entry, name) if tab and entry.writers.get(name) == tab else text
        for name, text in seen.items()
    }


# What looks like a pole that is known

#: Words that many poles bear: they distinguish none.
_COMMON = frozenset(
    [
        "ptce",
        "pole",
        "poles",
        "territorial",
        "territoriale",
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "d",
        "et",
        "en",
        "a",
        "au",
        "aux",
        "un",
        "une",
        "pour",
        "sur",
        "cooperation",
        "economique",
        "economie",
        "social",
        "sociale",
        "solidaire",
        "ess",
        "pays",
        "territoire",
        "association",
    ]
)
_NEAR = 90.0


def own_words(name: str) -> str:
    """Return a name folded, without the words that many poles bear; the whole when none is left."""
    words = search_text(name).split()
    return " ".join(sorted(set(words) - _COMMON)) or " ".join(words)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What an entry and a known pole share; ``name`` from 0 (nothing) to 100 (the same)."""

    name: float
    communes: int
    carrier: bool

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why to ask whether it is the same, the strongest first; empty when there is no reason.

        A name that is only near counts where communes are shared too: many poles bear names alike.
        """
        found = []
        if self.name >= 100 or (self.name >= _NEAR and self.communes):
            found.append("name")
        if self.carrier:
            found.append("carrier")
        if found and self.communes:
            found.append("communes")
        return tuple(found)
