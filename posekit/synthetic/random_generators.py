"""Random generators for many seeds at once: ``numpy.random.default_rng`` takes eight
microseconds for each, a twentieth of what an easy image takes.

What turns a seed into the state of a generator is O'Neill's ``seed_seq`` as numpy has it in its
`SeedSequence`, which it promises to keep: here for the seeds of a batch, column by column.
"""

from __future__ import annotations

import numpy as np
from numpy.random import PCG64, Generator, default_rng
from numpy.random.bit_generator import ISeedSequence

_WORD = 1 << 32  # a seed of two numbers below it fills the first two of a pool of four words
_POOL = 4


def _powers(start: int, factor: int, count: int) -> np.ndarray:
    """(count,) uint32: start, start * factor, ..."""
    return np.array([start * pow(factor, k, _WORD) % _WORD for k in range(count)], np.uint32)


_INTO, _OUT = _powers(0x43B0D7E5, 0x931E8875, 17), _powers(0x8B51F9DD, 0x58F38DED, 9)
_MIX, _MINUS = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)


class _Words(ISeedSequence):
    def __init__(self, words: np.ndarray):
        self.words = words

    def generate_state(self, n_words, dtype=np.uint32):
        return self.words


def generators(seed: int, indices: list[int]) -> list[Generator]:
    """``default_rng([seed, index])`` for each index."""
    if max(seed, *indices) >= _WORD:
        return [default_rng([seed, index]) for index in indices]
    pool = np.zeros((len(indices), _POOL), np.uint32)
    pool[:, 0], pool[:, 1] = seed, indices
    pool = _hashed(pool, _INTO[: _POOL + 1])
    for source in range(_POOL):
        others = [k for k in range(_POOL) if k != source]
        start = _POOL + 3 * source
        word = _hashed(pool[:, source : source + 1], _INTO[start : start + 4])
        mixed = pool[:, others] * _MIX - word * _MINUS
        pool[:, others] = mixed ^ (mixed >> np.uint32(16))
    words = _hashed(np.tile(pool, 2), _OUT).view(np.uint64)
    return [Generator(PCG64(_Words(row))) for row in words]


def _hashed(words: np.ndarray, factors: np.ndarray) -> np.ndarray:
    words = (words ^ factors[:-1]) * factors[1:]
    return words ^ (words >> np.uint32(16))


def uniform_numbers(rngs: list[Generator], count: int) -> np.ndarray:
    """(N, count) the next uniform random numbers of each generator."""
    return np.array([rng.random(count) for rng in rngs])
