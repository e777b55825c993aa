"""The picture agrees with the labels, and its parts do what they say."""

import numpy as np
import pytest

from posekit import skeletons
from posekit.cameras import Camera
from posekit.data import OCCLUDED, VISIBLE
from posekit.synthetic import People
from posekit.synthetic.drawing.canvas import EVEN, Canvas
from posekit.synthetic.drawing.people_painting import paint_image
from posekit.synthetic.drawing.photo_effects import expose
from posekit.synthetic.drawing.pixel_coordinates import to_sixteenths
from posekit.synthetic.drawing.projection import ProjectedPeople
from posekit.synthetic.drawing.shadows import cast_shadows
from posekit.synthetic.drawing.solid_projection import THING, paint_solid, project_solids
from posekit.synthetic.human.appearance import HAIR_STYLES, PATTERNS, Appearance
from posekit.synthetic.human.body import Body
from posekit.synthetic.human.dressed_body import PARTS, TUBES, dress
from posekit.synthetic.human.joint_tree import JOINTS
from posekit.synthetic.labels import Labels
from posekit.synthetic.motion.ground_contact import ground
from posekit.synthetic.motion.pose_notation import pose
from posekit.synthetic.scene import backdrops
from posekit.synthetic.scene.light import Light
from posekit.synthetic.scene.props import bar, barbell, bench, stool

SIZE = (300, 300)
CAMERA = Camera.look_at((0, 1.0, 4.5), (0, 0.9, 0), 620, SIZE)
LIGHT = Light.random(np.random.default_rng(0), CAMERA.position, plain=True)


def scene(angles, places=((0, 0, 0),), headings=(0,), seed=4):
    """People standing at places before the camera: picture, part numbers, labels."""
    rng = np.random.default_rng(seed)
    bodies = [Body.make("male", 1.75) for _ in places]
    appearances = [Appearance.random(rng, body) for body in bodies]
    stack = Body.stack(bodies)
    turned = np.broadcast_to(angles, (len(places), len(JOINTS), 3))
    posed = ground(stack.pose(turned, np.array(places, float), np.array(headings, float)))
    people = len(places)
    projected = ProjectedPeople(
        dress(stack, appearances), posed, [CAMERA] * people, [LIGHT] * people, 5
    )
    labels = Labels(projected, projected.to_camera(posed.points), "coco17", SIZE)
    image, ids = paint_image(np.full((*SIZE, 3), 128, np.uint8), projected, slice(0, people), LIGHT)
    labels.read_part_numbers(ids, slice(0, people))
    return image, ids, labels.finish()


def visible(labels, joint, person=0):
    return labels["visible"][person, skeletons.get("coco17").index(joint)]


STANDING = pose(shoulders=(5, 12, 5), elbows=12)


def test_a_standing_persons_joints_are_all_seen_from_the_front():
    _, ids, labels = scene(STANDING)
    assert (labels["visible"] == VISIBLE).all()
    x, y = np.rint(labels["keypoints"][0]).astype(int).T
    assert (ids[y, x] > 0).mean() > 0.85  # the joints lie on the person that is painted
    assert labels["areas"][0] == np.count_nonzero(ids)


def test_in_profile_the_far_side_is_occluded():
    for turn, near, far in ((np.pi / 2, "right", "left"), (-np.pi / 2, "left", "right")):
        labels = scene(STANDING, headings=[turn])[2]
        for joint in ("shoulder", "hip", "ear", "eye"):
            assert visible(labels, f"{far}_{joint}") == OCCLUDED, (turn, joint)
        for joint in ("shoulder", "elbow", "hip", "knee", "ear", "eye"):
            assert visible(labels, f"{near}_{joint}") == VISIBLE, (turn, joint)


def test_from_behind_the_face_is_occluded_and_the_limbs_are_seen():
    labels = scene(STANDING, headings=[np.pi])[2]
    for joint in ("nose", "left_eye", "right_eye"):
        assert visible(labels, joint) == OCCLUDED
    for joint in ("left_shoulder", "right_shoulder", "left_elbow", "left_knee", "right_ankle"):
        assert visible(labels, joint) == VISIBLE


def test_hands_behind_the_back_are_occluded():
    labels = scene(pose(shoulders=(-30, 0, 45), elbows=60))[2]
    assert visible(labels, "left_wrist") == visible(labels, "right_wrist") == OCCLUDED


@pytest.mark.parametrize("order", [1, -1])
def test_the_nearer_person_hides_the_farther_whatever_their_order(order):
    places = [(0, 0, 0), (0.05, 0, 1.0)][::order]
    labels = scene(STANDING, places, [0, 0])[2]
    near, far = (1, 0) if order == 1 else (0, 1)
    assert OCCLUDED not in labels["visible"][near]
    assert (labels["visible"][far] == OCCLUDED).mean() > 0.6
    assert labels["areas"][near] > labels["areas"][far]


def test_boxes_hold_the_person_and_little_else():
    _, ids, labels = scene(STANDING)
    rows, columns = np.nonzero(ids)
    low, high = labels["boxes"][0, :2], labels["boxes"][0, 2:]
    assert columns.min() >= low[0] - 3 and columns.max() <= high[0] + 3
    assert rows.min() >= low[1] - 3 and rows.max() <= high[1] + 3
    assert (high - low).prod() < 2.5 * np.ptp(rows) * np.ptp(columns)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("style", HAIR_STYLES)
def test_every_look_can_be_painted_from_everywhere(pattern, style):
    body = Body.stack([Body.make("female", 1.65)])
    plain = Appearance.random(np.random.default_rng(1), Body.make("female", 1.65))
    appearance = plain._replace(pattern=pattern, hair_style=style, skirt=0.8, beard=0.7)
    for turn in np.linspace(0, 2 * np.pi, 5):
        posed = ground(body.pose(STANDING[None], np.zeros((1, 3)), np.array([turn])))
        projected = ProjectedPeople(dress(body, [appearance]), posed, [CAMERA], [LIGHT], 4)
        image, ids = paint_image(np.zeros((*SIZE, 3), np.uint8), projected, slice(0, 1), LIGHT)
        assert np.count_nonzero(ids) > 3000 and image[ids > 0].mean() > 20
        assert (image[:20] == 0).all()  # the background is left alone


def test_shorts_and_short_sleeves_leave_skin():
    rng = np.random.default_rng(0)
    bare = Appearance.random(rng, Body.make())._replace(sleeves=0.0, legs=0.4, skirt=0.0)
    long = bare._replace(sleeves=2.0, legs=2.0)
    worn = dress(Body.stack([Body.make()] * 2), [bare, long]).worn
    assert worn.shape == (2, TUBES)
    assert worn[0, :8].all() and not worn[1, :8].any()  # bare limbs
    assert worn[1, 8:16].all() and worn[0, 8:16].sum() == 2  # sleeves and legs: two thighs only


def test_part_numbers_of_twenty_people_fit():
    assert PARTS > TUBES + 9 and 20 * PARTS < 2**16


def test_a_canvas_blends_edges_and_leaves_the_background_its_light():
    canvas = Canvas(np.full((40, 40, 3), 100, np.uint8), 100)
    square = to_sixteenths(np.array([(9.5, 9.5), (29.5, 9.5), (29.5, 29.5), (9.5, 29.5)]))
    canvas.part(square, (200, 200, 200), 7)
    canvas.lights(square[None], [64])
    tint = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    image = canvas.finish(tint, 0.0)
    assert (image[:6] == 100).all() and canvas.ids[20, 20] == 7
    assert image[20, 20, 0] == 200 * 64 // EVEN


@pytest.mark.parametrize("n", range(4))
def test_scenes_are_repeatable_pictures_with_a_horizon(n):
    camera = Camera.look_at((0, 1.5, 5), (0, 1.0, 0), 250, (160, 200))
    one = backdrops.backdrop(n, camera, 0.7, 0.3, False)
    assert one.shape == (160, 200, 3) and one.dtype == np.uint8
    assert np.array_equal(one, backdrops.backdrop(n, camera, 0.7, 0.3, False))
    assert one.std() > 8  # not a blank wall
    higher = Camera.look_at((0, 1.5, 5), (0, 1.3, 0), 250, (160, 200))
    assert not np.array_equal(one, backdrops.backdrop(n, higher, 0.7, 0.3, False))


def test_exposure_keeps_shape_and_varies():
    image = np.full((48, 64, 3), 120, np.uint8)
    shots = [expose(image, np.random.default_rng(n), hard=True) for n in range(20)]
    assert all(shot.shape == image.shape and shot.dtype == np.uint8 for shot in shots)
    assert np.ptp([shot.mean() for shot in shots]) > 5
    assert np.mean([shot.std() for shot in shots]) > 1
    large = expose(np.zeros((1100, 1200, 3), np.uint8), np.random.default_rng(0), hard=False)
    assert large.shape == (1100, 1200, 3)


def test_the_shadow_falls_where_people_stand():
    body = Body.make("male", 1.75)
    posed = ground(body.pose(STANDING))
    image = np.full((*SIZE, 3), 200, np.uint8)
    cast_shadows([image], posed.joints[None, None], np.array([[1.75]]), [CAMERA], [LIGHT])
    feet = np.rint(CAMERA.project((0.0, 0.0, 0.0))).astype(int)
    assert image[feet[1] - 4 : feet[1] + 4, feet[0] - 30 : feet[0] + 30].min() < 170
    assert (image[:120] == 200).all()


def test_pixels_of_a_person_do_not_depend_on_the_joint_set():
    one, other = (People(3, 5, 96, skeleton)[2] for skeleton in ("lsp14", "body25"))
    np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_array_equal(one.boxes, other.boxes)


@pytest.mark.parametrize("prop", [stool, bench, bar, barbell])
def test_props_are_painted_near_the_person_and_not_elsewhere(prop):
    angles = pose(shoulders=(90, 10, 0), elbows=5, hips=80, knees=80)
    joints = ground(Body.make("male", 1.75).pose(angles)).joints
    rows, columns = np.nonzero(painted(prop(joints, 1.75)))
    assert 40 < len(rows) < 0.3 * SIZE[0] * SIZE[1]
    middle = CAMERA.project(joints).mean(0)
    assert np.hypot(columns.mean() - middle[0], rows.mean() - middle[1]) < 120


def test_a_seat_is_under_the_hips():
    joints = ground(Body.make("male", 1.75).pose(pose(hips=90, knees=90))).joints
    rows = np.nonzero(painted(stool(joints, 1.75)).any(1))[0]
    pelvis, floor = (CAMERA.project(point)[1] for point in (joints[0], joints[0] * [1, 0, 1]))
    assert pelvis < rows.min() < floor and abs(rows.max() - floor) < 30


def painted(solids) -> np.ndarray:
    """(H, W) bool: where these things are."""
    canvas = Canvas(np.full((*SIZE, 3), 200, np.uint8), 100)
    for piece in project_solids([solids], [CAMERA], [LIGHT])[0]:
        paint_solid(canvas, piece)
    return canvas.ids == THING
