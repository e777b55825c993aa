"""Clips that need a memory, the recipes that learn from them, and what they refuse."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from posekit import cli, memory_scores, synthetic, tasks
from posekit.data.clip_crops import ClipDataset, cache_clips
from posekit.errors import InputError
from posekit.tasks import sequences
from posekit.tasks.sequences import Disturbed, SequencePlan, load_disturbed

NAMES = ("pose_machine", "pose_machine_no_memory", "pose_machine_stacked")
TINY = {"hidden": 4, "widths": (4, 4, 4, 8, 8)}
PLAN = SequencePlan(4, 2, 1, frames=3)


def tiny(name="pose_machine", **changes):
    plans = {"smoke": PLAN}
    return replace(tasks.get(name), options=TINY, start=None, batch_size=2, plans=plans, **changes)


@pytest.fixture(scope="module")
def clips():
    return load_disturbed("synthetic:train", 4, 3, progress=False)


# ----------------------------------------------------------------------------------- data
def test_disturbed_clips_have_hidden_joints_and_as_many_frames_as_wanted(clips):
    assert (len(clips), clips.frames, clips.crops.size) == (4, 3, 64)
    clean = load_disturbed("synthetic:train", 4, 3, kind="none", progress=False)
    assert (clips.crops.visible == 1).sum() > (clean.crops.visible == 1).sum()


def test_each_kind_of_disturbance_does_its_own():
    rendered = synthetic.Clips(0, 2, frames=6, size=64, fps=30)
    lengths = {kind: len(Disturbed(rendered, kind)[0]) for kind in sequences.DISTURBANCES}
    assert lengths == {"panned": 2, "both": 2, "passing": 6, "blur": 2, "none": 6}
    hidden = {kind: (Disturbed(rendered, kind)[0].visible == 1).mean() for kind in lengths}
    assert hidden["passing"] > hidden["none"] and hidden["both"] > hidden["blur"]
    np.testing.assert_array_equal(Disturbed(rendered, "none")[0].frames[0], rendered[0].frames[0])
    slow = synthetic.Clips(0, 2, frames=6, size=64, fps=6)  # a second, in which a pan goes far
    both, pan = (Disturbed(slow, kind)[0].keypoints for kind in ("both", "panned"))
    assert np.ptp((pan - both)[..., 0]) > 2, "a pan moves all joints besides"
    again = Disturbed(rendered)[1].frames[1]
    np.testing.assert_array_equal(Disturbed(rendered)[1].frames[1], again)


def test_of_so_many_clips_the_first_stays_clean_and_sharp():
    rendered = synthetic.Clips(0, 3, frames=6, size=64, fps=30)
    mixed = Disturbed(rendered, "both", clean=2)
    assert [len(clip) for clip in mixed] == [2, 2, 2]
    for i in (0, 2):
        np.testing.assert_array_equal(mixed[i].frames[1], rendered[i].frames[4])
        np.testing.assert_array_equal(mixed[i].visible, rendered[i].visible[1::3])
    np.testing.assert_array_equal(mixed[1].frames[1], Disturbed(rendered, "both")[1].frames[1])


def test_the_network_learns_from_clean_clips_too_and_is_chosen_on_disturbed_ones(monkeypatch):
    asked = {}
    monkeypatch.setattr(sequences, "load_disturbed", lambda data, *_, **o: asked.update({data: o}))
    recipe = replace(sequences.RECIPES[0], kind="panned")
    recipe.load("synthetic", SequencePlan(4, 4, 1), 0)
    assert asked["synthetic:train"]["clean"] == sequences.CLEAN
    assert "clean" not in asked["synthetic:val"]
    assert {options["kind"] for options in asked.values()} == {"panned"}


def test_the_splits_have_people_and_things_of_their_own(clips):
    val = load_disturbed("synthetic:val", 4, 3, progress=False)
    assert not {name for name, _ in clips.crops.people} & {name for name, _ in val.crops.people}


@pytest.mark.parametrize("data", ["synthetic", "jhmdb:test"])
def test_data_without_known_occlusion_is_refused(data):
    with pytest.raises(InputError, match="only rendered clips tell"):
        load_disturbed(data, 2)


def test_an_unknown_disturbance_is_refused():
    with pytest.raises(InputError, match="there are: panned, both, passing, blur, none"):
        load_disturbed("synthetic:val", 2, kind="rain")


def test_clips_that_cannot_be_learnt_from_are_refused_by_name():
    clip = synthetic.Clips(0, 1, frames=3, size=64)[0]
    with pytest.raises(InputError, match="has 3 frames, and 4 are asked for"):
        cache_clips([clip], 4, 64, progress=False)
    sizes = [np.zeros((side, side, 3), np.uint8) for side in (64, 64, 48)]
    with pytest.raises(InputError, match="frames of different sizes"):
        cache_clips([replace(clip, frames=sizes)], 3, 64, progress=False)
    points, visible = clip.keypoints.copy(), clip.visible.copy()
    points[1], visible[1] = np.nan, 0  # nobody there
    absent = replace(clip, keypoints=points, visible=visible)
    with pytest.raises(InputError, match="cannot be cut out"):
        cache_clips([absent], 3, 64, progress=False)


# --------------------------------------------------------------------------------- recipes
def test_the_three_networks_have_as_many_parameters_but_for_the_stacked_images(clips):
    with_memory, without, stacked = (
        sum(p.numel() for p in tasks.build(tasks.get(name), clips).parameters()) for name in NAMES
    )
    assert with_memory == without == 1_480_812
    assert 0 < stacked - with_memory < 0.01 * with_memory


def test_they_begin_with_the_weights_of_the_network_of_images(clips):
    net = tasks.build(tasks.get("pose_machine"), clips)
    before = net.unet.down[0][1].conv1.weight.detach().clone()
    tasks.start_from(net, "heatmap")
    assert not torch.equal(before, net.unet.down[0][1].conv1.weight)


def test_stacked_frames_begin_as_the_last_of_them_alone(clips):
    alone, stacked = (tasks.build(tasks.get(name), clips).eval() for name in (NAMES[0], NAMES[2]))
    for net in (alone, stacked):
        tasks.start_from(net, "heatmap")
    images = ClipDataset(clips).batch(range(2)).images[:, -1]  # (2, 3, H, W)
    before = torch.rand(2, 3 * (clips.frames - 1), *images.shape[-2:])
    with torch.no_grad():
        expected = alone.unet.features(images)
        found = stacked.unet.features(torch.cat([before, images], 1))
    torch.testing.assert_close(found, expected)


def test_the_loss_counts_every_frame_and_no_unlabelled_joint(clips):
    recipe = tiny()
    net = tasks.build(recipe, clips).eval()
    batch = ClipDataset(clips).batch(range(2))
    loss, count = recipe.loss(net, batch)
    assert count == (batch.visible > 0).sum() and loss.isfinite()
    for t in range(3):
        gone = batch.visible.clone()
        gone[:, t] = 0
        hidden = batch.keypoints.masked_fill((gone == 0)[..., None], torch.nan)
        other, fewer = recipe.loss(net, batch._replace(visible=gone, keypoints=hidden))
        assert fewer < count and other != loss and other.isfinite()
    nothing, count = recipe.loss(net, batch._replace(visible=0 * batch.visible))
    assert (nothing.item(), count.item()) == (0, 0)


def test_without_memory_a_frame_does_not_see_those_before_it(clips):
    batch = ClipDataset(clips).batch(range(2))
    changed = batch.images.clone()
    changed[:, 0] = 0
    for name, sees in zip(NAMES, (True, False, True)):
        recipe = tiny(name)
        net = tasks.build(recipe, clips).eval()
        with torch.no_grad():
            maps = [net(images, recipe.remember)[:, 1] for images in (batch.images, changed)]
        assert torch.equal(*maps) != sees, name


def test_a_network_of_single_frames_is_scored_by_single_frames(clips):
    recipe = tiny("pose_machine_no_memory")
    net = tasks.build(recipe, clips)
    assert list(recipe.report(net, clips, {})["controls"]) == ["reset", "one_euro"]
    found = memory_scores.scores(memory_scores.predict(net, clips, "reset"), clips)
    assert recipe.validate(net, clips)["pck"] == found["all"]["pck"]


def test_from_a_training_to_its_scores(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sequences, "RECIPES", (tiny(),))
    path = tasks.train("pose_machine", "smoke", folder=tmp_path, progress=False)
    found = tmp_path / "scores.json"
    words = ["eval", str(path), "--data", "synthetic:test", "--clips", "2", "--frames", "1"]
    assert cli.main([*words, "--disturbance", "none", "--json", str(found)]) == 0
    said = json.loads(found.read_text())
    assert (said["disturbance"], said["clips"], said["frames"]) == ("none", 2, 1)
    assert {row["all"]["joints"] for row in said["controls"].values()} == {28}
    assert "remembered" in capsys.readouterr().out
