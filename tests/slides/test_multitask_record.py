"""Deck 07 reads what was recorded, and says which command records it."""

import json

import pytest

from posekit.errors import InputError
from slides import multitask_record as record

MEANS = [
    {"row": "all tasks", "places": "any", "seeds": 3, "pck": [40.0, 0.5]},
    {"row": "all tasks", "places": "tied", "seeds": 3, "pck": [41.0, 0.4]},
    {"row": "2D alone", "places": "any", "seeds": 2, "pck": [39.0, None]},
]


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Puts a study in the place of the committed one."""

    def write(means):
        path = tmp_path / "study.json"
        path.write_text(json.dumps({"means": means, "settings": {"test": 100}}))
        monkeypatch.setattr(record, "STUDY", path)
        record._read.cache_clear()

    yield write
    record._read.cache_clear()


def test_a_figure_is_found_by_row_places_and_name(study):
    study(MEANS)
    assert record.figure("all tasks", "pck") == (40.0, 0.5)
    assert record.figure("all tasks", "pck", "tied") == (41.0, 0.4)
    assert record.figure("2D alone", "pck") == (39.0, None)


@pytest.mark.parametrize(
    "asked", [("3D alone", "pck"), ("2D alone", "fusion"), ("2D alone", "pck", "swapped")]
)
def test_what_was_not_recorded_is_said(study, asked):
    study(MEANS)
    with pytest.raises(InputError, match=f"has no {asked[1]} of '{asked[0]}'.*record it again"):
        record.figure(*asked)


def test_how_many_seeds(study):
    study(MEANS)
    assert record.seeds() == "2 to 3 seeds"
    assert record.seeds("2D alone") == "2 seeds"
    study([MEANS[0] | {"seeds": 1}])
    assert record.seeds() == "1 seed"


def test_the_doubt_in_a_share(study):
    study(MEANS)
    assert record.doubt() == pytest.approx(5.0)  # of 100 clips, half of them right


def test_an_absent_record_names_its_command(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "PENN", tmp_path / "penn_pose.json")
    with pytest.raises(InputError, match=r"run `python tests/benchmarks/penn_pose.py --json"):
        record.penn()
