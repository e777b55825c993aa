"""Human3.6M: generated files in the preprocessed form, and the sample's real ones."""

import json

import numpy as np
import pytest

from posekit.datasets.fetch import local
from posekit.datasets.h36m import Human36M, read_cameras, to_metres
from posekit.errors import InputError

from .made_sets import write_image

CAMERA = {
    "R": [[-1, 0, 0], [0, 0, -1], [0, -1, 0]],  # the camera's axes in the room, by column
    "T": [[0], [5], [1]],
    "f": [[1000], [1000]],
    "c": [[500], [501]],
    "k": [[-0.2], [0.25], [-0.003]],
    "p": [[-0.001], [-0.002]],
    "w": 1000,
    "h": 1002,
}


def person(seed):
    return np.random.default_rng(seed).uniform(-0.4, 0.4, (17, 3)) + (0, 0, 1)


def write(folder, names, *, unit=1.0, change=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cameras.json").write_text(
        json.dumps({"S1.54138969": CAMERA, "S9.54138969": {**CAMERA, "T": [[0], [5000], [1000]]}})
    )  # millimetres
    camera = read_cameras(folder / "cameras.json")["S1.54138969"]
    images, labels = [], []
    for i, name in enumerate(names):
        images.append({"id": i, "file_name": name, "height": 1002, "width": 1000})
        world = person(i)
        flat = np.column_stack([camera.project(world), np.ones(17)])
        space = np.column_stack([world * unit, np.ones(17)])
        labels.append(
            {
                "id": i,
                "image_id": i,
                "keypoints": flat.ravel().tolist(),
                "keypoints_3d": space.ravel().tolist(),
            }
        )
    content = {"images": images, "annotations": labels, "categories": []}
    if change:
        change(content)
    (folder / "h36m_coco.json").write_text(json.dumps(content))


NAMES = (
    "S1_Walking_1.54138969_000002.jpg",
    "S1_Walking_1.54138969_000001.jpg",
    "S9_SittingDown.54138969_000007.jpg",
)


@pytest.mark.parametrize("unit", [1.0, 1000.0])
def test_takes(tmp_path, unit):
    write(tmp_path, NAMES, unit=unit)
    clips = Human36M(tmp_path, images=False)
    assert [(clip.id, clip.action, clip.group, len(clip)) for clip in clips] == [
        ("S1_Walking_1.54138969", "Walking", "S1", 2),
        ("S9_SittingDown.54138969", "SittingDown", "S9", 1),
    ]
    walking = clips[0]
    np.testing.assert_allclose(walking[0].keypoints_3d[0], person(1), atol=1e-6)  # by number
    np.testing.assert_allclose(walking[1].keypoints_3d[0], person(0), atol=1e-6)
    assert (walking.frame, walking.size, walking.frames) == ("world", (1002, 1000), None)
    for clip in clips:
        projected = clip.camera.project(clip.extra["keypoints_3d"])
        np.testing.assert_allclose(projected, clip.keypoints, atol=1e-2)


def test_a_camera_in_the_room(tmp_path):
    write(tmp_path, NAMES)
    for camera in read_cameras(tmp_path / "cameras.json").values():  # metres and millimetres
        np.testing.assert_allclose(camera.position, (0, 5, 1))
        np.testing.assert_allclose(camera.project([0, 0, 1.0]), (500, 501))  # where it looks
        assert camera.project([0, 0, 1.5])[1] < 501  # z is up in the room


def test_split_and_frames(tmp_path):
    write(tmp_path, NAMES)
    for name in NAMES[:2]:
        write_image(tmp_path / "images" / name)
    clips = Human36M(tmp_path)
    assert [clip.group for clip in clips] == ["S1"]
    assert clips.absent == [NAMES[2]]
    assert clips[0][1].image.shape == (40, 30, 3)
    assert Human36M(tmp_path, "train", images=False).groups == {"S1"}
    assert Human36M(tmp_path, "test", images=False).groups == {"S9"}


def test_metres():
    points = person(0)
    np.testing.assert_allclose(to_metres(points * 1000), points)
    np.testing.assert_array_equal(to_metres(points), points)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda c: c["annotations"][1]["keypoints"].pop(),
            r"_000001\.jpg: keypoints must be 17 x 3",
        ),
        (lambda c: c["annotations"][1].pop("keypoints_3d"), r"keypoints_3d must be 17 x 4"),
        (lambda c: c["annotations"][1]["keypoints_3d"].__setitem__(3, float("nan")), "finite"),
        (lambda c: c["images"][2].update(file_name="S9.jpg"), "annotation 2 is of no image that"),
        (lambda c: c["annotations"][0].update(image_id=9), "annotation 0 is of no image"),
        (lambda c: c.update(annotations=[]), "has no annotation"),
        (lambda c: c.update(annotations=None), "annotations must be a list of objects"),
        (lambda c: c["images"][0].update(id=None), "image 0: id is null"),
        (lambda c: c["images"][2].update(file_name=7), "annotation 2 .* file_name, which is 7"),
        (lambda c: c["images"][0].update(height=None), "height must be a whole number"),
        (
            lambda c: c["images"][2].update(file_name="S2_Eating.54138969_000001.jpg"),
            r"no camera S2\.54138969",
        ),
    ],
)
def test_bad_labels(tmp_path, change, words):
    write(tmp_path, NAMES, change=change)
    with pytest.raises(InputError, match=words):
        Human36M(tmp_path, images=False)


def test_bad_cameras(tmp_path):
    path = tmp_path / "cameras.json"
    for broken in ({"R": [[1, 0], [0, 1]]}, {"R": np.ones((3, 3)).tolist()}, {"f": None}):
        path.write_text(json.dumps({"S1.1": CAMERA | broken}))
        with pytest.raises(InputError, match=r"cameras\.json: camera S1\.1 cannot be used"):
            read_cameras(path)
    for text in ("[]", "{"):
        path.write_text(text)
        with pytest.raises(InputError, match=r"cameras\.json "):
            read_cameras(path)
    with pytest.raises(InputError, match="is not there"):
        read_cameras(tmp_path / "nobody.json")


def test_real_sample(mirror, tmp_path):
    clips = Human36M(local.find("h36m", tmp_path, mirror))
    assert len(clips) == 4
    assert len(clips.cameras) == 44
    assert clips.groups == {"S1", "S5", "S7", "S8"}
    for clip in clips:
        sample = clip[0]
        assert sample.image.shape[:2] == clip.size
        points = sample.keypoints_3d
        error = np.abs(clip.camera.project(points) - sample.keypoints).max()
        assert error < 1e-3
        back = clip.camera.unproject(sample.keypoints, clip.camera.to_camera(points)[..., 2])
        np.testing.assert_allclose(back, points, atol=1e-5)
        assert 1 < clip.camera.position[2] < 2.5


def test_the_first_leg_is_the_right_one(mirror, tmp_path):
    """Against the file's own list of names: knees bend forward, and the face is in front."""
    for clip in Human36M(local.find("h36m", tmp_path, mirror)):
        points = clip.extra["keypoints_3d"][0, 0].astype(float)
        forward = np.cross(points[8] - points[0], points[1] - points[4])
        forward /= np.linalg.norm(forward)
        for hip, knee, ankle in ((1, 2, 3), (4, 5, 6)):
            assert (points[knee] - (points[hip] + points[ankle]) / 2) @ forward > 0
        assert (points[9] - (points[8] + points[10]) / 2) @ forward > 0.03
