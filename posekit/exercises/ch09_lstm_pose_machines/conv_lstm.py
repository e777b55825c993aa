"""Carry a memory of maps through a clip: a convolutional LSTM, from its equations (hard)."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def conv_lstm(frames, weight, recurrent, bias):
    """(hidden, cell), each (T, H, h, w): what a convolutional LSTM shows and keeps at each frame.

    frames: (T, C, h, w). weight: (4 H, C, k, k), of the input, k odd. recurrent: (4 H, H, k, k), of
    the hidden state. bias: (4 H,). The rows are g, i, f and o, H each. A product * is what networks
    call a convolution: the kernel is laid on the map as it is, and beyond the edge there is 0.
    Before the first frame hidden and cell are 0.
    """

    def convolve(maps, kernels):
        k = kernels.shape[-1]
        padded = np.pad(maps, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
        patches = np.lib.stride_tricks.sliding_window_view(padded, (k, k), (1, 2))
        return np.einsum("ocij,cyxij->oyx", kernels, patches)

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    shape = len(bias) // 4, *frames.shape[2:]
    hidden = cell = np.zeros(shape)
    found = np.zeros((2, len(frames), *shape))
    for t, x in enumerate(frames):
        sums = convolve(x, weight) + convolve(hidden, recurrent) + bias[:, None, None]
        g, i, f, o = np.split(sums, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        found[:, t] = hidden, cell
    return found[0], found[1]


# What is said where a case fails.
ZERO = (
    "All weights are 0: g = tanh(0) = 0 and each gate is sigmoid(0) = 1/2. Nothing is written, so "
    "hidden and cell stay 0."
)
WRITES = (
    "The weights are 0, and the biases make g = tanh(0.5), i = o = nearly 1 and f = sigmoid(1.5): "
    "with each frame the cell keeps the share f of what it was, and g is added."
)
KEEPS = "The kernel is 1 x 1: each cell of the map is an LSTM of its own. What does frame 2 keep?"
KERNEL = (
    "One input channel with a single 1, and a kernel whose nine numbers differ. Networks lay the "
    "kernel on the map as it is: the cell to the *right* of the 1 gets the kernel's left column."
)
EDGE = "The 1 lies in a corner: what the kernel sees beyond the edge is 0."
RECURRENT = "Now the hidden state of the frame before counts too: it is convolved with `recurrent`."
ORDER = "The rows are g, i, f and o, in this order, H each."
LARGE = "A kernel of 5 x 5 reaches two cells beyond the edge: pad by k // 2 on each side."
EMPTY = "A clip without frames gives two arrays of shape (0, H, h, w)."


def _dot(row, column, frames=1):
    maps = np.zeros((frames, 1, 4, 5))
    maps[0, 0, row, column] = 1
    return maps


def _cases(rng):
    def some(*shape):
        return rng.normal(0, 0.7, shape)

    frames, none = some(3, 2, 4, 5), np.zeros
    kernel = np.zeros((4, 1, 3, 3))
    kernel[0, 0] = np.arange(1, 10).reshape(3, 3) / 10
    opened = np.array([0.0, 50, 50, 50])
    writes = np.repeat([0.5, 50, 1.5, 50], 2)
    yield Case("weights of 0", (frames, none((8, 2, 3, 3)), none((8, 2, 3, 3)), none(8)), ZERO)
    yield Case(
        "a memory that adds up", (frames, none((8, 2, 3, 3)), none((8, 2, 3, 3)), writes), WRITES
    )
    yield Case("one dot", (_dot(2, 2), kernel, none((4, 1, 3, 3)), opened), KERNEL)
    yield Case("a dot in the corner", (_dot(0, 4), kernel, none((4, 1, 3, 3)), opened), EDGE)
    yield Case("kernels of 1 x 1", (frames, some(8, 2, 1, 1), none((8, 2, 1, 1)), some(8)), KEEPS)
    yield Case(
        "a hidden state of one channel",
        (_dot(1, 2, 3), some(4, 1, 3, 3), some(4, 1, 3, 3), opened),
        RECURRENT,
    )
    yield Case(
        "two channels, three hidden ones",
        (frames, some(12, 2, 3, 3), some(12, 3, 3, 3), some(12)),
        ORDER,
    )
    yield Case("kernels of 5 x 5", (frames, some(8, 2, 5, 5), some(8, 2, 5, 5), some(8)), LARGE)
    yield Case(
        "a clip without frames", (frames[:0], some(8, 2, 3, 3), some(8, 2, 3, 3), some(8)), EMPTY
    )


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _convolved(maps, kernels, mode="constant"):
    edge = kernels.shape[-1] // 2
    padded = np.pad(maps, ((0, 0), (edge, edge), (edge, edge)), mode=mode)
    views = np.lib.stride_tricks.sliding_window_view(padded, kernels.shape[-2:], (1, 2))
    return np.einsum("ocij,cyxij->oyx", kernels, views)


def _remembered(
    frames,
    weight,
    recurrent,
    bias,
    convolve=_convolved,
    order=(0, 1, 2, 3),
    content=np.tanh,
    mix=lambda i, f, g, c: f * c + i * g,
    show=lambda o, old, new: o * np.tanh(new),
    before=lambda hidden, cell: (hidden, cell),
    seen=lambda hidden, cell: hidden,
):
    """The reference with one thing or another done differently."""
    shape = len(bias) // 4, *frames.shape[2:]
    hidden = cell = np.zeros(shape)
    found = np.zeros((2, len(frames), *shape))
    for t, x in enumerate(frames):
        hidden, cell = before(hidden, cell)
        sums = convolve(x, weight) + convolve(seen(hidden, cell), recurrent) + bias[:, None, None]
        parts = np.split(sums, 4)
        g, i, f, o = (parts[place] for place in order)
        old, cell = cell, mix(_sigmoid(i), _sigmoid(f), content(g), cell)
        hidden = show(_sigmoid(o), old, cell)
        found[:, t] = hidden, cell
    return found[0], found[1]


def _changed(**how):
    return lambda *args: _remembered(*args, **how)


EXERCISE = Exercise(
    conv_lstm,
    "Carry a memory of maps through a clip by the equations of the ConvLSTM (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda *args: conv_lstm(*args)[::-1],
            "You return the cell first: the hidden state comes first.",
        ),
        CommonMistake(
            _changed(convolve=lambda maps, kernels: _convolved(maps, kernels[..., ::-1, ::-1])),
            "You turn the kernel round, as mathematics does in a convolution (and scipy in "
            "`convolve`). Networks lay it on as it is.",
        ),
        CommonMistake(
            _changed(convolve=lambda maps, kernels: _convolved(maps, kernels.swapaxes(-1, -2))),
            "Your kernel is transposed: its rows go down the map, its columns to the right.",
        ),
        CommonMistake(
            _changed(convolve=lambda maps, kernels: _convolved(maps, kernels, "wrap")),
            "What leaves your map on one side comes in on the other (`np.roll` and the FFT do "
            "that): beyond the edge there is 0.",
        ),
        CommonMistake(
            _changed(convolve=lambda maps, kernels: _convolved(maps, kernels, "edge")),
            "You repeat the map's edge: beyond it there is 0.",
        ),
        CommonMistake(
            _changed(before=lambda hidden, cell: (0 * hidden, 0 * cell)),
            "You begin every frame with an empty memory: set hidden and cell to 0 once, before the "
            "first frame.",
        ),
        CommonMistake(
            _changed(before=lambda hidden, cell: (0 * hidden, cell)),
            "You leave out what was shown before: add the convolution of the hidden state with "
            "`recurrent`.",
        ),
        CommonMistake(
            _changed(seen=lambda hidden, cell: cell),
            "Your gates look at the cell: they see the *hidden* state. (Gates that see the cell "
            "have peepholes, and these have none.)",
        ),
        CommonMistake(
            _changed(show=lambda o, old, new: o * new),
            "The cell goes through tanh before the output gate.",
        ),
        CommonMistake(
            _changed(show=lambda o, old, new: o * np.tanh(old)),
            "You show the old cell: the output gate is applied to the new one.",
        ),
        CommonMistake(
            _changed(content=_sigmoid),
            "Your g goes through a sigmoid: it is a content, not a gate, and takes tanh.",
        ),
        CommonMistake(
            _changed(mix=lambda i, f, g, c: (1 - f) * c + i * g),
            "Your forget gate forgets where it is open: f is the share that is *kept*.",
        ),
        CommonMistake(
            _changed(mix=lambda i, f, g, c: f * c + (1 - f) * g),
            "You add 1 - f of the content, as a GRU does: the input gate has weights of its own.",
        ),
        CommonMistake(
            _changed(order=(2, 0, 1, 3)),
            "Your rows are i, f, g, o, PyTorch's order: here they are g, i, f, o, as the "
            "exercise has them.",
        ),
        CommonMistake(
            _changed(order=(0, 2, 1, 3)),
            "You have the input gate and the forget gate exchanged: the rows are g, i, f, o.",
        ),
    ),
    hints=(
        "Begin with the convolution of one frame: pad the maps with k // 2 zeros on each side. "
        "Output cell (y, x) is the sum of kernel times the k x k window that begins at (y, x) of "
        "the padded map, over all channels.",
        "You can loop over the k x k places of the kernel: for each, `np.einsum('oc,cyx->oyx', "
        "kernels[:, :, i, j], padded[:, i:i+h, j:j+w])`, and add them up.",
        "`np.split(sums, 4)` takes g, i, f and o apart. g goes through tanh, the others through "
        "1 / (1 + exp(-x)).",
        "In the loop over the frames: sums from x *and* from the last hidden, then "
        "cell = f * cell + i * g, then hidden = o * tanh(cell). Store both for each frame.",
    ),
    explanation="It is the LSTM of chapter 08 in every cell of the map, with one difference: "
    "each cell also sees its neighbours, in the frame and in what was shown before. So what is "
    "remembered has a *place*, and with each frame it can move by as far as the kernel reaches: "
    "one cell for 3 x 3. In posekit `ConvLSTM` does the same with two layers of PyTorch, all "
    "four gates at once.",
    tolerance=1e-6,
)
