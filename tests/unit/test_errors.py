"""The checks that many files share."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit.errors import (
    InputError,
    check_image,
    check_known,
    check_later,
    check_least,
    check_shape,
)

LENGTHS = st.lists(st.integers(0, 3), max_size=4)


@pytest.mark.parametrize("known", [("a", 18, None), {"a": 1, 18: 2, None: 3}])
def test_a_known_name_passes_and_another_is_answered_with_the_list(known):
    for name in known:
        check_known("letter", name, known)
    with pytest.raises(InputError, match=r"^no letter 'b'; there are: a, 18\.$"):
        check_known("letter", "b", known)


@given(LENGTHS, LENGTHS)
def test_a_shape_passes_where_it_is_the_wanted_one(wanted, found):
    if wanted == found:
        check_shape("maps", np.empty(found), *wanted)
    else:
        with pytest.raises(InputError, match="maps must be of shape"):
            check_shape("maps", np.empty(found), *wanted)


@given(st.integers(0, 9))
def test_a_named_axis_may_have_any_length(frames):
    check_shape("points", torch.empty(frames, 14, 2), "frames", 14, 2)
    for wrong in ((frames, 13, 2), (frames, 14), (1, frames, 14, 2)):
        with pytest.raises(InputError, match=r"points must be of shape \(frames, 14, 2\), and is"):
            check_shape("points", torch.empty(wrong), "frames", 14, 2)


def test_an_image_has_colours_bytes_and_pixels():
    check_image("the frame", np.zeros((2, 9, 3), np.uint8), least=2)
    wrong = [np.zeros(shape, np.uint8) for shape in ((4, 4), (4, 4, 4), (0, 4, 3), (4, 1, 3))]
    for image in (*wrong, np.zeros((4, 4, 3)), torch.zeros(4, 4, 3)):
        with pytest.raises(InputError, match=r"the frame must be \(H, W, 3\) uint8 RGB of"):
            check_image("the frame", image, least=2)


def test_time_goes_on():
    check_later(0.0, -np.inf)
    for wrong in (1.0, 0.5, np.nan):
        with pytest.raises(InputError, match=f"a frame at {wrong} s cannot come after"):
            check_later(wrong, 1.0)


def test_a_number_has_a_least_and_none_is_none():
    check_least(1, frames=1, clips=None)
    check_least(0, seed=0)
    for least, wrong in ((1, 0), (1, -1), (0, -1)):
        with pytest.raises(InputError, match=rf"^frames must be at least {least}, and is {wrong}:"):
            check_least(least, clips=2, frames=wrong)
