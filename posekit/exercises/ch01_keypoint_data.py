"""Exercises of chapter 01: names, flags, boxes, and the crop that every later chapter takes.

Each reference solution is an ordinary function, shown to the student as it stands here.
"""

from __future__ import annotations

import numpy as np

from .core import Case, CommonMistake, Exercise

LSP = [
    "right_ankle",
    "right_knee",
    "right_hip",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_wrist",
    "right_elbow",
    "right_shoulder",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "neck",
    "head_top",
]
FACE = ["nose", "left_eye", "right_eye", "left_ear", "right_ear"]
ODD = ["right_hand", "chin", "left_foot", "bright_spot", "left_hand", "leftover", "right_foot"]


def mirror_order(names):
    """For each joint, the index of its mirror image: left_knee for right_knee, nose for nose.

    names: a list of text. Returns (joints,) whole numbers.
    """

    def mirrored(name):
        if name.startswith("left_"):
            return "right_" + name[len("left_") :]
        if name.startswith("right_"):
            return "left_" + name[len("right_") :]
        return name

    return np.array([names.index(mirrored(name)) for name in names], dtype=int)


def _cases_mirror_order(rng):
    order = "Look each name up where it stands: every data set has an order of its own."
    return [
        Case(
            "two knees and a nose",
            (["left_knee", "right_knee", "nose"],),
            "The left knee's mirror image is the right knee; the nose is its own.",
        ),
        Case("the five points of COCO's face", (FACE,), order),
        Case("LSP's fourteen joints", (LSP,), order),
        Case("LSP's joints, shuffled", (list(rng.permutation(LSP)),), order),
        Case(
            "names that only look like sides",
            (ODD,),
            "`bright_spot` and `leftover` have no side: `left_` or `right_` must begin the name.",
        ),
        Case("no joints", ([],), "No joints: an array of shape (0,), of whole numbers."),
    ]


def _by_replace(names):
    """The usual short way, which meets `right` in the middle of a word."""
    swap = {
        name: name.replace("left", "#").replace("right", "left").replace("#", "right")
        for name in names
    }
    return np.array([names.index(swap[n]) if swap[n] in names else -1 for n in names], dtype=int)


_MIRROR_ORDER = Exercise(
    mirror_order,
    "Derive, from the joints' names, which joint each becomes in a mirror.",
    _cases_mirror_order,
    common_mistakes=(
        CommonMistake(
            lambda names: np.arange(len(names)),
            "You leave every joint where it is: after a flip the left knee would still be called "
            "left, in a picture where it is now a right one.",
        ),
        CommonMistake(
            lambda names: np.arange(len(names))[::-1].copy(),
            "You turn the order around. That is right for a set whose order happens to be "
            "symmetric, and for no other: go by the names.",
        ),
        CommonMistake(
            _by_replace,
            "You replace `left` and `right` anywhere in the name: `bright_spot` has a `right` in "
            "it too. Ask what the name begins with.",
        ),
    ),
    hints=(
        "Two steps: what is the mirror image's *name*, and where does that name stand?",
        '`name.startswith("left_")` tells the side, `"right_" + name[5:]` is the other name, '
        "and `names.index(other)` is its place. A name without a side is its own mirror image.",
        "Build a list over all names and make it an array: `np.array([...], dtype=int)`; the "
        "dtype matters for an empty list.",
    ),
    explanation="Tables of flip indices typed in by hand go wrong: one number, and a network "
    "learns with one shoulder swapped. Derived from the names they cannot, and applying the "
    "order twice gives every joint its own place again, which is a test worth having. In posekit "
    'this is `skeletons.get("lsp14").flip`.',
)


def to_coco(flags, source):
    """COCO's visibility (0 unlabelled, 1 occluded, 2 visible) from another data set's flags.

    flags: an array of any shape, NaN where the file has no flag. source: "coco", "lsp" (1 is
    occluded), "lspet" (1 is labelled) or "mpii" (1 is visible, 0 occluded, none: unlabelled).
    Returns whole numbers of the same shape. An unknown source is a ValueError.
    """
    flags = np.asarray(flags, dtype=float)
    if source == "coco":
        visible = flags
    elif source == "lsp":
        visible = np.where(flags == 1, 1, 2)
    elif source == "lspet":
        visible = np.where(flags == 1, 2, 0)
    elif source == "mpii":
        visible = np.where(flags == 1, 2, 1)
    else:
        raise ValueError(f"unknown source {source!r}")
    return np.where(np.isnan(flags), 0, visible).astype(int)


def _cases_to_coco(rng):
    crowd = rng.integers(0, 2, (3, 14))
    holes = np.where(rng.random((2, 16)) < 0.2, np.nan, rng.integers(0, 2, (2, 16)))
    one = np.array([0.0, 1.0])
    return [
        Case("LSP: 0 and 1", (one, "lsp"), "In LSP every joint is labelled, and 1 is *occluded*."),
        Case(
            "LSP extended: 0 and 1",
            (one, "lspet"),
            "In LSP extended 1 is *labelled*; the rest is unlabelled, with junk coordinates.",
        ),
        Case(
            "MPII: 0 and 1",
            (one, "mpii"),
            "In MPII 1 is *visible*, and 0 is labelled but occluded.",
        ),
        Case("COCO: 0, 1 and 2", (np.array([0, 1, 2]), "coco"), "COCO's flags are COCO's already."),
        Case(
            "three people of LSP, as integers", (crowd, "lsp"), "Keep the shape: (people, joints)."
        ),
        Case(
            "MPII with joints that have no flag",
            (holes, "mpii"),
            "NaN is *no flag*, so unlabelled: 0. `NaN == 1` is False, like any comparison.",
        ),
        Case(
            "a person of LSP extended without any label",
            (np.zeros((1, 14)), "lspet"),
            "Nothing labelled: all 0.",
        ),
        Case("nobody", (np.zeros((0, 16)), "mpii"), "Nobody: an array of shape (0, 16)."),
    ]


def _mpii_nan(flags, source):
    """NaN falls into the *else* of `flags == 1`."""
    visible = to_coco(flags, source)
    return np.where(np.isnan(np.asarray(flags, float)), 1, visible) if source == "mpii" else visible


_TO_COCO = Exercise(
    to_coco,
    "Turn each data set's visibility flag into COCO's.",
    _cases_to_coco,
    common_mistakes=(
        CommonMistake(
            lambda flags, source: to_coco(flags, "coco" if source == "coco" else "lspet"),
            "You read 1 as *visible* everywhere. In LSP it says the opposite: 1 is occluded, and "
            "0 is a joint that is seen.",
        ),
        CommonMistake(
            lambda flags, source: to_coco(flags, "lsp" if source == "lspet" else source),
            "LSP and LSP extended share their joints and their file's name, not the meaning of "
            "their flag: in the extended set 1 is *labelled*.",
        ),
        CommonMistake(
            lambda flags, source: to_coco(flags, "lspet" if source == "mpii" else source),
            "MPII's 0 is a joint that was labelled although it is hidden: 1 in COCO's meaning.",
        ),
        CommonMistake(
            _mpii_nan,
            "A joint without a flag was not labelled: 0, not occluded. `NaN == 1` is False, so it "
            "fell into your *else*: ask for it with `np.isnan`.",
        ),
        CommonMistake(
            lambda flags, source: np.asarray(flags).astype(int),
            "You keep the numbers as they are: the same number means another thing in each set.",
        ),
    ),
    hints=(
        "Write down, for each source, what its 0 and its 1 mean, and then COCO's number for that. "
        "`np.where(flags == 1, a, b)` is a table with two rows.",
        "lsp: 1 → 1, else 2. lspet: 1 → 2, else 0. mpii: 1 → 2, else 1. coco: as it is.",
        "Last of all the missing flags: `np.where(np.isnan(flags), 0, visible).astype(int)`, with "
        "`flags = np.asarray(flags, dtype=float)` at the beginning, since integers have no NaN.",
    ),
    explanation="Three data sets, one column of zeros and ones, three meanings, and no error "
    "message whichever you choose. Read LSP's flag the wrong way round and 93 % of the joints "
    "that are seen are thrown away. So a reader turns every flag into one meaning at the door, "
    "and nothing behind it asks where a sample came from.",
)


def joint_box(points, visible, padding):
    """(4,) x1, y1, x2, y2: the box around one person's labelled joints, grown about its centre.

    points: (joints, 2), anything at all where unlabelled. visible: (joints,), 0 is unlabelled.
    padding: 1.25 makes it a quarter wider and higher. NaN four times where nothing is labelled.
    """
    labelled = np.asarray(points)[np.asarray(visible) > 0]
    if len(labelled) == 0:
        return np.full(4, np.nan)
    low, high = labelled.min(axis=0), labelled.max(axis=0)
    centre, half = (low + high) / 2, (high - low) / 2 * padding
    return np.concatenate([centre - half, centre + half])


def _cases_joint_box(rng):
    points, every = rng.uniform(40, 200, (14, 2)), np.full(14, 2)
    corners = np.array([[10.0, 20.0], [30.0, 60.0], [12.0, 40.0]])
    some = np.where(rng.random(14) < 0.3, 0, 2)
    corner, zero, nan = points.copy(), points.copy(), points.copy()
    corner[some == 0], zero[some == 0], nan[some == 0] = (0, -40), 0, np.nan
    occluded = np.where(points[:, 0] >= np.sort(points[:, 0])[-3], 1, 2)
    far = points - [300, 0]
    mask = "Only joints with `visible` above 0 belong to the person."
    return [
        Case(
            "three joints, no padding",
            (corners, np.full(3, 2), 1.0),
            "From the smallest x and y to the largest: x1, y1, x2, y2.",
        ),
        Case(
            "three joints, twice as large",
            (corners, np.full(3, 2), 2.0),
            "It grows on all four sides, about its centre, by a factor.",
        ),
        Case("a whole person", (points, every, 1.25), "A quarter wider and a quarter higher."),
        Case(
            "hidden joints at the edge",
            (points, occluded, 1.25),
            "1 is occluded and labelled: a hidden hand belongs to the person, too.",
        ),
        Case("unlabelled joints at (0, -40), as in LSP extended", (corner, some, 1.25), mask),
        Case("unlabelled joints at (0, 0), as in COCO", (zero, some, 1.25), mask),
        Case("unlabelled joints that are NaN", (nan, some, 1.25), mask),
        Case(
            "somebody left of the picture",
            (far, every, 1.25),
            "A negative coordinate of a labelled joint is a coordinate like any other.",
        ),
        Case(
            "nothing labelled",
            (points, np.zeros(14, int), 1.25),
            "No labelled joint, no box: NaN four times. A box of zeros would crop a corner.",
        ),
        Case("whole numbers", (points.astype(int), every, 1.1), "Make real numbers of them."),
    ]


def _padded(points, visible, grow):
    """The tight box, and four numbers to move its edges by, from its sides."""
    box = joint_box(points, visible, 1.0)
    return box + grow(box[2:] - box[:2])


def _positive(points, visible):
    """The mask of those who throw away what is not positive."""
    return np.where((np.nan_to_num(points) > 0).all(-1), visible, 0)


_JOINT_BOX = Exercise(
    joint_box,
    "Find the box around a person's labelled joints, whatever stands at the others.",
    _cases_joint_box,
    common_mistakes=(
        CommonMistake(
            lambda p, v, f: joint_box(p, np.ones(len(p)), f),
            "You take every joint. The unlabelled ones are junk: a corner outside the picture in "
            "LSP extended, (0, 0) in COCO, and the box reaches all the way there.",
        ),
        CommonMistake(
            lambda p, v, f: joint_box(p * (np.asarray(v) > 0)[:, None], np.ones(len(p)), f),
            "You multiply by the mask: that puts unlabelled joints at (0, 0), and the minimum "
            "finds them there. Pick the labelled ones out, `points[visible > 0]`.",
        ),
        CommonMistake(
            lambda p, v, f: joint_box(p, np.asarray(v) == 2, f),
            "You leave hidden joints out: 1 is occluded *and labelled*. The person's hand is "
            "there, behind them, and the crop should show it.",
        ),
        CommonMistake(
            lambda p, v, f: joint_box(p, _positive(p, np.ones(len(p))), f),
            "You go by the sign of the coordinates. Junk can be anywhere, and a labelled joint "
            "can lie left of the picture: go by `visible`.",
        ),
        CommonMistake(
            lambda p, v, f: _padded(p, v, lambda side: np.concatenate([0 * side, (f - 1) * side])),
            "The box grows to the right and down alone. Keep its centre where it is: half of the "
            "growth goes to each side.",
        ),
        CommonMistake(
            lambda p, v, f: _padded(
                p, v, lambda side: np.concatenate([(1 - f) * side, (f - 1) * side])
            ),
            "You add the whole growth to each side, so the box grows twice as much: padding is a "
            "factor on width and height.",
        ),
        CommonMistake(
            lambda p, v, f: joint_box(p, v, f)[[1, 0, 3, 2]],
            "You return y before x: the order is x1, y1, x2, y2.",
        ),
        CommonMistake(
            lambda p, v, f: np.concatenate(
                [joint_box(p, v, f)[:2], np.diff(joint_box(p, v, f).reshape(2, 2), axis=0)[0]]
            ),
            "You return width and height: the last two are x2 and y2, the other corner.",
        ),
        CommonMistake(
            lambda p, v, f: np.nan_to_num(joint_box(p, v, f)),
            "Nothing was labelled, and you return a box at (0, 0): say NaN, so that nobody crops "
            "a corner of the picture for a person.",
        ),
    ),
    hints=(
        "First choose, then measure: `points[visible > 0]` are the labelled joints.",
        "`.min(axis=0)` gives the smallest x and the smallest y, `.max(axis=0)` the largest.",
        "Centre and half the size: `(low + high) / 2` and `(high - low) / 2 * padding`; the box is "
        "centre minus half, centre plus half. Deal with *nothing labelled* before the minimum.",
    ),
    explanation="One unlabelled joint is enough to pull a box into the corner of the picture, and "
    "the crop then shows a small person amid nothing. The mask comes first, and everything after "
    "it is safe. Hidden joints stay in: they are labelled. In posekit this is "
    "`geometry.keypoint_box`, which refuses a person without labels instead of returning NaN.",
)


def crop_points(points, box, size, mirror=None):
    """Joints in a square crop of ``size`` pixels, on the grid whose pixel centres are integers.

    points: (joints, 2) pixels of the image, NaN where missing. box: (x1, y1, x2, y2), edges;
    its longer side fills the crop, its centre is the crop's centre, the aspect ratio is kept.
    mirror: None, or each joint's mirror image: then the crop is flipped and joints renamed.
    """
    x1, y1, x2, y2 = box
    centre = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
    zoom = size / max(x2 - x1, y2 - y1)
    cropped = (np.asarray(points) - centre) * zoom + (size - 1) / 2
    if mirror is not None:
        cropped = cropped[mirror]
        cropped[:, 0] = size - 1 - cropped[:, 0]
    return cropped


def _cases_crop_points(rng):
    points = rng.uniform([20, 30], [200, 150], (14, 2))
    lost = points.copy()
    lost[[2, 9]] = np.nan
    square, tall = (-0.5, -0.5, 99.5, 99.5), (50.0, 10.0, 90.0, 170.0)
    wide = (0.0, 40.0, 200.0, 90.0)
    flip = mirror_order(LSP)
    beside = np.array([[300.0, 20.0], [-40.0, 60.0]])
    corners = np.array([[0.0, 0.0], [99.0, 99.0]])
    return [
        Case(
            "a picture of 100 pixels, cropped whole at its size",
            (corners, square, 100, None),
            "Nothing may move: the first pixel's centre is at 0 before and after.",
        ),
        Case(
            "the same picture at half the size",
            (corners, square, 50, None),
            "An edge stays an edge: -0.5 goes to -0.5, and 99.5 to 49.5.",
        ),
        Case(
            "a tall box",
            (points, tall, 64, None),
            "The longer side fills the crop; both axes are scaled alike, or people get fat.",
        ),
        Case(
            "a wide box",
            (points, wide, 64, None),
            "The box lies in the middle of the crop, along the short side too.",
        ),
        Case("missing joints", (lost, tall, 64, None), "NaN in, NaN out."),
        Case(
            "joints outside the box",
            (beside, tall, 64, None),
            "A joint outside the crop stays outside: its label is still true.",
        ),
        Case(
            "flipped",
            (points, tall, 64, flip),
            "Two things happen in a mirror: x turns around, and left and right change names.",
        ),
        Case(
            "flipped, with missing joints",
            (lost, wide, 48, flip),
            "The missing joint's label moves to its mirror image, too.",
        ),
        Case("whole numbers", (points.astype(int), tall, 64, flip), "Make real numbers first."),
    ]


def _crop(points, box, size, mirror, grow=0.0, to=None, width=None, rename=True):
    """The reference with its parts exchangeable, for the mistakes below."""
    x1, y1, x2, y2 = box
    zoom = (size + grow) / max(x2 - x1, y2 - y1)
    middle = (size - 1) / 2 if to is None else to
    out = (np.asarray(points, float) - [(x1 + x2) / 2, (y1 + y2) / 2]) * zoom + middle
    if mirror is not None:
        out = out[mirror] if rename else out.copy()
        out[:, 0] = (size - 1 if width is None else width) - out[:, 0]
    return out


def _from_corner(points, box, size, mirror):
    """The box in the crop's upper left corner."""
    zoom = size / max(box[2] - box[0], box[3] - box[1])
    out = (np.asarray(points, float) - box[:2] + 0.0) * zoom - 0.5
    return out if mirror is None else _flipped(out, size, mirror)


def _stretched(points, box, size, mirror):
    low, high = np.array(box[:2]), np.array(box[2:])
    out = (np.asarray(points, float) - low) / (high - low) * size - 0.5
    return out if mirror is None else _flipped(out, size, mirror)


def _flipped(points, size, mirror):
    out = points[mirror]
    out[:, 0] = size - 1 - out[:, 0]
    return out


_CROP_POINTS = Exercise(
    crop_points,
    "Move a person's joints into a square crop, flipped or not (hard).",
    _cases_crop_points,
    common_mistakes=(
        CommonMistake(
            lambda p, b, s, m: _crop(p, b, s, m, to=s / 2),
            "You are half a pixel off: the middle of a crop of `size` pixels is at (size - 1) / "
            "2, for its first pixel's centre is at 0 and its last one's at size - 1.",
        ),
        CommonMistake(
            lambda p, b, s, m: _crop(p, b, s, m, grow=-1),
            "You scale by (size - 1): that takes centres to centres, and squeezes the picture a "
            "little. The box's edges go to the crop's edges, which are `size` apart.",
        ),
        CommonMistake(
            _stretched,
            "You scale x and y differently. The crop is square and the box is not: people get "
            "fat or thin, and so does everything that a network learns about them.",
        ),
        CommonMistake(
            _from_corner,
            "Your box starts in the crop's corner; its centre should be the crop's centre, so "
            "that there is as much room to its left as to its right.",
        ),
        CommonMistake(
            lambda p, b, s, m: _crop(p, b, s, m, rename=False),
            "You mirror x and keep the names: what is called left wrist now lies on the right "
            "one. This is the most frequent bug of the field. Take `cropped[mirror]` as well.",
        ),
        CommonMistake(
            lambda p, b, s, m: _crop(p, b, s, m, width=s),
            "Your flip is one pixel off: x = 0 must go to size - 1, the other outermost pixel, "
            "so it is size - 1 - x.",
        ),
        CommonMistake(
            lambda p, b, s, m: np.clip(crop_points(p, b, s, m), -0.5, s - 0.5),
            "You move joints back into the crop. A wrist outside it is outside it: at the border "
            "there is none, and that is what a network would learn to see.",
        ),
        CommonMistake(
            lambda p, b, s, m: _crop(p, b, s, None), "You do not flip when `mirror` is given."
        ),
        CommonMistake(
            lambda p, b, s, m: (
                _crop(p, b, s, m, width=None) if m is None else _crop(p, b, s, None)[m]
            ),
            "You change the names and do not mirror x: both belong to a flip.",
        ),
    ),
    hints=(
        "Put the box's centre at 0, scale, and put 0 into the middle of the crop. Where is the "
        "middle of a crop of 4 pixels, whose centres are at 0, 1, 2, 3?",
        "It is at (size - 1) / 2 = 1.5. The scale is `size / max(width, height)` of the box, the "
        "same for x and y.",
        "In a mirror x becomes `size - 1 - x`, and joint k becomes its mirror image: "
        "`cropped = cropped[mirror]`, then `cropped[:, 0] = size - 1 - cropped[:, 0]`.",
    ),
    explanation="Centre to 0, scale, 0 to the middle: three steps, and the half pixel is in the "
    "last one alone, because `size` pixels with the first centre at 0 have their middle at "
    "(size - 1) / 2. A flip is two steps that must never be parted; `posekit.geometry.crop` "
    "cannot be asked for one of them alone. And indexing with `mirror` makes a copy, so the "
    "caller's labels stay as they were.",
)

EXERCISES = (_MIRROR_ORDER, _TO_COCO, _JOINT_BOX, _CROP_POINTS)
