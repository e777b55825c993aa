"""Repetitions and falls: exact counts of synthetic people, and what must not count."""

import importlib

import numpy as np
import pytest

from posekit import datasets, live, skeletons
from posekit.counting import EXERCISES, LEAST, UPRIGHT, Falls, Measured, Repetitions
from posekit.errors import InputError
from posekit.synthetic import CrowdClips, repetitions

from .made_people import STANDING

COCO = skeletons.get("coco17")
ACTION = {"squat": "squat", "pushup": "pushup", "jumping_jack": "jumping_jacks"}


def posed(**moved) -> np.ndarray:
    """(17, 2) somebody who stands at (200, 200), with some joints elsewhere about the mid-hip."""
    points = STANDING.copy()
    for joint, place in moved.items():
        points[COCO.index(joint)] = place
    return points + 200


def squatting(depth: float) -> np.ndarray:
    """The hips (and all above) lower by so many of the legs' 50 pixels."""
    points = posed()
    points[:13, 1] += 50 * depth
    return points


ARMS_UP = {"left_wrist": (14, -62), "right_wrist": (-14, -62)}
FEET_APART = {"left_ankle": (26, 48), "right_ankle": (-26, 48)}
LYING = STANDING[:, ::-1] * (1, 0.4) + 200


def count(counter, *poses, fps=10, visible=None, start=0.0) -> int:
    """The count after these poses; each is (points, frames)."""
    now = start
    for points, frames in poses:
        for _ in range(frames):
            now += 1 / fps
            flags = np.full(17, 2) if visible is None else visible
            counted = counter.update(points, flags, now)
    return counted


def test_a_squat_goes_down_and_comes_back():
    up, down, half = (posed(), 5), (squatting(0.5), 5), (squatting(0.05), 5)
    assert count(Repetitions("squat"), up, down) == 0
    assert count(Repetitions("squat"), up, down, up) == 1
    assert count(Repetitions("squat"), up, *[down, up] * 4) == 4
    # Between the thresholds nothing happens: neither from above nor from below.
    assert count(Repetitions("squat"), up, half, up, down, half, down, up) == 1
    assert count(Repetitions("squat"), down, up) == 0, "nobody saw it begin"


def test_a_repetition_takes_a_least_time():
    up, down = (posed(), 10), (squatting(0.5), 3)
    assert count(Repetitions("squat"), up, down, up, fps=100) == 0
    assert count(Repetitions("squat", least=0.03), up, down, up, fps=100) == 1
    assert LEAST > 0.04
    for frames, counted in ((1, 0), (3, 1)):  # back after 0.2 s and after 0.4 s
        assert count(Repetitions("squat"), up, (squatting(0.5), frames), up) == counted


def test_a_height_is_forgotten_by_three_per_cent_a_second():
    measured, seen, half = Measured(UPRIGHT), np.full(17, 2), 0.5 * posed() + 100
    first = measured.value(posed(), seen, 0.0)
    assert measured.value(half, seen, 1.0) == pytest.approx(first * 0.5 / 0.97)
    later = measured.value(half, seen, 9.0)  # a gap of any length is a second
    assert later == pytest.approx(first * 0.5 / 0.97**2)


def test_hidden_joints_do_not_count():
    up, down = (posed(), 5), (squatting(0.5), 5)
    hidden = np.full(17, 2)
    hidden[[COCO.index("left_knee"), COCO.index("right_knee")]] = 1
    assert count(Repetitions("squat"), up, down, up, visible=hidden) == 0
    hidden[COCO.index("left_knee")] = 2
    assert count(Repetitions("squat"), up, down, up, visible=hidden) == 1, "one side is enough"


def test_arms_alone_are_no_jumping_jack():
    rest, jack = (posed(), 5), (posed(**ARMS_UP | FEET_APART), 5)
    arms, feet = (posed(**ARMS_UP), 5), (posed(**FEET_APART), 5)
    one_arm = (posed(left_wrist=(14, -62), **FEET_APART), 5)
    assert count(Repetitions("jumping_jack"), rest, *[jack, rest] * 3) == 3
    for swing in (arms, feet, one_arm):
        assert count(Repetitions("jumping_jack"), rest, *[swing, rest] * 3) == 0


def test_a_jumping_jack_without_feet_or_hands_is_none():
    """Somebody at a desk who raises their arms, and somebody whose arms are out of the picture."""
    rest, jack = (posed(), 5), (posed(**ARMS_UP | FEET_APART), 5)
    for part in ("ankle", "wrist"):
        hidden = np.full(17, 2)
        hidden[[COCO.index(f"left_{part}"), COCO.index(f"right_{part}")]] = 1
        assert count(Repetitions("jumping_jack"), rest, *[jack, rest] * 3, visible=hidden) == 0


def test_a_pushup_is_done_lying():
    hands = [COCO.index("left_wrist"), COCO.index("right_wrist")]
    high, low = LYING.copy(), LYING.copy()
    high[hands] = high[[5, 6]] + (0, 33)
    low[hands] = low[[5, 6]] + (0, 15)
    assert count(Repetitions("pushup"), (high, 5), *[(low, 5), (high, 5)] * 3) == 3
    bent = posed(left_wrist=(12, -30), right_wrist=(-12, -30))
    assert count(Repetitions("pushup"), (posed(), 5), *[(bent, 5), (posed(), 5)] * 3) == 0


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seed", range(5))
def test_synthetic_people_are_counted_exactly(exercise, seed):
    clip = repetitions(ACTION[exercise], seed + 1, seed)
    rng, counter = np.random.default_rng(seed), Repetitions(exercise)
    noise = 0.005 * np.ptp(clip.keypoints[0, 0, :, 1])
    for t in range(len(clip)):
        points = clip.keypoints[t, 0] + rng.normal(0, noise, (17, 2))
        counted = counter.update(points, clip.visible[t, 0], t / clip.fps)
    assert counted == seed + 1


@pytest.fixture
def bench(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "tests" / "benchmarks"))
    return importlib.import_module("counting")


def test_how_far_a_threshold_may_move(bench):
    """Two squats to 0.5, of which the second one begins at no more than 0.9."""
    values = [1, 1, 0.5, 0.5, 0.9, 0.9, 0.5, 0.5, 1, 1]
    clip, still = [list(zip(each, np.arange(10) / 5)) for each in (values, [1] * 10)]
    assert bench.counted("squat", clip) == 2 and bench.counted("squat", clip, back=0.95) == 1
    assert bench.margin("squat", "out", [clip, still], [2, 0]) == (0.51, 0.88)
    assert bench.margin("squat", "back", [clip, still], [2, 0]) == (0.76, 0.89)
    assert bench.margin("squat", "back", [clip, still], [3, 0]) == (0.88, 0.88), "wrong as it is"


def test_the_bench_counts_what_the_counter_counts(bench):
    numbers = bench.measured("squat", 2, 1, 0.01)
    assert bench.counted("squat", numbers) == 2 and len(numbers[0]) == 2


def test_other_actions_do_not_count():
    """Arms that swing, a walk, and the exercises for one another."""
    others = {
        "squat": ("hand_swing", "walk", "jumping_jacks", "pushup"),
        "pushup": ("hand_swing", "walk", "jumping_jacks", "squat", "stand"),
        "jumping_jack": ("hand_swing", "walk", "squat", "pushup", "clapping", "pullup"),
    }
    for exercise, actions in others.items():
        for action in actions:
            clip = CrowdClips(5, 1, 1, action, 75, skeleton="coco17").labels(0)
            counter = Repetitions(exercise)
            for t in range(len(clip)):
                counted = counter.update(clip.keypoints[t, 0], np.full(17, 2), t / 15)
            assert counted == 0, (exercise, action)


def test_a_fall_is_quick_and_one_stays_down():
    stands, lies = (posed(), 10), (LYING, 10)
    kneels = (squatting(0.6), 10)
    assert count(Falls(), stands, lies) == 1
    assert count(Falls(), stands, lies, stands, lies) == 2
    assert count(Falls(), stands, (LYING, 3), stands) == 0, "got up at once"
    assert count(Falls(), lies) == 0, "nobody saw them stand"
    assert count(Falls(), stands, kneels, kneels, lies) == 0, "lay down slowly"
    assert count(Falls(), stands, kneels, stands) == 0
    # Lies 1.4 s after they stood, and 1.6 s; lies for 0.4 s, and for 0.6 s.
    assert [count(Falls(), stands, (squatting(0.6), n), lies) for n in (13, 15)] == [1, 0]
    assert [count(Falls(), stands, (LYING, n)) for n in (5, 7)] == [0, 1]


@pytest.mark.parametrize("seed", range(4))
def test_synthetic_falls(seed):
    for action, right in (("falling", 1), ("squat", 0), ("walk", 0), ("pushup", 0), ("situp", 0)):
        clip = CrowdClips(seed, 1, 1, action, 66, skeleton="coco17").labels(0)
        falls = Falls()
        for t in range(len(clip)):
            counted = falls.update(clip.keypoints[t, 0], np.full(17, 2), t / 15)
        assert (counted >= right) if right else counted == 0, action


def test_other_joint_sets():
    clip = repetitions("squat", 2, 3, skeleton="blazepose33")
    counter = Repetitions("squat", "blazepose33")
    for t in range(len(clip)):
        counted = counter.update(clip.keypoints[t, 0], clip.visible[t, 0], t / clip.fps)
    assert counted == 2


def test_repetitions_are_clips():
    clip = repetitions("squat", 3, 1, fps=20, size=(120, 160))
    assert clip.keypoints.shape[1:] == (1, 17, 2) and clip.size == (120, 160) and clip.fps == 20
    np.testing.assert_array_equal(
        clip.keypoints, repetitions("squat", 3, 1, 20, (120, 160)).keypoints
    )
    assert len(repetitions("squat", 0)) == 60 and len(repetitions("squat", 0, rest=2)) == 120
    sample = clip[7]
    np.testing.assert_allclose(
        sample.camera.project(sample.keypoints_3d, "camera"), sample.keypoints, atol=1e-3
    )
    assert np.isfinite(clip.keypoints).all()
    with pytest.raises(InputError, match="'stand' is no exercise; there are: squat, pushup"):
        repetitions("stand", 3)
    with pytest.raises(InputError, match="count must be at least 0"):
        repetitions("squat", -1)


def test_what_makes_no_sense():
    with pytest.raises(InputError, match="no exercise 'situp'; there are: squat, pushup, jumping"):
        Repetitions("situp")
    counter = Repetitions("squat")
    counter.update(posed(), np.full(17, 2), 1.0)
    with pytest.raises(InputError, match="cannot come after one at 1"):
        counter.update(posed(), np.full(17, 2), 1.0)
    with pytest.raises(InputError, match="joints"):
        counter.update(np.zeros((3, 2)), np.zeros(3), 2.0)
    nothing = Repetitions("squat")
    assert nothing.update(np.full((17, 2), np.nan), np.zeros(17), 0.0) == 0


@pytest.mark.mirror
@pytest.mark.slow
def test_the_mirrors_video(mirror, monkeypatch):
    """Both arms are raised once, then one after the other; then there is one squat, with both
    arms out. The feet never come apart: in spite of the file's name nobody jumps."""
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    path = next(datasets.find("people_media").rglob("jumping_jack.mp4"))
    counters = {name: Repetitions(name, "blazepose33") for name in EXERCISES}
    falls = Falls("blazepose33")
    with live.BlazePose(video=True) as blazepose:
        for t, image in enumerate(live.open_source(path)):
            found = blazepose.detect(image, 1000 * t / 30) if t % 3 == 0 else ()
            for points, visible in zip(found.keypoints, found.visible) if len(found) else ():
                for counter in (*counters.values(), falls):
                    counter.update(points, visible, t / 30)
    counts = {name: counter.count for name, counter in counters.items()}
    assert counts == {"squat": 1, "pushup": 0, "jumping_jack": 0} and falls.count == 0
