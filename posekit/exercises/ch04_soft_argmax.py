"""Exercises of chapter 04: the mean place under a map, its gradient, its bias, and its depth.

Each reference solution is an ordinary function, shown to the student as it stands here.
"""

from __future__ import annotations

import numpy as np

from .core import Case, CommonMistake, Exercise


def soft_argmax(maps, stride, temperature):
    """(n, 2) x and y in pixels: the mean place under the softmax of each map.

    maps: (n, h, w). stride: pixels a cell; cell i sits at pixel (i + 0.5) * stride - 0.5.
    """
    n, h, w = maps.shape
    flat = maps.reshape(n, h * w) / temperature
    p = np.exp(flat - flat.max(axis=1, keepdims=True, initial=-np.inf))
    p = (p / p.sum(axis=1, keepdims=True)).reshape(n, h, w)
    xs, ys = ((np.arange(length) + 0.5) * stride - 0.5 for length in (w, h))
    return np.stack([p.sum(axis=1) @ xs, p.sum(axis=2) @ ys], axis=-1)


def _certain(h, w, row, column):
    maps = np.full((1, h, w), -1e4)
    maps[0, row, column] = 0
    return maps


def _cases_soft_argmax(rng):
    two = np.concatenate([_certain(8, 6, 5, 2), _certain(8, 6, 0, 4)])
    soft = rng.normal(0, 2, (3, 7, 5))
    broken, half = soft.copy(), np.full((1, 4, 6), -1e4)
    broken[1, 3, 2] = np.nan
    half[0, 1, [1, 4]] = 0
    return [
        Case(
            "one certain cell, row 5, column 2",
            (_certain(8, 6, 5, 2), 1, 1.0),
            "All the probability is in one cell: x is its column, 2, y its row, 5.",
        ),
        Case(
            "the same with four pixels a cell",
            (_certain(8, 6, 5, 2), 4, 1.0),
            "Cell i covers the pixels 4 i to 4 i + 3: its middle is (i + 0.5) * 4 - 0.5.",
        ),
        Case(
            "two cells alike", (half, 1, 1.0), "Half and half: the mean of columns 1 and 4 is 2.5."
        ),
        Case("two maps", (two, 2, 1.0), "One softmax for each map, over all of its cells."),
        Case("three soft maps", (soft, 4, 1.0), "p = exp(h), divided by its sum over the map."),
        Case("half the temperature", (soft, 4, 0.5), "Divide the map by the temperature first."),
        Case(
            "values in the thousands",
            (1000 * soft, 4, 1.0),
            "exp(1000) is infinite: take each map's maximum away before exp; p stays the same.",
        ),
        Case(
            "a map with NaN among others",
            (broken, 4, 1.0),
            "That map has no answer (NaN); the others have theirs.",
        ),
        Case("no maps", (np.zeros((0, 7, 5)), 4, 1.0), "No maps, no places: shape (0, 2)."),
    ]


def _mean_under(p, xs, ys):
    return np.stack([p.sum(axis=1) @ xs, p.sum(axis=2) @ ys], axis=-1)


def _cells(maps, stride=1.0, shift=0.0, places=None, axes=(1, 2), highest=True):
    """The mean under a softmax, with one thing or another done differently."""
    p = np.exp(maps - maps.max(axis=axes, keepdims=True, initial=-np.inf) if highest else maps)
    places = places or (lambda length: np.arange(length) * stride + shift)
    return _mean_under(
        p / p.sum(axis=axes, keepdims=True), places(maps.shape[2]), places(maps.shape[1])
    )


def _on_grid(stride):
    return lambda length: (np.arange(length) + 0.5) * stride - 0.5


def _highest_cell(maps, stride, temperature):
    row, column = np.divmod(maps.reshape(len(maps), -1).argmax(1), maps.shape[2])
    return (np.stack([column, row], axis=-1) + 0.5) * stride - 0.5


_SOFT_ARGMAX = Exercise(
    soft_argmax,
    "Find the mean place under each map, in pixels.",
    _cases_soft_argmax,
    common_mistakes=(
        CommonMistake(
            lambda m, s, t: soft_argmax(m, s, t)[:, ::-1],
            "You have x and y exchanged: x runs along the last axis of a map, and comes first.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, places=lambda n: np.arange(n) / n),
            "These are fractions of the map, as in the deck: pixels are asked for.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, places=lambda n: np.linspace(0, 1, n)),
            "These are fractions from corner to corner: pixels are asked for.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, axes=(2,), places=_on_grid(s)),
            "You take a softmax of each row: the whole map must sum to 1, not each row.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, s),
            "You put cell i at i * stride, its left edge: half a cell off. Its middle is at "
            "(i + 0.5) * stride - 0.5.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, s, s / 2),
            "Half a pixel off: pixel 0's centre is at 0, so cell i sits at "
            "(i + 0.5) * stride - 0.5.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, places=np.arange),
            "These are cells: turn them into pixels by the stride.",
        ),
        CommonMistake(
            _highest_cell, "This is the highest cell, argmax: take the mean over all cells."
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, axes=(0, 1, 2), places=_on_grid(s)),
            "You take one softmax of all the maps: each map must sum to 1 by itself.",
        ),
        CommonMistake(
            lambda m, s, t: soft_argmax(m, s, 1 / t),
            "You multiply by the temperature: divide by it. Low is sharp, high is flat.",
        ),
        CommonMistake(lambda m, s, t: soft_argmax(m, s, 1), "You do not use the temperature."),
        CommonMistake(
            lambda m, s, t: _cells(m / t, places=_on_grid(s), highest=False),
            "exp of large values is infinite: take each map's maximum away first.",
        ),
    ),
    hints=(
        "Three steps: a softmax over all h * w cells of a map; where the cells sit, in pixels; "
        "the mean of x and of y under the softmax.",
        "`flat = maps.reshape(n, h * w) / temperature`; take each row's maximum away, `np.exp`, "
        "divide by each row's sum, and back to (n, h, w).",
        "`xs = (np.arange(w) + 0.5) * stride - 0.5`; x is `p.sum(axis=1) @ xs`, y is the same "
        "with the sum over the other axis.",
    ),
    explanation="x does not depend on the row, so the rows can be summed first: two small "
    "products take the place of a sum over all cells. Taking the maximum away changes nothing "
    "(it cancels in the quotient) and keeps exp finite.",
)


def soft_argmax_gradient(heatmap, stride, temperature):
    """(2, h, w) how x, and how y, changes with each cell's value: p_i (x_i - x) / T.

    heatmap: (h, w). x and y are the mean place in pixels, see exercise 1.
    """
    h, w = heatmap.shape
    p = np.exp((heatmap - heatmap.max()) / temperature)
    p = p / p.sum()
    xs, ys = ((np.arange(length) + 0.5) * stride - 0.5 for length in (w, h))
    x, y = p.sum(axis=0) @ xs, p.sum(axis=1) @ ys
    return np.stack([p * (xs - x), p * (ys[:, None] - y)]) / temperature


def _cases_gradient(rng):
    soft = rng.normal(0, 1, (5, 7))
    return [
        Case(
            "a flat map, one row of two cells",
            (np.zeros((1, 2)), 1, 1.0),
            "x is 0.5, both p are a half: the left cell moves x by -1/4, the right one by 1/4.",
        ),
        Case("a soft map", (soft, 1, 1.0), "p_i (x_i - x), for x; and the same for y."),
        Case(
            "the same with four pixels a cell",
            (soft, 4, 1.0),
            "x is in pixels, so its slope is too: use the stride.",
        ),
        Case(
            "half the temperature", (soft, 4, 0.5), "h stands as h / T: the chain rule gives 1 / T."
        ),
        Case(
            "values in the thousands",
            (1000 * soft, 4, 1.0),
            "Take the maximum away before exp. One cell has it all: no slope is left.",
        ),
    ]


def _without_mean(heatmap, stride, temperature):
    p = np.exp((heatmap - heatmap.max()) / temperature)
    p, grid = p / p.sum(), _on_grid(stride)
    h, w = heatmap.shape
    return np.stack([p * grid(w), p * grid(h)[:, None]]) / temperature


_GRADIENT = Exercise(
    soft_argmax_gradient,
    "Write the gradient of soft-argmax in closed form.",
    _cases_gradient,
    common_mistakes=(
        CommonMistake(
            lambda h, s, t: -soft_argmax_gradient(h, s, t),
            "The sign is turned: raising a cell to the right of x moves x to the right, x_i - x.",
        ),
        CommonMistake(
            _without_mean,
            "This is p_i x_i: raising one cell lowers all the others' p, which takes x away, "
            "p_i (x_i - x).",
        ),
        CommonMistake(
            lambda h, s, t: soft_argmax_gradient(h, s, t)[::-1],
            "You have x and y exchanged: the slope of x comes first.",
        ),
        CommonMistake(
            lambda h, s, t: soft_argmax_gradient(h, 1, t),
            "This is in cells: x is in pixels, so its slope grows with the stride.",
        ),
        CommonMistake(
            lambda h, s, t: soft_argmax_gradient(h, s, t) * t,
            "The factor 1 / T is missing: the map stands as h / T, and the chain rule gives it.",
        ),
        CommonMistake(
            lambda h, s, t: soft_argmax_gradient(h, s, t) * t * t,
            "You multiply by the temperature: the chain rule gives 1 / T.",
        ),
        CommonMistake(
            lambda h, s, t: soft_argmax_gradient(h, s, 1), "You do not use the temperature."
        ),
    ),
    hints=(
        "Section 3 has it: dx/dh_i = p_i (x_i - x) / T. You need p, x and where the cells sit.",
        "`xs - x` is (w,) and sets itself against each row of p; for y use `ys[:, None] - y`.",
        "`np.stack([p * (xs - x), p * (ys[:, None] - y)]) / temperature`.",
    ),
    explanation="All that the backward pass needs is the probabilities and the answer, so posekit "
    "keeps those and writes the gradient down in place of PyTorch's own graph. The gradients of a "
    "map sum to 0: adding the same to every cell changes nothing. Where p is 0 there is no "
    "gradient, so a map that is sharp at the wrong place learns nothing from it.",
    tolerance=1e-4,
)


def elastic_net(predicted, target, visible):
    """The sum over x and y of |e| + e squared, averaged over the labelled joints; 0 if none.

    predicted, target: (people, joints, 2) in any unit. visible: (people, joints).
    """
    labelled = visible > 0
    if not labelled.any():
        return 0.0
    error = predicted[labelled] - target[labelled]
    return np.sum(np.abs(error) + error**2) / labelled.sum()


def _cases_elastic(rng):
    target = rng.uniform(0, 1, (4, 14, 2))
    predicted, visible = target + rng.normal(0, 0.3, target.shape), rng.integers(0, 3, (4, 14))
    lost = np.where(visible[..., None] > 0, target, np.nan)
    one, off = np.zeros((1, 2, 2)), np.array([[[1.0, -3.0], [0.0, 3.0]]])
    return [
        Case(
            "one joint off by 1 and -3",
            (off[:, :1], one[:, :1], np.array([[2]])),
            "|1| + |-3| and 1 + 9: together 14.",
        ),
        Case(
            "two joints",
            (off, one, np.array([[2, 2]])),
            "The first has 14, the second 3 + 9 = 12: the mean over joints is 13.",
        ),
        Case(
            "one of two joints labelled",
            (off, one, np.array([[2, 0]])),
            "Only the first joint counts, in the sum and in what you divide by: 14.",
        ),
        Case(
            "an occluded joint",
            (off, one, np.array([[1, 2]])),
            "`visible` 1 is occluded, and labelled: it counts.",
        ),
        Case(
            "four people, NaN at unlabelled joints",
            (predicted, lost, visible),
            "NaN times 0 is NaN: choose the labelled joints before any arithmetic.",
        ),
        Case(
            "nothing labelled",
            (predicted, lost, 0 * visible),
            "Nothing to learn from: the loss is 0, so that training goes on.",
        ),
    ]


_ELASTIC = Exercise(
    elastic_net,
    "Write deck 2's elastic net loss with a mask.",
    _cases_elastic,
    common_mistakes=(
        CommonMistake(
            lambda p, t, v: np.sum((p - t + (p - t) ** 2)[v > 0]) / max((v > 0).sum(), 1),
            "You forgot the absolute value: negative errors would be rewarded.",
        ),
        CommonMistake(
            lambda p, t, v: np.mean(
                (np.linalg.norm(p - t, axis=-1) + ((p - t) ** 2).sum(-1))[v > 0]
            ),
            "The first norm is the 1-norm, |e_x| + |e_y|: you took the distance.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, v) / 2,
            "Half the right value: each joint has the sum over x and y, and you took their mean.",
        ),
        CommonMistake(
            lambda p, t, v: np.sum((p - t)[v > 0] ** 2) / max((v > 0).sum(), 1),
            "This is the square alone, L2: add |e|.",
        ),
        CommonMistake(
            lambda p, t, v: np.sum(np.abs(p - t)[v > 0]) / max((v > 0).sum(), 1),
            "This is |e| alone, L1: add the square.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, np.ones_like(v)),
            "You count unlabelled joints: choose the labelled ones first.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, v) * (v > 0).sum() / v.size,
            "You divide by all joints: divide by how many are labelled.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, v == 2),
            "You leave occluded joints out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, v) if v.any() else np.nan,
            "A loss of NaN ends a training: where nothing is labelled it is 0.",
        ),
    ),
    hints=(
        "`labelled = visible > 0`; index predicted and target with it before you subtract.",
        "`np.abs(error) + error**2`, summed over everything that is left.",
        "Divide by `labelled.sum()`, the number of joints; return 0.0 where there is none.",
    ),
    explanation="Its slope is sign(e) + 2 e: near the target |e| still pulls with all its force, "
    "far away the square takes over. Where one turns into the other depends on the unit: in "
    "fractions of the picture |e| always leads, in pixels the square nearly always does. "
    "posekit's `losses.elastic_net` averages over coordinates, so it is half of this.",
)


def without_floor(probabilities, stride):
    """(n, 2) pixels: the mean place under each map once its uniform part is taken away.

    probabilities: (n, h, w), each map sums to 1; its floor is its least value. NaN where a map
    is flat: nothing is left then. stride: pixels a cell.
    """
    h, w = probabilities.shape[1:]
    xs, ys = ((np.arange(length) + 0.5) * stride - 0.5 for length in (w, h))
    rest = probabilities - probabilities.min(axis=(1, 2), keepdims=True)
    total = rest.sum(axis=(1, 2))
    total = np.where(total > 1e-6, total, np.nan)[:, None]
    return np.stack([rest.sum(axis=1) @ xs, rest.sum(axis=2) @ ys], axis=-1) / total


def _cases_floor(rng):
    h, w = 9, 12
    bump = np.zeros((3, h, w))
    bump[0, 2, 3], bump[1, 7, 10], bump[2] = 1, 1, np.exp(rng.normal(0, 1, (h, w)))
    bump[2] -= bump[2].min()
    bump /= bump.sum(axis=(1, 2), keepdims=True)
    share = np.array([0.5, 0.9, 0.2])[:, None, None]
    mixed = (1 - share) * bump + share / (h * w)
    return [
        Case("a certain cell without a floor", (bump[:1], 1), "No floor: the cell itself, (3, 2)."),
        Case(
            "the same cell, and half of everything spread evenly",
            (mixed[:1], 1),
            "Take the floor away, and make what is left sum to 1: the cell itself again.",
        ),
        Case("the same with four pixels a cell", (mixed[:1], 4), "The same place, in pixels."),
        Case("three maps with floors of their own", (mixed, 4), "Each map has its own floor."),
        Case("a flat map", (np.full((1, 4, 4), 1 / 16), 4), "Nothing but floor: NaN, no place."),
        Case("no maps", (np.zeros((0, 4, 4)), 4), "Shape (0, 2)."),
    ]


def _floor_kept(p, stride, scale=1.0, least=True):
    grid = _on_grid(stride)
    floor = p.min(axis=(1, 2), keepdims=True, initial=np.inf) if least else 0.0
    return _mean_under(p - floor, grid(p.shape[2]), grid(p.shape[1])) * scale


def _pull_undone(p, stride, centre, share):
    """(x - w c) / (1 - w), with some idea of the centre c and of the share w."""
    part = share(p)[:, None]
    return (_floor_kept(p, stride, least=False) - part * centre(p)) / (1 - part)


def _middle(p, stride):
    return np.array([p.shape[2] * stride - 1, p.shape[1] * stride - 1]) / 2


_FLOOR = Exercise(
    without_floor,
    "Take the uniform part out of a map, and with it the pull to the centre.",
    _cases_floor,
    common_mistakes=(
        CommonMistake(lambda p, s: without_floor(p, s)[:, ::-1], "You have x and y exchanged."),
        CommonMistake(
            lambda p, s: _floor_kept(p, s, least=False),
            "The floor is still there, and pulls every answer to the centre.",
        ),
        CommonMistake(_floor_kept, "What is left no longer sums to 1: divide by its sum."),
        CommonMistake(
            lambda p, s: 2 * _middle(p, s) - without_floor(p, s),
            "This is the other side of the centre: a sign is turned.",
        ),
        CommonMistake(
            lambda p, s: _pull_undone(p, s, lambda p: _middle(p, s), lambda p: p.min(axis=(1, 2))),
            "The floor's share is its height times the number of cells, not its height alone.",
        ),
        CommonMistake(lambda p, s: without_floor(p, 1), "These are cells: pixels are asked for."),
        CommonMistake(
            lambda p, s: without_floor(p, s) + 0.5 * (1 - s),
            "You put cell i at i * stride, its left edge: its middle is half a cell further.",
        ),
        CommonMistake(
            lambda p, s: np.where(
                np.isnan(without_floor(p, s)), _middle(p, s), without_floor(p, s)
            ),
            "A flat map knows no place: NaN says so, the centre would hide it.",
        ),
    ),
    hints=(
        "The floor is each map's least value: `p.min(axis=(1, 2), keepdims=True)`.",
        "Take it away; what is left sums to less than 1, so divide the mean by that sum.",
        "Where the sum is 0 the map was flat: put NaN in its place before dividing.",
    ),
    explanation="The same as undoing section 6's formula, (x - w c) / (1 - w), with w the floor "
    "times the number of cells. On real maps the least value is noisy and the rest is never "
    "quite flat, so it mends much of the pull and not all of it: section 6 measures how much.",
)


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


def _cases_lift(rng):
    middle, off = np.full((1, 4, 5, 5), -1e4), np.full((1, 4, 5, 7), -1e4)
    middle[0, [1, 2], 2, 2], off[0, 3, 1, 6] = 0, 0
    soft = rng.normal(0, 3, (5, 4, 6, 8))
    camera = (500.0, np.array([11.5, 9.5]))
    return [
        Case(
            "a joint in the very middle",
            (middle, 4, 2.0, 5.0, 500.0, np.array([9.5, 9.5])),
            "Two cells beside the middle, half each: straight ahead, at the root's depth of 5.",
        ),
        Case(
            "a certain joint off the middle",
            (off, 4, 2.0, 5.0, *camera),
            "Four cells of 0.5 m: the last one's middle is 0.75 m behind the root.",
        ),
        Case(
            "five soft volumes",
            (soft, 4, 2.0, 5.0, *camera),
            "One softmax over a joint's whole volume; z in metres; then x = (u - cx) z / f.",
        ),
        Case("another span, another depth", (soft, 8, 1.6, 3.0, *camera), "Use `span` and `root`."),
        Case(
            "values in the thousands",
            (1000 * soft, 4, 2.0, 5.0, *camera),
            "Take each volume's maximum away before exp.",
        ),
    ]


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
    grid = grid or _on_grid(stride)
    middles = root + ((np.arange(d) + 0.5) / d - 0.5) * span
    z = p.sum(axis=(2, 3)) @ (middles if depths is None else depths(d))
    u, v = p.sum(axis=(1, 2)) @ grid(w), p.sum(axis=(1, 3)) @ grid(h)
    far = root if at_root else z
    return np.stack([(u - centre[0]) * far / focal, (v - centre[1]) * far / focal, z], axis=-1)


_LIFT = Exercise(
    lift,
    "Turn volumes into a body in metres, seen by a camera (hard).",
    _cases_lift,
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
            "Take the camera's centre away first: the middle of the picture is straight ahead.",
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
    "The volume gives a place in the picture and a depth, which is how the network sees the "
    "world; the camera makes metres of it. The root's depth itself is not in the picture: a child "
    "near by and a grown-up far away look alike, so it has to come from somewhere else.",
)

EXERCISES = (_SOFT_ARGMAX, _GRADIENT, _ELASTIC, _FLOOR, _LIFT)
