"""The bench's arithmetic and its honesty about what it could not measure; no timing here."""

import importlib.util
import re
import sys

import pytest


@pytest.fixture
def bench(root, monkeypatch):
    """tests/benchmarks/run.py and measure.py as modules."""
    folder = root / "tests" / "benchmarks"
    monkeypatch.syspath_prepend(str(folder))
    spec = importlib.util.spec_from_file_location("bench_run", folder / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("measure", None)


ROW = {"name": "crop", "peer": "slow", "ratio": None, "goal": 4}


def test_the_ratio_is_the_peers_best_time_over_ours(bench):
    import measure

    row = measure.timed(ROW, {"posekit": [9.0, 2.0, 3.0], "slow": [12.0, 30.0, 10.0]})
    assert row["ratio"] == 5
    assert row["ms"] == {"posekit": {"min": 2, "median": 3}, "slow": {"min": 10, "median": 12}}


def test_everyone_is_called_and_the_missing_are_named(bench):
    import measure

    calls = {"ours": 0, "theirs": 0}

    def call(who):
        calls[who] += 1

    rows = measure.compare(
        "crop",
        lambda: call("ours"),
        {"here": (lambda: call("theirs"), 2), "absent": (None, 3, "No module named 'absent'")},
        rounds=2,
    )
    assert calls["ours"] > 2 and calls["theirs"] > 2
    assert [(row["peer"], row["goal"]) for row in rows] == [("here", 2), ("absent", 3)]
    assert rows[0]["ratio"] > 0
    assert rows[1]["ratio"] is None and rows[1]["why"] == "No module named 'absent'"
    assert "not measured: No module" in measure.table(rows)


def test_the_table_marks_a_goal_that_is_missed(bench):
    import measure

    taken = {"posekit": [5.0], "slow": [10.0]}
    missed = measure.timed(ROW, taken)
    reached = measure.timed({**ROW, "goal": 2}, taken)
    assert "BELOW" in measure.table([missed]) and "BELOW" not in measure.table([reached])


def test_a_bench_that_fails_or_says_nothing_is_no_result(bench, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(bench, "BUILD", tmp_path)
    for text, rows in (
        ("raise SystemExit(3)", None),
        ("pass", None),
        ("import measure; measure.finish([])", []),
    ):
        (tmp_path / "bench_odd.py").write_text(text)
        assert bench.run_bench(tmp_path / "bench_odd.py") == rows
    assert "bench_odd.py failed with exit status 3" in capfd.readouterr().err
    assert not (tmp_path / "bench_odd.json").exists()


def test_peers_are_names_and_exact_versions(root):
    lines = (root / "tests" / "benchmarks" / "requirements.txt").read_text().splitlines()
    peers = [line for line in lines if line and not line.startswith("#")]
    assert peers and all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+(post[0-9]+)?", peer) for peer in peers)
    assert not any("opencv" in peer for peer in peers), "it would lie over the course's own"
