"""A person is searched for in squares of an image: by closed forms, and with rendered people."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from posekit import checkpoints, cli, live, metrics
from posekit.geometry import squares
from posekit.live.single_person import SinglePersonDetector
from posekit.search import (
    CONFIDENCE,
    ROUNDS,
    Looks,
    Pose,
    PoseNetwork,
    agreement,
    box_around,
    boxes_around,
    follow,
    search,
    support,
)
from posekit.synthetic import People

SIDE = 480


# -------------------------------------------------------------------------------- squares
@given(
    st.integers(1, 2000),
    st.integers(1, 2000),
    st.floats(0.15, 1),
    st.floats(0.2, 1),
    st.randoms(use_true_random=False),
)
def test_every_small_thing_lies_whole_in_a_square(height, width, side, step, random):
    """What is smaller than a square by the step from one to the next lies in one of them."""
    boxes, longer = squares(height, width, (side,), step), max(height, width)
    assert np.allclose(np.diff(boxes.reshape(-1, 2, 2), axis=1), side * longer)
    size = (1 - step) * side * longer
    w, h = min(size, width), min(size, height)
    x, y = random.uniform(0, width - w) - 0.5, random.uniform(0, height - h) - 0.5
    slack = 1e-6 * longer
    inside = (boxes[:, 0] <= x + slack) & (boxes[:, 2] >= x + w - slack)
    inside &= (boxes[:, 1] <= y + slack) & (boxes[:, 3] >= y + h - slack)
    assert inside.any()


def test_the_first_square_is_the_whole_image_and_their_number_has_a_bound():
    np.testing.assert_array_equal(squares(30, 60, ROUNDS[0])[0], [-0.5, -15.5, 59.5, 44.5])
    assert len(squares(100, 100, ROUNDS[0])) == 1 + 4 + 9 + 25
    assert len(squares(10, 10_000, ROUNDS[0])) == 1 + 2 + 3 + 5


# -------------------------------------------------------------------------------- support
def test_agreement_has_a_closed_form():
    pose = np.array([[[0, 0], [60.0, 80.0]]])  # its diagonal is 100, so the tolerance is 10
    moved = pose + [[6.0, 8.0]]  # 10 pixels: one tolerance
    np.testing.assert_allclose(agreement(pose, moved), np.full((1, 1, 2), np.exp(-0.5)))
    np.testing.assert_array_equal(agreement(pose, pose), np.ones((1, 1, 2)))
    # The smaller pose's size counts: a large pose does not agree with everything inside it.
    assert agreement(pose, 10 * pose + [6.0, 8.0])[0, 0, 0] == pytest.approx(np.exp(-0.5))


@given(st.integers(0, 10**6), st.floats(0.1, 10), st.floats(-100, 100))
def test_agreement_is_the_same_both_ways_and_at_every_scale(seed, zoom, shift):
    poses = np.random.default_rng(seed).uniform(0, 100, (4, 14, 2))
    one = agreement(poses, poses)
    np.testing.assert_allclose(one, one.swapaxes(0, 1))
    np.testing.assert_allclose(one, agreement(zoom * poses + shift, zoom * poses + shift), 1e-6)


def test_support_is_the_scores_of_those_who_agree():
    here, away = np.array([[0, 0], [60.0, 80.0]]), np.array([[900, 900], [960.0, 980.0]])
    scores = np.array([[0.8, 0.4], [0.6, 0.2], [1, 1]])
    found = support(Looks(np.array([here, here, away]), scores))
    np.testing.assert_allclose(found, [(0.8 + 0.4 + 0.6 + 0.2) / 6] * 2 + [2 / 6])


def test_a_torso_seen_closely_does_not_win():
    """Two looks at a torso are surer of few joints than two at the person are of all."""
    whole = np.array([[0.0, 0], [0, 100], [50, 50], [80, 50]])
    torso = np.where([[False], [False], [True], [True]], whole, 200)
    looks = Looks(
        np.array([whole, whole, torso, torso]),
        np.array([[0.6] * 4] * 2 + [[0.1, 0.1, 0.9, 0.9]] * 2),
    )
    assert support(looks).argmax() in (0, 1)


def test_the_box_is_around_the_joints_that_are_seen():
    points = np.array([[10.0, 10], [50, 90], [500, 500]])
    np.testing.assert_allclose(box_around(points, np.array([0.9, 0.4, 0.1])), [5, 0, 55, 100])
    alone = box_around(points, np.array([0.2, 0.1, 0.1]))  # none is seen: the surest
    assert (alone[:2] < 10).all() and (alone[2:] > 10).all() and (alone < 20).all()


def test_the_boxes_of_the_check_are_two_sizes_and_four_shifts():
    pose = Pose(np.array([[0.0, 0], [100, 200]]), np.ones(2), 0.0)
    boxes = boxes_around(pose)
    np.testing.assert_allclose(boxes[0], [-12.5, -25, 112.5, 225])
    np.testing.assert_allclose(boxes[1], [-25, -50, 125, 250])
    np.testing.assert_allclose(boxes[2:].mean(0), boxes[:2].mean(0))
    np.testing.assert_allclose(np.ptp(boxes[2:], axis=0), np.full(4, 2 * 0.12 * 275))


# ---------------------------------------------------------------------- a made-up network
class Nothing(nn.Module):
    """Maps without a peak; counts the squares that it sees."""

    def __init__(self):
        super().__init__()
        self.weight, self.seen = nn.Parameter(torch.zeros(1)), []

    def forward(self, images):
        self.seen.append(len(images))
        return torch.zeros(len(images), 14, 32, 32)


def test_a_joint_without_a_peak_is_in_the_middle_with_no_score():
    network = PoseNetwork.of(Nothing(), checkpoints.card("heatmap"))
    looks = network.look(np.zeros((40, 40, 3), np.uint8), [(0, 0, 20, 20), (10, 10, 30, 40)])
    assert looks.keypoints.shape == (2, 14, 2) and (looks.scores == 0).all()
    np.testing.assert_allclose(looks.keypoints[0], np.full((14, 2), 10), atol=0.5)


def test_each_round_is_two_batches_and_is_taken_while_nobody_is_found():
    model = Nothing()
    network = PoseNetwork.of(model, checkpoints.card("heatmap"))
    search(network, np.zeros((100, 100, 3), np.uint8), ((1, 0.5), (0.4, 0.3)))
    assert model.seen == [1 + 9, 16, 6, 16 + 36, 16, 6]
    model.seen.clear()
    search(network, np.zeros((100, 100, 3), np.uint8), ((1, 0.5), (0.4,)), confidence=0)
    assert model.seen == [1 + 9, 16, 6]


# ------------------------------------------------------------------------ rendered people
@pytest.fixture(scope="module")
def network() -> PoseNetwork:
    return PoseNetwork.of(*checkpoints.load_pretrained("heatmap"))


def person_in(share: float, where: tuple[float, float], size=(SIDE, 640), which: int = 0):
    """A rendered person in a square of a share of the width, somewhere in a grey image."""
    sample = People(seed=9, count=3, size=256, difficulty="easy")[which]
    side = round(share * size[1])
    y, x = (round(at * (length - side)) for at, length in zip(where, size))
    image = np.full((*size, 3), 120, np.uint8)
    small = cv2.resize(sample.image, (side, side), interpolation=cv2.INTER_AREA)
    image[y : y + side, x : x + side] = small
    points = (sample.keypoints[0] + 0.5) * side / 256 - 0.5 + [x, y]
    return image, points, sample.visible[0]


def correct(found: np.ndarray, points: np.ndarray, visible: np.ndarray) -> float:
    """PCK at 0.2 of the torso, in per cent."""
    lengths = metrics.torso_lengths(points[None], visible[None], "lsp14")
    return metrics.pck(found[None], points[None], visible[None], lengths, 0.2).value


@pytest.mark.parametrize("share", [0.75, 0.5, 0.35, 0.25])
@pytest.mark.parametrize("where", [(0, 0), (0.9, 0.1), (0.4, 1)])
def test_a_small_person_anywhere_is_found(network, share, where):
    image, points, visible = person_in(share, where)
    pose = search(network, image)
    assert pose.support >= CONFIDENCE
    assert correct(pose.keypoints, points, visible) >= 85


def test_one_look_at_the_whole_image_would_not_do(network):
    """What the search is for: else the test above could not fail."""
    image, points, visible = person_in(0.35, (0.9, 0.1))
    whole = network.look(image, squares(*image.shape[:2], (1,)))
    assert correct(whole.keypoints[0], points, visible) < 50


def test_following_is_one_look_that_agrees_with_the_last(network):
    image, points, visible = person_in(0.5, (0.5, 0.5))
    last = search(network, image)
    moved = np.roll(image, 8, axis=1)
    pose = follow(network, moved, last)
    assert pose.support >= CONFIDENCE
    assert correct(pose.keypoints, points + [8, 0], visible) >= 85
    assert follow(network, np.full_like(image, 120), last).support < CONFIDENCE


def test_who_vanishes_and_comes_back_elsewhere_is_found_again():
    nobody = np.full((SIDE, 640, 3), 120, np.uint8)
    with SinglePersonDetector("heatmap", video=True) as detector:
        for where in ((0, 0), (0, 0.02), None, None, (0.9, 1), (0.9, 0.98)):
            if where is None:
                assert len(detector.detect(nobody)) == 0
                continue
            image, points, visible = person_in(0.4, where)
            found = detector.detect(image)
            assert len(found) == 1
            assert correct(found.keypoints[0], points, visible) >= 85


def landscape(height: int = 300, width: int = 400) -> np.ndarray:
    """Sky, four rows of hills, and noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width] / width
    image = np.stack([120 + 80 * y, 160 + 60 * y, 235 - 20 * y], -1)
    for row in range(4):
        ridge = 0.25 + 0.12 * row + 0.06 * np.sin(rng.uniform(4, 14) * x + rng.uniform(0, 6))
        image[y > ridge] = rng.uniform(40, 140, 3)
    return (image + rng.normal(0, 8, image.shape)).clip(0, 255).astype(np.uint8)


def noise(height: int = 300, width: int = 400) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", ["heatmap", "heatmap_photos", "soft_argmax"])
@pytest.mark.parametrize(
    "image",
    [np.zeros((300, 400, 3), np.uint8), noise(), landscape()],
    ids=["black", "noise", "landscape"],
)
def test_where_nobody_is_nobody_is_found(name, image):
    found = SinglePersonDetector(name).detect(image)
    assert len(found) == 0
    assert live.show_poses(found, "0 found").shape == image.shape


@pytest.mark.parametrize("size", [(1, 1), (9, 31), (31, 20), (10, 10_000), (10_000, 10)])
def test_images_of_odd_sizes_hold_nobody(size):
    assert len(SinglePersonDetector("heatmap").detect(noise(*size))) == 0


@pytest.mark.parametrize("size", [(250, 333), (301, 257), (480, 1501)])
def test_sides_that_are_no_multiple_of_32(network, size):
    image, points, visible = person_in(160 / size[1], (0.7, 0.8), size)
    pose = search(network, image)
    assert correct(pose.keypoints, points, visible) >= 85


def test_the_note_says_that_nobody_was_found(tmp_path, capsys):
    live.write_image(tmp_path / "hills.png", landscape())
    out = tmp_path / "drawn.png"
    source = ["--source", str(tmp_path / "hills.png"), "--out", str(out)]
    assert cli.main(["live", *source, "--model", "heatmap"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Network: heatmap of this course")
    assert "people found: 0 in 1" in said[1]
