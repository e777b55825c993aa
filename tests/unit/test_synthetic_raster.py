"""The compiled painter gives the pixels that cv2 gives."""

import cv2
import numpy as np
import pytest

from posekit.synthetic import raster

SIZE = (96, 120)


def painted(points: np.ndarray, hull: bool = False) -> np.ndarray:
    """One polygon (V, 2) int32 on an empty layer."""
    layer = np.zeros(SIZE, np.uint8)
    raster.paint(layer, points[None], np.array([len(points)]), 0 if hull else 1,
                 np.array([7], np.uint8), np.array([0, 1]), np.array([0]))  # fmt: skip
    return layer


def by_cv2(points: np.ndarray) -> np.ndarray:
    layer = np.zeros(SIZE, np.uint8)
    cv2.fillConvexPoly(layer, points, 7, cv2.LINE_8, 3)
    return layer


@pytest.mark.parametrize("reach", [20, 100, 600])
def test_polygons_and_hulls_as_cv2_fills_them(reach):
    rng = np.random.default_rng(reach)
    for _ in range(300):
        points = (rng.integers(0, reach, (rng.integers(3, 17), 2)) + 60).astype(np.int32)
        outline = cv2.convexHull(points[:, None])[:, 0]
        if len(outline) < 3:
            continue
        np.testing.assert_array_equal(painted(outline), by_cv2(outline))
        np.testing.assert_array_equal(painted(points, hull=True), by_cv2(outline))


def test_a_dent_as_cv2_leaves_it():
    dented = np.array([[593, 186], [536, 175], [476, 172], [355, 176], [283, 189], [283, 177],
                       [355, 138], [476, 129], [536, 137], [593, 171]], np.int32)  # fmt: skip
    np.testing.assert_array_equal(painted(dented), by_cv2(dented))


def test_what_is_outside_is_left_out():
    beyond = np.array([[-400, -300], [2000, 200], [300, 1500]], np.int32)
    found, wanted = painted(beyond), by_cv2(beyond)
    assert np.count_nonzero(found != wanted) < 0.02 * np.count_nonzero(wanted)
    assert not painted(beyond + 5000).any()


def test_parts_are_painted_in_the_order_asked_for():
    square = np.array([[80, 80], [400, 80], [400, 400], [80, 400]], np.int32)
    polygons = np.stack([square, square + 80, square + 160])
    counts, tones = np.array([4, 4, 0]), np.array([1, 2, 3], np.uint8)
    for parts, on_top in (([0, 1], 2), ([1, 0], 1)):
        layer = np.zeros(SIZE, np.uint8)
        raster.paint(layer, polygons, counts, 3, tones, np.array([0, 1, 3]), np.array(parts))
        assert layer[30, 30] == on_top and set(np.unique(layer)) == {0, 1, 2}


def test_four_tones_make_a_pixel():
    rng = np.random.default_rng(0)
    layer = rng.integers(0, 4, (16, 24)).astype(np.uint8)
    colours = rng.integers(0, 256, (256, 3))
    image = np.zeros((8, 12, 3), np.uint8)
    count = raster.develop(layer, raster.packed(colours), image, 2, 1, 11, 8)
    wanted = cv2.resize(colours[layer].astype(np.uint8), (12, 8), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(image[1:8, 2:11], wanted[1:8, 2:11])
    assert count == np.count_nonzero(layer[2:16, 4:22] > 1)
    assert not image[0].any() and not image[:, :2].any() and not image[:, 11:].any()
