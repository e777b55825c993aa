"""The arithmetic of tests/benchmarks/live_actions.py, and what its record says."""

import json

import numpy as np
import pytest

from posekit import synthetic
from slides.live_scenes import WORSE


@pytest.fixture
def bench(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.syspath_prepend(str(root / "tests" / "benchmarks"))
    import live_actions

    return live_actions


def test_the_scores(bench):
    rows = [(True, True, True), (True, True, False), (False, False, False), (True, True, True)]
    found = bench.scores(rows)
    assert (found["person_frames"], found["windows_right"], found["named"]) == (4, 0.75, 0.75)
    assert found["names_right"] == pytest.approx(2 / 3)
    assert bench.scores([(False, False, False)])["names_right"] == 0


def test_the_delay_is_counted_from_the_end_of_the_rest(bench, monkeypatch):
    ways = iter([10.0, 4.0, np.inf, 6.0, 5.0])
    monkeypatch.setattr(bench, "delay", lambda *_: next(ways))
    found = bench.delays("squat", None, 5)
    assert (found["median_frames"], found["late_frames"], found["never"]) == (6, np.inf, 1)
    assert found["median_seconds"] == 6 / bench.FPS


def test_joints_that_are_guessed_are_farther_off_and_not_seen(bench):
    clip = synthetic.CrowdClips(1, 1, 1, "stand", 1, (240, 320), "blazepose33", 15).labels(0)
    far = {}
    for guessed in (1e-9, 1.0):
        found = bench.Imitated(clip, 0.01, 0.0, 0, guessed).detect()
        far[guessed] = np.abs(found.keypoints - clip[0].keypoints).mean()
        assert (found.visible == 1).all() == (guessed == 1)
    assert far[1.0] == pytest.approx(WORSE * far[1e-9], rel=1e-3)


def test_the_record_holds_the_floor(bench):
    record = json.loads(bench.RECORD.read_text(encoding="utf-8"))
    several = record["several"]
    assert several["clips"] >= 60 and several["windows_right"] >= 0.9
    assert several["names_right"] >= 0.9 and record["nobody"]["named"] == 0
    assert all(np.isfinite(one["median_seconds"]) for one in record["delay"].values())
