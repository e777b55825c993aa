"""People that need no download: rendered, articulated, with exact ground truth.

>>> from posekit.synthetic import People
>>> sample = People(seed=0, count=10, size=128)[3]
>>> sample.keypoints.shape, sample.image.shape
((1, 14, 2), (128, 128, 3))

Sample ``i`` of seed ``s`` is the same whatever was drawn before it. `VERSION` changes when the
pictures or the labels of a given seed do, so that figures measured on them can be compared.
"""

from ..cameras import Camera
from .clips import Clips
from .human.body import Body
from .lens import through_lens
from .mocap import mocap_clip
from .motion.actions import ACTIONS as _ACTIONS
from .people import People
from .settings import DIFFICULTIES
from .views import Views

VERSION = "1.0"
ACTIONS = tuple(_ACTIONS)

__all__ = [
    "ACTIONS",
    "DIFFICULTIES",
    "VERSION",
    "Body",
    "Camera",
    "Clips",
    "People",
    "Views",
    "mocap_clip",
    "through_lens",
]
