"""Draw the part affinity field of one limb: unit vectors near its segment."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def limb_field(start, end, shape, width):
    """(2, h, w): x and y of the unit vector from start to end, 0 away from the limb.

    start, end: (2,) x and y in cells. shape: (h, w) of the map. width: a cell belongs to the
    limb if its centre is at most this far, in cells, from the segment between start and end.
    A limb without length, or with an end of NaN, has no direction: its field is 0 everywhere.
    """
    field = np.zeros((2, *shape))
    length = np.hypot(*(end - start))
    if not length > 0:  # this holds for NaN too
        return field
    unit = (end - start) / length
    y, x = np.mgrid[: shape[0], : shape[1]]
    right, down = x - start[0], y - start[1]
    along = np.clip(right * unit[0] + down * unit[1], 0, length)  # to the segment's nearest point
    distance = np.hypot(right - along * unit[0], down - along * unit[1])
    field[:, distance <= width] = unit[:, None]
    return field


# What is said where a case fails.
LEVEL = (
    "The field is (1, 0) at all cells that are at most 1.2 away from the segment between (2, 3) "
    "and (8, 3), and (0, 0) at every other cell."
)
UPRIGHT = "This limb points down the map, so its unit vector is (0, 1): y grows downwards."
SLANTED = (
    "The distance to a segment: project the cell onto the line, keep the projection between the "
    "two ends, and measure the distance from there. Do not round the ends to whole cells."
)
DIRECTION = "The vector points from `start` to `end`, so it changes its sign with their order."
NARROW = "`width` is the distance from the segment to each side."
EXACT = "A cell at a distance of exactly `width` belongs to the limb: `<=`, and not `<`."
INTEGERS = "The ends may be arrays of whole numbers: do not divide in place, write `a = a / b`."
OUTSIDE = "A joint may lie outside the map: draw the part of the limb that is inside."
POINT = (
    "A limb without length has no direction, and 0 / 0 is NaN: return a field of zeros. One NaN "
    "in a target makes the whole loss NaN."
)
UNLABELLED = "An end of NaN is an unlabelled joint: return a field of zeros."


def _cases(rng):
    start, end, shape = rng.uniform(3, 6, 2), rng.uniform((12, 8), (16, 11)), (14, 20)
    left, right, low = np.array([2.0, 3.0]), np.array([8.0, 3.0]), np.array([2.0, 6.0])
    yield Case("a limb from (2, 3) to (8, 3)", (left, right, (8, 12), 1.2), LEVEL)
    yield Case("a limb that points down", (left, low, (8, 12), 1.2), UPRIGHT)
    yield Case("a slanted limb between the cells", (start, end, shape, 1.3), SLANTED)
    yield Case("the same limb, the other way", (end, start, shape, 1.3), DIRECTION)
    yield Case("the same limb, narrower", (start, end, shape, 0.7), NARROW)
    yield Case("cells exactly `width` away", (left, right, (8, 12), 1.0), EXACT)
    whole = (np.array([3, 9]), np.array([7, 2]), (12, 12), 1.1)
    yield Case("ends that are whole numbers", whole, INTEGERS)
    yield Case("an end outside the map", (start, end + [12.0, 3.0], shape, 1.3), OUTSIDE)
    yield Case("both ends at one place", (start, start.copy(), shape, 1.3), POINT)
    yield Case("an unlabelled end", (start, np.full(2, np.nan), shape, 1.3), UNLABELLED)


def _limb_field(start, end, shape, inside):
    """The field of another set of cells, as the common mistakes need it.

    ``inside`` says from x, y, the way along the limb, the distance from its line and the limb's
    length which cells have the vector.
    """
    step = (end - start).astype(float)
    length = np.hypot(*step)
    unit = step / length
    y, x = np.mgrid[: shape[0], : shape[1]]
    right, down = x - start[0], y - start[1]
    along = right * unit[0] + down * unit[1]
    across = np.abs(right * unit[1] - down * unit[0])
    cells = inside(x, y, along, across, length)
    return np.where(cells & np.isfinite(length), unit[:, None, None], 0)


def _line(start, end, shape, width):
    return _limb_field(start, end, shape, lambda x, y, along, across, length: across <= width)


def _flat_ends(start, end, shape, width):
    def inside(x, y, along, across, length):
        return (across <= width) & (along >= 0) & (along <= length)

    return _limb_field(start, end, shape, inside)


def _box(start, end, shape, width):
    low, high = np.minimum(start, end) - width, np.maximum(start, end) + width

    def inside(x, y, along, across, length):
        return (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1])

    return _limb_field(start, end, shape, inside)


def _nan_for_a_point(start, end, shape, width):
    """The mask as a factor: 0 times NaN is NaN."""
    length = np.hypot(*(end - start))
    unit = (end - start) / length
    return limb_field(start, end, shape, width).any(0) * unit[:, None, None]


EXERCISE = Exercise(
    limb_field,
    "Draw the part affinity field of one limb: unit vectors near its segment.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda s, e, z, w: limb_field(s, e, z, w) * np.nan_to_num(np.hypot(*(e - s))),
            "Your vectors are as long as the limb: divide by its length. Otherwise a tall person "
            "would have a stronger field than a small one.",
        ),
        CommonMistake(
            lambda s, e, z, w: limb_field(s, e, z, w)[::-1],
            "You exchange the two components: map 0 is x, map 1 is y.",
        ),
        CommonMistake(
            lambda s, e, z, w: -limb_field(s, e, z, w),
            "Your vectors point from `end` to `start`: turn them round.",
        ),
        CommonMistake(
            _line,
            "You draw the whole line through the two joints: the limb ends at its joints, so "
            "keep the projection between 0 and the length.",
        ),
        CommonMistake(
            lambda s, e, z, w: limb_field(s[::-1], e[::-1], z, w)[::-1],
            "Your limb lies at the transposed place: a point is (x, y), and a map is indexed "
            "[row, column] = [y, x].",
        ),
        CommonMistake(
            lambda s, e, z, w: limb_field(s[::-1], e[::-1], z, w),
            "You exchange x and y everywhere: `np.mgrid` gives the rows, y, first.",
        ),
        CommonMistake(
            lambda s, e, z, w: limb_field(s, e, z[::-1], w),
            "You exchange height and width: `shape` is (h, w).",
        ),
        CommonMistake(
            lambda s, e, z, w: np.moveaxis(limb_field(s, e, z, w), 0, -1),
            "You put the two components last: the shape is (2, h, w), as of any two maps.",
        ),
        CommonMistake(
            _box,
            "You fill the box around the limb: the limb has the cells that are near its segment.",
        ),
        CommonMistake(
            _flat_ends,
            "Your limb ends at the joints with a straight edge, as in OpenPose's paper. Here every "
            "cell counts that is near the segment, so both ends are round.",
        ),
        CommonMistake(
            lambda s, e, z, w: limb_field(s, e, z, w / 2),
            "You take `width` for the whole breadth of the limb: it is the distance to each side.",
        ),
        CommonMistake(
            lambda s, e, z, w: limb_field(np.round(s), np.round(e), z, w),
            "You round the joints to whole cells, which turns the limb a little: leave them as "
            "they are.",
        ),
        CommonMistake(_nan_for_a_point, POINT),
    ),
    hints=(
        "Make two arrays of the cells' places with `y, x = np.mgrid[:h, :w]`, and the unit vector "
        "`(end - start) / length`. Return zeros first of all where the length is not above 0.",
        "How far along the limb is a cell? `along = (x - start[0]) * unit[0] + (y - start[1]) * "
        "unit[1]`. Keep it between 0 and the length with `np.clip`: then `start + along * unit` is "
        "the nearest point of the segment.",
        "`field[:, distance <= width] = unit[:, None]` writes the vector into all cells of the "
        "limb, where `distance` is the cell's distance from that nearest point.",
    ),
    explanation="`np.clip` is what makes a segment of the line: cells beside the limb keep their "
    "projection, cells beyond an end are measured from that joint. OpenPose's paper uses a "
    "rectangle without the round ends; a network cannot see the difference. posekit draws all "
    "limbs of all people at once, row by row, and averages the vectors where two people's limbs "
    "of one kind overlap.",
)
