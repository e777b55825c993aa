"""JHMDB, in the mirror's flat form and the official one, generated and real."""

import numpy as np
import pytest
from scipy.io import savemat

from posekit import skeletons
from posekit.datasets.fetch import local
from posekit.datasets.jhmdb import FOLDS, JHMDB, to_pixels, video_of
from posekit.errors import InputError

SIDES = ("train", "train", "test"), ("train", "train", "test"), ("test", "train", "train")


def flat(folder, clips=3, change=None):
    """The six .npz files of some clips, ragged; returns their normalised joints."""
    rng = np.random.default_rng(0)
    poses = [rng.normal(0, 0.3, (3 + i, 15, 2)).astype(np.float32) for i in range(clips)]
    for fold in FOLDS:
        for side in ("train", "test"):
            chosen = [i for i in range(clips) if SIDES[i][fold - 1] == side]
            arrays = {
                "poses": np.concatenate(
                    [np.zeros((0, 15, 2), np.float32), *[poses[i] for i in chosen]]
                ),
                "lengths": np.array([len(poses[i]) for i in chosen], int),
                "labels": np.array(["clap"] * len(chosen), "U6"),
            }
            if change and (fold, side) == (2, "train"):
                arrays |= change(arrays)
            np.savez(folder / f"JHMDB_GT_{side}_{fold}.npz", **arrays)
    return poses


def test_flat_form(tmp_path):
    poses = flat(tmp_path)
    reader = JHMDB(tmp_path)
    assert len(reader) == 3
    by_length = {len(clip): clip for clip in reader}
    for i, pose in enumerate(poses):
        clip = by_length[len(pose)]
        np.testing.assert_allclose(clip.keypoints[:, 0], to_pixels(pose), atol=1e-4)
        assert (clip.action, clip.group) == ("clap", f"clap-{'-'.join(SIDES[i])}")
        assert not clip.occlusion_known
    assert len(reader.groups) == 2  # two clips that no split tells apart are one group


@pytest.mark.parametrize("fold", FOLDS)
def test_splits(tmp_path, fold):
    flat(tmp_path)
    train, test = (JHMDB(tmp_path, split, fold=fold) for split in ("train", "test"))
    assert len(train) == sum(sides[fold - 1] == "train" for sides in SIDES)
    assert len(train) + len(test) == 3
    assert not train.groups & test.groups


def test_pixels():
    np.testing.assert_allclose(
        to_pixels(np.array([[0, 0], [0.5, 0.25]])), [(159, 119), (159 + 60, 119 + 30)]
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: {"poses": a["poses"][:, :14]}, r"train_2\.npz: poses must be .*15, 2\)"),
        (lambda a: {"lengths": a["lengths"] + 1}, r"train_2\.npz: \d+ lengths that add up to"),
        (lambda a: {"labels": a["labels"][:-1]}, r"train_2\.npz: .* do not fit"),
        (lambda a: {"poses": a["poses"] * np.nan}, r"train_2\.npz: frame 0 has a coordinate"),
        (lambda a: {"labels": np.array([None] * 3)}, r"train_2\.npz cannot be read"),
        (
            lambda a: {"poses": a["poses"] + 1},
            r"train_1\.npz: a clip .* is not in all three splits: neither in .*train_2\.npz",
        ),
        (lambda a: {"lengths": a["lengths"] + 0.5}, r"train_2\.npz: \d+ lengths that add up to"),
        (lambda a: {"labels": np.arange(3)}, r"train_2\.npz: labels must be a row of names"),
        (lambda a: {"poses": a["poses"].astype(str)}, r"train_2\.npz: poses must be numbers"),
    ],
)
def test_bad_flat_files(tmp_path, change, words):
    flat(tmp_path, change=change)
    with pytest.raises(InputError, match=words):
        JHMDB(tmp_path)


def test_absent_and_unknown(tmp_path):
    with pytest.raises(InputError, match=r"JHMDB_GT_train_1\.npz is not there"):
        JHMDB(tmp_path)
    with pytest.raises(InputError, match="splits 1, 2 and 3, and no 4"):
        JHMDB(tmp_path, fold=4)


NAMES = (
    "Goal_1_catch_u_cm_np1_fr_med_0",
    "Goal_1_catch_u_cm_np1_fr_med_3",
    "Old_Film_catch_f_nm_np2_ba_goo_1",
)


def official(folder):
    points = {}
    for i, name in enumerate(NAMES):
        points[name] = np.random.default_rng(i).uniform(1, 240, (2, 15, 4))
        path = folder / "joint_positions" / "catch" / name
        path.mkdir(parents=True)
        savemat(path / "joint_positions.mat", {"pos_img": points[name], "scale": np.ones(4)})
    (folder / "splits").mkdir()
    lines = [f"{name}.avi {side}" for name, side in zip(NAMES, (1, 1, 2))]
    (folder / "splits" / "catch_test_split1.txt").write_text("\r\n".join([*lines, ""]))
    return points


def test_official_form(tmp_path):
    points = official(tmp_path)
    train, test = JHMDB(tmp_path, "train"), JHMDB(tmp_path, "test")
    assert [clip.id for clip in train] == list(NAMES[:2])
    assert [clip.id for clip in test] == [NAMES[2]]
    assert train.groups == {"Goal_1_catch"}
    np.testing.assert_allclose(
        test[0].keypoints[:, 0], points[NAMES[2]].transpose(2, 1, 0) - 1, atol=1e-4
    )
    assert len(JHMDB(tmp_path)) == 3


def test_bad_official_files(tmp_path):
    official(tmp_path)
    with pytest.raises(InputError, match=r"no splits/\*_test_split2\.txt"):
        JHMDB(tmp_path, "train", fold=2)
    lists = tmp_path / "splits" / "catch_test_split1.txt"
    lists.write_text(lists.read_text() + f"{NAMES[0]}.avi three\n")
    with pytest.raises(InputError, match=r"catch_test_split1\.txt, line 4: it should be"):
        JHMDB(tmp_path, "train")
    path = tmp_path / "joint_positions" / "catch" / NAMES[0] / "joint_positions.mat"
    savemat(path, {"pos_img": np.ones((2, 14, 4))})
    with pytest.raises(InputError, match=r"joint_positions\.mat: pos_img must be .*\(2, 14, 4\)"):
        JHMDB(tmp_path)


def test_video_of():
    assert video_of(NAMES[0]) == "Goal_1_catch"
    assert video_of("no_such_form") == "no_such_form"


def test_real_skeletons(mirror, tmp_path):
    folder = local.find("jhmdb", tmp_path, mirror)
    clips = list(JHMDB(folder))
    assert len(clips) == 609
    assert len({clip.action for clip in clips}) == 14
    assert sum(map(len, clips)) == 21_126
    for fold, sizes in zip(FOLDS, [(433, 176), (433, 176), (434, 175)]):
        train, test = JHMDB(folder, "train", fold=fold), JHMDB(folder, "test", fold=fold)
        assert (len(train), len(test)) == sizes
        assert not train.groups & test.groups


def test_what_the_real_coordinates_are(mirror, tmp_path):
    """The evidence that the module's words on joints, origin and unit rest on."""
    points = np.concatenate(
        [clip.keypoints[:, 0] for clip in JHMDB(local.find("jhmdb", tmp_path, mirror))]
    )
    joints = skeletons.get("jhmdb15").joints
    at = {joint: points[:, i] for i, joint in enumerate(joints)}
    down = [
        at[joint][:, 1].mean() for joint in ("head", "neck", "belly", "right_knee", "right_ankle")
    ]
    assert down == sorted(down)
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")):
        left, right = (
            np.median(np.linalg.norm(at[f"{side}_{a}"] - at[f"{side}_{b}"], axis=-1))
            for side in ("left", "right")
        )
        assert 0.95 < left / right < 1.05
    assert (at["right_shoulder"][:, 0] < at["left_shoulder"][:, 0]).mean() > 0.65
    torso = np.linalg.norm(at["neck"] - at["belly"], axis=-1)
    assert np.std(torso) / np.mean(torso) < 0.2
    inside = ((points > -0.5) & (points < (319.5, 239.5))).all((1, 2))
    assert 0.95 < inside.mean() < 1
