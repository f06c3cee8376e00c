"""The tree of a pole: what is kept of a branch or of some years, what is gathered, where each node stands."""

import itertools
import random
from datetime import date

import pytest

from terreau.sheets.tree import Node, Tree, _ordered
from terreau.web import tree_drawing
from terreau.web.tree_layout import look_for, planned

CREATED, TODAY = date(2010, 6, 1), date(2026, 11, 22)


def make(*nodes: Node) -> Tree:
    return Tree("Pôle d'essai", CREATED, TODAY, _ordered(nodes))


def node(key: str, year: int | None, parent: str = "", kind: str = "activity") -> Node:
    return Node(key, kind, f"Ce que l'on appelle {key}", date(year, 1, 1) if year else None, parent=parent)


def grown(count: int) -> Tree:
    """Return a tree of so many nodes, always the same."""
    chance = random.Random(7)
    nodes = [node("racine", 1998, kind="terreau"), node("membres", None, kind="terreau")]
    for rank in range(count - 2):
        year = chance.choice([None, *range(2004, 2027)])
        dated = [one for one in nodes if one.on and year and one.on.year <= year]
        parent = chance.choice(dated).key if dated and chance.random() < 0.5 else ""
        title = "Une plateforme de logistique et de transformation " * chance.randint(1, 3)
        nodes.append(Node(f"n{rank}", chance.choice(["activity", "job", "place"]), f"{title}{rank}",
                          date(year, 3, 1) if year else None, parent=parent))  # fmt: skip
    return make(*nodes)


def test_parents_come_before_children_and_the_oldest_first() -> None:
    tree = make(node("b", 2015, parent="a"), node("c", 2012), node("a", 2011))
    assert [one.key for one in tree.nodes] == ["a", "b", "c"]


def test_a_circle_of_parents_is_cut_and_nothing_is_lost() -> None:
    tree = make(node("a", 2011, parent="b"), node("b", 2012, parent="a"))
    assert {one.key for one in tree.nodes} == {"a", "b"}
    assert any(not one.parent for one in tree.nodes)


def test_a_branch_holds_all_that_was_born_of_it_and_nothing_else() -> None:
    tree = make(node("a", 2011), node("b", 2012, parent="a"), node("c", 2013, parent="b"), node("d", 2013))
    assert [one.key for one in tree.branch("a").nodes] == ["a", "b", "c"]
    assert tree.branch("b").nodes[0].parent == ""
    assert not tree.branch("nobody").nodes


def test_some_years_keep_what_was_born_then_even_without_its_parent() -> None:
    tree = make(node("a", 2011), node("b", 2014, parent="a"), node("c", None))
    assert [(one.key, one.parent) for one in tree.between(2013, None).nodes] == [("b", "")]


def test_twins_are_gathered_beyond_three_and_counted() -> None:
    three = make(*(node(f"n{rank}", 2014) for rank in range(3)))
    assert three.gathered().nodes == three.nodes
    many = make(*(node(f"n{rank}", 2014) for rank in range(9)), node("a", 2013), node("b", 2014, parent="a"))
    gathered = many.gathered().nodes
    assert [one.count for one in gathered if one.key.startswith("crowd:")] == [9]
    assert {one.key for one in gathered} >= {"a", "b"}


def test_what_came_before_the_creation_is_in_the_soil() -> None:
    tree = make(node("avant", 2009), node("après", 2010), node("grains", None, kind="terreau"))
    assert {one.key for one in tree.nodes if tree.in_soil(one)} == {"avant", "après", "grains"}
    plan = planned(tree, look_for(3), undated="sans date")
    assert all(spot.y > plan.ground for spot in plan.spots)


@pytest.mark.parametrize("count", [3, 30, 60, 61, 200])
def test_labels_never_overlap_and_stay_inside(count: int) -> None:
    tree = grown(count)
    look = look_for(len(tree.nodes))
    plan = planned(tree, look, undated="sans date")
    assert len(plan.spots) == count
    for side in (-1, 1):
        heights = sorted(spot.y for spot in plan.spots if spot.side == side)
        assert all(b - a >= look.row - 0.01 for a, b in itertools.pairwise(heights))
    for spot in plan.spots:
        room = look.width - 46 - spot.words if spot.side > 0 else spot.words - 46
        assert room > 60
        assert tree_drawing.width_of(tree_drawing.fitted(spot.node.title, room, look.size), look.size) <= room
        assert 0 < spot.y < plan.height


def test_no_branch_crosses_the_words_of_a_row() -> None:
    from terreau.web.tree_layout import at

    plan = planned(grown(200), look_for(200), undated="sans date")
    for other, curve in plan.curves:
        for x, y in (at(curve, step / 400) for step in range(401)):
            for spot in plan.spots:
                if spot.side == other.side and abs(spot.y - y) < 6:
                    assert (spot.words - x) * spot.side > 0, (spot.node.key, other.node.key)


def test_the_years_rise() -> None:
    plan = planned(grown(120), look_for(120), undated="sans date")
    years = [(spot.node.on.year, spot.y) for spot in plan.spots if spot.node.on]
    for year, y in years:
        assert all(other > y for earlier, other in years if earlier < year)


def test_the_same_tree_gives_the_same_bytes_and_titles_are_escaped() -> None:
    tree = make(Node("a", "project", '<script>alert("x")</script> & co', date(2012, 1, 1)))
    drawn = tree_drawing.svg(tree, links={"a": '/x/?"y"'})
    assert drawn == tree_drawing.svg(tree, links={"a": '/x/?"y"'})
    assert "<script>" not in drawn
    assert 'href="/x/?&quot;y&quot;"' in drawn
    assert tree_drawing.svg(make()) == ""
