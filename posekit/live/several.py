"""Several people with BlazePose: each who is known is looked at closely, others are searched for.

MediaPipe finds people by their faces, in the whole image shrunk to 224 pixels. Who is small in
it, as people who stand side by side are, has too small a face. A *look* is a square of the image,
and in a square that is little larger than a person nobody is small:

1. Whoever is followed has a square and a landmarker of their own. The square goes with them, so
   that they hardly move in it; MediaPipe does the same with the one person that it follows.
2. In each frame one square is looked at for others, the next one in turn of several sizes, with
   those who are known painted over. So the cost of a frame has a bound. Who is found there is
   looked at closely from the next frame on, and counts if that look is good as well.
3. Who is found twice counts once, and who had no good look for `LOST` seconds is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..errors import check_image
from ..geometry import crop_matrix, invert, keypoint_box, square_box, squares, transform, warp
from ..tracking import SAME, STEP, common_joints, similarity
from .blazepose import BlazePose, Detection, Detector, NullDetector

SIDE = 384  # pixels of a look's side
ROOM = 1.6  # sides of a follower's square, in extents of the person
GOOD = 0.5  # mean visibility of the joints within the image, from which a look is good
CALM = 0.3  # of the way to where the person is now, that a square goes in a frame
LOST = 1.0  # seconds
GREY = 128  # of those who are painted over
PARTS = ("keypoints", "visible", "scores", "keypoints_3d", "z", "presence")  # people first


@dataclass
class Follower:
    """A landmarker, the square (4,) of its next look, and when a look was good, in seconds."""

    landmarker: BlazePose
    box: np.ndarray | None = None
    seconds: float = -np.inf  # nobody is followed yet


class FollowedPeople(Detector):
    """Finds several people with BlazePose, small ones too; takes `BlazePose`'s place.

    Args:
        bundle, confidence: as `BlazePose` has them.
        poses: find at most this many people. Each costs a frame about as much as one alone does.
        video: True follows people from frame to frame. False looks at each image anew, at all
            squares at once, which takes long.

    Attributes:
        about: the network and its terms, a sentence.

    Raises `InputError` as `BlazePose` does.
    """

    def __init__(self, bundle=None, poses: int = 4, video: bool = True, confidence: float = 0.5):
        self.poses, self.video = poses, video
        self._searcher = BlazePose(bundle, poses, False, confidence)
        self._followers = [
            Follower(BlazePose(bundle, 1, True, confidence)) for _ in range(poses * video)
        ]
        self.about = self._searcher.about
        self._turn, self._seconds = -1, -STEP

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Detection:
        """The people in an image (H, W, 3) uint8 RGB; ``time_ms`` as `BlazePose` takes it."""
        check_image("the image", image)
        boxes = squares(*image.shape[:2])
        if not self.video:
            people = self._search(image, boxes)  # and closely, as the next frame would
            people = self._search(image, [square_around(one) for one in people])
            return joined(image, people[: self.poses])
        self._seconds = self._seconds + STEP if time_ms is None else time_ms / 1000
        found = self._follow(image, time_ms)
        if len(found) < self.poses:
            self._turn = (self._turn + 1) % len(boxes)
            others = self._search(painted_over(image, found), [boxes[self._turn]])
            for one in once(found + others)[len(found) : self.poses]:
                lost = min(self._followers, key=lambda follower: follower.seconds)
                lost.box, lost.seconds = square_around(one), self._seconds
        return joined(image, found)

    def _search(self, image, boxes) -> list[Detection]:
        """All people in squares of an image, the surest first."""
        people = [one for box in boxes for one in good(look(self._searcher, image, box))]
        return once(sorted(people, key=lambda one: -one.scores.mean()))

    def _follow(self, image, time_ms) -> list[Detection]:
        """Who had a good look; their squares go with them."""
        found = []
        for one in (one for one in self._followers if self._seconds - one.seconds <= LOST):
            seen = good(look(one.landmarker, image, one.box, time_ms))
            if len(once(found + seen)) > len(found):
                found += seen
                one.box = one.box + CALM * (square_around(seen[0]) - one.box)
                one.seconds = self._seconds
        return found

    def close(self):
        """Free MediaPipe's memory and threads."""
        for landmarker in (self._searcher, *(one.landmarker for one in self._followers)):
            landmarker.close()


def look(landmarker: BlazePose, image: np.ndarray, box, time_ms=None) -> Detection:
    """What a landmarker finds in a square (4,) of an image, in the image's pixels."""
    matrix = crop_matrix(box, SIDE)
    seen = landmarker.detect(warp(image, matrix, SIDE), time_ms)
    back = invert(matrix)
    places = {"keypoints": transform(back, seen.keypoints), "z": back[0, 0] * seen.z}
    return replace(seen, image=image, **places)


def good(seen: Detection) -> list[Detection]:
    """Each person of a look for themselves, if the look is good."""
    within = ((seen.keypoints >= 0) & (seen.keypoints < seen.size[::-1])).all(-1)
    sure = (seen.scores * within).sum(1) >= GOOD * np.maximum(within.sum(1), 1)
    people = [{name: getattr(seen, name)[[p]] for name in PARTS} for p in np.flatnonzero(sure)]
    return [replace(seen, **parts) for parts in people]


def once(people: list[Detection]) -> list[Detection]:
    """Those who are not found before, in this order, as somebody so similar that it is they."""
    points, kept = [common_joints(one)[0][0] for one in people], []
    for n, one in enumerate(points):
        if all(similarity(one, points[k]) < SAME for k in kept):
            kept.append(n)
    return [people[n] for n in kept]


def joined(image: np.ndarray, people: list[Detection]) -> Detection:
    """People of one image as one detection."""
    nobody = NullDetector().detect(image)
    parts = {n: np.concatenate([getattr(one, n) for one in (nobody, *people)]) for n in PARTS}
    return replace(nobody, **parts)


def square_around(person: Detection) -> np.ndarray:
    """(4,) the square of the next look at a person."""
    return square_box(keypoint_box(person.keypoints[0], padding=1), ROOM)


def painted_over(image: np.ndarray, people: list[Detection]) -> np.ndarray:
    """A copy of the image with a grey box over each person."""
    image = image.copy()
    for one in people:
        x1, y1, x2, y2 = np.maximum(keypoint_box(one.keypoints[0]), 0).astype(int)
        image[y1 : y2 + 1, x1 : x2 + 1] = GREY
    return image


def add_options(parser) -> None:
    """What ``posekit live`` takes for BlazePose besides."""
    parser.add_argument("--poses", type=int, default=1, metavar="N", help="at most N people")


def open_detector(model: None, video: bool, poses: int = 1, bundle=None) -> Detector:
    """The detector for ``posekit live``; ``model`` is None: there is only BlazePose."""
    return (BlazePose if poses == 1 else FollowedPeople)(bundle, poses, video)
