"""The multitask recipes: what is learnt of which labels, the scores, and a training that learns."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from posekit import cli, clip_scores, evaluation, losses, synthetic, tasks
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.data.clip_crops import ClipBatch, ClipCrops, cache_clips
from posekit.data.crops import crop_labels
from posekit.errors import InputError
from posekit.models.multitask import MultitaskNet, Poses
from posekit.tasks import multitask
from posekit.tasks.multitask import ACTIONS, Examples, MultitaskPlan, action_loss, pose_loss

TINY = {"widths": (4, 8, 8, 8, 8), "width": 8}
CODEC = GaussianHeatmaps((64, 64), multitask.STRIDE, multitask.SIGMA)
RECIPE = replace(tasks.get("multitask"), options=TINY, start=None, batch_size=4)


@pytest.fixture(scope="module")
def clips() -> ClipCrops:
    """Four clips of three actions."""
    rendered = synthetic.Clips(0, 4, frames=3, size=64, action=ACTIONS[:3], fps=4)
    return cache_clips(rendered, 3, 64, ACTIONS[:3], progress=False)


def batch(clips, count=4) -> ClipBatch:
    return multitask.ClipDataset(clips).batch(range(count))


def right(clips, count=4) -> Poses:
    """What a network says that is never wrong, with heatmaps of one cell's mass."""
    given = batch(clips, count)
    points = torch.cat([given.keypoints, given.depths[..., None]], -1)
    maps = CODEC.encode(given.keypoints.flatten(0, 1), given.visible.flatten(0, 1))
    maps = maps / maps.sum((-1, -2), keepdim=True).clamp(min=1e-9)
    return Poses(
        points, 40 * (given.visible.float() - 1.5), maps.unflatten(0, given.visible.shape[:2])
    )


# --------------------------------------------------------------------------------- losses
def test_the_loss_of_the_truth_is_nothing(clips):
    assert pose_loss(right(clips), batch(clips)).item() == pytest.approx(0, abs=1e-3)
    wrong = right(clips)._replace(points=right(clips).points + torch.tensor([8.0, 0, 0]))
    inside = ((batch(clips).keypoints > -0.5) & (batch(clips).keypoints < 63.5)).all(-1)
    assert inside.all()  # one cell of x is |1| + 1 of three coordinates
    assert pose_loss(wrong, batch(clips)).item() == pytest.approx(2 / 3, abs=1e-2)


def test_a_joint_has_half_a_bump_at_least_wherever_it_is():
    """Jensen-Shannon leaves out joints whose bump reaches the map with less."""
    along = torch.linspace(0, 63, 127)
    points = torch.stack(torch.meshgrid(along, along, indexing="ij"), -1).view(1, -1, 2)
    maps = CODEC.encode(points, torch.full(points.shape[:2], 2))
    assert maps.amax((-1, -2)).min() > 0.5


def test_z_counts_only_where_it_is_known(clips):
    given = batch(clips)
    wrong = right(clips)
    wrong = wrong._replace(points=wrong.points + torch.tensor([0, 0, 0.25]))  # two cells
    assert pose_loss(wrong, given).item() == pytest.approx((2 + 4) / 3, abs=1e-2)
    flat = given._replace(depths=torch.full_like(given.depths, torch.nan))
    assert pose_loss(wrong, flat).item() == pytest.approx(0, abs=1e-3)
    assert pose_loss(wrong._replace(points=wrong.points[..., :2]), given).item() < 1e-3


def test_a_batch_without_space_or_without_actions_teaches_the_rest(clips):
    net, given = RECIPE.network(Examples(clips))().train(), batch(clips)
    flat = given._replace(depths=torch.full_like(given.depths, torch.nan))
    unnamed = given._replace(actions=torch.full((4,), -1))
    nothing = flat._replace(actions=unnamed.actions, visible=0 * given.visible)
    for part in (flat, unnamed, nothing):
        loss = RECIPE.loss(net, [part])
        loss.backward()
        assert loss.isfinite()
        assert all(p.grad is None or p.grad.isfinite().all() for p in net.parameters())
    out = net(unnamed.images)
    assert action_loss(out.actions, unnamed.actions).item() == 0
    assert action_loss(out.actions, given.actions).item() > 0
    with pytest.raises(InputError, match="actions must be from 0 to 2"):
        RECIPE.loss(net, [given._replace(actions=given.actions + 3)])


def test_the_action_loss_is_the_mean_over_everything_that_says_one():
    logits = {"pose": [torch.randn(2, 3), torch.randn(2, 3)], "fusion": [torch.randn(2, 3)]}
    labels = torch.tensor([1, 2])
    each = [losses.action_cross_entropy(x, labels) for said in logits.values() for x in said]
    assert action_loss(logits, labels).item() == pytest.approx(sum(each).item() / 3)


@pytest.mark.parametrize(
    "name, dims, streams, columns",
    [
        ("multitask", 3, {"pose", "appearance", "fusion"}, {"pck", "accuracy", "mpjpe_mm"}),
        ("multitask_2d", 2, set(), {"pck"}),
        ("multitask_3d", 3, set(), {"pck", "mpjpe_mm"}),
        ("multitask_action", 2, {"pose", "appearance", "fusion"}, {"accuracy"}),
    ],
)
def test_each_recipe_has_the_heads_of_its_tasks(clips, name, dims, streams, columns):
    recipe = replace(tasks.get(name), options=TINY)
    net = recipe.network(Examples(clips))().eval()
    out = net(batch(clips, 1).images)
    assert out.poses[-1].points.shape[-1] == dims and set(out.actions) == streams
    assert set(recipe.validate(net, clips)) == columns | {"choice"}


def test_the_action_alone_learns_nothing_of_joints(clips):
    recipe = replace(tasks.get("multitask_action"), options=TINY)
    net, given = recipe.network(Examples(clips))(), batch(clips)
    out = net(given.images)
    moved = given._replace(keypoints=given.keypoints + 9)
    assert recipe.penalty(out, given) == recipe.penalty(out, moved)


# --------------------------------------------------------------------------------- scores
def truth(clips) -> clip_scores.Found:
    points = np.concatenate([crop_labels(clips.crops)[0], clips.crops.depths[..., None]], -1)
    logits = np.eye(3)[clips.actions]
    seen = (clips.crops.visible == 2).astype(float)
    return clip_scores.Found(points, seen, {"pose": logits, "fusion": logits})


def test_the_truth_scores_all_that_can_be_had(clips):
    found = clip_scores.scores(truth(clips), clips)
    assert found["pck_seen"] == 100 and found["visibility"] == 100
    assert found["mpjpe_mm"] == pytest.approx(0, abs=1)
    assert found["accuracy"] == {"pose": 100, "fusion": 100, "answer": 100}


class TwoBlocks(torch.nn.Module):
    """The first says 0 of everything, the last how bright each frame is, and 1 of visibility."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, images):
        bright = images.mean((2, 3, 4))
        last = bright[..., None, None].expand(-1, -1, 14, 3)
        poses = [SimpleNamespace(points=0 * p, seen=0 * p[..., 0]) for p in (last, last)]
        poses[1] = SimpleNamespace(points=last, seen=last[..., 0] * 0 + 1)
        return SimpleNamespace(poses=poses, actions={"pose": [0 * bright, bright]})


def test_what_is_predicted_is_what_the_last_block_says_of_each_clip_in_order(clips):
    model = TwoBlocks().train()
    found = clip_scores.predict(model, clips, batch_size=3)
    bright = clips.crops.inputs().mean((1, 2, 3)) / 255
    np.testing.assert_allclose(found.points[:, 5, 2], bright, atol=1e-5)
    assert found.points.shape == (12, 14, 3) and np.ptp(bright) > 1e-3
    assert found.seen == pytest.approx(1 / (1 + np.exp(-1)))
    np.testing.assert_allclose(found.logits["pose"], bright.reshape(4, 3), atol=1e-5)
    assert model.training


def test_what_is_not_labelled_is_neither_right_nor_wrong(clips):
    """Of 6 joints of each frame that are labelled, 3 are said to be seen, and 2 of these are; of
    three clips with an action, one is right."""
    visible, seen = np.zeros((12, 14), np.uint8), np.zeros((12, 14))
    visible[:, :6], seen[:, :3], seen[:, 6:] = (2, 2, 1, 1, 1, 1), (0.6, 0.6, 0.6), 1
    actions = np.array([0, 1, -1, 1])
    some = replace(clips, crops=replace(clips.crops, visible=visible), actions=actions)
    said = {"pose": np.eye(3)[[2, 2, 2, 2]], "fusion": np.eye(3)[[0, 2, 2, 2]]}
    answers = truth(clips)._replace(seen=seen, logits=said)
    found = clip_scores.scores(answers, some)
    assert found["visibility"] == pytest.approx(100 * 5 / 6)
    third = pytest.approx(100 / 3)
    assert found["accuracy"] == {"pose": 0, "fusion": third, "answer": third}
    report = clip_scores.report(answers, some, evaluation.mean_pose(clips.crops))
    assert report["majority"] == pytest.approx(200 / 3)


def test_a_report_stands_beside_what_needs_no_network(clips):
    mean = evaluation.mean_pose(clips.crops)
    found = clip_scores.report(truth(clips), clips, mean)
    assert found["majority"] == 50  # four clips of three actions by turns
    assert found["constant"]["mpjpe_mm"] > found["mean_pose"]["mpjpe_mm"] > 50
    text = clip_scores.table(found)
    assert "fusion 100.0, most frequent action 50.0" in text and "4 clips of 3 frames" in text
    flat = replace(
        clips, crops=replace(clips.crops, keypoints_3d=None), actions=clips.actions * 0 - 1
    )
    found = clip_scores.report(
        truth(clips)._replace(points=truth(clips).points[..., :2]), flat, mean
    )
    assert "mpjpe_mm" not in found["model"] and "accuracy" not in found["model"]
    assert "action" not in clip_scores.table(found)


def test_shuffled_answers_are_the_same_ones_dealt_out_to_other_clips(clips):
    before = truth(clips)
    after = clip_scores.shuffled(before, clips.frames)
    order = after.logits["pose"].argmax(1)
    assert sorted(order) == sorted(clips.actions) and (after.points != before.points).any()
    pieces = {p.tobytes() for p in before.points.reshape(4, -1)}
    assert {p.tobytes() for p in after.points.reshape(4, -1)} == pieces


# ------------------------------------------------------------------------------- training
def test_it_overfits_one_batch(clips):
    torch.manual_seed(0)
    options = {"widths": (8, 16, 16, 16, 16), "width": 16, "dropout": 0.0}
    net = MultitaskNet(14, 3, depth=16, **options).train()
    optimiser, given, history = torch.optim.Adam(net.parameters(), 5e-3), batch(clips), []
    for _ in range(60):
        loss = RECIPE.loss(net, [given])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        history.append(loss.item())
    assert history[-1] < 0.25 * history[0]
    logits = net(given.images).actions["fusion"][-1]
    assert logits.argmax(-1).tolist() == given.actions.tolist()


def test_mixed_batches_have_images_in_them(clips):
    train, _ = RECIPE.load("synthetic", MultitaskPlan(30, 15, 1, 9, 2, 32), 0, None, False)
    assert (len(train), len(train.clips), len(train.stills)) == (39, 30, 9)
    parts = list(RECIPE.batches(train, 0)(0))
    assert len(parts) == math.ceil(30 / 4)
    assert [part.images.shape[1] for part in parts[0]] == [2, 1]
    assert torch.isnan(parts[0][1].depths).all() and (parts[0][1].actions == -1).all()
    assert train.clips.actions.tolist() == 2 * list(range(15))


def test_from_the_command_line_to_scores(tmp_path, monkeypatch, capsys):
    tiny = replace(
        RECIPE, name="tiny_multitask", plans={"smoke": MultitaskPlan(15, 15, 1, 4, 2, 32)}
    )
    monkeypatch.setattr(multitask, "RECIPES", (*multitask.RECIPES, tiny))
    folder = tmp_path / "run"
    train = ["train", "tiny_multitask", "--profile", "smoke", "--folder", str(folder)]
    assert cli.main(train) == 0
    weights = str(folder / "tiny_multitask.safetensors")
    card = json.loads((folder / "tiny_multitask.json").read_text())
    assert card["actions"] == list(ACTIONS) and card["frames"] == 2
    scored = ["eval", weights, "--data", "synthetic:test", "--clips", "15", "--shuffle"]
    scored += ["--backgrounds", "swapped", "--frames", "1", "--json", str(tmp_path / "found.json")]
    assert cli.main(scored) == 0
    assert "15 clips of 1 frames" in capsys.readouterr().out
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["shuffled"] and found["backgrounds"] == "swapped"
    assert "accuracy" not in found["model"]  # one frame is no action
    capsys.readouterr()
    assert cli.main(["eval", weights, "--data", "lsp:test", "--clips", "3"]) != 0
    assert "lsp has as many as it has" in capsys.readouterr().err
    assert cli.main(["eval", weights, "--data", "synthetic"]) != 0
    assert "must name the split too" in capsys.readouterr().err
