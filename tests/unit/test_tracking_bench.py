"""The detections of tests/benchmarks/tracking.py, and that the tracker is better than the floor."""

import numpy as np
import pytest

from posekit.tracking_scores import total, tracking_scores


@pytest.fixture
def bench(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "tests" / "benchmarks"))
    import tracking

    return tracking


def test_detections_are_imperfect_and_the_same_each_time(bench):
    (truth, found), (_, other) = bench.crossings(3, 2)
    people = truth.keypoints.shape[1]
    counts = [len(frame) for frame in found]
    assert len(found) == len(truth) == 48 and min(counts) < people < max(counts)
    again = bench.detections(truth, 3, 0)
    np.testing.assert_array_equal(again[7].keypoints, found[7].keypoints)
    assert [len(frame) for frame in other] != counts
    assert all(np.isfinite(frame.scores).all() for frame in found)


def test_the_tracker_keeps_nearly_all_numbers(bench):
    clips = bench.crossings(4, 6)
    scores = total([tracking_scores(clip, found, bench.posekits(found)) for clip, found in clips])
    assert scores.switches <= 2 and scores.idf1 > 0.85


def test_the_chosen_settings_were_tried(bench):
    assert bench.CHOSEN.keys() == bench.TRACKERS.keys()
    for name, settings in bench.CHOSEN.items():
        assert settings in bench.TRIED.get(name, [{}])
