"""The fast painter paints what the other one paints, only coarser."""

import numpy as np
import pytest

from posekit.data import VISIBLE
from posekit.synthetic import People
from posekit.synthetic.drawing.fast_painting import BANDS, FastPainter
from posekit.synthetic.drawing.people_painting import paint_image
from posekit.synthetic.drawing.projection import ProjectedPeople
from posekit.synthetic.human.dressed_body import dress
from posekit.synthetic.labels import Labels
from posekit.synthetic.scene.camera_placement import place_camera
from posekit.synthetic.scene.crowds import random_crowds
from posekit.synthetic.scene.light import Light

SIZE, COUNT = (128, 128), 24


@pytest.fixture(scope="module")
def drawn():
    """For each of some people: the fast image, the other one, area and joints of both."""
    rngs = [np.random.default_rng([9, n]) for n in range(COUNT)]
    appearances, posed, _ = random_crowds(rngs, 1, True)
    cameras = [place_camera(points, rng, SIZE, "easy") for points, rng in zip(posed.points, rngs)]
    lights = [Light.random(rng, camera.position, plain=True) for rng, camera in zip(rngs, cameras)]
    projected = ProjectedPeople(dress(posed.body, appearances), posed, cameras, lights, BANDS)
    labels = Labels(projected, projected.to_camera(posed.points), "lsp14", SIZE)
    fast, walls = (
        FastPainter(projected, labels.boxes, SIZE),
        np.full((COUNT, *SIZE, 3), 180, np.uint8),
    )
    numbers, areas = fast.paint(walls, [100] * COUNT, labels.pixels)
    found = []
    for n in range(COUNT):
        theirs, ids = paint_image(
            np.full((*SIZE, 3), 180, np.uint8), projected, slice(n, n + 1), lights[n]
        )
        labels.read_part_numbers(ids, slice(n, n + 1))
        found.append(
            (walls[n], theirs, areas[n], labels.areas[n], numbers[n], labels.numbers[n].copy())
        )
    return found, fast


def test_people_cover_the_same_pixels(drawn):
    areas = np.array([(ours, theirs) for _, _, ours, theirs, _, _ in drawn[0]])
    np.testing.assert_allclose(areas[:, 0], areas[:, 1], rtol=0.15)
    assert areas[:, 0].mean() == pytest.approx(areas[:, 1].mean(), rel=0.06)


def test_the_same_parts_are_seen_at_the_joints(drawn):
    ours, theirs = (np.concatenate([row[k] for row in drawn[0]]) for k in (4, 5))
    assert (ours > 0).mean() > 0.97
    assert (ours == theirs).mean() > 0.8


def test_colours_are_alike(drawn):
    for ours, theirs, *_ in drawn[0]:
        assert np.abs(ours.astype(float) - theirs).mean() < 4


def test_a_pixel_outside_the_image_is_no_part(drawn):
    walls, outside = np.zeros((COUNT, *SIZE, 3), np.uint8), [(-9, 20), (20, 500), (-0.6, -0.6)]
    numbers, _ = drawn[1].paint(walls, [100] * COUNT, np.array([outside] * COUNT))
    assert (numbers == 0).all()


def test_small_easy_people_are_seen_whole_and_from_the_front():
    samples = People(4, 60, 128, "coco17", difficulty="easy").batch(range(60))
    assert np.mean([(sample.visible == VISIBLE).mean() for sample in samples]) > 0.9
    for sample in samples:
        x0, y0, x1, y1 = sample.boxes[0]
        assert sample.areas[0] < (x1 - x0) * (y1 - y0)
