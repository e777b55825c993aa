"""Chapter 08's exercises: the references against other ways, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from torch import nn

from posekit import exercises, geometry, metrics
from posekit.cameras import Camera
from posekit.exercises.ch08_3d_pose_machines.correct import correct
from posekit.exercises.ch08_3d_pose_machines.lstm_step import lstm_step
from posekit.exercises.ch08_3d_pose_machines.procrustes import procrustes
from posekit.exercises.ch08_3d_pose_machines.project import project


# --- project -----------------------------------------------------------------------------------
def project_by_matrix(points, rotation, translation, focal, centre):
    """By one matrix (3, 4), in homogeneous coordinates."""
    inner = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]])
    matrix = inner @ np.column_stack([rotation, translation])
    u, v, w = np.moveaxis(np.append(points, np.ones((*points.shape[:-1], 1)), -1) @ matrix.T, -1, 0)
    found = np.stack([u / w, v / w], -1)
    found[w <= 0] = np.nan
    return found


def project_one_by_one(points, rotation, translation, focal, centre):
    found = []
    for point in points.reshape(-1, 3):
        x, y, z = rotation @ point + translation
        ok = z > 0
        found.append([focal * x / z + centre[0], focal * y / z + centre[1]] if ok else [np.nan] * 2)
    return np.array(found).reshape(*points.shape[:-1], 2)


def seen(camera, focal, centre):
    """A student who forgets what is not in front."""
    return focal * camera[..., :2] / camera[..., 2:] + centre


def filtered(points, rotation, translation, focal, centre):
    camera = points @ rotation.T + translation
    return seen(camera[camera[..., 2] > 0] if points.ndim == 2 else camera, focal, centre)


# --- procrustes --------------------------------------------------------------------------------
def procrustes_by_scipy(predicted, target):
    a, b = predicted - predicted.mean(0), target - target.mean(0)
    turned = Rotation.align_vectors(b, a)[0].apply(a)
    return (turned * b).sum() / (a * a).sum() * turned + target.mean(0)


def procrustes_with(predicted, target, proper=True, size=None, back=True, inverse=False):
    a, b = predicted - predicted.mean(0), target - target.mean(0)
    u, s, vt = np.linalg.svd(a.T @ b)
    if proper and np.linalg.det(u) * np.linalg.det(vt) < 0:
        u[:, 2] *= -1
    turned = a @ ((u @ vt).T if inverse else u @ vt)
    scale = (turned * b).sum() / (a * a).sum() if size is None else size(a, b, s)
    return scale * turned + (target.mean(0) if back else 0)


def all_singular_values(a, b, s):
    return s.sum() / (a * a).sum()


# --- lstm_step ---------------------------------------------------------------------------------
def lstm_by_torch(x, hidden, cell, weight, recurrent, bias):
    layer = nn.LSTMCell(x.shape[1], hidden.shape[1], dtype=torch.double)
    tensors = [torch.from_numpy(part) for part in (weight, recurrent, bias, np.zeros_like(bias))]
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), tensors):
            parameter.copy_(value)
        h, c = layer(torch.from_numpy(x), (torch.from_numpy(hidden), torch.from_numpy(cell)))
    return h.numpy(), c.numpy()


def lstm_with(
    gates=lambda i, f, g, o: (i, f, g, o),
    content=np.tanh,
    cell_of=lambda i, f, g, c: f * c + i * g,
    out=lambda o, old, new: (o * np.tanh(new), new),
    before=1,
    constant=1,
):
    def answer(x, hidden, cell, weight, recurrent, bias):
        size = hidden.shape[1]
        total = x @ weight.T + before * hidden @ recurrent.T + constant * bias
        i, f, g, o = gates(*(total[:, n * size : (n + 1) * size] for n in range(4)))
        i, f, o = (1 / (1 + np.exp(-part)) for part in (i, f, o))
        return out(o, cell, cell_of(i, f, content(g), cell))

    return answer


# --- correct -----------------------------------------------------------------------------------
def loss_of(joints, seen, trust, left, right):
    """The exercise's loss, by torch."""
    ends = [joints[torch.from_numpy(pair)] for pair in (left, right)]
    one, other = ((pair[:, 1] - pair[:, 0]).norm(dim=1) for pair in ends)
    apart = (joints[:, :2] - torch.from_numpy(seen)).square().sum(1)
    trust = torch.from_numpy(trust)
    return (trust * apart).sum() / trust.sum().clamp(min=1e-9) + (one - other).square().mean()


def correct_by_autograd(joints, seen, trust, left, right, steps, rate, sign=-1, fresh=True):
    joints, gradient = torch.from_numpy(joints.copy()).requires_grad_(), None
    for _ in range(steps):
        if gradient is None or fresh:
            (gradient,) = torch.autograd.grad(loss_of(joints, seen, trust, left, right), joints)
        with torch.no_grad():
            joints += sign * rate * gradient
    return joints.detach().numpy()


def correct_with(
    seen_part=lambda joints, seen, trust: (
        2 * (trust / (trust.sum() or 1))[:, None] * (joints - seen)
    ),
    pull=lambda d, limb, length, pairs: 2 * d * limb / (length or 1) / pairs,
    sides=(1, -1),
    ends=(1, -1),
    once=False,
):
    """A student's loop over the limbs."""

    def answer(joints, seen, trust, left, right, steps, rate):
        joints = joints.copy()
        for _ in range(steps):
            gradient, limbs = np.zeros(joints.shape), []
            gradient[:, :2] = seen_part(joints[:, :2], seen, trust)
            for pairs in zip(left, right):
                limbs = [joints[b] - joints[a] for a, b in pairs]
                lengths = [np.linalg.norm(limb) for limb in limbs]
                for (a, b), limb, length, side in zip(pairs, limbs, lengths, sides):
                    value = side * pull(lengths[0] - lengths[1], limb, length, len(left))
                    gradient[b] += ends[0] * value
                    gradient[a] += ends[1] * value
            joints -= rate * gradient
        return joints

    return answer


def indexed_once(joints, seen, trust, left, right, steps, rate):
    """`gradient[indices] += values`."""
    joints = joints.copy()
    for _ in range(steps):
        gradient = np.zeros_like(joints)
        gradient[:, :2] = 2 * trust[:, None] / max(trust.sum(), 1e-9) * (joints[:, :2] - seen)
        parts = [joints[pair[:, 1]] - joints[pair[:, 0]] for pair in (left, right)]
        one, other = (np.linalg.norm(part, axis=1) for part in parts)
        for pair, part, length, side in zip((left, right), parts, (one, other), (1, -1)):
            unit = part / np.maximum(length, 1e-12)[:, None]
            value = side * 2 * (one - other)[:, None] * unit / len(left)
            gradient[pair[:, 1]] += value
            gradient[pair[:, 0]] -= value
        joints -= rate * gradient
    return joints


RIGHT = {
    "project": [project_by_matrix, project_one_by_one],
    "procrustes": [
        procrustes_by_scipy,
        procrustes_with,
        lambda predicted, target: geometry.procrustes(predicted, target).apply(predicted),
    ],
    "lstm_step": [lstm_by_torch, lstm_with()],
    "correct": [correct_by_autograd, correct_with()],
}

WRONG = {
    "project": [
        (lambda p, r, t, f, c: seen(p @ r.T + t, f, 0), "leave the centre out"),
        (lambda p, r, t, f, c: project(p, r, t, f, c)[..., ::-1], "exchanged the two coordinates"),
        (lambda p, r, t, f, c: seen(p @ r.T + t, f * np.array([1, -1]), c), "upside down"),
        (lambda p, r, t, f, c: f * (p @ r.T + t)[..., :2] + c, "do not divide by z"),
        (
            lambda p, r, t, f, c: (
                f * (q := p @ r.T + t)[..., :2] / np.linalg.norm(q, axis=-1, keepdims=True) + c
            ),
            "divide by the distance",
        ),
        (lambda p, r, t, f, c: seen(p @ r + t, f, c), "the wrong way"),
        (lambda p, r, t, f, c: seen((p - t) @ r.T, f, c), "camera's position"),
        (lambda p, r, t, f, c: seen((p + t) @ r.T, f, c), "before you rotate"),
        (lambda p, r, t, f, c: seen(p @ r.T + t, f, c), "is not in front"),
        (filtered, "drop the points"),
        (lambda p, r, t, f, c: np.nan_to_num(project(p, r, t, f, c)), "pixel 0"),
        (lambda p, r, t, f, c: project(p, r, t, f, c).tolist() and None, "is a `return` missing"),
    ],
    "procrustes": [
        (lambda p, t: p - p[0] + t[0], "move the first joint"),
        (lambda p, t: p + (t - p).mean(0), "only move the pose"),
        (lambda p, t: procrustes_with(p, t, back=False), "about the origin"),
        (lambda p, t: procrustes_with(p, t, size=lambda *_: 1.0), "do not scale"),
        (
            lambda p, t: procrustes_with(
                p, t, inverse=True, size=lambda a, b, s: s.sum() / (a**2).sum()
            ),
            "is the transpose",
        ),
        (lambda p, t: procrustes_with(t, p), "move the target onto"),
        (
            lambda p, t: procrustes_with(p, t, size=lambda a, b, s: np.std(b) / np.std(a)),
            "both equally large",
        ),
        (lambda p, t: procrustes_with(p, t, proper=False), "allow a reflection"),
        (lambda p, t: procrustes_with(p, t, size=all_singular_values), "the wrong sign"),
    ],
    "lstm_step": [
        (lambda *args: lstm_by_torch(*args)[::-1], "the cell first"),
        (lambda *args: lstm_by_torch(*args)[0], "2 results"),
        (lstm_with(out=lambda o, old, new: (o * np.tanh(old), new)), "show the old cell"),
        (lstm_with(out=lambda o, old, new: (o * np.tanh(new), old)), "as it was before"),
        (lstm_with(out=lambda o, old, new: (o * new, new)), "goes through tanh before"),
        (lstm_with(content=lambda g: 1 / (1 + np.exp(-g))), "through a sigmoid"),
        (lstm_with(cell_of=lambda i, f, g, c: (1 - f) * c + i * g), "forgets where it is open"),
        (lstm_with(cell_of=lambda i, f, g, c: f * c + (1 - f) * g), "as a GRU does"),
        (lstm_with(before=0), "leave out what was before"),
        (lstm_with(constant=0), "leave the bias out"),
        (lstm_with(gates=lambda i, f, g, o: (f, i, g, o)), "input gate and the forget gate"),
        (lstm_with(gates=lambda i, f, g, o: (i, f, o, g)), "candidate and the output gate"),
    ],
    "correct": [
        (lambda *args: correct_by_autograd(*args, sign=1), "go uphill"),
        (lambda *args: correct_by_autograd(*args[:5], min(1, args[5]), args[6]), "take one step"),
        (lambda *args: correct_by_autograd(*args, fresh=False), "the first gradient for all"),
        (correct_with(lambda j, s, t: (t / (t.sum() or 1))[:, None] * (j - s)), "a factor of 2"),
        (correct_with(lambda j, s, t: 2 * (j - s) / len(j)), "leave the trust out"),
        (correct_with(lambda j, s, t: 2 * t[:, None] * (j - s) / len(j)), "sum of the trust"),
        (correct_with(lambda j, s, t: 2 * t[:, None] * (j - s)), "the sum over the joints"),
        (correct_with(pull=lambda d, limb, length, pairs: 0 * limb), "second part out"),
        (correct_with(sides=(1, 0)), "left limbs only"),
        (correct_with(sides=(1, 1)), "shrink both limbs"),
        (correct_with(ends=(1, 0)), "one end of a limb"),
        (correct_with(ends=(-1, 1)), "change the wrong way"),
        (
            correct_with(pull=lambda d, limb, length, pairs: 2 * d * limb / (length or 1)),
            "sum over the pairs",
        ),
        (correct_with(pull=lambda d, limb, length, pairs: 2 * d * limb / pairs), "limb itself"),
        (indexed_once, "lose a gradient"),
    ],
}


# --- the checks --------------------------------------------------------------------------------
def test_a_student_who_writes_into_the_input_is_told():
    def in_place(joints, seen, trust, left, right, steps, rate):
        joints[:] = correct(joints, seen, trust, left, right, steps, rate)
        return joints

    assert "writes into its input" in exercises.chapter("08").correct.judge(in_place).text


# --- the references against what posekit and PyTorch have --------------------------------------
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999))
def test_project_is_what_a_camera_of_posekit_sees(seed):
    rng = np.random.default_rng(seed)
    rotation = Rotation.random(random_state=seed).as_matrix()
    points, away, centre = rng.normal(size=(3, 9, 3)), rng.normal(size=3), rng.uniform(0, 500, 2)
    camera = Camera(np.array([[400, 0, centre[0]], [0, 400, centre[1]], [0, 0, 1]]), rotation, away)
    np.testing.assert_allclose(
        project(points, rotation, away, 400, centre), camera.project(points), atol=1e-6, rtol=1e-9
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999))
def test_after_procrustes_the_error_is_p2_and_no_similarity_is_nearer(seed):
    rng = np.random.default_rng(seed)
    predicted, target = rng.normal(size=(2, 15, 3))
    found = procrustes(predicted, target)
    score = metrics.pa_mpjpe(predicted[None], target[None], np.ones((1, 15)))
    assert np.isclose(np.linalg.norm(found - target, axis=1).mean(), score.value)
    least = np.square(found - target).sum()
    nudge = Rotation.from_rotvec(rng.normal(0, 0.1, 3)).as_matrix()
    other = rng.uniform(0.9, 1.1) * (found - target.mean(0)) @ nudge.T + target.mean(0)
    assert np.square(other - target).sum() >= least - 1e-9


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3), st.integers(1, 5), st.integers(0, 99))
def test_lstm_steps_are_what_pytorch_computes(size, frames, seed):
    torch.manual_seed(seed)
    layer = nn.LSTM(4, size, batch_first=True).double()
    clips = torch.randn(2, frames, 4, dtype=torch.double)
    with torch.no_grad():
        expected = layer(clips)[0].numpy()
    weight, recurrent, one, other = (part.detach().numpy() for part in layer.parameters())
    hidden = cell = np.zeros((2, size))
    for t in range(frames):
        hidden, cell = lstm_step(clips[:, t].numpy(), hidden, cell, weight, recurrent, one + other)
        np.testing.assert_allclose(hidden, expected[:, t], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999))
def test_a_small_step_of_correction_lowers_the_loss_as_autograd_does(seed):
    rng = np.random.default_rng(seed)
    joints, seen_at, trust = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), rng.random(5) + 0.01
    limbs = np.array([[0, 1], [1, 2]]), np.array([[0, 3], [3, 4]])
    found = correct(joints, seen_at, trust, *limbs, 3, 0.02)
    expected = correct_by_autograd(joints, seen_at, trust, *limbs, 3, 0.02)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    before, after = (
        loss_of(torch.from_numpy(pose), seen_at, trust, *limbs) for pose in (joints, found)
    )
    assert after < before
