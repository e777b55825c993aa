"""Ask the network twice, about an image and its mirror image, and take the mean (hard)."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def flip_average(model, images, flip):
    """The mean of what a model predicts for images and for their mirror images.

    model: from (people, 3, S, S) to (people, joints, 2) pixels. flip: (joints,), the number of
    each joint's mirror image (of the left knee: the right knee's). -> (people, joints, 2)
    """
    mirrored = model(images[..., ::-1])
    back = mirrored[:, flip].copy()
    back[..., 0] = images.shape[-1] - 1 - back[..., 0]
    return (model(images) + back) / 2


def _brightest(images):
    """A model: joint k is where channel k of the image is brightest; channel 0 to the right."""
    side = images.shape[-1]
    place = images.reshape(len(images), 3, side * side).argmax(-1)
    return np.stack([place % side, place // side], axis=-1).astype(float)


def _biased(images):
    """The same model with a fault: everything a little too far to the right, and too low."""
    return _brightest(images) + [3.0, 1.0]


def _colour_of_sides(images):
    """A model that tells left from right by where it is, as a network does."""
    points = _brightest(images)
    order = np.argsort(points[:, 1:, 0], axis=1) + 1
    swapped = np.take_along_axis(points, order[..., None], axis=1)
    return np.concatenate([points[:, :1], swapped], axis=1)


# What is said where a case fails.
BRING_BACK = "In an image S wide, mirroring takes x to S - 1 - x: bring the second answer back."
CANCELLED = "Its fault along x is to the left in the mirror image, so the mean takes it away."
RENAME = "The left knee of a mirrored person is where the right one was: rename with `flip`."
NOBODY = "No images, no joints: shape (0, 3, 2)."


def _cases(rng):
    keep, swap = np.arange(3), np.array([0, 2, 1])
    images, none = rng.random((4, 3, 16, 16)), np.zeros((0, 3, 8, 8))
    one = np.zeros((1, 3, 8, 8))
    one[0, 0, 2, 3], one[0, 1, 5, 1], one[0, 2, 6, 4] = 1, 1, 1
    unsided, biased = (_brightest, one, keep), (_biased, one, keep)
    yield Case("one image, three joints, no left and right", unsided, BRING_BACK)
    yield Case("a model that is 3 pixels too far right, 1 too low", biased, CANCELLED)
    yield Case("a model that tells left from right", (_colour_of_sides, one, swap), RENAME)
    yield Case("four images", (_colour_of_sides, images, swap), RENAME)
    yield Case("nobody", (_colour_of_sides, none, swap), NOBODY)


def _average(model, images, flip, back=lambda x, side: side - 1 - x):
    mirrored = model(images[..., ::-1])[:, flip].copy()
    mirrored[..., 0] = back(mirrored[..., 0], images.shape[-1])
    return (model(images) + mirrored) / 2


def _mirrored_down(model, images, flip):
    back = model(images[..., ::-1, :])[:, flip].copy()
    back[..., 1] = images.shape[-1] - 1 - back[..., 1]
    return (model(images) + back) / 2


EXERCISE = Exercise(
    flip_average,
    "Ask the network twice, about an image and its mirror image, and take the mean (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda m, i, f: flip_average(m, i, np.arange(len(f))),
            "You do not rename the joints: what the model calls left in the mirror image is "
            "right. Use `flip` on the joints' axis.",
        ),
        CommonMistake(
            lambda m, i, f: _average(m, i, f, lambda x, side: x),
            "You average places in two different images: bring the second answer back, x to "
            "S - 1 - x.",
        ),
        CommonMistake(
            lambda m, i, f: _average(m, i, f, lambda x, side: side - x),
            "You are half a pixel off: the last pixel's centre is at S - 1, so mirroring takes "
            "x to S - 1 - x, not S - x.",
        ),
        CommonMistake(
            lambda model, images, flip: model(images),
            "You ask once: ask about `images[..., ::-1]` too.",
        ),
        CommonMistake(lambda m, i, f: 2 * flip_average(m, i, f), "This is the sum: divide by 2."),
        CommonMistake(
            lambda m, i, f: 2 * flip_average(m, i, f) - m(i),
            "This is the answer to the mirror image alone: take the mean of both answers.",
        ),
        CommonMistake(
            _mirrored_down,
            "You turn the image upside down: the last axis is x, the one before it y.",
        ),
    ),
    hints=(
        "Mirror the images with `images[..., ::-1]`: x is the last axis. Ask the model.",
        "Bring that answer back: x becomes S - 1 - x, and joint k takes the place of its mirror "
        "image, `mirrored[:, flip]`.",
        "`back = model(images[..., ::-1])[:, flip].copy()`, then `back[..., 0] = S - 1 - "
        "back[..., 0]`, then the mean with `model(images)`.",
    ),
    explanation="Two answers whose errors differ are better averaged: this *flip test* is part of "
    "most published figures, and doubles the cost. A fault that always points right is cancelled "
    "exactly. Forgetting to rename sends every left joint halfway to the right one: then the "
    "mean pose collapses onto the body's middle, and the loss never tells why.",
)
