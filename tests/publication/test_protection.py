"""Figures that are secret, that stand beside them, that are zero, that are absent; and the report."""

import copy
from pathlib import Path

import pytest

from terreau.common.content import ContentError
from terreau.publication import policies, reports
from terreau.publication.protection import ABSENT, SECRET, SHOWN, ZERO, Cell, protect
from terreau.publication.rules import Weighed, secret
from terreau.publication.systems import Need
from terreau.publication.tables import Axis, Contribution, Table, build

FIRMS = policies.load()["entreprises"][-1]
ZONES = Axis("zone", {"R": "", "S": "", "T": "", "R1": "R", "R2": "R", "S1": "S", "S2": "S", "T1": "T"})
WAYS = Axis("way", {"in": "", "out": ""})


def _table(cells: dict[tuple[str, str], list[int]]) -> Table:
    rows = [
        Contribution(f"{zone}{way}{number}", (zone, way), amount)
        for (zone, way), amounts in cells.items()
        for number, amount in enumerate(amounts)
    ]
    return build("t", [((ZONES, WAYS), rows)])


@pytest.mark.parametrize(
    ("weighed", "expected"),
    [
        (Weighed(0, 0, 0), None),
        (Weighed(300, 3, 100), None),
        (Weighed(300, 2, 150), ("few", Need(30, 30))),
        (Weighed(2, 2, 1), ("few", Need(1, 1))),
        (Weighed(0, 1, 0), ("few", Need(1, 0))),
        (Weighed(100, 3, 85), None),
        (Weighed(100, 3, 86), ("dominant", Need(10, 10))),
        (Weighed(1000, 3, 990), ("dominant", Need(165, 100))),
    ],
)
def test_what_is_secret(weighed: Weighed, expected: tuple[str, Need] | None) -> None:
    assert secret(weighed, FIRMS) == expected


def test_a_secret_figure_takes_others_with_it_in_each_sum() -> None:
    plain = [10, 10, 10]
    table = _table({("R1", "in"): [7, 7], ("R1", "out"): plain, ("R2", "in"): plain, ("R2", "out"): plain,
                    ("S1", "in"): plain, ("S1", "out"): plain})  # fmt: skip
    protected = protect(table, FIRMS)
    hidden = protected.hidden
    assert hidden[(("way", "in"), ("zone", "R1"))] == "few"
    assert set(hidden.values()) == {"few", "neighbour"}
    # Four corners: one alone would be computed from its row or its column.
    assert len(hidden) == 4
    assert protected.cell(()).value == table.figures[()].value


def test_secret_zero_and_absent_are_three_things() -> None:
    plain = [10, 10, 10]
    table = _table({("R1", "in"): plain, ("R2", "in"): plain, ("R2", "out"): plain, ("S1", "in"): [5, 5],
                    ("S2", "in"): plain, ("S2", "out"): plain, ("S1", "out"): plain})  # fmt: skip
    protected = protect(table, FIRMS)
    assert protected.cell((("way", "out"), ("zone", "R1"))) == Cell(ZERO, 0)
    assert protected.cell((("way", "in"), ("zone", "S1"))) == Cell(SECRET, None, "few")
    assert protected.cell((("zone", "T"),)) == Cell(ABSENT)
    assert protected.cell((("zone", "R"),)) == Cell(SHOWN, 90)


def test_contributors_of_one_group_are_one() -> None:
    rows = [Contribution("group", ("R1", "in"), 5) for _number in range(6)]
    table = build("t", [((ZONES, WAYS), rows)])
    assert table.figures[(("zone", "R"),)].contributors == 1


def test_what_is_public_anyway_is_never_hidden_and_what_leans_on_it_is() -> None:
    rows = [Contribution(str(number), ("R1", "in")) for number in range(2)]
    rows += [Contribution(f"s{number}", ("S1", way)) for way in ("in", "out") for number in range(9)]
    known = [(), *(((("zone", code),)) for code in ZONES.parents)]
    protected = protect(build("t", [((ZONES, WAYS), rows)], known=known), policies.load()["poles"][-1])
    assert protected.cell((("zone", "R1"),)).value == 2
    # Its two ways are hidden, the zero too: it would give the other away.
    assert {protected.cell((("way", way), ("zone", "R1"))).status for way in ("in", "out")} == {SECRET}


def test_a_report_that_is_changed_does_not_hold() -> None:
    plain = [9] * 4
    table = _table({("R1", "in"): [7, 7], ("R1", "out"): plain, ("R2", "in"): plain, ("R2", "out"): plain})
    kept = dict(protect(table, FIRMS).report)
    assert reports.replay(kept, table) == []
    report = copy.deepcopy(kept)
    neighbour = next(one for one in report["figures"] if one["hidden"] and not one["reason"])
    neighbour["hidden"] = False
    assert any("shown" in problem for problem in reports.replay(report, table))
    assert any("no proof" in problem for problem in reports.replay({**kept, "proofs": []}, table))
    assert any("forgets" in problem for problem in reports.replay({**kept, "sums": []}, table))
    other = _table({("R1", "in"): [7, 8]})
    assert reports.replay(kept, other) == ["the report speaks of another table"]


def test_refusals_of_a_table() -> None:
    with pytest.raises(ValueError, match="negative"):
        build("t", [((ZONES, WAYS), [Contribution("a", ("R1", "in"), -1)])])
    with pytest.raises(ValueError, match="finest"):
        build("t", [((ZONES, WAYS), [Contribution("a", ("R", "in"), 1)])])
    with pytest.raises(ValueError, match="part of nothing"):
        Axis("zone", {"a": "b", "b": "a"})


def test_a_rule_of_one_contributor_is_refused_with_its_line(tmp_path: Path) -> None:
    text = (Path(policies.__file__).parent / "content" / "policies.yaml").read_text(encoding="utf-8")
    path = tmp_path / "policies.yaml"
    path.write_text(text.replace("least: 11", "least: 1", 1), encoding="utf-8")
    with pytest.raises(ContentError, match=r"policies.yaml:\d+: least must be"):
        policies.read(path)
