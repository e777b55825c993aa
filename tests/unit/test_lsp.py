"""LSP and its extension: two axis orders, two meanings of one flag."""

import itertools

import numpy as np
import pytest
from scipy.io import savemat

from posekit import skeletons
from posekit.data import OCCLUDED, UNLABELLED, VISIBLE
from posekit.datasets.lsp import LSP, LSPExtended
from posekit.datasets.reader import SPLITS
from posekit.errors import InputError

from . import made_sets


def test_lsp(tmp_path):
    joints = made_sets.lsp(tmp_path)
    reader = LSP(tmp_path)
    assert len(reader) == 4
    for sample, expected in zip(reader, joints):
        assert sample.image.shape == (40, 30, 3)
        assert sample.skeleton == "lsp14"
        assert sample.occlusion_known
        np.testing.assert_allclose(sample.keypoints[0], expected[:, :2], atol=1e-4)
        assert sample.visible[0, 3] == OCCLUDED  # 1 in the third row
        assert (np.delete(sample.visible[0], 3) == VISIBLE).all()
    assert reader[1].id == "im0002.jpg"
    assert reader[-1].id == "im0004.jpg"


def test_extended(tmp_path):
    joints = made_sets.lsp(tmp_path, extended=True)
    sample = LSPExtended(tmp_path)[2]
    assert sample.id == "im00003.jpg"
    assert not sample.occlusion_known
    np.testing.assert_allclose(sample.keypoints[0, 1:], joints[2, 1:, :2], atol=1e-4)
    assert sample.visible[0, 0] == UNLABELLED  # 0 in the third column
    assert (sample.visible[0, 1:] == VISIBLE).all()
    assert np.isnan(sample.keypoints[0, 0]).all()  # the junk cannot be used by mistake ...
    np.testing.assert_allclose(LSPExtended(tmp_path).joints[2, 0, :2], (-17.7, -34.5), atol=1e-4)


@pytest.mark.parametrize(("reader", "extended"), [(LSP, False), (LSPExtended, True)])
def test_the_other_axis_order_is_read_right(tmp_path, reader, extended):
    joints = made_sets.lsp(tmp_path, extended=extended)
    expected = reader(tmp_path)[0]
    savemat(tmp_path / "joints.mat", {"joints": joints.transpose(2, 1, 0)})
    first = reader(tmp_path)[0]
    savemat(tmp_path / "joints.mat", {"joints": joints.transpose(1, 2, 0)})
    second = reader(tmp_path)[0]
    for sample in (first, second):
        np.testing.assert_array_equal(sample.keypoints, expected.keypoints)
        np.testing.assert_array_equal(sample.visible, expected.visible)


@pytest.mark.parametrize("shape", [(4, 14, 3), (3, 16, 4), (14, 2, 4), (14, 3), (2, 14, 4)])
def test_wrong_shape(tmp_path, shape):
    made_sets.lsp(tmp_path)
    savemat(tmp_path / "joints.mat", {"joints": np.zeros(shape)})
    with pytest.raises(InputError, match=r"joints\.mat: joints must be of shape") as error:
        LSP(tmp_path)
    assert str(shape) in str(error.value)


def test_flag_that_is_no_flag(tmp_path):
    joints = made_sets.lsp(tmp_path)
    joints[1, 5, 2] = 7
    savemat(tmp_path / "joints.mat", {"joints": joints.transpose(2, 1, 0)})
    with pytest.raises(InputError, match=r"joints\.mat: image 2 has a flag"):
        LSP(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"not MATLAB", b"MATLAB 5.0 MAT-file" * 20])
def test_joint_file_absent_or_damaged(tmp_path, content):
    made_sets.lsp(tmp_path)
    (tmp_path / "joints.mat").unlink()
    if content is not None:
        (tmp_path / "joints.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"joints\.mat"):
        LSP(tmp_path)


def test_joint_file_of_something_else(tmp_path):
    made_sets.lsp(tmp_path)
    savemat(tmp_path / "joints.mat", {"poses": np.zeros((3, 14, 4))})
    with pytest.raises(InputError, match=r"joints\.mat .*'joints'"):
        LSP(tmp_path)


@pytest.mark.parametrize(
    ("reader", "count", "sizes"),
    [(LSP, 2000, (800, 200, 1000)), (LSPExtended, 10000, (9000, 500, 500))],
)
def test_splits_are_disjoint_and_complete(tmp_path, monkeypatch, reader, count, sizes):
    joints = np.zeros((count, 14, 3), np.float32)
    monkeypatch.setattr("posekit.datasets.lsp.read_joints", lambda path: joints)
    parts = [reader(tmp_path, split, images=False).entries for split in SPLITS]
    assert tuple(map(len, parts)) == sizes
    everything = list(range(1, count + 1))
    assert sorted(itertools.chain(*parts)) == everything
    assert reader(tmp_path, images=False).entries == everything


def test_split_in_part(tmp_path):
    """With the first 6,000 images, train ends at 5,000."""
    made_sets.lsp(tmp_path, extended=True)
    assert len(LSPExtended(tmp_path, "train")) == 4
    assert len(LSPExtended(tmp_path, "validation")) == 0


def test_unknown_split(tmp_path):
    made_sets.lsp(tmp_path)
    with pytest.raises(InputError, match="no split 'trian'; there are: train, val, test"):
        LSP(tmp_path, "trian")


def test_without_images(tmp_path):
    made_sets.lsp(tmp_path)
    sample = LSP(tmp_path, images=False)[0]
    assert sample.image is None
    assert sample.size == (40, 30)


def test_another_joint_set(tmp_path):
    joints = made_sets.lsp(tmp_path)
    sample = LSP(tmp_path, skeleton="mpii16")[0]
    mpii = skeletons.get("mpii16")
    pelvis = joints[0, [2, 3], :2].mean(0)
    np.testing.assert_allclose(sample.keypoints[0, mpii.index("pelvis")], pelvis, atol=1e-4)
    assert sample.visible[0, mpii.index("pelvis")] == OCCLUDED  # as its left hip
    with pytest.raises(InputError, match="no joint set"):
        LSP(tmp_path, skeleton="lsp15")


def test_absent_images_are_left_out_and_listed(tmp_path):
    made_sets.lsp(tmp_path)
    (tmp_path / "images" / "im0002.jpg").unlink()
    reader = LSP(tmp_path)
    assert [sample.id for sample in reader] == ["im0001.jpg", "im0003.jpg", "im0004.jpg"]
    assert [path[-10:] for path in reader.absent] == ["im0002.jpg"]
    assert "1 listed but absent" in repr(reader)


def test_no_image_at_all(tmp_path):
    made_sets.lsp(tmp_path)
    for path in (tmp_path / "images").iterdir():
        path.unlink()
    with pytest.raises(InputError, match=r"none of the 4 listed images is there.*im0001\.jpg"):
        LSP(tmp_path)


def test_corrupt_image_in_the_middle(tmp_path):
    made_sets.lsp(tmp_path)
    path = tmp_path / "images" / "im0003.jpg"
    path.write_bytes(path.read_bytes()[:200])
    reader = LSP(tmp_path)
    assert reader[1].id == "im0002.jpg"
    with pytest.raises(InputError, match=r"im0003\.jpg is truncated"):
        reader[2]
    assert reader[3].id == "im0004.jpg"


def test_index_out_of_range(tmp_path):
    made_sets.lsp(tmp_path)
    with pytest.raises(IndexError):
        LSP(tmp_path)[4]
