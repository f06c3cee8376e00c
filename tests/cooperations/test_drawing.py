"""Drawings: always the same for the same links, everybody in them, nobody over another, text escaped."""

import re
from datetime import date
from itertools import combinations
from math import dist

from terreau.cooperations import drawing, layout, rules
from terreau.cooperations.rules import Link

IDS = [f"{n:03d}" for n in range(60)]
CIRCLES = [("core", IDS[:10]), ("partner", IDS[10:40]), ("", IDS[40:])]
PAIRS = [(one, other) for one, other in combinations(IDS, 2) if (int(one) * 7 + int(other)) % 13 == 0]
NAMES = {one: f"Membre {one}" for one in IDS}


def test_places_are_always_the_same_and_nobody_stands_on_another() -> None:
    first, second = (layout.arrange(CIRCLES, PAIRS, NAMES) for _ in range(2))
    assert first == second
    assert set(first.points) == set(IDS)
    assert min(dist(a, b) for a, b in combinations(first.points.values(), 2)) > 12


def test_inner_circles_stand_inside() -> None:
    places = layout.arrange(CIRCLES, PAIRS, NAMES)
    far = {code: [dist((0, 0), places.points[one]) for one in ids] for code, ids in CIRCLES}
    assert max(far["core"]) < min(far["partner"])
    assert max(far["partner"]) < min(far[""])


def test_neighbours_come_near_one_another() -> None:
    """The order found is shorter to draw than the order of names."""
    ring = [("core", IDS[:24])]
    pairs = [(IDS[n], IDS[(n + 12) % 24]) for n in range(12)]
    found = layout.arrange(ring, pairs, {})
    drawn = sum(dist(found.points[a], found.points[b]) for a, b in pairs)
    lone = layout.arrange(ring, [], {})
    assert drawn < sum(dist(lone.points[a], lone.points[b]) for a, b in pairs)


def test_names_never_cover_one_another() -> None:
    labels = layout.arrange(CIRCLES, PAIRS, NAMES).labels
    assert len(labels) > 5
    spots = [(one.x, one.y) for one in labels]
    assert len(set(spots)) == len(spots)


def test_one_and_two_members_are_drawn() -> None:
    assert layout.arrange([("core", ["a"])], [], {}).points == {"a": (0.0, 0.0)}
    places = layout.arrange([("core", ["a"]), ("", ["b"])], [("a", "b")], {"a": "A", "b": "B"})
    assert dist(places.points["a"], places.points["b"]) > 20


def test_what_is_kept_is_found_once() -> None:
    made: list[int] = []

    def make() -> layout.Places:
        made.append(1)
        return layout.arrange([("", ["a", "b"])], [("a", "b")], {})

    assert layout.kept("a digest of this test", make) is layout.kept("a digest of this test", make)
    assert made == [1]


def test_texts_are_escaped_and_links_are_few_elements() -> None:
    places = layout.arrange(CIRCLES, PAIRS, {**NAMES, "000": "<script>"})
    links = {pair: Link(1 + rank % 5, {rules.MEANS}) for rank, pair in enumerate(PAIRS)}
    nodes = {one: drawing.Node(one, 1, f"?membre={one}&x=1", f'"{one}"') for one in IDS}
    svg = drawing.network(places, links=links, nodes=nodes, circles={}, alt='a "b" <c>', focus="001")
    assert "<script>" not in svg
    assert 'aria-label="a &quot;b&quot; &lt;c&gt;"' in svg
    assert svg.count("<path") == 5
    assert svg.count("<a ") == 60
    assert not re.search(r"style=|on\w+=|nan|inf", svg)


def test_ribbons_are_as_wide_as_what_goes_between() -> None:
    found = [drawing.Ribbon("A", "B", "heat", 30, "A → B"), drawing.Ribbon("B", "A", "waste", 10, "B → A")]
    widths = [
        float(one)
        for one in re.findall(r'stroke-width="([\d.]+)" stroke-opacity', drawing.ribbons(found, "x"))
    ]
    assert sorted(widths)[1] == 3 * sorted(widths)[0]


def test_a_band_says_each_count() -> None:
    rows = [drawing.Row(form, form, [0, 2, 5]) for form in rules.FORMS]
    svg = drawing.strata(rows, ["2024", "2025", "2026"], "x")
    assert svg.count("<rect") == 8
    assert date(2024, 1, 1).strftime("%Y") in svg
