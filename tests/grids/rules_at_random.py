"""Rules, frames and parameters made at random, on a small vocabulary of their own."""

from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from terreau.grids.known import Interval, Known
from terreau.grids.language import Criterion
from terreau.grids.parameters import Dated, Parameter
from terreau.grids.readables import Field, Readable
from terreau.grids.rules import plain_of, rule_of

DAY = date(2020, 6, 30)
SOURCE = {"document": "Texte", "section": "1"}
_TERMS = ("association", "cooperative", "mutual")
#: A vocabulary of the register, so that terms have words.
VOCABULARY = "legal_nature"


def _labels(text: str) -> dict[str, str]:
    return {"fr": text, "en": text}


def _field(name: str, kind: str, choices: str = "") -> Field:
    return Field(name, _labels(name), kind, choices)


def _readable(code: str, kind: str, choices: str = "", fields: tuple[Field, ...] = ()) -> Readable:
    by_name = MappingProxyType({one.name: one for one in fields})
    return Readable(code, _labels(code), _labels(code), kind, "", choices, by_name, ("pole",), "", "test")


FACTS = {
    one.code: one
    for one in (
        _readable("b1", "bool"),
        _readable("b2", "bool"),
        _readable("n1", "number"),
        _readable("d1", "date"),
        _readable("c1", "codes", VOCABULARY),
        _readable(
            "r1",
            "records",
            fields=(
                _field("ess", "bool"),
                _field("firm", "bool"),
                _field("size", "number"),
                _field("kind", "code", VOCABULARY),
            ),
        ),
    )
}
PARAMETERS = {
    code: Parameter(
        code, _labels(code), "", SOURCE, (Dated(date(2015, 1, 1), None, value, verified, SOURCE),)
    )
    for code, value, verified in (("p.two", 2, date(2026, 1, 1)), ("p.unverified", 3, None))
} | {
    "p.later": Parameter(
        "p.later", _labels("p"), "", SOURCE, (Dated(date(2025, 1, 1), None, 1, DAY, SOURCE),)
    )
}

_ops = st.sampled_from(("at_least", "more_than", "at_most", "less_than", "equals"))
_numbers = st.one_of(st.integers(0, 4), st.sampled_from([{"parameter": code} for code in sorted(PARAMETERS)]))
_terms = st.lists(st.sampled_from(_TERMS), min_size=1, max_size=2, unique=True)
_modes = st.sampled_from(("any_of", "all_of", "only"))


def _grouped(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    items = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda body: {"all": body}, items),
        st.builds(lambda body: {"any": body}, items),
        st.builds(lambda body: {"not": body}, inner),
    )


_conditions = st.recursive(
    st.one_of(
        st.sampled_from([{"field": "ess"}, {"field": "firm"}]),
        st.builds(lambda terms: {"has": {"field": "kind", "any_of": terms}}, _terms),
        st.builds(lambda op, to: {"compare": {"field": "size", "op": op, "to": to}}, _ops, st.integers(0, 4)),
    ),
    _grouped,
    max_leaves=3,
)
_leaves = st.one_of(
    st.sampled_from([{"fact": "b1"}, {"fact": "b2"}, {"judged": {"question": _labels("?")}}]),
    st.builds(lambda op, to: {"compare": {"fact": "n1", "op": op, "to": to}}, _ops, _numbers),
    st.builds(lambda op: {"compare": {"fact": "d1", "op": op, "to": "2015-01-01"}}, _ops),
    st.builds(lambda mode, terms: {"has": {"fact": "c1", mode: terms}}, _modes, _terms),
    st.builds(
        lambda where, op, to: {"count": {"of": "r1", "where": where, "op": op, "to": to}},
        _conditions,
        _ops,
        _numbers,
    ),
    st.builds(lambda op, to: {"count": {"of": "r1", "op": op, "to": to}}, _ops, _numbers),
    st.builds(
        lambda where, op, to: {"distinct": {"of": "r1", "by": "kind", "where": where, "op": op, "to": to}},
        _conditions,
        _ops,
        st.integers(0, 3),
    ),
    st.builds(
        lambda where, op, to: {"share": {"of": "r1", "where": where, "op": op, "to": to}},
        _conditions,
        _ops,
        st.sampled_from(["0.5", "0.25", 1, 0]),
    ),
    st.builds(
        lambda wheres: {
            "each": {"of": "r1", "different": [{"label": _labels("x"), "where": one} for one in wheres]}
        },
        st.lists(_conditions, min_size=1, max_size=3),
    ),
    st.just({"parameter_known": "p.two"}),
)
plain_rules = st.recursive(_leaves, _grouped, max_leaves=5)
rules = plain_rules.map(rule_of)


@st.composite
def _intervals(draw: Any) -> Interval:
    low = draw(st.one_of(st.none(), st.integers(0, 5)))
    high = draw(st.one_of(st.none(), st.integers(low or 0, 6)))
    return Interval(None if low is None else Decimal(low), None if high is None else Decimal(high))


_records = st.fixed_dictionaries(
    {},
    optional={
        "ess": st.booleans(),
        "firm": st.booleans(),
        "size": st.integers(0, 4).map(lambda n: Interval(Decimal(n), Decimal(n))),
        "kind": st.sampled_from(_TERMS),
    },
)


@st.composite
def _lists(draw: Any) -> Known:
    records = tuple(draw(st.lists(_records, max_size=4)))
    complete = draw(st.booleans())
    total = None
    if not complete and draw(st.booleans()):
        low = draw(st.integers(0, 6))
        total = Interval(low, max(low, len(records)) + draw(st.integers(0, 3)))
    return Known("r1", records, complete=complete, total=total)


frames = st.fixed_dictionaries(
    {},
    optional={
        "b1": st.booleans().map(lambda value: Known("b1", value)),
        "b2": st.booleans().map(lambda value: Known("b2", value)),
        "n1": _intervals().map(lambda value: Known("n1", value)),
        "d1": st.sampled_from([date(2010, 1, 1), date(2015, 1, 1), date(2019, 1, 1)]).map(
            lambda value: Known("d1", value)
        ),
        "c1": st.builds(
            lambda values, complete: Known("c1", frozenset(values), complete=complete),
            st.lists(st.sampled_from(_TERMS), max_size=3),
            st.booleans(),
        ),
        "r1": _lists(),
        "judged.c": st.booleans().map(lambda value: Known("judged.c", value)),
    },
)


def criterion(rule: Any, kind: str = "incontournable") -> Criterion:
    """Return a criterion of this rule."""
    texts = _labels("Critère")
    return Criterion("c", "", kind, texts, texts, SOURCE, plain_of(rule), rule, (), {}, "")
