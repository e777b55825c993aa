"""The arithmetic of tests/benchmarks/multitask_study.py, on made-up clips and rows; no training."""

import importlib.util
import json
import math

import numpy as np
import pytest

from posekit import tasks
from posekit.data.clip_crops import ClipCrops, single_frames
from posekit.data.crops import Crops


@pytest.fixture
def study(root):
    path = root / "tests" / "benchmarks" / "multitask_study.py"
    spec = importlib.util.spec_from_file_location("multitask_study", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def crops(count: int) -> Crops:
    """Each crop says in its keypoints which one it is."""
    points = np.arange(count, dtype=np.float32).reshape(-1, 1, 1) * np.ones((1, 14, 2), np.float32)
    return Crops(
        np.zeros((count, 8, 8, 3), np.uint8),
        points,
        np.full((count, 14), 2, np.uint8),
        np.zeros((count, 2, 3)),
        [(str(n), 0) for n in range(count)],
        "lsp14",
        8,
    )


@pytest.mark.parametrize("seed", [0, 3, 12])
def test_a_share_is_of_whole_people_with_as_many_of_each_action(study, monkeypatch, seed):
    whole = ClipCrops(crops(300 * study.FRAMES), study.FRAMES, np.arange(300) % 15)
    monkeypatch.setattr(study, "clips", lambda split, count, places: whole)
    monkeypatch.setattr(study, "stills", lambda count: single_frames(crops(count)))
    learnt = study.examples(study.Row("multitask", 10), 300, seed)
    assert (len(learnt.clips), len(learnt.stills)) == (30, 30)
    assert np.bincount(learnt.clips.actions).tolist() == 15 * [2]
    first = seed % 10 * 30
    numbers = learnt.clips.crops.keypoints[:, 0, 0]
    assert numbers.tolist() == list(range(first * study.FRAMES, (first + 30) * study.FRAMES))
    assert learnt.clips.crops.people[0] == (str(first * study.FRAMES), 0)
    assert study.examples(study.Row("multitask_action", 10), 300, seed).stills is None
    assert len(study.examples(study.Row("multitask"), 300, seed)) == 600


def test_every_row_is_a_recipe_and_each_question_has_its_rows(study):
    for row in study.ROWS.values():
        assert isinstance(tasks.get(row.recipe), tasks.multitask.Multitask)
        assert set(row.places) <= set(study.PLACES)
    singles = {row.recipe for row in study.ROWS.values() if row.share == 1}
    assert singles >= {row.recipe for row in study.ROWS.values() if row.share == study.TENTH}
    assert tasks.get(study.ROWS["all tasks, places tied"].recipe).backgrounds == "tied"


ROWS = [
    {"row": "2D alone", "seed": seed, "loss": 1.0, "minutes": 1.0, "any": {"pck": pck}}
    for seed, pck in ((0, 80.0), (1, 83.0), (2, 86.0))
]


def test_means_and_their_errors(study):
    assert study.mean_and_error([80.0, 83.0, 86.0]) == [83.0, round(3 / math.sqrt(3), 2)]
    assert study.mean_and_error([80.0]) == [80.0, None]
    (found,) = study.means(ROWS)
    assert found == {"row": "2D alone", "places": "any", "seeds": 3, "pck": [83.0, 1.73]}
    assert "83.0 ± 1.7" in study.table([found]) and "80.0 ± -" in study.table(study.means(ROWS[:1]))


def test_a_study_goes_on_where_it_stopped(study, tmp_path, monkeypatch, capsys):
    path, ran = tmp_path / "study.json", []

    def run(name, seed, settings):
        ran.append((name, seed))
        return ROWS[seed] | {"row": name}

    monkeypatch.setattr(study, "run", run)
    command = ["study", "--rows", "2D alone", "action alone", "--json", str(path), "--seeds"]
    for seeds in (["0"], ["0", "1"]):
        monkeypatch.setattr("sys.argv", [*command, *seeds])
        study.main()
    assert ran == [(name, seed) for seed in (0, 1) for name in ("2D alone", "action alone")]
    found = json.loads(path.read_text())
    assert len(found["rows"]) == 4 and found["means"][0]["seeds"] == 2
    assert found["seeds"] == [0, 1]
    assert {"data", "split", "metric", "command", "date", "machine"} <= set(found)
    monkeypatch.setattr("sys.argv", [*command, "0", "--steps", "9"])
    with pytest.raises(SystemExit, match="of other settings"):
        study.main()
