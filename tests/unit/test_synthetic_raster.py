"""The compiled painter gives the pixels that cv2 gives."""

import cv2
import numpy as np
import pytest

from posekit.synthetic import raster

SIZE = (96, 120)


def painted(points: np.ndarray, kind: int, cut: bool = True) -> np.ndarray:
    """One polygon (V, 2) int32 on an empty layer."""
    layer = np.zeros(SIZE, np.uint8)
    raster.polygon(layer, points, kind, 7, cut)
    return layer


def by_cv2(points: np.ndarray, kind: int) -> np.ndarray:
    layer = np.zeros(SIZE, np.uint8)
    if kind == raster.HULL:
        points = cv2.convexHull(points[:, None])[:, 0]
    if kind in (raster.CONVEX, raster.HULL):
        cv2.fillConvexPoly(layer, points, 7, cv2.LINE_8, 3)
    elif kind == raster.STROKE:
        cv2.polylines(layer, [points], False, 7, 1, cv2.LINE_8, 3)
    else:
        outlines = 2 if kind == raster.PAIR else 1
        cv2.fillPoly(layer, list(points.reshape(outlines, -1, 2)), 7, cv2.LINE_8, 3)
    return layer


@pytest.mark.parametrize("kind", raster.KINDS)
@pytest.mark.parametrize("start", [60, -300, -60, 500])
@pytest.mark.parametrize("reach", [20, 100, 600, 1500])
def test_polygons_as_cv2_paints_them_inside_and_at_the_edges(kind, start, reach):
    rng = np.random.default_rng(reach)
    for _ in range(100):
        points = (rng.integers(0, reach, (2 * rng.integers(2, 15), 2)) + start).astype(np.int32)
        if kind == raster.CONVEX:
            points = cv2.convexHull(points[:, None])[:, 0]
        np.testing.assert_array_equal(painted(points, kind), by_cv2(points, kind))


@pytest.mark.parametrize("cut", [False, True])
def test_a_dent_as_cv2_leaves_it(cut):
    dented = np.array([[593, 186], [536, 175], [476, 172], [355, 176], [283, 189], [283, 177],
                       [355, 138], [476, 129], [536, 137], [593, 171]], np.int32)  # fmt: skip
    found, wanted = painted(dented, raster.CONVEX, cut), by_cv2(dented, raster.CONVEX)
    np.testing.assert_array_equal(found, wanted)


def test_what_is_outside_is_left_out():
    beyond = np.array([[-400, -300], [2000, 200], [300, 1500]], np.int32)
    found, wanted = painted(beyond, raster.CONVEX, False), by_cv2(beyond, raster.CONVEX)
    assert np.count_nonzero(found != wanted) < 0.02 * np.count_nonzero(wanted)
    assert not painted(beyond + 5000, raster.CONVEX, False).any()


SQUARES = np.array([[80, 80], [400, 80], [400, 400], [80, 400]]) + 80 * np.arange(3)[:, None, None]
TABLE = raster.Table(np.array([0, 4, 8]), np.array([4, 4, 4]), np.zeros(3, int),
                     np.array([2, 3, 4], np.uint8), 3, np.array([[0, 1], [1, 3]]))  # fmt: skip


def crowd(orders) -> tuple:
    """The images, tones at a place and areas of people of two squares on plain grey."""
    count, images = len(orders), np.full((len(orders), 48, 60, 3), 90, np.uint8)
    colours = np.array([[90] * 3, [90] * 3, [200, 10, 0], [0, 200, 10], [10, 0, 200]])
    palette = np.zeros((count, 256), np.int64)
    palette[:, :5] = raster.packed(colours)
    people = raster.People(
        np.tile(SQUARES.reshape(-1, 2).astype(np.int32), (count, 1, 1)),
        np.tile([True, True, False], (count, 1)), np.array(orders), np.full(count, 2),
        np.tile([0, 0, 60, 48], (count, 1)), np.full(count, 30), palette,
        np.full((count, 1), 30 * 120 + 30))  # fmt: skip
    tones, areas = np.empty((count, 1), np.uint8), np.empty(count)
    raster.paint(np.empty(SIZE, np.uint8), TABLE, people, images, tones, areas)
    return images, tones, areas


def test_parts_are_painted_in_the_order_asked_for():
    images, tones, areas = crowd([[0, 1], [1, 0], [0, 1]])
    assert tones[:, 0].tolist() == [3, 2, 3]
    assert images[:, 15, 15].tolist() == [[0, 200, 10], [200, 10, 0], [0, 200, 10]]
    assert (images[:, 40, 55] == 90).all() and (images[:, 35, 35] == 90).all()
    assert (areas == 41 * 41 + 41 * 41 - 31 * 31).all()


def test_four_tones_make_a_pixel():
    rng = np.random.default_rng(0)
    layer = rng.integers(0, 4, (16, 24)).astype(np.uint8)
    colours = rng.integers(0, 256, (256, 3))
    layer[:6, :8], layer[10:, 20:] = 0, 0
    image = np.full((8, 12, 3), colours[0], np.uint8)
    count = raster.develop(layer, raster.packed(colours), image, 2, 1, 11, 8)
    wanted = cv2.resize(colours[layer].astype(np.uint8), (12, 8), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(image[1:8, 2:11], wanted[1:8, 2:11])
    assert count == np.count_nonzero(layer[2:16, 4:22] > 1)
    for edge in (image[0], image[:, :2], image[:, 11:]):
        assert (edge == colours[0]).all()
