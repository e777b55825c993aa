"""Networks that say coordinates: their shapes and sizes, and that they learn."""

import pytest
import torch
import torchvision
from torchvision.models import ResNet50_Weights

from posekit.data.batches import CropDataset
from posekit.data.crops import cache_crops
from posekit.errors import InputError
from posekit.models import regression
from posekit.synthetic import People
from posekit.tasks import single_person

NETS = {
    "cnn": regression.cnn,
    "small_resnet": regression.small_resnet,
    "resnet18": lambda joints: regression.resnet(joints, 18),
    "resnet50": lambda joints: regression.resnet(joints, 50),
}


def parameters(net) -> int:
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("joints, side", [(14, 64), (16, 96)])
def test_a_picture_in_a_place_for_each_joint_out(name, joints, side):
    torch.manual_seed(0)
    out = NETS[name](joints).eval()(torch.rand(2, 3, side, side))
    assert out.shape == (2, joints, 2) and out.dtype == torch.float32


def test_sizes():
    """torchvision's own counts, with 28 outputs in place of 1,000 classes."""
    assert parameters(NETS["resnet18"](14)) == 11_689_512 - 513 * 1000 + 513 * 28
    assert parameters(NETS["resnet50"](14)) == 25_557_032 - 2049 * 1000 + 2049 * 28
    assert parameters(regression.small_resnet(14)) < 1_500_000
    assert parameters(regression.cnn(14)) < 1_100_000


@pytest.mark.parametrize("name", NETS)
def test_every_parameter_gets_a_gradient(name):
    net = NETS[name](14)
    net(torch.rand(2, 3, 64, 64)).square().mean().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_the_answer_scales_with_the_picture():
    """Fractions of the side: the same features at twice the size are at twice the place."""
    net = regression.Regressor(torch.nn.Flatten(), 3 * 4 * 4, 2).eval()
    torch.nn.init.zeros_(net.head.weight)
    net.head.bias.data = torch.tensor([0.0, 1.0, 0.5, 0.25])
    assert net(torch.rand(1, 3, 4, 4)).tolist() == [[[-0.5, 3.5], [1.5, 0.5]]]


def test_an_untrained_network_points_at_the_middle():
    net = regression.Regressor(torch.nn.Flatten(), 3 * 4 * 4, 50).eval()
    assert (net(torch.rand(1, 3, 4, 4)) - 1.5).abs().max() < 0.2


def test_bf16_does_not_round_the_pixels():
    """Under autocast the last layer is bf16, whose steps near 1 are 1/128: 0.5 px at 64."""
    net = regression.cnn(14).eval()
    images = torch.rand(4, 3, 64, 64)
    with torch.autocast("cpu", torch.bfloat16):
        out = net(images)
    assert out.dtype == torch.float32
    assert (out - net(images)).abs().max() < 0.6


def test_an_unknown_depth_and_weights_that_cannot_be_had(monkeypatch):
    with pytest.raises(InputError, match="no ResNet of depth 34; there are: 18, 50"):
        regression.resnet(14, 34)

    def offline(self, **options):
        raise OSError("no route to host")

    monkeypatch.setattr(ResNet50_Weights, "get_state_dict", offline)
    with pytest.raises(InputError, match="pretrained=False"):
        regression.resnet(14, 50, pretrained=True)


def test_pretrained_weights_go_into_the_backbone(monkeypatch):
    donor = torchvision.models.resnet50().state_dict()
    asked = {}

    def have(self, **options):
        asked.update(options)
        return donor

    monkeypatch.setattr(ResNet50_Weights, "get_state_dict", have)
    net = regression.resnet(14, 50, pretrained=True)
    assert torch.equal(net.backbone.conv1.weight, donor["conv1.weight"])
    assert asked["weights_only"] and asked["check_hash"]


@pytest.mark.parametrize(
    "build",
    [
        lambda: regression.cnn(14, width=8, dropout=0),
        lambda: regression.small_resnet(14, widths=(8, 16, 32, 32)),
    ],
)
def test_one_batch_can_be_learnt_by_heart(build):
    crops = cache_crops(People(seed=3, count=4, size=64), 32, progress=False)
    batch = CropDataset(crops).batch(range(4))
    torch.manual_seed(0)
    net = build()
    optimizer = torch.optim.AdamW(net.parameters(), 1e-2)
    values = []
    for _ in range(80):
        loss, count = single_person.coordinate_loss(net, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        values.append(loss.item())
    assert count == (batch.visible > 0).sum()
    assert min(values[-10:]) < values[0] / 20, values[::10]
