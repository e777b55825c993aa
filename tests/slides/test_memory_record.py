"""What deck 09 reads of its two studies."""

import json

import pytest

from posekit import memory_scores
from posekit.errors import InputError
from slides import memory_record


def scored(pck: float) -> dict:
    """One control's row: ``pck`` for all joints, one more for each group after it."""
    names = ("all", "remembered", *(f"hidden_{name}" for name in memory_scores.LENGTHS))
    return {name: {"pck": pck + n, "joints": 10 + n} for n, name in enumerate(names)}


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Puts a study in the place of the committed one."""

    def write(found: dict):
        path = tmp_path / "memory_study.json"
        path.write_text(json.dumps(found), encoding="utf-8")
        monkeypatch.setattr(memory_record, "STUDY", path)

    yield write
    memory_record._read.cache_clear()


def test_each_row_is_read_of_its_own_network_and_control(study):
    about = {"clips": 3, "frames": 16}
    networks = {}
    for n, (network, control) in enumerate(memory_record.ROWS.values()):
        found = networks.setdefault(network, {"panned": about | {"controls": {}}})
        found["panned"]["controls"][control] = scored(10.0 * n)
    study(networks)
    for n, row in enumerate(memory_record.ROWS):
        assert memory_record.figure(row, "remembered") == 10 * n + 1
        assert memory_record.by_length(row) == [10 * n + 2 + k for k in range(4)]
    assert memory_record.counted("all") == 10
    assert memory_record.clips() == "3 clips of 16 frames"


def test_what_is_not_recorded_is_asked_for(study, tmp_path, monkeypatch):
    study({"pose_machine": {"panned": {"controls": {"kept": scored(1.0)}}}})
    with pytest.raises(
        InputError, match="no 'all' of pose_machine, reset, panned: record it again"
    ):
        memory_record.figure("reset", "all")
    with pytest.raises(InputError, match="no 'moving' of pose_machine, kept"):
        memory_record.figure("kept", "moving")
    monkeypatch.setattr(memory_record, "STUDY", tmp_path / "absent.json")
    with pytest.raises(InputError, match=r"absent\.json is not there: run .*memory_study\.py"):
        memory_record.study()


@pytest.mark.parametrize("name", ["penn_action", "jhmdb, mean of splits"])
def test_joints_of_real_people_are_recorded(name):
    rows = memory_record.missing(name)
    assert {"held", "constant_velocity", "LSTM, kept", "LSTM, reset", "LSTM, shuffled"} <= set(rows)
    assert len({tuple(row) for row in rows.values()}) == 1, "all methods by the same lengths"
    assert all(0 <= pck <= 100 for row in rows.values() for pck in row.values())
