"""Actions of landmarks: windows, splits that leak and those that do not; it learns, and is used."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from posekit import checkpoints, cli, datasets, tasks
from posekit.datasets import landmarks
from posekit.errors import InputError
from posekit.models.landmark_nets import LandmarkNet
from posekit.tasks import Plan, landmark_actions
from posekit.tasks.landmark_actions import cross_validate, named, scores

CLASSES = ("clapping", "squat", "walk")
RECIPE = replace(
    tasks.get("actions"),
    name="tiny_actions",
    model=partial(LandmarkNet, kind="gru", parameters=6_000),
    classes=CLASSES,
    plans={"smoke": Plan(16, 4, 8)},
    frames=12,
    step=6,
    batch_size=8,
    varied=0,
)


def recordings(frames=16):
    """Two people who clap and squat, and one who walks as well."""
    rng = np.random.default_rng(0)
    shown = [(p, a) for p in ("ann", "bob") for a in CLASSES[:2]] + [("ann", "walk")]
    return [
        datasets.recording(
            rng.random((frames, 33, 4)), id=f"{person}/{action}", action=action, group=person
        )
        for person, action in shown
    ]


def test_a_person_in_both_halves_is_refused():
    clips = recordings()[:4]
    with pytest.raises(InputError, match="ann: in both halves of the split"):
        cross_validate(RECIPE, clips, "person", others=clips[:1], epochs=1)


# -------------------------------------------------------------------------------- windows
def test_windows_of_a_recipe():
    found, actions = RECIPE.windows(recordings(18))
    assert found.shape == (10, 12, 33, 4) and found.dtype == torch.float32
    assert actions.tolist() == [0, 0, 1, 1, 0, 0, 1, 1, 2, 2]
    np.testing.assert_allclose(found[1], recordings(18)[0].landmarks[6:], rtol=1e-6)


def test_a_recording_shorter_than_a_window():
    with pytest.raises(InputError, match="12 frames is longer than the recording, which has 11"):
        RECIPE.windows(recordings(11))


def test_an_epoch_is_the_same_for_the_same_seed_and_another_for_another():
    def first(seed, epoch):
        return RECIPE.batches(recordings(40), seed)(epoch)[0][0]

    torch.testing.assert_close(first(0, 1), first(0, 1))
    assert not torch.equal(first(0, 1), first(0, 2))


def test_synthetic_people_have_splits():
    with pytest.raises(
        InputError, match="'synthetic': say synthetic:train, synthetic:val, synthetic"
    ):
        RECIPE.read("synthetic", 1)


# --------------------------------------------------------------------------------- scores
class Says(torch.nn.Module):
    """Action 0 where the nose is to the left, else action 1."""

    def __init__(self):
        super().__init__()
        self.device = torch.nn.Parameter(torch.zeros(1))

    def forward(self, windows):
        left = windows[:, :, 0, 0].mean(1) < 0.5
        return torch.stack([left.float(), 1 - left.float(), torch.zeros(len(left))], 1)


def placed(name, action, *noses):
    """Twelve frames with the nose at each place."""
    landmarks = np.repeat(noses, 12)[:, None, None] * np.ones((1, 33, 4))
    return datasets.recording(landmarks, id=name, action=action, group=name[0])


def test_windows_are_counted_and_recordings_vote():
    recipe = replace(RECIPE, step=12)
    clips = [placed("a1", "clapping", 0.1, 0.9, 0.1), placed("b1", "clapping", 0.9, 0.1, 0.9, 0.9)]
    rows = scores(recipe, Says(), clips)
    assert rows[0] == {
        **{"id": "a1", "person": "a", "action": "clapping", "windows": 3},
        **{"right": pytest.approx(200 / 3), "answer": "clapping"},
    }
    assert rows[1]["right"] == 25 and rows[1]["answer"] == "squat"
    found = recipe.report(Says(), clips, {})
    assert (found["recordings"], found["recordings_right"]) == (2, 1)
    assert found["accuracy"] == pytest.approx(300 / 7) and found["clips"] == 7


def test_parts_of_one_recording_vote_together():
    recipe = replace(RECIPE, step=12)
    parts = [
        placed("a1", "clapping", 0.1),
        placed("a1", "clapping", 0.1),
        placed("a1", "clapping", 0.9),
    ]
    (row,) = scores(recipe, Says(), parts)
    assert row["windows"] == 3 and row["answer"] == "clapping"


def test_windows_are_named_one_after_the_other():
    card = {"task": "landmark_actions", "name": "x", "frames": 12, "actions": CLASSES}
    found = named(Says(), card, placed("a1", None, 0.1, 0.9), step=12)
    assert [(first, action) for first, action, _ in found] == [(0, "clapping"), (12, "squat")]
    assert found[0][2] == pytest.approx(np.e / (np.e + 2))
    assert len(named(Says(), card, placed("a1", None, 0.1, 0.9))) == 3
    with pytest.raises(InputError, match="x does not name actions of landmarks"):
        named(Says(), card | {"task": "crowds"}, placed("a1", None, 0.1))


def test_networks_side_by_side_learn_each_from_its_own_answer():
    logits = torch.randn(2, 4, 3)
    batch = torch.zeros(4, 12, 33, 4), torch.tensor([0, 2, 1, 1])
    loss, count = RECIPE.loss(lambda _: logits, batch)
    apart = [RECIPE.loss(lambda _, one=one: one, batch)[0] for one in logits]
    assert count == 4 and loss == pytest.approx(sum(apart) / 2)


# ------------------------------------------------------------------------ it learns, and is used
@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The tiny recipe through the command line, and its folder."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landmark_actions, "RECIPES", (RECIPE,))
        command = ["train", "tiny_actions", "--profile", "smoke", "--folder", str(folder)]
        assert cli.main(command) == 0
        file = folder / "tiny_actions.safetensors"
        assert cli.main(["eval", str(file), "--data", "synthetic:test"]) == 0
    return file


def test_it_names_what_people_do_whom_it_has_not_seen(trained):
    model, card = checkpoints.load_pretrained(trained)
    assert card["actions"] == list(CLASSES) and card["terms"].startswith("MIT")
    found = RECIPE.evaluate(model, card, "synthetic:test")
    assert found["accuracy"] > 80 > 2 * found["majority"] and found["recordings"] == 60


def test_a_recording_is_named_by_a_command(trained, tmp_path, capsys):
    clip = next(c for c in RECIPE.read("synthetic:test", 1) if c.action == "squat")
    path = tmp_path / "SQUAT.txt"
    datasets.write_recording(path, clip.landmarks)
    assert cli.main(["actions", str(path), "--model", str(trained)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5 and "0.0 s to   0.4 s" in lines[0] and "%" in lines[0]
    assert sum("squat" in line for line in lines) >= 3


def test_a_wrong_model_is_refused_before_a_video_is_read(monkeypatch, capsys):
    monkeypatch.setattr(
        "posekit.commands.actions.record", lambda *_: pytest.fail("the video was read")
    )
    assert cli.main(["actions", "film.mp4", "--model", "heatmap"]) == 2
    assert "heatmap does not name actions of landmarks" in capsys.readouterr().err


def test_what_cannot_be_named(trained, tmp_path, capsys):
    path = tmp_path / "short.txt"
    datasets.write_recording(path, np.zeros((5, 33, 4)))
    assert cli.main(["actions", str(path), "--model", str(trained)]) == 2
    assert "12 frames is longer than the recording" in capsys.readouterr().err
    assert cli.main(["actions", str(path), "--model", "heatmap"]) == 2
    assert "heatmap does not name actions of landmarks" in capsys.readouterr().err


def test_it_learns_from_recordings_of_one_s_own(tmp_path, monkeypatch, capsys):
    """As a student does: `posekit record` writes files, a folder for each person."""
    actions = ("clapping", "run", "walk")
    own = replace(RECIPE, name="own_actions", by="recording", step=2, classes=actions)
    monkeypatch.setattr(landmark_actions, "RECIPES", (own,))
    home = tmp_path / "recordings"
    for clip in own.read("synthetic:train", 3):
        path = home / clip.group / f"{clip.action.upper()}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        datasets.write_recording(path, clip.landmarks)
    monkeypatch.chdir(tmp_path)
    train = ["train", "own_actions", "--profile", "smoke", "--dataset", "recordings:recordings"]
    assert cli.main(train) == 0
    file = tmp_path / "runs/own_actions-smoke-recordings-recordings/own_actions.safetensors"
    card = checkpoints.card(file)
    assert card["terms"] == "as agreed with the people who were recorded"
    assert card["data"] == "recordings:recordings, 8 recordings"
    assert cli.main(["eval", str(file), "--data", "recordings:recordings"]) == 0
    assert "all" in capsys.readouterr().out
    assert cli.main(["actions", str(path), "--model", str(file)]) == 0
    for run in home.glob("*/RUN.txt"):
        run.unlink()
    assert cli.main([*train, "--folder", str(tmp_path / "other")]) == 2
    assert "recordings:recordings has no recording of run" in capsys.readouterr().err


def test_with_permuted_labels_it_learns_nothing():
    clips, val = RECIPE.read("synthetic:train", 12), RECIPE.read("synthetic:val", 6)
    dealt = np.random.default_rng(0).permutation(len(clips))
    wrong = [replace(clip, action=clips[n].action) for clip, n in zip(clips, dealt)]
    model = tasks.build(RECIPE, wrong)
    tasks.fit_recipe(RECIPE, model, wrong, val, epochs=4, progress=False)
    assert RECIPE.validate(model, val)["accuracy"] < 65


def test_who_is_held_out_is_scored_once_each():
    clips = [clip for clip in RECIPE.read("synthetic:train", 3) if clip.action != "walk"]
    rows = cross_validate(RECIPE, clips, "person", epochs=1)
    assert sorted(row["id"] for row in rows) == sorted(clip.id for clip in clips)
    assert all(row["windows"] == 5 and row["answer"] in CLASSES for row in rows)


def test_a_split_by_window_scores_windows():
    clips = [clip for clip in RECIPE.read("synthetic:train", 2) if clip.action != "walk"]
    rows = cross_validate(RECIPE, clips, "window", epochs=1)
    assert sum(row["windows"] for row in rows) == 4  # a fifth of 4 x 5


@pytest.mark.mirror
def test_the_recordings_of_the_mirror(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    recipe = tasks.get("actions_landmarks")
    clips = recipe.read("mediapipe_recordings", root=tmp_path)
    assert len(clips) == 12 and {c.action for c in clips} == set(recipe.classes)
    assert len(list(landmarks.folds(clips, "person"))) == 5
