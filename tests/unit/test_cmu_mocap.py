"""CMU's skeletons and motions: closed-form kinematics, every wrong line, the real files."""

import numpy as np
import pytest

from posekit import skeletons
from posekit.datasets.asf import INCH, forced_dof, read_asf
from posekit.datasets.cmu_mocap import CMUMocap, joint_positions, read_amc, watching
from posekit.datasets.fetch import local
from posekit.errors import InputError

ASF = """\
# a thigh and a shin that hang from the right hip, and a head
:version 1.10
:name VICON
:units
  mass 1.0
  length 0.5
  angle deg
:documentation
   made for a test
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 1
     name rhipjoint
     direction -1 0 0
     length 2
     axis 0 0 0  XYZ
  end
  begin
     id 2
     name rfemur
     direction 0 -1 0
     length 8
     axis 0 0 90   XYZ
    dof rx ry rz
    limits (-160.0 20.0)
           (-70.0 70.0)
           (-60.0 70.0)
  end
  begin
     id 3
     name rtibia
     direction 0 -1 0
     length 6
     axis 0 0 0   XYZ
    dof rx
  end
  begin
     id 4
     name head
     direction 0 1 0
     length 10
     axis 0 0 0   XYZ
  end
:hierarchy
  begin
    root rhipjoint head
    rhipjoint rfemur
    rfemur rtibia
  end
"""
AMC = """\
#!OML:ASF made for a test
:FULLY-SPECIFIED
:DEGREES
1
root 0 10 0 0 0 0
rfemur 0 0 0
rtibia 0
2
root 1 10 0 0 90 0
rfemur 0 0 0
rtibia 0
3
root 0 10 0 0 0 0
rfemur 0 0 90
rtibia 90
4
root 0 10 0 0 0 0
rfemur 90 0 0
rtibia 0
"""
UNIT = INCH / 0.5


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "subjects" / "07").mkdir(parents=True)
    (tmp_path / "subjects" / "07" / "07.asf").write_text(ASF)
    amc = AMC.replace("\n", "\r\n").encode()  # as the real motions end their lines
    (tmp_path / "subjects" / "07" / "07_01.amc").write_bytes(amc)
    return tmp_path


def ends(folder):
    subject = folder / "subjects" / "07"
    skeleton = read_asf(subject / "07.asf")
    found = skeleton.positions(read_amc(subject / "07_01.amc", skeleton))
    return {name: points / UNIT for name, points in found.items()}


def test_standing(folder):
    found = ends(folder)
    np.testing.assert_allclose(found["root"][0], (0, 10, 0), atol=1e-12)
    np.testing.assert_allclose(found["rhipjoint"][0], (-2, 10, 0), atol=1e-12)
    np.testing.assert_allclose(found["rfemur"][0], (-2, 2, 0), atol=1e-12)
    np.testing.assert_allclose(found["rtibia"][0], (-2, -4, 0), atol=1e-12)


def test_the_root_moves_and_turns_all(folder):
    found = ends(folder)  # 90 degrees about y take -x to z
    np.testing.assert_allclose(found["rhipjoint"][1], (1, 10, 2), atol=1e-12)
    np.testing.assert_allclose(found["rtibia"][1], (1, -4, 2), atol=1e-12)


def test_a_bone_turns_about_its_own_axes(folder):
    found = ends(folder)
    # About z the axes of the thigh (turned about z) change nothing: 90 degrees take -y to x.
    np.testing.assert_allclose(found["rfemur"][2], (6, 10, 0), atol=1e-12)
    # The shin, in the thigh's turn: about its x it would go from -y to -z; turned, from x.
    np.testing.assert_allclose(found["rtibia"][2], (6, 10, -6), atol=1e-12)
    # The thigh's x is the world's y, about which what points down does not move.
    np.testing.assert_allclose(found["rfemur"][3], (-2, 2, 0), atol=1e-12)


def test_a_clip(folder):
    (clip,) = CMUMocap(folder)
    assert (clip.id, clip.group, clip.fps, clip.action) == ("07_01", "07", 120, None)
    assert len(clip) == 4
    index = skeletons.get("h36m17").index
    points = clip.extra["keypoints_3d"][:, 0]
    np.testing.assert_allclose(
        points[0, index("right_knee")] / UNIT, (-2, 0, 2), atol=1e-5
    )  # z is up
    assert np.isnan(points[:, index("nose")]).all()  # no such bone
    assert (clip.visible[:, 0, index("nose")] == 0).all()
    sample = clip[3]
    seen = sample.visible[0] > 0
    np.testing.assert_allclose(
        sample.camera.project(sample.keypoints_3d[0][seen]), sample.keypoints[0][seen], atol=1e-3
    )
    assert ((sample.keypoints[0][seen] >= 0) & (sample.keypoints[0][seen] < (640, 480))).all()
    assert sample.keypoints[0, index("head_top"), 1] < sample.keypoints[0, index("pelvis"), 1]


def test_the_camera_sees_all_of_it():
    points = np.random.default_rng(0).uniform((-3, -9, 0), (2, 5, 2), (50, 17, 3))
    pixels = watching(points).project(points)
    assert (pixels > 0).all()
    assert (pixels < (640, 480)).all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rtibia 90", "rtibia 90 3", r"line 15: rtibia has 2 values, and 1 degrees of .*7\.asf"),
        ("rtibia 90", "ltibia 90", r"line 15: ltibia is no moving bone of .*another skeleton's"),
        ("rtibia 90", "head 90", r"line 15: head is no moving bone"),
        ("rtibia 90\n", "", "line 15: frame 3 ends without rtibia"),
        ("rfemur 90 0 0\nrtibia 0\n", "rfemur 90 0 0\n", "line 18: frame 4 ends without rtibia"),
        ("rtibia 90", "rtibia nan", "line 15: rtibia has a value that is not finite"),
        ("rtibia 90", "rtibia left", "line 15: could not convert"),
        ("rtibia 90", "rtibia 90\nrtibia 90", "line 16: rtibia stands .* twice"),
        ("3\nroot", "5\nroot", "line 12: frame 5 where frame 3"),
        ("1\nroot", "root", "line 4: root stands outside of a frame"),
        (":DEGREES", ":RADIANS", "line 3: angles in radians"),
        (AMC[AMC.index("1\nroot") :], "", "07_01.amc has no frame"),
    ],
)
def test_bad_motions(folder, old, new, words):
    assert old in AMC
    path = folder / "subjects" / "07" / "07_01.amc"
    path.write_text(AMC.replace(old, new, 1))
    with pytest.raises(InputError, match=rf"(07_01\.amc, )?{words}"):
        CMUMocap(folder)[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("direction -1 0 0", "direction -1 0", r"07\.asf, line 19: 3 finite numbers"),
        ("direction -1 0 0", "direction -1 0 up", r"07\.asf, line 19: could not convert"),
        ("length 2\n", "", r"07\.asf, line 21: this bone has no length"),
        ("name rtibia", "name rfemur", r"07\.asf, line 41: rfemur stands twice"),
        ("axis 0 0 90   XYZ", "axis 0 0 90   ZYX", r"line 28: axes in the order \['ZYX'\]"),
        ("dof rx ry rz", "dof rx ry l", r"line 29: rx ry l are no degrees of freedom"),
        ("angle deg", "angle rad", r"line 7: angles in rad"),
        ("length 0.5", "length 0", r"line 6: the unit of length must be positive"),
        ("    rfemur rtibia", "    rfemur rtoes", r"line 53: rtoes is no bone"),
        ("    rhipjoint rfemur\n", "", r"line 52: rfemur has children before"),
        ("root rhipjoint head", "root rhipjoint", r"07\.asf: head is a bone without a place"),
        (":bonedata", ":bones", r"07\.asf is no skeleton file: it has no :bonedata"),
        ("   order TX TY TZ RX RY RZ\n", "", r"its :root section has no order"),
    ],
)
def test_bad_skeletons(folder, old, new, words):
    assert old in ASF
    (folder / "subjects" / "07" / "07.asf").write_text(ASF.replace(old, new, 1))
    with pytest.raises(InputError, match=words):
        CMUMocap(folder)[0]


FORCED = ":FORCE-ALL-JOINTS-BE-3DOF"


def test_a_motion_that_gives_all_three_turns_of_every_bone(folder):
    """The shin has rx of its own; ry and rz follow. What they are, zeros show, then a turn."""
    subject = folder / "subjects" / "07"
    plain = ends(folder)
    text = AMC.replace(":DEGREES", f"{FORCED}\n:DEGREES")
    for own in ("rtibia 0\n", "rtibia 90\n"):
        text = text.replace(own, own.replace("\n", " 0 0\n"))
    (subject / "07_01.amc").write_text(text)
    forced = ends(folder)
    for name, points in plain.items():
        np.testing.assert_allclose(forced[name], points, atol=1e-12)
    # In frame 1 the shin hangs down; 90 degrees about z, its third turn, take -y to x.
    (subject / "07_01.amc").write_text(text.replace("rtibia 0 0 0", "rtibia 0 0 90", 1))
    np.testing.assert_allclose(ends(folder)["rtibia"][0], (4, 2, 0), atol=1e-12)


def test_the_bones_own_turns_come_first_in_such_a_motion():
    assert forced_dof(("rx",)) == ("rx", "ry", "rz")
    assert forced_dof(("rx", "rz")) == ("rx", "rz", "ry")
    assert forced_dof(("rz", "rx", "ry")) == ("rz", "rx", "ry")


def test_such_a_header_stands_before_the_frames(folder):
    path = folder / "subjects" / "07" / "07_01.amc"
    path.write_text(AMC.replace("2\nroot", f"{FORCED}\n2\nroot"))
    with pytest.raises(InputError, match=rf"line 8: {FORCED} stands after the first frame"):
        CMUMocap(folder)[0]


def test_numbers_without_measure_and_what_is_no_text(folder):
    path = folder / "subjects" / "07" / "07_01.amc"
    path.write_text(AMC.replace("rtibia 90", "rtibia 1e300"))
    with pytest.raises(InputError, match="line 15: rtibia has a value that is not finite"):
        CMUMocap(folder)[0]
    path.write_text(AMC.replace("rtibia 90", "rti\0ia 90"))
    with pytest.raises(InputError, match=r"07_01\.amc, line 15: it is no text"):
        CMUMocap(folder)[0]


def test_absent(folder, tmp_path):
    (folder / "subjects" / "07" / "07.asf").unlink()
    with pytest.raises(InputError, match=r"07\.asf is not there"):
        CMUMocap(folder)[0]
    with pytest.raises(InputError, match="holds no subjects/"):
        CMUMocap(tmp_path / "nowhere")


def test_real_motions(mirror, tmp_path):
    clips = CMUMocap(local.find("cmu_mocap", tmp_path, mirror))
    assert len(clips) == 28
    assert clips.groups == {"01", "02", "03"}
    skeleton = skeletons.get("h36m17")
    limbs = skeleton.limb_indices
    for name, frames in (("02_01", 343), ("03_01", 432)):
        (i,) = [i for i, path in enumerate(clips.entries) if path.stem == name]
        clip = clips[i]
        assert len(clip) == frames
        points = clip.extra["keypoints_3d"][:, 0].astype(float)
        lengths = np.linalg.norm(points[:, limbs[:, 0]] - points[:, limbs[:, 1]], axis=-1)
        shin, thigh = (
            skeleton.limbs.index(limb)
            for limb in (("right_knee", "right_ankle"), ("right_hip", "right_knee"))
        )
        assert lengths[:, [shin, thigh]].std(0).max() < 1e-6  # a bone keeps its length
        assert 0.35 < lengths[:, shin].mean() < 0.5 > lengths[:, thigh].mean() > 0.35
        ankles = points[:, [skeleton.index("left_ankle"), skeleton.index("right_ankle")], 2]
        assert 0.03 < ankles.min() < 0.12  # metres above the floor


def test_another_skeletons_real_motion(mirror, tmp_path):
    folder = local.find("cmu_mocap", tmp_path, mirror) / "subjects"
    skeleton = read_asf(folder / "02" / "02.asf")
    shorter = folder / "02" / "02_03.amc"
    ends = skeleton.positions(read_amc(shorter, skeleton))
    assert joint_positions(ends).shape == (len(ends["root"]), 17, 3)
    (tmp_path / "made.asf").write_text(ASF)
    with pytest.raises(InputError, match=r"02_03\.amc, line 6: lowerback is no moving bone of .*"):
        read_amc(shorter, read_asf(tmp_path / "made.asf"))


def test_a_skeleton_of_which_hardly_a_bone_is_known_is_refused(folder):
    """Another program's names: one joint of 17 would be known, and drawn as a person."""
    for name in ("07.asf", "07_01.amc"):
        path = folder / "subjects" / "07" / name
        text = path.read_text()
        for bone in ("rfemur", "rtibia", "rhipjoint", "head"):
            text = text.replace(bone, f"own_{bone}")
        path.write_text(text)
    with pytest.raises(InputError, match=r"07\.asf has 1 of the \d+ bones.*Rename its bones"):
        CMUMocap(folder)[0]
