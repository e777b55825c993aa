"""Losses against torch's own on what is labelled, and their indifference to the rest."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit import losses
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.errors import InputError

F = torch.nn.functional
REFERENCES = {
    losses.l1: F.l1_loss,
    losses.l2: F.mse_loss,
    losses.elastic_net: lambda p, t: F.l1_loss(p, t) + F.mse_loss(p, t),
}
each_loss = pytest.mark.parametrize("loss", REFERENCES, ids=lambda f: f.__name__)


def batch(seed=0):
    draw = torch.Generator().manual_seed(seed)
    predicted = 3 * torch.randn(4, 14, 2, generator=draw)
    target = 3 * torch.randn(4, 14, 2, generator=draw)
    return predicted, target, torch.randint(0, 3, (4, 14), generator=draw)


@each_loss
@given(seed=st.integers(0, 1000))
def test_it_is_torchs_own_on_the_labelled_joints(loss, seed):
    predicted, target, visible = batch(seed)
    keep = visible > 0
    expected = REFERENCES[loss](predicted[keep], target[keep])
    assert loss(predicted, target, visible).item() == pytest.approx(expected.item(), rel=1e-5)


@each_loss
def test_junk_and_nan_behind_the_mask_reach_neither_value_nor_gradient(loss):
    predicted, target, visible = batch()
    target[visible == 0] = float("nan")
    other = target.nan_to_num(-250.0)
    predicted.requires_grad_()
    value = loss(predicted, target, visible)
    value.backward()
    assert value.item() == loss(predicted, other, visible).item()
    assert predicted.grad.isfinite().all() and not predicted.grad[visible == 0].any()


@each_loss
def test_nothing_labelled_is_zero_with_a_zero_gradient(loss):
    predicted, target, visible = batch()
    predicted.requires_grad_()
    value = loss(predicted, target, torch.zeros_like(visible))
    value.backward()
    assert value.item() == 0 and not predicted.grad.any()


def test_shapes_that_cannot_be_meant_are_refused():
    predicted, target, visible = batch()
    with pytest.raises(InputError, match="one flag a joint"):
        losses.l2(predicted, target, visible[:, :3])
    with pytest.raises(InputError, match="must agree"):
        losses.l2(predicted[:2], target, visible)


# --------------------------------------------------------------------------------- of maps
CODEC = GaussianHeatmaps((48, 40), stride=4, sigma=1.0)
MAP_LOSSES = (losses.heatmap_mse, losses.heatmap_cross_entropy, losses.jensen_shannon)
each_map_loss = pytest.mark.parametrize("loss", MAP_LOSSES, ids=lambda f: f.__name__)


def map_batch(seed=0):
    """Raw maps (2, 5, 12, 10), targets of joints inside, and flags of which some are 0."""
    draw = torch.Generator().manual_seed(seed)
    maps = torch.randn(2, 5, 12, 10, generator=draw)
    points = torch.rand(2, 5, 2, generator=draw) * torch.tensor([39.0, 47.0])
    visible = torch.tensor([[2, 1, 0, 2, 0], [0, 2, 2, 1, 1]])
    return maps, CODEC.encode(points, torch.ones(2, 5)), visible


def logarithm(targets):
    """Maps whose softmax is the targets made to sum to 1."""
    return targets.clamp(min=1e-30).log()


@each_map_loss
def test_maps_of_unlabelled_joints_reach_neither_value_nor_gradient(loss):
    maps, targets, visible = map_batch()
    targets[visible == 0] = float("nan")
    maps.requires_grad_()
    value = loss(maps, targets, visible)
    value.backward()
    assert value.item() == loss(maps, targets.nan_to_num(7.0), visible).item() > 0
    assert maps.grad.isfinite().all() and not maps.grad[visible == 0].any()
    assert maps.grad[visible > 0].flatten(1).any(1).all()


@each_map_loss
def test_it_is_the_mean_of_the_joints_taken_one_by_one(loss):
    maps, targets, visible = map_batch(1)
    one = torch.ones(1, 1)
    each = [
        loss(maps[None, None, b, k], targets[None, None, b, k], one).item()
        for b, k in torch.argwhere(visible > 0)
    ]
    assert loss(maps, targets, visible).item() == pytest.approx(sum(each) / len(each), rel=1e-5)


@each_map_loss
def test_no_labelled_map_is_zero_with_a_zero_gradient(loss):
    maps, targets, visible = map_batch()
    maps.requires_grad_()
    value = loss(maps, targets, torch.zeros_like(visible))
    value.backward()
    assert value.item() == 0 and not maps.grad.any()


@each_map_loss
def test_maps_that_do_not_agree_are_refused(loss):
    maps, targets, visible = map_batch()
    with pytest.raises(InputError, match="must agree"):
        loss(maps[..., :-1], targets, visible)
    with pytest.raises(InputError, match="one flag a map"):
        loss(maps, targets, visible[:, :2])
    with pytest.raises(InputError, match="one flag a map"):
        loss(maps, targets, torch.ones(2, 5, 2))


def test_heatmap_mse_is_summed_over_cells_and_averaged_over_joints():
    targets = torch.zeros(1, 3, 4, 4)
    maps = targets.clone()
    maps[0, 0, 1, 2], maps[0, 0, 3, 3], maps[0, 2] = 2.0, 1.0, 100.0
    assert losses.heatmap_mse(maps, targets, torch.tensor([[2, 1, 0]])).item() == (4 + 1) / 2


def test_cross_entropy_of_a_flat_map_is_the_logarithm_of_its_cells():
    _, targets, visible = map_batch()
    value = losses.heatmap_cross_entropy(torch.zeros_like(targets), targets, visible)
    assert value.item() == pytest.approx(torch.tensor(120.0).log().item(), rel=1e-5)


@given(seed=st.integers(0, 999))
def test_cross_entropy_is_least_at_the_target_where_it_is_the_entropy(seed):
    noise, targets, visible = map_batch(seed)
    best = logarithm(targets).requires_grad_()
    value = losses.heatmap_cross_entropy(best, targets, visible)
    value.backward()
    share = targets / targets.sum((-1, -2), keepdim=True)
    entropy = -torch.xlogy(share, share).sum((-1, -2))[visible > 0].mean()
    assert value.item() == pytest.approx(entropy.item(), rel=1e-4)
    assert best.grad.abs().max() < 1e-5
    assert losses.heatmap_cross_entropy(best + 0.5 * noise, targets, visible) > value
    shifted = losses.heatmap_cross_entropy(best + 7, targets, visible)
    assert shifted.item() == pytest.approx(value.item(), rel=1e-4), "a constant says nothing"


@given(seed=st.integers(0, 999), size=st.sampled_from([0.1, 1, 10, 100]))
def test_jensen_shannon_lies_between_zero_and_the_logarithm_of_two(seed, size):
    maps, targets, visible = map_batch(seed)
    value = losses.jensen_shannon(size * maps, targets, visible).item()
    assert -1e-6 <= value <= torch.tensor(2.0).log().item() + 1e-6


def test_jensen_shannon_of_the_same_and_of_disjoint_maps():
    _, targets, visible = map_batch()
    assert losses.jensen_shannon(logarithm(targets), targets, visible).item() < 1e-6
    apart = torch.zeros(1, 1, 6, 6)
    apart[..., 0, 0] = 1
    maps = torch.full((1, 1, 6, 6), -1e4)
    maps[..., 5, 5] = 0
    far = losses.jensen_shannon(maps, apart, torch.ones(1, 1)).item()
    assert far == pytest.approx(torch.tensor(2.0).log().item(), rel=1e-6)


def test_jensen_shannon_is_symmetric():
    _, one, visible = map_batch(0)
    _, other, _ = map_batch(1)
    there = losses.jensen_shannon(logarithm(one), other, visible).item()
    assert there == pytest.approx(
        losses.jensen_shannon(logarithm(other), one, visible).item(), rel=1e-4
    )
    assert there > 0.1


@pytest.mark.parametrize("loss", MAP_LOSSES[1:], ids=lambda f: f.__name__)
def test_a_joint_that_lies_off_the_map_does_not_count(loss):
    points = torch.tensor([[[20.0, 20.0], [500.0, 20.0], [20.0, -14.0]]])
    targets = CODEC.encode(points, torch.ones(1, 3))
    maps = torch.randn(1, 3, 12, 10, generator=torch.Generator().manual_seed(0), requires_grad=True)
    value = loss(maps, targets, torch.ones(1, 3))
    value.backward()
    assert value.item() == loss(maps[:, :1], targets[:, :1], torch.ones(1, 1)).item() > 0
    assert maps.grad.isfinite().all() and not maps.grad[0, 1:].any()


@pytest.mark.parametrize("loss", MAP_LOSSES[1:], ids=lambda f: f.__name__)
@pytest.mark.parametrize("cells, counts", [(1.1, True), (1.25, False)])
def test_a_joint_counts_whose_bump_reaches_in_by_half_its_height(loss, cells, counts):
    """With sigma 1, exp(-d^2 / 2) is 1/2 at d = 1.18 cells beside the first cell."""
    targets = CODEC.encode(torch.tensor([[[1.5 - 4 * cells, 17.5]]]), torch.ones(1, 1))
    assert (loss(torch.zeros_like(targets), targets, torch.ones(1, 1)).item() > 0) == counts


def test_visibility_is_the_cross_entropy_of_seen_and_counts_every_joint():
    logits = torch.tensor([[2.0, -1.0, 0.5, 0.0]], requires_grad=True)
    visible = torch.tensor([[2, 1, 0, 2]])
    p = torch.sigmoid(logits.detach())[0]
    expected = -(p[0].log() + (1 - p[1]).log() + (1 - p[2]).log() + p[3].log()) / 4
    value = losses.visibility(logits, visible)
    value.backward()
    assert value.item() == pytest.approx(expected.item(), rel=1e-6)
    assert (logits.grad.sign()[0] == torch.tensor([-1, 1, 1, -1])).all()
    assert losses.visibility(torch.tensor([[-80.0, 80.0]]), visible[:, :2]).item() == 80
    with pytest.raises(InputError, match="logits must be of shape"):
        losses.visibility(logits, visible[:, :3])


# ------------------------------------------------------------------- coordinates and actions
@each_loss
@given(seed=st.integers(0, 1000))
def test_a_flag_for_each_coordinate_counts_just_those(loss, seed):
    predicted, target, _ = batch(seed)
    known = torch.rand(target.shape, generator=torch.Generator().manual_seed(seed)) > 0.4
    expected = REFERENCES[loss](predicted[known], target[known])
    target[~known] = float("nan")
    predicted.requires_grad_()
    value = loss(predicted, target, known)
    value.backward()
    assert value.item() == pytest.approx(expected.item(), rel=1e-5)
    assert predicted.grad.isfinite().all() and not predicted.grad[~known].any()


@each_loss
def test_flags_of_another_shape_are_refused(loss):
    predicted, target, visible = batch()
    with pytest.raises(InputError, match="one flag a joint, or a coordinate"):
        loss(predicted, target, visible[:, :5])


def test_z_is_left_out_where_a_sample_has_two_dimensions_only():
    """By hand: the joints' errors are 1 in x and y, 3 in z; |e| + e^2 is 2 and 12."""
    target = torch.zeros(2, 1, 3)
    predicted = target + torch.tensor([1.0, 1.0, 3.0])
    visible = torch.ones(2, 1)
    some = losses.in_space(visible, torch.tensor([[0.0], [float("nan")]]))
    assert losses.elastic_net(predicted, target, some).item() == pytest.approx((8 + 12) / 5)
    none = losses.in_space(visible, torch.full((2, 1), float("nan")))
    assert losses.elastic_net(predicted, target, none).item() == pytest.approx(2)
    assert not losses.in_space(0 * visible, torch.zeros(2, 1)).any()


@given(st.integers(0, 999))
def test_actions_that_are_not_known_do_not_count(seed):
    draw = torch.Generator().manual_seed(seed)
    logits = torch.randn(6, 5, generator=draw)
    actions = torch.randint(-1, 5, (6,), generator=draw)
    known = actions >= 0
    expected = F.cross_entropy(logits[known], actions[known]).item() if known.any() else 0
    assert losses.action_cross_entropy(logits, actions).item() == pytest.approx(expected, rel=1e-5)


def test_a_batch_without_an_action_is_zero_with_a_zero_gradient():
    logits = torch.randn(3, 5, requires_grad=True)
    value = losses.action_cross_entropy(logits, torch.full((3,), -1))
    value.backward()
    assert value.item() == 0 and not logits.grad.any()


@pytest.mark.parametrize("label", (5, -2))
def test_a_label_outside_the_classes_is_refused(label):
    with pytest.raises(InputError, match="from 0 to 4, or -1 for none"):
        losses.action_cross_entropy(torch.zeros(2, 5), torch.tensor([0, label]))
    with pytest.raises(InputError, match=r"actions must be of shape \(2\), and is \(1,\)"):
        losses.action_cross_entropy(torch.zeros(2, 5), torch.tensor([0]))


@given(seed=st.integers(0, 1000))
def test_distance_is_the_mean_length_of_the_error(seed):
    predicted, target, visible = batch(seed)
    expected = (predicted - target).norm(dim=-1)[visible > 0].mean()
    assert losses.distance(predicted, target, visible).item() == pytest.approx(
        expected.item(), rel=1e-5
    )


def test_distance_has_a_gradient_where_there_is_no_error_and_none_behind_the_mask():
    target = torch.zeros(2, 1, 3, 3)
    target[0, 0, 1] = torch.nan
    predicted = torch.zeros(2, 1, 3, 3, requires_grad=True)
    visible = torch.tensor([[[2, 0, 1]], [[2, 2, 2]]])
    value = losses.distance(predicted, target, visible)
    value.backward()
    assert value.item() == 0 and predicted.grad.isfinite().all()
    assert losses.distance(predicted, target, torch.zeros_like(visible)).item() == 0
    with pytest.raises(InputError, match="one flag a joint"):
        losses.distance(predicted, target, visible[..., :2])
