"""A batch of people of tones, and the colours that tones stand for."""

import cv2
import numpy as np

from posekit.synthetic.drawing import palette_painting

SIZE = (96, 120)
SQUARES = np.array([[80, 80], [400, 80], [400, 400], [80, 400]]) + 80 * np.arange(3)[:, None, None]
TABLE = palette_painting.PolygonTable(
    np.array([0, 4, 8]),
    np.array([4, 4, 4]),
    np.zeros(3, int),
    np.array([2, 3, 4], np.uint8),
    3,
    np.array([[0, 1], [1, 3]]),
)


def crowd(orders) -> tuple:
    """The images, tones at a place and areas of people of two squares on plain grey."""
    count, images = len(orders), np.full((len(orders), 48, 60, 3), 90, np.uint8)
    colours = np.array([[90] * 3, [90] * 3, [200, 10, 0], [0, 200, 10], [10, 0, 200]])
    palette = np.zeros((count, 256), np.int64)
    palette[:, :5] = palette_painting.packed(colours)
    people = palette_painting.PaletteBatch(
        np.tile(SQUARES.reshape(-1, 2).astype(np.int32), (count, 1, 1)),
        np.tile([True, True, False], (count, 1)),
        np.array(orders),
        np.full(count, 2),
        np.tile([0, 0, 60, 48], (count, 1)),
        np.full(count, 30),
        palette,
        np.full((count, 1), 30 * 120 + 30),
    )
    found, areas = np.empty((count, 1), np.uint8), np.empty(count)
    palette_painting.paint(np.empty(SIZE, np.uint8), TABLE, people, images, found, areas)
    return images, found, areas


def test_parts_are_painted_in_the_order_asked_for():
    images, found, areas = crowd([[0, 1], [1, 0], [0, 1]])
    assert found[:, 0].tolist() == [3, 2, 3]
    assert images[:, 15, 15].tolist() == [[0, 200, 10], [200, 10, 0], [0, 200, 10]]
    assert (images[:, 40, 55] == 90).all() and (images[:, 35, 35] == 90).all()
    assert (areas == 41 * 41 + 41 * 41 - 31 * 31).all()


def test_four_tones_make_a_pixel():
    rng = np.random.default_rng(0)
    layer = rng.integers(0, 4, (16, 24)).astype(np.uint8)
    colours = rng.integers(0, 256, (256, 3))
    layer[:6, :8], layer[10:, 20:] = 0, 0
    image = np.full((8, 12, 3), colours[0], np.uint8)
    count = palette_painting.develop(layer, palette_painting.packed(colours), image, 2, 1, 11, 8)
    wanted = cv2.resize(colours[layer].astype(np.uint8), (12, 8), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(image[1:8, 2:11], wanted[1:8, 2:11])
    assert count == np.count_nonzero(layer[2:16, 4:22] > 1)
    for edge in (image[0], image[:, :2], image[:, 11:]):
        assert (edge == colours[0]).all()
