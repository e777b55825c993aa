"""Several people: whole images in, people out; training, scoring and the live detector."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from posekit import checkpoints, cli, crowds, live, skeletons, tasks
from posekit.data.batches import Augment
from posekit.data.sample import Sample
from posekit.data.scenes import SceneDataset, cache_scenes
from posekit.errors import InputError
from posekit.live.crowds import CrowdDetector
from posekit.models.crowd_nets import CrowdNet
from posekit.tasks import crowds as task

from .small_crowd import Oracle, learn

CODEC = task.CODEC
K = 18
TINY = task.CrowdPlan(6, 3, 1, 64, 3, photos=3)


def standing(x=100.0, y=60.0, size=60.0) -> np.ndarray:
    """(18, 2) a person with her arms out, ``size`` from the nose to the hips."""
    at = {
        **{"nose": (0, 0), "neck": (0, 0.25), "shoulder": (0.2, 0.27), "elbow": (0.5, 0.3)},
        **{"wrist": (0.8, 0.25), "hip": (0.15, 1), "knee": (0.2, 1.5), "ankle": (0.25, 2)},
        **{"eye": (0.06, -0.07), "ear": (0.15, -0.03)},
    }
    points = []
    for joint in skeletons.get("openpose18").joints:
        right = -1 if joint.startswith("right_") else 1
        dx, dy = at[joint.removeprefix("left_").removeprefix("right_")]
        points.append((x + right * dx * size, y + dy * size))
    return np.array(points)


TWO = np.stack([standing(80), standing(200, 70)])


def near(found, truth) -> bool:
    """Whether they are the same people, to a pixel, in any order."""
    away = np.abs(found[:, None] - truth[None]).max((-1, -2))
    return len(found) == len(truth) and (np.sort(away.min(1)) < 1).all()


@pytest.fixture(scope="module")
def scenes():
    return cache_scenes(task.rendered("val", 4, 128, most=3), 128, margin=1, progress=False)


@pytest.fixture
def from_scratch(monkeypatch):
    """ImageNet's package need not be there, and is not read."""
    monkeypatch.setattr(CrowdNet, "load_imagenet", lambda self: None)


# -------------------------------------------------------------------------- whole images
@pytest.mark.parametrize(
    "size, longer", [((256, 320), 320), ((100, 50), 64), ((10, 10_000), 512), ((1, 1), 32)]
)
def test_an_image_of_any_shape_fits(size, longer):
    fitted = crowds.fit_image(np.full((*size, 3), 255, np.uint8), longer)
    assert fitted.tensor.shape[2] % 32 == 0 and fitted.tensor.shape[3] % 32 == 0
    assert max(fitted.tensor.shape[2:]) == longer
    filled = (fitted.tensor[0, 0] > 0.99).float()
    rows, columns = int(filled[:, 0].sum()), int(filled[0].sum())
    np.testing.assert_allclose(fitted.scale, [columns / size[1], rows / size[0]])
    corner = fitted.to_image(np.array([columns - 0.5, rows - 0.5]))
    np.testing.assert_allclose(corner, [size[1] - 0.5, size[0] - 0.5], atol=1e-3)


@pytest.mark.parametrize(
    "image", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3)), np.zeros((0, 5, 3), np.uint8)]
)
def test_what_is_no_image_is_refused(image):
    with pytest.raises(InputError, match="the image must be"):
        crowds.fit_image(image)
    with pytest.raises(InputError, match="32 to 4096 pixels, 384 say, and not 31"):
        crowds.fit_image(np.zeros((5, 5, 3), np.uint8), 31)


@pytest.mark.parametrize("grouping", crowds.GROUPINGS)
@pytest.mark.parametrize("matching", ["greedy", "exact"])
def test_people_are_found_in_the_images_own_pixels(grouping, matching):
    """An image of twice the size: what the network says at (x, y) is at (2 x, 2 y)."""
    net = Oracle(TWO, np.full((2, K), 2))
    image = np.zeros((512, 640, 3), np.uint8)
    people = crowds.find_people(net, image, CODEC, 320, grouping, matching)
    assert net.seen == [(1, 3, 256, 320)]
    assert near(people.keypoints, (TWO + 0.5) * 2 - 0.5)


def test_an_empty_image_and_the_smallest_one_have_nobody():
    torch.manual_seed(0)
    net = CrowdNet(K, 19, 16).eval()
    for size in ((1, 1), (10, 10_000), (60, 60)):
        people = crowds.find_people(net, np.zeros((*size, 3), np.uint8), CODEC, 64)
        assert len(people.keypoints) == 0


def test_an_unknown_grouping_is_refused():
    with pytest.raises(InputError, match="no grouping 'none'; there are: pafs, centres"):
        crowds.find_people(
            Oracle(TWO, np.ones((2, K))), np.zeros((64, 64, 3), np.uint8), CODEC, 64, "none"
        )


# -------------------------------------------------------------------------------- losses
@pytest.mark.parametrize("penalty", task.PENALTIES)
def test_the_penalties_are_least_at_the_target_and_masked(penalty):
    cost = task.PENALTIES[penalty]
    targets = torch.rand(1, 2, 5, 5) * 0.98 + 0.01
    right = targets if penalty == "squared" else torch.logit(targets)
    weights = torch.ones(1, 1, 5, 5)
    least = cost(right, targets, weights)  # of the cross entropy: what the targets have themselves
    assert penalty == "entropy" or least < 1e-6
    off = right + 0.3 * torch.randn(right.shape)
    assert cost(off, targets, weights) > least + 1e-3
    assert cost(off, targets, 0 * weights) == 0
    weights[..., 2, 2] = 0
    least, off = cost(right, targets, weights), right.clone()
    off[..., 2, 2] += 9
    assert cost(off, targets, weights) == pytest.approx(float(least), abs=1e-6)


def test_fields_are_scored_as_a_share_and_offsets_as_a_mean():
    targets, weights = torch.randn(1, 4, 6, 6), torch.ones(1, 4, 6, 6)
    assert task.share_missed(torch.zeros_like(targets), targets, weights) == pytest.approx(1)
    assert task.share_missed(targets, targets, weights) == 0
    assert task.share_missed(targets + 1, 0 * targets, 0 * weights) == 0, "no limb in the batch"
    weights[:, :, 3:] = 0
    assert task.mean_error(targets + 2, targets, weights) == pytest.approx(2)
    assert task.mean_error(targets + 2, targets, 0 * weights) == 0


@pytest.mark.parametrize("name", ["crowd", "crowd_photos"])
def test_the_recipes_networks_are_found_again_by_their_cards(scenes, name):
    recipe = tasks.get(name)
    assert tasks.kind_of(recipe) == "crowds" and recipe.start.startswith("heatmap")
    for penalty, logits in (("focal", True), ("entropy", True), ("squared", False)):
        build = dataclasses.replace(recipe, penalty=penalty).network(scenes)
        net = checkpoints.resolve("models", checkpoints.describe(build))()
        assert net.heads.logits is logits and net.heads.pafs.out_channels == 2 * 19


def test_nobody_in_a_batch_is_no_trouble():
    empty = Sample(
        "a", "coco17", np.zeros((0, 17, 2)), np.zeros((0, 17)), np.zeros((64, 64, 3), np.uint8)
    )
    batch = SceneDataset(cache_scenes([empty], 64, margin=1)).batch([0, 0])
    net = CrowdNet(K, 19, 16)
    value, count = tasks.get("crowd").loss(net, batch)
    value.backward()
    assert torch.isfinite(value) and count == 1
    assert all(p.grad.isfinite().all() for p in net.parameters())


def test_what_is_masked_has_no_gradient(scenes):
    """A batch whose weights are 0 teaches nothing but the ways from each person's centre."""
    batch = SceneDataset(scenes).batch([0, 1])
    nothing = batch._replace(weights=0 * batch.weights)
    net = CrowdNet(K, 19, 16)
    recipe = dataclasses.replace(tasks.get("crowd"), offset_weight=0.0)
    recipe.loss(net, nothing)[0].backward()
    assert max(p.grad.abs().max() for p in net.parameters() if p.grad is not None) == 0
    recipe.loss(net, batch)[0].backward()
    assert max(p.grad.abs().max() for p in net.parameters()) > 0


# ------------------------------------------------------------------------------ learning
def test_squared_errors_fall(scenes):
    _, losses = learn(dataclasses.replace(tasks.get("crowd"), penalty="squared"), scenes, 20, 4e-3)
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.slow
def test_four_scenes_are_learnt_by_heart(scenes):
    """The loss falls, both groupings find the people, and with shuffled maps nobody does."""
    net, losses = learn(tasks.get("crowd"), scenes, 120, 4e-3)
    assert losses[-1] < 0.1 * losses[0]
    images, options = task.samples_of(scenes), {"resamples": 0}
    for grouping in crowds.GROUPINGS:
        found = task.score(net, images, CODEC, 128, grouping=grouping, **options)
        mixed = crowds.Shuffled(net)
        lost = task.score(mixed, images, CODEC, 128, grouping=grouping, **options)
        assert found["figures"]["AP50"] > 0.5, (grouping, found)
        assert lost["figures"]["AP50"] < 0.2 * found["figures"]["AP50"], (grouping, lost)


# ------------------------------------------------------------------------------- commands
def test_a_training_is_resumed_and_scored(tmp_path, capsys, from_scratch, monkeypatch):
    recipe = dataclasses.replace(tasks.get("crowd"), plans={"smoke": TINY})
    monkeypatch.setattr(task, "RECIPES", (recipe,))
    command = ["train", "crowd", "--profile", "smoke", "--epochs", "2", "--folder"]
    assert cli.main([*command, str(tmp_path / "whole")]) == 0
    path = tmp_path / "whole" / "crowd.safetensors"
    card = checkpoints.card(path)
    assert card["task"] == "crowds" and card["codec"] == CODEC and card["size"] == 64
    assert card["terms"].startswith("MIT") and card["metrics"]["images"] == 3
    assert path.stat().st_size <= 6e6

    assert cli.main([*command, str(tmp_path / "again")]) == 0
    again = tmp_path / "again" / "crowd.safetensors"
    assert checkpoints.hash_of(again) == checkpoints.hash_of(path), "same seed, same weights"
    again.unlink()
    assert cli.main([*command, str(tmp_path / "again"), "--resume"]) == 0
    assert checkpoints.hash_of(again) == checkpoints.hash_of(path)

    capsys.readouterr()
    out, rows = tmp_path / "found.json", tmp_path / "results.json"
    options = ["--data", "synthetic:test", "--people", "8", "--side", "64", "--json", str(out)]
    options += ["--results", str(rows), "--grouping", "centres", "--body"]
    assert cli.main(["eval", str(path), *options]) == 0
    found = json.loads(out.read_text())
    assert found["images"] == 8 and found["people"] == 36 and found["grouping"] == "centres"
    assert set(found["figures"]) >= {"AP", "AP50", "AP_medium", "AR_large"}
    assert isinstance(json.loads(rows.read_text()), list)
    assert "8 images, 36 people with 12, without the face joints" in capsys.readouterr().out


def test_a_network_that_knows_is_scored_one(scenes):
    """Its maps are the truth's: the figures are those of the codec alone."""
    image = np.zeros((256, 320, 3), np.uint8)
    areas = np.full(2, 120.0**2)
    truth = Sample("a", "openpose18", TWO, np.full((2, K), 2), image, areas=areas)
    found = task.score(Oracle(TWO, np.full((2, K), 2)), [truth], CODEC, 320)
    assert found["figures"]["AP"] == pytest.approx(1) and found["interval"] == (1, 1)
    assert found["people"] == 2 and found["AP_not_small"] == pytest.approx(1)
    mixed = crowds.Shuffled(Oracle(TWO, np.full((2, K), 2)))
    assert task.score(mixed, [truth], CODEC, 320)["figures"]["AP"] == 0
    lines = task.coco_results.table(found).splitlines()
    assert lines[0].startswith("AP") and "1.000 to 1.000" in lines[0]


def test_images_to_score():
    some = task.open_images("synthetic:test", people=4)
    assert [len(sample) for sample in some] == [1, 2, 3, 4] and some[0].skeleton == "coco17"
    val = task.open_images("synthetic:val", people=1)
    assert not np.array_equal(some[0].image, val[0].image)
    photos = task.open_images("photos:all")
    assert len(photos) == 7 and photos[0].crowd is not None
    with pytest.raises(InputError, match="must name the split too"):
        task.open_images("coco")
    with pytest.raises(InputError, match="--people is for rendered scenes"):
        task.open_images("photos:test", people=3)
    nobody = Sample("a", "coco17", np.zeros((0, 17, 2)), np.zeros((0, 17)), size=(9, 9))
    with pytest.raises(InputError, match="nobody is labelled"):
        task.coco_results.figures([nobody], [], "openpose18")


@pytest.mark.mirror
def test_photographs_are_put_together_with_rendered_people(mirror, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    recipe = tasks.get("crowd_photos")
    train, val = recipe.load(recipe.dataset, TINY, 0, None, False)
    assert len(train) == 3 + 2 * 3 + 6 and train.alone.sum() == 9, "lsp, lspet twice, rendered"
    assert len(val) == 3 and not val.alone.any()
    batch = SceneDataset(train, Augment(), 0, share=1.0).batch([0, 4, 12])
    assert (batch.visible[2] > 0).any()
    face = [skeletons.get("openpose18").index(name) for name in ("nose", "left_eye", "right_ear")]
    assert not batch.visible[:2, :, face].any()
    card = recipe.card(recipe.dataset, train, val)
    assert card["data"].startswith("lsp+lspet+synthetic, 15 images")


# ----------------------------------------------------------------------------- live demo
@pytest.fixture
def detector(monkeypatch):
    def make(**options):
        net = Oracle(TWO, np.full((2, K), 2))
        card = {"name": "crowd", "terms": "MIT", "skeleton": "openpose18", "codec": CODEC}
        monkeypatch.setattr(checkpoints, "load_pretrained", lambda name: (net, card))
        return CrowdDetector("crowd", sides=320, **options)

    return make


def test_the_detector_finds_everybody_with_scores(detector):
    with detector() as crowd:
        found = crowd.detect(np.zeros((256, 320, 3), np.uint8))
    assert near(found.keypoints, TWO) and found.scores.shape == (2, K)
    assert (found.visible == 2).all() and "any number of people" in crowd.about
    assert len(detector(poses=1).detect(found.image)) == 1
    assert len(detector(confidence=1.0).detect(found.image)) == 0
    assert len(detector(grouping="centres").detect(found.image)) == 2


@pytest.mark.parametrize(
    "options, message",
    [
        ({"poses": 0}, "poses must be at least 1"),
        ({"confidence": 2}, r"within \[0, 1\]"),
        ({"grouping": "none"}, "no grouping"),
    ],
)
def test_settings_of_the_detector(detector, options, message):
    with pytest.raises(InputError, match=message):
        detector(**options)


def test_a_checkpoint_is_shown_live(tmp_path, from_scratch, monkeypatch, capsys):
    recipe = dataclasses.replace(tasks.get("crowd"), plans={"smoke": TINY})
    monkeypatch.setattr(task, "RECIPES", (recipe,))
    path = tasks.train("crowd", "smoke", folder=tmp_path / "run", progress=False)
    live.write_image(tmp_path / "a.png", np.zeros((40, 60, 3), np.uint8))
    source = ["--source", str(tmp_path / "a.png"), "--out", str(tmp_path / "b.png")]
    assert cli.main(["live", "--model", str(path), *source, "--sides", "64", "96"]) == 0
    shown = capsys.readouterr().out
    assert "for any number of people (MIT" in shown and "people found: 0 in 1" in shown
