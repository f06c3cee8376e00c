"""What becomes of answers between versions: everything is told, nothing is turned round."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.common.content import read_content
from terreau.grids.mappings import Carried, Confidence, carry
from terreau.grids.moves import Move, Shape, alone, check, turning

CODES = [f"c{n}" for n in range(1, 7)]
WHY = {"fr": "redite", "en": "said twice"}


def shape(version: str, *codes: str, degrees: tuple[int, ...] = (0, 1, 2, 3, 4), **words: str) -> Shape:
    """A version whose criteria are all on the scale; words other than the code are given by name."""
    return Shape(version, {code: words.get(code, code) for code in codes}, degrees, frozenset(codes))


OLD = shape("1", "a", "b", "c", "d", "e")
NEW = shape("2", "a", "b2", "c1", "c2", "de", "f", b2="b")
MOVES = [
    {"keep": ["a"]},
    {"move": {"from": "b", "to": "b2"}},
    {"split": {"from": "c", "to": ["c1", "c2"], "share": [Decimal("0.7"), Decimal("0.3")]}},
    {"merge": {"from": ["d", "e"], "to": "de", "how": "lowest"}},
    {"new": ["f"]},
]


def carried(answers: dict, declared: list = MOVES, old: Shape = OLD, new: Shape = NEW) -> Carried:
    """Carry answers through one step that has no fault."""
    moves, faults = check(declared, old, new)
    assert not faults
    return carry(answers, [(old, moves, new)], old.version)


def test_each_move_says_what_it_does() -> None:
    """Keep and move are sure, a split is to be confirmed, a merge follows its rule."""
    read = carried({"a": 3, "b": 2, "c": 4, "d": 1, "e": 3})
    said = {code: (item.value, item.confidence.value) for code, item in read.items.items()}
    assert said == {
        "a": (3, "sure"),
        "b2": (2, "sure"),
        "c1": (4, "stated"),
        "c2": (4, "to_check"),
        "de": (1, "stated"),
    }
    assert [(record.verb, [one.code for one in record.origins], record.to) for record in read.records] == [
        ("keep", ["a"], ("a",)),
        ("move", ["b"], ("b2",)),
        ("split", ["c"], ("c1", "c2")),
        ("merge", ["d", "e"], ("de",)),
    ]
    assert read.items["de"].why[-1]["en"] == "2 old questions are now one: the lowest answer is taken (1, 3)."
    assert "l'essentiel (70 %)" in read.items["c1"].why[-1]["fr"]


@pytest.mark.parametrize(
    ("how", "values", "expected"),
    [
        ("lowest", (2, 4), (2, "stated")),
        ("highest", (2, 4), (4, "stated")),
        ("agree", (3, 3), (3, "stated")),
        ("agree", (2, 4), (None, "to_check")),
        ("lowest", (2, None), (2, "to_check")),
        ("highest", ("oui", "a_verifier"), ("oui", "stated")),
        ("lowest", ("oui", "a_verifier"), ("a_verifier", "stated")),
        ("lowest", ("oui", 3), (None, "to_check")),
        ("lowest", (None, None), (None, "stated")),
    ],
)
def test_a_merge_follows_its_rule(how: str, values: tuple, expected: tuple) -> None:
    """Answers that differ or lack make what is read less sure, never another answer in secret."""
    old, new = shape("1", "a", "b"), shape("2", "ab")
    declared = [{"merge": {"from": ["a", "b"], "to": "ab", "how": how}}]
    item = carried(dict(zip("ab", values, strict=True)), declared, old, new).items["ab"]
    assert (item.value, item.confidence.value) == expected
    assert {origin.code for origin in item.origins} == {"a", "b"}


def test_words_that_changed_make_it_stated() -> None:
    """The owner says that it is the same question: that is not the same as unchanged words."""
    old, new = shape("1", "a"), shape("2", "a", a="autrement dit")
    item = carried({"a": 1}, [{"keep": ["a"]}], old, new).items["a"]
    assert item.confidence is Confidence.STATED
    assert "ses mots ont changé" in item.why[0]["fr"]


def test_a_dropped_question_keeps_its_answer_in_the_record() -> None:
    """Nothing is read under the new version; the record says the value and why."""
    read = carried({"a": 4}, [{"drop": {"from": "a", "reason": WHY}}], shape("1", "a"), shape("2"))
    (record,) = read.records
    assert not read.items
    assert (record.verb, record.origins[0].value, record.why["fr"]) == (
        "drop",
        4,
        "La question n'existe plus : redite",
    )


def test_an_answer_to_a_question_that_no_version_has_is_told_too() -> None:
    """What stands in old answers by mistake is not swallowed."""
    read = carried({"zz": 4}, [{"keep": ["a"]}], shape("1", "a"), shape("2", "a"))
    assert [(record.verb, record.origins[0].value) for record in read.records] == [("unknown", 4)]


def test_several_steps_are_no_surer_than_their_weakest() -> None:
    """1 → 2 splits, 2 → 3 rescales: the answer is still to be confirmed, its origin is that of version 1."""
    one, two = shape("1", "a"), shape("2", "a1", "a2")
    three = shape("3", "a1", "a2", degrees=(0, 1, 2))
    split, _ = check([{"split": {"from": "a", "to": ["a1", "a2"]}}], one, two)
    values = {0: 0, 1: 0, 2: 1, 3: 2, 4: 2}
    rescale, faults = check(
        [{"rescale": {"from": ["a1", "a2"], "to": ["a1", "a2"], "values": values}}], two, three
    )
    assert not faults
    read = carry({"a": 3}, [(one, split, two), (two, rescale, three)], "1")
    item = read.items["a1"]
    assert (item.value, item.confidence.value) == (2, "to_check")
    assert [(origin.version, origin.code, origin.value) for origin in item.origins] == [("1", "a", 3)]
    assert [text["en"][:20] for text in item.why] == ["The old question is ", "The scale has change"]
    assert [record.step for record in read.records] == [("1", "2"), ("2", "3"), ("2", "3")]


FAULTS = [
    ("keep: [a, b]", "old_lost", "new_from_nowhere"),
    ("oops: [a]", "unknown_move"),
    ("keep: [zz]", "old_unknown", "new_unknown"),
    ("split: {from: c, to: [c1]}", "bad_codes"),
    ("split: {from: c, to: [c1, c2], share: [0.5, 0.4]}", "shares"),
    ("split: {from: c, to: [c1, c2], part: 1}", "unknown_key"),
    ("merge: {from: [d, e], to: de, how: mean}", "how"),
    ("merge: {from: [d, e], to: de}", "missing_key"),
    ("drop: {from: a}", "missing_key"),
    ("drop: {from: a, reason: {fr: x}}", "no_reason"),
    ("rescale: {from: a, to: a, values: {'0': 0, '1': 1}}", "degree_lost"),
    ("rescale: {from: a, to: a, values: {'0': 0, '1': 3, '2': 2, '3': 3, '4': 4}}", "not_monotone"),
    ("rescale: {from: a, to: a, values: {'0': 0, '1': 1, '2': 2, '3': 3, '4': 9}}", "degree_unknown"),
    ("rescale: {from: a, to: a, values: 3}", "no_values"),
]


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case[0])
def test_a_wrong_mapping_is_refused_with_its_line(case: tuple[str, ...], tmp_path: Path) -> None:
    """Each mistake has its code, its line and its sentence in both languages."""
    text, *codes = case
    path = tmp_path / "moves.yaml"
    path.write_text(f"# a comment\n- {text}\n", encoding="utf-8")
    _moves, faults = check(read_content(path), OLD, NEW, line=1)
    found = {fault.code: fault for fault in faults}
    assert set(codes) <= set(found), sorted(found)
    assert found[codes[0]].line in {1, 2}
    assert all(fault.text["fr"] and fault.text["en"] and "{" not in fault.text["fr"] for fault in faults)


def test_codes_that_turn_in_circles_are_refused() -> None:
    """a → b and b → a would give one code two meanings."""
    both = shape("1", "a", "b"), shape("2", "a", "b")
    swap = [{"move": {"from": "a", "to": "b"}}, {"move": {"from": "b", "to": "a"}}]
    assert [fault.code for fault in check(swap, *both)[1]] == ["cyclic"]
    assert turning({"3": "2", "2": "1", "1": "3"}) == ("3", "2", "1")
    assert turning({"3": "2", "2": "1", "1": None}) == ()


def test_a_file_read_by_itself_shows_its_own_mistakes() -> None:
    """Without the version before, circles and codes that the file has not are found; shares may be texts."""
    declared = [{"move": {"from": "a", "to": "b"}}, {"move": {"from": "b", "to": "a"}}, {"new": ["zz"]}]
    assert [fault.code for fault in alone(declared, ["a", "b"])] == ["new_unknown", "cyclic"]
    assert not alone([{"split": {"from": "c", "to": ["a", "b"], "share": ["0.5", "0.5"]}}], ["a", "b"])
    assert [
        one.code for one in alone([{"split": {"from": "c", "to": ["a", "b"], "share": ["x", "0.5"]}}], [])
    ] == ["shares"]
    assert [one.code for one in alone("x", [])] == ["not_a_list"]


def test_a_scale_that_changed_needs_to_be_rescaled() -> None:
    """Keeping a degree of another scale would say something else."""
    _moves, faults = check([{"keep": ["a"]}], shape("1", "a"), shape("2", "a", degrees=(0, 1, 2)))
    assert [fault.code for fault in faults] == ["scale_changed"]


def test_a_criterion_has_one_fate() -> None:
    """Named twice, on either side, is refused."""
    declared = [{"keep": ["a"]}, {"merge": {"from": ["a", "b"], "to": "a", "how": "agree"}}]
    _moves, faults = check(declared, shape("1", "a", "b"), shape("2", "a"))
    assert [fault.code for fault in faults] == ["old_twice", "new_twice"]


# Properties

values = st.one_of(st.none(), st.integers(0, 4))


@st.composite
def mappings(draw: st.DrawFn) -> tuple[Shape, tuple[Move, ...], Shape]:
    """A whole mapping: the old criteria are dealt out among the moves."""
    left, declared, reached = list(CODES), [], []
    while left:
        verb = draw(st.sampled_from(["keep", "move", "split", "merge", "drop", "rescale"]))
        taken = [left.pop() for _n in range(min(len(left), 2 if verb == "merge" else 1))]
        if verb == "merge" and len(taken) < 2:
            verb = "move"
        made = {"split": [f"{taken[0]}x", f"{taken[0]}y"], "drop": [], "keep": taken}.get(
            verb, [f"{taken[0]}z"]
        )
        reached += made
        declared.append(_declared(draw, verb, taken, made))
    fresh = draw(st.lists(st.sampled_from(["n1", "n2"]), unique=True))
    old = shape("1", *CODES)
    new = shape("2", *reached, *fresh)
    moves, faults = check(declared + ([{"new": fresh}] if fresh else []), old, new)
    assert not faults
    return old, moves, new


def _declared(draw: st.DrawFn, verb: str, taken: list[str], made: list[str]) -> dict:
    body = {
        "keep": taken,
        "move": {"from": taken[0], "to": made[:1] and made[0]},
        "split": {"from": taken[0], "to": made},
        "merge": {"from": taken, "to": made[:1] and made[0], "how": "lowest"},
        "drop": {"from": taken[0], "reason": WHY},
        "rescale": {
            "from": taken[0],
            "to": made[:1] and made[0],
            "values": dict(enumerate(sorted(draw(st.lists(st.integers(0, 4), min_size=5, max_size=5))))),
        },
    }[verb]
    if verb == "merge":
        body["how"] = draw(st.sampled_from(["lowest", "highest", "agree"]))
    return {verb: body}


@given(mappings(), st.dictionaries(st.sampled_from(CODES), values))
def test_no_answer_disappears_without_a_record(mapping: tuple, answers: dict) -> None:
    """Each answer is in a record as it was given, and each thing read says where it comes from."""
    old, moves, new = mapping
    read = carry(answers, [(old, moves, new)], "1")
    told = {(origin.code, origin.value) for record in read.records for origin in record.origins}
    assert told == set(answers.items())
    assert all(item.origins for item in read.items.values())
    assert set(read.items) <= set(new.texts)
    assert set(read.items) == {code for record in read.records for code in record.to}
    invented = {origin for item in read.items.values() for origin in item.origins}
    assert {(origin.code, origin.value) for origin in invented} <= set(answers.items())


@given(st.lists(st.integers(0, 4), min_size=5, max_size=5), st.integers(0, 4), st.integers(0, 4))
def test_a_rescale_never_turns_the_order_round(targets: list[int], low: int, high: int) -> None:
    """Whatever is accepted is monotone; whatever is not is refused."""
    old, new = shape("1", "a"), shape("2", "a")
    declared = [{"rescale": {"from": "a", "to": "a", "values": dict(enumerate(targets))}}]
    moves, faults = check(declared, old, new)
    if targets != sorted(targets):
        assert {fault.code for fault in faults} == {"not_monotone"}
        return
    assert not faults
    first, second = (
        carry({"a": value}, [(old, moves, new)], "1").items["a"].value for value in sorted((low, high))
    )
    assert first <= second


@given(values, st.integers(2, 5), st.sampled_from(["lowest", "highest", "agree"]))
def test_a_split_merged_again_is_the_answer_that_was(value: int | None, count: int, how: str) -> None:
    """What a split gives, a merge takes back: same value, same origin, and it stays to be confirmed."""
    parts = [f"a{n}" for n in range(count)]
    one, two, three = shape("1", "a"), shape("2", *parts), shape("3", "a")
    split, _ = check([{"split": {"from": "a", "to": parts}}], one, two)
    merge, faults = check([{"merge": {"from": parts, "to": "a", "how": how}}], two, three)
    assert not faults
    item = carry({"a": value}, [(one, split, two), (two, merge, three)], "1").items["a"]
    assert item.value == value
    assert item.confidence is Confidence.TO_CHECK
    assert len(item.origins) == 1


@given(mappings(), st.dictionaries(st.sampled_from(CODES), values))
def test_confidence_only_falls(mapping: tuple, answers: dict) -> None:
    """A later step never makes an answer surer."""
    old, moves, new = mapping
    order = list(Confidence)
    once = carry(answers, [(old, moves, new)], "1")
    last = Shape("3", new.texts, new.degrees, new.scaled)
    kept, _ = check([{"keep": list(new.texts)}], new, last)
    twice = carry(answers, [(old, moves, new), (new, kept, last)], "1")
    for code, item in once.items.items():
        assert order.index(twice.items[code].confidence) >= order.index(item.confidence)
