"""Deck 06 reads what was recorded, and says which command records it."""

import json

import pytest

from posekit.errors import InputError
from slides import speed_record

ROW = {"network": "crowd", "runtime": "eager", "size": 256, "width": 1.0}


@pytest.fixture
def record(tmp_path, monkeypatch):
    """Puts a record in the place of the committed one."""

    def write(**parts):
        path = tmp_path / "record.json"
        path.write_text(json.dumps(parts))
        monkeypatch.setattr(speed_record, "RECORD", path)
        speed_record._part.cache_clear()

    yield write
    speed_record._part.cache_clear()


def test_times_are_those_of_one_thread(record):
    rows = [ROW | {"threads": 1, "median": 8.0}, ROW | {"threads": 2, "median": 5.0}]
    record(speed={"latency": rows, "machine": "A machine"})
    assert speed_record.milliseconds("crowd", "eager") == 8.0
    assert speed_record.milliseconds("crowd", "eager", 128) is None
    assert speed_record.machine() == "A machine, one thread"


def test_accuracy_is_read_by_side_and_by_pair(record):
    found = [{"network": "a", "side": 128, "AP": 0.2}, {"network": "b", "side": 128, "AP": 0.3}]
    pair = {"network": "b", "other": "a", "side": 256, "loss": 0.1, "interval": [0.05, 0.15]}
    record(accuracy={"AP": found, "pairs": [pair]})
    assert speed_record.precision("a") == {128: 0.2}
    assert speed_record.loss("b", "a") == (0.1, 0.05, 0.15)
    with pytest.raises(InputError, match="does not compare a and b"):
        speed_record.loss("a", "b")


def test_what_is_not_recorded_is_asked_for(record):
    record(accuracy={"AP": [], "pairs": []})
    with pytest.raises(InputError, match=r"tests/benchmarks/crowd_speed\.py"):
        speed_record.machine()
