"""CMU's motion capture: skeletons (``.asf``, see `posekit.datasets.asf`) and motions (``.amc``).

An ``.amc`` file gives, for every frame, the root's place and turn and the angles of every
bone that can move. In the files y is up; `CMUMocap` turns it, so that its clips are in ``world``
axes as everywhere: z up. A second has 120 frames, which the files do not say, but the data
set's site does. With the inches of the skeleton's header people come out at 1.5 to 1.6 m from
the ankles to the top of the head, and their ankles at their lowest 5 to 9 cm above y = 0, the
floor: the unit is right.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import skeletons
from ..cameras import Z_UP, Camera
from ..data.sample import Clip
from ..errors import InputError
from .asf import ROOT, MocapSkeleton, forced_dof, read_asf
from .clips import ClipReader
from .folder import listed
from .label_files import MOST, text_lines

FPS, SIZE, FOCAL = 120, (480, 640), 600.0
LEAST_SHARE = 0.25  # of the bones: what knows fewer is no person

# A joint is the far end of a bone. There is no nose, and it stays missing.
ENDS = {
    "pelvis": ROOT,
    "spine": "upperback",
    "thorax": "thorax",
    "head_top": "head",
    "right_hip": "rhipjoint",
    "right_knee": "rfemur",
    "right_ankle": "rtibia",
    "left_hip": "lhipjoint",
    "left_knee": "lfemur",
    "left_ankle": "ltibia",
    "left_shoulder": "lclavicle",
    "left_elbow": "lhumerus",
    "left_wrist": "lradius",
    "right_shoulder": "rclavicle",
    "right_elbow": "rhumerus",
    "right_wrist": "rradius",
}


class CMUMocap(ClipReader):
    """CMU's motions: ``subjects/01/01.asf`` and ``01_01.amc``; there is no official split.

    A clip has ``keypoints_3d`` (in ``extra``), metres in ``world`` axes (z up, and y where the
    files' -z is), and is seen by a ``camera`` of this reader's making (there were no pictures):
    it stands in front, looks along y, and is as far away as the whole motion needs. ``group`` is
    the subject, ``fps`` 120. What is done is not in the files: ``action`` is None, the site has a
    list.
    """

    native = "h36m17"
    splits = ()

    def _load(self) -> list[Path]:
        paths = listed(self.folder, "subjects/*/*.amc") or listed(self.folder, "*/*.amc")
        if not paths:
            raise InputError(f"{self.folder} holds no subjects/<number>/<number>_<take>.amc.")
        self._skeletons: dict[Path, MocapSkeleton] = {}
        return paths

    def _group(self, entry: Path) -> str:
        return entry.parent.name

    def _clip(self, entry: Path) -> Clip:
        asf = entry.parent / f"{entry.parent.name}.asf"
        if asf not in self._skeletons:
            self._skeletons[asf] = read_asf(asf)
        skeleton = self._skeletons[asf]
        ends = skeleton.positions(read_amc(entry, skeleton))
        wanted = {ENDS.get(joint) for joint in skeletons.get(self.native).joints} - {None}
        if len(wanted & ends.keys()) < LEAST_SHARE * len(wanted):
            raise InputError(
                f"{asf} has {len(wanted & ends.keys())} of the {len(wanted)} bones that make a "
                f"person here; it lacks {', '.join(sorted(wanted - ends.keys())[:4])}, ...: is it "
                "another program's skeleton? Rename its bones as CMU has them."
            )
        joints = joint_positions(ends, self.native) @ Z_UP.T
        camera = watching(joints)
        points = camera.project(joints)[:, None]
        return Clip(
            id=entry.stem,
            skeleton=self.native,
            keypoints=points,
            size=SIZE,
            fps=FPS,
            visible=np.where(np.isfinite(points).all(-1), 2, 0),
            group=self._group(entry),
            extra={"keypoints_3d": joints[:, None]},
            frame="world",
            camera=camera,
            occlusion_known=False,
        )


def joint_positions(ends: dict[str, np.ndarray], skeleton: str = "h36m17") -> np.ndarray:
    """(T, K, 3) metres, in the axes of the bone ends (y up); NaN for a joint without a bone."""
    missing = np.full_like(ends[ROOT], np.nan)
    names = (ENDS.get(joint) for joint in skeletons.get(skeleton).joints)
    return np.stack([ends.get(name, missing) for name in names], axis=1)


def watching(points: np.ndarray) -> Camera:
    """A camera in front of (T, K, 3) metres, z up, far enough away to have all in its image."""
    low, high = np.nanmin(points, axis=(0, 1)), np.nanmax(points, axis=(0, 1))
    height, width = SIZE
    middle, half = (low + high) / 2, (high - low) / 2
    distance = half[1] + 1.1 * FOCAL * max(half[0] / (width / 2), half[2] / (height / 2)) + 0.5
    turn = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # the image's y is down; it looks along y
    stand = middle - (0, distance, 0)
    matrix = [[FOCAL, 0, (width - 1) / 2], [0, FOCAL, (height - 1) / 2], [0, 0, 1]]
    return Camera(matrix, turn, -turn @ stand, SIZE)


# ------------------------------------------------------------------------------- the files
def read_amc(path: str | Path, skeleton: MocapSkeleton) -> dict[str, np.ndarray]:
    """{bone: (T, its degrees of freedom)} of a motion file: degrees, the root also lengths.

    A file whose header says ``:FORCE-ALL-JOINTS-BE-3DOF`` has three turns for every moving bone,
    see `posekit.datasets.asf.forced_dof`: they are (T, 3). Raises `InputError` with file and line
    where a bone is not the skeleton's, has another number of values, is missing on a frame or
    stands twice, or a value is no number.
    """
    path = Path(path)
    moving = {name: bone.dof for name, bone in skeleton.bones.items() if bone.dof}
    rows: dict[str, list[list[float]]] = {name: [] for name in moving}
    frame = number = 0
    for number, line in enumerate(text_lines(path), 1):
        words, where = line.split(), f"{path}, line {number}"
        if not words or words[0][0] in "#:":
            moving = _header(words, moving, frame, where)
        elif len(words) == 1 and words[0].isdecimal():
            _complete(rows, frame, where, skeleton.path)
            frame += 1
            if words[0].lstrip("0") != str(frame):
                raise InputError(f"{where}: frame {words[0]:.20} where frame {frame} should come.")
        else:
            _take(words, rows, moving, frame, where, skeleton.path)
    _complete(rows, frame, f"{path}, line {number}", skeleton.path)
    if frame == 0:
        raise InputError(f"{path} has no frame.")
    return {name: np.array(values) for name, values in rows.items()}


def _header(words: list[str], moving: dict, frame: int, where: str) -> dict:
    """The degrees of freedom, after one line that begins with # or : or is empty."""
    word = words[0].upper() if words else ""
    if word == ":RADIANS":
        raise InputError(f"{where}: angles in radians are not read.")
    if word == ":FORCE-ALL-JOINTS-BE-3DOF":
        if frame:
            raise InputError(f"{where}: {word} stands after the first frame.")
        return {name: forced_dof(dof) if name != ROOT else dof for name, dof in moving.items()}
    return moving


def _take(words, rows, moving, frame: int, where: str, asf: Path) -> None:
    """Add one line, a bone and its values, to the rows of its frame."""
    name = words[0]
    if name not in moving:
        raise InputError(
            f"{where}: {name} is no moving bone of {asf}: this is another skeleton's motion."
        )
    if len(words) - 1 != len(moving[name]):
        raise InputError(
            f"{where}: {name} has {len(words) - 1} values, and {len(moving[name])} degrees "
            f"of freedom in {asf}: this is another skeleton's motion."
        )
    if len(rows[name]) != frame - 1:
        raise InputError(f"{where}: {name} stands outside of a frame, or twice in one.")
    try:
        values = [float(word) for word in words[1:]]
    except ValueError as error:
        raise InputError(f"{where}: {error}.") from None
    if not all(abs(value) <= MOST for value in values):  # False for NaN
        raise InputError(f"{where}: {name} has a value that is not finite, or beyond {MOST:g}.")
    rows[name].append(values)


def _complete(rows, frame: int, where: str, asf: Path) -> None:
    missing = next((name for name, values in rows.items() if len(values) != frame), None)
    if missing:
        raise InputError(f"{where}: frame {frame} ends without {missing}, a moving bone of {asf}.")
