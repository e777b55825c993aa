"""Small networks that name the action of a sequence: (B, T, C) numbers to logits (B, A).

All have one interface, so that a lesson can swap one for another: a plain recurrent network, LSTM
and GRU, each also in both directions, a temporal convolution, a small transformer, and an average
over time, which knows nothing of the order. `sequence_net` makes any of them with about the same
number of parameters. `gradient_norms` shows how far back in time a network can learn from.

Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; Cho et al., "Learning Phrase
Representations using RNN Encoder-Decoder", EMNLP 2014 (GRU); Bai, Kolter, Koltun, "An Empirical
Evaluation of Generic Convolutional and Recurrent Networks for Sequence Modeling", 2018; Vaswani et
al., "Attention Is All You Need", NeurIPS 2017.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import check_known


class SequenceNet(nn.Module):
    """What all have in common: every channel is put on one scale by its mean and standard
    deviation, and one linear layer makes logits of ``features`` (B, C, T) to (B, D)."""

    def __init__(self, in_channels: int, features: int, actions: int, dropout: float = 0.0):
        super().__init__()
        self.norm, self.drop = nn.BatchNorm1d(in_channels), nn.Dropout(dropout)
        self.head = nn.Linear(features, actions)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) to logits (B, A)."""
        return self.head(self.drop(self.features(self.norm(x.transpose(1, 2)))))


class Recurrent(SequenceNet):
    """Reads step by step; what it knows after the last step decides. With ``both`` a second one
    reads from the end to the beginning. ``kind`` is ``RNN``, ``LSTM`` or ``GRU``."""

    def __init__(self, in_channels, actions, width, kind="LSTM", both=False, dropout=0.0):
        super().__init__(in_channels, width * (1 + both), actions, dropout)
        self.memory = getattr(nn, kind)(in_channels, width, batch_first=True, bidirectional=both)
        if kind == "LSTM":  # at first it forgets little, as Gers et al., 2000, and Keras have it
            for name, bias in self.memory.named_parameters():
                if name.startswith("bias_ih"):
                    nn.init.ones_(bias.data[width : 2 * width])

    def features(self, x: Tensor) -> Tensor:
        """(B, C, T) to (B, D): the last state of each direction."""
        states = self.memory(x.transpose(1, 2))[0]
        width = self.memory.hidden_size
        return torch.cat([states[:, -1, :width], states[:, 0, width:]], 1)


class TemporalConvolution(SequenceNet):
    """Kernels over five frames, of neighbours first and then further apart; means over time."""

    def __init__(self, in_channels, actions, width, layers=3, dropout=0.0):
        super().__init__(in_channels, width, actions, dropout)
        self.first = nn.Conv1d(in_channels, width, 1)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(width, width, 5, padding="same", dilation=2**n, bias=False),
                *(nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout)),
            )
            for n in range(layers)
        )

    def features(self, x: Tensor) -> Tensor:
        """(B, C, T) to (B, D)."""
        x = self.first(x)
        for layer in self.layers:
            x = x + layer(x)
        return x.mean(-1)


class Transformer(SequenceNet):
    """Two layers in which every frame looks at every other, by four heads; the mean over time."""

    def __init__(self, in_channels, actions, width, layers=2, dropout=0.0):
        super().__init__(in_channels, width, actions, dropout)
        self.first = nn.Linear(in_channels, width)
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)

    def features(self, x: Tensor) -> Tensor:
        """(B, C, T) to (B, D)."""
        x = self.first(x.transpose(1, 2))
        return self.layers(x + positions(*x.shape[1:]).to(x)).mean(1)


class Average(SequenceNet):
    """The mean over time, and one hidden layer: whatever the order of the frames, the same."""

    def __init__(self, in_channels, actions, width, dropout=0.0):
        super().__init__(in_channels, width, actions, dropout)
        self.hidden = nn.Linear(in_channels, width)

    def features(self, x: Tensor) -> Tensor:
        """(B, C, T) to (B, D)."""
        return F.relu(self.hidden(x.mean(-1)))


class Statistics(SequenceNet):
    """The mean, standard deviation, maximum and minimum of each channel over time, and nothing of
    their order; no hidden layer. From few sequences there is little else to be learnt."""

    def __init__(self, in_channels, actions, dropout=0.0):
        super().__init__(in_channels, 4 * in_channels, actions, dropout)
        self.scale = nn.BatchNorm1d(4 * in_channels)

    def features(self, x: Tensor) -> Tensor:
        """(B, C, T) to (B, 4 C)."""
        std = (x.var(-1, correction=0) + 1e-5).sqrt()  # a gradient where nothing moves, too
        return self.scale(torch.cat([x.mean(-1), std, x.amax(-1), x.amin(-1)], 1))


def positions(frames: int, width: int) -> Tensor:
    """(T, W) sines and cosines that tell a frame's number, as Vaswani et al. have it."""
    rate = 10_000.0 ** (-2 * torch.arange((width + 1) // 2) / width)
    angle = torch.arange(frames)[:, None] * rate
    return torch.cat([angle.sin(), angle.cos()], 1)[:, :width]


KINDS = {
    "rnn": partial(Recurrent, kind="RNN"),
    "lstm": Recurrent,
    "gru": partial(Recurrent, kind="GRU"),
    "bilstm": partial(Recurrent, both=True),
    "convolution": TemporalConvolution,
    "transformer": Transformer,
    "average": Average,
}


def sequence_net(
    kind: str, in_channels: int, actions: int, parameters: int = 60_000, dropout: float = 0.0
) -> SequenceNet:
    """A network of `KINDS` that has as nearly as possible that many parameters.

    Its width is a multiple of four. Raises `InputError` for a kind that there is not.
    """
    check_known("network", kind, KINDS)
    make = partial(KINDS[kind], in_channels, actions, dropout=dropout)

    def missed(width: int) -> int:
        with torch.device("meta"):  # counted without being made
            return abs(sum(p.numel() for p in make(width).parameters()) - parameters)

    width = 4
    while missed(width + 4) < missed(width):
        width += 4
    return make(width)


def gradient_norms(model: nn.Module, x: Tensor, actions: Tensor) -> Tensor:
    """(T,) how strongly the loss depends on each time step: a batch's mean of the norm of the
    gradient of its cross entropy with respect to x (B, T, ...); ``actions`` (B,) are right.

    Where it is next to nothing the network cannot learn from that step: the gradient vanishes
    (Bengio, Simard, Frasconi, "Learning Long-Term Dependencies with Gradient Descent is
    Difficult", 1994).
    """
    x = x.detach().requires_grad_()
    loss = F.cross_entropy(model(x), actions, reduction="sum")  # each sequence's own gradient
    return torch.autograd.grad(loss, x)[0].flatten(2).norm(dim=-1).mean(0)
