"""Chapter 01's exercises: the references against posekit's own, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit import geometry, losses, metrics, skeletons
from posekit.exercises import ch01_keypoint_data as ch


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
    return ch.mirror_order(names).tolist()


def order_as_names(names):
    return [names[i] for i in ch.mirror_order(names)]


def order_only_left(names):
    """Left joints are sent right, right joints stay: not a permutation any more."""
    return np.array([names.index("right_" + name[5:]) if name.startswith("left_") else i
                     for i, name in enumerate(names)], dtype=int)  # fmt: skip


def order_neighbours(names):
    """COCO's order has pairs side by side."""
    out = np.arange(len(names))
    first = 1
    for i in range(first, len(names) - 1, 2):
        out[i], out[i + 1] = i + 1, i
    return out


# --- to_coco ---------------------------------------------------------------------------------
def coco_by_table(flags, source):
    """A table: rows are no flag, 0, 1, 2."""
    table = {"coco": [0, 0, 1, 2], "lsp": [0, 2, 1, 2], "lspet": [0, 0, 2, 0],
             "mpii": [0, 1, 2, 1]}[source]  # fmt: skip
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


def coco_labelled_only(flags, source):
    return np.where(ch.to_coco(flags, source) > 0, 2, 0)


def coco_booleans(flags, source):
    return np.asarray(flags) == 1


def coco_flat(flags, source):
    return ch.to_coco(flags, source).ravel()


# --- masked_mse ------------------------------------------------------------------------------
def mse_by_loop(predicted, target, visible):
    total, count = 0.0, 0
    for place in np.ndindex(visible.shape):
        if visible[place] > 0:
            for axis in range(2):
                total += (float(predicted[place][axis]) - float(target[place][axis])) ** 2
                count += 1
    return total / count if count else float("nan")


def mse_by_where(predicted, target, visible):
    labelled = (visible > 0)[..., None]
    difference = np.where(labelled, predicted - np.where(labelled, target, 0), 0)
    count = 2 * labelled.sum()
    return (difference**2).sum() / count if count else np.nan


def mse_sum_of_axes(predicted, target, visible):
    return np.mean(((predicted - target) ** 2).sum(-1)[visible > 0]) if visible.any() else np.nan


def mse_of_zero_filled(predicted, target, visible):
    labelled = visible > 0
    return np.mean((np.nan_to_num(predicted) - np.nan_to_num(target))[labelled] ** 2) * (
        labelled.mean())  # fmt: skip


def mse_root(predicted, target, visible):
    return np.sqrt(ch.masked_mse(predicted, target, visible))


def mse_absolute(predicted, target, visible):
    labelled = visible > 0
    return np.abs(predicted[labelled] - target[labelled]).mean() if labelled.any() else np.nan


def mse_finite_only(predicted, target, visible):
    """Trusts NaN to mark what is unlabelled, and so takes junk for a label."""
    return np.nanmean((predicted - np.asarray(target, float)) ** 2) if target.size else np.nan


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
    return points if mirror is None else ch._flipped(points, size, mirror)


def crop_by_shorter_side(points, box, size, mirror=None):
    x1, y1, x2, y2 = box
    zoom = size / min(x2 - x1, y2 - y1)
    out = (np.asarray(points, float) - [(x1 + x2) / 2, (y1 + y2) / 2]) * zoom + (size - 1) / 2
    return out if mirror is None else ch._flipped(out, size, mirror)


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
    "masked_mse": [mse_by_loop, mse_by_where],
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
        (lambda names: np.array([*map(float, ch.mirror_order(names))]), "array of whole numbers"),
        (ch._by_replace, "`bright_spot` has a `right`"),
    ],
    "to_coco": [
        (lambda flags, source: np.asarray(flags), "an array of whole numbers"),
        (coco_one_minus, "In LSP every joint is labelled"),
        (coco_labelled_only, "In LSP every joint is labelled, and 1 is *occluded*"),
        (coco_booleans, "Expected: an array of whole numbers"),
        (coco_flat, "Expected: shape (3, 14)"),
        (lambda flags, source: ch.to_coco(flags, "lsp"), "in the extended set 1 is *labelled*"),
        (lambda flags, source: (np.asarray(flags) == 1) * 2, "In LSP it says the opposite"),
        (lambda flags, source: ch.to_coco(flags, "lsp" if source == "lspet" else source),
         "share their joints and their file's name"),
        (lambda flags, source: ch.to_coco(flags, "lspet" if source == "mpii" else source),
         "labelled although it is hidden"),
        (lambda flags, source: ch._mpii_nan(flags, source), "A joint without a flag"),
        (lambda flags, source: {"lsp": flags, "lspet": 2 * flags}[source], "an array of whole"),
    ],
    "masked_mse": [
        (lambda p, t, v: ((p - t) ** 2).mean(), "its square rules the mean"),
        (lambda p, t, v: ((p - t)[v == 2] ** 2).mean(), "leave out occluded joints"),
        (lambda p, t, v: (((p - t) ** 2) * (v > 0)[..., None]).sum() / (2 * (v > 0).sum()),
         "0 * NaN is NaN"),
        (mse_sum_of_axes, "The plain mean over people, joints, x and y"),
        (mse_of_zero_filled, "You divide by the number of all joints"),
        (mse_root, "The plain mean"),
        (mse_absolute, "The plain mean"),
        (mse_finite_only, "its square rules the mean"),
        (ch._per_person, "You average over people first"),
        (lambda p, t, v: np.nan_to_num(ch.masked_mse(p, t, v)), "that is a perfect score"),
        (lambda p, t, v: (p[v > 0] - t[v > 0]) ** 2, "Expected: a number"),
    ],
    "crop_points": [
        (lambda p, b, s, m: ch._crop(p, b, s, m, to=s / 2), "half a pixel off"),
        (lambda p, b, s, m: ch._crop(p, b, s, m, grow=-1), "takes centres to centres"),
        (ch._stretched, "You scale x and y differently"),
        (ch._from_corner, "Your box starts in the crop's corner"),
        (lambda p, b, s, m: ch._crop(p, b, s, m, rename=False), "most frequent bug of the field"),
        (lambda p, b, s, m: ch._crop(p, b, s, m, width=s), "Your flip is one pixel off"),
        (lambda p, b, s, m: crop_by_geometry(p, b, s), "You do not flip"),
        (lambda p, b, s, m: crop_by_geometry(p, b, s)[np.arange(len(p)) if m is None else m],
         "do not mirror x"),
        (crop_in_place, "Expected: its input untouched"),
        (crop_by_shorter_side, "The longer side fills the crop"),
        (crop_clipped, "You move joints back into the crop"),
        (crop_rounded, "An edge stays an edge"),
        (crop_keeps_integers, "NaN in, NaN out"),
    ],
}  # fmt: skip


# --- the references ---------------------------------------------------------------------------
@pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=lambda one: one.name)
def test_mirror_order_is_the_skeletons_own(skeleton):
    order = ch.mirror_order(list(skeleton.joints))
    assert order.tolist() == skeleton.flip.tolist()
    assert order[order].tolist() == list(range(len(skeleton)))


def test_to_coco_refuses_a_source_that_it_does_not_know():
    with pytest.raises(ValueError, match="unknown source 'penn'"):
        ch.to_coco([0, 1], "penn")


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_masked_mse_is_the_metrics_and_the_losses(seed, people):
    rng = np.random.default_rng(seed)
    predicted, target = rng.normal(size=(2, people, 14, 2))
    visible = rng.integers(0, 3, (people, 14))
    visible[0, 0] = 2
    target[visible == 0] = np.nan
    ours = ch.masked_mse(predicted, target, visible)
    assert ours == pytest.approx(metrics.mse(predicted, target, visible).value)
    loss = losses.l2(*map(torch.from_numpy, (predicted, target, visible)))
    assert float(loss) == pytest.approx(ours)


@given(st.integers(0, 10**6), st.integers(8, 256), st.booleans())
def test_crop_points_is_geometrys_crop(seed, size, flip):
    rng = np.random.default_rng(seed)
    points, order = rng.uniform(0, 200, (14, 2)), ch.mirror_order(ch.LSP)
    box = np.concatenate([rng.uniform(0, 80, 2), rng.uniform(90, 200, 2)])
    wanted = geometry.crop(np.zeros((200, 200, 3), np.uint8), points, np.full(14, 2), box, size,
                           flip=order if flip else None)  # fmt: skip
    ours = ch.crop_points(points, box, size, order if flip else None)
    assert np.allclose(ours, wanted.keypoints, atol=1e-3)
