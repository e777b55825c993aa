"""The fast network for several people, and its dense form: counts, maps, learning."""

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit import checkpoints, crowds, tasks
from posekit.data.scenes import cache_scenes
from posekit.errors import InputError
from posekit.models import mobile
from posekit.models.layer_counts import kind_of, layer_counts, separable_share
from posekit.models.mobile import MobileCrowdNet, dense_crowd_net
from posekit.tasks import crowds as task

from .small_crowd import learn

JOINTS, LIMBS = 18, 19
FORMS = {"separable": MobileCrowdNet, "dense": dense_crowd_net}
COUNTS = {"separable": (204_926, 210_501_632), "dense": (1_554_286, 1_449_918_464)}


def blocks(side: int = 256) -> list[tuple[int, int, int]]:
    """(input channels, output channels, output cells) of each block, from the lists alone."""
    found, channels, cells = [], mobile.STEM, (side // 2) ** 2
    for out, stride in mobile.TO_STRIDE_4 + mobile.TO_STRIDE_16:
        cells //= stride**2
        found.append((channels, out, cells))
        channels = out
    fine = mobile.TO_STRIDE_4[-1][0]
    return found + 4 * [(fine, fine, (side // 4) ** 2)]  # two towers of two blocks


def rest(side: int = 256) -> int:
    """The MACs of what is dense in both forms: the stem, the lateral layer, the outputs."""
    fine, coarse = mobile.TO_STRIDE_4[-1][0], mobile.TO_STRIDE_16[-1][0]
    outputs = JOINTS + 1 + 2 * LIMBS + 1 + 2 * JOINTS
    per_pixel = 27 * mobile.STEM / 4 + coarse * fine / 256 + outputs * fine / 16
    return round(per_pixel * side**2)


# --------------------------------------------------------------------------------- counts
@pytest.mark.parametrize("form", FORMS)
def test_parameters_and_macs(form):
    parameters, macs = COUNTS[form]
    rows = layer_counts(FORMS[form](JOINTS, LIMBS), (1, 3, 256, 256))
    assert sum(row.parameters for row in rows) == parameters
    assert sum(row.macs for row in rows) == macs
    assert f"{parameters:,}" in FORMS[form].__doc__ and f"{macs:,}" in FORMS[form].__doc__
    assert 2 * parameters < 3.2e6, "bytes of a checkpoint in fp16"


def test_the_macs_follow_from_the_lists_of_channels():
    dense = [9 * a * b * cells for a, b, cells in blocks()]
    shares = [separable_share(b) for _, b, _ in blocks()]
    separable = sum(macs * share for macs, share in zip(dense, shares))
    assert COUNTS["dense"][1] == sum(dense) + rest()
    assert COUNTS["separable"][1] == pytest.approx(separable + rest(), abs=0.5)
    assert COUNTS["dense"][1] / COUNTS["separable"][1] > 6.5


def test_the_dense_form_has_no_depthwise_layer_and_is_the_same_otherwise():
    nets = {form: build(JOINTS, LIMBS) for form, build in FORMS.items()}
    kinds = {form: [kind_of(layer) for layer in net.modules()] for form, net in nets.items()}
    assert kinds["separable"].count("depthwise") == len(blocks())
    assert "depthwise" not in kinds["dense"]
    # Of each block one of two convolutions is left, and one of two batch norms.
    assert kinds["separable"].count("norm") == 2 * kinds["dense"].count("norm") - 1
    assert kinds["separable"].count("conv") == kinds["dense"].count("conv")
    rare = [net.heads.heatmaps.bias for net in nets.values()]
    assert torch.equal(*rare), "both expect empty cells at first"


@settings(max_examples=10, deadline=None)
@given(width=st.sampled_from([0.25, 0.5, 0.75, 1.5, 2.0]))
def test_the_width_multiplies_every_list(width):
    net = MobileCrowdNet(2, 1, width)
    assert net.stem[0].out_channels == width * mobile.STEM
    for part, layers in ((net.fine, mobile.TO_STRIDE_4), (net.coarse, mobile.TO_STRIDE_16)):
        assert [block[3].out_channels for block in part] == [width * c for c, _ in layers]
        assert [block[0].stride[0] for block in part] == [stride for _, stride in layers]


# ----------------------------------------------------------------------------------- maps
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("height, width", [(64, 96), (16, 16), (48, 32)])
def test_its_maps_have_a_cell_for_every_four_pixels(form, height, width):
    with torch.no_grad():
        maps = FORMS[form](JOINTS, LIMBS, 0.25).eval()(torch.rand(2, 3, height, width))
    cells = height // 4, width // 4
    assert maps.heatmaps.shape == (2, JOINTS + 1, *cells)
    assert maps.pafs.shape == (2, 2 * LIMBS, *cells)
    assert maps.centres.shape == (2, 1, *cells)
    assert maps.offsets.shape == (2, 2 * JOINTS, *cells)


@pytest.mark.parametrize("height, width", [(8, 16), (40, 64), (0, 16)])
def test_sides_that_it_cannot_halve_are_refused(height, width):
    with pytest.raises(InputError, match="multiples of 16"):
        MobileCrowdNet(2, 1, 0.25)(torch.rand(1, 3, height, width))


def test_what_is_moved_by_a_coarse_cell_moves_the_maps_by_four_of_theirs():
    """Enlarging keeps to the grid: away from the border the maps move with the image."""
    torch.manual_seed(0)
    net = MobileCrowdNet(2, 1, 0.25).eval()
    for layer in net.modules():  # untrained layers as they are would let little through
        if kind_of(layer) in ("conv", "depthwise"):
            torch.nn.init.kaiming_normal_(layer.weight)
    here, there = torch.full((2, 1, 3, 512, 512), 0.5)
    image = torch.rand(1, 3, 16, 16)
    here[..., 240:256, 240:256] = image
    there[..., 256:272, 240:256] = image
    with torch.no_grad():
        one, other = net.predict(here).offsets, net.predict(there).offsets
    before, after = one[..., 52:72, 52:72], other[..., 56:76, 52:72]
    assert before.std() > 0.1
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)


# -------------------------------------------------------------------------------- recipes
@pytest.fixture(scope="module")
def scenes():
    return cache_scenes(task.rendered("val", 4, 128, most=3), 128, margin=1, progress=False)


@pytest.mark.parametrize("name", ["crowd_mobile", "crowd_mobile_dense"])
def test_the_recipes_networks_are_found_again_by_their_cards(scenes, name):
    recipe = tasks.get(name)
    assert tasks.kind_of(recipe) == "crowds" and recipe.start is None
    net = checkpoints.resolve("models", checkpoints.describe(recipe.network(scenes)))()
    form = "dense" if "dense" in name else "separable"
    assert sum(p.numel() for p in net.parameters()) == COUNTS[form][0]


def test_the_recipes_differ_in_the_network_alone():
    one, other = (tasks.get(name) for name in ("crowd_mobile", "crowd_mobile_dense"))
    same = dataclasses.replace(other, name=one.name, about=one.about, model=one.model)
    assert same == one


@pytest.mark.parametrize("name", ["crowd_mobile", "crowd_mobile_dense"])
def test_the_loss_of_one_batch_falls(scenes, name):
    _, losses = learn(tasks.get(name), scenes, 12, 3e-3)
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.slow
def test_four_scenes_are_learnt_by_heart(scenes):
    """The people are found, and with shuffled fields and offsets nobody is."""
    net, losses = learn(tasks.get("crowd_mobile"), scenes, 200, 3e-3)
    assert losses[-1] < 0.1 * losses[0]
    images, options = task.samples_of(scenes), {"resamples": 0}
    for grouping in crowds.GROUPINGS:
        how = {"grouping": grouping} | options
        found = task.score(net, images, task.CODEC, 128, **how)
        lost = task.score(crowds.Shuffled(net), images, task.CODEC, 128, **how)
        assert found["figures"]["AP50"] > 0.5, (grouping, found)
        assert lost["figures"]["AP50"] < 0.2 * found["figures"]["AP50"], (grouping, lost)
