"""Files that are wrong in some way or other: damaged bytes, and values that do not belong.

Everything is drawn from a generator that the caller seeds, so a mutant can be made again.
"""

from __future__ import annotations

import copy
import io
import json

import numpy as np
from scipy.io import loadmat, savemat
from scipy.sparse import csr_array

ODD = [
    None,
    "x",
    "",
    "10",
    "/etc/passwd",
    "../../x.jpg",
    "C:\\x.jpg",
    "a\0b",
    ".",
    "\ud800",
    "n" * 300,
    True,
    0,
    -1,
    1.5,
    1e308,
    10**400,
    -(10**30),
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    [None],
    [1, [2]],
    {"counts": [1, -1], "size": [1, 1]},
]
WORDS = [*"x-,:#0", "nan", "inf", "1e999", "-1", "9" * 5000, "begin", "end", "root", "", "\0", "١"]


def bytes_of(raw: bytes, rng) -> bytes:
    """Cut off, a piece lost, doubled or zeroed, bits flipped, something else put before."""
    at, length = sorted(rng.integers(0, len(raw) + 1, 2))
    kind = rng.integers(6)
    if kind == 0:
        return raw[:at]
    if kind == 1:
        return raw[:at] + raw[length:]
    if kind == 2:
        return raw[:length] + raw[at:]
    if kind == 3:
        return raw[:at] + bytes(length - at) + raw[length:]
    if kind == 4:
        return bytes(rng.integers(0, 256, 7, np.uint8)) + raw
    damaged = np.frombuffer(raw, np.uint8).copy()
    where = rng.integers(0, len(raw), rng.integers(1, 9))
    damaged[where] ^= rng.integers(1, 256, len(where), np.uint8)
    return damaged.tobytes()


def tree_of(tree, rng, odd=ODD):
    """A copy of nested lists and dicts in which one to three places are changed."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.integers(1, 4)):
        places = list(_places(tree))
        if not places:
            break
        inside, key = places[rng.integers(len(places))]
        kind = rng.integers(5)
        if kind == 0:
            del inside[key]
        elif kind == 1 and isinstance(inside, list):
            inside.insert(key, copy.deepcopy(inside[key]))
        elif kind == 2:
            inside[key] = [inside[key]]
        else:
            inside[key] = odd[rng.integers(len(odd))]
    return tree


def _places(tree):
    """(container, key) of every value; a long list of numbers counts as a few."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree))
    for key in keys if isinstance(tree, dict) or len(tree) < 6 else (*keys[:2], keys[-1]):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from _places(tree[key])


def json_of(raw: bytes, rng) -> bytes:
    """JSON with odd values, brackets without end, or damaged bytes."""
    kind = rng.integers(20)
    if kind == 0:
        return b"[" * 200_000
    if kind < 6:
        return bytes_of(raw, rng)
    return json.dumps(tree_of(json.loads(raw), rng)).encode()


def array_of(array: np.ndarray, rng) -> np.ndarray:
    """Another array in the place of one: of another kind, shape, or size of its numbers."""
    array, numeric = np.asarray(array), np.asarray(array).dtype.kind in "biuf"
    cells = np.empty(3, object)
    cells[:] = [np.zeros(2), "x", 1.0]
    odd = [array.T, array.ravel(), array[:0], np.zeros((0, 0)), np.array("x"), np.array(["x", "y"])]
    odd += [cells, np.array(7.5), np.array([True]), np.full((4, 13), 1e30), array[..., None]]
    if numeric and array.size:
        number = array.astype(float)
        spoilt = number.copy()
        spoilt.flat[rng.integers(array.size)] = rng.choice([np.nan, np.inf, -1e12, 1e300, 0.5, -7])
        odd += [spoilt, spoilt, spoilt, number * np.nan, number * 1e200, number + 1j]
        odd += [number.astype(str), number.astype(np.int8), number - 1e6, number[:-1]]
    return odd[rng.integers(len(odd))]


def _arrays_of(arrays: dict, rng) -> dict:
    """Arrays by name, of which one is lost, or called something else, or of odd content."""
    names = [name for name in arrays if not name.startswith("__")]
    arrays = {name: arrays[name] for name in names}
    name, kind = names[rng.integers(len(names))], rng.integers(8)
    if kind == 0:
        del arrays[name]
    elif kind == 1:
        arrays[f"{name[:-1]}/"] = arrays.pop(name)
    else:
        arrays[name] = array_of(arrays[name], rng)
    return arrays


def npz_of(raw: bytes, rng) -> bytes:
    """An ``.npz`` with odd arrays, or with damaged bytes."""
    if rng.integers(3) == 0:
        return bytes_of(raw, rng)
    with np.load(io.BytesIO(raw)) as arrays:
        changed = _arrays_of(dict(arrays), rng)
    file = io.BytesIO()
    np.savez(file, **{name.replace("//", "/"): array for name, array in changed.items()})
    return file.getvalue()


def mat_of(raw: bytes, rng) -> bytes:
    """A ``.mat`` with odd variables, or with damaged bytes."""
    if rng.integers(3) == 0:
        return bytes_of(raw, rng)
    changed = _arrays_of(loadmat(io.BytesIO(raw)), rng)
    changed = {name.rstrip("/") or "x": value for name, value in changed.items()}
    if rng.integers(10) == 0:
        name = next(iter(changed), "x")
        changed[name] = [{"a": 1.0}, csr_array(np.eye(3))][rng.integers(2)]
    file = io.BytesIO()
    savemat(file, changed)
    return file.getvalue()


def text_of(raw: bytes, rng) -> bytes:
    """Text with lines or words that are lost, doubled, moved, or odd; or damaged bytes."""
    if rng.integers(4) == 0:
        return bytes_of(raw, rng)
    lines = raw.decode().split("\n")
    for _ in range(rng.integers(1, 4)):
        at, other = rng.integers(0, len(lines), 2)
        kind = rng.integers(6)
        if kind == 0 and len(lines) > 1:
            del lines[at]
        elif kind == 1:
            lines.insert(other, lines[at])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = _line_of(lines[at], kind, rng)
    return "\n".join(lines).encode()


def _line_of(line: str, kind: int, rng) -> str:
    """A line with one of its words replaced, left out, or put in."""
    between = "," if line.count(",") > 2 else " "
    words = line.split(between)
    at, word = rng.integers(len(words)), WORDS[rng.integers(len(WORDS))]
    words[at : at + (kind != 5)] = [] if kind == 4 else [word]
    return between.join(words)
