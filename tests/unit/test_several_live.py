"""Several people followed with BlazePose: in a made-up world of bars, and on the mirror's video.

In that world a person is a bar of a colour of their own, and the landmarker that stands in for
MediaPipe's sees nobody who is smaller than a third of the image that it is given.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit import datasets, live
from posekit.errors import InputError
from posekit.geometry import squares
from posekit.live import blazepose, several
from posekit.live.blazepose import Detection, NullDetector
from posekit.live.several import FollowedPeople, good, joined, look, once, painted_over

SIZE = (240, 320)
HEIGHT, WIDTH = 60, 24  # of a bar
LEAST = 1 / 3  # of the side of an image, who is smaller is not seen
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))
BODY = np.random.default_rng(0).uniform(-0.5, 0.5, (33, 2))  # in a bar, and to its edges:
BODY[:4] = [(-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)]


def scene(*places, size=SIZE) -> np.ndarray:
    """An image with a bar about each place (x, y), the first ones in front."""
    image = np.zeros((*size, 3), np.uint8)
    for n, (x, y) in reversed(list(enumerate(places))):
        if x is not None:
            rows = slice(max(round(y - HEIGHT / 2), 0), max(round(y + HEIGHT / 2), 0))
            columns = slice(max(round(x - WIDTH / 2), 0), max(round(x + WIDTH / 2), 0))
            image[rows, columns] = COLOURS[n]
    return image


def person(x, y, image=None, height=HEIGHT, score=0.9) -> Detection:
    """A detection of one bar."""
    image = np.zeros((*SIZE, 3), np.uint8) if image is None else image
    points = BODY * (height * WIDTH / HEIGHT, height) + (x, y)
    return detection(image, [points], score)


def detection(image, people, score=0.9) -> Detection:
    points = np.reshape(people, (-1, 33, 2))
    ones = np.ones(points.shape[:2])
    return Detection(
        "made",
        "blazepose33",
        points,
        2 * ones,
        image,
        scores=score * ones,
        presence=ones,
        z=points[..., 0],
        keypoints_3d=np.zeros((*points.shape[:2], 3)),
        frame="root",
    )


class Bars(NullDetector):
    """Sees the bars of an image that are large enough, the largest first."""

    about, made = "made up.", []

    def __init__(self, bundle=None, poses=1, video=False, confidence=0.5):
        self.poses, self.video, self.closed, self.looks = poses, video, False, 0
        self.made.append(self)

    def detect(self, image, time_ms=None):
        self.looks += 1
        bars = []
        for colour in COLOURS:
            y, x = np.nonzero((np.abs(image.astype(int) - colour) < 100).all(-1))
            if len(y) and np.ptp(y) + 1 >= LEAST * len(image):
                low, high = np.array([x.min(), y.min()]), np.array([x.max(), y.max()])
                bars.append(BODY * (high - low + 1) + (low + high) / 2)
        bars.sort(key=lambda bar: -np.ptp(bar[:, 1]))
        return detection(image, bars[: self.poses])

    def close(self):
        self.closed = True


@pytest.fixture
def bars(monkeypatch):
    monkeypatch.setattr(Bars, "made", [])
    monkeypatch.setattr(several, "BlazePose", Bars)
    monkeypatch.setattr(several, "SIDE", 96)  # bars need no more
    return Bars


THREE = ((60, 120), (150, 130), (250, 110))
TURNS = len(squares(*SIZE))


def middles(found) -> np.ndarray:
    """(P, 2) from left to right."""
    corners = found.keypoints[:, :4].mean(1)
    return corners[corners[:, 0].argsort()]


def test_small_people_are_found_and_followed(bars):
    """Nobody is large enough in the whole image; their places move by two pixels a frame."""
    assert len(Bars().detect(scene(*THREE))) == 0
    with FollowedPeople(poses=3) as people:
        for t in range(TURNS + 20):
            places = np.add(THREE, (0.0, 30 * np.sin(t / 15)))
            found = people.detect(scene(*places), 1000 * t / 30)
            if t > TURNS:
                assert len(found) == 3, f"frame {t}"
                np.testing.assert_allclose(middles(found), places, atol=2)
    assert found.scores.shape == found.presence.shape == found.z.shape == (3, 33)
    assert found.image.shape == (*SIZE, 3) and (found.visible == 2).all()


def test_the_cost_of_a_frame_has_a_bound(bars):
    people, before = FollowedPeople(poses=2), 0
    for t in range(2 * TURNS):
        people.detect(scene(*THREE), 1000 * t / 30)
        looks = sum(one.looks for one in Bars.made)
        assert looks - before <= 2 + 1, "one for each person who is followed, and one for others"
        before = looks
    assert len(people.detect(scene(*THREE))) == 2, "no more than were asked for"


def test_who_is_gone_is_forgotten_and_their_landmarker_is_used_again(bars):
    people = FollowedPeople(poses=2)
    for t in range(TURNS + 1):
        found = people.detect(scene(*THREE[:2]), 1000 * t / 30)
    assert len(found) == 2
    for t in range(TURNS + 1, TURNS + 61):
        found = people.detect(scene(THREE[0]), 1000 * t / 30)
        assert len(found) == 1
    for t in range(TURNS + 61, 2 * TURNS + 63):
        found = people.detect(scene(THREE[0], (None, None), THREE[2]), 1000 * t / 30)
    assert len(found) == 2 and sum(one.video for one in Bars.made) == 2, "no landmarker is added"


def test_who_comes_takes_the_place_of_who_is_lost(bars):
    people = FollowedPeople(poses=1)
    for t in range(TURNS + 1):
        people.detect(scene(THREE[0]), 1000 * t / 30)
    counts = [
        len(people.detect(scene((None, None), THREE[2]), 1000 * t / 30))
        for t in range(TURNS + 1, 2 * TURNS + 3)
    ]
    assert counts[0] == 0 and counts[-1] == 1


def test_another_size_does_no_harm(bars):
    """The square is of another image; the search goes on."""
    people = FollowedPeople(poses=1)
    for _ in range(TURNS + 1):
        found = people.detect(scene(THREE[0]))
    assert len(found) == 1
    small = scene(THREE[0])[:200, :200]
    assert [len(people.detect(small)) for _ in range(2 * TURNS)][-1] == 1


def test_an_image_is_searched_at_once(bars):
    with FollowedPeople(poses=5, video=False) as people:
        found = people.detect(scene(*THREE))
        np.testing.assert_allclose(middles(found), THREE, atol=2)
        assert len(people.detect(scene())) == 0
    with FollowedPeople(poses=2, video=False) as people:
        assert len(people.detect(scene(*THREE))) == 2


def test_all_landmarkers_are_closed(bars):
    people = FollowedPeople(poses=2)
    for _ in range(TURNS + 1):
        people.detect(scene(*THREE[:2]))
    people.close()
    assert len(Bars.made) == 3 and all(one.closed for one in Bars.made)


def test_a_look_gives_pixels_of_the_image():
    class Corner(NullDetector):
        def detect(self, image, time_ms=None):
            assert image.shape == (several.SIDE, several.SIDE, 3)
            return detection(image, [np.full((33, 2), -0.5)])

    image = np.zeros((*SIZE, 3), np.uint8)
    found = look(Corner(), image, (9.5, 19.5, 105.5, 115.5))
    np.testing.assert_allclose(found.keypoints, np.broadcast_to((9.5, 19.5), (1, 33, 2)))
    np.testing.assert_allclose(found.z, -0.5 * 96 / several.SIDE), "as large as x is"
    assert found.image is image and found.size == SIZE


@pytest.mark.parametrize("outside, score, count", [(0, 0.6, 1), (0, 0.4, 0), (20, 0.9, 1)])
def test_only_joints_within_the_image_make_a_look_good(outside, score, count):
    """Somebody at a desk has no legs in the picture, and is somebody all the same."""
    found = person(100, 100, score=score)
    found.keypoints[0, :outside] = (100, 500)
    found.scores[0, :outside] = 0
    assert len(good(found)) == count


def test_good_gives_people_one_by_one():
    image = np.zeros((*SIZE, 3), np.uint8)
    both = joined(image, [person(60, 60), person(200, 100)])
    one, other = good(both)
    np.testing.assert_array_equal(one.keypoints, person(60, 60).keypoints)
    np.testing.assert_array_equal(joined(image, [one, other]).keypoints, both.keypoints)
    assert len(joined(image, [])) == 0 and joined(image, []).image is image


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(30, 290), st.integers(30, 210)), max_size=4))
def test_nobody_counts_twice(places):
    """Those who count again, a pixel aside: as many as before, and those that came first."""
    people = once([person(*place) for place in places])
    aside = [replace(one, keypoints=one.keypoints + 1) for one in people]
    again = once([*people, *aside])
    assert [id(one) for one in again[: len(people)]] == [id(one) for one in people]
    assert len(again) == len(people)


def test_people_are_painted_over():
    image = scene(*THREE)
    covered = painted_over(image, [person(*THREE[0])])
    assert (covered[90:150, 49:71] == several.GREY).all() and (
        image[90:150, 49:71] == (255, 0, 0)
    ).all()
    assert (covered[:, 100:] == image[:, 100:]).all()


def test_one_person_needs_no_search(monkeypatch):
    monkeypatch.setattr(several, "BlazePose", Bars)
    assert isinstance(several.open_detector(None, True), Bars)
    assert isinstance(several.open_detector(None, True, poses=2), FollowedPeople)


def test_what_makes_no_sense(monkeypatch, bars):
    with pytest.raises(InputError, match=r"must be \(H, W, 3\) uint8 RGB"):
        FollowedPeople().detect(np.zeros((5, 5), np.uint8))
    monkeypatch.undo()
    monkeypatch.setattr(blazepose, "bundle_path", lambda: None)
    with pytest.raises(InputError, match="posekit data get mediapipe_pose"):
        FollowedPeople()
    with pytest.raises(InputError, match="poses must be at least 1"):
        FollowedPeople(poses=0)


@pytest.mark.mirror
def test_three_people_on_the_mirrors_video(mirror, monkeypatch):
    """MediaPipe's own several poses never find all three of them in these frames."""
    pytest.importorskip("mediapipe")
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    frames = live.open_source(next(datasets.find("people_media").rglob("exercise.avi")))
    counts = []
    with FollowedPeople(mirror / "pose_landmarker_full.task", poses=3) as people:
        for _, image in zip(range(50), frames):
            counts.append(len(people.detect(image)))
    assert counts[-10:] == [3] * 10
