"""3D pose machines from images: the reference's size, its shapes, and a small form that learns."""

import pytest
import torch

from posekit.errors import InputError
from posekit.models.layer_counts import layer_counts
from posekit.models.pose_machine_3d import PoseMachine3D, pose_2d_network


def parameters(net) -> int:
    return sum(p.numel() for p in net.parameters())


@pytest.fixture(scope="module")
def reference():
    with torch.device("meta"):  # shapes without numbers: nothing is computed
        return PoseMachine3D()


def test_the_reference_has_its_published_size(reference):
    """42.45 M parameters with one bias a gate; the 2D pose is read off 2,064 more."""
    second_biases = sum(
        p.numel() for name, p in reference.memory.named_parameters() if "bias_hh" in name
    )
    heatmaps = parameters(reference.heatmaps)
    assert (second_biases, heatmaps) == (8_192, 2_064)
    assert parameters(reference) - second_biases - heatmaps == 42_449_728


def test_the_parts_have_the_sizes_that_the_prototxts_give(reference):
    parts = {
        "pose_2d": 9_405_888,
        "adapt": 819_456 + 13_108_224,
        "coarse": 49_200,
        "refiner": 99_376,
        "projector": 2_182_176,
    }
    assert {name: parameters(getattr(reference, name)) for name in parts} == parts


def test_the_reference_costs_45_gmac_a_frame(reference):
    """Convolutions and linear layers by the counter; each LSTM multiplies its weights once."""
    rows = [row for row in layer_counts(reference, (1, 1, 3, 368, 368)) if row.name != "heatmaps"]
    memory = 2 * 2 * 4 * 1024**2
    assert sum(row.macs for row in rows) + memory == 45_435_863_040
    shapes = {row.name: row.shape for row in rows}
    assert shapes["adapt.0"] == (1, 128, 22, 22) and shapes["adapt.2"] == (1, 128, 10, 10)
    assert shapes["pose_2d.35"] == (1, 128, 46, 46)


def test_pooling_is_the_papers_and_not_the_released_networks():
    with torch.device("meta"):
        pooled = PoseMachine3D(pooling=True)
    assert pooled.adapt[-2].in_features == 128 * 5 * 5
    assert PoseMachine3D(side=64, shrink=16, hidden=8).adapt[-2].in_features == 8


@pytest.mark.parametrize("pooling", [False, True])
def test_a_small_form_gives_every_stage(pooling):
    torch.manual_seed(0)
    net = PoseMachine3D(5, side=128, shrink=8, hidden=32, pooling=pooling).eval()
    clips = torch.rand(2, 3, 3, 128, 128)
    with torch.no_grad():
        features = net.features(clips)
        stages = net(clips)
        assert features.shape == (2, 3, 16, 16, 16) and net.maps(features).shape == (
            2,
            3,
            5,
            16,
            16,
        )
        assert [part.shape[2:] for part in stages] == [(5, 3), (5, 3), (5, 2)]
        # A frame that comes later, and one that came before, both tell on the others.
        other = clips.clone()
        other[:, 1] = 0
        changed = (net(other).coarse - stages.coarse).abs().amax((0, 2, 3))
    assert (changed > 0).all()


def test_images_are_centred_as_the_paper_has_them():
    net = PoseMachine3D(2, side=64, shrink=16, hidden=8)
    seen = []
    net.pose_2d.register_forward_pre_hook(lambda _, images: seen.append(images[0]))
    values = torch.tensor([0.0, 127.5 / 255, 1.0])
    net.features(values.view(1, 3, 1, 1, 1).expand(1, 3, 3, 64, 64))
    torch.testing.assert_close(
        seen[0][:, 0, 0, 0], (255 * values - 127.5) / 256, atol=1e-6, rtol=1e-6
    )


@pytest.mark.parametrize("side", [48, 60, 0])
def test_sides_that_leave_nothing_are_refused(side):
    with pytest.raises(InputError, match="multiple of 8, and 56"):
        PoseMachine3D(side=side, shrink=16, hidden=8)


@pytest.mark.parametrize("side, pooling", [(56, False), (88, True)])
def test_the_least_side_is_taken(side, pooling):
    net = PoseMachine3D(2, side=side, shrink=16, hidden=8, pooling=pooling)
    assert net(torch.rand(1, 1, 3, side, side)).refined.shape == (1, 1, 2, 3)
    with pytest.raises(InputError, match="at least"):
        PoseMachine3D(2, side=side - 8, shrink=16, hidden=8, pooling=pooling)


@pytest.mark.parametrize("shape", [(1, 2, 3, 64, 56), (2, 3, 64, 64), (1, 2, 1, 64, 64)])
def test_other_clips_are_refused(shape):
    with pytest.raises(InputError, match=r"clips must be of shape \(clips, frames, 3, 64, 64\)"):
        PoseMachine3D(2, side=64, shrink=16, hidden=8)(torch.zeros(shape))


def test_the_2d_network_is_fully_convolutional():
    assert pose_2d_network(16)(torch.zeros(1, 3, 40, 64)).shape == (1, 8, 5, 8)


def test_it_overfits_one_clip():
    torch.manual_seed(0)
    net = PoseMachine3D(3, side=64, shrink=8, hidden=32)
    clips, target = torch.rand(1, 4, 3, 64, 64), torch.randn(1, 4, 3, 3)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    errors = []
    for _ in range(60):
        loss = (net(clips).refined - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        errors.append(loss.item())
    assert errors[-1] < 0.3 * errors[0], (errors[0], errors[-1])
