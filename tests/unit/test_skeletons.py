"""Joint sets: the names, the flips that follow from them, and conversions by name."""

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
