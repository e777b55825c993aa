"""COCO keypoints: who is a row, who is ignored, and what is wrong with a file, by name."""

import json

import numpy as np
import pytest

from posekit import skeletons
from posekit.data import OCCLUDED, UNLABELLED, VISIBLE
from posekit.datasets.coco import COCO, decode_runs, paint, read_annotations
from posekit.datasets.reader import SPLITS
from posekit.errors import InputError

from . import made_sets


def joints(**named):
    """COCO's 51 numbers from joint=(x, y, v)."""
    flat = np.zeros((17, 3), int)
    for name, value in named.items():
        flat[skeletons.COCO17.index(name)] = value
    return flat.ravel().tolist()


LABELLED = joints(nose=(5, 6, 2), left_shoulder=(8, 10, 2), right_shoulder=(2, 12, 1))
SQUARE = [4, 6, 14, 6, 14, 16, 4, 16]


@pytest.fixture
def val(tmp_path):
    """The reader of a val2017 with these annotations (the train half is absent)."""

    def val(*annotations, **options):
        made_sets.coco(tmp_path, list(annotations))
        return COCO(tmp_path, "test", **options)

    return val


def test_labelled_person(val):
    reader = val({"keypoints": LABELLED, "bbox": [1, 2, 10, 20], "area": 123.5})
    assert len(reader) == 1
    sample = reader[0]
    assert sample.id == "000000000010.jpg"
    shoulder = skeletons.COCO17.index("right_shoulder")
    np.testing.assert_array_equal(sample.keypoints[0, shoulder], (2, 12))
    assert sample.visible[0, shoulder] == OCCLUDED
    assert sample.visible[0, 0] == VISIBLE
    assert (sample.visible[0] > 0).sum() == 3
    assert np.isnan(sample.keypoints[0, 1]).all()  # (0, 0, 0) in the file
    np.testing.assert_allclose(sample.boxes[0], [0.5, 1.5, 10.5, 21.5])  # edges, on our grid
    np.testing.assert_allclose(sample.areas, [123.5])
    assert not sample.crowd.any()
    assert not sample.ignore.any()


def test_neck_on_request(val):
    sample = val({"keypoints": LABELLED}, skeleton="openpose18")[0]
    neck = skeletons.OPENPOSE18.index("neck")
    np.testing.assert_array_equal(sample.keypoints[0, neck], (5, 11))
    assert sample.visible[0, neck] == OCCLUDED  # as its less visible shoulder
    only_one = val(
        {"keypoints": joints(nose=(5, 6, 2), left_shoulder=(8, 10, 2))}, skeleton="openpose18"
    )[0]
    assert only_one.visible[0, neck] == UNLABELLED


def test_unlabelled_people_and_crowds_are_ignored(val):
    crowd = np.zeros((40, 30), int)
    crowd[20:30, 10:25] = 1
    runs = run_lengths(crowd)
    people = [
        {"keypoints": LABELLED, "segmentation": [[20, 0, 29, 0, 29, 9]]},
        {"segmentation": [SQUARE]},
        {"iscrowd": 1, "segmentation": {"counts": runs, "size": [40, 30]}},
    ]
    sample = val(*people)[0]
    assert len(sample) == 1
    expected = crowd.astype(bool)
    expected[6:16, 4:14] = True
    inside = sample.ignore & ~expected  # a polygon's border pixels may count as inside
    assert (sample.ignore | ~expected).all()
    assert inside.sum() <= 2 * (11 + 11)
    everyone = val(*people, everyone=True)
    assert len(everyone) == 3  # images without people as well
    assert everyone[0].crowd.tolist() == [False, False, True]
    assert (everyone[0].visible[1:] == 0).all()
    np.testing.assert_array_equal(everyone[0].ignore, sample.ignore)
    assert len(everyone[2]) == 0
    assert everyone[2].boxes.shape == (0, 4)


def run_lengths(mask):
    """COCO's counts, by the definition: down the columns, zeros first."""
    counts, value = [0], 0
    for pixel in mask.ravel(order="F"):
        if pixel != value:
            counts.append(0)
            value = pixel
        counts[-1] += 1
    return counts


def test_run_lengths_round_trip():
    rng = np.random.default_rng(0)
    for _ in range(20):
        mask = (rng.random((7, 5)) > 0.5).astype(np.uint8)
        outline = {"counts": run_lengths(mask), "size": [7, 5]}
        np.testing.assert_array_equal(decode_runs(outline, (7, 5), 1), mask)


@pytest.mark.parametrize(
    "outline",
    [
        {"counts": [3, 4], "size": [7, 5]},
        {"counts": [35], "size": [5, 7]},
        {"counts": "a1b2", "size": [7, 5]},
        {"size": [7, 5]},
        {},
    ],
)
def test_run_lengths_that_are_none(outline):
    with pytest.raises(InputError, match="annotation 77: its segmentation"):
        decode_runs(outline, (7, 5), 77)


def test_polygon_covers_the_pixels_inside():
    mask = np.zeros((40, 30), np.uint8)
    paint(mask, {"segmentation": [SQUARE], "bbox": [0, 0, 1, 1]})
    assert mask[6:16, 4:14].all()
    assert 100 <= mask.sum() <= 11 * 11


def test_no_outline_paints_the_box():
    mask = np.zeros((40, 30), np.uint8)
    paint(mask, {"bbox": [4, 6, 10, 10]})
    assert mask[6:16, 4:14].all()
    assert mask.sum() <= 11 * 11


@pytest.mark.parametrize(
    "box",
    [
        [5, 5, 0, 0],
        [5, 5, 0, 9],
        [100, 5, 10, 10],
        [-50, 0, 20, 20],
        [5, 5, -3, 4],
        [float("nan")] * 4,
    ],
)
def test_box_outside_or_of_no_size_becomes_the_joints(val, box):
    sample = val({"keypoints": LABELLED, "bbox": box})[0]
    np.testing.assert_allclose(sample.boxes[0], [2, 6, 8, 12])


def test_box_partly_outside_stays(val):
    np.testing.assert_allclose(
        val({"keypoints": LABELLED, "bbox": [-5, -5, 20, 20]})[0].boxes[0], [-5.5, -5.5, 14.5, 14.5]
    )


def test_splits(tmp_path):
    people = [{"keypoints": LABELLED, "image_id": n} for n in (10, 20, 21)]
    made_sets.coco(tmp_path, people, half="train")
    made_sets.coco(tmp_path, people[:1], half="val")
    ids = {split: [s.id for s in COCO(tmp_path, split)] for split in (None, *SPLITS)}
    assert ids["train"] == ["000000000021.jpg"]
    assert ids["val"] == ["000000000010.jpg", "000000000020.jpg"]
    assert ids["test"] == ["000000000010.jpg"]
    assert len(ids[None]) == 4


def test_images_that_are_not_there_are_left_out(val, tmp_path):
    val({"keypoints": LABELLED}, {"keypoints": LABELLED, "image_id": 21})
    (tmp_path / "val2017" / "000000000010.jpg").unlink()
    reader = COCO(tmp_path, "test")
    assert [sample.id for sample in reader] == ["000000000021.jpg"]
    assert [path[-16:] for path in reader.absent] == ["000000000010.jpg"]
    sample = COCO(tmp_path, "test", images=False)[0]  # the file knows the size
    assert (sample.image, sample.size) == (None, (40, 30))


def test_image_of_another_size(val, tmp_path):
    reader = val({"keypoints": LABELLED})
    made_sets.write_image(tmp_path / "val2017" / "000000000010.jpg", 30, 40)
    with pytest.raises(InputError, match=r"000000000010\.jpg is of size \(30, 40\).*\(40, 30\)"):
        reader[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"keypoints": [1, 2, 3]}, "needs 51 numbers"),
        ({"keypoints": None}, "needs 51 numbers"),
        ({"keypoints": ["1"] * 51}, "needs 51 numbers"),
        ({"bbox": [1, 2]}, "needs 51 numbers"),
        ({"keypoints": [1, 1, 7] + [0] * 48}, "has a visibility that is not 0, 1 or 2"),
        ({"image_id": 99}, "is for image 99, which the file does not list"),
    ],
)
def test_bad_annotation_is_named(tmp_path, change, words):
    path = made_sets.coco(tmp_path, [{"keypoints": LABELLED}, {"id": 501} | change])
    with pytest.raises(InputError, match=rf"val2017\.json: annotation 501 {words}"):
        read_annotations(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"area": "x"}, "needs a number as area, and has 'x'"),
        ({"area": None}, "needs a number as area, and has null"),
        ({"iscrowd": "no"}, "needs 0 or 1 as iscrowd, and has 'no'"),
        ({"image_id": "10"}, "is for image '10', which the file does not list"),
        ({"image_id": [10]}, r"is for image \[10\], which"),
        ({"segmentation": 7}, "needs a list of polygons .* as segmentation"),
        ({"segmentation": [[1, 2, 3]]}, "needs a list of polygons"),
        ({"segmentation": {"counts": [5], "size": [40, 30]}}, "has run lengths as segmentation"),
        ({"bbox": [0, 0, 1e300, 1]}, "needs 51 numbers as keypoints and 4 as bbox"),
    ],
)
def test_odd_values_of_an_annotation_are_named(tmp_path, change, words):
    path = made_sets.coco(tmp_path, [{"keypoints": LABELLED}, {"id": 501} | change])
    with pytest.raises(InputError, match=rf"val2017\.json: annotation 501 {words}"):
        read_annotations(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "10"}, "image '10': id must be a whole number"),
        ({"id": None}, "image null: id must be"),
        ({"id": 20}, "image 20: its id stands twice"),
        ({"height": None}, "image 10: height must be a whole number, 1 to 65535, and is null"),
        ({"width": 0}, "image 10: width must be a whole number"),
        ({"height": 60000, "width": 60000}, "image 10: height and width, 60000 and 60000, are no"),
        ({"file_name": None}, "image 10: file_name must be a text, and is null"),
        ({"file_name": 10}, "image 10: file_name must be a text, and is 10"),
        ({"file_name": "/etc/passwd"}, "image 10: file_name .* within its folder"),
        ({"file_name": "../../secret.jpg"}, "image 10: file_name .* within its folder"),
        ({"file_name": "C:\\secret.jpg"}, "image 10: file_name .* within its folder"),
        ({"file_name": "..\\secret.jpg"}, "image 10: file_name .* within its folder"),
    ],
)
def test_odd_values_of_an_image_are_named(tmp_path, change, words):
    path = made_sets.coco(tmp_path, [{"keypoints": LABELLED}])
    content = json.loads(path.read_text())
    content["images"][0] |= change
    path.write_text(json.dumps(content))
    for read in (read_annotations, lambda path: COCO(tmp_path, "test", images=False)):
        with pytest.raises(InputError, match=rf"val2017\.json: {words}"):
            read(path)


def test_a_file_name_may_lead_into_a_folder_within(tmp_path):
    path = made_sets.coco(tmp_path, [{"keypoints": LABELLED}])
    content = json.loads(path.read_text())
    content["images"][0]["file_name"] = "batch_1/a.jpg"
    path.write_text(json.dumps(content))
    made_sets.write_image(tmp_path / "val2017" / "batch_1" / "a.jpg")
    assert COCO(tmp_path, "test")[0].image.shape == (40, 30, 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"images": [], "annotations": null}', "it has no list of annotations"),
        ('{"images": {}, "annotations": []}', "it has no list of images"),
        ("[" * 200_000, "its brackets are nested too deeply"),
    ],
    ids=["null", "object", "brackets"],
)
def test_file_of_another_make(tmp_path, text, words):
    path = tmp_path / "person_keypoints_val2017.json"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"val2017\.json cannot be read as COCO's .*: {words}"):
        read_annotations(path)


@pytest.mark.parametrize("field", ["keypoints", "bbox", "area", "iscrowd", "image_id"])
def test_missing_field_is_named(tmp_path, field):
    path = made_sets.coco(tmp_path, [{"keypoints": LABELLED}])
    content = json.loads(path.read_text())
    del content["annotations"][0][field]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=f"annotation 1 lacks {field}"):
        read_annotations(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"images": []}', '{"images": [1]}'])
def test_file_of_something_else(tmp_path, text):
    path = tmp_path / "person_keypoints_val2017.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"val2017\.json cannot be read"):
        read_annotations(path)


def test_image_entry_that_lacks_its_size(tmp_path):
    path = made_sets.coco(tmp_path, [], [{"id": 3, "file_name": "a.jpg"}])
    with pytest.raises(InputError, match="image 3 lacks"):
        read_annotations(path)


def test_file_that_is_absent(tmp_path):
    with pytest.raises(InputError, match=r"person_keypoints_val2017\.json is not there"):
        COCO(tmp_path, "test")


def joints_in_boxes(sample):
    """For each labelled joint: whether its person's box, grown by 8 pixels, holds it."""
    low, high = sample.boxes[:, None, :2] - 8, sample.boxes[:, None, 2:] + 8
    inside = ((sample.keypoints >= low) & (sample.keypoints <= high)).all(-1)
    return inside[sample.visible > 0]


def test_real_files(mirror, tmp_path):
    from posekit import catalog

    sizes = {split: len(catalog.load("coco", split, root=tmp_path)) for split in SPLITS}
    assert sizes == {"train": 24, "val": 4, "test": 32}
    samples = list(catalog.load("coco", root=tmp_path))
    assert len(samples) == 60
    assert sum(len(sample) for sample in samples) == 154
    assert sum(sample.ignore.any() for sample in samples) > 10
    inside = np.concatenate([joints_in_boxes(sample) for sample in samples])
    assert len(inside) == 1452
    assert inside.mean() > 0.97  # the labels are rough: 1,418 of 1,452
