"""A deposited file is checked whole: every problem has its line, and hostile files cost little."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.grids.content_rules import Checked, check
from terreau.grids.reading import MAX_BYTES
from tests.grids.grid_files import TEXT, changed, grid


def problems(text: str | bytes) -> list[tuple[int, str, str]]:
    return [(one.line, one.where, one.code) for one in check(text).problems]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_right_file_has_no_problem_and_a_digest() -> None:
    found = check(TEXT)
    assert found.ok
    assert found.grid is not None
    assert (found.grid.code, found.grid.version, len(found.grid.criteria)) == ("essai", "1", 4)
    assert found.text == TEXT
    assert check(TEXT.encode()).digest == found.digest


def test_the_layout_of_a_file_changes_no_digest_and_a_word_does() -> None:
    spaced = "# Un commentaire.\n" + TEXT.replace('version: "1"', 'version:    "1"   # note')
    assert check(spaced).digest == check(TEXT).digest
    assert check(changed(("Trois membres au moins.", "Quatre."))).digest != check(TEXT).digest


@pytest.mark.parametrize(
    ("before", "after", "where", "code"),
    [
        ("code: essai", "code: Essai accentué", "code", "bad_code"),
        ('version: "1"', 'version: ""', "version", "bad_code"),
        ("nature: criteria", "nature: criteres", "nature", "unknown_word"),
        ("subject: pole", "subject: bank", "subject", "unknown_word"),
        ("valid_from: 2015-01-01", "valid_from: hier", "valid_from", "bad_day"),
        ("valid_to: null", "valid_to: 2014-01-01", "valid_to", "bad_period"),
        ("prescriptive: true", "prescriptive: vrai", "prescriptive", "bad_bool"),
        ('owner: {name: "Des essayeurs"}', "owner: {nom: x}", "owner.nom", "unknown_key"),
        ("    axis: A", "    axis: B", "criteria[0].axis", "unknown_word"),
        ("  - value: 1", "  - value: 0", "scale[1].value", "bad_degree"),
        ("all_of: [incontournable]", "all_of: [a_tester]", "verdict.all_of", "bad_kinds"),
        ("none_of: [exclusion]", "none_of: [echelle]", "verdict.none_of", "bad_kinds"),
        ("kind: echelle", "kind: echele", "criteria[3].kind", "unknown_word"),
        ("  - code: durable", "  - code: trois", "criteria[1]", "code_twice"),
        ("reads: [members]", "reads: [membres]", "criteria[1].reads", "unknown_fact"),
        ("of: members", "of: membres", "criteria[0].rule.count.of", "unknown_fact"),
        ("of: members", "of: functions", "criteria[0].rule.count.of", "wrong_type"),
        ("of: members", "of: actor.ess", "criteria[0].rule.count.of", "other_subject"),
        ("field: organisation", "field: association", "criteria[0].rule.count.where.field", "unknown_field"),
        ("field: organisation", "field: kind", "criteria[0].rule.count.where.field", "wrong_type"),
        ("op: at_least", "op: au_moins", "criteria[0].rule.count.op", "unknown_word"),
        ("to: 3", "to: trois", "criteria[0].rule.count.to", "bad_operand"),
        ("to: 3", "to: -1", "criteria[0].rule.count.to", "bad_operand"),
        ("to: 3", "to: {parameter: p}", "criteria[0].rule.count.to", "unknown_parameter"),
        ("only: [consular_chamber]", "only: [chambre]", "criteria[2].rule.has.only", "unknown_term"),
        ("only: [consular_chamber]", "only: []", "criteria[2].rule.has.only", "not_a_list"),
        (
            "only: [consular_chamber]",
            "only: [observatory], any_of: [observatory]",
            "criteria[2].rule.has",
            "one_mode",
        ),
        (
            "rule: {has: {fact: functions",
            "rule: {python: {fact: functions",
            "criteria[2].rule",
            "unknown_rule",
        ),
        ("rule: {has:", "rule: {fact: members, has:", "criteria[2].rule", "unknown_rule"),
        ('fr: "Le projet dure."', 'fr: ""', "criteria[1].text.fr", "not_a_text"),
        ('    title: {fr: "Axe", en: "Axis"}', '    title: {fr: "Axe"}', "axes[0].title", "missing_key"),
    ],
)
def test_each_mistake_is_told_with_its_line(before: str, after: str, where: str, code: str) -> None:
    text = changed((before, after))
    assert (line_of(TEXT, before.strip()), where, code) in problems(text)
    assert check(text).grid is None


def test_every_mistake_is_told_at_once_in_the_order_of_the_file() -> None:
    text = changed(("nature: criteria", "nature: x"), ("op: at_least", "op: y"), ("kind: echelle", "kind: z"))
    found = problems(text)
    assert [code for _line, _where, code in found if code == "unknown_word"] == ["unknown_word"] * 3
    assert [line for line, _where, _code in found] == sorted(line for line, _where, _code in found)


def test_an_unknown_key_is_refused_everywhere() -> None:
    assert ("nom", "unknown_key") in {(w, c) for _l, w, c in problems(TEXT + 'nom: "x"\n')}
    found = problems(changed(("    axis: A\n", "    axis: A\n    poids: 3\n")))
    assert ("criteria[0].poids", "unknown_key") in {(w, c) for _l, w, c in found}


def test_a_grid_that_concludes_says_how() -> None:
    text = changed(("verdict: {all_of: [incontournable], none_of: [exclusion]}\n", ""))
    assert [code for _l, _w, code in problems(text)] == ["no_verdict"]
    text = changed(("prescriptive: true", "prescriptive: false"))
    assert [code for _l, _w, code in problems(text)] == ["verdict_unwanted"]


def test_only_an_exclusion_leads_elsewhere() -> None:
    text = changed(("    kind: exclusion", "    kind: a_tester"))
    assert (line_of(text, "orient:"), "criteria[2].orient", "orient_unwanted") in problems(text)


def test_one_question_for_one_criterion() -> None:
    ask = 'judged: {question: {fr: "Vraiment ?", en: "Really?"}}'
    text = changed(
        ("rule: {has: {fact: functions, only: [consular_chamber]}}", f"rule: {{all: [{{{ask}}}, {{{ask}}}]}}")
    )
    assert [code for _l, _w, code in problems(text)] == ["judged_twice"]


def test_a_mapping_that_comes_from_itself_is_refused() -> None:
    text = TEXT + 'mapping: {from: "1", moves: [{keep: [trois]}]}\n'
    assert problems(text) == [(line_of(text, "mapping:"), "mapping.from", "cyclic_mapping")]


def test_numbers_of_a_rescale_may_be_written_bare() -> None:
    text = TEXT + 'mapping: {from: "0", moves: [{rescale: {from: note, to: note, values: {0: 0, 2: 1}}}]}\n'
    found = check(text)
    assert found.ok
    assert found.content is not None
    assert found.content["mapping"]["moves"][0]["rescale"]["values"] == {"0": 0, "2": 1}


def test_a_place_is_kept_for_a_text_that_we_do_not_hold() -> None:
    text = """\
code: a-venir
title: {fr: "À venir", en: "To come"}
nature: charter
subject: pole
owner: {name: "Son auteur"}
awaited: {fr: "Texte non détenu.", en: "Text not held."}
"""
    found = check(text)
    assert found.ok
    assert found.grid is None
    assert found.awaited is not None
    assert found.awaited["awaited"]["en"] == "Text not held."


# ---------------------------------------------------------------- hostile files

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"


@pytest.mark.parametrize(
    ("given", "line", "code"),
    [
        (BOMB, 1, "anchor"),
        (b"code: \xff\xfe", 1, "bad_encoding"),
        ("code: é\n".encode("latin-1"), 1, "bad_encoding"),
        (b"code: essai\nversion: \x00\x01\n", 2, "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "bad_encoding"),
        (b"PK\x03\x04\x14\x00", 1, "binary"),
        ("a: " + "[" * 40 + "]" * 40, 1, "too_deep"),
        ("a:\n" + "\n".join(" " * n + "b:" for n in range(1, 60)), 25, "too_deep"),
        ("code: x\ncode: y\n", 2, "key_twice"),
        ("code: x\n---\ncode: y\n", 2, "two_documents"),
        ("code: [x\n", 2, "not_yaml"),
        ("- code: x\n", 1, "not_a_grid"),
        ("", 1, "not_a_grid"),
        ("code: !!python/object/apply:os.system [x]\n", 1, "missing_key"),
        ("code: !!binary eA==\n", 1, "tag"),
        ("[1]: x\n", 1, "bad_key"),
        ("a: [" + "1," * 30_000 + "1]", 1, "too_many"),
        ("a: 99999999999999999999\n", 1, "bad_value"),
        ("a: .inf\n", 1, "bad_value"),
        ("<<: {a: 1}\n", 1, "tag"),
    ],
)
def test_hostile_files_are_refused_with_their_line(given: str | bytes, line: int, code: str) -> None:
    found = check(given)
    assert found.grid is None
    assert (line, code) in {(one.line, one.code) for one in found.problems}


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 10_000_000])
def test_a_large_file_is_not_even_read(size: int) -> None:
    before = time.process_time()
    assert problems(b"a" * size) == [(1, "", "too_large")]
    assert time.process_time() - before < 0.5


def test_a_million_brackets_cost_little() -> None:
    before = time.process_time()
    assert [code for _l, _w, code in problems("[" * 900_000)] == ["too_deep"]
    assert time.process_time() - before < 2


def test_rules_do_not_go_deeper_than_people_read() -> None:
    deep = "{not: " * 13 + "{fact: pole.legal_person}" + "}" * 13
    text = changed(("rule: {has: {fact: functions, only: [consular_chamber]}}", f"rule: {deep}"))
    assert "rule_too_deep" in {code for _l, _w, code in problems(text)}
    less = "{not: " * 11 + "{fact: pole.legal_person}" + "}" * 11
    assert check(changed(("rule: {has: {fact: functions, only: [consular_chamber]}}", f"rule: {less}"))).ok


_words = st.sampled_from(
    [*TEXT.split(), "&a", "*a", "!!x", "null", "[", "]", "{", "}", ":", "-", "\n", "\x85"]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.lists(_words, max_size=30).map(" ".join)))
def test_whatever_is_given_is_told_never_raised(given_text: str | bytes) -> None:
    found = check(given_text)
    assert isinstance(found, Checked)
    assert found.problems


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_file_with_a_line_broken_is_told_never_raised(data: st.DataObject) -> None:
    lines = TEXT.splitlines()
    rank = data.draw(st.integers(0, len(lines) - 1))
    replaced = data.draw(
        st.sampled_from(["", "x", "  - x", lines[rank] + ": ]", lines[rank].lstrip(), "\t" + lines[rank]])
    )
    check("\n".join([*lines[:rank], replaced, *lines[rank + 1 :]]))


def test_the_grid_of_these_tests_reads() -> None:
    assert grid().by_code["trois"].reads == ("members",)
