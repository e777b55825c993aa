"""Rendering people: images a second on one core, beside a renderer in plain NumPy.

The peer draws the same posed, dressed people from the same cameras with distance fields, as
one does without a drawing library: for each tapered limb, slice of the trunk, ball of the
head, hand and foot, the distance of every pixel to it, from which coverage and light follow.
It gets its people ready posed and draws them before a plain wall, without labels; posekit's
times are of whole samples: random person, pose, clothes, camera, light, picture and labels.

*pictures* are the painting alone, of people that are ready posed for both: the fair comparison
of the two ways to draw, which posekit's should win eighteen times over.
"""

import itertools

import measure
import numpy as np

from posekit.synthetic import People
from posekit.synthetic.drawing.fast_painting import BANDS, FastPainter
from posekit.synthetic.drawing.projection import ProjectedPeople
from posekit.synthetic.human.dressed_body import CHEST_RINGS, PELVIS_RINGS, TUBES, dress
from posekit.synthetic.human.joint_tree import INDEX
from posekit.synthetic.labels import Labels
from posekit.synthetic.scene.camera_placement import place_camera
from posekit.synthetic.scene.crowds import random_crowds
from posekit.synthetic.scene.light import Light

COUNT = 32


def posed_people(size: int) -> tuple[ProjectedPeople, Labels]:
    """Easy single people, projected, as `People` makes them."""
    rngs = [np.random.default_rng([0, n]) for n in range(COUNT)]
    appearances, posed, _ = random_crowds(rngs, 1, True)
    cameras = [
        place_camera(points, rng, (size, size), "easy") for points, rng in zip(posed.points, rngs)
    ]
    lights = [Light.random(rng, camera.position, plain=True) for rng, camera in zip(rngs, cameras)]
    projected = ProjectedPeople(dress(posed.body, appearances), posed, cameras, lights, BANDS)
    return projected, Labels(projected, projected.to_camera(posed.points), "lsp14", (size, size))


def solids(projected: ProjectedPeople, n: int) -> list[tuple]:
    """(depth, from, to, radius there, radius here, colour) in pixels of all parts, far first."""
    appearance, dressed, scale = projected.appearances[n], projected.dressed, projected.scale[n]
    colours = (
        [appearance.skin] * 8
        + [appearance.top] * 4
        + [appearance.bottom] * 4
        + [appearance.top] * 2
        + [appearance.skin]
    )
    parts = []
    for t in np.flatnonzero(dressed.worn[n]):
        outline, radii = projected.tube_outline[n, t] / 16, dressed.radii[n, t] * scale
        ends = (outline[0] + outline[12]) / 2, (outline[4] + outline[8]) / 2
        parts.append((projected.tube_depth[n, t], *ends, radii[0], radii[-1], colours[t]))
    assert len(colours) == TUBES
    for rings, depth, colour in (
        (PELVIS_RINGS, projected.pelvis_depth[n], appearance.bottom),
        (CHEST_RINGS, projected.chest_depth[n], appearance.top),
    ):
        stack = projected.ring[n, rings] / 16
        middle, half = stack.mean(1), np.ptp(stack[..., 0], axis=1) / 2
        parts += [
            (depth, *middle[r : r + 2], *half[r : r + 2], colour) for r in range(len(middle) - 1)
        ]
    unit = dressed.body.height[n] * scale
    for side in (0, 1):
        hand, foot = projected.hand[n, side].reshape(-1, 2) / 16, projected.foot[n, side, 1] / 16
        parts.append(
            (
                projected.hand_depth[n, side],
                projected.wrist[n, side] / 16,
                hand.mean(0),
                0.012 * unit,
                0.02 * unit,
                appearance.skin,
            )
        )
        parts.append(
            (
                projected.foot_depth[n, side],
                foot[:4].mean(0),
                foot[-4:].mean(0),
                0.02 * unit,
                0.02 * unit,
                appearance.shoes,
            )
        )
    skull = projected.pixels(projected.place[:, None, INDEX["head"]])[n, 0]
    for up, radius, colour in ((0.055, 0.052, appearance.hair), (0.03, 0.042, appearance.skin)):
        at = skull - [0, up * unit]
        parts.append(
            (projected.heads.depth[n, 0], at, at + [0, 1], radius * unit, radius * unit, colour)
        )
    return sorted(parts, key=lambda part: -part[0])


def distance_fields(size: int, parts: list[tuple], sun: np.ndarray) -> np.ndarray:
    """(size, size, 3) uint8: tapered capsules with smooth edges and light around them."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    image = np.full((3, size, size), 180, np.float32)
    for _, (ax, ay), (bx, by), wide, narrow, colour in parts:
        run, rise = np.float32(bx - ax), np.float32(by - ay)
        dx, dy = x - np.float32(ax), y - np.float32(ay)
        share = np.clip((dx * run + dy * rise) / (run * run + rise * rise + 1e-6), 0, 1)
        dx -= share * run
        dy -= share * rise
        radius = np.float32(wide) + np.float32(narrow - wide) * share
        square, reach = dx * dx + dy * dy, radius * radius
        cover = np.clip(radius - np.sqrt(square) + np.float32(0.5), 0, 1)
        out = np.sqrt(np.maximum(1 - square / reach, 0))
        facing = (dx * np.float32(sun[0]) + dy * np.float32(sun[1])) / radius
        facing -= out * np.float32(sun[2])
        lit = np.float32(0.62) + np.float32(0.5) * np.maximum(facing * 0.75 + 0.25, 0)
        for channel, value in zip(image, colour):
            channel += cover * (np.float32(value) * lit - channel)
    image = image.transpose(1, 2, 0)
    return np.clip(image, 0, 255).astype(np.uint8)


def rows(name: str, size: int, goal: float, **settings) -> list[dict]:
    """Whole samples of posekit's, beside distance fields of as many easy people."""
    people = People(0, 10**6, size, **settings)
    projected, _ = posed_people(size)
    dressed = [(solids(projected, n), projected.sun[n]) for n in range(COUNT)]
    each, ours = settings.get("people", 1), itertools.count()

    def batch():
        start = COUNT * next(ours) % 10_000
        people.batch(range(start, start + COUNT))

    figure = itertools.cycle(dressed)

    def fields():
        for _ in range(COUNT):
            parts, sun = next(figure)
            distance_fields(size, parts * each, sun)

    for start in range(0, 640, COUNT):  # the scenes are painted when first asked for
        people.batch(range(start, start + COUNT))
    return measure.compare(name, batch, {"NumPy distance fields": (fields, goal)}, rounds=9)


def pictures(size: int) -> list[dict]:
    """Painting alone."""
    projected, labels = posed_people(size)
    fast, walls = (
        FastPainter(projected, labels.boxes, (size, size)),
        np.full((COUNT, size, size, 3), 180),
    )
    walls, edges = walls.astype(np.uint8), [size - 20] * COUNT
    dressed = [(solids(projected, n), projected.sun[n]) for n in range(COUNT)]
    return measure.compare(
        f"render {COUNT} pictures easy {size}",
        lambda: fast.paint(walls.copy(), edges, labels.pixels),
        {"NumPy distance fields": (lambda: [distance_fields(size, *f) for f in dressed], 18)},
    )


def main():
    measure.one_thread()
    found = pictures(128)
    found += rows("render 32 samples easy 128", 128, 5, difficulty="easy")
    found += rows("render 32 samples normal 128", 128, 2)
    found += rows("render 32 samples normal 256, five people", 256, 9, people=5)
    measure.finish(found)


if __name__ == "__main__":
    main()
