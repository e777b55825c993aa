"""Joints with gaps: the network that remembers them, the windows, the scores and the methods."""

import importlib.util
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit import catalog, checkpoints, cli, skeletons, tasks
from posekit.data import Clip
from posekit.errors import InputError
from posekit.models.joint_memory import JointMemory
from posekit.smoothing import OneEuro
from posekit.tasks import Plan, joint_memory
from posekit.tasks.joint_memory import FAULTS, answers, faulty, held, scores, turned, windows

PENN = skeletons.get("penn13")
POSE = np.random.default_rng(7).uniform(50, 150, (13, 2))
TORSO = np.linalg.norm(POSE[PENN.index("left_shoulder")] - POSE[PENN.index("right_hip")])
RECIPE = replace(
    tasks.get("joint_memory"),
    name="tiny_joints",
    plans={"smoke": Plan(None, None, 6)},
    batch_size=8,
)


def clip(number: int, frames: int = 40, action: str = "squat", people: int = 1) -> Clip:
    """A pose that goes to and fro; wherever it goes, all of its joints go."""
    rng = np.random.default_rng(number)
    way = 60 * np.sin(np.arange(frames)[:, None] / 5 + rng.uniform(0, 6)) * rng.normal(0, 1, 2)
    points = np.repeat((POSE + way[:, None])[:, None], people, 1)
    visible = np.full(points.shape[:3], 2)
    fields = {"size": (270, 480), "action": action, "group": str(number)}
    return Clip(f"{number:04}", "penn13", points, visible, **fields)


def clips(count: int, first: int = 0) -> list[Clip]:
    return [clip(n, action=("squat", "bowl")[n % 2]) for n in range(first, first + count)]


@pytest.fixture
def made(monkeypatch):
    """40 clips to learn from, 20 to score; other data sets and splits are the catalog's."""
    splits = {"train": clips(40), "test": clips(20, 100)}
    load = catalog.load_clips

    def load_clips(name, split, root=None, **options):
        there = name == "penn_action" and split in splits
        return splits[split] if there else load(name, split, root, **options)

    monkeypatch.setattr(catalog, "load_clips", load_clips)
    return splits


def network(seed: int = 0, joints: int = 13, change: float = 0.3) -> JointMemory:
    """One that was not trained, but whose answers are not what it holds."""
    torch.manual_seed(seed)
    model = JointMemory(joints, 16).eval()
    torch.nn.init.normal_(model.change[-1].weight, std=change)
    return model


def gappy(seed: int, frames: int = 6, joints: int = 13) -> torch.Tensor:
    """(2, T, K, 2) with gaps, and a joint at least in every frame."""
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(2, frames, joints, 2, generator=generator)
    points[torch.rand(2, frames, joints, generator=generator) < 0.4] = torch.nan
    points[:, :, 0] = torch.randn(2, frames, 2, generator=generator)
    return points


# --------------------------------------------------------------------------------- network
@given(st.integers(0, 999))
def test_before_training_a_joint_is_held_where_it_was_seen_last(seed):
    points = gappy(seed)
    found, expected = JointMemory(13, 8)(points).detach().numpy(), held(points.numpy())
    known = np.isfinite(expected)
    np.testing.assert_allclose(found[known], expected[known], atol=1e-6)
    assert np.isfinite(found).all()


def test_in_a_first_frame_a_missing_joint_is_at_the_mean_of_the_others():
    points = torch.tensor([[[[0.0, 0.0], [2.0, 4.0], [torch.nan, 9.0]]]])
    assert JointMemory(3, 8)(points)[0, 0, 2].tolist() == [1, 2]
    nobody = torch.full((1, 2, 3, 2), torch.nan)
    assert (JointMemory(3, 8)(nobody) == 0).all()


@given(st.integers(0, 99), st.floats(0.1, 300), st.floats(-500, 500))
def test_where_a_person_is_and_how_large_makes_no_difference(seed, scale, shift):
    points, model = gappy(seed), network()
    shifts = torch.tensor([shift, -shift])
    with torch.no_grad():
        found = model(points * scale + shifts)
        expected = model(points) * scale + shifts
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3 * (scale + abs(shift)))


def test_no_frame_sees_a_later_one():
    points, model = gappy(3), network()
    other = points.clone()
    other[:, 4:] = 9
    with torch.no_grad():
        one, two = model(points), model(other)
    assert torch.equal(one[:, :4], two[:, :4]) and not torch.equal(one[:, 4], two[:, 4])


def test_without_memory_each_frame_is_a_first_one():
    points, model = gappy(4), network()
    with torch.no_grad():
        reset = model(points, remember=False)
        alone = torch.cat([model(points[:, t : t + 1]) for t in range(6)], 1)
        torch.testing.assert_close(reset, alone)
        assert torch.equal(model(points)[:, 0], model(points[:, :1])[:, 0])
        assert (model(points)[:, 3] != reset[:, 3]).any()


def test_steps_are_what_a_clip_goes_through():
    points, model, state = gappy(5), network(), None
    with torch.no_grad():
        for t in range(6):
            state = model.step(points[:, t], state)
            torch.testing.assert_close(state.points, model(points)[:, t])
    assert state.hidden.shape == state.cell.shape == (2, 16)


@pytest.mark.parametrize("shape", [(1, 4, 13, 3), (1, 4, 12, 2), (4, 13, 2), (1, 0, 13, 2)])
def test_clips_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match=r"points must be \(clips, frames, 13, 2\)"):
        JointMemory(13)(torch.zeros(shape))


# ----------------------------------------------------------------------------------- data
def test_windows_are_in_lengths_of_the_torso_and_end_with_the_clip():
    points, labelled = (part.numpy() for part in windows([clip(0, 40), clip(1, 16)], 16).tensors)
    assert points.shape == (4, 16, 13, 2) and points.dtype == np.float32
    assert labelled[:2].all() and labelled[3].all()
    assert labelled[2, :8].all() and not labelled[2, 8:].any()
    whole = np.concatenate(list(points[:3]))[:40]
    np.testing.assert_allclose(whole, clip(0, 40).keypoints[:, 0] / TORSO, rtol=1e-5)


def test_what_is_not_labelled_is_neither_seen_nor_scored():
    some = clip(0, 32)
    some.visible[5:9, :, 3] = 0
    some = replace(some)
    whole = windows([some])
    assert not whole.tensors[1][0, 5:9, 3].any()
    seen, _, labelled = faulty(whole, np.random.default_rng(0))
    assert seen[0, 5:9, 3].isnan().all() and labelled.sum() == 32 * 13 - 4


def test_clips_without_a_torso_are_left_out():
    without = clip(1)
    without.visible[:, :, PENN.index("right_hip")] = 0
    assert len(windows([clip(0), replace(without)])) == len(windows([clip(0)]))
    with pytest.raises(InputError, match="no clip has a frame with its left shoulder"):
        windows([replace(without)])
    with pytest.raises(InputError, match="no clip has"):
        windows([])


def test_several_people_are_refused():
    with pytest.raises(InputError, match="0003 shows 2 people, not one"):
        windows([clip(3, people=2)])


def test_faults_are_noise_and_gaps_of_several_frames():
    whole = windows(clips(60))
    seen, true, labelled = faulty(whole, np.random.default_rng(0))
    assert true is whole.tensors[0] and labelled is whole.tensors[1]
    there = seen.isfinite().all(-1)
    assert 1 - there[labelled].float().mean() == pytest.approx(FAULTS.drop, abs=0.03)
    assert (seen - true)[there].std() == pytest.approx(FAULTS.noise, rel=0.05)
    missing, both = ~there, labelled[:, 1:] & labelled[:, :-1]
    goes_on = (missing[:, 1:] & missing[:, :-1] & both).sum() / (missing[:, :-1] & both).sum()
    assert goes_on == pytest.approx(1 - 1 / FAULTS.run, abs=0.03)
    assert torch.equal(seen.nan_to_num(), faulty(whole, np.random.default_rng(0))[0].nan_to_num())


@given(st.integers(0, 10**6))
def test_a_turned_window_keeps_its_distances(seed):
    whole = windows(clips(3))
    labelled = whole.tensors[1].clone()
    labelled[:, :, PENN.index("left_knee")] = False
    whole = torch.utils.data.TensorDataset(whole.tensors[0], labelled)
    points, which = turned(whole, np.random.default_rng(seed)).tensors
    assert not labelled.all() and torch.equal(whole.tensors[1], labelled), "it was changed in place"
    for before, after, kept in zip(whole.tensors[0], points, which):
        mirrored = not kept[0, PENN.index("right_knee")]
        before = before[:, PENN.flip] if mirrored else before
        torch.testing.assert_close(
            torch.cdist(after, after), torch.cdist(before, before), atol=1e-3, rtol=1e-3
        )
        pair = (part.flatten(0, 1).numpy() for part in (before, after))
        turn, sides = np.linalg.lstsq(*pair)[0], (1, -1)
        assert np.linalg.det(turn) == pytest.approx(sides[mirrored], abs=1e-3)
        assert abs(np.arctan2(turn[0, 1] * sides[mirrored], turn[1, 1])) < joint_memory.TURN + 1e-3


def test_who_chooses_is_not_learnt_from(made):
    train, val = RECIPE.load("penn_action", RECIPE.plans["smoke"], 0)
    assert (len(train), len(val)) == (2 * 36, 2 * 4)
    kept = windows([made["train"][n] for n in (36, 37, 38, 39)])
    assert torch.equal(kept.tensors[0], val.tensors[0])


def test_every_epoch_has_faults_of_its_own(made):
    train, _ = RECIPE.load("penn_action", RECIPE.plans["smoke"], 0)
    batches = RECIPE.batches(train, 0)
    first, again, other = batches(0), batches(0), batches(1)
    assert len(first) == 9 and [len(part) for part in first[0]] == [8, 8, 8]
    assert torch.equal(first[0][0].nan_to_num(), again[0][0].nan_to_num())
    assert not torch.equal(first[0][0].nan_to_num(), other[0][0].nan_to_num())


# --------------------------------------------------------------------------------- scores
@given(st.integers(0, 99))
def test_held_is_the_last_that_was_seen(seed):
    points = gappy(seed).numpy()
    found, last = held(points), np.full((2, 13, 2), np.nan)
    for t in range(6):
        last = np.where(np.isfinite(points[:, t]), points[:, t], last)
        np.testing.assert_array_equal(found[:, t], last)


def test_scores_by_how_long_a_joint_is_missing():
    true = torch.from_numpy(np.float32(POSE / TORSO)).repeat(1, 32, 1, 1)
    labelled, seen = torch.ones(1, 32, 13, dtype=bool), true.clone()
    seen[0, 3:5, 9] = seen[0, 10:30, 10] = seen[0, :2, 11] = torch.nan
    labelled[0, 28:, 10] = False
    predicted = true.numpy().copy()
    predicted[0, 4, 9] += 0.3  # beyond 0.2 of a torso
    predicted[0, 3, 9] += 0.1
    found = scores(predicted, seen, true, labelled)
    counts = {name: part["joints"] for name, part in found.items()}
    assert counts == {
        **{"seen": 32 * 13 - 2 - 20 - 2, "missing": 2 + 18},
        **{"1": 2, "2": 2, "3-4": 2, "5-8": 4, "9-16": 8, "17+": 2},
    }, "what was not seen before is not scored, nor what is not labelled"
    assert (found["1"]["pck"], found["2"]["pck"], found["seen"]["pck"]) == (100, 50, 100)
    assert found["missing"]["pck"] == 95


def test_where_nothing_is_missing_there_is_no_score():
    true = torch.from_numpy(np.float32(POSE / TORSO)).repeat(1, 4, 1, 1)
    found = scores(true.numpy(), true, true, torch.ones(1, 4, 13, dtype=bool))
    assert np.isnan(found["missing"]["pck"]) and found["missing"]["joints"] == 0


def test_the_controls_are_those_of_memory_scores():
    points, model = gappy(8), network().train()
    kept, reset = (answers(model, points, control) for control in ("kept", "reset"))
    with torch.no_grad():
        np.testing.assert_allclose(kept, model(points), atol=1e-5)
        np.testing.assert_allclose(reset, model(points, remember=False), atol=1e-5)
    assert model.training and not np.allclose(answers(model, points, "shuffled"), kept)
    with pytest.raises(InputError, match="no control 'sorted'"):
        answers(model, points, "sorted")


def test_the_loss_is_that_of_both_paths():
    batch = faulty(windows(clips(2)), np.random.default_rng(0))
    model = network()
    loss, count = RECIPE.loss(model, batch)
    far = [
        (model(batch[0], remember) - batch[1]).norm(dim=-1)[batch[2]].mean()
        for remember in (True, False)
    ]
    assert loss.item() == pytest.approx(sum(far).item(), rel=1e-4) and count == batch[2].sum()


def test_it_learns_to_follow_what_moves(made):
    """All joints go the same way here: those that are seen tell where the missing ones are."""
    train, val = RECIPE.load("penn_action", RECIPE.plans["smoke"], 0)
    model = tasks.build(RECIPE, train)
    before = RECIPE.validate(model, val)["pck_missing"]
    tasks.fit_recipe(RECIPE, model, train, val, epochs=6, progress=False)
    found = RECIPE.report(model, val, {})["controls"]
    assert found["held"]["missing"]["pck"] == pytest.approx(before, abs=3)
    kept = found["kept"]["missing"]["pck"]
    assert kept > before + 12 and kept > found["shuffled"]["missing"]["pck"] + 5


# ------------------------------------------------------------------------------ by command
def test_from_the_command_line_to_scores(made, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        joint_memory, "RECIPES", (replace(RECIPE, plans={"smoke": Plan(None, None, 1)}),)
    )
    folder = tmp_path / "run"
    assert cli.main(["train", "tiny_joints", "--profile", "smoke", "--folder", str(folder)]) == 0
    path = folder / "tiny_joints.safetensors"
    card = checkpoints.card(path)
    assert card["skeleton"] == "penn13" and "72 windows of 32 frames" in card["data"]
    assert "last tenth" in card["val_data"] and "research use only" in card["terms"]
    out = tmp_path / "found.json"
    command = ["eval", str(path), "--data"]
    assert cli.main([*command, "penn_action:test", "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    assert list(found["controls"]) == ["held", "kept", "reset", "shuffled"]
    assert found["clips"] == 40 and found["frames"] == 32
    assert "40 clips of 32 frames, PCK within 0.2 x torso, %" in capsys.readouterr().out
    for data, message in (
        ("penn_action", "no split ''"),
        ("penn_action:half", "no split 'half'"),
        ("penn:test", "no data set 'penn'"),
    ):
        assert cli.main([*command, data]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.mirror
def test_the_official_splits(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    plan = Plan(None, None, 1)
    train, val = RECIPE.load("jhmdb", plan, 0, tmp_path)
    assert train.tensors[0].shape[1:] == (32, 13, 2) and 7 * len(val) < len(train)
    assert not torch.equal(RECIPE.load("jhmdb-2", plan, 0, tmp_path)[1].tensors[0], val.tensors[0])
    for wrong, message in (("jhmdb-4", "no 4"), ("jhmdb-x", "no 'x'"), ("penn_action-2", "fold")):
        with pytest.raises(InputError, match=message):
            RECIPE.load(wrong, plan, 0, tmp_path)


# -------------------------------------------------------------------------------- methods
@pytest.fixture
def bench(root):
    path = root / "tests" / "benchmarks" / "joint_memory.py"
    spec = importlib.util.spec_from_file_location("joint_memory_bench", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_goes_straight_on_is_found_in_gaps(bench):
    points = (np.arange(20)[:, None, None] * np.array([1.0, -2.0])).repeat(3, 1)[None]
    seen = points.copy()
    seen[:, 12:, 1] = seen[:, :5, 2] = np.nan
    found = bench.constant_velocity(seen, gain=1.0, drift=1.0, kept=1.0)
    np.testing.assert_allclose(found[:, :, :2], points[:, :, :2], atol=1e-6)
    assert np.isnan(found[:, :5, 2]).all() and np.isfinite(found[:, 5:]).all()
    half = bench.constant_velocity(seen, gain=1.0, drift=1.0, kept=0.5)
    np.testing.assert_allclose(half[0, 12:15, 1, 0], [12, 12.5, 12.75])


@pytest.mark.parametrize("seed", range(5))
def test_without_velocity_it_is_held(bench, seed):
    points = gappy(seed).numpy()
    found = bench.constant_velocity(points, gain=1.0, drift=0.0, kept=1.0)
    np.testing.assert_allclose(found, held(points), atol=1e-6)


def test_no_method_sees_a_later_frame(bench):
    points = gappy(2, frames=9).numpy()
    other = points.copy()
    other[:, 6:] = 5
    for name, method in bench.METHODS.items():
        np.testing.assert_array_equal(method(points)[:, :6], method(other)[:, :6], name)
        assert np.isfinite(method(points)[:, :, 0]).all()


def test_one_euro_filters_what_is_held(bench):
    points = gappy(3).numpy()
    smooth = OneEuro(bench.RATE, 1.0, 4.0)
    expected = np.stack([smooth(held(points)[:, t]) for t in range(6)], 1)
    found = bench.one_euro(points, min_cutoff=1.0, beta=4.0)
    np.testing.assert_array_equal(found, expected)


def test_the_mean_of_several_splits(bench):
    table = {"pck": {"held": {"missing": 70.0, "1": 90.0}}}
    other = {"pck": {"held": {"missing": 80.0, "1": 91.0}}}
    found = bench.mean_of([table, other])
    assert found["pck"] == {"held": {"missing": 75.0, "1": 90.5}}
    assert found["standard_deviation_of_missing"] == {"held": 5.0}


def test_every_grid_is_of_a_methods_settings(bench):
    for name, grid in bench.GRIDS.items():
        assert set(grid) == set(bench.METHODS[name].keywords)
        for key, value in bench.METHODS[name].keywords.items():
            assert value in grid[key], "the chosen setting stands in its grid"
