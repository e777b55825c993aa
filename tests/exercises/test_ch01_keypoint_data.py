"""Chapter 01's exercises: the references against posekit's own, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit import geometry, skeletons
from posekit.exercises.ch01_keypoint_data.crop_points import (
    _crop,
    _flipped,
    _from_corner,
    _stretched,
    crop_points,
)
from posekit.exercises.ch01_keypoint_data.joint_box import _padded, joint_box
from posekit.exercises.ch01_keypoint_data.joint_names import LSP
from posekit.exercises.ch01_keypoint_data.mirror_order import _by_replace, mirror_order
from posekit.exercises.ch01_keypoint_data.to_coco import _mpii_nan, to_coco


# --- mirror_order ----------------------------------------------------------------------------
def order_by_dictionary(names):
    place = {name: i for i, name in enumerate(names)}
    sides = {"left_": "right_", "right_": "left_"}
    out = np.zeros(len(names), dtype=np.int64)
    for i, name in enumerate(names):
        side = next((side for side in sides if name.startswith(side)), "")
        out[i] = place[sides.get(side, "") + name.removeprefix(side)]
    return out


def order_by_partition(names):
    swap = {"left": "right", "right": "left"}
    pairs = (name.partition("_") for name in names)
    other = [swap.get(side, side) + line + rest for side, line, rest in pairs]
    return np.array(list(map(list(names).index, other)), int)


def order_as_list(names):
    return mirror_order(names).tolist()


def order_as_names(names):
    return [names[i] for i in mirror_order(names)]


def order_only_left(names):
    """Left joints are sent right, right joints stay: not a permutation any more."""
    return np.array(
        [
            names.index("right_" + name[5:]) if name.startswith("left_") else i
            for i, name in enumerate(names)
        ],
        dtype=int,
    )


def order_neighbours(names):
    """COCO's order has pairs side by side."""
    out = np.arange(len(names))
    first = 1
    for i in range(first, len(names) - 1, 2):
        out[i], out[i + 1] = i + 1, i
    return out


def order_by_any_side(names):
    swap = {"left_": "right_", "right_": "left_"}
    other = [re.sub("left_|right_", lambda side: swap[side[0]], name) for name in names]
    return np.array([names.index(b if b in names else a) for a, b in zip(names, other)], int)


# --- to_coco ---------------------------------------------------------------------------------
def coco_by_table(flags, source):
    """A table: rows are no flag, 0, 1, 2."""
    table = {
        "coco": [0, 0, 1, 2],
        "lsp": [0, 2, 1, 2],
        "lspet": [0, 0, 2, 0],
        "mpii": [0, 1, 2, 1],
    }[source]
    rows = np.nan_to_num(np.asarray(flags, float), nan=-1).astype(int) + 1
    return np.array(table)[rows]


def coco_by_loop(flags, source):
    out = np.zeros(np.shape(flags), np.uint8)
    for place in np.ndindex(out.shape):
        flag = np.asarray(flags)[place]
        if flag != flag:
            continue
        meaning = {"coco": (0, 1, 2), "lsp": (2, 1), "lspet": (0, 2), "mpii": (1, 2)}[source]
        out[place] = meaning[int(flag)]
    return out


def coco_one_minus(flags, source):
    """The line that loaders of LSP have, applied to all."""
    return (1 - np.asarray(flags)).astype(int) if source != "coco" else np.asarray(flags)


def coco_nan_in_mpii_alone(flags, source):
    return np.where(flags == 1, 1, 2) if source == "lsp" else to_coco(flags, source)


def coco_labelled_only(flags, source):
    return np.where(to_coco(flags, source) > 0, 2, 0)


def coco_booleans(flags, source):
    return np.asarray(flags) == 1


def coco_flat(flags, source):
    return to_coco(flags, source).ravel()


# --- joint_box -------------------------------------------------------------------------------
def box_by_loop(points, visible, padding):
    known = [tuple(map(float, point)) for point, flag in zip(points, visible) if flag > 0]
    if not known:
        return np.array([np.nan] * 4)
    sides = []
    for values in zip(*known):
        low, high = min(values), max(values)
        sides.append(
            (low - (padding - 1) * (high - low) / 2, high + (padding - 1) * (high - low) / 2)
        )
    return np.array([sides[0][0], sides[1][0], sides[0][1], sides[1][1]])


def box_by_nan(points, visible, padding):
    known = np.where((np.asarray(visible) > 0)[:, None], np.asarray(points, float), np.nan)
    if np.isnan(known).all():
        return np.full(4, np.nan)
    corners = np.stack([np.nanmin(known, 0), np.nanmax(known, 0)])
    return (corners.mean(0) + (corners - corners.mean(0)) * padding).ravel()


def box_in_place(points, visible, padding):
    points[visible == 0] = np.nan
    return box_by_nan(points, visible, padding)


def box_multiplied(points, visible, padding):
    """The mask as a factor: unlabelled joints land at (0, 0)."""
    known = np.asarray(points) * (np.asarray(visible) > 0)[:, None]
    return joint_box(known, np.ones(len(known)), padding)


def box_pixels(points, visible, padding):
    return _padded(points, visible, lambda side: np.array([-1, -1, 1, 1]) * padding)


def box_square(points, visible, padding):
    x1, y1, x2, y2 = joint_box(points, visible, padding)
    half, x, y = max(x2 - x1, y2 - y1) / 2, (x1 + x2) / 2, (y1 + y2) / 2
    return np.array([x - half, y - half, x + half, y + half])


def box_about_the_mean(points, visible, padding):
    known = np.asarray(points, float)[np.asarray(visible) > 0]
    centre = known.mean(0)
    return np.concatenate(
        [centre + (known.min(0) - centre) * padding, centre + (known.max(0) - centre) * padding]
    )


def box_without_guard(points, visible, padding):
    known = points[visible > 0]
    low, high = known.min(0), known.max(0)
    return (
        np.concatenate([low + high - (high - low) * padding, low + high + (high - low) * padding])
        / 2
    )


# --- crop_points -----------------------------------------------------------------------------
def crop_by_geometry(points, box, size, mirror=None):
    matrix = geometry.crop_matrix(box, size, flip=mirror is not None)
    moved = geometry.transform(matrix, points)
    return moved if mirror is None else moved[mirror]


def crop_by_edges(points, box, size, mirror=None):
    """From edge to edge, with the room beside the shorter side added."""
    box = np.array(box, float)
    sides = box[2:] - box[:2]
    low = box[:2] - (sides.max() - sides) / 2
    moved = (np.array(points, float) - low) * size / sides.max() - 0.5
    if mirror is not None:
        moved = np.stack([size - 1 - moved[:, 0], moved[:, 1]], axis=1)[list(mirror)]
    return moved


def crop_in_place(points, box, size, mirror=None):
    points -= np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    points *= size / max(box[2] - box[0], box[3] - box[1])
    points += (size - 1) / 2
    return points if mirror is None else _flipped(points, size, mirror)


def crop_by_shorter_side(points, box, size, mirror=None):
    x1, y1, x2, y2 = box
    zoom = size / min(x2 - x1, y2 - y1)
    out = (np.asarray(points, float) - [(x1 + x2) / 2, (y1 + y2) / 2]) * zoom + (size - 1) / 2
    return out if mirror is None else _flipped(out, size, mirror)


def crop_clipped(points, box, size, mirror=None):
    moved = crop_by_geometry(points, box, size, mirror)
    return np.where(np.isnan(moved), np.nan, np.clip(moved, -0.5, size - 0.5))


def crop_rounded(points, box, size, mirror=None):
    return crop_by_geometry(points, box, size, mirror).round()


def crop_keeps_integers(points, box, size, mirror=None):
    out = np.zeros_like(points)
    out[:] = np.nan_to_num(crop_by_geometry(points, box, size, mirror))
    return out


RIGHT = {
    "mirror_order": [order_by_dictionary, order_by_partition],
    "to_coco": [coco_by_table, coco_by_loop],
    "joint_box": [box_by_loop, box_by_nan],
    "crop_points": [crop_by_geometry, crop_by_edges],
}

# A wrong answer, and a distinctive part of what its author must be told.
WRONG = {
    "mirror_order": [
        (lambda names: list(range(len(names))), "Expected: an array"),
        (lambda names: np.arange(len(names)), "would still be called left"),
        (lambda names: np.arange(len(names))[::-1], "You turn the order around"),
        (order_as_list, "Expected: an array"),
        (order_as_names, "Expected: an array"),
        (order_only_left, "The left knee's mirror image is the right knee"),
        (order_neighbours, "The left knee's mirror image"),
        (lambda names: np.array([*order_by_dictionary(names)]), "an array of shape (0,)"),
        (lambda names: np.array([*map(float, mirror_order(names))]), "array of whole numbers"),
        (_by_replace, "`bright_spot` has a `right`"),
        (order_by_any_side, "Exchange the beginning alone"),
    ],
    "to_coco": [
        (lambda flags, source: np.asarray(flags), "an array of whole numbers"),
        (coco_one_minus, "In LSP every joint is labelled"),
        (coco_labelled_only, "In LSP every joint is labelled, and 1 is *occluded*"),
        (coco_booleans, "Expected: an array of whole numbers"),
        (coco_flat, "Expected: shape (3, 14)"),
        (lambda flags, source: to_coco(flags, "lsp"), "in the extended set 1 is *labelled*"),
        (lambda flags, source: (np.asarray(flags) == 1) * 2, "In LSP it means the opposite"),
        (
            lambda flags, source: to_coco(flags, "lsp" if source == "lspet" else source),
            "share their joints and their file's name",
        ),
        (
            lambda flags, source: to_coco(flags, "lspet" if source == "mpii" else source),
            "labelled although it is hidden",
        ),
        (lambda flags, source: _mpii_nan(flags, source), "A joint without a flag"),
        (coco_nan_in_mpii_alone, "NaN is *no flag*"),
        (lambda flags, source: {"lsp": flags, "lspet": 2 * flags}[source], "an array of whole"),
    ],
    "joint_box": [
        (lambda p, v, f: joint_box(p, np.ones(len(p)), f), "the box reaches all the way there"),
        (lambda p, v, f: joint_box(p, ~np.isnan(p[:, 0]), f), "You take every joint"),
        (lambda p, v, f: joint_box(p, v == 2, f), "You leave hidden joints out"),
        (lambda p, v, f: joint_box(p, (np.nan_to_num(p) > 0).all(1), f), "You go by the sign"),
        (lambda p, v, f: joint_box(p, v, 2 * f - 1), "the box grows twice as much"),
        (lambda p, v, f: _padded(p, v, lambda s: np.append(0 * s, (f - 1) * s)), "to the right"),
        (lambda p, v, f: joint_box(p, v, f)[[1, 0, 3, 2]], "You return y before x"),
        (
            lambda p, v, f: joint_box(p, v, f) - [0, 0, *joint_box(p, v, f)[:2]],
            "You return width and height",
        ),
        (lambda p, v, f: joint_box(p, v, f).reshape(2, 2), "Expected: shape (4,)"),
        (lambda p, v, f: joint_box(p, v, f).clip(0), "a coordinate like any other"),
        (lambda p, v, f: joint_box(p, v, 1), "It grows on all four sides"),
        (lambda p, v, f: np.nan_to_num(joint_box(p, v, f)), "you return a box at (0, 0)"),
        (box_in_place, "Expected: its input untouched"),
        (box_multiplied, "You multiply by the mask"),
        (box_pixels, "From the smallest x and y to the largest"),
        (box_square, "From the smallest x and y to the largest"),
        (box_about_the_mean, "about its centre"),
        (box_without_guard, "No labelled joint, no box"),
    ],
    "crop_points": [
        (lambda p, b, s, m: _crop(p, b, s, m, to=s / 2), "half a pixel off"),
        (lambda p, b, s, m: _crop(p, b, s, m, grow=-1), "takes centres to centres"),
        (_stretched, "You scale x and y differently"),
        (_from_corner, "Your box starts in the crop's corner"),
        (lambda p, b, s, m: _crop(p, b, s, m, rename=False), "most frequent bug of the field"),
        (lambda p, b, s, m: _crop(p, b, s, m, width=s), "Your flip is one pixel off"),
        (lambda p, b, s, m: crop_by_geometry(p, b, s), "You do not flip"),
        (
            lambda p, b, s, m: crop_by_geometry(p, b, s)[np.arange(len(p)) if m is None else m],
            "do not mirror x",
        ),
        (crop_in_place, "Expected: its input untouched"),
        (crop_by_shorter_side, "The longer side fills the crop"),
        (crop_clipped, "You move joints back into the crop"),
        (crop_rounded, "An edge stays an edge"),
        (crop_keeps_integers, "NaN in, NaN out"),
    ],
}


# --- the references ---------------------------------------------------------------------------
@pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=lambda one: one.name)
def test_mirror_order_is_the_skeletons_own(skeleton):
    order = mirror_order(list(skeleton.joints))
    assert order.tolist() == skeleton.flip.tolist()
    assert order[order].tolist() == list(range(len(skeleton)))


def test_to_coco_refuses_a_source_that_it_does_not_know():
    with pytest.raises(ValueError, match="unknown source 'penn'"):
        to_coco([0, 1], "penn")


@given(st.integers(0, 10**6), st.floats(1, 2))
def test_joint_box_is_geometrys_box(seed, padding):
    rng = np.random.default_rng(seed)
    points, visible = rng.uniform(-50, 300, (14, 2)), rng.integers(0, 3, 14)
    visible[:2] = 2
    wanted = geometry.keypoint_box(points, visible, padding)
    assert np.allclose(joint_box(points, visible, padding), wanted)


@given(st.integers(0, 10**6), st.integers(8, 256), st.booleans())
def test_crop_points_is_geometrys_crop(seed, size, flip):
    rng = np.random.default_rng(seed)
    points, order = rng.uniform(0, 200, (14, 2)), mirror_order(LSP)
    box = np.concatenate([rng.uniform(0, 80, 2), rng.uniform(90, 200, 2)])
    wanted = geometry.crop(
        np.zeros((200, 200, 3), np.uint8),
        points,
        np.full(14, 2),
        box,
        size,
        flip=order if flip else None,
    )
    ours = crop_points(points, box, size, order if flip else None)
    assert np.allclose(ours, wanted.keypoints, atol=1e-3)
