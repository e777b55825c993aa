"""Weights averaged over the steps of a training: steadier than those of any single step."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .errors import InputError


class Average:
    """The weights that are kept: a running mean of a model's, or for decay 0 the model's own.

    Attributes:
        model: the network that has them.
    """

    def __init__(self, model: torch.nn.Module, decay: float):
        if not 0 <= decay < 1:
            raise InputError(f"average must be in [0, 1), and is {decay}.")
        self.decay, self.source = decay, model
        self._mean = _running_mean(model, decay) if decay else None
        self.model = self._mean.module if decay else model

    def update(self) -> None:
        """Take the source's last step into account, batch norm's statistics too."""
        if self._mean is not None:
            self._mean.update_parameters(self.source)

    def state_dict(self) -> dict:
        """For the state of a training: empty where the weights are the model's own."""
        return self._mean.state_dict() if self._mean else {}

    def load_state_dict(self, state: Mapping) -> None:
        """What `state_dict` gave."""
        if self._mean is not None:
            self._mean.load_state_dict(state)


def _running_mean(model: torch.nn.Module, decay: float) -> AveragedModel:
    def average(kept, trained, steps) -> None:
        # At first a shorter memory: the weights of the beginning are nothing to remember.
        steps = float(steps)
        get_ema_multi_avg_fn(min(decay, (1 + steps) / (10 + steps)))(kept, trained, steps)

    return AveragedModel(model, multi_avg_fn=average, use_buffers=True)
