"""Chapter 09's exercises: the references against other ways, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve, correlate
from torch.nn import functional as F

from posekit import exercises, memory_scores
from posekit.exercises.ch09_lstm_pose_machines.conv_lstm import conv_lstm
from posekit.exercises.ch09_lstm_pose_machines.hidden_for import hidden_for
from posekit.exercises.ch09_lstm_pose_machines.one_euro import one_euro
from posekit.models.pose_machines import ConvLSTM
from posekit.smoothing import OneEuro


# --- hidden_for --------------------------------------------------------------------------------
def hidden_by_last_sight(visible):
    """Without a loop: the frame in which a joint was last visible."""
    frames = np.arange(len(visible))[:, None]
    sights = np.where(visible == 2, frames, -1)
    last = np.maximum.accumulate(sights, axis=0)
    return np.where(visible == 1, np.where(last < 0, -1, frames - last), 0)


def hidden_joint_by_joint(visible, begins_with=1, after_unlabelled=False, count_unlabelled=True):
    """A student's two loops."""
    found = np.zeros(visible.shape, int)
    for k in range(visible.shape[1]):
        length = None  # not seen yet
        for t in range(len(visible)):
            if visible[t, k] == 2:
                length = begins_with - 1
            elif length is not None and (count_unlabelled or visible[t, k] == 1):
                length = 0 if after_unlabelled and visible[t, k] == 0 else length + 1
            if visible[t, k] == 1:
                found[t, k] = -1 if length is None else length
    return found


# --- one_euro ----------------------------------------------------------------------------------
def one_euro_by_time_constant(value, last, speed, rate, min_cutoff, beta):
    """As the paper has it: with the time between two frames and a time constant."""
    value, last, speed = (np.array(part, float) for part in (value, last, speed))

    def smooth(new, old, cutoff):
        between, constant = 1 / rate, 1 / (2 * np.pi * cutoff)
        alpha = 1 / (1 + constant / between)
        return alpha * new + (1 - alpha) * old

    anew = np.isnan(last)
    last[anew] = value[anew]
    speed = smooth((value - last) * rate, speed, np.ones(value.shape))
    return smooth(value, last, min_cutoff + beta * abs(speed)), speed


def one_euro_with(
    raw=lambda d, rate: d * rate,
    alpha=lambda c, rate: 1 / (1 + rate / (2 * np.pi * c)),
    steady=True,
    absolute=np.abs,
    unknown=lambda last, value: np.where(np.isnan(last), value, last),
    swap=False,
    late=False,
):
    def answer(value, last, speed, rate, min_cutoff, beta):
        last = unknown(last, value)
        fast = raw(value - last, rate)
        if steady:
            fast = alpha(1.0, rate) * fast + (1 - alpha(1.0, rate)) * speed
        share = alpha(min_cutoff + beta * absolute(speed if late else fast), rate)
        old, new = (value, last) if swap else (last, value)
        return share * new + (1 - share) * old, fast

    return answer


# --- conv_lstm ---------------------------------------------------------------------------------
def conv_lstm_by_torch(frames, weight, recurrent, bias):
    frames, weight, recurrent, bias = map(torch.from_numpy, (frames, weight, recurrent, bias))
    channels, edge = len(bias) // 4, weight.shape[-1] // 2
    hidden = cell = torch.zeros(1, channels, *frames.shape[2:], dtype=torch.double)
    found = frames.new_zeros(2, len(frames), *hidden.shape[1:])
    for t, x in enumerate(frames):
        total = F.conv2d(x[None], weight, bias, padding=edge)
        total = total + F.conv2d(hidden, recurrent, padding=edge)
        g, i, f, o = total.chunk(4, 1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell.tanh()
        found[0, t], found[1, t] = hidden[0], cell[0]
    return found[0].numpy(), found[1].numpy()


def by_scipy(maps, kernels, how=correlate, mode="constant"):
    return np.array(
        [sum(how(m, k, mode=mode) for m, k in zip(maps, kernel)) for kernel in kernels]
    ).reshape(len(kernels), *maps.shape[1:])


def conv_lstm_with(
    product=by_scipy,
    start=None,
    from_cell=False,
    content=np.tanh,
    gates="gifo",
    keep=lambda i, f, g, c: f * c + i * g,
    out=lambda o, new, old: o * np.tanh(new),
):
    """A student's loop, one gate after the other."""

    def answer(frames, weight, recurrent, bias):
        size, shape = len(bias) // 4, frames.shape[2:]
        h, c = np.zeros((2, size, *shape))
        hidden, cell = np.zeros((2, len(frames), size, *shape))
        for t in range(len(frames)):
            h, c = (h, c) if start is None else start(h, c)
            total = product(frames[t], weight) + product(c if from_cell else h, recurrent)
            total += bias.reshape(-1, 1, 1)
            part = {name: total[n * size : (n + 1) * size] for n, name in enumerate(gates)}
            i, f, o = (1 / (1 + np.exp(-part[name])) for name in "ifo")
            old, c = c, keep(i, f, content(part["g"]), c)
            h = out(o, c, old)
            hidden[t], cell[t] = h, c
        return hidden, cell

    return answer


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def one_euro_from_standstill(value, last, *rest):
    """A joint that was not known stands still: its speed is set to 0, and not computed."""
    smoothed, speed = one_euro_with()(value, last, *rest)
    return smoothed, np.where(np.isnan(last), 0, speed)


RIGHT = {
    "hidden_for": [
        hidden_by_last_sight,
        hidden_joint_by_joint,
        lambda visible: memory_scores.hidden_for(visible[None])[0] if len(visible) else visible,
    ],
    "one_euro": [one_euro_by_time_constant, one_euro_with(), one_euro_from_standstill],
    "conv_lstm": [conv_lstm_by_torch, conv_lstm_with()],
}

WRONG = {
    "hidden_for": [
        (lambda visible: np.where(visible == 1, 1, 0), "*whether* a joint is hidden"),
        (lambda visible: hidden_joint_by_joint(visible, begins_with=0), "begins with 0"),
        (
            lambda visible: np.where(visible == 1, (visible == 1).cumsum(0), 0),
            "add up all hidden frames",
        ),
        (
            lambda visible: hidden_joint_by_joint(
                np.concatenate([np.full_like(visible[:1], 2), visible])
            )[1:],
            "count from the first frame on",
        ),
        (
            lambda visible: hidden_joint_by_joint(visible, after_unlabelled=True),
            "anew after an unlabelled frame",
        ),
        (
            lambda visible: hidden_joint_by_joint(visible, count_unlabelled=False),
            "leave unlabelled frames out",
        ),
        (lambda visible: hidden_by_last_sight(visible[::-1])[::-1], "count backwards"),
        (lambda visible: hidden_by_last_sight(visible.T).T, "frames come first"),
        (lambda visible: hidden_by_last_sight(visible).astype(float), "whole numbers"),
    ],
    "one_euro": [
        (one_euro_with(swap=True), "share of the *old* value"),
        (one_euro_with(alpha=lambda c, rate: c / (c + rate)), "2 pi is missing"),
        (one_euro_with(raw=lambda d, rate: d), "multiply it by the rate"),
        (one_euro_with(steady=False), "use the raw speed"),
        (one_euro_with(late=True), "the speed of the step before"),
        (one_euro_with(absolute=lambda speed: speed), "leave the absolute value out"),
        (one_euro_with(unknown=lambda last, value: last), "NaN stays NaN"),
        (one_euro_with(unknown=lambda last, value: np.nan_to_num(last)), "from pixel 0"),
        (lambda *args: one_euro_with()(*args)[::-1], "the speed first"),
        (lambda *args: one_euro_with()(*args)[0], "2 results"),
    ],
    "conv_lstm": [
        (lambda *args: conv_lstm_by_torch(*args)[::-1], "the cell first"),
        (lambda *args: conv_lstm_by_torch(*args)[0], "2 results"),
        (
            conv_lstm_with(lambda maps, kernels: by_scipy(maps, kernels, convolve)),
            "turn the kernel round",
        ),
        (
            conv_lstm_with(lambda maps, kernels: by_scipy(maps, kernels.swapaxes(2, 3))),
            "transposed",
        ),
        (
            conv_lstm_with(lambda maps, kernels: by_scipy(maps, kernels, mode="wrap")),
            "on the other",
        ),
        (
            conv_lstm_with(lambda maps, kernels: by_scipy(maps, kernels, mode="nearest")),
            "repeat the map's edge",
        ),
        (conv_lstm_with(start=lambda h, c: (0 * h, 0 * c)), "an empty memory"),
        (conv_lstm_with(start=lambda h, c: (0 * h, c)), "leave out what was shown before"),
        (conv_lstm_with(from_cell=True), "look at the cell"),
        (conv_lstm_with(out=lambda o, new, old: o * new), "through tanh before the output"),
        (conv_lstm_with(out=lambda o, new, old: o * np.tanh(old)), "show the old cell"),
        (conv_lstm_with(content=sigmoid), "Your g goes through a sigmoid"),
        (conv_lstm_with(keep=lambda i, f, g, c: (1 - f) * c + i * g), "where it is open"),
        (conv_lstm_with(keep=lambda i, f, g, c: f * c + (1 - f) * g), "as a GRU does"),
        (conv_lstm_with(gates="ifgo"), "PyTorch's order"),
        (conv_lstm_with(gates="gfio"), "input gate and the forget gate"),
    ],
}


# --- the checks --------------------------------------------------------------------------------
def test_a_student_who_writes_into_the_input_is_told():
    def in_place(value, last, speed, rate, min_cutoff, beta):
        last[np.isnan(last)] = value[np.isnan(last)]
        return one_euro(value, last, speed, rate, min_cutoff, beta)

    assert "writes into its input" in exercises.chapter("09").one_euro.judge(in_place).text


# --- the references against what posekit has ---------------------------------------------------
@given(st.integers(0, 10**6), st.integers(1, 12))
def test_hidden_for_is_what_the_scores_use(seed, frames):
    visible = np.random.default_rng(seed).integers(0, 3, (frames, 5))
    np.testing.assert_array_equal(hidden_for(visible), memory_scores.hidden_for(visible[None])[0])


@given(st.integers(0, 10**6), st.floats(0.1, 5), st.floats(0, 1))
def test_one_euro_steps_are_those_of_posekit(seed, min_cutoff, beta):
    points = np.random.default_rng(seed).normal(0, 20, (6, 4, 2))
    smooth = OneEuro(15, min_cutoff, beta)
    last, speed = np.full((4, 2), np.nan), np.zeros((4, 2))  # nobody was there before
    for value in points:
        last, speed = one_euro(value, last, speed, 15, min_cutoff, beta)
        np.testing.assert_allclose(last, smooth(value), atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.sampled_from([1, 3, 5]))
def test_conv_lstm_is_what_posekit_computes(seed, kernel):
    torch.manual_seed(seed)
    net, frames = ConvLSTM(2, 3, kernel).double(), torch.randn(4, 2, 5, 6, dtype=torch.double)
    weights = net.from_input.weight, net.from_hidden.weight, net.from_input.bias
    hidden, cell = conv_lstm(frames.numpy(), *(part.detach().numpy() for part in weights))
    memory = None
    for t, frame in enumerate(frames):
        with torch.no_grad():
            memory = net(frame[None], memory)
        np.testing.assert_allclose(hidden[t], memory.hidden[0], atol=1e-12)
        np.testing.assert_allclose(cell[t], memory.cell[0], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999))
def test_what_is_shown_stays_between_minus_one_and_one(seed):
    rng = np.random.default_rng(seed)
    parts = rng.normal(0, 3, (5, 2, 4, 4)), rng.normal(0, 3, (8, 2, 3, 3))
    hidden, cell = conv_lstm(*parts, rng.normal(0, 3, (8, 2, 3, 3)), rng.normal(0, 3, 8))
    assert np.abs(hidden).max() <= 1 and np.abs(cell).max() <= 5
