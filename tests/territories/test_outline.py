"""Outlines from shared arcs: orientation, holes, islands, departments that meet, areas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.territories.base import load
from terreau.territories.outline import area, contains, outline, rings, zone_outline

base = load()
KM_PER_DEGREE = 111.2


def signed_km2(ring: list[list[float]]) -> float:
    """Area of a small ring on a plane at its latitude; positive when anticlockwise."""
    points = np.array(ring) - ring[0]
    x, y = points[:, 0] * np.cos(np.radians(np.array(ring)[:, 1].mean())), points[:, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) / 2 * KM_PER_DEGREE**2


def km2(geometry: dict) -> float:
    return sum(signed_km2(ring) for polygon in geometry["coordinates"] for ring in polygon)


def check_rings(geometry: dict) -> None:
    """Closed; shells anticlockwise; holes clockwise and inside their shell."""
    assert geometry["type"] == "MultiPolygon"
    for shell, *holes in geometry["coordinates"]:
        assert shell[0] == shell[-1]
        assert signed_km2(shell) > 0
        for hole in holes:
            assert hole[0] == hole[-1]
            assert signed_km2(hole) < 0
            middle = (np.array(hole[0]) + hole[1]) / 2
            assert contains(np.array(shell), middle)


@pytest.mark.parametrize("code", ["35", "29", "2A", "974", "75", "90", "62", "59"])
def test_the_communes_of_a_department_cover_it(code):
    layer = base.layers["departement"]
    geometry = outline(base, layer.members(code))
    check_rings(geometry)
    assert km2(geometry) == pytest.approx(layer.surface[layer.index[code]] / 100, rel=0.01)


def test_communes_of_three_departments_make_one_shape():
    geometry = outline(base, base.layers["epci"].members("243500741"))
    check_rings(geometry)
    assert [len(polygon) for polygon in geometry["coordinates"]] == [1]
    assert km2(geometry) == pytest.approx(996.4, rel=0.01)


def test_a_commune_left_out_is_a_hole():
    starts, ids = base.neighbours
    rennes = base.index["35238"]
    around = ids[starts[rennes] : starts[rennes + 1]]
    geometry = outline(base, np.sort(around))
    check_rings(geometry)
    holes = [ring for polygon in geometry["coordinates"] for ring in polygon[1:]]
    assert len(holes) == 1
    assert -signed_km2(holes[0]) == pytest.approx(base.surface[rennes] / 100, rel=0.01)
    filled = outline(base, np.sort(np.append(around, rennes)))
    assert [len(polygon) for polygon in filled["coordinates"]] == [1]


def test_islands_are_polygons_of_their_own():
    geometry = outline(base, base.ids(["56069", "56121"]))
    check_rings(geometry)
    assert len(geometry["coordinates"]) >= 2


def test_collectivities_have_no_outline():
    assert outline(base, base.ids(["97801"])) is None
    assert outline(base, np.zeros(0, np.int32)) is None
    assert outline(base, base.ids(["97801", "35236"])) == outline(base, base.ids(["35236"]))


def test_gaps_of_metropolitan_france_are_specks_and_llivia():
    """A merged commune that lost a part of its outline would be a gap of kilometres."""
    inland = np.flatnonzero(~base.com & ~np.char.startswith(base.codes, "97")).astype(np.int32)
    geometry = outline(base, inland)
    check_rings(geometry)
    gaps = [-signed_km2(ring) for polygon in geometry["coordinates"] for ring in polygon[1:]]
    assert sorted(round(gap, 1) for gap in gaps if gap > 0.1) == [12.9]
    assert km2(geometry) > 500_000


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ("epci", "243500741"),
        ("departement", "29"),
        ("region", "53"),
        ("ancienne_region", "82"),
        ("region", "94"),
    ],
)
def test_zones_have_an_outline_from_the_national_file(layer, code):
    geometry = zone_outline(layer, code)
    check_rings(geometry)
    surface = base.layers[layer].surface[base.layers[layer].index[code]] / 100
    assert km2(geometry) == pytest.approx(surface, rel=0.03)


def test_every_zone_of_the_national_layers_has_an_outline():
    for layer in ("epci", "departement", "region", "ancienne_region"):
        assert all(zone_outline(layer, code)["coordinates"] for code in base.layers[layer].codes)


def test_a_layer_without_outlines_says_so():
    with pytest.raises(KeyError):
        zone_outline("arrondissement", "351")


@given(st.integers(0, len(base.codes) - 95), st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_area_of_an_outline_is_the_sum_of_its_communes(first, size):
    ids = np.arange(first, min(first + size, len(base.codes) - 94), dtype=np.int32)
    geometry = outline(base, ids)
    check_rings(geometry)
    apart = sum(km2(outline(base, ids[i : i + 1])) for i in range(len(ids)))
    assert km2(geometry) == pytest.approx(apart, rel=0.005, abs=0.02)


def test_rings_that_touch_at_a_point_stay_apart():
    """Two squares that share a corner, given as four arcs that end there."""
    corner = [2, 2]
    first = [np.array([corner, [0, 2], [0, 0]]), np.array([[0, 0], [2, 0], corner])]
    second = [np.array([corner, [4, 2], [4, 4]]), np.array([[4, 4], [2, 4], corner])]
    found = list(rings([first[0], second[0], first[1], second[1]]))
    assert [area(ring) for ring in found] == [8, 8]
    assert all((ring[0] == ring[-1]).all() for ring in found)
