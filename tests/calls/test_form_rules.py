"""The language of forms: conditions in three values, what shows, what lacks; held by properties."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.calls import form_checks, form_rules
from terreau.calls.answer_rules import KINDS, wrong
from terreau.common.verdicts import Answer
from tests.calls.making import ANSWERS, CONTENT

QUICK = settings(max_examples=30, deadline=None)


def form(*fields: dict[str, Any]) -> dict[str, Any]:
    """Return a form of one page and one section."""
    return {
        "pages": [{"code": "p", "title": "P", "sections": [{"code": "s", "title": "S", "fields": [*fields]}]}]
    }


def field(key: str, kind: str = "text", **values: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "label": key.upper(), **values}


def _leaf(keys: list[str]) -> st.SearchStrategy[Any]:
    ops = st.sampled_from(["eq", "ne", "filled", "at_least", "at_most", "contains"])
    return st.builds(
        lambda key, op, value: {"field": key, "op": op, "value": value},
        st.sampled_from(keys),
        ops,
        st.integers(0, 2) | st.sampled_from(["a", "b"]),
    )


def _conditions(keys: list[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        _leaf(keys),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"all": parts}),
            st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"any": parts}),
            inner.map(lambda one: {"not": one}),
        ),
        max_leaves=3,
    )


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    """Forms of five questions: each may read, in its conditions, those before it."""
    made = [field("k0", required=True)]
    for number in range(1, 5):
        before = [f"k{one}" for one in range(number)]
        one = field(f"k{number}")
        if draw(st.booleans()):
            one["show_when"] = draw(_conditions(before))
        one["required"] = draw(st.booleans() | _conditions(before))
        made.append(one)
    return form(*made)


ANSWERED = st.dictionaries(
    st.sampled_from([f"k{number}" for number in range(5)]),
    st.sampled_from(["a", "b", "", "1", "2"]),
)


@QUICK
@given(forms(), ANSWERED)
def test_what_is_hidden_lacks_nothing(content: dict[str, Any], answers: dict[str, Any]) -> None:
    assert not form_checks.check(content)
    shown = form_rules.visible(content, answers)
    lacking = {one.key for one in form_rules.missing(content, answers)}
    assert lacking <= shown
    done, of = form_rules.completeness(content, answers)
    assert 0 <= done <= of <= len(shown)
    assert form_rules.visible(content, form_rules.kept(content, answers)) == shown


@QUICK
@given(_conditions(["k0", "k1", "k2"]), ANSWERED, st.sampled_from(["k0", "k1", "k2"]))
def test_forgetting_an_answer_never_turns_to_check_into_no(condition: Any, answers: Any, gone: str) -> None:
    before = form_rules.holds(condition, answers)
    fewer = {key: value for key, value in answers.items() if key != gone}
    after = form_rules.holds(condition, fewer)
    assert after in {before, Answer.TO_CHECK}


@QUICK
@given(forms(), ANSWERED, st.sampled_from(["k0", "k1", "k2", "k3"]))
def test_forgetting_an_answer_shows_nothing_new(content: Any, answers: Any, gone: str) -> None:
    fewer = {key: value for key, value in answers.items() if key != gone}
    assert form_rules.visible(content, fewer) <= form_rules.visible(content, answers)


def test_a_condition_shows_what_it_asks() -> None:
    shown = form_rules.visible(CONTENT, {"category": "existing"})
    assert "since" in shown
    assert "since" not in form_rules.visible(CONTENT, {"category": "project"})
    assert "since" not in form_rules.visible(CONTENT, {})


def test_a_whole_file_lacks_nothing_and_each_part_of_it_does() -> None:
    assert form_rules.missing(CONTENT, ANSWERS) == []
    assert form_rules.completeness(CONTENT, ANSWERS) == (6, 6)
    for key in ("name", "category", "project", "asked", "true"):
        left = {one: value for one, value in ANSWERS.items() if one != key}
        assert key in {one.key for one in form_rules.missing(CONTENT, left)}


def test_counting_reads_each_question_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    state = form_rules._state

    def counted(*about: Any) -> tuple[bool, bool]:
        read.append(about)
        return state(*about)

    monkeypatch.setattr(form_rules, "_state", counted)
    content = form(*(field(f"k{number}", required=True) for number in range(60)))
    assert form_rules.completeness(content, {"k3": "a"}) == (1, 60)
    assert len(read) <= 3 * 60


def test_the_answer_of_a_hidden_question_counts_for_nothing() -> None:
    content = form(
        field("a"),
        field("b", show_when={"field": "a", "op": "eq", "value": "x"}),
        field("c", required=True, show_when={"field": "b", "op": "eq", "value": "y"}),
    )
    assert form_rules.visible(content, {"a": "x", "b": "y"}) == {"a", "b", "c"}
    assert form_rules.visible(content, {"a": "z", "b": "y"}) == {"a"}
    assert form_rules.missing(content, {"a": "z", "b": "y"}) == []


def test_a_territory_that_is_not_placed_shows_the_question_and_does_not_ask_it() -> None:
    content = form(
        field("where", "perimeter"),
        field("qpv", required=True, show_when={"field": "where", "op": "in_zone", "value": "region:11"}),
    )
    placed = {"where": {"name": "Val", "zones": ["region:27"]}}
    assert form_rules.visible(content, placed) == {"where"}
    touching = {"where": {"name": "Val", "zones": ["region:11", "region:27"]}}
    assert {one.key for one in form_rules.missing(content, touching)} == {"qpv"}
    unknown = {"where": {"name": "Val"}}
    assert "qpv" in form_rules.visible(content, unknown)
    assert form_rules.missing(content, unknown) == []


@pytest.mark.parametrize(
    ("one", "value", "why"),
    [
        (field("a", max=3), "abcd", "too_long"),
        (field("a"), 3, "wrong_kind"),
        (field("a", "integer", min=2), 1, "too_small"),
        (field("a", "integer"), True, "wrong_kind"),
        (field("a", "integer"), 2**53 - 1, ""),
        (field("a", "integer"), 2**53, "wrong_kind"),
        (field("a", "euro"), 10**15 + 1, "too_big"),
        (field("a", "euro"), 10**17, "wrong_kind"),
        (
            field("a", "budget"),
            [{"side": "expense", "post": "Poste", "cents": 5, "year": 10**20}],
            "wrong_kind",
        ),
        (field("a", "number"), "NaN", "wrong_kind"),
        (field("a", "number"), "12.5", ""),
        (field("a", "euro", max=100), 101, "too_big"),
        (field("a", "date"), "2026-02-30", "wrong_kind"),
        (field("a", "yes_no"), "oui", "wrong_kind"),
        (field("a", "yes_no"), False, ""),
        (field("a", "choice", options=[{"code": "x", "label": "X"}]), "y", "unknown_option"),
        (field("a", "choices", options=[{"code": "x", "label": "X"}], max=1), ["x", "x"], "too_many"),
        (field("a", "file"), [{"name": "a.pdf"}], "row_incomplete"),
        (field("a", "actor"), {"name": " "}, "row_incomplete"),
        (field("a", "members", min=3), [{"name": "A"}], "too_few"),
        (field("a", "perimeter"), {"name": "Val"}, ""),
        (field("a", "financing"), [{"funder": "Ville", "cents": 5, "status": "promis"}], "row_incomplete"),
        (field("a", "financing"), [{"funder": "Ville", "cents": 5, "status": "acquis"}], ""),
        (
            field("a", "table", columns=[{"key": "c", "label": "C", "kind": "euro", "required": True}]),
            [{"c": "x"}],
            "wrong_kind",
        ),
        (field("a", "declaration"), 1, "wrong_kind"),
    ],
)
def test_what_an_answer_must_be(one: dict[str, Any], value: Any, why: str) -> None:
    assert wrong(one, value) == why


def test_a_budget_balances_in_kind_too() -> None:
    rows = [
        {"side": "expense", "post": "Poste", "cents": 300},
        {"side": "resource", "post": "Aide", "cents": 200},
        {"side": "resource", "post": "Bénévolat", "cents": 100, "kind": "in_kind"},
    ]
    assert wrong(field("b", "budget"), rows) == ""
    assert wrong(field("b", "budget"), rows[:2]) == "unbalanced"
    assert form_rules.balance(rows) == (300, 300)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)


@QUICK
@given(st.sampled_from(KINDS), _JSON)
def test_any_answer_is_read_without_an_exception(kind: str, value: Any) -> None:
    one = field("a", kind, required=True, options=[], columns=[{"key": "c", "label": "C", "kind": "text"}])
    form_rules.missing(form(one), {"a": value})


@QUICK
@given(_JSON)
def test_any_form_is_checked_without_an_exception(content: Any) -> None:
    assert form_checks.check(content)
    assert form_checks.check({"pages": content})


@pytest.mark.parametrize("name", ["key", "kind", "label", "dimension", "source", "grid", "min", "columns"])
@pytest.mark.parametrize("value", [[], [[]], {"a": 1}])
def test_a_list_where_a_word_is_awaited_is_told(name: str, value: Any) -> None:
    for kind in ("table", "choice", "grid"):
        assert form_checks.check(form({**field("a", kind), name: value}))
    part = {"code": value, "title": "P", "sections": [{"code": value, "title": "S", "fields": [field("a")]}]}
    assert form_checks.check({"pages": [part, part]})


@pytest.mark.parametrize(
    ("one", "part"),
    [
        (field("B"), "repère"),
        (field("b", "texte"), "nature"),
        (field("b", "choice"), "rien à choisir"),
        (field("b", "table"), "colonne"),
        (field("b", "grid"), "grille"),
        (field("b", show_when={"field": "z", "op": "eq", "value": 1}), "posée avant"),
        (field("b", show_when={"field": "b", "op": "eq", "value": 1}), "posée avant"),
        (field("b", show_when={"field": "a", "op": "like", "value": 1}), "comparaison"),
        (field("b", show_when={"field": "a", "op": "in", "value": 1}), "liste"),
        (field("b", show_when={"all": []}), "lisible"),
        (field("b", source="ailleurs"), "fiche"),
        (field("b", dimension="autre"), "dimension"),
        (field("b", "integer", min=5, max=2), "limite"),
        (field("a"), "Deux questions"),
        ({**field("b"), "labell": "x"}, "pas de sens"),
    ],
)
def test_a_problem_says_where_and_what(one: dict[str, Any], part: str) -> None:
    problems = form_checks.check(form(field("a"), one))
    assert any(part in problem.what for problem in problems), problems
    assert all(problem.where.startswith("pages/p") and problem.do for problem in problems)
