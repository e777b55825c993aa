"""Generators of many seeds are those that numpy makes one by one."""

import numpy as np
import pytest

from posekit.synthetic.random_generators import generators


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, 2**32, 10**20])
def test_generators_are_numpys(seed):
    indices = [0, 1, 31, 10**6, 2**32 - 1, *np.random.default_rng(0).integers(0, 2**32, 50)]
    for more in ([], [2**32 + 5]):
        found = generators(seed, [int(index) for index in indices] + more)
        for rng, index in zip(found, indices + more, strict=True):
            wanted = np.random.default_rng([seed, int(index)])
            assert rng.bit_generator.state == wanted.bit_generator.state
            assert rng.random() == wanted.random()


def test_one_generator():
    assert generators(3, [4])[0].random() == np.random.default_rng([3, 4]).random()
