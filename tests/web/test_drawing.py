"""Maps drawn by the server."""

import re
from itertools import pairwise

import numpy as np
import pytest

from terreau.territories import drawing as ground
from terreau.territories import outline
from terreau.web import drawing


def _points(d: str) -> np.ndarray:
    """Every vertex of a path made of moves and relative lines."""
    found = []
    for ring in re.findall(r"M([^z]+)z", d):
        start, _, steps = ring.partition("l")
        here = np.array([float(part) for part in start.split(",")])
        found.append(here.copy())
        for step in steps.split():
            here = here + np.array([float(part) for part in step.split(",")])
            found.append(here.copy())
    return np.array(found)


@pytest.mark.parametrize(("level", "count"), [("region", 18), ("departement", 101), ("ancienne_region", 27)])
def test_all_of_france_fits_in_the_frame(level: str, count: int) -> None:
    shapes = ground.france(level)
    assert len(shapes) == count
    for shape in shapes:
        points = _points(shape["d"])
        assert points.min() >= -0.5, shape["nom"]
        assert points[:, 0].max() <= ground.WIDTH + 0.5, shape["nom"]
        assert points[:, 1].max() <= ground.HEIGHT + 0.5, shape["nom"]


def test_the_north_is_up_and_the_west_on_the_left() -> None:
    frame = ground.frames()["fr"]
    brest, lille, nice = frame.place(np.array([[-4.49, 48.39], [3.06, 50.63], [7.26, 43.7]])).tolist()
    assert brest[0] < lille[0] < nice[0]
    assert lille[1] < brest[1] < nice[1]


def test_overseas_regions_are_drawn_in_their_insets() -> None:
    boxes = {box["code"]: box for box in ground.insets()}
    for shape in ground.france("region"):
        if box := boxes.get(shape["code"]):
            points = _points(shape["d"]).mean(axis=0)
            assert box["x"] < points[0] < box["x"] + box["size"]
            assert box["y"] < points[1] < box["y"] + box["size"]


def _feature(lon: float, lat: float) -> dict:
    return {"geometry": {"coordinates": [lon, lat]}, "properties": {"slug": f"{lon}"}}


def test_dots_at_one_place_are_spread_and_those_of_the_world_left_out() -> None:
    placed = drawing.dots([_feature(2.35, 48.85)] * 12 + [_feature(-149.5, -17.6)])
    assert len(placed) == 12
    spots = sorted((float(dot["x"]), float(dot["y"])) for dot in placed)
    assert all(one != other for one, other in pairwise(spots))


def test_a_territory_fills_its_frame_and_keeps_only_the_points_inside() -> None:
    shapes = [("land", outline.zone_outline("departement", "35"))]
    drawn = drawing.draw(shapes, [_feature(-1.68, 48.11), _feature(7.75, 48.58)])
    points = _points(drawn.shapes[0]["d"])
    assert np.ptp(points[:, 0]) > 0.8 * drawn.width or np.ptp(points[:, 1]) > 0.8 * drawn.height
    assert [dot["slug"] for dot in drawn.dots] == ["-1.68"]
