"""Take one step of an LSTM by hand."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_step(x, hidden, cell, weight, recurrent, bias):
    """(hidden, cell), each (B, H), after one more frame.

    x: (B, I), a frame's features of B sequences. hidden, cell: (B, H), what was before. weight:
    (4 H, I). recurrent: (4 H, H). bias: (4 H,). Their rows are the input gate, the forget gate,
    the candidate and the output gate, H rows each.
    """
    sums = x @ weight.T + hidden @ recurrent.T + bias
    enter, forget, candidate, leave = np.split(sums, 4, axis=1)
    kept = 1 / (1 + np.exp(-forget)) * cell
    cell = kept + 1 / (1 + np.exp(-enter)) * np.tanh(candidate)
    return 1 / (1 + np.exp(-leave)) * np.tanh(cell), cell


# What is said where a case fails.
ZERO = (
    "All weights are 0, so every gate is sigmoid(0) = 1/2 and the candidate is tanh(0) = 0: half "
    "of the cell is kept, and nothing is added."
)
KEEPS = (
    "The forget gate is wide open and the input gate closed: the cell must stay exactly as it was."
)
WRITES = "The forget gate is closed and the input gate wide open: the cell becomes the candidate."
INPUT = "Nothing was before: hidden and cell are 0, and only x @ weight.T and the bias count."
BEFORE = "Now what was before counts too: hidden @ recurrent.T is added to the sums."
ORDER = "The rows are input gate, forget gate, candidate, output gate, in this order."
MANY = "Seven sequences at once, each with its own hidden and cell."


def _cases(rng):
    x, hidden, cell = rng.normal(0, 1, (3, 2, 3))
    weight, recurrent, bias = rng.normal(0, 1, (12, 3)), rng.normal(0, 1, (12, 3)), np.zeros(12)
    nothing = np.zeros((12, 3))
    keeps, writes = np.repeat([[-50.0, 50, 0.7, 0], [50, -50, 0.7, 0]], 3, axis=1)
    many = rng.normal(0, 1, (7, 5)), rng.normal(0, 1, (7, 2)), rng.normal(0, 1, (7, 2))
    wide = rng.normal(0, 1, (8, 5)), rng.normal(0, 1, (8, 2)), rng.normal(0, 1, 8)
    before = (np.zeros((2, 3)), np.zeros((2, 3)))
    yield Case("weights of 0", (x, hidden, cell, nothing, nothing, bias), ZERO)
    yield Case("a memory that keeps", (x, hidden, cell, nothing, nothing, keeps), KEEPS)
    yield Case("a memory that writes", (x, hidden, cell, nothing, nothing, writes), WRITES)
    yield Case("the first frame", (x, *before, weight, recurrent, bias), INPUT)
    yield Case("a later frame", (x, hidden, cell, weight, recurrent, rng.normal(0, 1, 12)), BEFORE)
    yield Case("seven sequences, five features", (*many, *wide), MANY)


def _step(
    x,
    hidden,
    cell,
    weight,
    recurrent,
    bias,
    order=(0, 1, 2, 3),
    squash=np.tanh,
    shown=np.tanh,
    mix=lambda enter, forget, candidate, cell: forget * cell + enter * candidate,
    result=lambda leave, old, new, shown: (leave * shown(new), new),
):
    """The reference with one thing or another done differently."""
    sums = x @ weight.T + hidden @ recurrent.T + bias
    parts = np.split(sums, 4, axis=1)
    enter, forget, candidate, leave = (parts[place] for place in order)
    new = mix(_sigmoid(enter), _sigmoid(forget), squash(candidate), cell)
    return result(_sigmoid(leave), cell, new, shown)


def _changed(**how):
    return lambda *args: _step(*args, **how)


EXERCISE = Exercise(
    lstm_step,
    "Take one step of an LSTM by hand.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda *args: lstm_step(*args)[::-1],
            "You return the cell first: the hidden state comes first.",
        ),
        CommonMistake(
            _changed(result=lambda leave, old, new, shown: (leave * shown(old), new)),
            "You show the old cell: the output gate is applied to the *new* one.",
        ),
        CommonMistake(
            _changed(result=lambda leave, old, new, shown: (leave * shown(new), old)),
            "You return the cell as it was before the step.",
        ),
        CommonMistake(
            _changed(shown=lambda cell: cell),
            "The new cell goes through tanh before the output gate: its values may be beyond 1.",
        ),
        CommonMistake(
            _changed(squash=_sigmoid),
            "Your candidate goes through a sigmoid, as a gate does: it is a content, and takes "
            "tanh, from -1 to 1.",
        ),
        CommonMistake(
            _changed(
                mix=lambda enter, forget, candidate, cell: (1 - forget) * cell + enter * candidate
            ),
            "Your forget gate forgets where it is open: it is the share that is *kept*, in spite "
            "of its name.",
        ),
        CommonMistake(
            _changed(
                mix=lambda enter, forget, candidate, cell: forget * cell + (1 - forget) * candidate
            ),
            "You add 1 - forget of the candidate, as a GRU does: an LSTM has an input gate of its "
            "own.",
        ),
        CommonMistake(
            lambda x, h, c, w, r, b: lstm_step(x, h, c, w, np.zeros_like(r), b),
            "You leave out what was before: add `hidden @ recurrent.T`.",
        ),
        CommonMistake(
            lambda x, h, c, w, r, b: lstm_step(x, h, c, w, r, np.zeros_like(b)),
            "You leave the bias out.",
        ),
        CommonMistake(
            _changed(order=(1, 0, 2, 3)),
            "You have the input gate and the forget gate exchanged: the input gate's rows come "
            "first.",
        ),
        CommonMistake(
            _changed(order=(0, 1, 3, 2)),
            "You have the candidate and the output gate exchanged: the candidate's rows are third.",
        ),
    ),
    hints=(
        "One matrix product gives all four at once: `x @ weight.T + hidden @ recurrent.T + bias` "
        "is (B, 4 H). `np.split(sums, 4, axis=1)` takes it apart.",
        "The three gates go through the sigmoid 1 / (1 + exp(-x)), the candidate through tanh.",
        "new cell = forget * cell + input * candidate; new hidden = output * tanh(new cell). "
        "Return both, hidden first.",
    ),
    explanation="The cell is changed by a product with numbers from 0 to 1 and a sum, so it can "
    "carry a value through many frames unchanged: that is what the plain recurrent network cannot "
    "do, and why gradients survive. The gates decide, from the frame and from what was before, "
    "what enters, what stays and what is shown. The order of the rows is PyTorch's.",
    tolerance=1e-5,
)
