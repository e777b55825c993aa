"""Actions of skeletons: who chooses the epoch, what is changed, what is scored; it learns."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit import catalog, checkpoints, cli, skeletons, tasks
from posekit.data import Clip
from posekit.data.skeleton_clips import pose_images
from posekit.errors import InputError
from posekit.models.action_streams import pose_stream
from posekit.tasks import Plan, skeleton_actions
from posekit.tasks.skeleton_actions import changed, last_tenth, prepare

FLIP = skeletons.get("penn13").flip
CLASSES = ("bowl", "squat", "situp")
SIDES = ("left_shoulder", "right_shoulder", "left_knee")
RECIPE = replace(
    tasks.get("penn_pose"),
    name="tiny_penn",
    model=partial(pose_stream, dims=2, width=16, dropout=0.0),
    classes=CLASSES,
    plans={"smoke": Plan(None, None, 8)},
    frames=4,
    batch_size=8,
)


def clip(number: int, action: str, frames: int = 11) -> Clip:
    """Another joint goes up for every action: it is told by coordinates alone."""
    rng = np.random.default_rng(number)
    points = np.random.default_rng(99).uniform(50, 150, (1, 1, 13, 2)).repeat(frames, 0)
    points = points + rng.normal(0, 2, points.shape)
    points[:, :, 2 + 3 * CLASSES.index(action), 1] -= np.linspace(0, 90, frames)[:, None]
    visible = np.full((frames, 1, 13), 2)
    fields = {"size": (270, 480), "action": action, "group": str(number)}
    return Clip(f"{number:04}", "penn13", points, visible, **fields)


def clips(count: int, first: int = 0) -> list[Clip]:
    return [clip(n, CLASSES[n % 3]) for n in range(first, first + count)]


@pytest.fixture
def made(monkeypatch):
    """60 clips to learn from, 30 to score."""
    splits = {"train": clips(60), "test": clips(30, 100)}
    load = lambda name, split, root=None, **options: splits[split]  # noqa: E731
    monkeypatch.setattr(catalog, "load_clips", load)
    return splits


# ----------------------------------------------------------------------------------- data
def test_clips_are_prepared_as_the_chapters_have_it():
    images, actions = prepare(clips(7), 4, CLASSES).tensors
    np.testing.assert_array_equal(images, pose_images(clips(7), 8))
    assert images.shape == (7, 2, 8, 13) and actions.tolist() == [0, 1, 2, 0, 1, 2, 0]


def test_a_clip_shorter_than_the_window_shows_frames_several_times():
    images, _ = prepare([clip(0, "bowl", frames=3)], 16, CLASSES).tensors
    assert images.shape == (1, 2, 32, 13) and len(np.unique(images[0, 0, :, 0])) == 3


def test_an_action_outside_the_classes_is_named():
    with pytest.raises(InputError, match="0001: 'squat' is none of: bowl, situp"):
        prepare(clips(3), 4, ("bowl", "situp"))
    with pytest.raises(InputError, match="0000: None is none of"):
        prepare([replace(clip(0, "bowl"), action=None)], 4, CLASSES)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=80))
def test_the_last_tenth_of_each_action_is_kept_back(actions):
    actions = np.array(actions)
    kept = last_tenth(actions)
    for action in np.unique(actions):
        own = kept[actions == action]
        assert own.sum() == -(-len(own) // 10) and own[-own.sum() :].all()


def test_who_chooses_is_not_learnt_from(made):
    train, val = RECIPE.load("penn_action", RECIPE.plans["smoke"], 0)
    assert (len(train), len(val)) == (54, 6) and np.bincount(val.tensors[1]).tolist() == [2, 2, 2]
    images = torch.cat([train.tensors[0], val.tensors[0]]).flatten(1)
    assert len(torch.unique(images, dim=0)) == 60


@given(st.integers(0, 10**6))
def test_what_is_changed_keeps_lengths_but_for_the_zoom(seed):
    """A body is turned about the middle, mirrored or not, and scaled by at most a tenth."""
    images = pose_images(clips(6), 8)
    once = images[:, :, ::2].repeat(2, axis=2)  # both frames of a pair are the same
    found = changed(once, FLIP, np.random.default_rng(seed))
    assert found.shape == (6, 2, 4, 13) and found.dtype == np.float32
    length, before = (np.linalg.norm(x, axis=1) for x in (found, once[:, :, ::2]))
    zoom = np.stack([length / before, length / before[..., FLIP]])
    either = np.ptp(zoom, axis=(2, 3)) < 1e-3  # as it was, or with left and right renamed
    assert either.any(0).all()
    kept = zoom.mean((2, 3))[either]
    assert (kept > 0.899).all() and (kept < 1.101).all()


def test_each_frame_is_one_of_its_pair():
    images = np.arange(8.0).reshape(1, 1, 8, 1).repeat(2, 1).repeat(13, 3).repeat(50, 0)
    found = changed(images, np.arange(13), np.random.default_rng(0))
    lengths = np.linalg.norm(found, axis=1)[:, :, 0] / np.sqrt(2)
    drawn = lengths / (np.arange(8)[1::2] + 1e-9)  # up to the zoom, 1 for the second of a pair
    assert found.shape[2] == 4 and (drawn[:, 3] > 0.75).all() and np.ptp(drawn[:, 1]) > 0.2


def test_a_mirrored_clip_has_left_and_right_renamed():
    """A mirror swaps the sides, and renaming swaps them back; what is on both sides shows it."""
    body = skeletons.get("penn13")
    left, right_, knee = map(body.index, SIDES)
    images = np.zeros((40, 2, 8, 13), np.float32)
    images[:, 0, :, left], images[:, 0, :, right_], images[:, :, :, knee] = -1, 1, -1
    found = changed(images, body.flip, np.random.default_rng(1)).mean(2)
    assert (found[:, 0, left] < -0.8).all() and (found[:, 0, right_] > 0.8).all()
    raised = np.abs(found[:, 1][:, [knee, body.flip[knee]]]) > 0.3
    assert (raised.sum(1) == 1).all() and 5 < raised[:, 0].sum() < 35


# --------------------------------------------------------------------------------- scores
class Says(torch.nn.Module):
    """The action whose joint goes up most."""

    def __init__(self):
        super().__init__()
        self.device = torch.nn.Parameter(torch.zeros(1))

    def forward(self, images):
        rise = images[:, 1, 0] - images[:, 1, -1]
        return [torch.zeros(len(images), 3), 9 * rise[:, [2, 5, 8]]]


def test_a_report_counts_each_action():
    examples = prepare([*clips(30), *[clip(n, "bowl") for n in range(50, 60)]], 4, CLASSES)
    examples.tensors[1][:3] = torch.tensor([1, 1, 2])  # one of them is labelled wrong
    found = RECIPE.report(Says(), examples, {})
    assert found["clips"] == 40 and found["accuracy"] == 97.5
    assert found["standard_error"] == pytest.approx(100 * (0.975 * 0.025 / 40) ** 0.5)
    assert found["by_action"] == {"bowl": 100, "squat": pytest.approx(1000 / 11), "situp": 100}
    assert found["majority"] == 100 * 19 / 40
    assert "squat                      90.9" in RECIPE.table(found)
    assert RECIPE.validate(Says(), examples) == {"accuracy": 97.5}


def test_the_model_is_left_in_its_mode():
    model = Says().train()
    RECIPE.answers(model, prepare(clips(3), 4, CLASSES))
    assert model.training


def test_both_looks_at_a_clip_count():
    """Frames that are seen in the first look alone say one action, the others a surer one."""
    images, _ = prepare(clips(2), 4, CLASSES).tensors
    images[:, :, ::2], images[:, :, 1::2] = 1, 3

    class Sure(Says):
        def forward(self, images):
            sure = torch.tensor([1.0, 0, 0]) if images.max() < 2 else torch.tensor([0.0, 4, 0])
            return [sure.expand(len(images), 3)]

    both = torch.utils.data.TensorDataset(images, torch.tensor([0, 1]))
    assert RECIPE.answers(Sure(), both)[0].argmax(1).tolist() == [1, 1]
    images[:, :, 1::2] = 1
    assert RECIPE.answers(Sure(), both)[0].argmax(1).tolist() == [0, 0]


def test_no_batch_has_one_clip_alone(made):
    """Batch norm has no variance of one. Of 57 clips in batches of 8 one would be left over."""
    train, _ = RECIPE.load("penn_action", RECIPE.plans["smoke"], 0)
    train = torch.utils.data.TensorDataset(*train[torch.arange(57) % 54])
    sizes = [len(actions) for _, actions in RECIPE.batches(train, 0)(0)]
    assert sizes == 7 * [8]


def test_as_many_looks_as_are_asked_for(made):
    """Frames of each part in turn, in training and in scoring."""
    recipe = replace(RECIPE, looks=3)
    train, _ = recipe.load("penn_action", RECIPE.plans["smoke"], 0)
    assert train.tensors[0].shape[2] == 12
    assert recipe.batches(train, 0)(0)[0][0].shape == (8, 2, 4, 13)

    class Counts(Says):
        def forward(self, images):
            assert images.shape[2] == 4
            shown.append(images[0, 0, 0, 0].item())
            return super().forward(images)

    shown, images = [], train.tensors[0]
    recipe.answers(Counts(), train)
    assert shown == images[0, 0, :3, 0].tolist()


def test_the_reader_s_options_reach_it(monkeypatch):
    asked = []

    def load(name, split, root=None, **options):
        asked.append((name, split, options["fold"]))
        return clips(30)

    monkeypatch.setattr(catalog, "load_clips", load)
    recipe = replace(RECIPE, options={"fold": 3}, dataset="jhmdb")
    recipe.load("jhmdb", RECIPE.plans["smoke"], 0)
    recipe.evaluate(Says(), recipe.card("jhmdb", clips(2), clips(2)), "jhmdb:test")
    assert asked == [("jhmdb", "train", 3)] * 2 + [("jhmdb", "test", 3)]


def test_the_recipes_of_the_real_sets_build_and_name_their_network():
    for name, joints, networks in (("actions_penn", 13, 5), ("jhmdb_pose_2", 15, 10)):
        recipe = tasks.get(name)
        model = tasks.build(recipe, [0]).eval()
        assert len(model(torch.randn(2, 2, 16, joints))) == networks + 1
        assert checkpoints.resolve("models", checkpoints.describe(recipe.network([0])))
        assert sum(p.numel() for p in model.parameters()) < 2_000_000
    assert tasks.get("jhmdb_pose_2").options == {"fold": 2}


def test_from_the_command_line_to_scores(made, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(skeleton_actions, "RECIPES", (RECIPE,))
    folder = tmp_path / "run"
    command = ["train", "tiny_penn", "--profile", "smoke", "--folder", str(folder)]
    assert cli.main(command) == 0
    card = checkpoints.card(folder / "tiny_penn.safetensors")
    assert card["actions"] == list(CLASSES) and "54 clips" in card["data"]
    assert "last tenth" in card["val_data"] and "research use only" in card["terms"]
    out = tmp_path / "found.json"
    scored = ["eval", str(folder / "tiny_penn.safetensors"), "--data", "penn_action:test"]
    assert cli.main([*scored, "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    assert found["accuracy"] > 90 > found["majority"] and found["clips"] == 30
    # All joints are seen in all of them, and all are of one length and size.
    assert list(found["leaks"].values()) == pytest.approx(3 * [100 / 3])
    assert "fill_pattern" in capsys.readouterr().out


def test_with_the_actions_of_other_clips_it_learns_nothing():
    """Clips to learn from whose actions are dealt out anew: chance on others."""
    train, val = prepare(clips(60), 4, CLASSES), prepare(clips(60, 200), 4, CLASSES)
    images, actions = train.tensors
    order = torch.from_numpy(np.random.default_rng(0).permutation(60))
    shuffled = torch.utils.data.TensorDataset(images, actions[order])
    options = {"epochs": 3, "progress": False}
    accuracy = []
    for examples in (train, shuffled):
        model = tasks.build(RECIPE, examples)
        tasks.fit_recipe(RECIPE, model, examples, val, **options)
        accuracy.append(RECIPE.validate(model, val)["accuracy"])
    assert accuracy[0] > 80 and accuracy[1] < 60


# ----------------------------------------------------------------------------------- shipped
def test_the_shipped_network_says_what_it_is():
    model, card = checkpoints.load_pretrained("actions_penn")
    assert card["task"] == "skeleton_actions" and card["actions"] == list(skeleton_actions.ACTIONS)
    assert "research use" in card["terms"] and card["best_epoch"] == card["epochs"]
    assert card["metrics"]["accuracy"] > 95 > card["metrics"]["majority"]
    assert len(model(torch.randn(2, 2, card["frames"], 13))) == 6


@pytest.mark.mirror
def test_the_shipped_network_names_clips_that_it_has_not_seen(mirror, tmp_path, monkeypatch):
    """Every tenth clip of the official test split; where joints change places it knows nothing."""
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    model, card = checkpoints.load_pretrained("actions_penn")
    recipe = tasks.get("actions_penn")
    clips = skeleton_actions.read("penn_action", "test", card["skeleton"], tmp_path)[::10]
    examples = prepare(clips, card["frames"], recipe.classes, recipe.looks)
    assert recipe.validate(model, examples)["accuracy"] > 93
    images, actions = examples.tensors
    mixed = images[..., np.random.default_rng(0).permutation(13)]
    others = torch.utils.data.TensorDataset(mixed, actions)
    assert recipe.validate(model, others)["accuracy"] < 60


@pytest.mark.mirror
def test_penn_actions_own_split(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    train, val = tasks.get("penn_pose").load("penn_action", Plan(None, None, 1), 0, tmp_path)
    assert len(train) + len(val) == 1258 and len(val) == 131
    assert train.tensors[0].shape[1:] == (2, 32, 13) and train.tensors[0].isfinite().all()
    assert set(val.tensors[1].tolist()) == set(range(15))


@pytest.mark.mirror
def test_jhmdb_s_three_splits(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    for fold, count in ((1, 433), (3, 434)):
        recipe = tasks.get(f"jhmdb_pose_{fold}")
        train, val = recipe.load("jhmdb", Plan(None, None, 1), 0, tmp_path)
        assert len(train) + len(val) == count and set(val.tensors[1].tolist()) == set(range(14))
