"""Scores of a network on a data set, and of what needs no network."""

import json

import numpy as np
import pytest
import torch

from posekit import evaluation, inference, metrics, skeletons
from posekit.data.batches import CropDataset
from posekit.data.crops import Crops, cache_crops, crop_labels
from posekit.errors import InputError
from posekit.geometry import transform
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


def test_labels_are_the_joints_in_the_middle_of_the_cached_crop(crops):
    points, visible = crop_labels(crops)
    edge = (crops.images.shape[1] - crops.size) / 2
    assert crops.edge == edge
    np.testing.assert_allclose(points, crops.keypoints - edge, atol=1e-4)
    batch = CropDataset(crops).batch(range(len(crops)))  # the way that training takes
    assert np.array_equal(points, batch.keypoints.numpy(), equal_nan=True)
    assert np.array_equal(
        (255 * batch.images + 0.5).byte().numpy().transpose(0, 2, 3, 1), crops.inputs()
    )
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
    partly = Crops(
        crops.images, keypoints, visible, crops.matrices, crops.people, crops.skeleton, crops.size
    )
    mean = evaluation.mean_pose(partly)
    points, _ = crop_labels(crops)
    assert mean[0].tolist() == [0.5, 0.5]  # never labelled: the middle
    np.testing.assert_allclose(mean[1], (points[0, 1] + 0.5) / 32, rtol=1e-5)
    np.testing.assert_allclose(mean[2:], (points[:, 2:].mean(0) + 0.5) / 32, rtol=1e-5)


def test_an_estimate_is_in_pixels_of_the_image():
    """The middle of the input is the middle of the box, wherever that lies."""
    image = np.zeros((90, 120, 3), np.uint8)
    for box in ((-0.5, -0.5, 63.5, 63.5), (20.5, 30.5, 116.5, 94.5)):
        found = inference.predict_box(Middle(), image, box, 32)
        middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
        # The square is cut along whole pixels: half a pixel of the image is allowed.
        assert found.shape == (14, 2) and np.abs(found - middle).max() <= 0.5


def test_decoding_is_done_by_whom_it_is_given(crops):
    shifted = inference.predict(Middle(), crops, decode=lambda out: out + 1)
    assert shifted.shape == (6, 14, 2) and (shifted == 16.5).all()


def test_scores_are_those_of_metrics(crops):
    points, visible = crop_labels(crops)
    guess = points + np.random.default_rng(0).normal(0, 2, points.shape)
    found = evaluation.scores(guess, points, visible, "lsp14")
    lengths = metrics.torso_lengths(points, visible)
    assert found["mse"] == metrics.mse(guess, points, visible).value
    assert found["pck"] == metrics.pck(guess, points, visible, lengths).value
    assert len(found["pck_per_joint"]) == 14 and "torso" in found["pck_of"]


def test_nobody_and_nothing_labelled_cannot_be_scored(crops):
    empty = cache_crops([], 32, progress=False)
    assert inference.predict(Middle(), empty).shape == (0, 14, 2)
    with pytest.raises(InputError, match="0 people"):
        evaluation.report(Middle(), empty, np.full((14, 2), 0.5))
    blank = Crops(
        crops.images,
        np.full_like(crops.keypoints, np.nan),
        0 * crops.visible,
        crops.matrices,
        crops.people,
        crops.skeleton,
        crops.size,
    )
    with pytest.raises(InputError, match="6 people, no joint labelled"):
        evaluation.report(Middle(), blank, np.full((14, 2), 0.5))


def test_a_network_that_says_nan_is_named(crops):
    with pytest.raises(InputError, match="prediction is NaN"):
        evaluation.report(Middle(float("nan")), crops, np.full((14, 2), 0.5))


def test_data_must_name_its_split():
    with pytest.raises(InputError, match="synthetic:test, say"):
        evaluation.open_data("synthetic", "lsp14")
    assert len(evaluation.open_data("synthetic:val", "mpii16")) > 0


def test_json_knows_no_nan(tmp_path):
    evaluation.write_json({"a": [1.0, float("nan")], "b": {"c": "d"}}, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [1.0, None], "b": {"c": "d"}}


class Columns(torch.nn.Module):
    """Maps of a picture: a symmetric one's joints are found on both sides alike."""

    def __init__(self, lean=0.0):
        super().__init__()
        self.lean = torch.nn.Parameter(torch.tensor(lean))

    def forward(self, images):
        maps = torch.nn.functional.avg_pool2d(images.mean(1, keepdim=True), 4)
        return maps.expand(-1, 14, -1, -1) + self.lean * torch.linspace(0, 1, maps.shape[-1])


def test_the_flip_test_changes_nothing_of_a_symmetric_network_and_mends_one_that_leans():
    images = torch.rand(2, 3, 32, 64)
    even, leaning = Columns(), Columns(lean=1.0)
    averaged = inference.flip_test(even, images, "lsp14")
    torch.testing.assert_close(averaged, even(images))
    mended = inference.flip_test(leaning, images, "lsp14")
    torch.testing.assert_close(mended, even(images) + 0.5)


def test_a_network_in_a_new_wrapper_is_not_put_into_training():
    """A new module is in training; what it wraps was loaded to predict, and must stay so."""
    net = torch.nn.BatchNorm2d(3).eval()
    wrapper = inference.FlipTest(net, "lsp14")
    with inference.predicting(wrapper):
        assert not wrapper.training and not net.training
    assert wrapper.training and not net.training


class OneJoint(torch.nn.Module):
    """The left ankle's map is the picture, every other map is empty."""

    def forward(self, images):
        maps = images.new_zeros(len(images), 14, *images.shape[-2:])
        maps[:, skeletons.get("lsp14").index("left_ankle")] = images[:, 0]
        return maps


def test_the_flip_test_swaps_left_and_right():
    maps = inference.flip_test(OneJoint(), torch.ones(1, 3, 4, 4), "lsp14")
    lsp = skeletons.get("lsp14")
    left, right = lsp.index("left_ankle"), lsp.index("right_ankle")
    # The mirror image's left ankle is this one's right: half of the votes for each.
    assert maps[0, left].mean() == 0.5 and maps[0, right].mean() == 0.5
    assert maps.sum() == 16


@pytest.fixture(scope="module")
def in_space():
    return cache_crops(
        People(seed=7, count=5, size=96, skeleton="h36m17"), 32, depth=True, progress=False
    )


def true_points(crops):
    points, _ = crop_labels(crops)
    for n, (camera, joints) in enumerate(zip(crops.cameras, crops.keypoints_3d)):
        moved = transform(crops.matrices[n], camera.project(joints, frame="camera"))
        points[n] = moved - (crops.images.shape[1] - crops.size) / 2
    return np.concatenate([points, crops.depths[..., None]], axis=-1)


def test_pixels_and_depths_are_joints_in_space(in_space):
    found = inference.unproject_poses(true_points(in_space), in_space)
    np.testing.assert_allclose(found, in_space.keypoints_3d, atol=2e-5)
    scores = evaluation.scores_3d(true_points(in_space), in_space)
    assert scores["mpjpe_mm"] < 0.05 and scores["mpjpe_joints"] == 5 * 17


def test_a_depth_that_is_off_is_as_many_millimetres_off(in_space):
    points = true_points(in_space)
    points[:, 3, 2] += 0.17  # one of 17 joints, along its line of sight: 10 mm on average
    assert evaluation.scores_3d(points, in_space)["mpjpe_mm"] == pytest.approx(10, rel=0.02)


def test_a_report_in_space_has_millimetres_for_everyone(in_space):
    class Still(Middle):
        def forward(self, images):
            return self.place.expand(len(images), 17, 3) * torch.tensor([1, 1, 0])

    mean = evaluation.mean_pose(in_space)
    assert mean.shape == (17, 3)
    np.testing.assert_allclose(mean[:, 2], in_space.depths.mean(0))
    found = evaluation.report(Still(), in_space, mean)
    assert found["model"]["mpjpe_mm"] == pytest.approx(found["constant"]["mpjpe_mm"])
    assert np.isnan(found["constant"]["pa_mpjpe_mm"])  # a point cannot be aligned
    assert found["mean_pose"]["pa_mpjpe_mm"] < found["mean_pose"]["mpjpe_mm"]
    assert "MPJPE" in evaluation.table(found)


class Quarter(torch.nn.Module):
    """A map of an image's first channel, at stride 4."""

    def forward(self, images):
        return torch.nn.functional.avg_pool2d(images[:, :1], 4)


def test_several_sizes_agree_on_a_smooth_image():
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(96.0), indexing="ij")
    images = (x / 96 + y / 128).expand(1, 3, 64, 96)
    one = Quarter()(images)
    assert torch.equal(evaluation.ScaleTest(Quarter(), [1.0])(images), one)
    several = evaluation.ScaleTest(Quarter(), [0.5, 1.0, 1.5])(images)
    assert several.shape == one.shape
    # A ramp keeps its place at every size: where it does not, the grids are not aligned.
    assert (several - one)[..., 2:-2, 2:-2].abs().max() < 2e-3


@pytest.mark.parametrize("scales", [[], [0], [-1.0], [float("nan")], [1, 100]])
def test_sizes_that_cannot_be(scales):
    with pytest.raises(InputError, match="scales must be within"):
        evaluation.ScaleTest(Quarter(), scales)
