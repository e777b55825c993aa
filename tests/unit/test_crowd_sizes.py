"""People looked for at several sizes of an image: who is counted where, and nobody twice."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit import checkpoints, cli, crowds
from posekit.codecs.people import People
from posekit.errors import InputError
from posekit.live.crowds import AGAIN, CrowdDetector, sides_needed
from posekit.tasks import crowds as task

from .small_crowd import Oracle
from .test_crowds import TWO, K, near, standing

CODEC = task.CODEC
IMAGE = np.zeros((256, 320, 3), np.uint8)


def people(points, person_scores, missing=()) -> People:
    """People as a decoder gives them: joints (P, K, 2), of which some were not found."""
    points = np.array(points, np.float32).reshape(-1, K, 2)
    scores = np.ones((len(points), K), np.float32)
    points[:, missing], scores[:, missing] = np.nan, 0
    return People(points, scores, np.array(person_scores, np.float32).reshape(-1))


NOBODY = people([], [])
# Of two looks at a person: how far beside it, its score, and which joints are missing.
HALVES = (0, 0.8, [15, 16, 17]), (2, 0.6, [0, 1, 2, 3, 4])


# ------------------------------------------------------------------------------- merging
def crowd(seed: int, count: int) -> np.ndarray:
    """(P, K, 2) people of any size, none near another."""
    rng = np.random.default_rng(seed)
    standing_apart = [standing(400 * n, 60, rng.uniform(20, 100)) for n in range(count)]
    return np.reshape(standing_apart, (count, K, 2))


@given(seed=st.integers(0, 9999), count=st.integers(0, 5), looks=st.integers(1, 3))
def test_everybody_is_kept_once_in_any_order_of_looks(seed, count, looks):
    """Each look sees some of them, a little beside where they are; the best score is kept."""
    rng = np.random.default_rng(seed)
    truth, found, best = crowd(seed, count), [], np.full(count, -1.0)
    for _ in range(looks):
        who = rng.random(count) < 0.6
        scores = rng.uniform(0.1, 1, count)
        found.append(people(truth[who] + rng.normal(0, 0.3, truth[who].shape), scores[who]))
        best[who] = np.maximum(best, scores)[who]
    merged = crowds.merge_people(found, "openpose18")
    away = np.abs(merged.keypoints[:, None] - truth[best > 0]).max((-1, -2))
    assert away.shape == (np.sum(best > 0),) * 2 and (away.min(1, initial=9) < 2).sum() == len(away)
    np.testing.assert_allclose(merged.person_scores, np.sort(best[best > 0])[::-1], rtol=1e-6)
    again = crowds.merge_people([found[i] for i in rng.permutation(looks)], "openpose18")
    for one, other in zip(merged, again):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=20)
@given(seed=st.integers(0, 9999), count=st.integers(0, 6))
def test_one_look_is_what_it_was(seed, count):
    """Even where two people stand in one place: the network told them apart."""
    rng = np.random.default_rng(seed)
    points = TWO[rng.integers(0, 2, count)]
    found = people(points, -np.sort(-rng.uniform(0, 1, count)))
    for looks in ([found], [found, NOBODY], [NOBODY, found]):
        for one, other in zip(crowds.merge_people(looks, "openpose18"), found):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype


def test_a_part_of_somebody_is_left_out_and_a_neighbour_is_not():
    whole, arm = people(TWO[:1], [0.8]), people(TWO[:1], [0.2], missing=list(range(3, 18)))
    merged = crowds.merge_people([arm, whole], "openpose18")
    assert merged.person_scores.tolist() == pytest.approx([0.8])
    beside = people(TWO[:1] + [0.2 * np.ptp(TWO[0, :, 0]), 0], [0.5])
    merged = crowds.merge_people([whole, beside], "openpose18")
    assert merged.person_scores.tolist() == pytest.approx([0.8, 0.5])


def test_a_part_does_not_stand_for_the_whole():
    """Surer as it may be: most of the other's joints it does not have."""
    whole, arm = people(TWO[:1], [0.2]), people(TWO[:1], [0.8], missing=list(range(3, 18)))
    assert len(crowds.merge_people([arm, whole], "openpose18").scores) == 2


def test_a_joint_is_the_mean_of_the_looks_that_agree_with_the_surest():
    """A person of area 100: places within 2 pixels of the surest are the same."""
    points = np.array([[[0, 0], [5, 5], [1, 1]], [[1.5, 0], [9, 5], [0, 0]]], np.float32)
    scores = np.array([[0.6, 0.2, 0.3], [0.3, 0.8, 0]], np.float32)
    points[1, 2] = np.nan
    mean, sure = crowds.mean_joints(points, scores, 100)
    np.testing.assert_allclose(mean, [[0.5, 0], [9, 5], [1, 1]], rtol=1e-6)
    np.testing.assert_allclose(sure, [0.6, 0.8, 0.3])
    assert mean.dtype == sure.dtype == np.float32
    points[:, 2], scores[:, 2] = np.nan, 0
    mean, sure = crowds.mean_joints(points, scores, 100)
    assert np.isnan(mean[2]).all() and sure[2] == 0


def test_looks_complete_each_other():
    """Two halves of a person, and each joint that both have between where they have it."""
    upper, lower = (people(TWO[:1] + d, [s], missing=m) for d, s, m in HALVES)
    merged = crowds.merge_people([upper, lower], "openpose18")
    np.testing.assert_allclose(merged.keypoints[0, :5], TWO[0, :5], atol=1e-3)
    np.testing.assert_allclose(merged.keypoints[0, 5:15], TWO[0, 5:15] + 1, atol=1e-3)
    np.testing.assert_allclose(merged.keypoints[0, 15:], TWO[0, 15:] + 2, atol=1e-3)
    assert merged.person_scores.tolist() == pytest.approx([0.8])


def test_extents_are_of_the_joints_that_were_found():
    points = np.arange(2 * K).reshape(1, K, 2)
    found = people(points, [1], missing=[0, K - 1])
    assert crowds.extents(found).tolist() == [[2 * (K - 3), 2 * (K - 3)]]
    guessed = found._replace(keypoints=np.nan_to_num(found.keypoints, nan=1e4))
    assert crowds.extents(guessed).tolist() == crowds.extents(found).tolist()
    assert crowds.extents(NOBODY).shape == (0, 2)
    assert crowds.extents(people(points, [1], missing=list(range(K)))).tolist() == [[0, 0]]
    assert len(crowds.large(found, 30).scores) == 1 and len(crowds.large(found, 31).scores) == 0


# ------------------------------------------------------------------------------- looking
class Zoomed(Oracle):
    """Knows where people are in an image 320 pixels wide, at whatever size it is looked at.

    ``blind`` are widths of input at which it finds nobody.
    """

    def __init__(self, points, blind=()):
        super().__init__(points, np.full((len(points), K), 2))
        self.there, self.blind = self.keypoints, blind

    def predict(self, images):
        width = images.shape[-1]
        self.keypoints = (self.there + 0.5) * (width / 320) - 0.5
        maps = super().predict(images)
        return type(maps)(*(0 * part for part in maps)) if width in self.blind else maps

    def widths(self) -> list[int]:
        """Of the inputs since it was last asked."""
        seen, self.seen = [shape[-1] for shape in self.seen], []
        return seen


@pytest.mark.parametrize("grouping", crowds.GROUPINGS)
@pytest.mark.parametrize("sides", [(192, 320), (320, 192), [640, 320, 192, 320]])
def test_people_are_found_once_at_several_sizes(grouping, sides):
    net = Zoomed(TWO)
    found = crowds.find_people(net, IMAGE, CODEC, sides, grouping)
    assert net.widths() == sorted(set(sides), reverse=True)
    away = np.abs(found.keypoints[:, None] - TWO).max((-1, -2)).min(1)
    assert len(found.scores) == 2 and (away < 1.5).all()
    alone = crowds.find_people(net, IMAGE, CODEC, 320, grouping)
    for one, other in zip(alone, crowds.find_people(net, IMAGE, CODEC, [320], grouping)):
        np.testing.assert_array_equal(one, other)


def test_who_is_small_in_a_small_look_is_left_to_a_larger_one():
    """Of two people the large one has 100 and the small one 50 pixels in the small look."""
    heights = np.ptp(TWO[..., 1], axis=1)
    large, small = standing(70, 40, 60 * 160 / heights[0]), standing(250, 90, 60 * 80 / heights[0])
    seen_small = Zoomed(np.stack([large, small]), blind=[320])
    found = crowds.find_people(seen_small, IMAGE, CODEC, (320, 192))
    assert len(found.scores) == 1 and np.abs(found.keypoints[0] - large).max() < 2
    assert len(crowds.find_people(seen_small, IMAGE, CODEC, 192).scores) == 2
    seen_large = Zoomed(np.stack([large, small]), blind=[192])
    assert len(crowds.find_people(seen_large, IMAGE, CODEC, (320, 192)).scores) == 2


def test_which_sides():
    assert crowds.sides_of(torch.nn.Module(), 99) == [99]
    assert crowds.sides_of(torch.nn.Module(), np.array([64, 96, 64])) == [96, 64]
    net = Zoomed(TWO)
    net.size = (256, 320)
    assert crowds.sides_of(net, crowds.SIDES) == [(256, 320)]
    assert near(crowds.find_people(net, IMAGE, CODEC, crowds.SIDES).keypoints, TWO)
    with pytest.raises(InputError, match="and not none"):
        crowds.find_people(net := Zoomed(TWO), IMAGE, CODEC, ())
    with pytest.raises(InputError, match="32 to 4096 pixels"):
        crowds.find_people(net, IMAGE, CODEC, (320, 16))


@pytest.mark.parametrize("size", [(1, 1), (10, 10_000), (10_000, 10)])
def test_images_of_any_shape_at_several_sizes(size):
    net = Zoomed(TWO[:0])
    found = crowds.find_people(net, np.zeros((*size, 3), np.uint8), CODEC, (64, 96))
    assert found.keypoints.shape == (0, K, 2) and len(net.seen) == 2


def test_maps_that_are_not_finite_are_refused():
    class Broken(Zoomed):
        def predict(self, images):
            maps = super().predict(images)
            maps.heatmaps[0, 3, 2, 2] = np.nan
            return maps

    for grouping in crowds.GROUPINGS:
        with pytest.raises(InputError, match="heatmaps hold values that are not finite"):
            crowds.find_people(Broken(TWO), IMAGE, CODEC, (96, 64), grouping)


def test_the_eval_command_takes_several_sides(tmp_path, monkeypatch):
    net, seen = Zoomed(TWO[:0]), []
    monkeypatch.setattr(task, "score", lambda *args, **options: seen.append(args[3]) or {})
    monkeypatch.setattr(task.Crowds, "table", lambda self, report: "")
    card = {"name": "crowd", "recipe": "crowd", "sha256": "", "codec": CODEC}
    card["skeleton"] = "openpose18"
    monkeypatch.setattr(checkpoints, "load_pretrained", lambda name: (net, card))
    command = ["eval", "crowd", "--data", "synthetic:val", "--people", "1"]
    for words, sides in (
        (["--sides", "64", "96"], [96, 64]),
        (["--side", "64"], [64]),
        ([], sorted(crowds.SIDES, reverse=True)),
    ):
        out = tmp_path / "found.json"
        assert cli.main([*command, *words, "--json", str(out)]) == 0
        assert json.loads(out.read_text())["sides"] == sides == sorted(seen.pop(), reverse=True)


# ---------------------------------------------------------------------------------- live
CARD = {"name": "crowd", "terms": "MIT", "skeleton": "openpose18", "codec": CODEC}


def test_the_side_that_shows_a_person_best():
    found = people([standing(0, 0, 10), standing(0, 0, 100)], [1, 1])
    tall = crowds.extents(found).max(-1)
    longer = 2 * tall[1]  # at a side of 160 and more the second has 80 pixels
    assert sides_needed(found, [384, 256, 192], longer) == [384, 192]
    assert sides_needed(found, [384, 256, 159], longer) == [384, 256]
    assert sides_needed(crowds.large(found, tall[1]), [384, 256, 192], longer) == [192]
    assert sides_needed(NOBODY, [384, 192], longer) == []


def test_in_a_video_only_the_needed_sizes_are_looked_at():
    net = Zoomed(TWO)
    detector = CrowdDetector((net, CARD), sides=(224, 320), video=True)
    for frame in range(2 * AGAIN):
        assert len(detector.detect(IMAGE)) == 2
        assert net.widths() == ([320, 224] if frame % AGAIN == 0 else [224]), frame
    net.blind = [224]  # the people walked away from the camera, say
    assert len(detector.detect(IMAGE)) == 2 and net.widths() == [320, 224]
    detector.detect(IMAGE)
    net.widths()
    assert len(detector.detect(IMAGE)) == 2 and net.widths() == [224, 320, 224]
    net.blind = [224, 320]
    assert len(detector.detect(IMAGE)) == 0
    net.widths()
    assert len(detector.detect(IMAGE)) == 0 and net.widths() == [320, 224]


def test_images_are_looked_at_in_all_sizes_and_one_size_stays_one():
    net = Zoomed(TWO)
    detector = CrowdDetector((net, CARD), sides=(192, 320))
    for _ in range(3):
        detector.detect(IMAGE)
        assert net.widths() == [320, 192]
    alone = CrowdDetector((net, CARD), sides=320, video=True)
    for _ in range(3):
        assert near(alone.detect(IMAGE).keypoints, TWO) and net.widths() == [320]
    net.size = (256, 320)
    fixed = CrowdDetector((net, CARD), video=True)
    for _ in range(3):
        assert near(fixed.detect(IMAGE).keypoints, TWO) and net.widths() == [320]
