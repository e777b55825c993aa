"""The compiled painter gives the pixels that cv2 gives."""

import cv2
import numpy as np
import pytest
from numba import njit

from posekit.synthetic.drawing import rasterizer

SIZE = (96, 120)


@njit(error_model="numpy")
def polygon(layer, points, kind, tone, cut):
    """One polygon, painted as compiled callers do."""
    x, y, room = rasterizer.work_arrays()
    for i in range(len(points)):
        x[i], y[i] = points[i, 0], points[i, 1]
    rasterizer.draw_polygon(layer, x, y, len(points), kind, tone, cut, room)


def painted(points: np.ndarray, kind: int, cut: bool = True) -> np.ndarray:
    """One polygon (V, 2) int32 on an empty layer."""
    layer = np.zeros(SIZE, np.uint8)
    polygon(layer, points, kind, 7, cut)
    return layer


def by_cv2(points: np.ndarray, kind: int) -> np.ndarray:
    layer = np.zeros(SIZE, np.uint8)
    if kind == rasterizer.HULL:
        points = cv2.convexHull(points[:, None])[:, 0]
    if kind in (rasterizer.CONVEX, rasterizer.HULL):
        cv2.fillConvexPoly(layer, points, 7, cv2.LINE_8, 3)
    elif kind == rasterizer.STROKE:
        cv2.polylines(layer, [points], False, 7, 1, cv2.LINE_8, 3)
    else:
        outlines = 2 if kind == rasterizer.PAIR else 1
        cv2.fillPoly(layer, list(points.reshape(outlines, -1, 2)), 7, cv2.LINE_8, 3)
    return layer


@pytest.mark.parametrize("kind", rasterizer.KINDS)
@pytest.mark.parametrize("start", [60, -300, -60, 500])
@pytest.mark.parametrize("reach", [20, 100, 600, 1500])
def test_polygons_as_cv2_paints_them_inside_and_at_the_edges(kind, start, reach):
    rng = np.random.default_rng(reach)
    for _ in range(100):
        points = (rng.integers(0, reach, (2 * rng.integers(2, 15), 2)) + start).astype(np.int32)
        if kind == rasterizer.CONVEX:
            points = cv2.convexHull(points[:, None])[:, 0]
        np.testing.assert_array_equal(painted(points, kind), by_cv2(points, kind))


@pytest.mark.parametrize("cut", [False, True])
def test_a_dent_as_cv2_leaves_it(cut):
    dented = np.array(
        [
            [593, 186],
            [536, 175],
            [476, 172],
            [355, 176],
            [283, 189],
            [283, 177],
            [355, 138],
            [476, 129],
            [536, 137],
            [593, 171],
        ],
        np.int32,
    )
    found, wanted = painted(dented, rasterizer.CONVEX, cut), by_cv2(dented, rasterizer.CONVEX)
    np.testing.assert_array_equal(found, wanted)


def test_what_is_outside_is_left_out():
    beyond = np.array([[-400, -300], [2000, 200], [300, 1500]], np.int32)
    found, wanted = painted(beyond, rasterizer.CONVEX, False), by_cv2(beyond, rasterizer.CONVEX)
    assert np.count_nonzero(found != wanted) < 0.02 * np.count_nonzero(wanted)
    assert not painted(beyond + 5000, rasterizer.CONVEX, False).any()


def test_without_a_place_for_compiled_code_it_is_compiled_for_this_process(monkeypatch):
    """The package is somebody else's and the user has no home: numba refuses to keep it."""

    def no_place(**options):
        def decorate(function):
            if options.get("cache"):
                raise RuntimeError(f"cannot cache function {function.__name__!r}: no locator")
            return njit(**options)(function)

        return decorate

    monkeypatch.setattr(rasterizer, "njit", no_place)
    assert rasterizer.compiled_and_kept(lambda x: x + 1)(2) == 3
