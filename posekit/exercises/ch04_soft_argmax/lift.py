"""Turn volumes into a body in metres, seen by a camera (hard)."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from .grid import on_grid


def lift(volumes, stride, span, root, focal, centre):
    """(joints, 3) metres in the camera's axes: soft-argmax of volumes, through a pinhole camera.

    volumes: (joints, d, h, w). stride: pixels a cell of x and y. span: metres that the d cells
    cover, the middle of them at the depth ``root``. focal: pixels. centre: (cx, cy) pixels.
    """
    joints, d, h, w = volumes.shape
    flat = volumes.reshape(joints, d * h * w)
    p = np.exp(flat - flat.max(axis=1, keepdims=True))
    p = (p / p.sum(axis=1, keepdims=True)).reshape(volumes.shape)
    u, v = ((np.arange(length) + 0.5) * stride - 0.5 for length in (w, h))
    depths = root + ((np.arange(d) + 0.5) / d - 0.5) * span
    u, v, z = p.sum(axis=(1, 2)) @ u, p.sum(axis=(1, 3)) @ v, p.sum(axis=(2, 3)) @ depths
    return np.stack([(u - centre[0]) * z / focal, (v - centre[1]) * z / focal, z], axis=-1)


# What is said where a case fails.
STRAIGHT_AHEAD = "Two cells beside the middle, half each: straight ahead, at the root's depth of 5."
DEPTH = "Four cells of 0.5 m: the last one's middle is 0.75 m behind the root."
SOFT = "One softmax over a joint's whole volume; z in metres; then x = (u - cx) z / f."
USE = "Use `span` and `root`."
INFINITE = "Take each volume's maximum away before exp."


def _cases(rng):
    middle, off = np.full((1, 4, 5, 5), -1e4), np.full((1, 4, 5, 7), -1e4)
    middle[0, [1, 2], 2, 2], off[0, 3, 1, 6] = 0, 0
    soft = rng.normal(0, 3, (5, 4, 6, 8))
    centred, camera = (500.0, np.array([9.5, 9.5])), (500.0, np.array([11.5, 9.5]))
    yield Case("a joint in the very middle", (middle, 4, 2.0, 5.0, *centred), STRAIGHT_AHEAD)
    yield Case("a certain joint off the middle", (off, 4, 2.0, 5.0, *camera), DEPTH)
    yield Case("five soft volumes", (soft, 4, 2.0, 5.0, *camera), SOFT)
    yield Case("another span, another depth", (soft, 8, 1.6, 3.0, *camera), USE)
    yield Case("values in the thousands", (1000 * soft, 4, 2.0, 5.0, *camera), INFINITE)


def _lifted(
    volumes,
    stride,
    span,
    root,
    focal,
    centre,
    grid=None,
    depths=None,
    axes=(1, 2, 3),
    at_root=False,
):
    """The reference with one thing or another done differently."""
    d, h, w = volumes.shape[1:]
    p = np.exp(volumes - volumes.max(axis=(1, 2, 3), keepdims=True))
    p = p / np.maximum(p.sum(axis=axes, keepdims=True), 1e-300)
    grid = grid or on_grid(stride)
    middles = root + ((np.arange(d) + 0.5) / d - 0.5) * span
    z = p.sum(axis=(2, 3)) @ (middles if depths is None else depths(d))
    u, v = p.sum(axis=(1, 2)) @ grid(w), p.sum(axis=(1, 3)) @ grid(h)
    far = root if at_root else z
    return np.stack([(u - centre[0]) * far / focal, (v - centre[1]) * far / focal, z], axis=-1)


EXERCISE = Exercise(
    lift,
    "Turn volumes into a body in metres, seen by a camera (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda v, s, a, r, f, c: _lifted(
                v, s, a, r, f, c, depths=lambda d: ((np.arange(d) + 0.5) / d - 0.5) * a
            ),
            "This z is relative to the root: add the root's depth, and use it for x and y too.",
        ),
        CommonMistake(
            lambda v, s, a, r, f, c: _lifted(
                v, s, a, r, f, c, depths=lambda d: r + (np.arange(d) / d - 0.5) * a
            ),
            "Half a cell of depth off: the middle of cell i is (i + 0.5) / d of the span.",
        ),
        CommonMistake(
            lambda v, s, a, r, f, c: _lifted(
                v, s, a, r, f, c, depths=lambda d: r + np.linspace(-0.5, 0.5, d) * a
            ),
            "You put the first and last cell at the ends of the span: their middles are half a "
            "cell inside.",
        ),
        CommonMistake(
            lambda v, s, a, r, f, c: _lifted(v, s, a, r, f, c, grid=lambda n: np.arange(n) * s),
            "Half a cell off in x and y: cell i sits at pixel (i + 0.5) * stride - 0.5.",
        ),
        CommonMistake(
            lambda v, s, a, r, f, c: lift(v, s, a, r, f, c)[:, [1, 0, 2]],
            "You have x and y exchanged: the axes of a volume are depth, y, x.",
        ),
        CommonMistake(
            lambda v, s, a, r, f, c: lift(v, s, a, r, f, np.zeros(2)),
            "Take the camera's centre away first: the middle of the image is straight ahead.",
        ),
        CommonMistake(
            lambda v, s, a, r, f, c: _lifted(v, s, a, r, f, c, at_root=True),
            "You multiply by the root's depth: each joint has its own, z.",
        ),
        CommonMistake(
            lambda v, s, a, r, f, c: _lifted(v, s, a, r, f, c, axes=(2, 3)),
            "You take a softmax of each slice: the whole volume must sum to 1.",
        ),
    ),
    hints=(
        "As in exercise 1, with one more axis: a softmax over d * h * w cells, then three means.",
        "The mean of x needs only the volume summed over depth and y: `p.sum(axis=(1, 2)) @ xs`. "
        "The depths of the cells are `root + ((np.arange(d) + 0.5) / d - 0.5) * span`.",
        "A pinhole camera shows (x, y, z) at u = f x / z + cx: solve it for x.",
    ),
    explanation="Sums over the other axes come first: nobody needs the whole volume's grid. "
    "The volume gives a place in the image and a depth, which is how the network sees the "
    "world; the camera makes metres of it. The root's depth itself is not in the image: a child "
    "near by and a grown-up far away look alike, so it has to come from somewhere else.",
)
