"""The fast network for several people, and its dense form: counts, maps, learning."""

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit import checkpoints, crowds, tasks
from posekit.data.scenes import cache_scenes
from posekit.errors import InputError
from posekit.models.crowd_nets import SmallCrowdNet
from posekit.models.heatmap_nets import WIDTHS
from posekit.models.layer_counts import kind_of, layer_counts, separable_share
from posekit.models.mobile import mobile_crowd_net, mobile_heatmap_net
from posekit.tasks import crowds as task

from .small_crowd import learn

JOINTS, LIMBS = 18, 19
FORMS = {"separable": mobile_crowd_net, "dense": SmallCrowdNet}
COUNTS = {"separable": (202_542, 159_581_184), "dense": (1_387_822, 994_705_408)}


def blocks(side: int = 256) -> list[tuple[int, int, int]]:
    """(input channels, output channels, output cells) of each block, from the widths alone."""
    found, levels = [], [(c, (side // 2**n) ** 2) for n, c in enumerate(WIDTHS, 1)]
    for (above, _), (channels, cells) in zip(levels, levels[1:]):
        found += [(above, channels, cells)] + 2 * [(channels, channels, cells)]
    for channels, cells in levels[1:-1]:  # the way up
        found += 2 * [(channels, channels, cells)]
    fine, cells = levels[1]
    return found + 2 * [(fine, 64, cells), (64, 64, cells)]  # two towers of two blocks


def rest(side: int = 256) -> int:
    """The MACs of what is dense in both forms: the stem, the lateral layers, the outputs."""
    outputs = JOINTS + 1 + 2 * LIMBS + 1 + 2 * JOINTS
    macs = 27 * WIDTHS[0] * (side // 2) ** 2 + 64 * outputs * (side // 4) ** 2
    for n in (2, 3, 4):  # enlarged after it, so it is computed on the coarser of two levels
        macs += WIDTHS[n] * WIDTHS[n - 1] * (side // 2 ** (n + 1)) ** 2
    return macs


# --------------------------------------------------------------------------------- counts
@pytest.mark.parametrize("form", FORMS)
def test_parameters_and_macs(form):
    parameters, macs = COUNTS[form]
    rows = layer_counts(FORMS[form](JOINTS, LIMBS), (1, 3, 256, 256))
    assert sum(row.parameters for row in rows) == parameters
    assert sum(row.macs for row in rows) == macs
    assert f"{parameters:,}" in FORMS[form].__doc__ and f"{macs:,}" in FORMS[form].__doc__
    assert 2 * parameters < 3.2e6, "bytes of a checkpoint in fp16"


def test_the_macs_follow_from_the_widths():
    dense = [9 * a * b * cells for a, b, cells in blocks()]
    shares = [separable_share(b) for _, b, _ in blocks()]
    separable = sum(macs * share for macs, share in zip(dense, shares))
    assert COUNTS["dense"][1] == sum(dense) + rest()
    assert COUNTS["separable"][1] == pytest.approx(separable + rest(), abs=0.5)
    assert COUNTS["dense"][1] / COUNTS["separable"][1] > 6.2


def test_the_separable_form_differs_in_its_blocks_alone():
    nets = {form: build(JOINTS, LIMBS) for form, build in FORMS.items()}
    kinds = {form: [kind_of(layer) for layer in net.modules()] for form, net in nets.items()}
    assert kinds["separable"].count("depthwise") == len(blocks())
    assert "depthwise" not in kinds["dense"]
    # Each block has a depthwise layer and a batch norm more.
    assert kinds["separable"].count("norm") == kinds["dense"].count("norm") + len(blocks())
    assert kinds["separable"].count("conv") == kinds["dense"].count("conv")
    rare = [net.heads.heatmaps.bias for net in nets.values()]
    assert torch.equal(*rare), "both expect empty cells at first"


@settings(max_examples=10, deadline=None)
@given(width=st.sampled_from([0.25, 0.5, 0.75, 1.5, 2.0]))
def test_the_width_multiplies_the_channels(width):
    net = mobile_crowd_net(2, 1, width)
    levels = [net.stem, *(down[0] for down in net.down)]
    assert [level[1].num_features for level in levels] == [width * c for c in WIDTHS]
    assert net.heads.pafs.in_channels == width * 64


# ----------------------------------------------------------------------------------- maps
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("height, width", [(64, 96), (32, 32), (96, 64)])
def test_its_maps_have_a_cell_for_every_four_pixels(form, height, width):
    with torch.no_grad():
        maps = FORMS[form](JOINTS, LIMBS, 0.25).eval()(torch.rand(2, 3, height, width))
    cells = height // 4, width // 4
    assert maps.heatmaps.shape == (2, JOINTS + 1, *cells)
    assert maps.pafs.shape == (2, 2 * LIMBS, *cells)
    assert maps.centres.shape == (2, 1, *cells)
    assert maps.offsets.shape == (2, 2 * JOINTS, *cells)


@pytest.mark.parametrize("height, width", [(16, 32), (48, 64), (0, 32)])
def test_sides_that_it_cannot_halve_are_refused(height, width):
    with pytest.raises(InputError, match="multiples of 32"):
        mobile_crowd_net(2, 1, 0.25)(torch.rand(1, 3, height, width))


def test_what_is_moved_by_a_coarse_cell_moves_the_maps_by_eight_of_theirs():
    """Enlarging keeps to the grid: away from the border the maps move with the image."""
    torch.manual_seed(0)
    net = mobile_crowd_net(2, 1, 0.25).eval()
    for layer in net.modules():  # untrained layers as they are would let little through
        if kind_of(layer) in ("conv", "depthwise"):
            torch.nn.init.kaiming_normal_(layer.weight)
    here, there = torch.full((2, 1, 3, 512, 512), 0.5)
    image = torch.rand(1, 3, 32, 32)
    here[..., 224:256, 224:256] = image
    there[..., 256:288, 224:256] = image
    with torch.no_grad():
        one, other = net.predict(here).offsets, net.predict(there).offsets
    before, after = one[..., 56:64, 56:64], other[..., 64:72, 56:64]
    assert before.std() > 0.1
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)


# -------------------------------------------------------------------------------- recipes
@pytest.fixture(scope="module")
def scenes():
    return cache_scenes(task.rendered("val", 4, 128, most=3), 128, margin=1, progress=False)


@pytest.mark.parametrize("name", ["crowd_mobile", "crowd_mobile_dense"])
def test_the_recipes_networks_are_found_again_by_their_cards(scenes, name):
    recipe = tasks.get(name)
    assert tasks.kind_of(recipe) == "crowds"
    net = checkpoints.resolve("models", checkpoints.describe(recipe.network(scenes)))()
    form = "dense" if "dense" in name else "separable"
    assert sum(p.numel() for p in net.parameters()) == COUNTS[form][0]


def test_the_recipes_differ_in_the_network_alone():
    """Each begins with what its own form learnt, from the same single people."""
    for one, other in (("crowd_mobile", "crowd_mobile_dense"), ("heatmap_mobile", "heatmap")):
        one, other = tasks.get(one), tasks.get(other)
        as_one = {name: getattr(one, name) for name in ("name", "about", "model", "start")}
        if one.name == "heatmap_mobile":  # each form learns at the rate that suits it
            assert one.settings == dict(other.settings) | {"lr": one.settings["lr"]}
            as_one["settings"] = one.settings
        assert dataclasses.replace(other, **as_one) == one
    for name, start in (("crowd_mobile", "heatmap_mobile"), ("crowd_mobile_dense", "heatmap")):
        assert tasks.get(name).start == start
        assert checkpoints.card(start)["data"] == checkpoints.card("heatmap")["data"]
        assert checkpoints.card(start)["epochs"] == checkpoints.card("heatmap")["epochs"]


def test_it_begins_with_what_its_start_learnt(scenes):
    start, net = checkpoints.load_pretrained("heatmap_mobile")[0], mobile_crowd_net(18, 19)
    tasks.start_from(net, "heatmap_mobile")
    learnt, own = start.state_dict(), net.state_dict()
    same = [name for name in own if name in learnt and torch.equal(own[name], learnt[name])]
    assert {name for name in own if not name.startswith("heads.")} == set(same)


def test_one_person_is_learnt_by_separable_heatmaps():
    net = mobile_heatmap_net(14)
    assert sum(p.numel() for p in net.parameters()) == 181_982
    assert checkpoints.card("heatmap_mobile")["parameters"] == 181_982


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
