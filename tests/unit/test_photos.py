"""The seven photographs that ship with posekit: there, labelled, attributed, not learnt from."""

import re
import socket

import numpy as np
import pytest

from posekit import catalog, cli, datasets, skeletons
from posekit.data.images import read_image
from posekit.datasets.coco import COCO, Photos
from posekit.errors import InputError

PEOPLE = {  # with labelled joints, of so many annotated (the last of them may be a crowd)
    "000000000790.jpg": (4, 4),
    "000000129648.jpg": (9, 14),
    "000000165518.jpg": (1, 1),
    "000000174375.jpg": (4, 14),
    "000000214753.jpg": (2, 2),
    "000000234748.jpg": (1, 1),
    "000000397133.jpg": (2, 2),
}
CROWDED = {"000000129648.jpg", "000000174375.jpg"}


@pytest.fixture(autouse=True)
def on_an_island(monkeypatch, tmp_path):
    """No mirror, an empty folder of data sets, no network."""

    def connect(*_):
        raise AssertionError("nothing may ask the network")

    monkeypatch.delenv("POSEKIT_MIRROR", raising=False)
    monkeypatch.setenv("POSEKIT_DATA", str(tmp_path / "root"))
    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def samples():
    return list(catalog.load("photos"))


@pytest.fixture
def folder():
    return datasets.find("photos")


def test_they_are_found_in_the_package(monkeypatch, tmp_path, root):
    monkeypatch.delenv("POSEKIT_DATA")
    place = root / "posekit" / "datasets" / "photos"
    assert datasets.find("photos") == datasets.ensure("photos") == place
    assert datasets.find("photos", tmp_path, tmp_path) == place
    assert "photos" in catalog.names() and "photos" not in catalog.clip_names()
    assert list(tmp_path.iterdir()) == []


def test_seven_photographs_with_their_people(samples):
    assert {one.id: len(one) for one in samples} == {name: n for name, (n, _) in PEOPLE.items()}
    assert {one.skeleton for one in samples} == {"coco17"}
    everyone = catalog.load("photos", everyone=True)
    assert {one.id: len(one) for one in everyone} == {name: n for name, (_, n) in PEOPLE.items()}
    assert {one.id for one in everyone if one.crowd.any()} == CROWDED
    assert {one.id for one in samples if one.ignore.any()} == CROWDED


def test_labels_lie_in_their_images(samples):
    for one in samples:
        height, width = one.image.shape[:2]
        assert max(height, width) <= 640 and one.size == (height, width)
        labelled = one.visible > 0
        points = one.keypoints[labelled]
        assert ((points >= 0) & (points <= (width - 1, height - 1))).all()
        assert np.isnan(one.keypoints[~labelled]).all()
        low, high = one.boxes[:, :2], one.boxes[:, 2:]
        assert (low >= -0.5).all() and (high <= (width - 0.5, height - 0.5)).all()
        # An outline is within its box. COCO's corners are rounded to hundredths of a pixel.
        assert (one.areas > 0).all() and (one.areas <= np.prod(high - low, 1) * 1.001).all()


def test_test_is_all_there_is():
    assert [one.id for one in catalog.load("photos", "test", images=False)] == list(PEOPLE)


@pytest.mark.parametrize("skeleton", ["lsp14", "mpii16", "openpose18", "body25", "blazepose33"])
def test_other_joints_come_by_name(skeleton):
    one, own = (catalog.load("photos", skeleton=name)[0] for name in (skeleton, "coco17"))
    target = skeletons.get(skeleton)
    both = set(target.joints) & set(skeletons.COCO17.joints)
    assert len(both) >= 12
    for joint in both:
        np.testing.assert_array_equal(
            one.keypoints[:, target.index(joint)], own.keypoints[:, skeletons.COCO17.index(joint)]
        )


# ------------------------------------------------------------------------- never to train on
@pytest.mark.parametrize("split", ["train", "val", "validation"])
def test_there_is_nothing_to_learn_from(split):
    with pytest.raises(InputError, match=r"only test.*never to train on; name another data set"):
        catalog.load("photos", split)


@pytest.mark.parametrize("dataset", ["photos", "photos+photos"])
@pytest.mark.parametrize("recipe", ["heatmap", "cnn"])
def test_no_recipe_trains_on_them(recipe, dataset, tmp_path, capsys):
    folder = tmp_path / "run"
    assert cli.main(["train", recipe, "--dataset", dataset, "--folder", str(folder)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "never to train on" in said
    assert not list(folder.glob("*.*afetensors"))


def test_a_network_may_be_tried_on_them(capsys):
    assert cli.main(["eval", "cnn", "--data", "photos:test"]) == 0
    assert "23 people" in capsys.readouterr().out
    assert cli.main(["eval", "cnn", "--data", "photos"]) == 2
    assert "photos:test, say" in capsys.readouterr().err


# ---------------------------------------------------------------------- the files themselves
def test_every_photograph_is_attributed(folder, root):
    text = (folder / "ATTRIBUTION.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\S+)` \| .*flickr\.com/photo\.gne\?id=(\d+)> \|$", text, re.M))
    assert set(rows) == {path.name for path in folder.glob("*.jpg")} == set(PEOPLE)
    for image, _ in Photos(folder).entries:  # .../8292/7866247804_e0486b75b8_z.jpg
        assert image["flickr_url"].split("/")[-1].split("_")[0] == rows[image["file_name"]]
        assert image["license"] == 4  # COCO's number of CC BY 2.0
    for needed in ("licenses/by/2.0/", "licenses/by/4.0/", "Changes:", "cocodataset.org"):
        assert needed in text
    assert text in (root / "DATA.md").read_text(encoding="utf-8")


def test_they_are_small(folder):
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000


def test_the_commands_know_them(folder, capsys):
    assert cli.main(["data", "list"]) == 0
    assert f"in the package: {folder}" in capsys.readouterr().out
    assert cli.main(["data", "get", "photos"]) == cli.main(["data", "check", "photos"]) == 0
    said = capsys.readouterr().out
    assert "7  images read" in said and "23  people" in said and "nothing wrong" in said
    assert "not understood" not in said


def test_they_are_coco_s_own(mirror, samples, tmp_path):
    """The same labels as in COCO's files, and the same images but for what JPEG takes."""
    coco = COCO(datasets.find("coco", tmp_path, mirror))
    for one in samples:
        number = [image["file_name"] for image, _ in coco.entries].index(one.id)
        theirs = coco[number]
        for field in ("keypoints", "visible", "boxes", "areas", "crowd", "ignore"):
            np.testing.assert_array_equal(getattr(one, field), getattr(theirs, field), field)
        away = read_image(coco.paths[number]).astype(float) - one.image
        assert 10 * np.log10(255**2 / (away**2).mean()) > 36  # dB, measured: 36.2 to 49.8
