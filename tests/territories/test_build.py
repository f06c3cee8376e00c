"""Tools that rebuild the embedded base: what can be tested without the packages."""

import numpy as np

from terreau.territories.build import neighbours
from terreau.territories.build.topology import cut
from terreau.territories.outline import area

STEP = 1.0


def square(x: int, y: int, size: int = 2) -> np.ndarray:
    """A closed ring turning clockwise, as in the source, with the middle of each side as a vertex."""
    half = size / 2
    corners = [
        (0, 0),
        (0, half),
        (0, size),
        (half, size),
        (size, size),
        (size, half),
        (size, 0),
        (half, 0),
        (0, 0),
    ]
    return np.array([(x + dx, y + dy) for dx, dy in corners], float)


def test_neighbours_share_one_arc():
    topology = cut({"a": [[square(0, 0)]], "b": [[square(2, 0)]]}, STEP)
    assert len(topology.arcs) == 3
    numbers = {code: {n for ring in polygons[0] for n in ring} for code, polygons in topology.shapes.items()}
    shared = {n if n >= 0 else ~n for n in numbers["a"]} & {n if n >= 0 else ~n for n in numbers["b"]}
    assert len(shared) == 1


def test_a_group_is_merged_and_its_hole_kept():
    squares = {f"{x}{y}": [[square(2 * x, 2 * y)]] for x in range(3) for y in range(3)}
    topology = cut(squares, STEP)
    (whole,) = topology.merged(squares)
    assert len(whole) == 1
    assert abs(area(topology.vertices(whole[0]))) == 2 * 36
    (around,) = topology.merged(code for code in squares if code != "11")
    assert [abs(area(topology.vertices(ring))) for ring in around] == [2 * 36, 2 * 4]


def test_spikes_and_specks_vanish_on_the_grid():
    spike = np.array([(0, 0), (0, 4), (0.1, 9), (0.2, 4), (4, 4), (4, 0), (0, 0)])
    speck = np.array([(8, 8), (8, 8.2), (8.2, 8), (8, 8)])
    topology = cut({"spike": [[spike]], "speck": [[speck]]}, STEP)
    assert abs(area(topology.vertices(topology.shapes["spike"][0][0]))) == 2 * 16
    assert topology.shapes["speck"] == []


def test_lighter_arcs_are_still_shared():
    topology = cut({"a": [[square(0, 0, 8)]], "b": [[square(8, 0, 8)]]}, STEP).simplified(0.5)
    assert sorted(len(arc) for arc in topology.arcs) == [3, 4, 4]
    (whole,) = topology.merged("ab")
    assert abs(area(topology.vertices(whole[0]))) == 2 * 128


def test_a_document_has_the_arcs_in_use_only():
    topology = cut({"a": [[square(0, 0)]], "b": [[square(9, 9)], [square(20, 20)]]}, STEP)
    document = topology.document({"communes": {"b": topology.shapes["b"]}})
    assert len(document["arcs"]) == 2
    (shape,) = document["objects"]["communes"]["geometries"]
    assert (shape["type"], shape["id"]) == ("MultiPolygon", "b")
    first = np.cumsum(document["arcs"][0], axis=0)
    assert abs(area(first)) == 2 * 4


def test_the_table_of_neighbours_is_that_of_the_outlines(tmp_path):
    from terreau.territories.base import read

    held = read("voisins")
    made = neighbours.pairs()
    assert made.tolist() == np.stack([held["commune"], held["voisine"]], axis=1).tolist()
