"""Recipes that lift: from the command line to a score; losses, splits, who chooses."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from posekit import checkpoints, cli, synthetic, tasks
from posekit.data.takes import LiftBatch, LiftWindows, take_of
from posekit.errors import InputError
from posekit.models.lifters import LinearLifter, PoseMachineLifter, Stages, TemporalLifter
from posekit.tasks import Plan, lifting
from posekit.tasks.lifting import machine_loss, pose_loss

SMALL = {
    "linear": (partial(LinearLifter, 15, 64, dropout=0.0), pose_loss, 1),
    "temporal": (partial(TemporalLifter, 15, 64, (3, 3), dropout=0.0), pose_loss, 9),
    "machine": (partial(PoseMachineLifter, 15, 64, dropout=0.0), machine_loss, 9),
}


@pytest.fixture(scope="module")
def takes():
    return lifting.synthetic_takes("train", 4)


@pytest.fixture(scope="module")
def clip():
    return synthetic.Motions(seed=3, count=1, frames=5, action="walk")[0]


def windows(takes, frames, **options):
    return LiftWindows(takes, frames, units="person", **options)


# ----------------------------------------------------------------------------------- losses
def test_the_pose_loss_is_of_the_middle_frames(takes):
    batch = windows(takes, 9).batch(range(20))
    model = lambda points: torch.zeros(20, 1, 15, 3)  # noqa: E731
    value, count = pose_loss(model, batch)
    assert value.item() == pytest.approx(batch.joints[:, 4].norm(dim=-1).mean().item(), rel=1e-5)
    assert count == 20 * 15


class Machine:
    """Answers what it is told, and projects true joints to what it is told."""

    def __init__(self, stages, projected):
        self.stages, self.projected = stages, projected

    def __call__(self, points):
        return self.stages

    def projector(self, joints):
        return self.projected


def test_the_machines_loss_has_six_terms(takes):
    batch = windows(takes, 5).batch(range(8))
    target = lifting.person_units(batch.points, 0)

    def loss(coarse=0.0, refined=0.0, projected=0.0, of_truth=0.0):
        stages = Stages(batch.joints + coarse, batch.joints + refined, target + projected)
        return machine_loss(Machine(stages, target + of_truth), batch)[0].item()

    assert loss() == pytest.approx(0, abs=1e-6)
    assert loss(coarse=0.1) == pytest.approx(0.1 * 3**0.5, rel=1e-4)  # a shift keeps the bones
    assert loss(refined=0.1) == pytest.approx(0.1 * 3**0.5, rel=1e-4)
    assert loss(projected=0.1) == pytest.approx(0.01, rel=1e-4)
    assert loss(of_truth=0.1) == pytest.approx(0.01, rel=1e-4)
    turned = batch.joints[..., [1, 0, 2]] - batch.joints
    assert loss(coarse=turned) > turned.norm(dim=-1).mean().item() + 0.01


def test_unknown_joints_in_space_do_not_count(takes):
    batch = windows(takes, 5).batch(range(8))
    visible, target = batch.visible.clone(), lifting.person_units(batch.points, 0)
    visible[:, :, 3] = 0
    spoiled = batch.joints.clone()
    spoiled[:, :, 3] = torch.nan
    stages = Stages(batch.joints, batch.joints, target)
    batch = LiftBatch(batch.points, spoiled, visible)
    # A projection of joints of which some are unknown says nothing.
    found, count = machine_loss(Machine(stages, target + 9), batch)
    assert found.item() == pytest.approx(0, abs=1e-6) and count == 8 * 5 * 14


@pytest.mark.parametrize("name", SMALL)
def test_it_learns_one_batch(takes, name):
    make, loss, frames = SMALL[name]
    torch.manual_seed(0)
    model = make()
    batch = windows(takes, frames, flip=0).batch(range(0, 200, 20))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    errors = []
    for _ in range(80):
        value = loss(model, batch)[0]
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        errors.append(value.item())
    assert errors[-1] < 0.25 * errors[0], (errors[0], errors[-1])


# ------------------------------------------------------------------------------------ data
def test_synthetic_splits_share_nobody():
    people = {
        split: {take.group for take in lifting.synthetic_takes(split, 3)}
        for split in ("train", "val", "test")
    }
    assert not (people["train"] & people["val"] or people["train"] & people["test"])


def test_every_motion_is_seen_by_several_cameras(takes):
    assert len(takes) == 4 * lifting.SEEN["views"]
    first, second = takes[:2]
    assert first.group == second.group and np.abs(first.joints - second.joints).max() > 0.1


@pytest.mark.parametrize(
    "name, split, message",
    [
        ("lsp", "test", "no data set to lift 'lsp'; there are: humaneva"),
        ("humaneva", "val", "given with its split"),
        ("synthetic", "", "synthetic:test"),
    ],
)
def test_data_that_there_are_not(name, split, message):
    with pytest.raises(InputError, match=message):
        lifting.open_takes(name, split)


@pytest.mark.mirror
def test_humaneva_is_split_as_published_and_by_person(mirror, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    train, test, without = (
        lifting.open_takes(name, split)
        for name, split in (("humaneva", "train"), ("humaneva", "test"), ("humaneva-S2", "train"))
    )
    assert sum(len(take.points) for take in train) == 10_041
    assert sum(len(take.points) for take in test) == 10_569
    assert {take.action for take in test} == set(lifting.ACTIONS)
    assert {take.group for take in train} == {take.group for take in test} == {"S1", "S2", "S3"}
    assert {take.group for take in without} == {"S1", "S3"}
    recipe = replace(tasks.get("lifter_humaneva"), turns=0)
    learnt, kept = recipe.load("humaneva", Plan(None, None, 1), 0)
    learnt, kept = (sum(len(take.points) for take in part) for part in (learnt, kept))
    assert learnt + kept == 10_041 and 0.07 < kept / 10_041 < 0.1
    # Points in space are seen where the file says they are.
    take = test[0]
    assert np.abs(take.joints[:, 0]).max() == 0 and (take.joints[..., 1].max() > 0.5)
    with pytest.raises(InputError, match="no person 'S9'; there are: S1, S2, S3"):
        lifting.open_takes("humaneva-S9", "train")


def test_a_turned_clip_is_the_same_motion_from_elsewhere(clip):
    other = lifting.turned(clip, 1.0)
    joints = clip.extra["keypoints_3d"]
    np.testing.assert_allclose(other.extra["keypoints_3d"], joints, atol=1e-6)
    np.testing.assert_allclose(other.keypoints, other.camera.project(joints), atol=1e-3)
    one, two = clip.camera.position, other.camera.position
    angle = np.arctan2(two[1], two[0]) - np.arctan2(one[1], one[0])
    assert np.angle(np.exp(1j * angle)) == pytest.approx(1.0) and two[2] == pytest.approx(one[2])
    # From elsewhere, the same joints about the root are turned about the vertical.
    a, b = (take_of(c).joints for c in (clip, other))
    assert np.abs(a - b).max() > 0.1
    np.testing.assert_allclose(np.linalg.norm(a, axis=-1), np.linalg.norm(b, axis=-1), atol=1e-4)
    same = lifting.turned(clip, 2 * np.pi)
    np.testing.assert_allclose(same.keypoints, clip.keypoints, atol=1e-3)


@pytest.mark.mirror
def test_turned_takes_are_learnt_from_and_choose_nothing(mirror, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    plan = Plan(None, None, 1)
    recipe = replace(tasks.get("lifter_humaneva"), turns=0)
    learnt, kept = recipe.load("humaneva-S2", plan, 0)
    more, same = replace(recipe, turns=2).load("humaneva-S2", plan, 0)
    assert [take.id for take in same] == [take.id for take in kept]
    assert [len(t.points) for t in more] == 3 * [len(t.points) for t in learnt]
    assert {take.group for take in more} == {"S1", "S3"}


@pytest.mark.mirror
def test_cmus_subjects_are_apart(mirror, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    found = lifting.open_takes("cmu_mocap", "test")
    assert {take.group for take in found} == {"03"}
    learnt = lifting.open_takes("cmu_mocap", "train", motions=30)
    assert {take.group for take in learnt} == {"01"}, "one recording: 30 motions are one person's"
    assert len({take.id.partition("-")[0] for take in learnt}) == 1
    assert max(len(take.points) for take in found) == lifting.SEEN["frames"]


# ----------------------------------------------------------------------------------- recipes
def test_every_recipe_describes_its_network(takes):
    for recipe in lifting.RECIPES:
        named = checkpoints.describe(recipe.network(takes))
        net = checkpoints.resolve("models", named)()
        assert recipe.frames >= net.field and recipe.points in lifting.scores.POINTS
        assert 1 <= recipe.hop <= recipe.frames


TINY = replace(
    tasks.get("lifter"),
    model=partial(PoseMachineLifter, hidden=32),
    dataset="synthetic",
    plans={"smoke": Plan(3, 2, 2), "quick": Plan(3, 2, 2), "full": Plan(3, 2, 2)},
)


def test_from_training_to_a_score(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lifting, "RECIPES", (TINY,))
    monkeypatch.setattr(lifting, "synthetic_takes", partial(few, lifting.synthetic_takes))
    folder = str(tmp_path / "run")
    assert cli.main(["train", "lifter", "--profile", "smoke", "--folder", folder]) == 0
    path = tmp_path / "run" / "lifter.safetensors"
    card = checkpoints.card(path)
    assert card["task"] == "lifting" and card["units"] == "person" and card["points"] == "faults"
    assert card["terms"] == tasks.SYNTHETIC_TERMS and len(card["mean_pose"]) == 15
    out = tmp_path / "found.json"
    capsys.readouterr()
    command = ["eval", str(path), "--data", "synthetic:test", "--json", str(out)]
    assert cli.main([*command, "--points", "noise", "--correct", "code", "--no-flip"]) == 0
    found = json.loads(out.read_text())
    assert found["points"] == "noise" and found["corrected"] == "code" and not found["flip"]
    assert found["p2"] <= found["p1"] and "P2, after a similarity" in capsys.readouterr().out


def few(synthetic_takes, split, count, seed=0):
    return synthetic_takes(split, min(count, 3), seed)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"points": "guessed"}, "truth, noise, faults"),
        ({"person": "S9"}, "no person 'S9'"),
        ({"correct": "x"}, "'x'; there are: refiner, code, joints"),
    ],
)
def test_options_that_there_are_not(monkeypatch, options, message):
    monkeypatch.setattr(lifting, "synthetic_takes", partial(few, lifting.synthetic_takes))
    card = {"units": "person", "mean_pose": np.zeros((15, 3))}
    with pytest.raises(InputError, match=message):
        TINY.evaluate(PoseMachineLifter(15, 8), card, "synthetic:test", **options)


# ----------------------------------------------------------------------------------- shipped
SHIPPED = [name for name in checkpoints.names() if checkpoints.card(name)["task"] == "lifting"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_says_what_it_reached(name):
    found = checkpoints.card(name)["metrics"]
    assert found["p1"] < 0.5 * found["mean_pose"] and found["p2"] < found["p1"]
    assert checkpoints.card(name)["points"] == found["points"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_looks_at_its_points(name, request, monkeypatch):
    """It beats the mean pose, and does not with the points of other frames."""
    model, card = checkpoints.load_pretrained(name)
    takes = lifting.synthetic_takes("test", 4)
    if "synthetic" not in card["data"]:
        monkeypatch.setenv("POSEKIT_MIRROR", str(request.getfixturevalue("mirror")))
        takes = lifting.open_takes("humaneva", "test")[::9]
    asked = lifting.scores.Asked(card["units"], card["points"])
    found = lifting.scores.score(model, takes, card["mean_pose"], asked)
    assert found["p1"] < 0.7 * found["mean_pose"]
    rng = np.random.default_rng(0)
    mixed = np.concatenate([take.points for take in takes])
    rng.shuffle(mixed)
    parts = np.split(mixed, np.cumsum([len(take.points) for take in takes])[:-1])
    others = [take._replace(points=part) for take, part in zip(takes, parts)]
    found = lifting.scores.score(model, others, card["mean_pose"], asked)
    assert found["p1"] > 0.9 * found["mean_pose"]
