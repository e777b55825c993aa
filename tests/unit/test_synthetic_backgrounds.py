"""Clips whose backgrounds are tied to their actions: which places, and nothing else changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit.errors import InputError
from posekit.synthetic import ACTIONS, Clips
from posekit.synthetic.scene.backdrops import COUNT

SEVERAL = ACTIONS[:15]


def scenes(backgrounds, action=SEVERAL) -> dict[str, set[int]]:
    clips = Clips(backgrounds=backgrounds, action=action)
    return {name: set(clips._scenes(name)) for name in clips._actions}


@given(st.integers(2, len(ACTIONS)))
def test_tied_places_are_each_actions_own_and_swapped_ones_another_actions(count):
    actions = ACTIONS[:count]
    tied, swapped = scenes("tied", actions), scenes("swapped", actions)
    everywhere = [scene for places in tied.values() for scene in places]
    assert len(everywhere) == len(set(everywhere)) == count * (COUNT // count)
    for n, name in enumerate(actions):
        assert swapped[name] == tied[actions[(n + 1) % count]]
    assert set(scenes("any", actions)[actions[0]]) == set(range(COUNT))


def test_each_of_fifteen_actions_has_a_place_of_every_kind():
    """Scenes are rooms, parks, streets and halls by turns."""
    assert all(
        {scene % 4 for scene in places} == set(range(4)) for places in scenes("tied").values()
    )


def test_only_the_background_changes():
    options = {"seed": 4, "count": 30, "frames": 2, "size": 64, "action": SEVERAL}
    clips = {kind: Clips(backgrounds=kind, **options)[16] for kind in ("any", "tied", "swapped")}
    frames = {kind: clip.frames[1].astype(int) for kind, clip in clips.items()}
    for kind in ("tied", "swapped"):
        np.testing.assert_array_equal(clips[kind].keypoints, clips["any"].keypoints)
        np.testing.assert_array_equal(clips[kind].visible, clips["any"].visible)
        moved = np.abs(frames[kind] - frames["any"]).max(-1) > 8
        assert 0.2 < moved.mean() < 1  # the place, and not the person in it
        ids = clips[kind].keypoints[1, 0][clips[kind].visible[1, 0] == 2].round().astype(int)
        assert moved[ids[:, 1], ids[:, 0]].mean() < 0.3
    assert np.abs(frames["tied"] - frames["swapped"]).mean() > 5


def test_any_background_is_what_it_always_was():
    with_option = Clips(2, 60, frames=2, size=64, backgrounds="any")[17]
    np.testing.assert_array_equal(with_option.frames[0], Clips(2, 60, 2, 64)[17].frames[0])


def test_several_actions_by_turns():
    clips = Clips(1, 7, frames=1, size=32, action=["squat", "bowl", "run"])
    assert [clip.action for clip in clips] == 2 * ["squat", "bowl", "run"] + ["squat"]
    assert [clip.group for clip in clips] == [f"person-1-{n}" for n in (0, 0, 0, 1, 1, 1, 2)]


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"backgrounds": "fixed"}, "no backgrounds 'fixed'; there are: any, tied, swapped"),
        ({"backgrounds": "tied", "difficulty": "easy"}, "plain walls"),
        ({"backgrounds": "swapped", "action": "squat"}, "no other's background"),
        ({"action": ("squat", "sneeze")}, "no action 'sneeze'"),
        ({"action": ()}, "no action None"),
    ],
)
def test_bad_settings(wrong, message):
    with pytest.raises(InputError, match=message):
        Clips(**wrong)
