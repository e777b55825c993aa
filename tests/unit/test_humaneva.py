"""HumanEva-I: its form, and cameras recovered from pairs of points."""

import cv2
import numpy as np
import pytest

from posekit.cameras import Camera
from posekit.datasets.fetch import local
from posekit.datasets.humaneva import FILE, HumanEva, fit_camera
from posekit.errors import InputError

LENS = {"radial": (-0.29, 0.1, 0.0), "tangential": (-0.0014, 0.0011)}


def camera(number, lens=LENS):
    matrix = [[760 + 5 * number, 0, 300], [0, 765, 232 - number], [0, 0, 1]]
    turn = cv2.Rodrigues(np.array([1.25, 1.4 * (number - 1), -1.2]))[0]
    return Camera(matrix, turn, (0.1, 0.7, 4.5), (480, 640), **lens)


def arrays(change=None):
    rng = np.random.default_rng(0)
    made = {}
    for split, subject, chunk, frames in (
        ("Train", "S1", "Walking 1 chunk0", 30),
        ("Train", "S2", "ThrowCatch 1 chunk12", 20),
        ("Validate", "S1", "Walking 1 chunk3", 9),
    ):
        key = f"{split}/{subject}/{chunk}"
        points = rng.uniform((-1, -1, 0), (1, 1, 1.8), (frames, 15, 3)).astype(np.float32)
        made[f"positions_3d/{key}"] = points
        for number in range(3):
            made[f"positions_2d/{key}/cam{number}"] = camera(number).project(points)
    if change:
        change(made)
    return made


def write(folder, change=None):
    np.savez(folder / FILE, **arrays(change))
    return folder


def test_clips(tmp_path):
    write(tmp_path)
    clips = HumanEva(tmp_path)
    assert len(clips) == 9
    assert [clip.group for clip in clips] == ["S1"] * 3 + ["S2"] * 3 + ["S1"] * 3
    assert clips[0].action == "Walking"
    assert clips[3].action == "ThrowCatch"
    assert (clips[0].size, clips[0].fps, clips[0].frame) == ((480, 640), 60, "world")
    assert [clip.id for clip in HumanEva(tmp_path / FILE, "test", cameras=(1,))] == [
        "Validate/S1/Walking 1 chunk3/cam1"
    ]
    assert len(HumanEva(tmp_path, "train", cameras=(0, 2))) == 4


def test_clips_have_the_camera_that_saw_them(tmp_path):
    for clip in HumanEva(write(tmp_path)):
        back = clip.camera.project(clip.extra["keypoints_3d"])
        np.testing.assert_allclose(back, clip.keypoints, atol=0.05)
        np.testing.assert_allclose(clip[0].camera.position, clip.camera.position)


def test_a_pinhole_is_recovered_exactly():
    true = camera(1, lens={})
    points = np.random.default_rng(1).uniform(-1, 1, (40, 3))
    found = fit_camera(points, true.project(points), (480, 640), lens=False)
    np.testing.assert_allclose(found.matrix, true.matrix, atol=1e-6)
    np.testing.assert_allclose(found.rotation, true.rotation, atol=1e-9)
    np.testing.assert_allclose(found.position, true.position, atol=1e-8)


def test_a_lens_is_recovered():
    true = camera(2)
    points = np.random.default_rng(1).uniform(-1.2, 1.2, (400, 3))
    pixels = true.project(points)
    found = fit_camera(points, pixels)
    pinhole = fit_camera(points, pixels, lens=False)
    assert np.abs(found.project(points) - pixels).max() < 1e-3
    assert np.abs(pinhole.project(points) - pixels).max() > 1
    np.testing.assert_allclose(found.matrix, true.matrix, atol=0.1)
    np.testing.assert_allclose(found.position, true.position, atol=1e-3)


def test_no_camera_follows():
    points = np.random.default_rng(2).uniform(-1, 1, (30, 3))
    with pytest.raises(InputError, match="6 pairs of points"):
        fit_camera(points[:5], np.zeros((5, 2)))
    with pytest.raises(InputError, match="6 pairs of points"):
        fit_camera(points, np.zeros((29, 2)))
    points[:, 2] = 0.5
    with pytest.raises(InputError, match="in one plane"):
        fit_camera(points, np.zeros((30, 2)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda a: a.pop("positions_2d/Train/S1/Walking 1 chunk0/cam2"),
            r"chunk0/cam2 must be \(30, 15, 2\) .* is not there",
        ),
        (
            lambda a: a.update({"positions_3d/Train/S1/Walking 1 chunk0": np.zeros((30, 14, 3))}),
            r"chunk0 must be \(30, 15, 3\) .* is \(30, 14, 3\)",
        ),
        (lambda a: a["positions_3d/Train/S1/Walking 1 chunk0"].fill(np.nan), "finite"),
        (lambda a: a.clear(), r"has no positions_3d/"),
        (lambda a: a.update({"positions_3d/x": np.zeros(3)}), r"'positions_3d/x' is not called as"),
    ],
)
def test_bad_files(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        HumanEva(write(tmp_path, change))


def test_a_camera_that_cannot_be_is_named_with_the_file(tmp_path):
    def one_place(arrays):
        for name in [name for name in arrays if "/S1/" in name and name.endswith("cam1")]:
            arrays[name][:] = 5

    clips = HumanEva(write(tmp_path, one_place), cameras=(1,))
    with pytest.raises(InputError, match=rf"{FILE}: no camera 1 follows from .* of S1"):
        clips[0]


def test_absent_damaged_and_unknown(tmp_path):
    with pytest.raises(InputError, match=rf"{FILE} is not there"):
        HumanEva(tmp_path)
    (tmp_path / FILE).write_bytes(b"PK damaged")
    with pytest.raises(InputError, match="cannot be read as HumanEva-I's poses"):
        HumanEva(tmp_path)
    write(tmp_path)
    with pytest.raises(InputError, match="cameras 0, 1 and 2, and not"):
        HumanEva(tmp_path, cameras=(3,))


def test_real_poses(mirror, tmp_path):
    path = local.find("humaneva", tmp_path, mirror)
    clips = HumanEva(path)
    assert len(clips) == 231
    assert (len(HumanEva(path, "train")), len(HumanEva(path, "test"))) == (105, 126)
    assert clips.groups == {"S1", "S2", "S3"}
    for subject in clips.groups:
        for number in range(3):
            points, pixels = clips.pairs(subject, number)
            found = clips.camera(subject, number)
            errors = np.linalg.norm(found.project(points) - pixels, axis=1)
            assert errors.mean() < 0.05
            assert errors.max() < 1
            assert 3.5 < np.hypot(*found.position[:2]) < 5  # metres from the room's middle
            assert 1 < found.position[2] < 2
