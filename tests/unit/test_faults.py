"""Faults of a detector, drawn: how much, for how long, and that none is none."""

import numpy as np
import pytest

from posekit import skeletons
from posekit.data.faults import Faults
from posekit.errors import InputError

SET = skeletons.get("humaneva15")


def still(frames=200, people=30):
    points = np.random.default_rng(1).uniform(0, 400, (1, people, len(SET), 2))
    return np.repeat(points, frames, 0), np.ones((frames, people, len(SET)), bool)


def applied(faults, seed=0, **size):
    points, seen = still(**size)
    return points, faults.apply(points, seen, SET, np.random.default_rng(seed))


def test_no_faults_change_nothing():
    points, found = applied(Faults())
    assert (found.points == points.astype(np.float32)).all() and found.seen.all()


def test_noise_has_its_size_and_no_memory():
    points, found = applied(Faults(noise=3))
    error = found.points - points
    assert error.std() == pytest.approx(3, rel=0.02)
    assert abs((error[1:] * error[:-1]).mean()) < 0.1


def test_jitter_has_its_size_and_its_memory():
    points, found = applied(Faults(jitter=4, memory=0.8))
    error = found.points - points
    assert error[0].std() == pytest.approx(4, rel=0.1)
    assert error[-1].std() == pytest.approx(4, rel=0.1)
    assert (error[1:] * error[:-1]).mean() / error.var() == pytest.approx(0.8, abs=0.03)


def test_swaps_exchange_whole_arms_or_legs_in_runs():
    points, found = applied(Faults(swap=0.1, run=5))
    moved = (found.points != points.astype(np.float32)).any(-1)
    middle = [SET.index(name) for name in ("pelvis", "thorax", "head")]
    assert not moved[..., middle].any()
    for joints in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")):
        which = [SET.index(f"{side}_{name}") for side in ("left", "right") for name in joints]
        together = moved[..., which]
        assert (together.all(-1) == together.any(-1)).all()
        swapped = together.any(-1)
        assert swapped.mean() == pytest.approx(0.1, abs=0.02)
        begins = swapped[1:] & ~swapped[:-1]
        assert swapped.sum() / begins.sum() == pytest.approx(5, rel=0.2)
    t, n = np.argwhere(moved[..., SET.index("left_knee")])[0]
    assert (
        found.points[t, n, SET.index("left_knee")]
        == points[t, n, SET.index("right_knee")].astype(np.float32)
    ).all()


def test_dropped_joints_are_filled_and_told():
    points, found = applied(Faults(drop=0.2))
    assert np.isfinite(found.points).all()
    assert (~found.seen).mean() == pytest.approx(0.2, abs=0.02)
    # Nothing moves here, so that every joint which is seen at all is put where it is.
    ever = found.seen.any(0)
    assert (found.points[:, ever] == points.astype(np.float32)[:, ever]).all()


def test_the_same_generator_gives_the_same_faults():
    faults = Faults(1, 2, swap=0.1, drop=0.1)
    one, same, other = (applied(faults, seed)[1] for seed in (4, 4, 5))
    assert (one.points == same.points).all() and (one.seen == same.seen).all()
    assert (one.points != other.points).any()


def test_what_is_given_is_not_changed():
    points, seen = still(5, 2)
    before = points.copy()
    Faults(1, 1, swap=0.5, drop=0.5).apply(points, seen, SET, np.random.default_rng(0))
    assert (points == before).all() and seen.all()


@pytest.mark.parametrize(
    "wrong", [{"noise": -1}, {"swap": 1.0}, {"drop": -0.1}, {"memory": 1}, {"run": 0.5}]
)
def test_impossible_faults_are_refused(wrong):
    with pytest.raises(InputError, match="shares must lie"):
        Faults(**wrong)
