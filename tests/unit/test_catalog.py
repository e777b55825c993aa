"""One name for every data set, real or synthetic alike."""

import numpy as np
import pytest

from posekit import catalog
from posekit.data import Clip, Sample
from posekit.datasets.recordings import write_recording
from posekit.errors import InputError

from . import made_sets


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch, tmp_path):
    monkeypatch.delenv("POSEKIT_MIRROR", raising=False)
    monkeypatch.setenv("POSEKIT_DATA", str(tmp_path))


def test_names():
    assert catalog.names()[0] == "synthetic"
    assert {"lsp", "lspet", "mpii", "coco"} <= set(catalog.names())
    assert "humaneva" not in catalog.names()  # no single images


@pytest.mark.parametrize("name", ["nobody", "humaneva"])
def test_unknown_name(name):
    with pytest.raises(InputError, match=f"no data set '{name}' of images; there are: synthetic"):
        catalog.load(name)


def test_not_on_this_machine():
    with pytest.raises(InputError, match=r"posekit data get lsp.*POSEKIT_MIRROR"):
        catalog.load("lsp")


def test_real(tmp_path):
    made_sets.lsp(tmp_path / "lsp")
    people = catalog.load("lsp", "train")
    assert len(people) == 4
    assert isinstance(people[0], Sample)
    assert catalog.load("lsp", images=False)[0].image is None
    assert len(catalog.load("lsp", root=tmp_path)) == 4


def test_unknown_option(tmp_path):
    made_sets.lsp(tmp_path / "lsp")
    with pytest.raises(InputError, match=r"lsp: .*unexpected keyword argument 'colour'"):
        catalog.load("lsp", colour=True)


def test_synthetic():
    people = catalog.load("synthetic", "train", count=3, size=64)
    assert len(people) == 3
    assert isinstance(people[0], Sample)
    assert people[0].image.shape == (64, 64, 3)
    again = catalog.load("synthetic", "train", count=3, size=64)
    np.testing.assert_array_equal(people[1].image, again[1].image)


def test_splits_of_the_synthetic_people_share_no_picture():
    splits = [None, "train", "val", "test"]
    first = [catalog.load("synthetic", split, count=2, size=32)[0].image for split in splits]
    assert len({image.tobytes() for image in first}) == 4
    other = catalog.load("synthetic", "validation", count=2, size=32)[0].image
    np.testing.assert_array_equal(other, first[2])
    with pytest.raises(InputError, match="no split 'trian'"):
        catalog.load("synthetic", "trian")


def test_clips(tmp_path):
    assert {"synthetic", "penn_action", "humaneva"} <= set(catalog.clip_names())
    assert not {"lsp", "mediapipe_pose"} & set(catalog.clip_names())
    with pytest.raises(InputError, match="no data set 'lsp' of clips; there are: synthetic"):
        catalog.load_clips("lsp")
    with pytest.raises(InputError, match=r"humaneva is not on this machine .*POSEKIT_MIRROR"):
        catalog.load_clips("humaneva")
    folder = tmp_path / "mediapipe_recordings" / "person01"
    folder.mkdir(parents=True)
    write_recording(folder / "RUN.txt", np.zeros((3, 33, 4)))
    (clip,) = catalog.load_clips("mediapipe_recordings")
    assert isinstance(clip, Clip)
    assert (len(clip), clip.action, clip.group) == (3, "run", "person01")
    with pytest.raises(InputError, match=r"unexpected keyword argument 'colour'"):
        catalog.load_clips("mediapipe_recordings", colour=True)


def test_synthetic_clips():
    clips = catalog.load_clips("synthetic", "train", count=2, frames=3, size=32)
    assert len(clips) == 2
    assert isinstance(clips[1], Clip)
