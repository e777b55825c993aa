"""Metrics by closed forms, by invariances, and against independent implementations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.spatial import procrustes as scipy_procrustes
from scipy.spatial.transform import Rotation

from posekit import geometry, metrics, skeletons
from posekit.errors import InputError

seeds = st.integers(0, 2**32 - 1)


def poses(seed=0, people=6, joints=14, dims=2):
    rng = np.random.default_rng(seed)
    target = rng.uniform(0, 100, (people, joints, dims))
    predicted = target + rng.normal(0, 5, target.shape)
    visible = rng.integers(0, 3, (people, joints))
    return predicted, target, visible


def test_pck_by_hand():
    target = np.zeros((1, 14, 2))
    target[0, 9], target[0, 2] = (30, 0), (0, 40)  # left shoulder to right hip: 50
    predicted = target.copy()
    predicted[0, 0] = (6, 8)  # off by 10 = 0.2 of 50: just in
    predicted[0, 1] = (6, 8.01)
    predicted[0, 3] = np.nan
    visible = np.full((1, 14), 2)
    visible[0, 5] = 0
    predicted[0, 5] = 1e6  # unlabelled: must not count
    score = metrics.pck(predicted, target, visible, metrics.torso_lengths(target, visible))
    assert score.count == 13 and score.value == pytest.approx(100 * 11 / 13)
    assert score.per_joint[0] == 100 and score.per_joint[1] == 0 == score.per_joint[3]
    assert np.isnan(score.per_joint[5])
    assert score.normaliser == "0.2 x torso, left shoulder to right hip"


def same_length(people: int, pixels: float) -> metrics.Lengths:
    return metrics.Lengths(np.full(people, float(pixels)), "pixels")


def test_a_person_without_torso_is_not_counted():
    predicted, target, visible = poses()
    visible[:] = 2
    visible[2, 9] = 0
    lengths = metrics.torso_lengths(target, visible)
    assert np.isnan(lengths.values[2]) and np.isfinite(np.delete(lengths.values, 2)).all()
    assert metrics.pck(predicted, target, visible, lengths).count == 5 * 14


def test_pck_does_not_depend_on_the_unit():
    """Also where a torso is shorter than 1, as in shares of an image."""
    predicted, target, visible = poses()
    visible[:] = 2
    in_pixels, in_shares = (
        metrics.pck(unit * predicted, unit * target, visible, same_length(6, 30 * unit))
        for unit in (1, 1 / 128)
    )
    assert 0 < in_pixels.value < 100 and in_pixels[0::2] == in_shares[0::2]


def test_normalisers():
    boxes = metrics.box_lengths([[20, 30, 23, 39], [20, 30, 32, 34]])
    assert boxes.values.tolist() == [9, 12]
    assert metrics.head_lengths([10]).values.tolist() == [6]
    predicted, target, visible = poses()
    one = metrics.pckh(predicted, target, visible, np.full(6, 10.0), threshold=0.5)
    two = metrics.pck(predicted, target, visible, same_length(6, 3), threshold=1)
    assert one.value == two.value and one.count == two.count == (visible > 0).sum()
    usual = metrics.pckh(predicted, target, visible, np.full(6, 10.0))
    assert usual.normaliser == "0.5 x 0.6 of the head's diagonal" and usual.value == one.value


@pytest.mark.parametrize("skeleton, neck", [("mpii16", "upper_neck"), ("lsp14", "neck")])
def test_the_substitute_for_the_head_is_named_as_one(skeleton, neck):
    names = skeletons.get(skeleton)
    target, visible = np.zeros((2, len(names), 2)), np.full((2, len(names)), 2)
    target[:, names.index("head_top")], target[:, names.index(neck)] = (10, 10), (13, 14)
    visible[1, names.index(neck)] = 0
    lengths = metrics.head_neck_lengths(target, visible, skeleton)
    assert lengths.values[0] == 5 and np.isnan(lengths.values[1]) and "substitute" in lengths.name


def test_mse_against_a_loop():
    predicted, target, visible = poses()
    squares = [
        (predicted[n, k, d] - target[n, k, d]) ** 2
        for n, k in np.argwhere(visible > 0)
        for d in range(2)
    ]
    score = metrics.mse(predicted, target, visible)
    assert score.value == pytest.approx(np.mean(squares)) and score.count == len(squares) / 2


def test_mpjpe_by_hand():
    target, visible = np.zeros((1, 3, 3)), np.array([[2, 2, 1]])
    predicted = np.array([[[1, 0, 0], [1, 3, 4], [1, 0, 0]]], float)
    assert metrics.mpjpe(predicted, target, visible).value == pytest.approx(
        (1 + np.sqrt(26) + 1) / 3
    )
    rooted = metrics.mpjpe(predicted, target, visible, root=0)
    assert rooted.value == pytest.approx(5 / 3) and rooted.per_joint.tolist() == [0, 5, 0]


def test_a_person_with_an_unlabelled_root_is_not_counted():
    predicted, target, visible = poses(dims=3)
    visible[:], visible[1, 0] = 2, 0
    assert metrics.mpjpe(predicted, target, visible, root=0).count == 5 * 14


@given(seeds)
def test_pa_mpjpe_forgives_every_similarity(seed):
    rng = np.random.default_rng(seed)
    target = rng.normal(size=(3, 17, 3))
    rotation = Rotation.random(rng=rng).as_matrix()
    predicted = rng.uniform(0.2, 5) * target @ rotation.T + rng.normal(size=3)
    assert metrics.pa_mpjpe(predicted, target, np.full((3, 17), 2)).value < 1e-9


def test_pa_mpjpe_does_not_forgive_a_mirror_image():
    target = np.random.default_rng(0).normal(size=(1, 17, 3))
    assert metrics.pa_mpjpe(target * [-1, 1, 1], target, np.full((1, 17), 2)).value > 0.1


def test_procrustes_against_scipy():
    """Scipy allows reflections and another scaling, but the residual's shape is the same."""
    rng = np.random.default_rng(3)
    target = rng.normal(size=(17, 3))
    source = target @ Rotation.random(rng=rng).as_matrix().T + rng.normal(0, 0.1, (17, 3))
    aligned = geometry.procrustes(source, target).apply(source)
    reference, matched, _ = scipy_procrustes(target, source)
    scale = np.linalg.norm(target - target.mean(0))
    assert np.allclose((aligned - target.mean(0)) / scale, matched, atol=1e-9)
    assert np.allclose((target - target.mean(0)) / scale, reference)


@settings(max_examples=20)
@given(seeds)
def test_n_mpjpe_has_the_best_scale_in_least_squares(seed):
    predicted, target, visible = poses(seed, people=1, dims=3)
    visible[:, 0] = 2
    keep = visible[0] > 0
    p, t = (a[0, keep] - a[0, 0] for a in (predicted, target))
    best = minimize(lambda s: np.square(s[0] * p - t).sum(), [1.0]).x[0]
    expected = np.linalg.norm(best * p - t, axis=-1).mean()
    assert metrics.n_mpjpe(predicted, target, visible, root=0).value == pytest.approx(
        expected, rel=1e-4
    )


def test_n_mpjpe_forgives_every_scale_whatever_is_unlabelled():
    _, target, visible = poses(dims=3)
    visible[:, 0] = 2
    score = metrics.n_mpjpe(1e-3 * target, target, visible, root=0)
    assert score.value < 1e-9 and score.count == (visible > 0).sum()


def test_three_joints_can_be_aligned_and_two_cannot():
    predicted, target, visible = poses(people=3, dims=3)
    visible[:], visible[0, 3:], visible[1, 2:] = 2, 0, 0
    score = metrics.pa_mpjpe(predicted, target, visible)
    assert score.count == 3 + 14
    alone = metrics.pa_mpjpe(predicted[:1, :3], target[:1, :3], visible[:1, :3])
    assert score.per_joint[13] == pytest.approx(
        metrics.pa_mpjpe(predicted[2:], target[2:], visible[2:]).per_joint[13]
    )
    assert 0 < alone.value < metrics.mpjpe(predicted, target, visible).value


def test_velocity_by_hand():
    """One joint of two jumps by (3, 4, 0) and stays there: one step of four is wrong, by 5."""
    target = np.random.default_rng(0).normal(size=(3, 2, 3))
    predicted = target.copy()
    predicted[1:, 0] += (3, 4, 0)
    score = metrics.mpjve(predicted, target, np.full((3, 2), 2))
    assert score.value == pytest.approx(5 / 4) and score.count == 4


def test_velocity_ignores_a_constant_offset_and_needs_both_frames():
    target = np.random.default_rng(0).normal(size=(5, 4, 3))
    visible = np.full((5, 4), 2)
    assert metrics.mpjve(target + 7, target, visible).value == pytest.approx(0)
    visible[2, 1] = 0
    assert metrics.mpjve(target, target, visible).count == 16 - 2


@given(seeds)
def test_what_is_unlabelled_changes_nothing(seed):
    predicted, target, visible = poses(seed, dims=3)
    junk = np.where((visible == 0)[..., None], np.nan, predicted)
    for metric in (metrics.mse, metrics.mpjpe, metrics.mpjve, metrics.pa_mpjpe):
        one, two = metric(predicted, target, visible), metric(junk, target, visible)
        assert one.value == pytest.approx(two.value, nan_ok=True) and one.count == two.count


def test_nothing_to_count_is_nan_and_zero():
    predicted, target, _ = poses()
    none = np.zeros((6, 14))
    for score in (
        metrics.mse(predicted, target, none),
        metrics.pck(predicted, target, none, same_length(6, 9)),
        metrics.mse(target[:0], target[:0], none[:0]),
    ):
        assert np.isnan(score.value) and score.count == 0


def test_what_cannot_be_meant_is_refused():
    predicted, target, visible = poses()
    visible[:] = 2
    with pytest.raises(InputError, match="predictions must be of shape"):
        metrics.mse(predicted[:, :5], target, visible)
    with pytest.raises(InputError, match="NaN or infinite where a joint is labelled"):
        metrics.mse(np.full_like(target, np.nan), target, visible)
    with pytest.raises(InputError, match="called labelled"):
        metrics.pck(predicted, np.full_like(target, np.nan), visible, same_length(6, 9))
    with pytest.raises(InputError, match="lengths"):
        metrics.pck(predicted, target, visible, same_length(5, 9))
    with pytest.raises(InputError, match="all points"):
        geometry.procrustes(np.ones((4, 3)), np.zeros((4, 3)))
    with pytest.raises(InputError, match="finite"):
        geometry.procrustes(np.full((4, 3), np.nan), np.zeros((4, 3)))
    with pytest.raises(InputError, match="finite"):
        geometry.procrustes(np.eye(4, 3), np.full((4, 3), np.nan))
    with pytest.raises(InputError, match="wants two"):
        geometry.procrustes(np.zeros((0, 3)), np.zeros((0, 3)))


@pytest.mark.parametrize("value", [0.5, 0.3, 1e-3, 1e5 / 3])
def test_a_pose_that_is_one_point_has_no_alignment_whatever_the_point(value):
    target = np.random.default_rng(0).normal(size=(1, 17, 3))
    with pytest.raises(InputError, match="are one"):
        metrics.pa_mpjpe(np.full((1, 17, 3), value), target, np.ones((1, 17)))
    tiny = value + 1e-6 * target  # small and far from the origin, but a pose
    found = metrics.pa_mpjpe(tiny, target, np.ones((1, 17))).value
    assert found < 1e-3, f"expected about 0, came {found}"


def test_the_mean_over_actions_is_not_the_mean_over_frames():
    target, visible = np.zeros((4, 2, 3)), np.full((4, 2), 2)
    predicted = np.zeros((4, 2, 3))
    predicted[3, :, 0] = 8
    found = metrics.by_group(metrics.mpjpe, predicted, target, visible, ["b", "b", "b", "a"])
    assert {name: score.value for name, score in found.groups.items()} == {"a": 8, "b": 0}
    assert found.value == 4 and metrics.mpjpe(predicted, target, visible).value == 2


@given(seeds)
def test_one_group_is_the_metric_itself(seed):
    predicted, target, visible = poses(seed, dims=3)
    visible[0, :2] = 2
    found = metrics.by_group(metrics.mpjpe, predicted, target, visible, 6 * ["all"], root=0)
    assert found.value == metrics.mpjpe(predicted, target, visible, root=0).value


def test_a_group_without_a_labelled_joint_is_left_out_of_the_mean():
    predicted, target, visible = poses(dims=3)
    visible[:3], visible[3:] = 0, 2
    found = metrics.by_group(metrics.mpjpe, predicted, target, visible, 3 * ["no"] + 3 * ["yes"])
    assert found.value == found.groups["yes"].value and np.isnan(found.groups["no"].value)
    nothing = metrics.by_group(metrics.mpjpe, predicted, target, 0 * visible, 6 * ["no"])
    assert np.isnan(nothing.value)
    with pytest.raises(InputError, match=r"groups must be of shape \(6\)"):
        metrics.by_group(metrics.mpjpe, predicted, target, visible, 5 * ["no"])
