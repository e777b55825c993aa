"""Things around people: boxes, rods and balls by their geometry, and what they hide."""

import numpy as np
import pytest

from posekit import skeletons
from posekit.cameras import Camera
from posekit.data import OCCLUDED, VISIBLE
from posekit.synthetic import People
from posekit.synthetic.drawing.canvas import Canvas
from posekit.synthetic.drawing.people_painting import paint_image
from posekit.synthetic.drawing.projection import ProjectedPeople
from posekit.synthetic.drawing.solid_projection import THING, paint_solid, project_solids
from posekit.synthetic.human.appearance import Appearance
from posekit.synthetic.human.body import Body
from posekit.synthetic.human.dressed_body import dress
from posekit.synthetic.human.joint_tree import JOINTS
from posekit.synthetic.labels import Labels
from posekit.synthetic.motion.ground_contact import ground
from posekit.synthetic.scene import random_objects
from posekit.synthetic.scene.light import Light
from posekit.synthetic.scene.solids import Ball, Block, Rods

SIZE = (300, 300)
CAMERA = Camera.look_at((0, 1.0, 5), (0, 1.0, 0), 250, SIZE)
LIGHT = Light.random(np.random.default_rng(0), CAMERA.position, plain=True)
ONE = slice(0, 1)
LSP = skeletons.get("lsp14")
KINDS = [
    random_objects._board,
    random_objects._crate,
    random_objects._plant,
    random_objects._railing,
    random_objects._ball,
    random_objects._chair,
    random_objects._post,
]


def seen_pieces(*solids) -> list:
    return project_solids([list(solids)], [CAMERA], [LIGHT])[0]


def covered(*solids) -> np.ndarray:
    canvas = Canvas(np.zeros((*SIZE, 3), np.uint8), 50)
    for piece in sorted(seen_pieces(*solids), key=lambda piece: -piece.depth):
        paint_solid(canvas, piece)
    return canvas.ids == THING


def test_a_block_facing_the_camera_is_a_rectangle():
    rows, columns = np.nonzero(
        covered(Block(np.array([0, 1.0, 0]), (0.5, 0.25, 0.5), (0, 0, 1), (99, 99, 99)))
    )
    # Its near face is 4.5 m away.
    assert np.ptp(columns) == pytest.approx(250 * 1.0 / 4.5, abs=2)
    assert np.ptp(rows) == pytest.approx(250 * 0.5 / 4.5, abs=2)


def test_a_ball_is_a_circle_and_a_rod_as_long_as_it_is():
    area = covered(Ball(np.array([0, 1.0, 0]), 0.4, (99, 99, 99))).sum()
    assert area == pytest.approx(np.pi * (250 * 0.4 / 5) ** 2, rel=0.06)
    pole = Rods(np.array([[(0, 0.5, 0), (0, 1.5, 0)]]), 0.04, (9, 9, 9))
    rows, columns = np.nonzero(covered(pole))
    assert np.ptp(rows) == pytest.approx(50, abs=2) and np.ptp(columns) == pytest.approx(4, abs=1)


def test_what_is_behind_the_camera_is_not_painted():
    for place in (np.array([0, 1.0, 5.0]), np.array([0, 1.0, 9.0])):
        rod = Rods(np.array([[place, place + [0, 1, 0]]]), 0.1, (9, 9, 9))
        block = Block(place, (0.2, 0.2, 0.2), (0, 0, 1), (9, 9, 9))
        assert seen_pieces(block, rod, Ball(place, 0.2, (9, 9, 9))) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_thing_can_be_seen_where_it_is_put(kind):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        solids = kind(rng, np.zeros(3), np.array([0.2, 0, -0.98]), True)
        rows, columns = np.nonzero(covered(*solids))
        depths = [piece.depth for piece in seen_pieces(*solids)]
        assert len(rows) > 30 and min(depths) > 3 and max(depths) < 7.1
        assert abs(np.median(columns) - 149.5) < 60


def seen(things) -> np.ndarray:
    """(14,) what is visible of someone at the origin who faces the camera."""
    body = Body.stack([Body.make("male", 1.75)])
    posed = ground(body.pose(np.zeros((1, len(JOINTS), 3))))
    projected = ProjectedPeople(
        dress(body, [Appearance.random(np.random.default_rng(1), body)]),
        posed,
        [CAMERA],
        [LIGHT],
        5,
    )
    labels = Labels(projected, projected.to_camera(posed.points), "lsp14", SIZE)
    _, ids = paint_image(
        np.zeros((*SIZE, 3), np.uint8), projected, ONE, LIGHT, seen_pieces(*things)
    )
    labels.read_part_numbers(ids, ONE)
    return labels.finish()["visible"][0], labels.areas[0]


def test_a_box_before_the_legs_hides_them_and_one_behind_does_not():
    for z, wanted in ((0.8, OCCLUDED), (-0.8, VISIBLE)):
        box = Block(np.array([0, 0.3, z]), (0.6, 0.3, 0.2), (0, 0, 1), (9, 9, 9))
        visible, area = seen([box])
        for joint in ("left_ankle", "right_ankle", "left_knee", "right_knee"):
            assert visible[LSP.index(joint)] == wanted
        for joint in ("left_shoulder", "right_hip", "neck", "head_top"):
            assert visible[LSP.index(joint)] == VISIBLE
        assert (area < 0.85 * seen([])[1]) == (z > 0)


def test_things_hide_people_more_often_when_hard():
    rates = []
    for hard in (False, True):
        rngs = [np.random.default_rng([hard, n]) for n in range(300)]
        person = ground(Body.make().pose(np.zeros((1, len(JOINTS), 3)))).joints
        depth = [
            min(
                (
                    piece.depth
                    for piece in seen_pieces(
                        *random_objects.random_objects(rng, CAMERA, person, hard)
                    )
                ),
                default=9,
            )
            for rng in rngs
        ]
        rates.append(np.mean(np.array(depth) < 4.75))
    assert 0.15 < rates[0] < 0.4 < rates[1] < 0.7


def test_easy_people_have_nothing_before_them():
    assert (People(0, 40, 96, difficulty="easy")[7].visible > 0).all()
