"""Ask a map network twice, about an image and its mirror image."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def flip_test(model, images, flip):
    """The mean of the maps of images and of their mirror images, flipped back.

    model: from (people, 3, S, S) to maps (people, joints, h, w). flip: (joints,), the number of
    each joint's mirror image (of the left knee: the right knee's).
    """
    mirrored = model(images[..., ::-1])
    back = mirrored[:, flip, :, ::-1]
    return (model(images) + back) / 2


def _blocks(images):
    """A model: the map of joint k is channel k of the image, a mean over 4 x 4 pixels."""
    n, c, h, w = images.shape
    return images.reshape(n, c, h // 4, 4, w // 4, 4).mean((3, 5))


def _leaning(images):
    """The same with a fault: every map moved a cell to the right, and a cell down."""
    return np.roll(_blocks(images), (1, 1), axis=(-2, -1))


def _sides(images):
    """A model that tells left from right: joint 1 looks left in the image, joint 2 right."""
    maps = _blocks(images)
    ramp = np.linspace(1, 0, maps.shape[-1])
    maps[:, 1], maps[:, 2] = maps[:, 1] * ramp, maps[:, 1] * ramp[::-1]
    return maps


def _five_joints(images):
    """The same, with a second pair of joints."""
    return np.concatenate([_sides(images), _sides(images)[:, 1:] ** 2], axis=1)


# What is said where a case fails.
TWICE = "Mirror the image, ask, mirror the map: then both maps show the same square."
HALF_EACH = "Its fault along x is to the left in the mirrored answer: the mean has half of each."
RENAME = "In the mirror image the left knee is called right: reorder the maps with `flip`."
NOBODY = "No images, no maps: shape (0, 3, 4, 4)."


def _cases(rng):
    keep, swap, swap_two = np.arange(3), np.array([0, 2, 1]), np.array([0, 2, 1, 4, 3])
    images, none = rng.random((4, 3, 16, 24)), np.zeros((0, 3, 16, 16))
    square = np.zeros((1, 3, 16, 16))
    square[0, :, 4:8, 8:12] = 1
    yield Case("one bright square, no left and right", (_blocks, square, keep), TWICE)
    leaning = (_leaning, square, keep)
    yield Case("a model that is a cell too far right and too low", leaning, HALF_EACH)
    yield Case("a model that tells left from right", (_sides, images[:1], swap), RENAME)
    yield Case("four images", (_sides, images, swap), RENAME)
    yield Case("five joints", (_five_joints, images, swap_two), RENAME)
    yield Case("nobody", (_sides, none, swap), NOBODY)


def _flip(model, images, flip, back):
    return (model(images) + back(model(images[..., ::-1]), flip)) / 2


EXERCISE = Exercise(
    flip_test,
    "Ask a map network twice, about an image and its mirror image.",
    _cases,
    common_mistakes=(
        CommonMistake(lambda m, i, f: m(i), "You ask once: ask about `images[..., ::-1]` too."),
        CommonMistake(
            lambda m, i, f: _flip(m, i, f, lambda maps, flip: maps[:, flip]),
            "You average maps of two different images: turn the second one's columns round, "
            "`[..., ::-1]`.",
        ),
        CommonMistake(
            lambda m, i, f: _flip(m, i, f, lambda maps, flip: maps[..., ::-1]),
            "You do not rename the joints: what is left in the mirror image is right. Reorder "
            "the maps with `flip`.",
        ),
        CommonMistake(
            lambda m, i, f: _flip(
                m, i, f, lambda maps, flip: np.roll(maps[:, flip, :, ::-1], 1, -1)
            ),
            "You move the mirrored map by one cell: networks on a grid that puts cell 0 at "
            "pixel 0 need that, on this grid it is the mistake.",
        ),
        CommonMistake(
            lambda m, i, f: _flip(m, i, f, lambda maps, flip: maps[:, flip, ::-1]),
            "You turn the map upside down: the last axis is x, the one before it y.",
        ),
        CommonMistake(
            lambda m, i, f: (m(i) + m(i[..., ::-1, :])[:, f, ::-1]) / 2,
            "You turn the image upside down: the last axis is x.",
        ),
        CommonMistake(lambda m, i, f: 2 * flip_test(m, i, f), "This is the sum: divide by 2."),
        CommonMistake(
            lambda m, i, f: 2 * flip_test(m, i, f) - m(i),
            "This is the answer to the mirror image alone: take the mean of both.",
        ),
        CommonMistake(
            lambda m, i, f: np.maximum(m(i), 2 * flip_test(m, i, f) - m(i)),
            "This is the maximum of both: take their mean.",
        ),
    ),
    hints=(
        "Three steps: mirror the images with `images[..., ::-1]`, ask the model, bring its "
        "maps back.",
        "Bringing back is two things: the columns, `[..., ::-1]`, and the joints, `[:, flip]`.",
        "`back = model(images[..., ::-1])[:, flip, :, ::-1]`, then the mean with `model(images)`.",
    ),
    explanation="Cell i of a map w wide covers pixels that mirroring takes to those of cell "
    "w - 1 - i: so turning the columns round is exact, and nothing is to be moved. That holds "
    "because the cells tile the image. A network whose cell i sits at pixel i · stride has "
    "another mirror axis, and needs a shift that whole cells cannot give. Averaging maps rather "
    "than coordinates keeps what each of them is unsure about: two half peaks that agree win "
    "over one that stands alone.",
)
