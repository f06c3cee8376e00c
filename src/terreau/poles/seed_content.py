"""The seeds as entries made of statements: read from the content files, checked whole, before any writing.

An entry is an actor, a place or a pole. Its ``core`` is what its own row holds; each other statement is a
`Line` with the citations that support it. Two readings of the same files give the same digests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from terreau.common.content import Section, read_content
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.facts.catalogue import Catalogue
from terreau.facts.rules import STATUS_WORDS
from terreau.facts.values import read_value
from terreau.poles.rules import register_status
from terreau.poles.seed_files import Problem, Report, SeedError, problem
from terreau.poles.seed_shapes import ACTOR_FILES, FILES, PARTS
from terreau.territories.base import Base

FOLDER = Path(__file__).parent / "content" / "seeds"
#: Addresses under /poles/ that no pole may take.
RESERVED = frozenset({"imprimer"})
LAYER_OF = {
    "epci": "epci",
    "departement": "departement",
    "region": "region",
    "ancienne-region": "ancienne_region",
    "arrondissement": "arrondissement",
    "ept": "ept",
}


@dataclass(frozen=True, slots=True)
class Citation:
    """A document or a page and the place in it, as a source keeps it."""

    kind: str
    code: str
    document: str
    section: str = ""
    url: str = ""
    published: PartialDate | None = None
    consulted: date | None = None
    to_check: bool = False


@dataclass(frozen=True)
class Line:
    """A statement: its kind, its values (JSON types), the citations that support it, where it is written."""

    kind: str
    data: dict[str, Any]
    citations: tuple[str, ...]
    section: Section = field(compare=False, repr=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the statement, its place in the file left out."""
        return digest([self.kind, self.data, self.citations])


@dataclass(frozen=True)
class Entry:
    """An actor, a place or a pole: what its row holds, and its statements."""

    kind: str
    key: str
    core: dict[str, Any]
    lines: list[Line]
    section: Section = field(compare=False, repr=False)

    @cached_property
    def core_digest(self) -> str:
        """SHA-256 of what the row holds."""
        return digest(self.core)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole entry, whatever the order of its statements."""
        return digest([self.core_digest, sorted(line.digest for line in self.lines)])


@dataclass(frozen=True)
class Content:
    """Everything the files say."""

    entries: list[Entry]
    citations: dict[str, Citation]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all entries and citations."""
        return digest(
            [[e.kind, e.key, e.digest] for e in self.entries] + [repr(sorted(self.citations.items()))]
        )


def digest(value: Any) -> str:
    """Return the SHA-256 of a value of JSON types (decimals as texts)."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def read(catalogue: Catalogue, base: Base, folder: Path = FOLDER) -> Content:
    """Read and check the files of a folder; raise `SeedError` with every problem found.

    `ContentError` when a file is not YAML. A file that is absent is an empty one; one whose name is not known
    is refused.
    """
    files = {path.stem: read_content(path) for path in sorted(folder.glob("*.yaml"))}
    _check_shapes(files, folder)
    sources = files.get("sources") or Section(folder / "sources.yaml", 1)
    entries = [*_entries(files)]
    cited = _Citations(sources)
    report = Report()
    _check_keys(entries, report)
    _check_references(entries, _References(catalogue, base, entries), report)
    citations = {
        text: cited.resolve(text, line.section, report)
        for e in entries
        for line in e.lines
        for text in line.citations
    }
    if report.problems:
        raise SeedError(report.problems)
    return Content(entries, {text: found for text, found in citations.items() if found})


def _check_shapes(files: dict[str, Any], folder: Path) -> None:
    report = Report()
    for name, value in files.items():
        where = Section(folder / f"{name}.yaml", 1)
        if name not in FILES:
            report.add(where, "", f"unknown file: known are {', '.join(FILES)}")
        elif value is not None:
            FILES[name](value, where, name, report)
    if report.problems:
        raise SeedError(report.problems)


def _entries(files: dict[str, Any]) -> Iterator[Entry]:
    extra: dict[str, list[Section]] = {}
    for block in files.get("national") or []:
        extra.setdefault(block["subject"], []).append(block)
    kinds = [("actor", name, _actor) for name in ACTOR_FILES] + [
        ("place", "places", _place),
        ("pole", "poles", _pole),
    ]
    for kind, name, make in kinds:
        for block in files.get(name) or []:
            core, lines = make(block)
            lines += _common(block, kind)
            for more in extra.pop(f"{kind}:{block['key']}", []):
                lines += [_fact(fact) for fact in more["facts"]]
            yield Entry(kind, block["key"], core, _unique(lines), block)
    left = [problem(block, f"there is no {subject}") for subject, blocks in extra.items() for block in blocks]
    if left:
        raise SeedError(left)


def _unique(lines: list[Line]) -> list[Line]:
    """One fact a source, one mention for the sources that have no row of their own; no statement twice."""
    spread = [one for line in lines for one in _spread(line)]
    return list({line.digest: line for line in spread}.values())


def _spread(line: Line) -> Iterator[Line]:
    if line.kind in {"fact", "mention"}:
        data = line.data if line.kind == "fact" else {}
        yield from (Line(line.kind, data, (text,), line.section) for text in line.citations)
        return
    yield line
    if line.kind in {"name", "function", "affiliation"}:
        yield from (Line("mention", {}, (text,), line.section) for text in line.citations[1:])


# From blocks to lines


def _plain(value: Any) -> Any:
    """Return the value in JSON types: dates as texts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _line(kind: str, block: Section, **more: Any) -> Line:
    cited = tuple(block.get("sources") or ([block["source"]] if block.get("source") else []))
    data = {key: _plain(value) for key, value in block.items() if key not in {"source", "sources"}}
    return Line(kind, data | more, cited, block)


def _fact(block: Section) -> Line:
    return _line("fact", block, status=STATUS_WORDS[block.get("status", "declared")])


def _common(block: Section, kind: str) -> list[Line]:
    """Names, facts and mentions. The other names of a place stay in its core: only their sources are told."""
    named = "mention" if kind == "place" else "name"
    lines = [_line(named, name) for name in block.get("names", [])]
    lines += [_fact(fact) for fact in block.get("facts", [])]
    lines += [Line("mention", {}, (text,), block) for text in block.get("sources", [])]
    return lines


def _zone(block: Section) -> dict[str, Any]:
    zone = block.get("zone")
    return {"zone": zone["code"] if zone else None, "zone_note": _plain(zone.get("note", {})) if zone else {}}


def _zone_mentions(block: Section) -> list[Line]:
    parts = [block[key] for key in ("zone", "siren") if key in block]
    return [Line("mention", {}, (text,), part) for part in parts for text in _line("", part).citations]


def _actor(block: Section) -> tuple[dict[str, Any], list[Line]]:
    declared = {"yes": "yes", "no": "no", True: "yes", False: "no"}.get(block.get("ess_declared", ""), "")
    core = {
        "name": block["name"],
        "legal_nature": block["nature"],
        "legal_category": block.get("legal_category", ""),
        "ess_declared": declared,
        "siren": block["siren"]["value"] if "siren" in block else "",
        **_zone(block),
    }
    lines = [
        Line("function", {"function": code}, tuple(block.get("sources", [])), block)
        for code in block.get("functions", [])
    ]
    lines += [_line("affiliation", item) for item in block.get("affiliations", [])]
    return core, lines + _zone_mentions(block)


def _place(block: Section) -> tuple[dict[str, Any], list[Line]]:
    names = [name["text"] for name in block.get("names", [])]
    core = {"name": block["name"], "kind": block["kind"], "names": names, **_zone(block)}
    lines = _zone_mentions(block)
    if pole := block.get("pole"):
        cited = _line("", pole).citations if isinstance(pole, Section) else tuple(block.get("sources", []))
        key = pole["key"] if isinstance(pole, Section) else pole
        lines.append(Line("place_link", {"pole": key}, cited, block))
    return core, lines


def _pole(block: Section) -> tuple[dict[str, Any], list[Line]]:
    recognitions = [_line("recognition", item) for item in block.get("recognitions", [])]
    schemes = [line.data["scheme"] for line in recognitions]
    core = {
        "name": block["name"],
        "kind": block["kind"],
        "summary": _plain(block.get("summary", {})),
        "register_status": block.get("register_status") or register_status(schemes),
    }
    lines = [
        *recognitions,
        *(_line("stage", item) for item in block.get("stage", [])),
        *(_line("carrier", item) for item in block.get("carriers", [])),
        *(_line("membership", item) for item in block.get("members", [])),
        *_statements(block.get("texts", {})),
    ]
    if "structuration" in block:
        lines.append(_structuration(block["structuration"]))
    if "perimeter" in block:
        lines.append(_perimeter(block["perimeter"]))
    return core, lines


def _statements(headings: dict[str, list[Section]]) -> Iterator[Line]:
    for heading, items in headings.items():
        for rank, item in enumerate(items):
            line = _line("statement", item)
            yield Line(
                "statement", {"heading": heading, "rank": rank, "text": line.data}, line.citations, item
            )


def _structuration(block: Section) -> Line:
    return _line(
        "fact", block, code="pole.structuration", status=STATUS_WORDS[block.get("status", "declared")]
    )


def _perimeter(block: Section) -> Line:
    """A perimeter made of larger zones is approximate unless the file says otherwise."""
    wide = any(not zone.startswith("commune:") for zone in block.get("zones", []))
    infra = block.get("infra")
    part = {**_plain(infra), "kind": PARTS[infra["kind"]]} if infra else None
    return _line("perimeter", block, approximate=block.get("approximate", wide), infra=part)


# What the shapes cannot see


class _References:
    """What a statement may refer to."""

    def __init__(self, catalogue: Catalogue, base: Base, entries: list[Entry]) -> None:
        self.catalogue = catalogue
        self.base = base
        self.actors = {entry.key for entry in entries if entry.kind == "actor"}
        self.poles = {entry.key for entry in entries if entry.kind == "pole"}

    def zone(self, text: str) -> str:
        """Return what is wrong with ``level:code``, or nothing."""
        level, _, code = text.partition(":")
        if level == "commune":
            return "" if code in self.base.index else f"no commune {code} in COG {self.base.cog}"
        if level not in LAYER_OF:
            return f"unknown level in {text!r}: commune, {', '.join(LAYER_OF)}"
        known = code in self.base.layers[LAYER_OF[level]].index
        return "" if known else f"no {level} {code} in COG {self.base.cog}"

    def term(self, vocabulary: str, code: str) -> str:
        """Return what is wrong with a code of a vocabulary, or nothing."""
        known = self.catalogue.vocabulary(vocabulary)
        return "" if code in known else f"{code!r} is not one of {', '.join(known.terms)} ({vocabulary})"


def _check_keys(entries: list[Entry], report: Report) -> None:
    met: set[tuple[str, str]] = set()
    for entry in entries:
        if (entry.kind, entry.key) in met:
            report.add(entry.section, "key", f"the key “{entry.key}” is already used")
        met.add((entry.kind, entry.key))
        if entry.kind == "pole" and entry.key in RESERVED:
            report.add(entry.section, "key", f"“{entry.key}” is an address of the site: choose another key")


def _check_references(entries: list[Entry], known: _References, report: Report) -> None:
    for entry in entries:
        zone = entry.core.get("zone")
        if zone and (wrong := known.zone(zone)):
            report.add(entry.section, "zone", wrong)
        for line in entry.lines:
            for key, wrong in _CHECKS.get(line.kind, _no_check)(line.data, known, entry):
                report.add(line.section, key, wrong)


Found = Iterator[tuple[str, str]]


def _no_check(data: dict[str, Any], known: _References, entry: Entry) -> Found:
    yield from ()


def _check_fact(data: dict[str, Any], known: _References, entry: Entry) -> Found:
    code = data["code"]
    if code not in known.catalogue:
        yield "code", f"there is no fact {code!r} in the catalogue"
        return
    kind = known.catalogue[code]
    spoken_of = {"place"} if entry.kind == "place" else {"actor", "pole"}
    if not spoken_of & set(kind.subjects):
        yield "code", f"{code} is not a fact of a {entry.kind}"
    try:
        unit, qualifier = data.get("unit"), data.get("qualifier", "")
        read_value(known.catalogue, code, data["value"], unit=unit, qualifier=qualifier)
    except DomainError as error:
        yield (
            ("unit" if error.code == "bad_unit" else "value"),
            f"{code}: {error.message} ({error.facts['value']})",
        )


def _check_actor(key: str) -> Callable[[dict[str, Any], _References, Entry], Found]:
    def check(data: dict[str, Any], known: _References, entry: Entry) -> Found:
        if data.get(key) and data[key] not in known.actors:
            yield key, f"there is no actor “{data[key]}”"

    return check


def _check_recognition(data: dict[str, Any], known: _References, entry: Entry) -> Found:
    if wrong := known.term("recognition", data["scheme"]):
        yield "scheme", wrong
    yield from _check_actor("body")(data, known, entry)


def _check_function(data: dict[str, Any], known: _References, entry: Entry) -> Found:
    if wrong := known.term("actor_function", data["function"]):
        yield "functions", wrong


def _check_perimeter(data: dict[str, Any], known: _References, entry: Entry) -> Found:
    for zone in data.get("zones", []):
        if wrong := known.zone(zone):
            yield "zones", wrong
    for code in data.get("communes", []):
        if wrong := known.zone(f"commune:{code}"):
            yield "communes", wrong


def _check_place_link(data: dict[str, Any], known: _References, entry: Entry) -> Found:
    if data["pole"] not in known.poles:
        yield "pole", f"there is no pole “{data['pole']}”"


_CHECKS: dict[str, Callable[[dict[str, Any], _References, Entry], Found]] = {
    "fact": _check_fact,
    "affiliation": _check_actor("network"),
    "carrier": _check_actor("actor"),
    "membership": _check_actor("actor"),
    "recognition": _check_recognition,
    "function": _check_function,
    "perimeter": _check_perimeter,
    "place_link": _check_place_link,
}


class _Citations:
    """Turns « S3 §2 objets » and « P:archer.fr » into citations."""

    def __init__(self, sources: Section) -> None:
        self.documents: dict[str, Section] = sources.get("documents") or {}
        self.pages: dict[str, Section] = sources.get("pages") or {}

    def resolve(self, text: str, section: Section, report: Report) -> Citation | None:
        """Return the citation, or report that nothing of that name is in sources.yaml."""
        first, _, place = text.partition(" ")
        if first.startswith("P:") and first[2:] in self.pages:
            return _page(first[2:], self.pages[first[2:]], place)
        if first in self.documents:
            return _document(first, self.documents[first], place)
        if first == "COG":
            return Citation("register", f"COG {place}", f"Code officiel géographique {place} (INSEE)")
        key = "sources" if "sources" in section else "source"
        report.add(section, key, f"the source {text!r} is not in sources.yaml")
        return None


def _document(code: str, block: Section, place: str) -> Citation:
    day = PartialDate.parse(block["date"]) if block.get("date") else None
    return Citation("seed", code, block["title"]["fr"], place, block.get("url", ""), day)


def _page(code: str, block: Section, place: str) -> Citation:
    day = PartialDate.parse(block["date"]) if block.get("date") else None
    consulted = PartialDate.parse(block["consulted"]).first if block.get("consulted") else None
    checked = block.get("mark") != "M"
    return Citation("page", code, block["label"], place, block.get("url", ""), day, consulted, not checked)


__all__ = ["Citation", "Content", "Entry", "Line", "Problem", "SeedError", "read"]
