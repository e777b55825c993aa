"""MPII from both of its label files, with the irregularities that the real ones have."""

import json

import numpy as np
import pytest
from scipy.io import savemat

from posekit import metrics
from posekit.data import OCCLUDED, UNLABELLED, VISIBLE
from posekit.datasets import mpii_mat
from posekit.datasets.mpii import MPII, read_json
from posekit.datasets.reader import SPLITS
from posekit.errors import InputError

from . import made_sets

EMPTY = np.zeros((0, 0))
HEAD = {"x1": 10.0, "y1": 10.0, "x2": 13.0, "y2": 14.0}


def point(joint, x=5.0, y=6.0, **more):
    return {"id": joint, "x": x, "y": y} | more


def person(points, **more):
    return {"annopoints": points, "scale": 0.1, "objpos": {"x": 15.0, "y": 20.0}} | HEAD | more


def image(name, rects, video=1):
    return {"image": {"name": name}, "annorect": rects, "vididx": video}


ALL = [point(k, 2.0 + k, 3.0 + k, is_visible=1) for k in range(16)]


@pytest.fixture
def one(tmp_path):
    """Read a file of one image with these people."""

    def one(*rects, **options):
        made_sets.mpii_mat(tmp_path, [image("a.jpg", list(rects))], [1])
        return MPII(tmp_path, **options)[0]

    return one


def test_one_based_coordinates(one):
    sample = one(person(ALL))
    np.testing.assert_allclose(sample.keypoints[0, :, 0], np.arange(16) + 1.0)
    np.testing.assert_allclose(sample.keypoints[0, :, 1], np.arange(16) + 2.0)
    np.testing.assert_allclose(sample.boxes[0], [4, 9, 24, 29])  # 20 px about (14, 19)
    np.testing.assert_allclose(sample.head_diagonals, 5)  # as it is: 0.6 is the metric's
    assert sample.occlusion_known
    assert sample.image.shape == (40, 30, 3)


@pytest.mark.parametrize(
    ("flag", "expected"),
    [(1, VISIBLE), (0, OCCLUDED), ("1", VISIBLE), ("0", OCCLUDED), (EMPTY, VISIBLE), ("", VISIBLE)],
)
def test_every_kind_of_is_visible(one, flag, expected):
    points = [point(3, is_visible=flag), point(4, is_visible=0)]
    sample = one(person(points))
    assert sample.visible[0, 3] == expected
    assert sample.visible[0, 4] == OCCLUDED


def test_is_visible_that_no_joint_has(one):
    assert one(person([point(8), point(9)])).visible[0, [8, 9]].tolist() == [VISIBLE, VISIBLE]


def test_unordered_and_few_joints(one):
    sample = one(person([point(9, 8.0, 9.0, is_visible=1), point(0, 2.0, 3.0, is_visible=0)]))
    np.testing.assert_allclose(sample.keypoints[0, 9], (7, 8))
    np.testing.assert_allclose(sample.keypoints[0, 0], (1, 2))
    assert (np.delete(sample.visible[0], [0, 9]) == UNLABELLED).all()
    assert np.isnan(np.delete(sample.keypoints[0], [0, 9], axis=0)).all()


def test_single_joint_is_a_bare_struct(one):
    assert one(person([point(7, is_visible=1)])).visible[0].sum() == VISIBLE


def test_one_person_and_several(one):
    assert len(one(person(ALL))) == 1
    assert len(one(person(ALL), person(ALL), person(ALL))) == 3


def test_people_without_joints_are_no_rows(one):
    sample = one(person(EMPTY), person(ALL), HEAD, person(EMPTY, scale=EMPTY))
    assert len(sample) == 1


@pytest.mark.parametrize("missing", [{"scale": EMPTY}, {"objpos": EMPTY}, {"scale": ""}])
def test_without_scale_or_centre_the_box_is_the_joints(one, missing):
    np.testing.assert_allclose(one(person(ALL, **missing)).boxes[0], [1, 2, 16, 17])


def test_without_head_rectangle(one):
    lacking = {key: value for key, value in person(ALL).items() if key not in HEAD}
    assert np.isnan(one(lacking).head_diagonals[0])


@pytest.mark.parametrize(
    ("error", "score"), [(29.0, 100.0), (31.0, 0.0)], ids=["29 px: a hit", "31 px: a miss"]
)
def test_pckh_from_the_file_to_the_score(one, error, score):
    """A head rectangle of 60 x 80: its diagonal is 100 px, and half of 0.6 of it 30 px."""
    rectangle = {"x1": 10.0, "y1": 10.0, "x2": 70.0, "y2": 90.0}
    sample = one(person(ALL, **rectangle))
    assert sample.head_diagonals.tolist() == [100.0]
    off = sample.keypoints + (error, 0)
    found = metrics.pckh(off, sample.keypoints, sample.visible, sample.head_diagonals)
    assert (found.value, found.count) == (score, 16), f"{found.value} % came, {score} % is right"
    assert found.normaliser == "0.5 x 0.6 of the head's diagonal"


def test_what_stands_in_for_the_head_rectangle_says_so(tmp_path):
    write_json(tmp_path, "valid", [entry()])
    sample = MPII(tmp_path)[0]
    lengths = metrics.head_neck_lengths(sample.keypoints, sample.visible)
    np.testing.assert_allclose(lengths.values, np.sqrt(2))  # joints 8 and 9 of `entry`
    score = metrics.pck(sample.keypoints, sample.keypoints, sample.visible, lengths, 0.5)
    assert score.normaliser == "0.5 x head top to neck, a substitute for the head rectangle"


@pytest.mark.parametrize("bad", [point(16), point(-1), point(EMPTY), point(3, x=EMPTY)])
def test_joint_that_is_none(one, bad):
    with pytest.raises(InputError, match=r"image 1 \(a\.jpg\), person 1: a joint has no id"):
        one(person([bad, point(2)]))


def test_splits_go_by_video_and_test_has_no_labels(tmp_path):
    images = [image(f"{n}.jpg", [person(ALL)], video) for n, video in enumerate([10, 10, 11, 12])]
    images.append(image("test.jpg", [{"scale": 1.0, "objpos": {"x": 1.0, "y": 1.0}}], 20))
    made_sets.mpii_mat(tmp_path, images, [1, 1, 1, 1, 0])
    names = {split: [s.id for s in MPII(tmp_path, split)] for split in (None, *SPLITS)}
    assert names["val"] == ["0.jpg", "1.jpg"]
    assert names["train"] == ["2.jpg", "3.jpg"]
    assert names["test"] == []
    assert names[None] == names["val"] + names["train"]


def test_val_is_the_usual_one_where_its_file_is_there(tmp_path):
    images = [image(f"{n}.jpg", [person(ALL)], n) for n in range(4)]
    made_sets.mpii_mat(tmp_path, images, [1] * 4)
    write_json(tmp_path, "valid", [entry("2.jpg")])
    assert [sample.id for sample in MPII(tmp_path, "val")] == ["2.jpg"]
    assert len(MPII(tmp_path, "train")) == 3


@pytest.mark.parametrize("content", [b"", b"no MATLAB file"])
def test_damaged_mat(tmp_path, content):
    (tmp_path / "mpii_human_pose_v1_u12_1.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"u12_1\.mat cannot be read as MPII's labels"):
        MPII(tmp_path)


@pytest.mark.parametrize("release", [{"version": "1"}, {"annolist": EMPTY}, {"img_train": 1}])
def test_mat_with_missing_fields(tmp_path, release):
    savemat(tmp_path / "mpii_human_pose_v1_u12_1.mat", {"RELEASE": release})
    with pytest.raises(InputError, match=r"u12_1\.mat cannot be read"):
        MPII(tmp_path)


def test_mat_of_unequal_lengths_and_without_name(tmp_path):
    path = made_sets.mpii_mat(tmp_path, [image("a.jpg", [person(ALL)])], [1, 0])
    with pytest.raises(InputError, match="1 images, but img_train is for 2"):
        mpii_mat.read(path)
    made_sets.mpii_mat(tmp_path, [{"image": {"name": EMPTY}, "annorect": []}], [1])
    with pytest.raises(InputError, match="image 1 has no file name"):
        mpii_mat.read(path)


# ------------------------------------------------------------------- the widespread JSON
def entry(name="a.jpg", **more):
    joints = [[float(k), k + 1.0] for k in range(16)]
    joints[5] = [-1.0, -1.0]
    flags = [int(k != 5) for k in range(16)]
    return {
        "image": name,
        "joints": joints,
        "joints_vis": flags,
        "center": [15.0, 20.0],
        "scale": 0.1,
    } | more


def write_json(folder, split, entries):
    path = folder / "annot" / f"{split}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries))
    for one in entries:
        if isinstance(one, dict) and "image" in one:
            made_sets.write_image(folder / "images" / one["image"])
    return path


def test_json(tmp_path):
    write_json(tmp_path, "valid", [entry("a.jpg"), entry("b.jpg"), entry("a.jpg", scale=0.2)])
    reader = MPII(tmp_path)
    assert [(sample.id, len(sample)) for sample in reader] == [("a.jpg", 2), ("b.jpg", 1)]
    sample = reader[0]
    assert sample.visible[0, 5] == UNLABELLED
    assert np.isnan(sample.keypoints[0, 5]).all()
    assert (np.delete(sample.visible[0], 5) == VISIBLE).all()
    assert not sample.occlusion_known  # joints_vis says labelled, not seen
    np.testing.assert_allclose(sample.keypoints[0, 3], (2, 3))  # 1-based in the file
    np.testing.assert_allclose(sample.boxes[1], [-6, -1, 34, 39])
    assert sample.head_diagonals is None


def test_json_without_scale_has_the_joints_box(tmp_path):
    write_json(tmp_path, "valid", [entry(scale=None)])
    np.testing.assert_allclose(MPII(tmp_path)[0].boxes[0], [-1, 0, 14, 15])


def test_json_splits(tmp_path):
    write_json(tmp_path, "valid", [entry("a.jpg")])
    write_json(tmp_path, "train", [entry("b.jpg")])
    assert [sample.id for sample in MPII(tmp_path, "validation")] == ["a.jpg"]
    assert [sample.id for sample in MPII(tmp_path, "train")] == ["b.jpg"]
    assert len(MPII(tmp_path)) == 2
    assert len(MPII(tmp_path, "test")) == 0


def test_json_beside_the_mat(tmp_path):
    made_sets.mpii_mat(tmp_path, [image("a.jpg", [person(ALL)])], [1])
    write_json(tmp_path, "valid", [entry("b.jpg")])
    assert MPII(tmp_path)[0].head_diagonals is not None
    assert MPII(tmp_path, labels_from="json")[0].head_diagonals is None
    with pytest.raises(InputError, match="labels_from='xml'"):
        MPII(tmp_path, labels_from="xml")


def test_images_that_are_not_there_are_left_out(tmp_path):
    write_json(tmp_path, "valid", [entry("a.jpg"), entry("b.jpg")])
    (tmp_path / "images" / "a.jpg").unlink()
    reader = MPII(tmp_path)
    assert [sample.id for sample in reader] == ["b.jpg"]
    assert len(reader.absent) == 1
    assert MPII(tmp_path, images=False).labels(0)["id"] == "a.jpg"  # its labels can be had
    (tmp_path / "images" / "b.jpg").unlink()
    with pytest.raises(InputError, match="none of the 2 listed images is there"):
        MPII(tmp_path)


def test_no_labels_at_all(tmp_path):
    with pytest.raises(InputError, match=r"train\.json is not there"):
        MPII(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"joints": [[0.0, 1.0]] * 14}, r"entry 1 must have joints of shape \(16, 2\)"),
        ({"joints": [[0.0] * 16] * 2}, r"\(2, 16\)"),  # the other axis order
        ({"joints_vis": [1] * 15}, r"entry 1 must have joints"),
        ({"joints": "none"}, "entry 1 has something that is no number"),
        ({"center": ["a", "b"]}, "entry 1 has something that is no number"),
        ({"center": [1.0]}, "entry 1"),
        ({"scale": []}, "entry 1"),
        ({"image": None}, "entry 1: image must be a text, and is null"),
        ({"image": "/etc/passwd"}, "entry 1: image must be a file's name within its folder"),
        ({"joints_vis": None}, "entry 1 must have joints_vis"),
        ({"scale": 10**400}, "entry 1 .* scale is 1000"),
    ],
)
def test_bad_entry_is_named(tmp_path, change, words):
    path = write_json(tmp_path, "valid", [entry(), entry()])
    path.write_text(json.dumps([entry(), entry(**change)]))  # no image is called so
    with pytest.raises(InputError, match=rf"valid\.json: .*{words}"):
        read_json(path)


@pytest.mark.parametrize("entries", [{"a": 1}, [1], [{"image": "a.jpg"}]])
def test_json_of_something_else(tmp_path, entries):
    path = tmp_path / "valid.json"
    path.write_text(json.dumps(entries))
    with pytest.raises(InputError, match=r"valid\.json"):
        read_json(path)
    path.write_text("{")
    with pytest.raises(InputError, match="cannot be read as JSON"):
        read_json(path)


def test_real_files(mirror, tmp_path):
    from posekit import catalog

    reader = catalog.load("mpii", "val", root=tmp_path)
    assert len(reader) == 5
    assert all(len(sample) >= 1 for sample in reader)
    labels = catalog.load("mpii", "val", root=tmp_path, images=False)
    visible = np.concatenate([labels.labels(i)["visible"] for i in range(len(labels))])
    assert len(visible) == 2958
    missing = (visible == 0).mean(0)
    np.testing.assert_allclose(missing[[0, 5]].mean(), 0.285, atol=0.01)  # ankles, as published
    np.testing.assert_allclose(missing[[2, 3]].mean(), 0.023, atol=0.005)  # hips
