"""What changed between two versions: word by word, fates of criteria, rules in words."""

from typing import Any

from terreau.grids.differences import Differences, differences, words


def _both(text: str) -> dict[str, str]:
    return {"fr": text, "en": text}


def criterion(code: str, fr: str, en: str = "", **more: Any) -> dict[str, Any]:
    """A criterion with its words."""
    return {"code": code, "kind": "echelle", "title": {"fr": fr, "en": en or fr}, **more}


def grid(version: str, *criteria: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The content of a version."""
    return {
        "version": version,
        "title": {"fr": "Ma grille", "en": "My grid"},
        "criteria": list(criteria),
        **more,
    }


def fates(found: Differences) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The fate of each criterion, and where it comes from."""
    return {part.code: (part.fate, part.before) for part in found.criteria}


def test_words_that_stayed_left_and_came() -> None:
    """A word replaced is one that left and one that came."""
    pieces = words("Un groupement d'au moins 5 membres", "Un groupement d'au moins 6 membres actifs")
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("same", "Un groupement d'au moins"),
        ("removed", "5"),
        ("added", "6"),
        ("same", "membres"),
        ("added", "actifs"),
    ]


def test_two_equal_versions_differ_in_nothing() -> None:
    """Nothing to show."""
    one = grid("1", criterion("a", "A"))
    assert not differences(one, one, "fr")


def test_without_mapping_criteria_are_matched_by_code() -> None:
    """Added, removed, reworded."""
    old = grid("1", criterion("a", "Alpha"), criterion("b", "Bêta"), criterion("c", "Gamma"))
    new = grid("2", criterion("a", "Alpha neuf"), criterion("c", "Gamma"), criterion("d", "Delta"))
    found = differences(old, new, "fr")
    assert fates(found) == {"a": ("changed", ("a",)), "d": ("added", ()), "b": ("removed", ("b",))}
    (change,) = found.criteria[0].changes
    assert (change.what, change.before, change.after, change.lang) == ("title", "Alpha", "Alpha neuf", "")
    assert found.same == 1


def test_the_mapping_says_where_criteria_come_from() -> None:
    """A split, a merge, a move and a removal with its reason."""
    old = grid("1", *(criterion(code, code.upper()) for code in "abcde"))
    new = grid(
        "2",
        *(criterion(code, code.upper()) for code in ("a1", "a2", "bc", "d2")),
        mapping={
            "from": "1",
            "moves": [
                {"split": {"from": "a", "to": ["a1", "a2"]}},
                {"merge": {"from": ["b", "c"], "to": "bc", "how": "lowest"}},
                {"move": {"from": "d", "to": "d2"}},
                {"drop": {"from": "e", "reason": {"fr": "redite", "en": "said twice"}}},
            ],
        },
    )
    found = differences(old, new, "en")
    assert fates(found) == {
        "a1": ("split", ("a",)),
        "a2": ("split", ("a",)),
        "bc": ("merged", ("b", "c")),
        "d2": ("moved", ("d",)),
        "e": ("removed", ("e",)),
    }
    assert found.criteria[-1].why == "said twice"


def test_a_rule_that_changed_is_said_in_words() -> None:
    """No YAML is shown; from a person's answer to a rule too."""
    rule = {"compare": {"fact": "members", "op": "at_least", "to": 5}}
    new_rule = {"compare": {"fact": "members", "op": "at_least", "to": 6}}
    found = differences(
        grid("1", criterion("a", "A", rule=rule)), grid("2", criterion("a", "A", rule=new_rule)), "fr"
    )
    (change,) = found.criteria[0].changes
    assert (change.what, change.before, change.after) == (
        "rule",
        "« members » : au moins 5",
        "« members » : au moins 6",
    )
    judged = differences(grid("1", criterion("a", "A")), grid("2", criterion("a", "A", rule=rule)), "fr")
    assert judged.criteria[0].changes[0].before == ""


def test_words_of_the_other_language_are_not_hidden() -> None:
    """A reader in French is told that the English changed, with its language."""
    found = differences(grid("1", criterion("a", "A", "Old")), grid("2", criterion("a", "A", "New")), "fr")
    (change,) = found.criteria[0].changes
    assert (change.what, change.before, change.after, change.lang) == ("title", "Old", "New", "en")


def test_the_head_the_axes_the_scale_and_the_order() -> None:
    """What is not a criterion counts too."""
    none, some = {"value": 0, "label": _both("rien")}, {"value": 1, "label": _both("un peu")}
    a, b = criterion("a", "A"), criterion("b", "B")
    old = grid("1", a, b, scale=[none], axes=[{"code": "X", "title": _both("Un")}], nature="scale")
    new = grid("2", b, a, scale=[some], axes=[{"code": "X", "title": _both("Deux")}], nature="criteria")
    found = differences(old, new, "fr")
    assert [change.what for change in found.head] == ["nature"]
    assert [(part.code, part.fate) for part in found.axes] == [("X", "changed")]
    assert [(part.code, part.fate) for part in found.scale] == [("1", "added"), ("0", "removed")]
    assert found.order
    assert not found.criteria


def test_a_draft_with_mistakes_is_compared_too() -> None:
    """Nothing is raised whatever an owner typed."""
    for wrong in (
        {"criteria": None},
        {"criteria": [3, {"code": None}]},
        {"mapping": {"from": "1", "moves": [1]}},
    ):
        assert differences(grid("1", criterion("a", "A")), {"version": "2", **wrong}, "fr")
