"""What the readers share: boxes that can be used, and the check of the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit.datasets.fetch import local, sums
from posekit.datasets.reader import valid_box

from . import made_sets

NUMBER = st.floats(-100, 100) | st.just(float("nan")) | st.just(float("inf"))


@given(st.lists(NUMBER, min_size=4, max_size=4), st.integers(0, 14))
def test_sound_box_can_be_cropped_or_is_nan(box, labelled):
    rng = np.random.default_rng(labelled)
    keypoints = rng.uniform(0, 40, (14, 2))
    visible = (np.arange(14) < labelled) * 2
    sound = valid_box(box, keypoints, visible, (40, 50))
    if np.isnan(sound).all():
        assert labelled == 0
        return
    assert np.isfinite(sound).all()
    assert sound[2] > sound[0] and sound[3] > sound[1]
    assert sound[2] > -0.5 and sound[3] > -0.5 and sound[0] < 49.5 and sound[1] < 39.5


def test_good_box_is_left_alone():
    box = [1, 2, 30, 35]
    np.testing.assert_array_equal(valid_box(box, np.zeros((14, 2)), np.ones(14), (40, 50)), box)


def test_whole_set_with_a_missing_image_is_wrong_and_a_part_is_not(tmp_path, monkeypatch):
    monkeypatch.delenv("POSEKIT_MIRROR", raising=False)
    made_sets.lsp(tmp_path / "lsp")
    (tmp_path / "lsp" / "images" / "im0004.jpg").unlink()
    assert len(local.check("lsp", tmp_path).problems) == 1
    (tmp_path / "lsp" / sums.RECORD).write_text('{"part": "the first three"}')
    report = local.check("lsp", tmp_path)
    assert report.problems == []
    assert report.oddities["images that are listed but are not there"] == 1
    assert "in part: the first three" in report.text()


@pytest.mark.parametrize("name", ["lspet", "mpii", "coco"])
def test_from_the_mirror(mirror, tmp_path, name):
    report = local.check(name, tmp_path, mirror)
    assert report.problems == []
    expected = {
        "lspet": {"images read": 6000, "people": 6000, "joints labelled": 73861},
        "mpii": {"images read": 5, "people": 5, "joints labelled": 76},
        "coco": {"images read": 60, "people": 154, "joints labelled": 1452},
    }[name]
    assert expected.items() <= report.counts.items()
