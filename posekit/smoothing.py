"""Smoothing of what is measured again and again, frame by frame.

>>> smooth = OneEuro(rate=15)
>>> for points in poses:                        # (K, 2) pixels each
...     steady = smooth(points)
"""

from __future__ import annotations

import math

import numpy as np

from .errors import InputError


class OneEuro:
    """A low-pass filter that smooths slow movements much, and lags behind fast ones little.

    Casiez, Roussel, Vogel, "1€ Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
    Interactive Systems", CHI 2012. It knows the past alone, so it can run live. For another video
    or person, make another filter.

    Args:
        rate: frames a second.
        min_cutoff: the cutoff frequency of what stands still, in Hz; a lower one smooths more.
        beta: how much the cutoff grows, in Hz, with each unit of speed; a higher one lags less.

    Raises `InputError` for a rate or a cutoff that is not positive.
    """

    def __init__(self, rate: float, min_cutoff: float = 1.0, beta: float = 0.02):
        if not (rate > 0 and min_cutoff > 0 and beta >= 0):
            raise InputError(
                "rate and min_cutoff must be positive, and beta must not be negative: they are "
                f"{rate}, {min_cutoff} and {beta}."
            )
        self.rate, self.min_cutoff, self.beta = rate, min_cutoff, beta
        self._last = self._speed = None

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """The next values, of any shape, smoothed; NaN is passed through and forgotten."""
        values = np.asarray(values, dtype=float)
        if self._last is None:
            self._last, self._speed = values, np.zeros(values.shape)
        # What was unknown begins anew.
        last = np.where(np.isfinite(self._last), self._last, values)
        speed = np.nan_to_num((values - last) * self.rate)
        self._speed = self._speed + self._weight(1.0) * (speed - self._speed)
        cutoff = self.min_cutoff + self.beta * np.abs(self._speed)
        self._last = last + self._weight(cutoff) * (values - last)
        return self._last

    def _weight(self, cutoff):
        """How much of a new value is taken, from 0 to 1."""
        return 1 / (1 + self.rate / (2 * math.pi * cutoff))
