"""Chapter 04's exercises: the references against posekit, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import numpy as np
import pytest
import torch

from posekit import geometry, losses
from posekit.codecs import soft_argmax as codec
from posekit.exercises.ch04_soft_argmax.lift import lift
from posekit.exercises.ch04_soft_argmax.soft_argmax import soft_argmax
from posekit.exercises.ch04_soft_argmax.soft_argmax_gradient import soft_argmax_gradient
from posekit.exercises.ch04_soft_argmax.without_floor import _middle, without_floor


# --- soft_argmax -------------------------------------------------------------------------------
def soft_by_torch(maps, stride, temperature):
    return codec.soft_argmax(torch.from_numpy(maps), stride, temperature).numpy()


def soft_by_loop(maps, stride, temperature):
    out = np.full((len(maps), 2), np.nan)
    for k, one in enumerate(maps):
        weight = np.exp((one - one.max()) / temperature)
        for axis, (y, x) in enumerate([(0, 1), (1, 0)]):
            cells = (weight.sum(y) * np.arange(one.shape[x])).sum() / weight.sum()
            out[k, axis] = geometry.cell_to_pixel(cells, stride)
    return out


def _softmax(maps, axis=(-2, -1), shift=True):
    weight = np.exp(maps - maps.max(axis=axis, keepdims=True, initial=-1e9) if shift else maps)
    return weight / weight.sum(axis=axis, keepdims=True)


def _mean(p, xs, ys):
    return np.stack([(p * xs).sum((1, 2)), (p * ys[:, None]).sum((1, 2))], axis=1)


def soft_by_cells(maps, stride, temperature, place=geometry.cell_to_pixel, **options):
    xs, ys = (place(np.arange(length), stride) for length in maps.shape[:0:-1])
    return _mean(_softmax(maps / temperature, **options), xs, ys)


def deck(maps, stride, temperature):
    xs, ys = (np.arange(length) / length for length in maps.shape[:0:-1])
    return _mean(_softmax(maps / temperature), xs, ys)


def corners(maps, stride, temperature):
    xs, ys = (np.linspace(0, 1, length) for length in maps.shape[:0:-1])
    return _mean(_softmax(maps / temperature), xs, ys)


def hard(maps, stride, temperature):
    peaks = [np.unravel_index(one.argmax(), one.shape)[::-1] for one in maps]
    return np.array([geometry.cell_to_pixel(peak, stride) for peak in peaks])


# --- soft_argmax_gradient ----------------------------------------------------------------------
def gradient_by_torch(heatmap, stride, temperature):
    heatmap = torch.from_numpy(heatmap).requires_grad_()
    x, y = codec.soft_argmax(heatmap, stride, temperature)
    return np.stack([torch.autograd.grad(one, heatmap, retain_graph=True)[0] for one in (x, y)])


def gradient_by_differences(heatmap, stride, temperature):
    out = np.zeros((2, *heatmap.shape))
    for place in np.ndindex(heatmap.shape):
        step = np.zeros(heatmap.shape)
        step[place] = 1e-4
        up, down = (
            soft_by_torch((heatmap + sign * step)[None], stride, temperature)[0] for sign in (1, -1)
        )
        out[:, *place] = (up - down) / 2e-4
    return out


def probability_times_place(heatmap, stride, temperature):
    xs, ys = (geometry.cell_to_pixel(np.arange(length), stride) for length in heatmap.shape[::-1])
    return _softmax(heatmap / temperature) * np.stack(np.meshgrid(xs, ys)) / temperature


# --- elastic_net -------------------------------------------------------------------------------
def elastic_by_loop(predicted, target, visible):
    each = [
        np.abs(p - t).sum() + np.square(p - t).sum()
        for p, t, v in zip(predicted.reshape(-1, 2), target.reshape(-1, 2), visible.ravel())
        if v
    ]
    return float(np.mean(each)) if each else 0.0


def elastic_by_posekit(predicted, target, visible):
    tensors = map(torch.from_numpy, (predicted, target, visible))
    return 2 * losses.elastic_net(*tensors).item()


def elastic_times_mask(predicted, target, visible):
    error = (predicted - target) * (visible > 0)[..., None]
    return (np.abs(error) + error**2).sum() / max((visible > 0).sum(), 1)


# --- without_floor -----------------------------------------------------------------------------
def floor_by_formula(probabilities, stride):
    """Section 6's formula, solved for the bump's place."""
    h, w = probabilities.shape[1:]
    share = (probabilities.min((1, 2), initial=1) * h * w)[:, None]
    xs, ys = (geometry.cell_to_pixel(np.arange(length), stride) for length in (w, h))
    centre = np.array([xs.mean(), ys.mean()])
    pulled = _mean(probabilities, xs, ys)
    return np.where(share < 1 - 1e-6, (pulled - share * centre) / (1 - share), np.nan)


def floor_by_loop(probabilities, stride):
    out = np.full((len(probabilities), 2), np.nan)
    for k, one in enumerate(probabilities):
        rest = one - one.min()
        if rest.sum() > 1e-6:
            out[k] = soft_by_torch(np.log(rest + 1e-300)[None], stride, 1.0)[0]
    return out


def _rest(p):
    return p - p.min(axis=(1, 2), keepdims=True, initial=1)


def mean_of(p, stride):
    xs, ys = (geometry.cell_to_pixel(np.arange(length), stride) for length in p.shape[:0:-1])
    return _mean(p, xs, ys)


def floor_too_small(p, stride):
    share = p.min(axis=(1, 2), initial=1)[:, None]
    return (mean_of(p, stride) - share * _middle(p, stride)) / (1 - share)


# --- lift --------------------------------------------------------------------------------------
def lift_by_torch(volumes, stride, span, root, focal, centre):
    deep = span / volumes.shape[1]
    found = codec.soft_argmax_3d(torch.from_numpy(volumes), (stride, stride, 1)).numpy()
    z = root + (found[:, 2] + 0.5) * deep - span / 2
    return np.column_stack([(found[:, :2] - centre) * z[:, None] / focal, z])


def lift_by_grid(volumes, stride, span, root, focal, centre):
    d, h, w = volumes.shape[1:]
    z, y, x = np.mgrid[:d, :h, :w]
    p = _softmax(volumes.reshape(len(volumes), 1, -1)).reshape(volumes.shape)
    u, v, deep = (
        np.einsum("kdhw,dhw->k", p, axis)
        for axis in (
            geometry.cell_to_pixel(x, stride),
            geometry.cell_to_pixel(y, stride),
            (z + 0.5) / d,
        )
    )
    z = root + (deep - 0.5) * span
    return np.stack([(u - centre[0]) / focal * z, (v - centre[1]) / focal * z, z], 1)


def _lift(
    volumes,
    stride,
    span,
    root,
    focal,
    centre,
    back=0.0,
    place=geometry.cell_to_pixel,
    deep=None,
    far=None,
):
    d, h, w = volumes.shape[1:]
    p = _softmax(volumes, axis=(1, 2, 3))
    middles = root + ((np.arange(d) + 0.5) / d - 0.5) * span if deep is None else deep
    z = p.sum((2, 3)) @ middles
    u, v = p.sum((1, 2)) @ place(np.arange(w), stride), p.sum((1, 3)) @ place(np.arange(h), stride)
    far = z if far is None else far
    return np.stack([(u - centre[0]) * far / focal, (v - centre[1]) * far / focal, z - back], 1)


RIGHT = {
    "soft_argmax": [soft_by_torch, soft_by_loop],
    "soft_argmax_gradient": [gradient_by_torch, gradient_by_differences],
    "elastic_net": [elastic_by_loop, elastic_by_posekit],
    "without_floor": [floor_by_formula, floor_by_loop],
    "lift": [lift_by_torch, lift_by_grid],
}

# A wrong answer, and a distinctive part of what its author must be told.
WRONG = {
    "soft_argmax": [
        (lambda m, s, t: soft_by_loop(m, s, t)[:, ::-1], "x and y exchanged"),
        (deck, "fractions of the map, as in the deck"),
        (corners, "from corner to corner"),
        (lambda m, s, t: soft_by_cells(m, s, t, axis=-1), "a softmax of each row"),
        (lambda m, s, t: soft_by_cells(m, s, t, lambda i, s: i * s), "its left edge"),
        (lambda m, s, t: soft_by_cells(m, s, t, lambda i, s: (i + 0.5) * s), "Half a pixel off"),
        (lambda m, s, t: soft_by_cells(m, s, t, lambda i, s: i), "These are cells"),
        (hard, "This is the highest cell"),
        (lambda m, s, t: soft_by_cells(m, s, t, axis=(0, 1, 2)), "one softmax of all the maps"),
        (lambda m, s, t: soft_by_loop(m * t, s, 1), "You multiply by the temperature"),
        (lambda m, s, t: soft_by_loop(m, s, 1), "do not use the temperature"),
        (lambda m, s, t: soft_by_cells(m, s, t, shift=False), "take each map's maximum away"),
        (lambda m, s, t: np.nan_to_num(soft_by_loop(m, s, t)), "That map has no answer"),
    ],
    "soft_argmax_gradient": [
        (lambda h, s, t: -gradient_by_torch(h, s, t), "The sign is turned"),
        (probability_times_place, "This is p_i x_i"),
        (lambda h, s, t: gradient_by_torch(h, s, t)[::-1], "the slope of x comes first"),
        (lambda h, s, t: gradient_by_torch(h, 1, t), "This is in cells"),
        (lambda h, s, t: gradient_by_torch(h, s, t) * t, "The factor 1 / T is missing"),
        (lambda h, s, t: gradient_by_torch(h, s, t) * t**2, "You multiply by the temperature"),
        (lambda h, s, t: gradient_by_torch(h, s, 1), "do not use the temperature"),
        (lambda h, s, t: gradient_by_torch(h, s, t)[0], "shape (2, 1, 2)"),
    ],
    "elastic_net": [
        (
            lambda p, t, v: (p - t + np.square(p - t))[v > 0].sum() / max((v > 0).sum(), 1),
            "forgot the absolute value",
        ),
        (
            lambda p, t, v: np.mean((np.hypot(*(p - t).T).T + np.square(p - t).sum(-1))[v > 0]),
            "you took the distance",
        ),
        (lambda p, t, v: elastic_by_loop(p, t, v) / 2, "you took their mean"),
        (lambda p, t, v: np.square(p - t)[v > 0].sum() / max((v > 0).sum(), 1), "add |e|"),
        (lambda p, t, v: np.abs(p - t)[v > 0].sum() / max((v > 0).sum(), 1), "add the square"),
        (lambda p, t, v: elastic_by_loop(p, t, v >= 0), "You count unlabelled joints"),
        (lambda p, t, v: elastic_by_loop(p, t, v) * (v > 0).mean(), "You divide by all joints"),
        (lambda p, t, v: elastic_by_loop(p, t, v == 2), "You leave occluded joints out"),
        (elastic_times_mask, "NaN times 0 is NaN"),
        (lambda p, t, v: elastic_by_loop(p, t, v) if v.any() else np.nan, "ends a training"),
    ],
    "without_floor": [
        (lambda p, s: floor_by_loop(p, s)[:, ::-1], "x and y exchanged"),
        (mean_of, "The floor is still there"),
        (lambda p, s: mean_of(_rest(p), s), "no longer sums to 1"),
        (floor_too_small, "times the number of cells"),
        (lambda p, s: floor_by_loop(p, 1), "These are cells"),
        (lambda p, s: floor_by_loop(p, s) + 0.5 - s / 2, "its left edge"),
        (
            lambda p, s: np.nan_to_num(floor_by_loop(p, s), nan=(p.shape[1] * s - 1) / 2),
            "knows no place",
        ),
        (
            lambda p, s: mean_of(p - p.min(), s) / (p - p.min()).sum((1, 2))[:, None],
            "Each map has its own floor",
        ),
    ],
    "lift": [
        (lambda v, s, a, r, f, c: _lift(v, s, a, 0, f, c), "relative to the root"),
        (
            lambda v, s, a, r, f, c: _lift(
                v, s, a, r, f, c, deep=r - a / 2 + a * np.arange(v.shape[1]) / v.shape[1]
            ),
            "Half a cell of depth off",
        ),
        (
            lambda v, s, a, r, f, c: _lift(
                v, s, a, r, f, c, deep=r + a * np.linspace(-0.5, 0.5, v.shape[1])
            ),
            "at the ends of the span",
        ),
        (
            lambda v, s, a, r, f, c: _lift(v, s, a, r, f, c, place=lambda i, s: i * s),
            "Half a cell off in x and y",
        ),
        (lambda *a: lift_by_torch(*a)[:, [1, 0, 2]], "the axes of a volume"),
        (lambda v, s, a, r, f, c: lift_by_torch(v, s, a, r, f, 0 * c), "the camera's centre away"),
        (lambda v, s, a, r, f, c: _lift(v, s, a, r, f, c, far=r), "each joint has its own, z"),
    ],
}


# --- the references ----------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(5))
def test_the_references_are_posekits(seed):
    rng = np.random.default_rng(seed)
    maps, how = rng.normal(0, 3, (4, 6, 9)), (rng.integers(1, 9), rng.uniform(0.1, 2))
    np.testing.assert_allclose(soft_argmax(maps, *how), soft_by_torch(maps, *how))
    np.testing.assert_allclose(
        soft_argmax_gradient(maps[0], *how), gradient_by_torch(maps[0], *how), atol=1e-9
    )


@pytest.mark.parametrize("seed", range(5))
def test_lifting_undoes_the_cameras_projection(seed):
    """A certain cell's place in metres, seen by the camera again, is that cell."""
    rng = np.random.default_rng(seed)
    d, y, x = (rng.integers(0, length) for length in (6, 8, 10))
    volume = np.full((1, 6, 8, 10), -1e4)
    volume[0, d, y, x] = 0
    focal, centre = 400.0, np.array([19.5, 15.5])
    ((X, Y, Z),) = lift(volume, 4, 2.4, 3.0, focal, centre)
    assert focal * X / Z + centre[0] == pytest.approx(geometry.cell_to_pixel(x, 4))
    assert focal * Y / Z + centre[1] == pytest.approx(geometry.cell_to_pixel(y, 4))
    assert pytest.approx(3.0 + (d - 2.5) * 0.4) == Z


def test_without_floor_whatever_the_floor():
    bump = soft_argmax  # a mean under any map is unchanged by what is mixed in evenly
    rng = np.random.default_rng(0)
    maps = rng.normal(0, 2, (1, 8, 8))
    p = _softmax(maps)
    rest = _rest(p) / _rest(p).sum()
    for share in (0.0, 0.3, 0.95):
        mixed = (1 - share) * rest + share / 64
        np.testing.assert_allclose(
            without_floor(mixed, 4), bump(np.log(rest + 1e-300), 4, 1.0), atol=1e-6
        )
