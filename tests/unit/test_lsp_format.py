"""Made-up files: read back by the official format's reader, with the official junk in them."""

import numpy as np
import pytest
from scipy.io import loadmat

from posekit.data import Sample
from posekit.datasets import lsp_format
from posekit.datasets.lsp import LSPExtended
from posekit.errors import InputError


def people(count=5, height=60, width=100, **changes):
    rng = np.random.default_rng(0)
    for number in range(count):
        given = dict(
            id=f"p{number}",
            skeleton="lsp14",
            visible=np.full((1, 14), 2),
            keypoints=rng.uniform(5, 55, (1, 14, 2)),
            image=np.full((height, width, 3), 90, np.uint8),
        )
        yield Sample(**{**given, **changes})


def test_it_is_the_official_layout_and_says_that_it_is_made_up(tmp_path):
    folder = lsp_format.lsp_extended(tmp_path, people())
    assert sorted(path.name for path in (folder / "images").iterdir())[-1] == "im00005.jpg"
    assert loadmat(folder / "joints.mat")["joints"].shape == (14, 3, 5)
    assert "Made up" in (folder / "README.txt").read_text()


def test_the_reader_gives_the_people_back_and_the_junk_stays_outside(tmp_path):
    reader = LSPExtended(lsp_format.lsp_extended(tmp_path, people(), unlabelled=0.3))
    for truth, i in zip(people(), range(5)):
        sample, labelled = reader[i], reader[i].visible[0] > 0
        assert 0 < labelled.sum() < 14
        assert np.allclose(sample.keypoints[0, labelled], truth.keypoints[0, labelled], atol=1e-4)
        assert np.isnan(sample.keypoints[0, ~labelled]).all()
        assert (reader.joints[i, ~labelled, :2] == [0, -20]).all()  # 40 wider than high


def test_a_joint_that_the_sample_lacks_is_unlabelled(tmp_path):
    visible = np.full((1, 14), 2)
    visible[0, 4] = 0
    reader = LSPExtended(lsp_format.lsp_extended(tmp_path, people(visible=visible), unlabelled=0))
    assert (reader.joints[:, 4, 2] == 0).all() and reader.joints[:, :, 2].sum() == 5 * 13


def test_the_same_seed_gives_the_same_labels(tmp_path):
    files = [
        lsp_format.lsp_extended(tmp_path / str(k), people(), seed=seed) / "joints.mat"
        for k, seed in enumerate((0, 0, 1))
    ]
    first, again, other = (loadmat(path)["joints"] for path in files)
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize(
    "size, junk", [((60, 100), (0, -20)), ((100, 61), (-19.5, 0)), ((80, 80), (0, 0))]
)
def test_junk_is_the_corner_of_the_square_around_the_image(size, junk):
    assert lsp_format.junk_of(*size) == junk


@pytest.mark.parametrize(
    "samples, say",
    [
        ([], "no samples"),
        (
            [
                Sample(
                    "c",
                    "coco17",
                    np.zeros((1, 17, 2)),
                    np.ones((1, 17)),
                    np.zeros((9, 9, 3), np.uint8),
                )
            ],
            "^c: LSP extended has one person",
        ),
        (people(image=None, size=(60, 100)), "^p0: LSP extended"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, samples, say):
    with pytest.raises(InputError, match=say):
        lsp_format.lsp_extended(tmp_path, samples)


@pytest.mark.mirror
def test_the_real_files_junk_is_where_ours_is(mirror):
    from posekit import catalog

    reader = catalog.load("lspet", images=False)
    for i in range(0, len(reader), 50):
        lost = reader.joints[i][reader.joints[i, :, 2] == 0, :2]
        if len(lost):
            assert np.abs(lost - lsp_format.junk_of(*reader.size(i))).max() < 1
