"""What the editor writes is read again as it was."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.grids import content_rules
from terreau.grids.problems import Problems
from terreau.grids.reading import read
from terreau.grids.writing import as_yaml, snippet

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "src/terreau/grids/content/grids").glob("*.yaml"))

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.decimals(-1000, 1000, places=2).map(lambda number: number.normalize() + Decimal("0.00")),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    texts,
    st.sampled_from(
        ["yes", "no", "on", "null", "~", "1", "1.5", "2014-01-01", "a: b", "- x", "#", "&a", "*a", "!t"]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(texts.filter(bool), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(texts.filter(bool), values, min_size=1, max_size=5))
def test_whatever_is_written_is_read_again(document: dict) -> None:
    """Texts, numbers, days, yes, no and nothing come back with their types."""
    problems = Problems()
    assert read(as_yaml(document), problems) == document
    assert not problems


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_grid_keeps_its_digest(path: Path) -> None:
    """The layout of the editor changes nothing of what a grid says."""
    problems = Problems()
    document = read(path.read_bytes(), problems)
    before, after = content_rules.check(path.read_bytes()), content_rules.check(as_yaml(document))
    assert before.ok, before.problems
    assert after.ok
    assert after.digest == before.digest


def test_a_rule_alone() -> None:
    """What the form of a criterion shows."""
    rule = {"all": [{"fact": "pole.members"}, {"compare": {"fact": "x.y", "op": "at_least", "to": 5}}]}
    assert read(snippet(rule), Problems()) == rule
