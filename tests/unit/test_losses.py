"""Losses against torch's own on what is labelled, and their indifference to the rest."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit import losses
from posekit.errors import InputError

F = torch.nn.functional
REFERENCES = {
    losses.l1: F.l1_loss,
    losses.l2: F.mse_loss,
    losses.smooth_l1: F.smooth_l1_loss,
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


def test_smooth_l1_is_continuous_at_beta():
    target, visible = torch.zeros(1, 1, 1), torch.ones(1, 1)
    around = [losses.smooth_l1(torch.full((1, 1, 1), 2 + step), target, visible, beta=2.0).item()
              for step in (-1e-4, 0, 1e-4)]  # fmt: skip
    assert around == pytest.approx([1, 1, 1], abs=2e-4)


def test_shapes_and_settings_that_cannot_be_meant_are_refused():
    predicted, target, visible = batch()
    with pytest.raises(InputError, match="one flag a joint"):
        losses.l2(predicted, target, visible[:, :3])
    with pytest.raises(InputError, match="must agree"):
        losses.l2(predicted[:2], target, visible)
    with pytest.raises(InputError, match="beta"):
        losses.smooth_l1(predicted, target, visible, beta=0)
