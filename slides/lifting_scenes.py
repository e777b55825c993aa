"""Who appears in deck 08: a rendered person who throws a ball, and others, lifted by `lifter`.

>>> scene = lifting_scenes.throw()            # rendered once for all pictures of the deck
>>> scene.lifted.shape                        # metres about the pelvis, as the network has them
(48, 15, 3)
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import cv2
import matplotlib.pyplot as plt
import numpy as np

from posekit import checkpoints, lifting, metrics, plots, skeletons, synthetic
from posekit import lifting_scores as scores
from posekit.cameras import Camera
from posekit.data.sample import Clip
from posekit.data.takes import Take, in_camera, in_units, take_of
from slides import sketch
from slides.sketch import BLUE, INK, QUIET, VERMILION

BODY = skeletons.get("humaneva15")
ROOT = BODY.index("pelvis")
MOMENT = 29  # the frame of the throw that is shown alone
LIGHT = {"left": "#56B4E9", "right": "#FF9A4D", "centre": "#FFFFFF"}  # on the dark first slide


class Scene(NamedTuple):
    """A clip, its joints on the image and in space, and what the network makes of them."""

    clip: Clip
    take: Take
    lifted: np.ndarray  # (T, 15, 3) metres about the pelvis


@lru_cache
def network():
    """The checkpoint `lifter` and its card."""
    return checkpoints.load_pretrained("lifter")


def lift(take: Take, **options) -> np.ndarray:
    """(T, 15, 3) metres about the pelvis: the network's answer to a take."""
    model, card = network()
    points = in_units(take.points, card["units"], take.size, ROOT)
    return lifting.lift(model, points, BODY.name, **options)


@lru_cache
def throw() -> Scene:
    clip = synthetic.Clips(6, 1, 48, 320, "humaneva15", "baseball_pitch", 30)[0]
    take = take_of(clip)
    return Scene(clip, take, lift(take))


def turned(joints, degrees: float):
    """Joints (..., 3) turned about the vertical of the camera."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return joints @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


def stand(ax, joints, degrees: float = 0, reach: float = 1.1, **options):
    """A pose (15, 3) about its pelvis, turned, drawn without its depth on bare axes."""
    plots.show_pose(ax, turned(joints, degrees)[:, :2], None, BODY, **options)
    ax.set(xlim=(-reach, reach), ylim=(reach, -reach), aspect="equal")
    ax.set_axis_off()


# --------------------------------------------------------------------------- first pictures
def _tilted(points, degrees: float, above: float = 16):
    """Points (..., 3) turned about the vertical and seen from above: (..., 2)."""
    c, s, up = np.cos(np.radians(above)), np.sin(np.radians(above)), turned(points, degrees)
    return np.stack([up[..., 0], up[..., 1] * c - up[..., 2] * s], -1)


def _glow(ax, points, width: float):
    """A skeleton (15, 2) in the colours of the dark slide."""
    for (a, b), side in zip(BODY.limb_indices, BODY.limb_sides):
        style = "--" if side == "right" else "-"
        ax.plot(*points[[a, b]].T, style, color=LIGHT[side], linewidth=width)


def hero():
    """A camera, rays through the joints on its image to the joints in space; these, turned."""
    joints = throw().lifted[MOMENT]
    space = joints + [0, 0, 2.5]
    fig = plt.figure(figsize=(4.8, 5.6))
    ax, below = fig.add_axes((0, 0.38, 1, 0.62)), fig.add_axes((0, 0, 1, 0.36))
    for point in space:
        ends = _tilted(np.stack([0 * point, point]), 52)
        ax.plot(*ends.T, color="#7C90A0", linewidth=0.9)
    corners = np.array([[-1, -1, 2], [1, -1, 2], [1, 1, 2], [-1, 1, 2]]) * [0.5, 0.5, 0.5]
    ax.fill(*_tilted(corners, 52).T, facecolor="#FFFFFF22", edgecolor="#9FB2BF", linewidth=1.5)
    _glow(ax, _tilted(space / space[:, 2:], 52), 2)
    _glow(ax, _tilted(space, 52), 5)
    ax.plot(0, 0, "o", color="#FFFFFF", markersize=13)
    for n, degrees in enumerate((0, 60, 120)):
        _glow(below, _tilted(joints, degrees) + [1.75 * n, 0], 4)
    for part in (ax, below):
        part.set_aspect("equal")
        part.invert_yaxis()
        part.set_axis_off()
    return fig


def twins():
    """The image of one moment, and three poses that have this image."""
    scene = throw()
    pose = in_camera(scene.clip)[MOMENT, 0]
    pixels = scene.clip.camera.project(pose, "camera")
    behind = 2 * pose[ROOT, 2] - pose[:, 2]  # as far from the camera as the other was near
    others = {
        "the true pose": pose,
        "along the rays": scene.clip.camera.unproject(pixels, behind, "camera"),
        "twice as large and far": 2 * pose,
    }
    fig, axes = sketch.panels(11.4, 3.8, 4)
    sketch.picture(axes[0], scene.clip.frames[MOMENT], pixels, skeleton=BODY).set_axis_off()
    axes[0].set_title("one image")
    apart = []
    for ax, (name, other) in zip(axes[1:], others.items()):
        side = turned(other, 90)
        plots.show_pose(ax, side[:, :2], None, BODY, width=4)
        low, high = side[:, :2].min(0), side[:, :2].max(0)
        middle, reach = (low + high) / 2, 1.55
        ax.set(xlim=middle[0] + np.array([-reach, reach]), aspect="equal")
        ax.set(ylim=middle[1] + np.array([reach, -reach]))
        ax.set_title(name)
        apart.append(np.abs(scene.clip.camera.project(other, "camera") - pixels).max())
    return fig, f"From the side. Their images differ by {max(apart):.2f} pixels at most"


def motivation():
    """Rendered people: clothes, views, and limbs that are hidden."""
    people = synthetic.People(11, 40, 300, "humaneva15", difficulty="hard")
    fig, axes = sketch.panels(11.4, 2.9, 4)
    for ax, n in zip(axes, (9, 12, 16, 21)):
        sketch.picture(ax, people[n].image).set_axis_off()
    return fig, "Clothes, views, light, hidden limbs: rendered people as the networks meet them"


def distances():
    """The pose from three distances, with a focal length that keeps its pelvis as large."""
    pose = in_camera(throw().clip)[MOMENT, 0]
    fig, axes = sketch.panels(11.4, 4.2, 3)
    for ax, metres in zip(axes, (1.5, 3, 20)):
        matrix = np.array([[150 * metres, 0, 200], [0, 150 * metres, 200], [0, 0, 1]])
        seen = Camera(matrix).project(pose - pose[ROOT] + [0, 0, metres], "camera")
        plots.show_pose(ax, seen, None, BODY, width=5)
        ax.set(xlim=(75, 315), ylim=(342, 90), aspect="equal")
        ax.set_title(f"{metres:g} m away, f = {150 * metres:,.0f}")
    return fig, "The same pose. From near by, what points at the camera becomes longer"


# ----------------------------------------------------------------------------- applications
def _placed(joints, points):
    """A lifted pose on the image, by the scale and the shift that fit best, and the scale."""
    flat, seen = joints[:, :2] - joints[:, :2].mean(0), points - points.mean(0)
    scale = (flat * seen).sum() / (flat**2).sum()
    return scale * flat + points.mean(0), scale


def _plate(ax, ends, width: float, colour: str, order: float):
    way = ends[1] - ends[0]
    across = np.array([way[1], -way[0]]) * width / max(np.hypot(*way), 1)
    corners = [ends[0] + across, ends[1] + 0.6 * across, ends[1] - 0.6 * across, ends[0] - across]
    ax.add_patch(plt.Polygon(corners, facecolor=colour, edgecolor=INK, linewidth=1.2, zorder=order))


def costume():
    """Two frames of the throw with a plate on each limb; the nearer one covers the others."""
    scene, trunk = throw(), (ROOT, BODY.index("thorax"))
    colours = {"left": BLUE, "right": VERMILION, "centre": "#E69F00"}
    fig, axes = sketch.panels(5.6, 3.9, 2)
    for ax, t in zip(axes, (12, 40)):
        joints, points = scene.lifted[t], scene.take.points[t]
        where, scale = _placed(joints, points)
        sketch.picture(ax, scene.clip.frames[t]).set_axis_off()
        for (a, b), side in zip(BODY.limb_indices, BODY.limb_sides):
            width = scale * (0.2 if (a, b) == trunk else 0.075)
            _plate(ax, where[[a, b]], width, colours[side], 10 - joints[[a, b], 2].mean())
        head = where[BODY.index("head")]
        ax.add_patch(plt.Circle(head, 0.14 * scale, facecolor="0.8", edgecolor=INK, zorder=20))
        ax.set(xlim=points[:, 0].mean() + np.array([-93, 93]))
        ax.set(ylim=points[:, 1].mean() + np.array([130, -130]))
    return fig, "A costume: depth says which plate covers which"


ARM = (0.28 * np.array([-1.0, 0, 0]), 0.28 * np.array([0, -1.0, 0]))  # out, and up
MARSHAL = (("left", (ARM[0], ARM[0])), ("right", (ARM[0], ARM[1])))  # upper arm, forearm


def _facing(joints):
    """Joints (15, 3) turned about the vertical until the hips face the camera."""
    across = joints[BODY.index("left_hip")] - joints[BODY.index("right_hip")]
    return turned(joints, np.degrees(np.arctan2(across[2], across[0])))


def marshal():
    """(15, 3) a person who faces us and signals a turn: one arm level, one forearm up."""
    motion = synthetic.Motions(90, 1, 1, action="stand")[0]
    body = in_camera(motion)[0, 0]
    body = _facing(body - body[ROOT])
    for side, bones in MARSHAL:
        flip = np.array([-1 if side == "left" else 1, 1, 1])
        parts = [BODY.index(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist")]
        for a, b, bone in zip(parts, parts[1:], bones):
            body[b] = body[a] + flip * bone
    return body


def marshaller():
    """A signal seen from three sides, and below what was lifted, turned to face us again."""
    body, sides = marshal(), (0, 40, 80)
    camera = Camera(np.array([[400.0, 0, 200], [0, 400, 200], [0, 0, 1]]))
    fig, axes = plt.subplots(2, 3, figsize=(5.6, 3.9), layout="constrained")
    for (above, below), side in zip(axes.T, sides):
        pixels = camera.project(turned(body, side) + [0, 0, 4], "camera")
        frames = np.repeat(pixels[None], 13, 0)  # a signal is held for a while
        inputs = in_units(frames, network()[1]["units"], (400, 400), ROOT)
        found = lifting.lift(network()[0], inputs, BODY)[6]
        plots.show_pose(above, pixels, None, BODY, width=3, marker=4)
        above.set(xlim=(120, 280), ylim=(228, 100), aspect="equal", title=f"from {side}°")
        stand(below, _facing(found), 0, 0.9, width=3, marker=4)
        below.set(xlim=(-0.8, 0.8), ylim=(0.28, -1.0))
        above.set_axis_off()
    return fig, "A marshaller. Below: lifted, and turned to face us"


def _figure(joints, degrees: float, size: int):
    """(size, size, 3) a pose turned about the vertical, over a square metre of floor."""
    scale, blank = size / 2.6, np.full((size, size, 3), 245, np.uint8)
    floor = np.array([[-0.5, 0, -0.5], [0.5, 0, -0.5], [0.5, 0, 0.5], [-0.5, 0, 0.5]])
    floor[:, 1] = joints[:, 1].max()
    corners, points = (_tilted(part, degrees) * scale + size / 2 for part in (floor, joints))
    cv2.polylines(blank, [corners.round().astype(np.int32)], True, (170,) * 3, 1, cv2.LINE_AA)
    return plots.draw_pose(blank, points, None, BODY, thickness=2)


def live_clip():
    """The throw, frame by frame, and beside it the lifted skeleton, which turns."""
    scene, size, drawn = throw(), 280, []
    for t, (points, joints) in enumerate(zip(scene.take.points, scene.lifted)):
        frame = plots.draw_pose(scene.clip.frames[t], points, None, BODY, thickness=2)
        frame = cv2.resize(frame, (size, size), interpolation=cv2.INTER_AREA)
        drawn.append(np.hstack([frame, _figure(joints, 360 * t / len(scene.lifted), size)]))
    return np.stack(drawn), "Lifted from joints on the image: here the true ones"


def two_poses():
    """A true pose, and a predicted one that is turned and too large: for the exercise on P2."""
    true = throw().take.joints[MOMENT].astype(float)
    other, seen = 1.15 * turned(true, 35), np.ones(len(true))
    fig, ax = sketch.panels(4.9, 4.9)
    for a, b in BODY.limb_indices:
        ax.plot(*true[[a, b], :2].T, color=QUIET, linewidth=7, alpha=0.45)
    stand(ax, other, 0, 1.05, width=4)
    parts = other[None], true[None], seen[None]
    p1, p2 = metrics.mpjpe(*parts, root=ROOT).value, metrics.pa_mpjpe(*parts).value
    return fig, f"Grey: the truth. P1 {1000 * p1:.0f} mm, P2 {1000 * p2:.0f} mm"


def kinds_of_points(axes):
    """One moment of a walk with true points, with noise, and with a detector's faults."""
    take = take_of(synthetic.Motions(3, 1, 64, action="walk")[0])
    alone = take.points[:, None], take.seen[:, None]
    found = {
        kind: faults.apply(*alone, BODY, np.random.default_rng(4)).points[:, 0]
        for kind, faults in scores.POINTS.items()
    }
    off = np.linalg.norm(found["faults"] - take.points, axis=-1).mean(1)
    for ax, (kind, points) in zip(axes, found.items()):
        sketch.pose(ax, points[off.argmax()], BODY, width=5)
        ax.set_title(kind)
