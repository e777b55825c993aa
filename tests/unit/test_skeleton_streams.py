"""Views of the joints of a clip, each read by a network of its own, and their mean answer."""

import numpy as np
import pytest
import torch

from posekit import skeletons
from posekit.models.skeleton_streams import STREAMS, SkeletonStreams, view

BODY = skeletons.get("penn13")


def image(count=3, frames=7):
    return torch.randn(count, 2, frames, 13, generator=torch.Generator().manual_seed(0))


def turned(angle):
    c, s = np.cos(angle), np.sin(angle)
    return torch.einsum("ij,bjtk->bitk", torch.tensor([[c, -s], [s, c]]).float(), image())


@pytest.mark.parametrize(
    ("stream", "channels"),
    [("joints", 26), ("bones", 2 * len(BODY.limb_indices)), ("distances", 13 * 12 // 2)],
)
def test_what_each_view_has(stream, channels):
    assert view(image(), stream, "penn13").shape == (3, 7, channels)


def test_joints_and_bones_are_what_they_are_called():
    x = image()
    start, end = BODY.limb_indices[4]
    joints = view(x, "joints", "penn13").unflatten(2, (2, 13))
    torch.testing.assert_close(joints[1, 5], x[1, :, 5])
    bones = view(x, "bones", "penn13").unflatten(2, (2, -1))
    torch.testing.assert_close(bones[2, 3, :, 4], x[2, :, 3, end] - x[2, :, 3, start])


@pytest.mark.parametrize("what", ("joint", "bone"))
def test_motions_are_differences_from_frame_to_frame(what):
    moved = view(image(), f"{what}_motions", "penn13")
    assert (moved[:, 0] == 0).all()
    torch.testing.assert_close(moved.cumsum(1)[:, -1], _last(what))


def _last(what):
    still = view(image(), f"{what}s", "penn13")
    return still[:, -1] - still[:, 0]


def test_distances_stay_where_the_camera_turns_or_somebody_stands_elsewhere():
    here = view(image(), "distances", "penn13")
    torch.testing.assert_close(
        view(turned(1.2) + 5, "distances", "penn13"), here, atol=1e-4, rtol=1e-4
    )
    assert not torch.allclose(
        view(turned(1.2), "joints", "penn13"), view(image(), "joints", "penn13")
    )
    first = (image()[0, :, 2, 0] - image()[0, :, 2, 1]).norm()
    torch.testing.assert_close(here[0, 2, 0], first)


def test_joints_in_one_place_have_a_gradient():
    x = torch.zeros(1, 2, 3, 13, requires_grad=True)
    view(x, "distances", "penn13").sum().backward()
    assert torch.isfinite(x.grad).all()


def test_the_last_answer_is_the_mean_of_all():
    net = SkeletonStreams(4, "penn13", parameters=3_000).eval()
    said = net(image())
    assert len(said) == len(STREAMS) + 1 and all(logits.shape == (3, 4) for logits in said)
    torch.testing.assert_close(said[-1], torch.stack(said[:-1]).mean(0))
    torch.testing.assert_close(said[0].exp().sum(1), torch.ones(3))


def test_some_streams_may_be_left_out():
    net = SkeletonStreams(4, "penn13", ("bones",), "gru", parameters=3_000).eval()
    bones, fused = net(image())
    torch.testing.assert_close(bones, fused)
