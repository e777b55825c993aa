"""What a canvas notes is painted with the pixels that cv2 gives."""

import cv2
import numpy as np
import pytest

from posekit.synthetic.drawing.canvas import EVEN, Canvas

SIZE = (96, 120)


def canvas(rim: int = 1, **settings) -> Canvas:
    return Canvas(np.zeros((*SIZE, 3), np.uint8), rim / 0.022, **settings)


def outlines(rng, reach: int, count: int = 60):
    """Convex ones, some of them partly or wholly outside."""
    for _ in range(count):
        points = rng.integers(-reach // 3, reach, (rng.integers(1, 24), 2)).astype(np.int32)
        yield cv2.convexHull(points)[:, 0]


@pytest.mark.parametrize("reach", [300, 2200, 40000])
@pytest.mark.parametrize("people", [1, 20])
def test_parts_and_lights_as_cv2_fills_them(reach, people):
    rng, given = np.random.default_rng(reach), canvas(people=people)
    shade, ids = np.full(SIZE, EVEN, np.uint8), np.zeros(SIZE, given.ids.dtype)
    for n, outline in enumerate(outlines(rng, reach)):
        given.part(outline, (9, 9, 9), n + 1, n + 0.5)
        given.lights(np.stack([outline + 50, outline + 90]), [n + 1.5, 70.2])
        cv2.fillConvexPoly(ids, outline, n + 1, 8, 4)
        for move, value in ((0, n + 0.5), (50, n + 1.5), (90, 70.2)):
            cv2.fillConvexPoly(shade, outline + move, value, 8, 4)
    np.testing.assert_array_equal(given.ids, ids)
    np.testing.assert_array_equal(given.shade, shade)


@pytest.mark.parametrize("rim", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("reach", [300, 2200, 40000])
def test_seams_as_cv2_draws_them(rim, reach):
    rng, given = np.random.default_rng(reach + rim), canvas(rim)
    shade = np.full(SIZE, EVEN, np.uint8)
    for n, outline in enumerate(outlines(rng, reach)):
        closed = n % 2 == 0
        given.seam([outline, outline[:3] + 40], n, closed)
        cv2.polylines(shade, [outline, outline[:3] + 40], closed, n, rim, 8, 4)
    np.testing.assert_array_equal(given.shade, shade)


def test_a_thing_among_few_people_is_the_most_there_is():
    given = canvas(people=1)
    given.part(np.array([[80, 80], [800, 80], [80, 800]], np.int32), (9, 9, 9), 1000, 50)
    assert given.ids.dtype == np.uint8 and given.ids.max() == 255


@pytest.mark.parametrize("cloth", [False, True])
def test_a_tube_is_a_seam_a_part_and_its_lights(cloth):
    angle = np.arange(16) * (np.pi / 8)
    outline = np.stack([900 + 500 * np.cos(angle), 800 + 300 * np.sin(angle)], axis=-1)
    outline = outline.astype(np.int32)
    bands = np.stack([outline[:14], outline[:14] // 2 + 400])
    tubes = outline[None], bands[None], np.array([[90.0, 60.5]]), np.array([cloth])
    given, wanted = canvas(tubes=tubes), canvas()
    given.tube(0, outline, (9, 9, 9), 5)
    lines = [outline[1:12]] if cloth else [outline[1:4], outline[9:12]]
    wanted.seam(lines, 0.55 * 60.5, False)
    wanted.part(outline, (9, 9, 9), 5)
    wanted.lights(bands, [90.0, 60.5])
    for layer in ("shade", "ids", "colour"):
        np.testing.assert_array_equal(getattr(given, layer), getattr(wanted, layer))


def test_a_polygon_of_too_many_corners_is_refused():
    given, angle = canvas(), np.linspace(0, 2 * np.pi, 129)
    given.part(np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.int32), (9, 9, 9), 1)
    with pytest.raises(ValueError, match="128 corners"):
        given.settle()
