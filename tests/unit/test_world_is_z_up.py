"""`world` is z up, whoever gives it: people stand on a floor at z = 0, and are drawn upright."""

import numpy as np
import pytest

from posekit import catalog, skeletons
from posekit.datasets.cmu_mocap import CMUMocap
from posekit.synthetic import Clips, People, Views

from .test_cmu_mocap import AMC, ASF


def check(clips, floor=0.25):
    """Heads over ankles along z in nearly all frames, and the lowest ankle near z = 0."""
    heads, ankles = [], []
    for clip in clips:
        assert clip.frame == "world"
        index = skeletons.get(clip.skeleton).index
        points = np.asarray(clip.extra["keypoints_3d"])[:, 0]
        head = "head_top" if "head_top" in skeletons.get(clip.skeleton).joints else "head"
        heads.append(points[:, index(head), 2])
        ankles.append(points[:, [index("left_ankle"), index("right_ankle")], 2].min(1))
    heads, ankles = np.concatenate(heads), np.concatenate(ankles)
    above = (heads > ankles + 0.3).mean()
    assert above > 0.98, f"only in {above:.1%} of the frames is the head above the ankles"
    assert -0.1 < ankles.min() < floor, f"the lowest ankle is at z = {ankles.min():.2f} m"


def test_made_mocap(tmp_path):
    (tmp_path / "subjects" / "07").mkdir(parents=True)
    (tmp_path / "subjects" / "07" / "07.asf").write_text(ASF)
    (tmp_path / "subjects" / "07" / "07_01.amc").write_text(AMC)
    clip = CMUMocap(tmp_path)[0]
    index = skeletons.get("h36m17").index
    points = clip.extra["keypoints_3d"][0, 0]
    assert (
        points[index("head_top"), 2] > points[index("pelvis"), 2] > points[index("right_knee"), 2]
    )


@pytest.mark.mirror
@pytest.mark.parametrize("name", ["cmu_mocap", "humaneva"])
def test_real_clips(mirror, tmp_path, name):
    clips = catalog.load_clips(name, root=tmp_path)
    check(clips[i] for i in range(0, len(clips), max(1, len(clips) // 8)))


@pytest.mark.mirror
def test_real_frames_of_human36m(mirror, tmp_path):
    """Four frames, of people who stand and one who sits on the floor."""
    clips = catalog.load_clips("h36m", root=tmp_path)
    check(clips)
    for clip in clips:  # the cameras hang on the walls
        assert 1 < clip.camera.position[2] < 2.5


@pytest.mark.parametrize("made", [People(2, 5, 96), Clips(2, 5, 2, 96, camera="pan")])
def test_the_cameras_of_synthetic_people_stand_in_a_z_up_world(made):
    sample = made[1] if isinstance(made, People) else made[1][1]
    index = skeletons.get("lsp14").index
    points = sample.camera.to_world(sample.keypoints_3d[0])
    assert points[index("head_top"), 2] > points[index("left_ankle"), 2] + 0.3
    assert 0 < sample.camera.position[2] < 5


def test_synthetic_views():
    views = Views(2, 5, cameras=4, size=96, difficulty="easy")[3]
    index = skeletons.get("lsp14").index
    for view in views:
        points = view.keypoints_3d[0]
        assert points[index("head_top"), 2] > points[index("left_ankle"), 2] + 0.3
        assert -0.1 < points[:, 2].min() < 0.25
        assert 0 < view.camera.position[2] < 5
        known = view.visible > 0
        projected = view.camera.project(view.keypoints_3d, view.frame)
        np.testing.assert_allclose(projected[known], view.keypoints[known], atol=1e-3)
