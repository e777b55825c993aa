"""The multitask network: its parts against their definitions, its heads, its size."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit.codecs.soft_argmax import decode_soft_argmax, decode_volumes
from posekit.errors import InputError
from posekit.models import multitask
from posekit.models.action_streams import PoseEntry, max_min_pool, pose_stream
from posekit.models.heatmap_nets import HeatmapNet
from posekit.models.layer_counts import layer_counts
from posekit.models.multitask import MultitaskNet, read_volumes
from posekit.models.multitask_reference import Reference, inception_stem, vgg16

SMALL = {"widths": (4, 8, 8, 8, 8), "depth": 4, "width": 8}


def clips(count=2, frames=4, side=64, seed=0):
    return torch.rand(count, frames, 3, side, side, generator=torch.Generator().manual_seed(seed))


def small(**options):
    torch.manual_seed(0)
    return MultitaskNet(5, 3, **SMALL | options).eval()


def parameters(net) -> int:
    return sum(p.numel() for p in net.parameters())


# ---------------------------------------------------------------------------------- parts
@given(st.integers(0, 999), st.sampled_from([4, 8]))
def test_points_are_the_codecs_and_heatmaps_are_what_is_left_of_x_and_y(seed, stride):
    volumes = 3 * torch.randn(2, 3, 6, 5, 4, generator=torch.Generator().manual_seed(seed))
    points, seen, heatmaps = read_volumes(volumes, stride)
    torch.testing.assert_close(points, decode_volumes(volumes, stride), atol=1e-4, rtol=1e-4)
    flat = torch.logsumexp(volumes, 2)
    torch.testing.assert_close(points[..., :2], decode_soft_argmax(flat, stride), atol=1e-4, rtol=0)
    torch.testing.assert_close(heatmaps.sum((-1, -2)), torch.ones(2, 3))
    torch.testing.assert_close(heatmaps.flatten(2), torch.softmax(flat.flatten(2), -1))
    assert torch.equal(seen, volumes.flatten(2).amax(-1))


def test_without_depth_a_point_has_two_coordinates():
    maps = torch.randn(1, 2, 1, 6, 7)
    points, _, _ = read_volumes(maps, 8)
    torch.testing.assert_close(points, decode_soft_argmax(maps[:, :, 0], 8), atol=1e-4, rtol=0)


def test_points_keep_their_precision_in_bf16():
    volumes = torch.full((1, 1, 16, 12, 12), -40.0)
    volumes[0, 0, 9, 3, 10] = 40
    with torch.autocast("cpu", torch.bfloat16):
        points, _, _ = read_volumes(volumes.bfloat16(), 8)
    x, y, z = points.flatten().tolist()
    assert (x, y, z) == pytest.approx((83.5, 27.5, 9.5 / 8 - 1), abs=1e-4)


def test_max_min_pool_by_hand():
    x = torch.tensor([[[[1.0, -5.0, 2.0], [0.0, 3.0, -1.0], [7.0, -8.0, 4.0]]]])
    assert max_min_pool(x).flatten().tolist() == [3 - 5, 2 - 1, 7 - 8, 8]
    torch.testing.assert_close(max_min_pool(-x), -max_min_pool(x))


def test_normalised_points_are_from_edge_to_edge():
    half = torch.tensor([48.0, 32.0, 1.0])
    points = torch.tensor([[[[47.5, 31.5, 0.0], [-0.5, 63.5, 0.5], [95.5, -0.5, -1.0]]]])
    expected = torch.tensor([[[[0, 0, 0], [-1, 1, 0.5], [1, -1, -1]]]])
    torch.testing.assert_close(multitask.normalised(points, half), expected)
    torch.testing.assert_close(multitask.normalised(points[..., :2], half), expected[..., :2])


def test_the_context_begins_without_correction_and_sees_other_frames():
    net = small()
    out = net(clips(1, 6))
    assert torch.equal(out.poses[-1].points, out.poses[-2].points)
    torch.nn.init.normal_(net.heads.context.leave.weight)
    points = torch.rand(1, 6, 5, 3, requires_grad=True)
    net.heads.context(points, torch.ones(1, 6, 5))[0, 2].sum().backward()
    assert (points.grad.abs().sum((0, 2, 3)) > 0).all()


def test_appearance_is_the_mean_of_the_features_under_each_heatmap():
    """A heatmap of one cell reads that cell's features; an even one reads their mean."""
    net, given = small(streams=("appearance",)), []
    net.heads.streams["appearance"].forward = lambda image: given.append(image) or [image]
    features = torch.randn(2, 8, 3, 4)  # one clip of two frames
    heatmaps = torch.zeros(1, 2, 5, 3, 4)
    heatmaps[..., 2, 1] = 1
    heatmaps[:, :, 4] = 1 / 12
    pose = multitask.Poses(torch.zeros(1, 2, 5, 3), torch.zeros(1, 2, 5), heatmaps)
    net.heads.recognise(pose, features, torch.ones(3))
    assert given[0].shape == (1, 8, 2, 5)  # channels, frames, joints
    torch.testing.assert_close(given[0][0, :, 1, 0], features[1, :, 2, 1])
    torch.testing.assert_close(given[0][0, :, 1, 4], features[1].mean((-1, -2)))


def test_appearance_is_read_off_the_first_blocks_features():
    net, x, given = small(), clips(), []
    net.heads.recognise = lambda pose, local, half: given.append(local) or {}
    net(x)
    first, _ = net.heads.blocks[0](net.features(x.flatten(0, 1)))
    torch.testing.assert_close(given[0], first)


def test_a_joint_that_is_not_seen_tells_the_pose_stream_nothing():
    net, given = small(streams=("pose",)), []
    net.heads.streams["pose"].forward = lambda image: given.append(image) or [image]
    seen = torch.zeros(1, 2, 5)
    seen[..., 3] = -100
    pose = multitask.Poses(torch.full((1, 2, 5, 3), 40.0), seen, torch.ones(1, 2, 5, 2, 2))
    net.heads.recognise(pose, torch.zeros(2, 8, 2, 2), torch.ones(3))
    assert not given[0][..., 3].any() and given[0][..., 2].all()


def test_the_pose_stream_alone_takes_any_number_of_frames_and_joints():
    net = pose_stream(2, 15, width=16, blocks=3).eval()
    for frames, joints in ((16, 13), (1, 14), (7, 5)):
        logits = net(torch.randn(2, 2, frames, joints))
        assert [each.shape for each in logits] == 3 * [(2, 15)]


def test_the_pose_stream_is_given_the_movements_too():
    entry, given = PoseEntry(2, 8).eval(), []
    entry.side_by_side[0].register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    image = torch.randn(1, 2, 6, 5)
    entry(image)
    assert torch.equal(given[0][:, :2], image) and not given[0][:, 2:, 0].any()
    torch.testing.assert_close(given[0][:, 2:, 1:], image[:, :, 1:] - image[:, :, :-1])


def test_the_pose_stream_sees_in_which_order_frames_come():
    net, image = pose_stream(2, 4, width=16).eval(), torch.randn(1, 2, 8, 5)
    assert (net(image)[-1] - net(image.flip(2))[-1]).abs().max() > 1e-4


# ------------------------------------------------------------------------------ the whole
def test_every_block_gives_its_poses_and_every_stream_its_logits():
    out = small()(clips())
    assert [p.points.shape for p in out.poses] == 3 * [(2, 4, 5, 3)]  # two blocks, the context
    assert {p.seen.shape for p in out.poses} == {(2, 4, 5)}
    assert {p.heatmaps.shape for p in out.poses} == {(2, 4, 5, 8, 8)}
    assert {name: len(logits) for name, logits in out.actions.items()} == {
        "pose": 2,
        "appearance": 2,
        "fusion": 1,
    }
    assert {x.shape for logits in out.actions.values() for x in logits} == {(2, 3)}


def test_each_head_can_be_left_out():
    x = clips()
    assert small(depth=1)(x).poses[-1].points.shape == (2, 4, 5, 2)
    assert len(small(context=False)(x).poses) == 2
    assert list(small(streams=("appearance",))(x).actions) == ["appearance"]
    assert list(small(streams=("pose",))(x).actions) == ["pose"]
    without = MultitaskNet(5, 0, **SMALL).eval()
    assert without(x).actions == {}
    assert parameters(without) < parameters(small(streams=("pose",))) < parameters(small())


def test_one_image_is_a_clip_without_an_action():
    net, x = small(), clips()
    assert net(x[:, :1]).actions == {}
    alone = net(x[:1, 2:3]).poses[0].points
    torch.testing.assert_close(alone[0, 0], net(x).poses[0].points[0, 2], atol=1e-3, rtol=1e-3)


def test_clips_do_not_look_at_each_other():
    net, x = small(), clips()
    both, one = net(x), net(x[1:])
    torch.testing.assert_close(both.poses[-1].points[1:], one.poses[-1].points, atol=1e-3, rtol=0)
    for name, logits in one.actions.items():
        torch.testing.assert_close(both.actions[name][-1][1:], logits[-1], atol=1e-4, rtol=1e-4)


def test_fusion_lies_between_the_streams_and_learns_their_weights():
    net = small()
    out = net(clips())
    both = torch.stack([out.actions[name][-1] for name in multitask.STREAMS])
    torch.testing.assert_close(out.actions["fusion"][0], both.mean(0))
    out.actions["fusion"][0].square().sum().backward()
    assert net.heads.fusion.grad.abs().sum() > 0


def test_a_later_block_trains_what_an_earlier_one_puts_back():
    net = small()
    assert net.heads.blocks[-1].reinject is None
    net(clips()).poses[1].points.square().sum().backward()
    assert net.heads.blocks[0].reinject.weight.grad.abs().sum() > 0
    assert net.heads.blocks[0].maps.weight.grad.abs().sum() > 0


def test_every_weight_is_trained():
    net = small().train()
    torch.nn.init.normal_(net.heads.context.leave.weight)  # zeros let nothing through at first
    out = net(clips())
    parts = [p.points.sum() + p.seen.sum() for p in out.poses]
    parts += [logits.square().sum() for said in out.actions.values() for logits in said]
    sum(parts).backward()
    assert [name for name, p in net.named_parameters() if p.grad is None] == []


def test_the_backbone_can_begin_with_a_heatmap_networks_weights():
    own, theirs = small().state_dict(), HeatmapNet(5, SMALL["widths"]).state_dict()
    backbone = [name for name in own if not name.startswith("heads.")]
    assert backbone and all(theirs[name].shape == own[name].shape for name in backbone)


def test_clips_of_another_shape_are_refused():
    with pytest.raises(InputError, match=r"images\[:, None\]"):
        small()(torch.rand(2, 3, 64, 64))
    with pytest.raises(InputError, match="multiples of 32"):
        small()(clips(side=48))


def test_heads_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="depth"):
        small(depth=0)
    with pytest.raises(InputError, match="streams"):
        small(streams=("optical flow",))
    with pytest.raises(InputError, match="streams"):
        small(streams=())


# ------------------------------------------------------------------------------ reference
def separable(c, d, k):
    """Parameters of a separable residual: depthwise, 1 x 1, batch norm, and the shortcut."""
    return c * k * k + (c * d + 2 * d) * (1 if c == d else 2)


def conv(c, d, k, bias):
    """Parameters of a convolution over ``k`` cells with a bias, or with batch norm."""
    return c * d * k + (d if bias else 2 * d)


def test_the_backbones_have_the_sizes_that_their_layers_give():
    vgg = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512]
    convs = sum(conv(c, d, 9, bias=True) for c, d in zip(vgg, vgg[1:]))
    assert convs == 7_635_264  # of VGG-16, as it is widely quoted, up to conv4_3
    assert parameters(vgg16()) == convs + separable(512, 576, 3)
    stem = [(3, 32, 9), (32, 32, 9), (32, 64, 9), (64, 96, 9), (192, 192, 9)]
    stem += [(160, 64, 1), (64, 96, 9)]
    stem += [(160, 64, 1), (64, 64, 5), (64, 64, 5), (64, 96, 9)]
    convs = sum(conv(*layer, bias=False) for layer in stem)
    assert parameters(inception_stem()) == convs + separable(384, 576, 3)


@pytest.mark.parametrize("backbone", [inception_stem, vgg16])
def test_both_backbones_give_576_channels_at_stride_8(backbone):
    with torch.device("meta"):
        assert backbone()(torch.empty(1, 3, 64, 32)).shape == (1, 576, 8, 4)


@pytest.mark.parametrize(
    "backbone, params, macs",
    [(inception_stem, 15_809_562, 111_686_942_720), (vgg16, 23_004_090, 378_035_732_480)],
)
def test_the_reference_has_its_size(backbone, params, macs):
    """16 frames of 256 x 256: with VGG-16 it has 1.5 times the parameters, 3.4 times the MACs."""
    rows = layer_counts(Reference(backbone=backbone), (1, 16, 3, 256, 256))
    assert sum(row.parameters for row in rows) == params
    assert sum(row.macs for row in rows) == macs


def test_a_block_of_the_reference_has_the_size_that_its_layers_give():
    """Hourglass of 576, then 288 and 288 channels; one more residual; maps and re-injection."""
    net = Reference(blocks=2, actions=0)
    hourglass = separable(576, 576, 5) + separable(576, 288, 5) + separable(288, 576, 5)
    hourglass += separable(288, 288, 5) * 4
    maps = 576 * 256 + 256
    block = hourglass + separable(576, 576, 5) + maps
    assert parameters(net.heads.blocks[1]) == block
    assert parameters(net.heads.blocks[0]) == block + 256 * 576 + 576


def test_the_reference_runs():
    net = Reference(joints=2, actions=3, blocks=1, depth=2, action_blocks=1).eval()
    with torch.no_grad():
        out = net(clips(1, 2, 32))
    assert out.poses[-1].points.shape == (1, 2, 2, 3)
    assert out.actions["fusion"][-1].shape == (1, 3)
