"""Does a network remember? The controls on networks whose memory is known, and the groups."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit import memory_scores
from posekit.data.clip_crops import NO_ACTION, ClipCrops
from posekit.data.crops import Crops
from posekit.errors import InputError
from posekit.memory_scores import (
    CONTROLS,
    answers,
    groups,
    hidden_for,
    predict,
    predictions,
    report,
    smoothed,
)
from posekit.models.pose_machines import PoseMachine

K = 14


class Remembers(torch.nn.Module):
    """Its maps are a sum of all frames so far, each counted half as much as the next."""

    def __init__(self, keep=0.5):
        super().__init__()
        self.keep = torch.nn.Parameter(torch.tensor(keep))

    def forward(self, clips):
        state, maps = 0, []
        for image in clips.unbind(1):
            state = self.keep * state + image[:, :1, ::4, ::4]
            maps.append(state)
        return torch.stack(maps, 1)


def frames(*values) -> torch.Tensor:
    """One clip of even images."""
    return torch.tensor(values, dtype=torch.float).view(1, -1, 1, 1, 1).expand(1, -1, 3, 8, 8)


def said(control, *values, keep=0.5) -> list[float]:
    with torch.no_grad():
        return answers(Remembers(keep), frames(*values), control)[0, :, 0, 0, 0].tolist()


def crops(points, visible, frames, images=None) -> ClipCrops:
    """Clips of 64 pixels; points (N T, K, 2)."""
    n = len(points)
    images = np.zeros((n, 64, 64, 3), np.uint8) if images is None else images
    matrices = np.tile(np.eye(2, 3), (n, 1, 1))
    people = [("made", i) for i in range(n)]
    found = Crops(images, points.astype(np.float32), visible, matrices, people, "lsp14", 64)
    return ClipCrops(found, frames, np.full(n // frames, NO_ACTION))


def pose(rng) -> np.ndarray:
    return rng.uniform(8, 56, (K, 2))


# ------------------------------------------------------------------------------- controls
def test_what_each_control_sees():
    assert said("kept", 4, 0, 8) == [4, 2, 9]
    assert said("reset", 4, 0, 8) == [4, 0, 8]
    assert said("repeated", 4, 0, 8) == [4, 0, 8 + 4 + 2]
    assert said("shuffled", 4, 0, 8)[:2] == [4, 2], "one frame before has one order"
    assert said("shuffled", 4, 0, 8)[2] in (9, 8 + 2)


def test_of_a_clip_of_one_frame_all_controls_see_the_same():
    assert {tuple(said(control, 3)) for control in CONTROLS} == {(3.0,)}


def test_a_network_without_memory_answers_the_same_under_every_control():
    clips = torch.rand(2, 4, 3, 8, 8)
    with torch.no_grad():
        kept, *others = (answers(Remembers(0.0), clips, control) for control in CONTROLS)
    for other in others:
        torch.testing.assert_close(kept, other)


def test_reset_is_the_first_frames_own_path():
    torch.manual_seed(0)
    net = PoseMachine(3, hidden=4, widths=(4, 4, 4, 8, 8)).eval()
    clips = torch.rand(2, 3, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(answers(net, clips, "reset"), net(clips, remember=False))
        assert not torch.allclose(answers(net, clips, "repeated")[:, 1:], net(clips)[:, 1:])


@given(st.integers(0, 30), st.integers(0, 10**6), st.sampled_from(sorted(CONTROLS)))
def test_a_control_never_sees_a_later_frame_and_ends_with_its_own(t, seed, control):
    seen = list(CONTROLS[control](t, np.random.default_rng(seed)))
    assert seen[-1] == t and max(seen) == t
    if control == "shuffled":
        assert sorted(seen) == list(range(t + 1))


def test_an_unknown_control_is_refused():
    with pytest.raises(InputError, match="there are: kept, reset"):
        said("doubled", 1)


def test_no_state_is_kept_from_one_clip_to_the_next():
    """In the same batch, in the next one, or in another order."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (6 * 2, 64, 64, 3), np.uint8)
    made = crops(np.stack([pose(rng) for _ in range(12)]), np.full((12, K), 2, np.uint8), 2, images)
    torch.manual_seed(0)
    net = PoseMachine(K, hidden=4, widths=(4, 4, 4, 8, 8))
    together = predict(net, made, batch_size=6)
    np.testing.assert_allclose(together, predict(net, made, batch_size=1), atol=1e-3)
    last = crops(made.crops.keypoints[-2:], made.crops.visible[-2:], 2, images[-2:])
    np.testing.assert_allclose(together[-2:], predict(net, last), atol=1e-3)
    assert net.training


# ----------------------------------------------------------------------------------- groups
def test_how_long_a_joint_has_been_hidden():
    one = np.array([2, 1, 1, 2, 1, 0, 1, 2])
    assert hidden_for(one[None, :, None]).ravel().tolist() == [0, 1, 2, 0, 1, 0, 3, 0]
    never = np.array([1, 1, 0, 1, 2, 1])
    assert hidden_for(never[None, :, None]).ravel().tolist() == [-1, -1, 0, -1, 0, 1]


@given(st.integers(0, 10**6), st.integers(1, 9))
def test_the_groups_are_parts_of_the_occluded(seed, length):
    rng = np.random.default_rng(seed)
    visible = rng.integers(0, 3, (3, length, K))
    points = rng.uniform(0, 64, (3, length, K, 2))
    found = groups(points, visible, np.full((3, length), 20.0))
    by_length = sum(found[name].astype(int) for name in found if name.startswith("hidden_"))
    np.testing.assert_array_equal(by_length, found["remembered"])
    np.testing.assert_array_equal(found["remembered"] ^ found["never_seen"], found["occluded"])
    assert not (found["remembered"] & found["never_seen"]).any()
    assert not found["moving"][:, 0].any()


def test_what_moves_a_tenth_of_the_torso_is_moving():
    points = np.zeros((1, 3, K, 2))
    points[0, 1:, 0, 0], points[0, 2, 1, 1] = 1.9, 2.0
    found = groups(points, np.full((1, 3, K), 2), np.full((1, 3), 20.0))["moving"]
    assert np.argwhere(found).tolist() == [[0, 2, 1]]


# ----------------------------------------------------------------------------------- scores
def test_each_group_is_scored_alone_and_counted():
    rng = np.random.default_rng(0)
    points = np.repeat(pose(rng)[None], 4, 0)
    visible = np.full((4, K), 2, np.uint8)
    visible[1:, 0] = visible[:2, 1] = 1  # one that was seen, for 3 frames; one that was not
    guess = points.copy()
    guess[visible == 1] += 60
    found = memory_scores.scores(guess, crops(points, visible, 4))
    assert found["occluded"] == {"pck": 0, "joints": 5}
    assert found["never_seen"]["joints"] == 2
    assert [found[f"hidden_{n}"]["joints"] for n in ("1", "2", "3-4", "5+")] == [1, 1, 1, 0]
    assert found["all"] == {"pck": pytest.approx(100 * (4 * K - 5) / (4 * K)), "joints": 4 * K}
    assert np.isnan(found["moving"]["pck"]), "nothing moves"


def test_who_is_absent_for_some_frames_is_not_counted_there():
    rng = np.random.default_rng(0)
    points, visible = np.repeat(pose(rng)[None], 4, 0), np.full((4, K), 2, np.uint8)
    guess = points.copy()
    points[1:3], visible[1:3] = np.nan, 0
    found = memory_scores.scores(guess, crops(points, visible, 4))
    assert found["all"] == {"pck": 100, "joints": 2 * K}


def test_smoothing_begins_anew_with_each_clip():
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 64, (8, K, 2))
    both = smoothed(points, 4)
    np.testing.assert_allclose(both[4:], smoothed(points[4:], 4))
    np.testing.assert_allclose(both[[0, 4]], points[[0, 4]])


def test_a_report_has_every_control_and_the_filter_and_reads_as_text():
    rng = np.random.default_rng(0)
    made = crops(np.stack([pose(rng) for _ in range(6)]), np.full((6, K), 2, np.uint8), 3)
    torch.manual_seed(0)
    net = PoseMachine(K, hidden=4, widths=(4, 4, 4, 8, 8))
    found = report(predictions(net, made), made)
    assert list(found["controls"]) == [*CONTROLS, "one_euro"]
    text = memory_scores.table(found)
    assert "one_euro" in text and "2 clips of 3 frames" in text
    assert list(report(predictions(net, made, ["kept"]), made)["controls"]) == ["kept"]
