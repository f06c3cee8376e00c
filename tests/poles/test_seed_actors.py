"""The actors and places of the seeds hold together: shape, rows, zones, codes, affiliations.

Pure: reads the YAML content and the embedded territorial tables, no database.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2] / "src" / "terreau"
SEEDS = ROOT / "poles" / "content" / "seeds"
GEO = ROOT / "territories" / "content" / "geo"
FACTS = ROOT / "facts" / "content"
ACTOR_FILES = ["organisations", "networks", "working-groups", "authorities", "rtes", "signatories"]

COMMON_KEYS = {"key", "number", "numbers", "name", "names", "zone", "facts", "sources"}
ACTOR_KEYS = COMMON_KEYS | {"nature", "functions", "legal_category", "ess_declared", "siren", "affiliations"}
PLACE_KEYS = COMMON_KEYS | {"kind", "pole"}
NAME_KEYS = {"text", "kind", "source", "sources"}
ZONE_KEYS = {"code", "source", "sources", "note"}
AFFILIATION_KEYS = {"network", "from", "source", "sources", "note"}
FACT_KEYS = {"code", "value", "unit", "qualifier", "on", "source", "sources", "status", "note"}
NAME_KINDS = {"spelling", "acronym", "former"}
QUALIFIERS = {"about", "more_than", "less_than", "almost"}
PLACE_KINDS = {"building", "site", "quarter", "land", "equipment", "territory"}
STATUSES = {"declared", "justified", "verified", "computed", "estimated"}
TABLES = {
    "commune": "communes",
    "epci": "epci",
    "departement": "departements",
    "region": "regions",
    "ancienne-region": "anciennes_regions",
    "ept": "ept",
}
LEVELS = {
    "local_authority": {"commune", "departement", "region", "ancienne-region"},
    # A body that no longer exists may be placed in its department, and says so.
    "authority_grouping": {"epci", "ept", "departement"},
}
ROWS = range(50, 270)
RTES_ROWS = range(147, 235)
SIGNATORY_ROWS = range(235, 270)
SIGNATORIES = "signataires-urgence-autre-economie"


def read(path: Path) -> Any:
    """The content of a YAML file."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@cache
def actors() -> tuple[dict[str, Any], ...]:
    """Every actor of every file, in the order of the files."""
    return tuple(entry for name in ACTOR_FILES for entry in read(SEEDS / f"{name}.yaml"))


@cache
def places() -> tuple[dict[str, Any], ...]:
    """Every place."""
    return tuple(read(SEEDS / "places.yaml"))


def entries() -> tuple[dict[str, Any], ...]:
    """Actors then places."""
    return actors() + places()


def rows_of(entry: dict[str, Any]) -> list[int]:
    """The rows of the inventory that an entry answers for (none for a group outside the inventory)."""
    return list(entry.get("numbers") or ([entry["number"]] if entry["number"] else []))


@cache
def table(level: str) -> dict[str, dict[str, Any]]:
    """The embedded table of a level, by code."""
    relation = duckdb.connect().execute(f"SELECT * FROM '{GEO / TABLES[level]}.parquet'")
    columns = [column[0] for column in relation.description]
    rows = [dict(zip(columns, row, strict=True)) for row in relation.fetchall()]
    return {row["code"]: row for row in rows}


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """The fact codes, by code, over every catalogue file."""
    files = sorted((FACTS / "catalogue").glob("*.yaml"))
    return {entry["code"]: entry for path in files for entry in read(path)}


def terms(name: str) -> set[str]:
    """The codes of a vocabulary."""
    path = next(ROOT.glob(f"*/content/vocabularies/{name}.yaml"))
    return {term["code"] for term in read(path)["terms"]}


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of an entry that must say where it comes from."""
    for entry in entries():
        yield entry["key"], {"sources": entry["sources"]}
        for part in ("names", "affiliations", "facts"):
            yield from ((entry["key"], item) for item in entry.get(part, []))
        yield from ((entry["key"], entry[part]) for part in ("zone", "siren", "pole") if part in entry)


def bilingual(node: Any) -> Iterator[dict[str, Any]]:
    """Every text given in languages, at any depth."""
    if isinstance(node, dict):
        if "fr" in node or "en" in node:
            yield node
        for value in node.values():
            yield from bilingual(value)
    elif isinstance(node, list):
        for value in node:
            yield from bilingual(value)


def folded(text: str) -> str:
    """Lower case letters only, for names of communes."""
    plain = unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]+", " ", plain).strip()


def affiliates(network: str) -> list[dict[str, Any]]:
    """The actors that say they belong to a network."""
    return [a for a in actors() if any(x["network"] == network for x in a.get("affiliations", []))]


def test_keys_are_unique_stable_addresses() -> None:
    keys = [entry["key"] for entry in entries()]
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    assert [key for key in keys if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)] == []
    assert [key for key in keys if len(key) > 80] == []


def test_names_are_not_doubled() -> None:
    """The same organisation named in several sections is one entry."""
    names = Counter(folded(actor["name"]) for actor in actors())
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(("items", "allowed"), [(actors, ACTOR_KEYS), (places, PLACE_KEYS)])
def test_no_key_outside_the_shape(items: Any, allowed: set[str]) -> None:
    for entry in items():
        assert set(entry) <= allowed, entry["key"]
        assert ("number" in entry) != ("numbers" in entry), entry["key"]
        parts = {"names": NAME_KEYS, "affiliations": AFFILIATION_KEYS, "facts": FACT_KEYS}
        for part, keys in parts.items():
            assert all(set(item) <= keys for item in entry.get(part, [])), (entry["key"], part)
        assert set(entry.get("zone", {})) <= ZONE_KEYS, entry["key"]


def test_every_row_of_the_inventory_is_answered() -> None:
    answered = {row for entry in entries() for row in rows_of(entry)}
    assert set(ROWS) - answered == set()
    assert {row for row in answered if row not in range(1, 270)} == set()


def test_places_answer_the_rows_of_places_only() -> None:
    assert {row for place in places() for row in rows_of(place)} == set(range(50, 71))


def test_every_statement_has_a_known_source() -> None:
    known = read(SEEDS / "sources.yaml")
    for key, item in statements():
        cited = [item["source"]] if "source" in item else item["sources"]
        assert cited, key
        assert len(set(cited)) == len(cited), (key, cited)
        for source in cited:
            document, _, section = source.partition(" ")
            assert source == "COG 2026" or document in known["documents"], (key, source)
            assert section, (key, source)


def test_every_zone_is_a_zone_of_the_tables() -> None:
    for entry in entries():
        if "zone" in entry:
            level, _, code = entry["zone"]["code"].partition(":")
            assert code in table(level), (entry["key"], entry["zone"]["code"])


def test_a_note_fits_its_place() -> None:
    for entry in entries():
        note = entry.get("zone", {}).get("note", {})
        assert all(len(said) <= 300 for said in note.values()), entry["key"]


def test_an_authority_governs_a_zone_of_its_level() -> None:
    for actor in actors():
        allowed = LEVELS.get(actor["nature"])
        if allowed and "zone" in actor:
            assert actor["zone"]["code"].partition(":")[0] in allowed, actor["key"]


def test_a_commune_is_placed_only_when_its_name_is_unique() -> None:
    """A name alone does not geocode (Saint-Denis, Fresnes, Merville have homonyms)."""
    homonyms = Counter(folded(row["nom"]) for row in table("commune").values())
    for actor in (a for a in actors() if a["key"].startswith("ville-")):
        name = folded(re.sub(r"^Ville (de |d')", "", actor["name"]))
        zone = actor.get("zone")
        if zone is None:
            assert homonyms[name] > 1, actor["key"]
        elif "note" not in zone:
            assert homonyms[name] == 1, actor["key"]
            assert folded(table("commune")[zone["code"].partition(":")[2]]["nom"]) == name, actor["key"]


def test_a_siren_is_that_of_the_zone() -> None:
    holders = [actor for actor in actors() if "siren" in actor]
    assert len(holders) > 40
    for actor in holders:
        level, _, code = actor["zone"]["code"].partition(":")
        assert actor["siren"]["source"] == "COG 2026"
        official = code if level == "epci" else table(level)[code]["siren"]
        assert actor["siren"]["value"] == official, actor["key"]
        # A code that begins with 20 is that of a body founded after 2008: not that of 2012.
        assert official[:2] in {"21", "24"}, actor["key"]


def test_natures_functions_and_kinds_are_in_the_vocabularies() -> None:
    natures, functions = terms("legal_nature"), terms("actor_function")
    for actor in actors():
        assert actor["nature"] in natures, actor["key"]
        assert set(actor.get("functions", [])) <= functions, actor["key"]
        assert actor.get("ess_declared", "yes") in {"yes", "no"}, actor["key"]
    assert {place["kind"] for place in places()} <= PLACE_KINDS
    assert {name["kind"] for entry in entries() for name in entry.get("names", [])} <= NAME_KINDS


def test_affiliations_lead_to_another_actor_once() -> None:
    keys = {actor["key"] for actor in actors()}
    for actor in actors():
        networks = [item["network"] for item in actor.get("affiliations", [])]
        assert set(networks) <= keys - {actor["key"]}, actor["key"]
        assert len(set(networks)) == len(networks), actor["key"]


def test_the_rtes_has_the_members_of_its_list() -> None:
    members = affiliates("rtes")
    rows = Counter(row for actor in members for row in rows_of(actor) if row in RTES_ROWS)
    assert rows == Counter(RTES_ROWS)
    assert len(members) == len(RTES_ROWS)


def test_the_statement_has_its_signatories() -> None:
    members = affiliates(SIGNATORIES)
    rows = Counter(row for actor in members for row in rows_of(actor) if row in SIGNATORY_ROWS)
    assert rows == Counter(SIGNATORY_ROWS)


def test_a_group_has_as_many_members_as_its_source_lists() -> None:
    counted = {
        actor["key"]: fact["value"]
        for actor in actors()
        for fact in actor.get("facts", [])
        if fact["code"] == "actor.members" and fact.get("status") == "computed"
    }
    assert sorted(counted.values()) == [6, 10, 15, 16, 19, 35]
    assert {key: len(affiliates(key)) for key in counted} == counted


@pytest.mark.parametrize(("items", "subject"), [(actors, "actor"), (places, "place")])
def test_facts_obey_the_catalogue(items: Any, subject: str) -> None:
    for entry in items():
        for fact in entry.get("facts", []):
            code = catalogue()[fact["code"]]
            assert subject in code["subjects"], (entry["key"], fact["code"])
            assert fact.get("unit") == code.get("unit"), (entry["key"], fact["code"])
            assert ("on" not in fact) or code["period"] != "none", (entry["key"], fact["code"])
            assert fact.get("qualifier", "about") in QUALIFIERS
            assert fact.get("status", "declared") in STATUSES
            assert value_fits(fact["value"], code["type"]), (entry["key"], fact)


def value_fits(value: Any, kind: str) -> bool:
    """Whether a value has the form of its type; a range gives its two ends in order."""
    if isinstance(value, dict) and set(value) == {"min", "max"}:
        return kind in {"number", "money"} and value["min"] < value["max"]
    if kind in {"number", "money"}:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "date":
        return bool(re.fullmatch(r"\d{4}(-\d{2}){0,2}", str(value)))
    return isinstance(value, str) or set(value) == {"fr", "en"}


def test_a_single_valued_fact_is_stated_once_by_a_source() -> None:
    for entry in entries():
        said = Counter(
            (fact["code"], str(fact.get("on")), source)
            for fact in entry.get("facts", [])
            if catalogue()[fact["code"]]["cardinality"] == "one"
            for source in (fact.get("sources") or [fact["source"]])
        )
        assert [item for item, count in said.items() if count > 1] == [], entry["key"]


def test_texts_are_in_french_and_english() -> None:
    texts = [text for entry in entries() for text in bilingual(entry)]
    assert len(texts) > 150
    for text in texts:
        assert set(text) == {"fr", "en"}
        assert all(said.strip() for said in text.values()), text
        assert text["fr"] != text["en"], text


def test_places_lead_to_poles_that_exist() -> None:
    poles = {pole["key"] for pole in read(SEEDS / "poles.yaml")}
    assert {place["pole"]["key"] for place in places() if "pole" in place} <= poles
