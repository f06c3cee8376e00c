"""The content of the poles: every key, code, source, zone and actor can be resolved. No Django here."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ruamel.yaml import YAML

SRC = Path(__file__).parents[2] / "src" / "terreau"
SEEDS = SRC / "poles" / "content" / "seeds"
FACTS = SRC / "facts" / "content"
GEO = SRC / "territories" / "content" / "geo"
ACTOR_FILES = ("organisations", "networks", "authorities", "rtes", "signatories", "working-groups")
SOURCED = {"source", "sources"}
KEYS = {
    "pole": {
        *("key", "number", "kind", "name", "names", "summary", "structuration", "stage", "recognitions"),
        *("carriers", "members", "perimeter", "facts", "texts"),
    },
    "fact": {"code", "value", "unit", "on", "from", "to", "qualifier", "status", "note"} | SOURCED,
    "names": {"text", "kind"} | SOURCED,
    "stage": {"value", "on"} | SOURCED,
    "recognitions": {"scheme", "year", "body"} | SOURCED,
    "carriers": {"actor"} | SOURCED,
    "members": {"actor", "role", "circle", "from", "to", "note"} | SOURCED,
    "perimeter": {"label", "zones", "communes", "approximate", "infra", "note"} | SOURCED,
    "structuration": {"value"} | SOURCED,
    "texts": {"fr", "en"} | SOURCED,
}
QUALIFIERS = {"more_than", "less_than", "at_least", "about", "almost"}
LAYERS = {
    "commune": "communes",
    "departement": "departements",
    "region": "regions",
    "ancienne-region": "anciennes_regions",
    "epci": "epci",
}


@cache
def load(path: Path) -> Any:
    """Return a YAML file; YAML 1.2, where `on` and `no` are words."""
    return YAML(typ="safe").load(path.read_text("utf-8"))


def seeds(name: str) -> Any:
    return load(SEEDS / f"{name}.yaml")


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    return {entry["code"]: entry for entry in load(FACTS / "catalogue" / "poles.yaml")}


@cache
def terms(vocabulary: str) -> frozenset[str]:
    found = load(FACTS / "vocabularies" / f"{vocabulary}.yaml")
    return frozenset(term["code"] for term in found["terms"])


@cache
def actor_keys() -> frozenset[str]:
    return frozenset(actor["key"] for name in ACTOR_FILES for actor in seeds(name))


@cache
def zone_codes(level: str) -> frozenset[str]:
    rows = duckdb.connect().execute(f"select code from '{GEO / LAYERS[level]}.parquet'").fetchall()
    return frozenset(code for (code,) in rows)


def sources_of(statement: dict[str, Any]) -> list[str]:
    return statement.get("sources") or [statement["source"]] if statement.keys() & SOURCED else []


def statements() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (pole, what, statement) for everything that must cite a source."""
    for pole in seeds("poles"):
        for what in ("names", "stage", "recognitions", "carriers", "members"):
            yield from ((pole["key"], what, item) for item in pole.get(what, []))
        for what in ("perimeter", "structuration"):
            if what in pole:
                yield pole["key"], what, pole[what]
        for texts in pole.get("texts", {}).values():
            yield from ((pole["key"], "texts", item) for item in texts)
    for subject, fact in facts():
        yield subject, "fact", fact


def facts() -> Iterator[tuple[str, dict[str, Any]]]:
    for pole in seeds("poles"):
        yield from ((f"pole:{pole['key']}", fact) for fact in pole.get("facts", []))
    for entry in seeds("national"):
        yield from ((entry["subject"], fact) for fact in entry["facts"])


def fact_problems(fact: dict[str, Any]) -> list[str]:
    """Return what is wrong with the code, the type, the unit or the precision of a fact."""
    entry = catalogue().get(fact["code"])
    if entry is None:
        return ["unknown code"]
    problems = []
    value, kind = fact["value"], entry["type"]
    if fact.get("unit") != entry.get("unit"):
        problems.append(f"unit {fact.get('unit')}, not {entry.get('unit')}")
    if kind == "code" and value not in terms(entry["choices"]):
        problems.append(f"{value} is not in {entry['choices']}")
    if kind in {"number", "money"} and not number_or_range(value):
        problems.append(f"{value!r} is not a number")
    if kind == "text" and not (isinstance(value, str) or in_two_languages(value)):
        problems.append(f"{value!r} is not a text")
    if fact.get("qualifier", "about") not in QUALIFIERS:
        problems.append(f"unknown qualifier {fact['qualifier']}")
    if fact.get("status") in {"estimated", "computed"} and "note" not in fact:
        problems.append("an estimate says what it comes from")
    return problems


def number_or_range(value: object) -> bool:
    if isinstance(value, dict):
        return value.keys() == {"min", "max"} and value["min"] < value["max"]
    return isinstance(value, int | float) and not isinstance(value, bool)


def in_two_languages(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"fr", "en"} and all(map(str.strip, value.values()))


def source_problem(source: str) -> str:
    """Say what is wrong with a source such as « S3 §2 … » or « P:archer.fr »; empty when it resolves."""
    known = seeds("sources")
    if source.startswith("P:"):
        return "" if source[2:] in known["pages"] else f"unknown page {source}"
    document, _, place = source.partition(" ")
    if document not in known["documents"]:
        return f"unknown document {source}"
    return "" if place.strip() else f"{source} gives no place in the document"


def test_every_statement_has_known_keys_and_a_source_that_resolves() -> None:
    wrong = [
        (who, what, sorted(item.keys() - KEYS[what]), [source_problem(source) for source in sources_of(item)])
        for who, what, item in statements()
        if item.keys() - KEYS[what]
        or len(item.keys() & SOURCED) != 1
        or any(source_problem(source) for source in sources_of(item))
    ]
    assert wrong == []


def test_every_fact_follows_the_catalogue() -> None:
    wrong = [(who, fact["code"], problems) for who, fact in facts() if (problems := fact_problems(fact))]
    assert wrong == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": "pole.nothing"}, "unknown code"),
        ({"unit": "persons"}, "unit persons"),
        ({"value": "fifteen"}, "is not a number"),
        ({"value": {"min": 20, "max": 10}}, "is not a number"),
        ({"qualifier": "roughly"}, "unknown qualifier"),
        ({"status": "estimated"}, "an estimate says"),
    ],
)
def test_a_wrong_fact_is_found(change: dict[str, Any], message: str) -> None:
    fact = {"code": "pole.members", "value": 15, "unit": "structures", "source": "S3 §2"}
    assert fact_problems(fact) == []
    assert message in fact_problems(fact | change)[0]


def test_a_wrong_source_is_found() -> None:
    assert source_problem("S3 annexe 1") == ""
    assert source_problem("S9 annexe 1")
    assert source_problem("S3")
    assert source_problem("P:nowhere")


def test_the_49_rows_are_there_once_and_three_poles_come_from_pages() -> None:
    poles = seeds("poles")
    numbers = [pole["number"] for pole in poles]
    assert sorted(n for n in numbers if n is not None) == list(range(1, 50))
    pages_only = {pole["key"] for pole in poles if pole["number"] is None}
    assert pages_only == {"tetris", "les-imaginations-fertiles", "coopaxis"}
    cited = [
        s
        for who, _, item in statements()
        if who.removeprefix("pole:") in pages_only
        for s in sources_of(item)
    ]
    assert cited
    assert all(source.startswith("P:") for source in cited)


def test_keys_are_unique_and_every_pole_is_presented_in_both_languages() -> None:
    poles = seeds("poles")
    names = [pole["key"] for pole in poles]
    assert [key for key, count in Counter(names).items() if count > 1] == []
    assert [pole["key"] for pole in poles if pole.keys() - KEYS["pole"]] == []
    assert [pole["key"] for pole in poles if not in_two_languages(pole["summary"])] == []
    kinds = {pole["number"]: pole["kind"] for pole in poles}
    assert {n for n, kind in kinds.items() if kind == "family"} == {30, 48}
    assert {n for n, kind in kinds.items() if kind == "set"} == {42, 43, 44, 49}


def test_every_zone_and_commune_of_a_perimeter_exists() -> None:
    for pole in seeds("poles"):
        perimeter = pole.get("perimeter", {})
        for zone in perimeter.get("zones", []):
            level, code = zone.split(":")
            assert code in zone_codes(level), (pole["key"], zone)
        assert set(perimeter.get("communes", [])) <= zone_codes("commune"), pole["key"]
        if perimeter.get("zones"):
            assert perimeter.get("approximate") is True, pole["key"]


def test_nothing_is_geocoded_from_a_name_alone() -> None:
    perimeters = {pole["key"]: pole.get("perimeter") for pole in seeds("poles")}
    assert "27102" not in perimeters["eco-domaine-de-bouquetot"].get("communes", [])
    assert perimeters["pole-sud"]["communes"] == ["26281"]
    assert {"zones", "communes"}.isdisjoint(perimeters["fontaine-o-livres"])
    assert perimeters["pays-de-bray"]["zones"] == ["departement:60", "departement:76"]
    assert [perimeters[key] for key in ("ardes", "cresol", "iresa")] == [None, None, None]


def test_every_actor_named_by_a_pole_is_described() -> None:
    named = {
        (pole["key"], item["actor"])
        for pole in seeds("poles")
        for what in ("carriers", "members")
        for item in pole.get(what, [])
    }
    named |= {
        (pole["key"], item["body"])
        for pole in seeds("poles")
        for item in pole.get("recognitions", [])
        if "body" in item
    }
    subjects = {entry["subject"] for entry in seeds("national")}
    named |= {("national", subject.removeprefix("actor:")) for subject in subjects}
    assert [pair for pair in sorted(named) if pair[1] not in actor_keys()] == []


def test_every_role_scheme_and_stage_is_in_its_vocabulary() -> None:
    for pole in seeds("poles"):
        assert {item["role"] for item in pole.get("members", [])} <= terms("member_role"), pole["key"]
        assert {item["scheme"] for item in pole.get("recognitions", [])} <= terms("recognition"), pole["key"]
        assert {item["value"] for item in pole.get("stage", [])} <= terms("stage"), pole["key"]
        if "structuration" in pole:
            assert pole["structuration"]["value"] in terms("structuration"), pole["key"]


CONTRADICTIONS = [
    ("pole:sud-aquitain", "pole.ess_enterprises", {8, 9}),
    ("pole:eoliennes-en-pays-de-vilaine", "pole.citizen_investors", {700, 800}),
    ("pole:eoliennes-en-pays-de-vilaine", "pole.location", {"Ille-et-Vilaine", "Béganne"}),
    ("pole:artis", "pole.premises_area", {4000, 1000}),
    ("pole:artis", "pole.jobs", {130, 250}),
    ("pole:culture-et-cooperation", "pole.members", {20, 15}),
    ("pole:culture-et-cooperation", "pole.since", {2005, 2000}),
    ("pole:ensemble-brest-2009", "set.poles", {39, 30}),
    ("actor:labo-ess", "call.launched", {2011, "2011-10", "2011-11"}),
    ("actor:labo-ess", "call.answers", {150, 160}),
    ("actor:labo-ess", "concept.formalised", {"2010-09", "2011-02"}),
    ("actor:labo-ess", "policy.strands", {2, 4}),
    ("actor:rtes", "actor.founded", {2001, 2002}),
]


@pytest.mark.parametrize(("subject", "code", "values"), CONTRADICTIONS)
def test_sources_that_contradict_one_another_both_stay(subject: str, code: str, values: set[object]) -> None:
    found = [fact for who, fact in facts() if who == subject and fact["code"] == code]
    assert {fact["value"] for fact in found} >= values
    assert len({tuple(sources_of(fact)) for fact in found}) > 1 or any("status" in fact for fact in found)


def test_figures_known_from_pages_never_cite_a_seed() -> None:
    bou_sol = [fact for who, fact in facts() if who == "pole:bou-sol" and fact["code"] == "pole.farmers"]
    assert [fact["value"] for fact in bou_sol] == [30]
    for who, fact in facts():
        kinds = {source.startswith("P:") for source in sources_of(fact)}
        assert len(kinds) == 1, (who, fact["code"])
    jura = [fact for who, fact in facts() if who == "pole:clus-ter-jura" and "unit" in fact]
    assert {source[:2] for fact in jura for source in sources_of(fact) if fact["unit"] != "of_29"} == {"P:"}


def test_groups_file_every_kind_of_member_once() -> None:
    for path in sorted((FACTS / "groups").glob("*.yaml")):
        found = load(path)
        codes = [code for codes in found["groups"].values() for code in codes]
        assert len(codes) == len(set(codes))
        assert set(codes) <= terms(found["vocabulary"]), path.name
    kinds = load(FACTS / "groups" / "member_kind.yaml")["groups"]
    assert set(kinds) == terms("member_group")
    assert {code for codes in kinds.values() for code in codes} == terms("member_kind")


def test_every_code_of_the_catalogue_is_labelled_and_linked() -> None:
    units = load(FACTS / "units.yaml")
    for code, entry in catalogue().items():
        assert in_two_languages(entry["label"]), code
        assert in_two_languages(entry["definition"]), code
        assert entry.get("unit", "EUR") in units, code
        if entry["type"] == "code":
            assert terms(entry["choices"]), code
