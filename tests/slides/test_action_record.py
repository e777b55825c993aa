"""Deck 10 reads what was recorded, and says which command records it."""

import json

import pytest

from posekit.errors import InputError
from slides import action_plots, action_scenes
from slides import action_record as record

ROWS = {"0": {"lstm": {"right": 90.0}}, "1": {"lstm": {"right": 80.0}}}


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Puts a study in the place of the committed one."""

    def write(tables):
        path = tmp_path / "study.json"
        path.write_text(json.dumps({"tables": tables, "classes": {"four": ["hand_swing"]}}))
        monkeypatch.setattr(record, "STUDY", path)
        record._study.cache_clear()

    yield write
    record._study.cache_clear()


def test_a_figure_of_each_seed(study):
    study({"networks": ROWS})
    assert record.figures("networks", "lstm", "right").tolist() == [90, 80]
    assert record.seeds("networks") == "2 seeds"
    assert record.classes("four") == ["hand swing"]


def test_what_was_not_recorded_is_said(study):
    study({"networks": ROWS})
    with pytest.raises(InputError, match=r"no table ladder: run .*--tables ladder"):
        record.rows("ladder")
    with pytest.raises(InputError, match=r"has no 'gru'\. Record it again"):
        record.figures("networks", "gru", "right")


def test_an_absent_study_names_its_command(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "STUDY", tmp_path / "none.json")
    record._study.cache_clear()
    with pytest.raises(InputError, match=r"run `python tests/benchmarks/action_study\.py`"):
        record.rows("splits")
    assert record.benchmark("no_such_record") is None


def test_which_numbers_of_windows_have_the_talks_shares():
    """Every share is one of whole windows, rounded: tried in another way, one by one."""
    possible = [
        count
        for count in range(100, 701)
        if all(
            any(round(right / count, 4) == share for right in range(count + 1))
            for share in action_plots.REPORTED
        )
    ]
    counts = list(range(100, 701))
    assert [n for n, fit in zip(counts, action_plots.fits(counts)) if fit] == possible
    assert 473 in possible


def test_neighbours_of_windows_held_out_are_learnt():
    """Both neighbours are held out with a chance of one fifth squared."""
    assert action_scenes.shared() == pytest.approx(1 - 0.2**2, abs=0.03)
