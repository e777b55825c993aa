"""Deck 08 reads what was recorded, and says which command records it."""

import json

import pytest

from posekit.errors import InputError
from slides import lifting_record

ROW = {"network": "linear_humaneva", "points": "noise", "actions": {"S1 Walk": 4.0, "S2 Box": 9.0}}


@pytest.fixture
def record(tmp_path, monkeypatch):
    """Puts a record in the place of the committed one."""

    def write(**tables):
        path = tmp_path / "record.json"
        path.write_text(json.dumps({k: {"rows": v, "machine": "One"} for k, v in tables.items()}))
        monkeypatch.setattr(lifting_record, "RECORD", path)
        lifting_record._table.cache_clear()

    yield write
    lifting_record._table.cache_clear()


def test_a_figure_is_the_mean_over_seeds_of_the_points_that_were_asked_for(record):
    truth = {"network": "linear_humaneva_truth", "points": "truth", "p1": 1.0}
    record(lifted=[ROW | {"p1": 20.0}, ROW | {"p1": 22.0}, truth])
    assert lifting_record.figure("linear", "noise") == 21.0
    assert lifting_record.figure("linear", "truth") == 1.0
    with pytest.raises(InputError, match=r"no row says .*temporal_humaneva"):
        lifting_record.figure("temporal", "noise")


def test_a_person_is_known_or_a_stranger(record):
    rows = [
        {"network": "linear_humaneva", "person": who, "action_mean": 50.0, "epochs": 3}
        for who in lifting_record.PEOPLE
    ]
    record(lifted=[ROW | {"epochs": 5}, ROW | {"actions": {"S1 Jog": 7.0}}], left_out=rows)
    assert lifting_record.known("linear", "S1") == 5.5
    assert lifting_record.stranger("linear", "S2") == 50.0
    assert lifting_record.left_out() == "linear"
    assert lifting_record.epochs("linear") == (5, 3)
    with pytest.raises(InputError, match="no action of S3"):
        lifting_record.known("linear", "S3")


def test_one_person_left_out_is_not_enough(record):
    record(left_out=[{"network": "linear_humaneva", "person": "S1"}])
    with pytest.raises(InputError, match="no network left out each"):
        lifting_record.left_out()


def test_corrections_are_told_apart_by_their_points(record):
    rows = [{"correction": "none", "points": kind, "p1": n} for n, kind in enumerate("ab")]
    record(correction=rows)
    assert lifting_record.corrections("b")["none"]["p1"] == 1
    assert lifting_record.machine("correction") == "One"


def test_what_is_not_recorded_is_asked_for(record):
    record(lifted=[])
    with pytest.raises(InputError, match=r"lifting_study\.py RUNS --tables lifted"):
        lifting_record.rows("lifted")
