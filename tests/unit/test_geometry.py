"""The pixel grid and the crop: closed forms, inverses, and what a flip must do."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit import geometry, skeletons
from posekit.errors import InputError

finite = st.floats(-500, 500)
strides = st.sampled_from([1, 2, 4, 8, 16])


def smooth_image(height, width, seed=0):
    noise = np.random.default_rng(seed).integers(0, 255, (height, width, 3)).astype(np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 3)


def test_cells_of_a_heatmap_sit_where_the_drawing_says():
    assert geometry.cell_to_pixel([0, 1], 2).tolist() == [0.5, 2.5]
    assert geometry.cell_to_pixel(0, 1) == 0
    # OpenPose evaluates its targets at 8 x + 3.5.
    assert geometry.cell_to_pixel(np.arange(3), 8).tolist() == [3.5, 11.5, 19.5]


def test_a_resize_moves_points_as_cells_are_moved():
    """Also by another factor along each axis."""
    points = np.array([[9.5, 14.5], [0, 0]])
    moved = geometry.cell_to_pixel(points, np.array([2.0, 0.5]))
    assert moved.tolist() == [[19.5, 7.0], [0.5, -0.25]]
    np.testing.assert_array_equal(geometry.pixel_to_cell(moved, (2.0, 0.5)), points)


def test_a_square_around_a_box_and_the_sides_of_one():
    assert geometry.square_box((0, 10, 4, 20)).tolist() == [-3, 10, 7, 20]
    assert geometry.square_box((0, 10, 4, 20), 2).tolist() == [-8, 5, 12, 25]
    people = np.array([[[0, 0], [3, 8], [np.nan, np.nan]], [[np.nan] * 2] * 3])
    assert geometry.box_sides(people).tolist() == [[3, 8], [0, 0]]
    assert geometry.box_sides(people[:0]).shape == (0, 2)


@given(finite, strides)
def test_pixel_and_cell_are_inverse(x, stride):
    assert geometry.pixel_to_cell(geometry.cell_to_pixel(x, stride), stride) == pytest.approx(x)


def test_cropping_the_whole_image_at_its_size_changes_nothing():
    matrix = geometry.crop_matrix(geometry.image_box(48, 64), (48, 64))
    assert np.allclose(matrix, [[1, 0, 0], [0, 1, 0]])
    image = smooth_image(48, 64)
    assert np.array_equal(geometry.warp(image, matrix, (48, 64)), image)


def test_enlarging_twice_moves_pixels_by_the_grid_rule():
    matrix = geometry.crop_matrix(geometry.image_box(10, 10), 20)
    assert np.allclose(geometry.transform(matrix, [[3, 4]]), [[(3 + 0.5) * 2 - 0.5, 8.5]])


def test_flip_takes_x_to_width_minus_one_minus_x():
    matrix = geometry.crop_matrix(geometry.image_box(40, 40), 40, flip=True)
    assert np.allclose(geometry.transform(matrix, [[0, 7], [39, 7]]), [[39, 7], [0, 7]])
    image = smooth_image(40, 40)
    assert np.array_equal(geometry.warp(image, matrix, 40), image[:, ::-1])


def test_rotation_is_clockwise_on_the_screen_about_the_centre():
    matrix = geometry.crop_matrix(geometry.image_box(41, 41), 41, rotation=90)
    # A point right of the centre goes below it.
    assert np.allclose(geometry.transform(matrix, [[40, 20], [20, 20]]), [[20, 40], [20, 20]])


def test_scale_and_shift_mean_what_they_say():
    box = geometry.image_box(50, 50)
    centre = [[24.5, 24.5]]
    moved = geometry.crop_matrix(box, 100, shift=(0.25, -0.1))
    assert np.allclose(geometry.transform(moved, centre), [[49.5 + 25, 49.5 - 10]])
    large = geometry.crop_matrix(box, 100, scale=1.5)
    ends = geometry.transform(large, [[10.0, 20.0], [20.0, 20.0]])
    assert np.allclose(ends[1] - ends[0], [30, 0])


@given(st.floats(-180, 180), st.floats(0.3, 3), st.booleans())
def test_a_turned_and_scaled_person_keeps_their_shape(rotation, scale, flip):
    """Each distance becomes ``scale`` times as long, whatever its direction."""
    matrix = geometry.crop_matrix(
        geometry.image_box(50, 50), 50, rotation=rotation, scale=scale, flip=flip
    )[:, :2]
    assert np.allclose(matrix.T @ matrix, scale**2 * np.eye(2))


def test_what_lies_beyond_the_image_has_the_fill():
    white = np.full((4, 4, 3), 255, np.uint8)
    moved = geometry.crop_matrix(geometry.image_box(4, 4), 4, shift=(0.5, 0))
    assert geometry.warp(white, moved, 4, fill=128)[..., 0].tolist() == 4 * [[128, 128, 255, 255]]


def test_the_box_is_shown_whole_and_keeps_its_aspect():
    matrix = geometry.crop_matrix((10, 20, 30, 100), (64, 64))
    corners = geometry.transform(matrix, [[10, 20], [30, 100]])
    assert np.allclose(corners[:, 1], [-0.5, 63.5])
    assert np.allclose(np.diff(corners[:, 0]), 64 * 20 / 80)


crops = st.builds(
    dict,
    rotation=st.floats(-180, 180),
    scale=st.floats(0.3, 3),
    flip=st.booleans(),
    shift=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
)


@given(crops, st.floats(1, 300), st.floats(1, 300), finite, finite)
def test_inverse_leads_back(options, width, height, x, y):
    matrix = geometry.crop_matrix((5, 6, 5 + width, 6 + height), (120, 90), **options)
    there = geometry.transform(matrix, [[x, y]])
    assert np.allclose(geometry.transform(geometry.invert(matrix), there), [[x, y]], atol=1e-6)


@given(crops)
def test_image_and_points_move_together(options):
    """A bright spot is found again, to a quarter of a pixel, where its point was sent."""
    options = options | {"scale": np.clip(options["scale"], 0.8, 2)}
    image = np.zeros((120, 160, 3), np.uint8)
    cv2.circle(image, (90, 50), 6, (255, 255, 255), -1, cv2.LINE_AA)
    point, seen = np.array([[90.0, 50.0]]), np.array([2], np.uint8)
    options["flip"] = np.array([0]) if options["flip"] else None
    out = geometry.crop(image, point, seen, (30, 10, 130, 110), 160, **options)
    x, y = out.keypoints[0]
    if not (30 < x < 130 and 30 < y < 130):
        return
    weight = out.image[..., 0].astype(float)
    rows, columns = np.indices(weight.shape)
    found = (weight * columns).sum() / weight.sum(), (weight * rows).sum() / weight.sum()
    assert np.hypot(found[0] - x, found[1] - y) < 0.25


def test_flip_renames_left_and_right_and_is_an_involution():
    lsp = skeletons.get("lsp14")
    points = np.random.default_rng(0).uniform(0, 99, (14, 2)).astype(np.float32)
    seen = np.arange(14, dtype=np.uint8) % 3
    image = smooth_image(100, 100)
    box = geometry.image_box(100, 100)
    once = geometry.crop(image, points, seen, box, 100, flip=lsp.flip)
    left, right = lsp.index("left_knee"), lsp.index("right_knee")
    assert once.keypoints[left] == pytest.approx([99 - points[right, 0], points[right, 1]])
    assert once.visible[left] == seen[right]
    twice = geometry.crop(*once[:3], box, 100, flip=lsp.flip)
    assert np.allclose(twice.keypoints, points, atol=1e-4)
    assert np.array_equal(twice.visible, seen) and np.array_equal(twice.image, image)


def test_nan_joints_stay_nan():
    points = np.array([[np.nan, np.nan], [3, 4]])
    moved = geometry.transform(geometry.crop_matrix((0, 0, 9, 9), 20, rotation=30), points)
    assert np.isnan(moved[0]).all() and np.isfinite(moved[1]).all()


def test_keypoint_box_skips_the_unlabelled():
    points = np.array([[10, 10], [30, 50], [-250, 900], [np.nan, 70]])
    box = geometry.keypoint_box(points, [2, 1, 0, 2], padding=1.5)
    assert box.tolist() == [5, 0, 35, 60]
    corner = np.array([[0, 0], [20, 40], [np.nan, 70]])  # 0 is a place as good as any
    assert geometry.keypoint_box(corner, padding=1.5).tolist() == [-5, -10, 25, 50]
    with pytest.raises(InputError, match="no joint"):
        geometry.keypoint_box(points, [0, 0, 0, 2])


@pytest.mark.parametrize("box", [(0, 0, 0, 5), (3, 0, 1, 5), (0, 0, np.nan, 5), (0, 0, np.inf, 5)])
def test_a_box_without_area_is_refused(box):
    with pytest.raises(InputError, match="no area"):
        geometry.crop_matrix(box, 64)


def test_a_map_without_inverse_and_a_scale_of_zero_are_refused():
    with pytest.raises(InputError, match="no inverse"):
        geometry.invert([[1, 1, 0], [1, 1, 0]])
    with pytest.raises(InputError, match="positive"):
        geometry.crop_matrix((0, 0, 9, 9), 64, scale=0)


HEIGHT, WIDTH = 40, 60


def scenery() -> np.ndarray:
    """A smooth image whose corners and channels all differ."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([x * 4, y * 6, 255 - x * 2 - y], axis=-1).astype(np.uint8)


@given(
    st.tuples(*[st.integers(0, 6)] * 4),
    st.tuples(st.integers(geometry.DARK, 255), st.integers(0, 255), st.integers(0, 255)),
)
def test_a_crop_of_one_colour_is_that_colour_to_its_edges(borders, colour):
    top, bottom, left, right = borders
    crop = np.zeros((top + 12 + bottom, left + 12 + right, 3), np.uint8)
    crop[top : top + 12, left : left + 12] = colour
    assert np.array_equal(geometry.fill_edges(crop), np.broadcast_to(np.uint8(colour), crop.shape))


def test_what_lies_inside_the_image_stays_and_what_lies_beyond_is_not_black():
    crop = np.zeros((HEIGHT + 10, WIDTH + 8, 3), np.uint8)
    crop[10:, :WIDTH] = scenery() // 2 + 60
    crop[10, :WIDTH] = crop[10:, WIDTH - 1] = 3  # mixed with the black beside them,
    crop[11, :WIDTH] = crop[10:, WIDTH - 2] = 70  # and these a little
    crop[11, WIDTH - 2 :] = crop[10, WIDTH - 2 :] = 0
    shown = geometry.fill_edges(crop)
    assert np.array_equal(shown[12:, : WIDTH - 2], crop[12:, : WIDTH - 2])
    assert shown.max(-1).min() > 70


@pytest.mark.parametrize("dark", [np.s_[5:9, 5:9], np.s_[:3, :3], np.s_[7, :]])
def test_dark_places_of_an_image_are_no_edge(dark):
    image = scenery() // 2 + 60
    image[dark] = 0
    assert np.array_equal(geometry.fill_edges(image), image)


def test_a_crop_that_shows_nothing_of_its_image_stays():
    for crop in (np.zeros((8, 8, 3), np.uint8), np.eye(8, dtype=np.uint8)[..., None].repeat(3, 2)):
        crop[1:] = 0
        assert np.array_equal(geometry.fill_edges(crop), crop)
