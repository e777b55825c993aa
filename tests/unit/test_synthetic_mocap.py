"""CMU's motions on our body: its rest pose, single turns, made-up files, and the real ones."""

import numpy as np
import pytest

from posekit import skeletons
from posekit.datasets.asf import read_asf
from posekit.datasets.cmu_mocap import ENDS, CMUMocap, read_amc
from posekit.datasets.fetch import local
from posekit.errors import InputError
from posekit.synthetic import mocap_clip
from posekit.synthetic.human.body import Body
from posekit.synthetic.human.joint_tree import INDEX
from posekit.synthetic.motion.ground_contact import lowest
from posekit.synthetic.motion.mocap_retargeting import BONES, retarget

BODY = Body.make("female", 1.7)
_HEAD = """\
:units
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
"""
# name: (parent, direction at rest, length): arms held out, legs a little apart.
_TREE = {
    "lowerback": ("root", "0 1 0", 2),
    "thorax": ("lowerback", "0 1 0", 4),
    "head": ("thorax", "0 1 0", 3),
}
for _s, _x in (("l", 1), ("r", -1)):
    _TREE |= {
        f"{_s}hipjoint": ("root", f"{_x} 0 0", 2),
        f"{_s}femur": (f"{_s}hipjoint", f"{0.342 * _x} -0.94 0", 7),
        f"{_s}tibia": (f"{_s}femur", f"{0.342 * _x} -0.94 0", 7),
        f"{_s}foot": (f"{_s}tibia", "0 -0.24 0.97", 2),
        f"{_s}clavicle": ("thorax", f"{_x} 0 0", 3),
        f"{_s}humerus": (f"{_s}clavicle", f"{_x} 0 0", 5),
        f"{_s}radius": (f"{_s}humerus", f"{_x} 0 0", 4),
        f"{_s}hand": (f"{_s}radius", f"{_x} 0 0", 1),
    }


def made(folder, frames=(), without=()):
    """A skeleton file and a motion; ``frames`` are {bone: values}, the others zero."""
    bones = {name: entry for name, entry in _TREE.items() if name not in without}
    text = _HEAD
    for name, (_, direction, length) in bones.items():
        text += (
            f"  begin\n     name {name}\n     direction {direction}\n     length {length}\n"
            "     axis 0 0 0 XYZ\n     dof rx ry rz\n  end\n"
        )
    text += ":hierarchy\n  begin\n"
    text += "".join(f"    {parent} {name}\n" for name, (parent, _, _) in bones.items()) + "  end\n"
    asf, amc = folder / f"{folder.name}.asf", folder / "motion.amc"
    asf.write_text(text)
    lines = [":FULLY-SPECIFIED", ":DEGREES"]
    for n, frame in enumerate(frames or ({},), 1):
        lines.append(str(n))
        lines.append("root " + " ".join(map(str, frame.get("root", (0, 20, 0, 0, 0, 0)))))
        lines += [f"{name} " + " ".join(map(str, frame.get(name, (0, 0, 0)))) for name in bones]
    amc.write_text("\n".join(lines) + "\n")
    return amc


def posed(folder, frames=(), **kwargs):
    amc = made(folder, frames, **kwargs)
    skeleton = read_asf(folder / f"{folder.name}.asf")
    return retarget(skeleton, read_amc(amc, skeleton), BODY)


def direction(joints, a, b):
    bone = joints[..., INDEX[b], :] - joints[..., INDEX[a], :]
    return bone / np.linalg.norm(bone, axis=-1, keepdims=True)


def points(joints, a, b, wanted):
    """The bone from a to b points there."""
    np.testing.assert_allclose(direction(joints, a, b), wanted, atol=1e-3)


def test_their_rest_is_arms_out_and_legs_apart_and_we_stand_in_it(tmp_path):
    rest = posed(tmp_path)
    joints = rest.joints[0]
    points(joints, "left_shoulder", "left_wrist", (1, 0, 0))
    points(joints, "right_elbow", "right_wrist", (-1, 0, 0))
    points(joints, "left_hip", "left_ankle", (0.342, -0.94, 0))
    assert lowest(rest).min() == pytest.approx(0)
    named = rest.keypoints("blazepose33")[0]
    blaze = skeletons.get("blazepose33")
    assert named[blaze.index("nose"), 2] > named[blaze.index("left_ear"), 2]  # faces +z
    thumb, wrist = (named[blaze.index(f"left_{name}")] for name in ("thumb", "wrist"))
    assert thumb[2] > wrist[2] + 0.02  # palms down, thumbs forward


def test_a_thigh_and_a_forearm_turn_as_theirs_do(tmp_path):
    joints = posed(tmp_path, [{"lfemur": (-90, 0, 0), "rradius": (0, 90, 0)}]).joints[0]
    points(joints, "left_hip", "left_knee", (0.342, 0, 0.94))
    points(joints, "right_elbow", "right_wrist", (0, 0, 1))
    points(joints, "right_shoulder", "right_elbow", (-1, 0, 0))
    lengths = np.linalg.norm(joints[INDEX["left_knee"]] - joints[INDEX["left_hip"]])
    assert lengths == pytest.approx(-BODY.offsets[INDEX["left_knee"], 1])  # our own bones


def test_the_way_is_theirs_times_the_legs(tmp_path):
    frames = [{"root": (x, 20, 0, 0, 0, 0)} for x in (0, 5, 10)]
    pelvis = posed(tmp_path, frames).joints[:, 0]
    theirs = 14 * 0.0254 / 0.45
    ours = -BODY.offsets[[INDEX["left_knee"], INDEX["left_ankle"]], 1].sum()
    step = 5 * 0.0254 / 0.45 * ours / theirs
    np.testing.assert_allclose(np.diff(pelvis[:, 0]), step, rtol=1e-3)
    np.testing.assert_allclose(pelvis[1, [0, 2]], 0, atol=1e-9)


def test_jumps_stay_jumps(tmp_path):
    frames = [{"root": (0, y, 0, 0, 0, 0)} for y in (20, 24, 20)]
    height = lowest(posed(tmp_path, frames))
    assert height[0] == pytest.approx(0) and height[1] > 0.1


def test_a_bone_that_is_missing_turns_with_its_parent(tmp_path):
    spin = {"thorax": (0, 0, 30)}
    joints = posed(tmp_path, [spin], without=("head", "lhand", "rhand")).frames[0]
    np.testing.assert_allclose(joints[INDEX["head"], :3, :3], joints[INDEX["chest"], :3, :3])
    np.testing.assert_allclose(
        joints[INDEX["left_wrist"], :3, :3], joints[INDEX["left_elbow"], :3, :3]
    )


def test_a_clip_of_a_motion_is_complete(tmp_path):
    frames = [{"lhumerus": (0, 0, angle)} for angle in range(0, 90, 3)]
    amc = made(tmp_path, frames)
    clip = mocap_clip(amc, fps=30, size=64, skeleton="coco17", camera="handheld", seed=2)
    assert len(clip) == 8 and clip.fps == 30 and clip.group == tmp_path.name
    assert clip.frames[3].shape == (64, 64, 3) and len(clip.camera) == 8
    sample = clip[5]
    projected = sample.camera.project(sample.keypoints_3d, sample.frame)
    known = sample.visible > 0
    np.testing.assert_allclose(projected[known], sample.keypoints[known], atol=1e-3)
    assert len(mocap_clip(amc, fps=30, size=64, start=0.1, frames=3)) == 3


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"fps": 240}, "at most the recording's 120"),
        ({"start": 9}, "ends after 0.01 s"),
        ({"start": -1}, "negative"),
        ({"frames": 0}, "below 1"),
        ({"camera": "drone"}, "follow"),
        ({"difficulty": "odd"}, "easy, normal, hard"),
        ({"size": 3}, "at least 32"),
        ({"asf": "nowhere.asf"}, "nowhere.asf"),
    ],
)
def test_bad_settings_and_files_are_refused(tmp_path, wrong, says):
    with pytest.raises(InputError, match=says):
        mocap_clip(made(tmp_path), **wrong)


def test_real_motions_point_their_limbs_as_the_recording_does(mirror):
    recordings = CMUMocap(local.find("cmu_mocap", mirror=mirror))
    for path in [entry for entry in recordings.entries if entry.stem in ("02_01", "02_04")]:
        skeleton = read_asf(path.parent / f"{path.parent.name}.asf")
        motion = {name: rows[::40] for name, rows in read_amc(path, skeleton).items()}
        ours, ends = retarget(skeleton, motion, BODY).joints, skeleton.positions(motion)
        for side in ("left", "right"):
            for a, b in (
                ("shoulder", "elbow"),
                ("elbow", "wrist"),
                ("hip", "knee"),
                ("knee", "ankle"),
            ):
                a, b = f"{side}_{a}", f"{side}_{b}"
                theirs = ends[ENDS[b]] - ends[ENDS[a]]
                theirs /= np.linalg.norm(theirs, axis=-1, keepdims=True)
                assert ((direction(ours, a, b) * theirs).sum(-1) > 0.999).all()
        assert set(BONES.values()) <= set(skeleton.bones)
