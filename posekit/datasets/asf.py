"""Acclaim skeletons (``.asf``): a tree of bones, and where they are for given angles.

A bone has a direction and a length, the axes that it turns about, and its degrees of freedom.
Forward kinematics, after Lander's description of the formats (*Working with Motion Capture
File Formats*, Game Developer, January 1998): a bone turns by ``C R inv(C)`` relative to its
parent, ``R`` from its angles of the frame, ``C`` from its axes in the skeleton's own pose.

Angles are degrees. Lengths are in a unit of their own: a header's ``length 0.45`` says that
they are inches times 0.45.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from .folder import read_lines

INCH = 0.0254  # metres
ROOT = "root"


class Bone(NamedTuple):
    """One bone of a skeleton at rest."""

    name: str
    parent: str  # empty for the root
    offset: np.ndarray  # (3,) metres, from its near end to its far end
    axis: np.ndarray  # (3, 3) C, see the module
    dof: tuple[str, ...]  # of rx, ry, rz; for the root also tx, ty, tz, in the file's order


@dataclass(frozen=True)
class MocapSkeleton:
    """A skeleton: ``bones`` by name, parents first; ``unit`` metres a length of the files."""

    path: Path
    bones: dict[str, Bone]
    unit: float

    def positions(self, motion: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """(T, 3) metres, y up, of every bone's far end, for what `cmu_mocap.read_amc`
        gives: {bone: (T, its degrees of freedom)} degrees, and lengths for the root."""
        turns, ends = self.turns(motion), {}
        for name, bone in self.bones.items():
            if name == ROOT:
                values = motion.get(name)
                ends[name] = self.unit * _columns(bone, values, "t", len(turns[name]))
            else:
                ends[name] = ends[bone.parent] + turns[name] @ bone.offset
        return ends

    def turns(self, motion: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """(T, 3, 3) of every bone: from where it points when all angles are 0 to where it
        points now, both in world axes."""
        turns = {}
        for name, bone in self.bones.items():
            turn = _turns(bone, motion.get(name), len(motion[ROOT]))
            turns[name] = turn if name == ROOT else turns[bone.parent] @ turn
        return turns


def _columns(bone: Bone, values: np.ndarray | None, kind: str, frames: int) -> np.ndarray:
    """(T, 3) of a bone's values along or about x, y, z; zero where it has no such freedom."""
    columns = np.zeros((frames, 3))
    for i, dof in enumerate(bone.dof):
        if dof[0] == kind:
            columns[:, "xyz".index(dof[1])] = values[:, i]
    return columns


def _turns(bone: Bone, values: np.ndarray | None, frames: int) -> np.ndarray:
    """(T, 3, 3) the bone's turn relative to its parent: about x first, then y, then z."""
    from scipy.spatial.transform import Rotation

    angles = _columns(bone, values, "r", frames)
    own = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    return bone.axis @ own @ bone.axis.T


class _Lines:
    """The lines of a file as words, comments and empty ones left out, with their numbers."""

    def __init__(self, path: Path):
        self.path, self.number = path, 0
        self._lines = [
            (n, line.split())
            for n, line in enumerate(read_lines(path), 1)
            if line.split() and not line.lstrip().startswith("#")
        ]

    def sections(self):
        """(":units", [(line number, words), ...]) of each section."""
        name, body = "", []
        for number, words in self._lines:
            if words[0].startswith(":"):
                if name:
                    yield name, body
                name, body = words[0].lower(), [(number, words[1:])] if words[1:] else []
            else:
                body.append((number, words))
        if name:
            yield name, body

    def numbers(self, number: int, words: list[str], count: int) -> np.ndarray:
        """(count,) of the first words."""
        try:
            values = np.array([float(word) for word in words[:count]])
        except ValueError as error:
            raise self.fail(number, str(error)) from None
        if len(values) != count or not np.isfinite(values).all():
            raise self.fail(number, f"{count} finite numbers are wanted, and here is {words}")
        return values

    def fail(self, number: int, why: str) -> InputError:
        return InputError(f"{self.path}, line {number}: {why}.")


def read_asf(path: str | Path) -> MocapSkeleton:
    """A skeleton file; `InputError` names file and line of what is not as it should be."""
    path = Path(path)
    lines = _Lines(path)
    sections = dict(lines.sections())
    missing = {":units", ":root", ":bonedata", ":hierarchy"} - sections.keys()
    if missing:
        raise InputError(f"{path} is no skeleton file: it has no {min(missing)} section.")
    unit = _unit(lines, sections[":units"])
    parts = {ROOT: _root(lines, sections[":root"])}
    parts |= _bones(lines, sections[":bonedata"], unit)
    parents = _hierarchy(lines, sections[":hierarchy"], parts)
    bones = {name: Bone(name, parents.get(name, ""), *parts[name]) for name in (ROOT, *parents)}
    return MocapSkeleton(path, bones, unit)


def _unit(lines: _Lines, body) -> float:
    """Metres a length; an angle must be in degrees."""
    unit = INCH
    for number, (key, *words) in body:
        if key == "length":
            (length,) = lines.numbers(number, words, 1)
            if length <= 0:
                raise lines.fail(number, "the unit of length must be positive")
            unit = INCH / length
        elif key == "angle" and words[:1] != ["deg"]:
            raise lines.fail(number, f"angles in {' '.join(words)} are not read, only in deg")
    return unit


def _root(lines: _Lines, body):
    """(offset, axis, dof) of the root."""
    order, axis = (), np.eye(3)
    for number, (key, *words) in body:
        if key == "order":
            order = _dof(lines, number, words, "tr")
        elif key == "orientation":
            axis = _axis(lines.numbers(number, words, 3))
        elif key == "axis" and words[:1] != ["XYZ"]:
            raise lines.fail(number, f"axes in the order {words} are not read, only XYZ")
    if not order:
        raise InputError(f"{lines.path}: its :root section has no order of its values.")
    return np.zeros(3), axis, order


def _bones(lines: _Lines, body, unit: float) -> dict[str, tuple]:
    """{name: (offset, axis, dof)} of the bones between ``begin`` and ``end``."""
    bones, bone = {}, {}
    for number, (key, *words) in body:
        if key == "begin":
            bone = {"axis": np.eye(3), "dof": ()}
        elif key == "name" and words:
            bone["name"] = words[0]
        elif key == "direction":
            bone["direction"] = lines.numbers(number, words, 3)
        elif key == "length":
            (bone["length"],) = lines.numbers(number, words, 1)
        elif key == "axis":
            if words[3:] != ["XYZ"]:
                raise lines.fail(number, f"axes in the order {words[3:]} are not read, only XYZ")
            bone["axis"] = _axis(lines.numbers(number, words, 3))
        elif key == "dof":
            bone["dof"] = _dof(lines, number, words, "r")
        elif key == "end":
            missing = {"name", "direction", "length"} - bone.keys()
            if missing or bone["name"] in bones:
                raise lines.fail(
                    number,
                    f"this bone has no {min(missing)}"
                    if missing
                    else f"{bone['name']} stands twice",
                )
            offset = bone["direction"] * bone["length"] * unit
            bones[bone["name"]] = (offset, bone["axis"], bone["dof"])
    return bones


def _hierarchy(lines: _Lines, body, parts) -> dict[str, str]:
    """{bone: parent}, parents first."""
    parents = {}
    for number, words in body:
        if words[0] in ("begin", "end"):
            continue
        parent, *children = words
        if parent != ROOT and parent not in parents:
            raise lines.fail(number, f"{parent} has children before it is a child itself")
        for child in children:
            if child not in parts or child in parents or child == ROOT:
                raise lines.fail(number, f"{child} is no bone of this file, or stands twice")
            parents[child] = parent
    loose = parts.keys() - parents.keys() - {ROOT}
    if loose:
        raise InputError(f"{lines.path}: {min(loose)} is a bone without a place in the hierarchy.")
    return parents


def _dof(lines: _Lines, number: int, words, kinds: str) -> tuple[str, ...]:
    dof = tuple(word.lower() for word in words)
    known = {kind + axis for kind in kinds for axis in "xyz"}
    if not known.issuperset(dof) or len(set(dof)) != len(dof):
        raise lines.fail(
            number,
            f"{' '.join(words)} are no degrees of freedom that are read: "
            f"{', '.join(sorted(known))}",
        )
    return dof


def _axis(angles: np.ndarray) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    return Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
