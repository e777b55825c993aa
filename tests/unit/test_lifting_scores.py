"""Scores of lifting by closed forms: what a network that knows the truth gets, and others."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from posekit import lifting
from posekit import lifting_scores as scores
from posekit.data.takes import take_of
from posekit.lifting_scores import MM, Asked
from posekit.synthetic import Motions


@pytest.fixture(scope="module")
def takes():
    return [take_of(clip) for clip in Motions(seed=1, count=3, frames=12)]


class Knows(torch.nn.Module):
    """Answers with what it is given: takes in the order in which they are scored."""

    field = 1

    def __init__(self, answers):
        super().__init__()
        self.answers, self.calls = answers, []
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, points):
        self.calls.append(points)
        edge = ((lifting.EDGE, lifting.EDGE), (0, 0), (0, 0))
        return torch.from_numpy(np.pad(self.answers[len(self.calls) - 1], edge))[None]


def scored(takes, change=lambda joints: joints, **asked):
    model = Knows([change(take.joints.copy()) for take in takes])
    return scores.score(model, takes, scores.mean_pose(takes), Asked(flip=False, **asked))


def test_the_truth_scores_nothing(takes):
    found = scored(takes)
    for name in ("p1", "p2", "n_mpjpe", "velocity", "action_mean"):
        assert found[name] == pytest.approx(0, abs=1e-3)
    assert found["frames"] == 36 and found["joints"] == 36 * 15
    assert found["mean_pose"] > 50 and sum(found["frames_of"].values()) == 36


def test_what_each_score_forgives(takes):
    larger = scored(takes, lambda joints: 1.1 * joints)
    assert larger["p1"] > 10 and larger["n_mpjpe"] < 0.01 and larger["p2"] < 0.01
    turned = scored(
        takes, lambda joints: np.ascontiguousarray(joints[..., [2, 1, 0]] * np.float32([1, 1, -1]))
    )
    assert turned["n_mpjpe"] > 10 and turned["p2"] < 0.01
    still = scored(
        takes,
        lambda joints: (
            joints + np.float32([0, 0, 0.01]) * np.arange(15)[:, None].astype(np.float32)
        ),
    )
    assert still["p1"] > 10 and still["velocity"] < 0.01


def test_there_is_no_velocity_between_takes(takes):
    """Each is off by its own constant: they differ, but inside none anything moves wrong."""
    shift = iter([0.0, 1.0, 5.0])
    found = scored(
        takes,
        lambda joints: (
            joints + np.float32(next(shift)) * (np.arange(15) > 0)[:, None].astype(np.float32)
        ),
    )
    assert found["velocity"] < 1e-2 and found["p1"] > 100


def test_velocity_of_takes_of_unequal_length_is_the_mean_over_all_steps(takes):
    """Three frames, one and two are three steps; one joint of 15 is wrong by 6 in one of them."""
    joints, visible = (part[:6] for part in scores.truth(takes))
    predicted = joints.astype(float)
    predicted[5, 7, 0] += 6
    error = scores.velocity_error(predicted, joints, np.ones_like(visible), [3, 1, 2])
    assert error == pytest.approx(6 / (3 * 15))


def test_a_take_of_one_frame_has_no_velocity(takes):
    joints, visible = scores.truth(takes)
    error = scores.velocity_error(joints[:1], joints[:1], visible[:1], [1])
    assert np.isnan(error)


def test_actions_count_alike(takes):
    found = scored(takes)
    assert set(found["actions"]) == {f"{take.group} {take.action}" for take in takes}
    rows = scores.table(found).splitlines()
    assert "36 frames, points: truth, without mirror image" in rows[0]
    assert len(rows) == 7 + 3


def test_the_mean_pose_is_the_best_constant(takes):
    joints, _ = scores.truth(takes)
    mean = scores.mean_pose(takes)
    np.testing.assert_allclose(mean, joints.mean(0), atol=1e-6)
    hidden = [take._replace(visible=take.visible * (np.arange(15) != 4)) for take in takes]
    assert (scores.mean_pose(hidden)[4] == 0).all()


@pytest.mark.parametrize("points", scores.POINTS)
def test_faults_are_the_same_for_the_same_take_and_seed(takes, points):
    def inputs(chosen, seed):
        model = Knows([take.joints for take in chosen])
        scores.predict(model, chosen, Asked(points=points, flip=False, seed=seed))
        return model.calls[-1]

    alone, among, other = inputs(takes[2:], 0), inputs(takes, 0), inputs(takes, 1)
    assert torch.equal(alone, among)
    assert torch.equal(among, other) == (points == "truth")


def test_a_correction_trusts_neither_what_was_filled_in_nor_what_jumps(takes):
    class Listens:
        def apply(self, model, points, skeleton, confidence):
            trusted.append(confidence)
            return SimpleNamespace(joints=np.zeros((*points.shape[:2], 3)))

    for points, some_are_lost in (("noise", False), ("faults", True)):
        trusted = []
        scores.predict(None, takes, Asked(points=points, flip=False, correction=Listens()))
        trust = np.concatenate(trusted)
        assert (trust == 0).any() == some_are_lost
        assert trust.max() > 0.9 and ((trust > 0) & (trust < 0.99)).any()


def test_noise_is_three_pixels(takes):
    def inputs(points):
        model = Knows([take.joints for take in takes])
        scores.predict(model, takes, Asked(points=points, flip=False))
        return torch.cat(model.calls, 1)

    error = (inputs("noise") - inputs("truth")) * 320
    assert error.std().item() == pytest.approx(3, rel=0.1)
    assert MM == 1000
