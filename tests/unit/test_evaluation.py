"""Scores of a network on a data set, and of what needs no network."""

import json

import numpy as np
import pytest
import torch

from posekit import evaluation, metrics
from posekit.data.crops import Crops, cache_crops
from posekit.errors import InputError
from posekit.synthetic import People


@pytest.fixture(scope="module")
def crops():
    return cache_crops(People(seed=5, count=6, size=96), 32, progress=False)


class Middle(torch.nn.Module):
    """Says the same for every picture."""

    def __init__(self, place=15.5):
        super().__init__()
        self.place = torch.nn.Parameter(torch.tensor(place))

    def forward(self, images):
        return self.place.expand(len(images), 14, 2)


def test_targets_are_the_joints_in_the_middle_of_the_cached_crop(crops):
    points, visible = evaluation.targets(crops)
    edge = (crops.images.shape[1] - crops.size) / 2
    np.testing.assert_allclose(points, crops.keypoints - edge, atol=1e-4)
    assert (visible == crops.visible).all()


def test_a_network_that_says_the_middle_scores_as_the_constant_does(crops):
    model = Middle().train()
    found = evaluation.report(model, crops, evaluation.mean_pose(crops))
    assert found["model"] == found["constant"]
    assert found["people"] == 6 and found["model"]["joints"] == (crops.visible > 0).sum()
    assert model.training, "the model must be left in its mode"
    # On its own data nothing that is blind has a smaller squared error than the mean.
    assert found["mean_pose"]["mse"] < found["constant"]["mse"]
    assert "mean pose" in evaluation.table(found) and "32 × 32" in evaluation.table(found)


def test_the_mean_pose_is_the_mean_of_labelled_joints(crops):
    visible = crops.visible.copy()
    visible[:, 0], visible[1:, 1] = 0, 0
    keypoints = np.where(visible[..., None] > 0, crops.keypoints, np.nan)
    partly = Crops(crops.images, keypoints, visible, crops.matrices, crops.people, crops.skeleton,
                   crops.size)  # fmt: skip
    mean = evaluation.mean_pose(partly)
    points, _ = evaluation.targets(crops)
    assert mean[0].tolist() == [0.5, 0.5]  # never labelled: the middle
    np.testing.assert_allclose(mean[1], (points[0, 1] + 0.5) / 32, rtol=1e-5)
    np.testing.assert_allclose(mean[2:], (points[:, 2:].mean(0) + 0.5) / 32, rtol=1e-5)


def test_an_estimate_is_in_pixels_of_the_image():
    """The middle of the input is the middle of the box, wherever that lies."""
    image = np.zeros((90, 120, 3), np.uint8)
    for box in ((-0.5, -0.5, 63.5, 63.5), (20.5, 30.5, 116.5, 94.5)):
        found = evaluation.estimate(Middle(), image, box, 32)
        middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
        # The square is cut along whole pixels: half a pixel of the image is allowed.
        assert found.shape == (14, 2) and np.abs(found - middle).max() <= 0.5


def test_decoding_is_done_by_whom_it_is_given(crops):
    shifted = evaluation.predict(Middle(), crops, decode=lambda out: out + 1)
    assert shifted.shape == (6, 14, 2) and (shifted == 16.5).all()


def test_scores_are_those_of_metrics(crops):
    points, visible = evaluation.targets(crops)
    guess = points + np.random.default_rng(0).normal(0, 2, points.shape)
    found = evaluation.scores(guess, points, visible, "lsp14")
    lengths = metrics.torso_lengths(points, visible)
    assert found["mse"] == metrics.mse(guess, points, visible).value
    assert found["pck"] == metrics.pck(guess, points, visible, lengths).value
    assert len(found["pck_per_joint"]) == 14 and "torso" in found["pck_of"]


def test_nobody_and_nothing_labelled_cannot_be_scored(crops):
    empty = cache_crops([], 32, progress=False)
    assert evaluation.predict(Middle(), empty).shape == (0, 14, 2)
    with pytest.raises(InputError, match="0 people"):
        evaluation.report(Middle(), empty, np.full((14, 2), 0.5))
    blank = Crops(crops.images, np.full_like(crops.keypoints, np.nan), 0 * crops.visible,
                  crops.matrices, crops.people, crops.skeleton, crops.size)  # fmt: skip
    with pytest.raises(InputError, match="6 people, no joint labelled"):
        evaluation.report(Middle(), blank, np.full((14, 2), 0.5))


def test_a_network_that_says_nan_is_named(crops):
    with pytest.raises(InputError, match="prediction is NaN"):
        evaluation.report(Middle(float("nan")), crops, np.full((14, 2), 0.5))


def test_data_must_name_its_split():
    with pytest.raises(InputError, match="synthetic:val"):
        evaluation.open_data("synthetic", "lsp14")
    assert len(evaluation.open_data("synthetic:val", "mpii16")) > 0


def test_json_knows_no_nan(tmp_path):
    evaluation.write_json({"a": [1.0, float("nan")], "b": {"c": "d"}}, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [1.0, None], "b": {"c": "d"}}
