"""Pictures: what is drawn where, who is left out, and what a figure must carry."""

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from posekit import plots, skeletons, widgets
from posekit.data import Sample
from posekit.errors import InputError


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def person(seed=0, joints=14, size=100):
    return np.random.default_rng(seed).uniform(10, size - 10, (joints, 2))


def sample(people=1, image=True):
    points = np.stack([person(i) for i in range(people)])
    picture = np.full((100, 120, 3), 128, np.uint8) if image else None
    return Sample(
        "a", "lsp14", points, np.full(points.shape[:2], 2), image=picture, size=(100, 120)
    )


def test_draw_pose_draws_joints_in_their_sides_colour_and_leaves_the_input():
    image = np.zeros((200, 200, 3), np.uint8)
    points = np.full((14, 2), np.nan)
    left, right = (skeletons.get("lsp14").index(f"{side}_wrist") for side in ("left", "right"))
    points[left], points[right] = (150, 50), (50, 150)
    out = plots.draw_pose(image, points)
    assert not image.any()
    for joint, side in ((left, "left"), (right, "right")):
        x, y = points[joint].astype(int)
        assert out[y, x] / 255 == pytest.approx(to_rgb(plots.COLOURS[side]), abs=0.01)


def test_draw_pose_skips_the_invisible_and_survives_what_is_far_outside():
    image = np.zeros((50, 50, 3), np.uint8)
    assert not plots.draw_pose(image, person(size=50), np.zeros(14)).any()
    assert not plots.draw_pose(image, np.full((14, 2), 1e12)).any()
    assert np.array_equal(plots.draw_pose(image, np.zeros((0, 14, 2))), image)


def test_left_and_right_differ_by_line_style_too():
    _, ax = plt.subplots()
    plots.show_pose(ax, person(), skeleton="lsp14")
    styles = {}
    for line in ax.lines:
        if len(line.get_xdata()) == 2:
            styles.setdefault(line.get_color(), set()).add(line.is_dashed())
    assert styles == {
        plots.COLOURS["left"]: {False},
        plots.COLOURS["right"]: {True},
        plots.COLOURS["centre"]: {False},
    }


def test_occluded_joints_are_empty_circles():
    _, ax = plt.subplots()
    flags = np.full(14, 2)
    flags[0] = 1
    plots.show_pose(ax, person(), flags)
    faces = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"]
    assert faces.count("white") == 1


def test_axes_end_at_the_images_edges():
    _, ax = plt.subplots()
    plots.show_sample(ax, sample())
    assert ax.get_xlim() == (-0.5, 119.5) and ax.get_ylim() == (99.5, -0.5)


def test_grid_has_a_place_for_each_and_text_that_can_be_read():
    plots.style()
    fig = plots.grid([sample(), sample(2), sample(image=False)], ["a", "b", "c"], columns=2)
    assert len(fig.axes) == 4
    assert plots.small_texts(fig) == []
    with pytest.raises(InputError, match="empty"):
        plots.grid([])


def test_small_text_is_named():
    fig, ax = plt.subplots()
    ax.set_title("too small", fontsize=8)
    assert "too small" in plots.small_texts(fig)


def test_heatmap_lies_on_the_pixel_grid():
    _, ax = plt.subplots()
    plots.heatmap_overlay(ax, np.zeros((64, 48, 3), np.uint8), np.eye(8)[:, :6], stride=8)
    assert ax.images[1].get_extent() == [-0.5, 47.5, 63.5, -0.5]
    plots.heatmap_overlay(ax, np.zeros((8, 8, 3), np.uint8), np.full((2, 2), np.nan), stride=4)
    with pytest.raises(InputError, match="one heatmap"):
        plots.heatmap_overlay(ax, np.zeros((8, 8, 3), np.uint8), np.zeros((3, 2, 2)), stride=4)


def test_pose_3d_puts_the_camera_frame_upright():
    ax = plt.figure().add_subplot(projection="3d")
    points = np.zeros((17, 3))
    points[:, 1] = np.linspace(-0.5, 0.5, 17)  # y down: the last joint is lowest
    plots.pose_3d(ax, points, skeleton="h36m17")
    first = ax.lines[0].get_data_3d()
    assert first[2][0] > first[2][1]


@pytest.mark.parametrize("frame", ["camera", "root", "world"])
def test_pose_3d_stands_people_up_in_every_frame(frame):
    """The head is drawn above the ankles, whichever axes the joints came in."""
    skeleton = skeletons.get("h36m17")
    points = np.random.default_rng(0).uniform(-0.1, 0.1, (17, 3))
    down, sign = (2, -1) if frame == "world" else (1, 1)
    for joint, depth in (("head_top", -0.9), ("pelvis", 0.0), ("left_ankle", 0.9)):
        points[skeleton.index(joint), down] = sign * depth
    ax = plt.figure().add_subplot(projection="3d")
    plots.pose_3d(ax, points, skeleton="h36m17", frame=frame)
    drawn = {limb: line.get_data_3d()[2] for limb, line in zip(skeleton.limbs, ax.lines)}
    top, ankle = drawn["nose", "head_top"][1], drawn["left_knee", "left_ankle"][1]
    assert (top, ankle) == pytest.approx((0.9, -0.9)), f"head {top} above ankle {ankle}"


def test_pose_3d_names_the_frames_that_there_are():
    ax = plt.figure().add_subplot(projection="3d")
    with pytest.raises(InputError, match="no frame 'room'; there are: camera, root, world"):
        plots.pose_3d(ax, np.zeros((17, 3)), frame="room")


def test_wrong_joint_count_and_missing_alt_are_refused():
    fig, ax = plt.subplots()
    with pytest.raises(InputError, match="14 joints"):
        plots.show_pose(ax, np.zeros((17, 2)), skeleton="lsp14")
    with pytest.raises(InputError, match="alternative text"):
        plots.show(fig, alt=" ")


def test_explore_draws_the_static_row_without_a_notebook():
    seen = []
    widgets.explore(
        lambda ax, sigma: seen.append(sigma),
        "Two widths.",
        [{"sigma": 1}, {"sigma": 3}],
        {"sigma": (1, 5)},
    )
    assert seen == [1, 3]
    with pytest.raises(InputError, match="sigma"):
        widgets.explore(lambda ax, sigma: None, "x", [{"s": 1}], {"sigma": (1, 5)})
