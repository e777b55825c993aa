"""People that need no download: rendered, articulated, with exact ground truth.

>>> from posekit.synthetic import People
>>> sample = People(seed=0, count=10, size=128)[3]
>>> sample.keypoints.shape, sample.image.shape
((1, 14, 2), (128, 128, 3))

Sample ``i`` of seed ``s`` is the same whatever was rendered before it. `VERSION` changes when the
images or the labels of a given seed do, so that figures measured on them can be compared.

Outside this package, only the names below are used. Inside it, an image comes about in four
folders, and each imports only from those before it (a test holds that):

    human     one person: joints, body, appearance, surface
    motion    poses, actions, recorded motion
    scene     cameras, light, backdrops, things, and who stands where
    drawing   projection, polygons, shadows, photo effects

The files beside the folders make whole samples of these: `people`, `clips`, `crowd_clips` and
`views` are what one asks for, `labels`, `joint_visibility` and `hidden_people` say what is known
of each person, `lens` and `mocap` add a lens and recorded motion, `disturbances` what hides and
blurs; `motions` are joints in space alone, and `landmarks` are recordings as MediaPipe gives
them. `random_generators`, which imports nothing of the rest, is for all.
"""

from ..cameras import Camera
from .clips import BACKGROUNDS, Clips
from .crowd_clips import CrowdClips
from .disturbances import middle_frames, motion_blurred, panned, passing_things
from .human.body import Body
from .landmarks import landmark_recordings
from .lens import through_lens
from .mocap import mocap_clip
from .motion.actions import ACTIONS as _ACTIONS
from .motion.actions import IN_TURN
from .motions import Motions, random_camera, recorded_motions, seen_by
from .people import People
from .repetitions import repetitions
from .settings import DIFFICULTIES
from .views import Views

VERSION = "1.0"
ACTIONS = tuple(_ACTIONS)

__all__ = [
    "ACTIONS",
    "BACKGROUNDS",
    "DIFFICULTIES",
    "IN_TURN",
    "VERSION",
    "Body",
    "Camera",
    "Clips",
    "CrowdClips",
    "Motions",
    "People",
    "Views",
    "landmark_recordings",
    "middle_frames",
    "mocap_clip",
    "motion_blurred",
    "panned",
    "passing_things",
    "random_camera",
    "recorded_motions",
    "repetitions",
    "seen_by",
    "through_lens",
]
