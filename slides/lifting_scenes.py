"""Who appears in deck 08: a rendered person who throws a ball, and others, lifted by `lifter`.

>>> scene = lifting_scenes.throw()            # rendered once for all pictures of the deck
>>> scene.lifted.shape                        # metres about the pelvis, as the network has them
(48, 15, 3)
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from posekit import checkpoints, lifting, plots, skeletons, synthetic
from posekit import lifting_scores as scores
from posekit.cameras import Camera
from posekit.data.sample import Clip
from posekit.data.takes import Take, in_camera, in_units, take_of
from posekit.live.lift import draw_turned
from slides import sketch
from slides.sketch import BLUE, INK, VERMILION

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
def hero():
    """A camera, the joints on its image, the rays through them, and the joints in space."""
    place = np.array([0, 0, 3.4])
    space = throw().lifted[MOMENT] + place
    plane = space * 1.3 / space[:, 2:]
    (c, s), (up, above) = ((np.cos(a), np.sin(a)) for a in np.radians((58, 16)))
    view = np.array([[c, 0, s], [s * above, up, -c * above]])
    fig, ax = sketch.panels(4.8, 5.6)
    for point in space:
        ax.plot(*(view @ np.stack([0 * point, point]).T), color="#7C90A0", linewidth=0.9)
    corners = np.array([[-0.45, -0.5, 1.3], [0.45, -0.5, 1.3], [0.45, 0.5, 1.3], [-0.45, 0.5, 1.3]])
    ax.fill(*(view @ corners.T), facecolor="#FFFFFF22", edgecolor="#9FB2BF", linewidth=1.5)
    for points, width in ((plane, 2), (space, 5)):
        for (a, b), side in zip(BODY.limb_indices, BODY.limb_sides):
            style = "--" if side == "right" else "-"
            ends = view @ points[[a, b]].T
            ax.plot(*ends, style, color=LIGHT[side], linewidth=width, solid_capstyle="round")
    ax.plot(0, 0, "o", color="#FFFFFF", markersize=13)
    ax.set_aspect("equal")
    ax.invert_yaxis()
    return fig


def twins():
    """The image of one moment, and three poses that have this image."""
    scene = throw()
    pose = in_camera(scene.clip)[MOMENT, 0]
    pixels = scene.clip.camera.project(pose, "camera")
    behind = 2 * pose[ROOT, 2] - pose[:, 2]  # as far from the camera as the other was near
    others = {
        "the true pose": pose,
        "moved along the rays": scene.clip.camera.unproject(pixels, behind, "camera"),
        "twice as large and far": 2 * pose,
    }
    fig, axes = sketch.panels(11.4, 3.7, 4)
    sketch.picture(axes[0], scene.clip.frames[MOMENT], pixels, skeleton=BODY).set_axis_off()
    axes[0].set_title("one image")
    apart = []
    for ax, (name, other) in zip(axes[1:], others.items()):
        stand(ax, other - other[ROOT], 90, 1.75, width=4)
        ax.set_title(name)
        apart.append(np.abs(scene.clip.camera.project(other, "camera") - pixels).max())
    return fig, f"From the side. Their images differ by {max(apart):.2f} pixels at most"


def motivation():
    """Rendered people: clothes, views, and limbs that are hidden."""
    people = synthetic.People(11, 40, 300, "humaneva15", difficulty="hard")
    fig, axes = sketch.panels(11.4, 2.9, 4)
    for ax, n in zip(axes, (3, 5, 8, 12)):
        sketch.picture(ax, people[n].image).set_axis_off()
    return fig, "Clothes, views, light, hidden limbs: rendered people as the networks meet them"


def distances():
    """The pose from three distances, with a focal length that keeps its pelvis as large."""
    pose = in_camera(throw().clip)[MOMENT, 0]
    fig, axes = sketch.panels(11.4, 3.6, 3)
    for ax, metres in zip(axes, (1.5, 3, 20)):
        matrix = np.array([[150 * metres, 0, 200], [0, 150 * metres, 200], [0, 0, 1]])
        seen = Camera(matrix).project(pose - pose[ROOT] + [0, 0, metres], "camera")
        plots.show_pose(ax, seen, None, BODY, width=4)
        ax.set(xlim=(0, 400), ylim=(400, 0), aspect="equal")
        ax.set_title(f"{metres:g} m away, f = {150 * metres:.0f}")
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
    """Three frames of the throw with a plate on each limb; the nearer one covers the others."""
    scene, trunk = throw(), (ROOT, BODY.index("thorax"))
    colours = {"left": BLUE, "right": VERMILION, "centre": "#E69F00"}
    fig, axes = sketch.panels(5.6, 2.9, 3)
    for ax, t in zip(axes, (4, 20, 40)):
        joints, points = scene.lifted[t], scene.take.points[t]
        where, scale = _placed(joints, points)
        sketch.picture(ax, scene.clip.frames[t]).set_axis_off()
        for (a, b), side in zip(BODY.limb_indices, BODY.limb_sides):
            width = scale * (0.2 if (a, b) == trunk else 0.075)
            _plate(ax, where[[a, b]], width, colours[side], 10 - joints[[a, b], 2].mean())
        head = where[BODY.index("head")]
        ax.add_patch(plt.Circle(head, 0.14 * scale, facecolor="0.8", edgecolor=INK, zorder=20))
        ax.set(xlim=points[:, 0].mean() + np.array([-90, 90]))
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
        above.set(xlim=(100, 300), ylim=(260, 100), aspect="equal", title=f"from {side}°")
        stand(below, _facing(found), 0, 0.9, width=3, marker=4)
        below.set(xlim=(-1, 1), ylim=(0.6, -1.0))
        above.set_axis_off()
    return fig, "A marshaller. Below: lifted, and turned to face us"


def live_clip():
    """The throw, frame by frame, and beside it the lifted skeleton, which turns."""
    scene = throw()
    drawn = []
    for t, (points, joints) in enumerate(zip(scene.take.points, scene.lifted)):
        frame = plots.draw_pose(scene.clip.frames[t], points, None, BODY, thickness=2)
        drawn.append(np.hstack([frame, draw_turned(joints, BODY, 360 * t / 48, len(frame))]))
    return np.stack(drawn), "Joints on the image: here the true ones"


def kinds_of_points(axes):
    """One moment of a walk with true points, with noise, and with a detector's faults."""
    take = take_of(synthetic.Motions(3, 1, 64, action="walk")[0])
    alone = take.points[:, None], take.seen[:, None]
    found = {
        kind: faults.apply(*alone, BODY, np.random.default_rng(1)).points[:, 0]
        for kind, faults in scores.POINTS.items()
    }
    t = np.linalg.norm(found["faults"] - take.points, axis=-1).mean(1).argmax()
    for ax, (kind, points) in zip(axes, found.items()):
        sketch.pose(ax, points[t], BODY, width=4)
        ax.set_title(kind)
