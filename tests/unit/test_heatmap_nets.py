"""Networks that say maps: their sizes and shapes, that place does not matter, that they learn."""

import pytest
import torch

from posekit import losses, metrics, skeletons
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.data.batches import CropDataset
from posekit.data.crops import cache_crops
from posekit.errors import InputError
from posekit.models.heatmap_nets import STRIDE, HeatmapNet, PoseResNet
from posekit.synthetic import People

TINY = (8, 8, 16, 16, 16)
NETS = {
    "small": lambda joints: HeatmapNet(joints, TINY),
    "resnet18": lambda joints: PoseResNet(joints, 18),
}
each_net = pytest.mark.parametrize("name", NETS)


def parameters(net) -> int:
    return sum(p.numel() for p in net.parameters())


def test_sizes():
    # 64 more maps are 64 more filters of 256 weights and a bias.
    with torch.device("meta"):  # shapes without numbers: nothing is drawn
        nets = PoseResNet(16), PoseResNet(80), HeatmapNet(14)
    assert [parameters(net) for net in nets[:2]] == [33_999_440, 33_999_440 + 64 * 257]
    assert parameters(nets[2]) < 2_000_000


@each_net
@pytest.mark.parametrize("joints, sides", [(14, (64, 64)), (16, (32, 96))])
def test_a_picture_in_a_map_for_each_joint_out(name, joints, sides):
    maps = NETS[name](joints).eval()(torch.rand(2, 3, *sides))
    assert maps.shape == (2, joints, sides[0] // STRIDE, sides[1] // STRIDE)
    assert maps.dtype == torch.float32 and maps.isfinite().all()


def test_a_depth_makes_volumes():
    volumes = HeatmapNet(17, TINY, depth=6).eval()(torch.rand(1, 3, 64, 32))
    assert volumes.shape == (1, 17, 6, 16, 8)


@each_net
def test_nobody_is_no_map(name):
    assert NETS[name](14).eval()(torch.rand(0, 3, 64, 64)).shape == (0, 14, 16, 16)


@each_net
@pytest.mark.parametrize("sides", [(64, 100), (33, 64), (0, 64)])
def test_sides_that_cannot_be_halved_five_times_are_refused(name, sides):
    with pytest.raises(InputError, match=r"multiples of 32.*resize or pad"):
        NETS[name](14)(torch.rand(1, 3, *sides))


@each_net
def test_every_parameter_gets_a_gradient(name):
    net = NETS[name](14)
    net(torch.rand(2, 3, 64, 64)).square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_a_picture_moved_by_32_pixels_is_maps_moved_by_8_cells():
    """Away from the borders: a cell sees some 210 pixels to each side."""
    torch.manual_seed(0)
    net = HeatmapNet(2, (4, 4, 4, 4, 4))
    images = torch.rand(1, 3, 512, 512)
    net(images)  # batch norm's averages, so that the maps are not flat
    net.eval()
    with torch.no_grad():
        here, right = net(images), net(images.roll(32, -1))
        below = net(images.roll(32, -2))
    middle = slice(56, 64)
    moved = slice(64, 72)
    assert here[..., middle, middle].std() > 100 * 1e-5
    assert torch.allclose(right[..., middle, moved], here[..., middle, middle], atol=1e-5)
    assert torch.allclose(below[..., moved, middle], here[..., middle, middle], atol=1e-5)
    assert not torch.allclose(right[..., middle, middle], here[..., middle, middle], atol=1e-3)


def test_brightness_is_measured_from_imagenets_mean():
    """Normalised inside: pictures go in from 0 to 1, as the readers give them."""
    net = HeatmapNet(2, TINY)
    grey = net.mean.expand(3, 32, 32)[None]
    assert not net.normalise(grey).any()
    assert net.normalise(grey + net.std).allclose(torch.ones(1, 3, 32, 32), atol=1e-6)
    assert "mean" not in net.state_dict()


@pytest.fixture(scope="module")
def few():
    """Four upright people with their targets: a batch, and the codec of its maps."""
    crops = cache_crops(People(seed=3, count=4, size=128, difficulty="easy"), 64, progress=False)
    codec = GaussianHeatmaps((64, 64), STRIDE, sigma=1.5)
    return CropDataset(crops, encode=codec.encode).__getitems__([(0, i) for i in range(4)]), codec


def by_heart(loss, batch, steps):
    """A tiny network's maps of the batch it learnt, and the loss at each step."""
    torch.manual_seed(0)
    net = HeatmapNet(14, TINY)
    optimizer, values = torch.optim.AdamW(net.parameters(), 1e-2), []
    for _ in range(steps):
        maps = net(batch.images)
        value = loss(maps, batch.targets, batch.visible)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        values.append(value.item())
    return maps.detach(), values


def test_one_batch_can_be_learnt_by_heart(few):
    batch, codec = few
    maps, values = by_heart(losses.heatmap_cross_entropy, batch, 150)
    # No map can do better than its target, whose own cross entropy is not 0.
    perfect = batch.targets.clamp(min=1e-30).log()
    floor = losses.heatmap_cross_entropy(perfect, batch.targets, batch.visible).item()
    assert min(values[-10:]) - floor < (values[0] - floor) / 20, values[::15]
    found = codec.decode(torch.softmax(maps.flatten(2), -1).view_as(maps)).keypoints
    truth, visible = batch.keypoints.numpy(), batch.visible.numpy()
    lengths = metrics.torso_lengths(truth, visible, skeletons.get("lsp14"))
    score = metrics.pck(found, truth, visible, lengths)
    assert score.value == 100 and score.count == 56


def test_the_squared_error_of_one_batch_falls_too(few):
    _, values = by_heart(losses.heatmap_mse, few[0], 60)
    assert min(values[-10:]) < values[0] / 20, values[::6]
