"""Exercises of chapter 03: draw a map of a joint, read it, train by it, ask twice.

Each reference solution is an ordinary function, shown to the student as it stands here.
"""

from __future__ import annotations

import numpy as np
import torch

from .core import Case, CommonMistake, Exercise


def encode(points, visible, size, stride, sigma):
    """(joints, h, w): each joint as a bump of height 1; zeros for one that is not labelled.

    points: (joints, 2) pixels x, y. visible: (joints,), 0 is unlabelled. size: (height, width)
    of the picture in pixels. stride: pixels a cell. sigma: the bump's width, in cells.
    """
    height, width = size[0] // stride, size[1] // stride
    y, x = np.mgrid[:height, :width]
    maps = np.zeros((len(points), height, width))
    for k in np.flatnonzero(visible > 0):
        cx, cy = (points[k] + 0.5) / stride - 0.5
        maps[k] = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma**2))
    return maps


def _encode(points, visible, size, stride, sigma, cells=None):
    """The reference with another way from pixels to cells, as the common mistakes need it."""
    cells = cells or (lambda p: (p + 0.5) / stride - 0.5)
    return encode(cells(points), visible, (size[0] // stride, size[1] // stride), 1, sigma)


def _cases_encode(rng):
    points = rng.uniform(0, 32, (5, 2))
    lost = points.copy()
    lost[3] = np.nan
    seen = np.array([2, 1, 2, 0, 2])
    one, two = np.array([[13.5, 21.5]]), np.array([2])
    return [
        Case(
            "a joint in the middle of a cell",
            (one, two, (32, 32), 4, 1.5),
            "The pixel 13.5 is cell 3 of stride 4, and 21.5 is cell 5: there the map is 1.",
        ),
        Case(
            "a joint between the cells",
            (one + [1.0, 2.0], two, (32, 32), 4, 1.5),
            "Where the joint is between two cells, no cell reaches 1.",
        ),
        Case(
            "a picture that is wider than high",
            (one, two, (32, 48), 4, 1.5),
            "`size` is (height, width), a map is (rows, columns), a point is (x, y).",
        ),
        Case(
            "stride 2, and a narrow bump",
            (one, two, (32, 32), 2, 0.7),
            "`sigma` counts cells, whatever the stride.",
        ),
        Case(
            "an occluded joint",
            (one, np.array([1]), (32, 32), 4, 1.5),
            "`visible` 1 is labelled: it has a bump.",
        ),
        Case(
            "five joints, one of them unlabelled",
            (points, seen, (32, 32), 4, 2.0),
            "A joint without a label has a map of zeros, whatever its coordinates say.",
        ),
        Case(
            "the same, with NaN for the unlabelled one",
            (lost, seen, (32, 32), 4, 2.0),
            "NaN times 0 is NaN: skip the unlabelled joint before any arithmetic.",
        ),
        Case(
            "a joint a little outside the picture",
            (np.array([[-3.0, 10.0]]), two, (32, 32), 4, 1.5),
            "What of the bump reaches into the picture is drawn.",
        ),
        Case(
            "no joints",
            (np.zeros((0, 2)), np.zeros(0, int), (32, 32), 4, 1.5),
            "No joints, no maps: shape (0, 8, 8).",
        ),
    ]


_ENCODE = Exercise(
    encode,
    "Draw the map of each joint: a Gaussian bump on the pixel grid.",
    _cases_encode,
    common_mistakes=(
        CommonMistake(
            lambda p, v, z, s, g: _encode(p, v, z, s, g, lambda q: q / s),
            "You are up to half a cell off: cell i sits at pixel (i + 0.5) * stride - 0.5, so a "
            "pixel is at cell (x + 0.5) / stride - 0.5.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: _encode(
                p, v, z, s, g, lambda q: np.floor((q + 0.5) / s - 0.5 + 0.5)
            ),
            "You put the bump on the nearest cell, so that the place between the cells is lost: "
            "leave the centre unrounded.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: _encode(p, v, z, s, g, lambda q: q // s),
            "You divide without a remainder, so that the place within the cell is lost.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p[:, ::-1], v, z, s, g),
            "You exchange x and y: a point is (x, y), a map is indexed [row, column] = [y, x].",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, v, z[::-1], s, g),
            "You exchange height and width: `size` is (height, width).",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, v, z, s, g / np.sqrt(2)),
            "You divide by sigma squared: a Gaussian divides by 2 sigma squared.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, v, z, s, g / s),
            "You measure sigma in pixels: it counts cells.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, v, z, s, g) / (2 * np.pi * g**2),
            "You made the bump's sum 1: here its height is 1.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, v == 2, z, s, g),
            "You leave the occluded joint out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, np.ones_like(v), z, s, g),
            "You draw a bump for a joint that nobody has labelled: its map is all zeros.",
        ),
    ),
    hints=(
        "First bring the joint from pixels to cells: `(x + 0.5) / stride - 0.5`.",
        "`y, x = np.mgrid[:h, :w]` are two (h, w) arrays: the row and the column of each cell.",
        "`np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma**2))` is one map.",
    ),
    explanation="The centre is *not* rounded: the values of the cells around it tell where "
    "between them the joint is, and exercise 2 reads it off again. posekit's encoder has no "
    "loop and no two-dimensional exponential: exp(-(dx² + dy²)) is exp(-dx²) times exp(-dy²), "
    "so h + w exponentials make a map of h · w cells.",
)


def decode(heatmap, stride):
    """(x, y) in pixels, between the cells: a parabola through the logarithm, on each axis.

    heatmap: (h, w). stride: pixels a cell. Where the highest cell is at the border, or one of
    its two neighbours is not above 0, that axis is not refined. A map that is the same
    everywhere has no peak: (NaN, NaN).
    """
    if heatmap.max() == heatmap.min():
        return np.array([np.nan, np.nan])
    row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
    cell = [column, row]
    for axis, line in enumerate([heatmap[row], heatmap[:, column]]):
        i = cell[axis]
        if 0 < i < len(line) - 1 and line[i - 1 : i + 2].min() > 0:
            left, middle, right = np.log(line[i - 1 : i + 2])
            bend = left - 2 * middle + right
            if bend < 0:
                cell[axis] = i + (left - right) / (2 * bend)
    return (np.array(cell) + 0.5) * stride - 0.5


def _bump(x, y, size=(32, 32), sigma=1.5):
    return encode(np.array([[x, y]]), np.array([2]), size, 4, sigma)[0]


def _cases_decode(rng):
    x, y = rng.uniform(8, 24, 2)
    bump = _bump(x, y)
    dot = np.zeros((8, 8))
    dot[3, 5] = 0.8
    half = dot.copy()
    half[3, 4:7], half[2, 5], half[4, 5] = [0.5, 0.8, 0.3], 0.0, 0.6
    return [
        Case(
            "a bump in the middle of a cell",
            (_bump(13.5, 21.5), 4),
            "Cell (row 5, column 3) of stride 4 sits at pixel x = 13.5, y = 21.5.",
        ),
        Case(
            "a bump between the cells",
            (_bump(14.5, 22.5), 4),
            "The logarithm of a Gaussian is a parabola: three of its points give its top.",
        ),
        Case(
            "a bump anywhere",
            (bump, 4),
            "Do the same for the row through the highest cell and for the column.",
        ),
        Case("the same, half as high", (bump / 2, 4), "The height must not matter."),
        Case("the same with stride 8", (bump, 8), "Cells become pixels last of all."),
        Case(
            "a map that is wider than high",
            (_bump(35.0, 9.0, (24, 48)), 4),
            "`np.unravel_index` gives row and column: that is y and x.",
        ),
        Case(
            "a bump whose top is in the first column",
            (_bump(1.0, 15.0), 4),
            "There is no neighbour on one side: keep the cell on this axis.",
        ),
        Case(
            "a bump whose top is in the last row",
            (_bump(15.0, 30.8), 4),
            "There is no neighbour on one side: keep the cell on this axis.",
        ),
        Case(
            "one single cell",
            (dot, 4),
            "0 has no logarithm: keep the cell where a neighbour is not above 0.",
        ),
        Case(
            "a neighbour that is 0, on one axis only",
            (half, 4),
            "The other axis can be refined all the same.",
        ),
        Case(
            "the same everywhere",
            (np.full((8, 8), 0.3), 4),
            "A flat map has no peak: (NaN, NaN), and not its first cell.",
        ),
    ]


def _decode(heatmap, stride, offset, to_pixel=lambda cell, s: (cell + 0.5) * s - 0.5):
    """A decoder with another step from the highest cell, as the common mistakes need it."""
    row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
    cell = np.array([column, row], float)
    for axis, line in enumerate([heatmap[row], heatmap[:, column]]):
        i = int(cell[axis])
        if 0 < i < len(line) - 1:
            cell[axis] += offset(*line[i - 1 : i + 2])
    return to_pixel(cell, stride)


def _log_step(left, middle, right):
    return (np.log(left) - np.log(right)) / (2 * np.log(left * right / middle**2))


_DECODE = Exercise(
    decode,
    "Read a joint off its map, between the cells.",
    _cases_decode,
    common_mistakes=(
        CommonMistake(
            lambda m, s: _decode(m, s, lambda a, b, c: 0.0),
            "This is the middle of the highest cell: its neighbours tell where in it the joint is.",
        ),
        CommonMistake(
            lambda m, s: _decode(m, s, lambda a, b, c: 0.25 * np.sign(c - a)),
            "A quarter of a cell towards the higher neighbour is nearer, and still not there: "
            "put a parabola through the three logarithms.",
        ),
        CommonMistake(
            lambda m, s: _decode(m, s, lambda a, b, c: (a - c) / (2 * (a - 2 * b + c))),
            "You put the parabola through the values themselves: it is their *logarithm* that "
            "is a parabola.",
        ),
        CommonMistake(
            lambda m, s: _decode(m, s, lambda a, b, c: -_log_step(a, b, c)),
            "You step the wrong way: towards the higher neighbour.",
        ),
        CommonMistake(
            lambda m, s: _decode(m, s, lambda a, b, c: 2 * _log_step(a, b, c)),
            "Your step is twice too long: the top of the parabola is at (left - right) / "
            "(2 (left - 2 middle + right)).",
        ),
        CommonMistake(
            lambda m, s: decode(m, s)[::-1],
            "You exchange x and y: `np.unravel_index` gives (row, column), which is (y, x).",
        ),
        CommonMistake(
            lambda m, s: (decode(m, s) + 0.5) / s * s - s / 2,
            "You are half a cell off: cell i sits at pixel (i + 0.5) * stride - 0.5, not at "
            "i * stride.",
        ),
        CommonMistake(
            lambda m, s: (decode(m, s) + 0.5) / s - 0.5,
            "These are cells: bring them to pixels with `(cell + 0.5) * stride - 0.5`.",
        ),
        CommonMistake(
            lambda m, s: (decode(m, 4) + 0.5) / 4 * 4 - 0.5,
            "You use a stride of 4 whatever `stride` is.",
        ),
        CommonMistake(
            lambda m, s: np.nan_to_num(decode(m, s), nan=0.5 * s - 0.5),
            "A flat map has no peak: (NaN, NaN), not its first cell.",
        ),
    ),
    hints=(
        "`row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)` is the highest cell. "
        "Then take the row through it and the column through it, each as a line of numbers.",
        "With the logarithms a, b, c of left, middle and right the parabola's top is at "
        "`(a - c) / (2 * (a - 2 * b + c))` from the middle.",
        "Refine an axis only if both neighbours exist and all three values are above 0; at the "
        "very end `(cell + 0.5) * stride - 0.5`.",
    ),
    explanation="For a clean Gaussian this is exact, from three numbers an axis. DARK is the same "
    "idea with a blur before it, because a network's maps are not clean; posekit's `fit` uses "
    "all 7 × 7 cells around the peak at once, and so averages the noise away without a blur.",
)


def map_loss(maps, targets, visible):
    """Cross entropy of softmax(map) with the target made to sum to 1, a mean over labelled joints.

    maps: (people, joints, h, w) tensor of raw numbers. targets: the same shape, bumps. visible:
    (people, joints), 0 is unlabelled. -> a tensor without axes; 0 where nothing is labelled.
    """
    labelled = visible > 0
    if not labelled.any():
        return maps.sum() * 0
    logs = torch.log_softmax(maps[labelled].flatten(1), dim=1)  # (labelled joints, h w)
    share = targets[labelled].flatten(1)
    share = share / share.sum(dim=1, keepdim=True)
    return -(share * logs).sum(dim=1).mean()


def _cases_map_loss(rng):
    maps = torch.from_numpy(rng.normal(0, 2, (3, 4, 6, 8)))
    points = rng.uniform(4, 20, (12, 2))
    bumps = torch.from_numpy(encode(points, np.ones(12), (24, 32), 4, 1.0)).view(3, 4, 6, 8)
    every = torch.full((3, 4), 2)
    some = torch.from_numpy(rng.integers(0, 3, (3, 4)))
    some[0, 0], some[1, 2], some[2] = 0, 1, torch.tensor([2, 0, 0, 0])
    zeros = bumps * (some > 0)[..., None, None]
    lost = bumps.clone()
    lost[some == 0] = torch.nan
    flat, dot = torch.zeros(1, 1, 2, 2), torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    hidden = torch.where(every == 2, 1, 0)
    return [
        Case(
            "a flat map of four cells, a target of one cell",
            (flat, dot, every[:1, :1]),
            "Softmax gives each of the four cells 1/4: the loss is log 4 = 1.386.",
        ),
        Case(
            "twelve joints, all labelled",
            (maps, bumps, every),
            "One softmax over all the cells of a map; the target divided by its sum.",
        ),
        Case(
            "the same joints, occluded",
            (maps, bumps, hidden),
            "`visible` 1 is labelled: it counts.",
        ),
        Case(
            "some unlabelled, with junk in the targets",
            (maps, bumps, some),
            "Only labelled joints count, and only they are divided by.",
        ),
        Case(
            "some unlabelled, with targets of zeros",
            (maps, zeros, some),
            "Choose the labelled maps first: 0 divided by its sum is NaN.",
        ),
        Case(
            "some unlabelled, with NaN in the targets",
            (maps, lost, some),
            "NaN times 0 is NaN: leave those maps out, do not multiply them away.",
        ),
        Case(
            "raw numbers up to a thousand",
            (300 * maps, bumps, every),
            "exp(1000) is infinite: `torch.log_softmax` does not go that way.",
        ),
        Case(
            "nothing labelled", (maps, zeros * 0, 0 * every), "Nothing to learn from: a loss of 0."
        ),
    ]


def _shares(targets):
    return targets / targets.sum((-1, -2), keepdim=True)


def _map_loss(maps, targets, visible, mean=lambda each, labelled: each[labelled].mean()):
    """The loss of every joint, and then another mean of them, as the common mistakes need it."""
    logs = torch.log_softmax(maps.flatten(-2), -1).view_as(maps)
    return mean(-(_shares(targets) * logs).sum((-1, -2)), visible > 0)


def _rows_only(maps, targets, visible):
    logs = torch.log_softmax(maps, -1)
    return -(_shares(targets) * logs).sum((-1, -2))[visible > 0].mean()


def _unstable(maps, targets, visible):
    power = maps.exp()
    return map_loss((power / power.sum((-1, -2), keepdim=True)).log(), targets, visible)


_MAP_LOSS = Exercise(
    map_loss,
    "Compute the cross entropy of a map with its target, over the labelled joints only.",
    _cases_map_loss,
    common_mistakes=(
        CommonMistake(
            lambda m, t, v: (m - t).square().sum((-1, -2))[v > 0].mean(),
            "This is the squared difference of two maps: take the softmax of the map, and its "
            "cross entropy with the target.",
        ),
        CommonMistake(
            _rows_only,
            "Your softmax runs over each row by itself: all the cells of a map compete, so "
            "flatten its two axes into one first.",
        ),
        CommonMistake(
            lambda m, t, v: (
                -(t * torch.log_softmax(m.flatten(-2), -1).view_as(m)).sum((-1, -2))[v > 0].mean()
            ),
            "Your target does not sum to 1: divide each by its sum, or wide bumps count more.",
        ),
        CommonMistake(
            lambda m, t, v: _map_loss(m, t, v) / m[0, 0].numel(),
            "You average over the cells too: sum over them, and average over joints alone.",
        ),
        CommonMistake(
            lambda m, t, v: _map_loss(m, t, v, lambda each, labelled: each.mean()),
            "You count every joint, and so also what nobody has labelled.",
        ),
        CommonMistake(
            lambda m, t, v: map_loss(m, t, torch.where(v == 2, 2, 0)),
            "You leave occluded joints out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda m, t, v: _map_loss(m, t, v, lambda e, k: torch.where(k, e, 0).mean()),
            "You divide by all joints: divide by how many are labelled, or missing labels make "
            "the loss small.",
        ),
        CommonMistake(
            lambda m, t, v: _map_loss(m, t, v, lambda e, k: (e * k).sum() / k.sum()),
            "You multiply the unlabelled joints by 0, and NaN times 0 is NaN: choose the "
            "labelled ones first, `maps[labelled]`.",
        ),
        CommonMistake(
            _unstable,
            "exp of a large number is infinite: use `torch.log_softmax`, which takes the "
            "maximum out first.",
        ),
        CommonMistake(
            lambda m, t, v: -map_loss(m, t, v),
            "The sign is wrong: cross entropy is *minus* the sum of target times log p.",
        ),
        CommonMistake(
            lambda m, t, v: _map_loss(m, t, v),
            "The mean of nothing is NaN, and one NaN in a loss ends a training: return 0 where "
            "nothing is labelled.",
        ),
    ),
    hints=(
        "`labelled = visible > 0`, and then `maps[labelled]` is (labelled joints, h, w).",
        "`flatten(1)` makes one line of each map; `torch.log_softmax(..., dim=1)` are the "
        "logarithms of its probabilities.",
        "The loss of a joint is `-(share * logs).sum(dim=1)`, where share is the target divided "
        "by its sum. Where nothing is labelled return `maps.sum() * 0`.",
    ),
    explanation="The cells of a map compete for one unit of probability, so a map of zeros is no "
    "refuge: it says *anywhere*, and costs log(h w). With a squared difference it says "
    "*nowhere*, and costs hardly more than a good map. `maps.sum() * 0` is 0 with a gradient of "
    "0, so that `backward` still works on a batch in which nothing is labelled.",
)


def flip_test(model, images, flip):
    """The mean of the maps of pictures and of their mirror images, flipped back.

    model: from (people, 3, S, S) to maps (people, joints, h, w). flip: (joints,), the number of
    each joint's mirror image (of the left knee: the right knee's).
    """
    mirrored = model(images[..., ::-1])
    back = mirrored[:, flip, :, ::-1]
    return (model(images) + back) / 2


def _blocks(images):
    """A model: the map of joint k is channel k of the picture, a mean over 4 x 4 pixels."""
    n, c, h, w = images.shape
    return images.reshape(n, c, h // 4, 4, w // 4, 4).mean((3, 5))


def _leaning(images):
    """The same with a fault: every map moved a cell to the right, and a cell down."""
    return np.roll(_blocks(images), (1, 1), axis=(-2, -1))


def _sides(images):
    """A model that tells left from right: joint 1 looks left in the picture, joint 2 right."""
    maps = _blocks(images)
    ramp = np.linspace(1, 0, maps.shape[-1])
    maps[:, 1], maps[:, 2] = maps[:, 1] * ramp, maps[:, 1] * ramp[::-1]
    return maps


def _cases_flip_test(rng):
    keep, swap = np.arange(3), np.array([0, 2, 1])
    five = np.array([0, 2, 1, 4, 3])
    images = rng.random((4, 3, 16, 24))
    one = np.zeros((1, 3, 16, 16))
    one[0, :, 4:8, 8:12] = 1

    def wide(pictures):
        return np.concatenate([_sides(pictures), _sides(pictures)[:, 1:] ** 2], axis=1)

    names = "In the mirror image the left knee is called right: reorder the maps with `flip`."
    return [
        Case(
            "one bright square, no left and right",
            (_blocks, one, keep),
            "Mirror the picture, ask, mirror the map: then both maps show the same square.",
        ),
        Case(
            "a model that says a cell too far right and too low",
            (_leaning, one, keep),
            "Its fault along x is to the left in the mirrored answer: the mean has half of each.",
        ),
        Case("a model that tells left from right", (_sides, images[:1], swap), names),
        Case("four pictures", (_sides, images, swap), names),
        Case("five joints", (wide, images, five), names),
        Case(
            "nobody",
            (_sides, np.zeros((0, 3, 16, 16)), swap),
            "No pictures, no maps: shape (0, 3, 4, 4).",
        ),
    ]


def _flip(model, images, flip, back):
    return (model(images) + back(model(images[..., ::-1]), flip)) / 2


_FLIP_TEST = Exercise(
    flip_test,
    "Ask a map network twice, about a picture and its mirror image (hard).",
    _cases_flip_test,
    common_mistakes=(
        CommonMistake(lambda m, i, f: m(i), "You ask once: ask about `images[..., ::-1]` too."),
        CommonMistake(
            lambda m, i, f: _flip(m, i, f, lambda maps, flip: maps[:, flip]),
            "You average maps of two different pictures: turn the second one's columns round, "
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
            "You turn the picture upside down: the last axis is x.",
        ),
        CommonMistake(lambda m, i, f: 2 * flip_test(m, i, f), "This is the sum: divide by 2."),
        CommonMistake(
            lambda m, i, f: 2 * flip_test(m, i, f) - m(i),
            "This is what the mirror image says alone: take the mean of both.",
        ),
        CommonMistake(
            lambda m, i, f: np.maximum(m(i), 2 * flip_test(m, i, f) - m(i)),
            "This is the maximum of both: take their mean.",
        ),
    ),
    hints=(
        "Three steps: mirror the pictures with `images[..., ::-1]`, ask the model, bring its "
        "maps back.",
        "Bringing back is two things: the columns, `[..., ::-1]`, and the joints, `[:, flip]`.",
        "`back = model(images[..., ::-1])[:, flip, :, ::-1]`, then the mean with `model(images)`.",
    ),
    explanation="Cell i of a map w wide covers pixels that mirroring takes to those of cell "
    "w - 1 - i: so turning the columns round is exact, and nothing is to be moved. That holds "
    "because the cells tile the picture. A network whose cell i sits at pixel i · stride has "
    "another mirror axis, and needs a shift that whole cells cannot give. Averaging maps rather "
    "than coordinates keeps what each of them is unsure about: two half peaks that agree win "
    "over one that stands alone.",
)

EXERCISES = (_ENCODE, _DECODE, _MAP_LOSS, _FLIP_TEST)
