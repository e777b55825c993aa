"""Joint sets: the names, the flips that follow from them, and conversions by name."""

import json
import re
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit import skeletons
from posekit.errors import InputError

NAMES = list(skeletons.SKELETONS)

# Written down independently of the joint names, as the data sets' own tools have them.
REFERENCE_FLIPS = {
    "lsp14": [5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6, 12, 13],
    "mpii16": [5, 4, 3, 2, 1, 0, 6, 7, 8, 9, 15, 14, 13, 12, 11, 10],
    "coco17": [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15],
    "penn13": [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11],
    "h36m17": [0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13],
    "blazepose33": [
        0,
        4,
        5,
        6,
        1,
        2,
        3,
        8,
        7,
        10,
        9,
        12,
        11,
        14,
        13,
        16,
        15,
        18,
        17,
        20,
        19,
        22,
        21,
        24,
        23,
        26,
        25,
        28,
        27,
        30,
        29,
        32,
        31,
    ],
}
# Every joint set's names in their published order, as the source writes them. A flip does not
# change when a left joint and its right one are swapped in the list: only these lists notice.
PUBLISHED = {
    "lsp14": (
        "README.txt of lsp_dataset.zip",
        """Right ankle, Right knee, Right hip, Left hip, Left knee, Left ankle, Right wrist,
        Right elbow, Right shoulder, Left shoulder, Left elbow, Left wrist, Neck, Head top""",
    ),
    "mpii16": (
        "annotation description on human-pose.mpi-inf.mpg.de, joint ids 0 to 15",
        """r ankle, r knee, r hip, l hip, l knee, l ankle, pelvis, thorax, upper neck, head top,
        r wrist, r elbow, r shoulder, l shoulder, l elbow, l wrist""",
    ),
    "coco17": (
        "categories[0].keypoints of person_keypoints_val2017.json",
        """nose, left_eye, right_eye, left_ear, right_ear, left_shoulder, right_shoulder,
        left_elbow, right_elbow, left_wrist, right_wrist, left_hip, right_hip, left_knee,
        right_knee, left_ankle, right_ankle""",
    ),
    "openpose18": (
        "OpenPose, poseParameters.cpp, POSE_COCO_BODY_PARTS",
        """Nose, Neck, RShoulder, RElbow, RWrist, LShoulder, LElbow, LWrist, RHip, RKnee, RAnkle,
        LHip, LKnee, LAnkle, REye, LEye, REar, LEar""",
    ),
    "body25": (
        "OpenPose, poseParameters.cpp, POSE_BODY_25_BODY_PARTS",
        """Nose, Neck, RShoulder, RElbow, RWrist, LShoulder, LElbow, LWrist, MidHip, RHip, RKnee,
        RAnkle, LHip, LKnee, LAnkle, REye, LEye, REar, LEar, LBigToe, LSmallToe, LHeel, RBigToe,
        RSmallToe, RHeel""",
    ),
    "penn13": (
        "README of Penn_Action.tar.gz, the annotated joints in order",
        """head, left_shoulder, right_shoulder, left_elbow, right_elbow, left_wrist, right_wrist,
        left_hip, right_hip, left_knee, right_knee, left_ankle, right_ankle""",
    ),
    "jhmdb15": (
        "README of JHMDB's joint_positions.zip",
        """neck, belly, face, right shoulder, left shoulder, right hip, left hip, right elbow,
        left elbow, right knee, left knee, right wrist, left wrist, right ankle, left ankle""",
    ),
    "h36m17": (
        "the 17 moving joints, in the order of Human3.6M's 32 (data_utils.py of 3d-pose-baseline)",
        """Hip, RHip, RKnee, RFoot, LHip, LKnee, LFoot, Spine, Thorax, Neck/Nose, Head, LShoulder,
        LElbow, LWrist, RShoulder, RElbow, RWrist""",
    ),
    "humaneva15": (
        "VideoPose3D, prepare_data_humaneva.py (left: 2, 3, 4, 8, 9, 10)",
        """pelvis, thorax, lsho, lelb, lwri, rsho, relb, rwri, lhip, lkne, lank, rhip, rkne, rank,
        head""",
    ),
    "blazepose33": (
        "MediaPipe, PoseLandmark",
        """NOSE, LEFT_EYE_INNER, LEFT_EYE, LEFT_EYE_OUTER, RIGHT_EYE_INNER, RIGHT_EYE,
        RIGHT_EYE_OUTER, LEFT_EAR, RIGHT_EAR, MOUTH_LEFT, MOUTH_RIGHT, LEFT_SHOULDER,
        RIGHT_SHOULDER, LEFT_ELBOW, RIGHT_ELBOW, LEFT_WRIST, RIGHT_WRIST, LEFT_PINKY,
        RIGHT_PINKY, LEFT_INDEX, RIGHT_INDEX, LEFT_THUMB, RIGHT_THUMB, LEFT_HIP, RIGHT_HIP,
        LEFT_KNEE, RIGHT_KNEE, LEFT_ANKLE, RIGHT_ANKLE, LEFT_HEEL, RIGHT_HEEL, LEFT_FOOT_INDEX,
        RIGHT_FOOT_INDEX""",
    ),
}
# What the sources call otherwise than posekit does.
OUR_NAMES = {
    "body25": {"MidHip": "pelvis"},
    "jhmdb15": {"face": "head"},
    "h36m17": {
        "Hip": "pelvis",
        "RFoot": "right_ankle",
        "LFoot": "left_ankle",
        "Neck/Nose": "nose",
        "Head": "head_top",
    },
    "blazepose33": {"MOUTH_LEFT": "left_mouth", "MOUTH_RIGHT": "right_mouth"},
}
SHORT = {"sho": "shoulder", "elb": "elbow", "wri": "wrist", "kne": "knee", "ank": "ankle"}


def our_name(name, skeleton):
    """``right_big_toe`` of RBigToe, ``left_knee`` of lkne, l knee, Left knee and LEFT_KNEE."""
    if name in OUR_NAMES.get(skeleton, {}):
        return OUR_NAMES[skeleton][name]
    sided = re.fullmatch(r"(R|L)([A-Z][a-z].*)|(r|l) ?(sho|elb|wri|hip|kne|ank|[a-z]+)", name)
    if sided and name.lower() not in ("right", "left", "lower"):
        side = {"r": "right_", "l": "left_"}[(sided[1] or sided[3]).lower()]
        part = sided[2] or sided[4]
        return side + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", SHORT.get(part, part)).lower()
    return name.replace(" ", "_").lower()


JOINTS = {
    "lsp14": 14,
    "mpii16": 16,
    "coco17": 17,
    "openpose18": 18,
    "body25": 25,
    "penn13": 13,
    "jhmdb15": 15,
    "h36m17": 17,
    "humaneva15": 15,
    "blazepose33": 33,
}
LIMBS = {"coco17": 19, "openpose18": 19, "body25": 26, "blazepose33": 35, "h36m17": 16}


def test_all_ten_joint_sets_are_there():
    assert {name: len(s) for name, s in skeletons.SKELETONS.items()} == JOINTS


@pytest.mark.parametrize("name", NAMES)
def test_flip_is_an_involution_that_swaps_sides_only(name):
    skeleton = skeletons.get(name)
    flip = skeleton.flip
    assert (flip[flip] == np.arange(len(skeleton))).all()
    for k, joint in enumerate(skeleton.joints):
        sided = joint.startswith(("left_", "right_"))
        assert (flip[k] != k) == sided
    assert 2 * len(skeleton.pairs) == sum(flip != np.arange(len(skeleton)))


@pytest.mark.parametrize("name", REFERENCE_FLIPS)
def test_flip_is_the_data_sets_own(name):
    assert skeletons.get(name).flip.tolist() == REFERENCE_FLIPS[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_order_is_the_published_one_name_by_name(name):
    source, names = PUBLISHED[name]
    published = [one.strip() for one in names.split(",")]
    joints = skeletons.get(name).joints
    assert len(joints) == len(published)
    for k, (ours, theirs) in enumerate(zip(joints, published)):
        expected = our_name(theirs, name)
        assert ours == expected, f"joint {k} is {ours}, and {theirs} ({expected}) in: {source}"


def test_mediapipes_own_list():
    vision = pytest.importorskip("mediapipe.tasks.python.vision")
    names = [one.name for one in sorted(vision.PoseLandmark, key=lambda one: one.value)]
    assert [one.strip() for one in PUBLISHED["blazepose33"][1].split(",")] == names


@pytest.mark.mirror
def test_lists_that_come_with_the_data(mirror):
    with zipfile.ZipFile(mirror / "lsp_dataset.zip") as archive:
        text = archive.read(next(n for n in archive.namelist() if "README" in n)).decode()
    order = text.split("as follows:")[1].split("This archive")[0].split("\n")
    assert [one.strip() for one in order if one.strip()] == [
        one.strip() for one in PUBLISHED["lsp14"][1].split(",")
    ]
    with zipfile.ZipFile(mirror / "coco_keypoints_mini.zip") as archive:
        name = next(n for n in archive.namelist() if n.endswith("keypoints_val2017.json"))
        (person,) = json.loads(archive.read(name))["categories"]
    assert tuple(person["keypoints"]) == skeletons.get("coco17").joints


@pytest.mark.parametrize("name", NAMES)
def test_limbs_join_the_whole_skeleton_and_mirror(name):
    skeleton = skeletons.get(name)
    limbs = {frozenset(limb) for limb in skeleton.limbs}
    mirrored = {frozenset(map(skeletons.mirror_name, limb)) for limb in limbs}
    assert limbs == mirrored
    islands = []
    for joint in skeleton.joints:
        joined = [set(limb) for limb in limbs if joint in limb]
        touching = [island for island in islands if any(island & limb for limb in joined)]
        islands = [island for island in islands if island not in touching]
        islands.append({joint}.union(*joined, *touching))
    # BlazePose's own drawing leaves the face, the mouth and the body apart.
    assert len(islands) == (3 if name == "blazepose33" else 1)
    assert len(limbs) == LIMBS.get(name, len(limbs))


def test_limb_sides():
    lsp = skeletons.get("lsp14")
    sides = dict(zip(lsp.limbs, lsp.limb_sides))
    assert sides["right_ankle", "right_knee"] == "right"
    assert sides["left_shoulder", "neck"] == "left"
    assert sides["right_hip", "left_hip"] == "centre"
    assert sides["neck", "head_top"] == "centre"


@pytest.mark.parametrize(
    "joints, limbs, words",
    [
        (("nose", "nose"), (), "twice"),
        (("left_hip",), (), "no right_hip"),
        (("nose",), (("nose", "ear"),), "does not have"),
        (("nose", "neck"), (("nose", "neck"), ("neck", "nose")), "a limb stands twice"),
    ],
)
def test_a_wrong_skeleton_is_refused(joints, limbs, words):
    with pytest.raises(InputError, match=words):
        skeletons.Skeleton("wrong", joints, limbs, "a test")


def test_unknown_names_list_the_known_ones():
    with pytest.raises(InputError, match="coco17"):
        skeletons.get("coco18")
    with pytest.raises(InputError, match="head_top"):
        skeletons.get("lsp14").index("nose")


def test_lsp_to_mpii_is_the_published_order():
    """CPM's 1-based map [1 2 3 4 5 6 15 16 13 14 7 8 9 10 11 12]; 15, 16 are synthesised."""
    points = np.arange(28, dtype=float).reshape(14, 2)
    out = skeletons.convert(points, None, "lsp14", "mpii16")
    order = np.array([1, 2, 3, 4, 5, 6, 0, 0, 13, 14, 7, 8, 9, 10, 11, 12]) - 1
    plain = order >= 0
    assert (out.keypoints[plain] == points[order[plain]]).all()
    assert (out.keypoints[6] == points[[2, 3]].mean(0)).all()  # pelvis: mean of the hips
    assert (out.keypoints[7] == points[[8, 9]].mean(0)).all()  # thorax: mean of the shoulders
    assert out.made == {
        "pelvis": "mean of left_hip, right_hip",
        "thorax": "mean of left_shoulder, right_shoulder",
        "upper_neck": "mean of neck",
    }


def test_neck_is_visible_only_if_both_shoulders_are():
    points = np.zeros((3, 17, 2))
    flags = np.full((3, 17), 2)
    flags[1, 5], flags[2, 6] = 1, 0
    out = skeletons.convert(points, flags, "coco17", "openpose18")
    assert out.visible[:, 1].tolist() == [2, 1, 0]
    assert np.isnan(out.keypoints[2, 1]).all()


def test_missing_stays_missing():
    out = skeletons.convert(np.zeros((17, 2)), None, "coco17", "lsp14")
    top = skeletons.get("lsp14").index("head_top")
    assert out.made["head_top"] == "missing"
    assert out.visible[top] == 0 and np.isnan(out.keypoints[top]).all()


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 3), st.integers(2, 3))
def test_conversion_keeps_shared_joints_and_shapes(source, target, people, dims):
    source, target = skeletons.get(source), skeletons.get(target)
    points = np.random.default_rng(0).normal(size=(people, len(source), dims))
    out = skeletons.convert(points, None, source, target)
    assert out.keypoints.shape == (people, len(target), dims)
    assert out.visible.shape == (people, len(target))
    for joint in set(source.joints) & set(target.joints):
        a, b = points[:, source.index(joint)], out.keypoints[:, target.index(joint)]
        assert np.array_equal(a, b)
    assert (np.isfinite(out.keypoints).all(-1) == (out.visible > 0)).all()


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_conversion_commutes_with_the_mirror(source, target):
    source, target = skeletons.get(source), skeletons.get(target)
    points = np.random.default_rng(1).normal(size=(len(source), 2))
    one = skeletons.convert(points[source.flip], None, source, target).keypoints
    two = skeletons.convert(points, None, source, target).keypoints[target.flip]
    assert np.allclose(one, two, equal_nan=True)


def test_wrong_shapes_are_named():
    with pytest.raises(InputError, match=r"17 joints.*\(14, 2\)"):
        skeletons.convert(np.zeros((14, 2)), None, "coco17", "lsp14")
    with pytest.raises(InputError, match="visible"):
        skeletons.convert(np.zeros((17, 2)), np.zeros(14), "coco17", "lsp14")
