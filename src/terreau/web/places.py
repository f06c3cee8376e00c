"""Reads the places that a person typed: communes, intercommunalities, departments, by name or by code."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process

from terreau.common.text import search_text
from terreau.territories import base
from terreau.territories.base import Ids

#: As many words as there are communes: beyond, it is not a territory that is asked for.
MOST_WORDS = 35_000
#: Words that no place bears are compared with every name; it takes a few milliseconds each.
_MOST_GUESSES = 20
_OPTIONS = 8
_SEPARATORS = re.compile(r"[,;\n\r\t|]+")
_CODE = re.compile(r"\d{9}|(?:\d{2}|2[AB])\d{3}|\d{4}", re.IGNORECASE)
_COMMUNE = re.compile(r"(?:\d{2}|2[AB])\d{3}")
_IN_DEPARTMENT = re.compile(r"^(?P<name>.+?)\s*\((?P<department>[^()]+)\)$")
_NATURE = re.compile(r"^(?:CA|CC|CU|ME|Métropole)\s+(?:de\s+|du\s+|des\s+|d')?", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """An official territory, as it is named in an address and to a reader."""

    level: str
    code: str
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Choice:
    """A word that several places bear, or that none does but some nearly do (``known`` is False)."""

    word: str
    options: tuple[Place, ...]
    known: bool = True


@dataclass
class Reading:
    """What was understood of what was typed, in the order it was typed.

    ``replaced``: codes of former communes, of municipal arrondissements or of the post, and the commune they
    mean today. ``postal``: commune codes that are also a postal code elsewhere, with both readings.
    """

    places: list[Place] = field(default_factory=list)
    replaced: dict[str, Place] = field(default_factory=dict)
    postal: dict[str, tuple[Place, Place]] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        """Codes of the places, each once: what an address needs to find them again."""
        return list(dict.fromkeys(address_code(place) for place in self.places))


def words_of(text: str) -> list[str]:
    """Return the words of a list: separated by commas, semicolons or lines, and by spaces between codes."""
    found: list[str] = []
    for piece in _SEPARATORS.split(text.replace("\0", "")):
        parts = piece.split()
        if parts and all(_CODE.fullmatch(part) for part in parts):
            found += parts
        elif parts:
            found.append(" ".join(parts)[:120])
    return list(dict.fromkeys(found))


def read(words: Iterable[str]) -> Reading:
    """Find the place that each word means; what is ambiguous or unknown is told, the rest is answered."""
    reading = Reading()
    seen: set[Place] = set()
    guesses = 0
    for word in words:
        options = named(word)
        if len(options) == 1:
            if options[0] not in seen:
                reading.places.append(options[0])
                seen.add(options[0])
            _tell(reading, word, options[0])
        elif options:
            reading.choices.append(Choice(word, tuple(options[:_OPTIONS])))
        elif guesses < _MOST_GUESSES and (near := nearly(word)):
            guesses += 1
            reading.choices.append(Choice(word, tuple(near), known=False))
        else:
            reading.unknown.append(word)
    return reading


def _tell(reading: Reading, word: str, place: Place) -> None:
    """Note what a code means that is not plainly this place's own."""
    code = word.strip().upper()
    if _COMMUNE.fullmatch(code) and code != place.code:
        reading.replaced[code] = place
    elif code == place.code and (others := postal_codes().get(code)):
        other = commune(others[0])
        if other != place:
            reading.postal[code] = (place, other)


def ids_of(places: Sequence[Place]) -> Ids:
    """Return the communes of all the places, sorted, each once."""
    communes = base.load()
    parts = [communes.ids([place.code]) if place.level == "commune" else _members(place) for place in places]
    return np.unique(np.concatenate(parts)).astype(np.int32) if parts else np.zeros(0, np.int32)


def _members(place: Place) -> Ids:
    return base.load().layers[place.level.replace("-", "_")].members(place.code)


def address_code(place: Place) -> str:
    """Return the word that means this place and no other."""
    return place.code if place.level in ("commune", "epci") else f"{place.level}:{place.code}"


def named(word: str) -> list[Place]:
    """Return the places whose code or name is exactly the word; several when it is ambiguous."""
    code = word.strip().upper()
    level, _colon, rest = word.strip().partition(":")
    if rest and level in ("departement", "region", "ancienne-region"):
        return _zone(level.replace("-", "_"), rest.upper())
    if _COMMUNE.fullmatch(code):
        return _communes_of_code(code)
    if code.isdigit() and len(code) == 9:
        return _zone("epci", code)
    if code in base.load().layers["departement"].index:
        return _zone("departement", code)
    return _by_name(word)


def _communes_of_code(code: str) -> list[Place]:
    communes = base.load()
    current = code if code in communes.index else communes.former.get(code)
    if current is not None:
        return [commune(communes.index[current])]
    return [commune(i) for i in postal_codes().get(code, ())]


def _zone(layer: str, code: str) -> list[Place]:
    zones = base.load().layers[layer]
    if code not in zones.index:
        return []
    return [Place(layer.replace("_", "-"), code, zones.names[zones.index[code]])]


def commune(position: int) -> Place:
    """Return the place of a commune of the base; the detail names its department."""
    communes = base.load()
    department = communes.layers["departement"]
    zone = int(department.zone_of[position])
    where = department.codes[zone] if zone >= 0 else ""
    return Place("commune", str(communes.codes[position]), communes.names[position], where)


def _by_name(word: str) -> list[Place]:
    inside = _IN_DEPARTMENT.match(word)
    name, department = (inside["name"], inside["department"]) if inside else (word, "")
    found = names().get(search_text(name), ())
    if department:
        wanted = search_text(department)
        found = tuple(place for place in found if wanted in _departments(place))
    return _one_for_one_set(list(found))


def _departments(place: Place) -> set[str]:
    layer = base.load().layers["departement"]
    if not place.detail:
        return set()
    return {search_text(place.detail), search_text(layer.names[layer.index[place.detail]])}


def _one_for_one_set(places: list[Place]) -> list[Place]:
    """Keep the first of the places that are the same communes: Paris is a commune and a department."""
    kept: dict[bytes, Place] = {}
    for place in places:
        kept.setdefault(ids_of([place]).tobytes(), place)
    return list(kept.values())


def nearly(word: str) -> list[Place]:
    """Return places whose name begins like the word, or is spelt nearly so; few, the nearest first.

    Four digits are a code that lost its zero.
    """
    wanted = search_text(word)
    if len(wanted) == 4 and wanted.isdigit():
        return named(f"0{wanted}")
    if len(wanted) < 3 or wanted.isdigit():
        return []
    known = names()
    starting = sorted((name for name in known if name.startswith(wanted)), key=len)[:_OPTIONS]
    close = process.extract(wanted, known.keys(), scorer=fuzz.ratio, limit=_OPTIONS, score_cutoff=84)
    chosen = list(dict.fromkeys([*starting, *(name for name, _score, _at in close)]))
    return [place for name in chosen for place in known[name]][:_OPTIONS]


@lru_cache(maxsize=1)
def names() -> dict[str, tuple[Place, ...]]:
    """Return the places that bear each folded name: communes first, then larger territories."""
    found: dict[str, list[Place]] = defaultdict(list)
    communes = base.load()
    for i, name in enumerate(communes.names):
        found[search_text(name)].append(commune(i))
    for layer in ("epci", "departement", "region", "ancienne_region"):
        zones = communes.layers[layer]
        for code, name in zip(zones.codes, zones.names, strict=True):
            place = Place(layer.replace("_", "-"), code, name)
            for spelling in dict.fromkeys([search_text(name), search_text(_NATURE.sub("", name))]):
                found[spelling].append(place)
    return {name: tuple(places) for name, places in found.items()}


@lru_cache(maxsize=1)
def postal_codes() -> dict[str, tuple[int, ...]]:
    """Return the communes of each postal code, as positions in the base."""
    found: dict[str, list[int]] = defaultdict(list)
    communes = base.load()
    table = base.read("communes")
    for code, postal in zip(table["code"].tolist(), table["codes_postaux"], strict=True):
        for one in [] if postal is None or postal is np.ma.masked else postal:
            found[str(one)].append(communes.index[str(code)])
    return {code: tuple(sorted(ids)) for code, ids in found.items()}
