"""posekit live --lift: who is lifted, when the window begins anew, what is drawn and written."""

from functools import partial

import cv2
import numpy as np
import pytest
import torch

from posekit import checkpoints, cli, skeletons
from posekit.data.sample import Sample
from posekit.errors import InputError
from posekit.live import Writer, lift, open_source, pipeline
from posekit.live.blazepose import Detector
from posekit.live.lift import LiftDetector, draw_turned
from posekit.models.lifters import PoseMachineLifter, TemporalLifter
from posekit.synthetic import Motions

SET = skeletons.get("humaneva15")
CARD = {"name": "untrained", "skeleton": "humaneva15", "units": "person", "terms": "MIT"}
IMAGE = np.full((480, 640, 3), 90, np.uint8)


class Found(Detector):
    """Finds what it is given, frame by frame: (P, K, 2)."""

    about = "a stand-in."

    def __init__(self, frames, skeleton="humaneva15", video=True):
        self.frames, self.skeleton, self.video, self.closed = iter(frames), skeleton, video, False

    def detect(self, image, time_ms=None):
        points = np.asarray(next(self.frames), dtype=np.float32)
        visible = 2 * np.isfinite(points).all(-1).astype(np.uint8)
        return Sample("image", self.skeleton, points, visible, image)

    def close(self):
        self.closed = True

    def __exit__(self, *error):
        self.close()


@pytest.fixture(scope="module")
def walk():
    """(40, 15, 2) pixels."""
    return Motions(seed=3, count=1, frames=40, action="walk")[0].keypoints[:, 0]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    net = PoseMachineLifter(15, 16)
    torch.nn.init.normal_(net.coarse.weight, std=0.3)  # as if it had learnt something
    return net


def answers(frames, model, card=CARD, image=IMAGE, **options):
    """The joints after each frame."""
    detector = LiftDetector(Found(frames, **options), (model, card))
    return [(detector.detect(image, 33.0 * t), detector.joints)[1] for t in range(len(frames))]


def test_the_answer_is_the_newest_of_the_last_frames(walk, model):
    inputs = lift.in_units(walk[40 - lift.FRAMES :], "person", (480, 640), 0)
    wanted = lift.lifting.lift(model, inputs, "humaneva15", flip=False)[-1]
    found = answers(walk[:, None], model)[-1]
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    still = answers(walk[-1:, None], model)[-1]
    assert np.abs(still - found).max() > 1e-4, "the frames before it count"


def test_whoever_is_lost_begins_anew(walk, model):
    nobody = np.empty((0, 15, 2))
    found = answers([*walk[:10, None], nobody, walk[20:21]], model)
    assert found[10] is None
    np.testing.assert_allclose(found[11], answers(walk[20:21, None], model)[0], atol=1e-5)


@pytest.mark.parametrize("much", [0.2, 3.0])
def test_a_jump_is_someone_else(walk, model, much):
    there = walk[10] + much * np.ptp(walk[9], axis=0).max()
    found = answers([*walk[:10, None], there[None]], model)[-1]
    alone = answers([there[None]], model)[-1]
    assert np.allclose(found, alone, atol=1e-5) == (much > 1)


def test_the_same_person_is_followed_among_several(walk, model):
    other = walk + (250, 0)
    large = 2 * (walk - walk.mean((0, 1))) + walk.mean((0, 1)) + (900, 0)
    frames = [walk[:1], *(np.stack(pair) for pair in zip(large[1:9], walk[1:9]))]
    np.testing.assert_allclose(answers(frames, model)[-1], answers(walk[:9, None], model)[-1])
    both = np.stack([other[0], large[0]])
    np.testing.assert_allclose(answers([both], model)[0], answers(large[:1, None], model)[0])


def test_images_are_lifted_one_by_one(walk, model):
    found = answers(walk[:5, None], model, video=False)[-1]
    np.testing.assert_allclose(found, answers(walk[4:5, None], model)[0], atol=1e-5)


def test_missing_joints_are_filled_and_too_many_are_nobody(walk, model):
    hidden = walk[:4, None].copy()
    hidden[3, 0, [4, 7, 0]] = np.nan
    assert np.isfinite(answers(hidden, model)[-1]).all()
    hidden[3, 0, :9] = np.nan
    assert answers(hidden, model)[-1] is None


def test_an_image_of_another_size_begins_anew(walk, model):
    detector = LiftDetector(Found(walk[:3, None]), (model, CARD))
    for image in (IMAGE, IMAGE, IMAGE[:400]):
        detector.detect(image)
    np.testing.assert_allclose(detector.joints, answers(walk[2:3, None], model)[0], atol=1e-5)


def test_other_joint_sets_are_converted_and_those_without_hips_refused(walk, model):
    points, _, _ = skeletons.convert(walk[:2], None, SET, "h36m17")
    assert answers(points[:, None], model, skeleton="h36m17")[-1].shape == (15, 3)
    torso = skeletons.Skeleton("bust", ("left_shoulder", "right_shoulder", "head"), (), "here")
    with pytest.raises(InputError, match="bust has no hips"):
        answers(walk[:1, None, :3], model, skeleton=torso)


def test_a_window_of_convolutions_answers_from_the_first_frame_on(walk):
    torch.manual_seed(0)
    found = answers(walk[:3, None], TemporalLifter(15, 8), CARD | {"units": "image"})
    assert all(joints.shape == (15, 3) for joints in found)


def test_a_checkpoint_that_does_not_lift_is_refused():
    with pytest.raises(InputError, match="heatmap does not lift"):
        LiftDetector(Found([]), "heatmap")


def test_the_detector_within_is_closed(model):
    within = Found([])
    with LiftDetector(within, (model, CARD)) as detector:
        assert detector.about == ("a stand-in. Joints in space: untrained of this course (MIT).")
    assert within.closed


# ------------------------------------------------------------------------------- the drawing
def middle_of(image, colour) -> np.ndarray:
    return np.argwhere((image == colour).all(-1)).mean(0)


@pytest.mark.parametrize("degrees, side", [(0, 1), (180, -1), (90, 0)])
def test_the_drawing_turns(degrees, side):
    """The left arm, stretched to the person's left, goes around."""
    joints = np.zeros((15, 3))
    arm = [SET.index(name) for name in ("left_elbow", "left_wrist")]
    joints[arm, 0] = 0.5, 1.0  # to the right on the image
    drawn = draw_turned(joints, SET, degrees, 300)
    assert drawn.shape == (300, 300, 3) and drawn.dtype == np.uint8
    blue = np.argwhere(np.ptp(drawn.astype(int), axis=-1) > 60)
    assert np.sign(np.round((blue[:, 1].mean() - 149.5) / 20)) == side


def test_up_stays_up_and_metres_are_to_scale():
    joints = np.zeros((15, 3))
    joints[SET.index("head"), 1] = -1.0
    drawn = draw_turned(joints, SET, 30, 270)
    rows = np.flatnonzero((np.ptp(drawn.astype(int), axis=-1) > 60).any(1))
    # One metre is 100 pixels, a little less from above; the note above is grey.
    assert 30 < rows.min() < 134.5 - 100 * np.cos(np.radians(lift.ABOVE)) + 8


def test_nobody_is_told():
    nobody = draw_turned(None, SET, 0, 300)
    assert (np.ptp(nobody.astype(int), axis=-1) == 0).all() and (nobody != 245).any()


def test_the_picture_stands_beside_the_frame(walk, model):
    detector = LiftDetector(Found(walk[:2, None]), (model, CARD))
    shown = [detector.show(detector.detect(IMAGE, t), "note") for t in (0.0, 2000.0)]
    assert shown[0].shape == (480, 640 + 480, 3)
    assert (shown[0][:, 640:] != shown[1][:, 640:]).any(), "it turns with time"


# ------------------------------------------------------------------------------- the command
@pytest.fixture
def untrained(tmp_path, model):
    path = tmp_path / "untrained.safetensors"
    network = checkpoints.describe(partial(PoseMachineLifter, joints=15, hidden=16))
    about = dict.fromkeys(checkpoints.FIELDS) | CARD | {"task": "lifting", "network": network}
    return checkpoints.save(model, path, about)


@pytest.mark.parametrize("source", ["video", "folder"])
def test_the_command_writes_frame_and_drawing(
    untrained, walk, tmp_path, monkeypatch, capsys, source
):
    frames = [walk[t : t + 1] for t in range(6)]
    monkeypatch.setattr(
        pipeline, "open_detector", lambda model, video, **o: Found(frames, video=video)
    )
    small = IMAGE[::2, ::2]
    given, out = tmp_path / "in.mp4", tmp_path / "out.mp4"
    if source == "video":
        with Writer(given, 25) as writer:
            for _ in frames:
                writer.write(small)
    else:
        given, out = tmp_path / "in", tmp_path / "out"
        given.mkdir()
        for n in range(3):
            cv2.imwrite(str(given / f"{n}.png"), small[: 240 - 20 * n])
    command = ["live", "--source", str(given), "--out", str(out), "--lift", str(untrained)]
    assert cli.main(command) == 0
    assert "Joints in space: untrained of this course (MIT)." in capsys.readouterr().out
    with open_source(out) as written:
        shapes = [frame.shape for frame in written]
    if source == "video":
        assert shapes == [(240, 320 + 240, 3)] * 6
    else:
        assert shapes == [(240, 560, 3), (220, 540, 3), (200, 520, 3)]
