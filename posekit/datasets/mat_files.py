"""MATLAB files, looked through before scipy opens them.

`scipy.io.loadmat` believes what a file says of its own lengths, and one that lies can end the
whole Python process: of small uncompressed files with a few bytes changed, two in a hundred did.
So the file's elements are followed first (the layout is published: *MAT-File Format*, version 5,
The MathWorks). A compressed variable needs no such walk: its checksum tells that it is whole.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from pathlib import Path

from ..errors import InputError

HEADER = 128  # bytes before the first element
INT32, UINT32, MATRIX, COMPRESSED = 5, 6, 14, 15  # kinds of element
# Bytes of one number, by the kind of the element that holds it; kinds that hold characters.
SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}
TEXTS = (1, 2, 4, 16, 17, 18)
CELL, STRUCT, OBJECT, CHAR, SPARSE, LAST_NUMBER = 1, 2, 3, 4, 5, 15  # classes of a matrix
COMPLEX = 1 << 11
DEEPEST, MOST_AXES = 50, 32  # matrices within matrices; axes that scipy has room for
BLOCK = 1 << 20  # bytes that are unpacked at a time


def read_mat(path: Path, what: str, **options) -> dict:
    """The variables of a MATLAB file; ``options`` are `scipy.io.loadmat`'s.

    ``what`` is the file's kind, for the sentence (an `InputError`) that refuses a damaged one.
    """
    from scipy.io import loadmat

    if not path.is_file():
        raise InputError(f"{path} is not there.")
    try:
        raw = path.read_bytes()
        check(raw)
        return loadmat(io.BytesIO(raw), **options)
    except Exception as error:  # scipy raises a dozen kinds on a damaged file
        raise InputError(f"{path} cannot be read as {what}: {error!r}.") from None


def check(raw: bytes) -> None:
    """Raise `ValueError` where the elements of a version 5 file do not fit into each other."""
    major = raw[125:126] if raw[126:127] == b"I" else raw[124:125]  # as scipy looks for it
    if 0 in raw[:4] or major != b"\x01":
        return  # of another version: scipy reads version 4, and names the others
    order = "<" if raw[126:HEADER] == b"IM" else ">"
    at = HEADER
    while at < len(raw):
        kind, start, size, at = _element(raw, at, len(raw), order)
        if kind == COMPRESSED:
            at = start + size  # nothing fills it up to eight bytes
            plain = _unzipped(memoryview(raw)[start:at])
            if plain:
                kind, start, size, _ = _element(plain, 0, len(plain), order)
                _walk(plain, start, start + size if kind == MATRIX else start, order)
        elif kind == MATRIX:
            _walk(raw, start, start + size, order)
        else:
            raise ValueError(f"an element of kind {kind} stands where a variable should")


def _unzipped(packed) -> bytes:
    """Nothing of a compressed variable whose checksum is right; else what is in it.

    MATLAB itself leaves the checksum out now and then (in two of Penn Action's 2,326 files,
    where a variable ends with a block of 16 KB), so that alone is no damage.
    """
    stream = zlib.decompressobj()
    rest, found = packed, True
    while found and not stream.eof:  # what is unpacked may still wait when all has been taken in
        found = stream.decompress(rest, BLOCK)
        rest = stream.unconsumed_tail
    return b"" if stream.eof else zlib.decompressobj().decompress(packed)


def _element(raw, at: int, end: int, order: str) -> tuple[int, int, int, int]:
    """(kind, where its data start, their bytes, where the next one starts) of an element."""
    if at + 8 > end:
        raise ValueError("it is cut off within an element")
    kind, size = struct.unpack_from(order + "II", raw, at)
    if kind >> 16:  # a small element: its size, its kind, and at most four bytes
        kind, size, start, after = kind & 0xFFFF, kind >> 16, at + 4, at + 8
    else:
        start, after = at + 8, at + 8 + (size + 7) // 8 * 8
    if start + size > min(after, end):
        raise ValueError("an element is longer than what holds it")
    return kind, start, size, after


def _walk(raw, start: int, end: int, order: str) -> None:
    """A matrix and all matrices within it."""
    todo = [(start, end, 0)]
    while todo:
        start, end, depth = todo.pop()
        if depth > DEEPEST:
            raise ValueError("its matrices are nested too deeply")
        if start < end:  # an empty one has no content at all
            todo += [(*inner, depth + 1) for inner in _matrix(raw, start, end, order)]


def _matrix(raw, at: int, end: int, order: str) -> list[tuple[int, int]]:
    """(start, end) of the matrices that a matrix holds; its own numbers must be of its size."""
    flags, shape, at = _head(raw, at, end, order)
    number, count = flags & 0xFF, math.prod(shape)
    if number in (CELL, STRUCT, OBJECT):
        fields, at = (1, at) if number == CELL else _fields(raw, at, end, order, number)
        return _inner(raw, at, end, order, count * fields)
    if number != CHAR and not SPARSE < number <= LAST_NUMBER:
        raise ValueError(f"a matrix is of class {number}, which no label file needs")
    for _ in range(2 if flags & COMPLEX else 1):
        kind, _, size, at = _element(raw, at, end, order)
        if number == CHAR:  # in UTF-8 a character has no fixed size
            fits = kind in TEXTS and count <= size
        else:
            fits = size == count * SIZES.get(kind, 0) and kind in SIZES
        if not fits:
            raise ValueError(f"a matrix of shape {shape} has {size} bytes of kind {kind}")
    return []


def _head(raw, at: int, end: int, order: str) -> tuple[int, tuple[int, ...], int]:
    """(flags, shape, where the content starts) of a matrix."""
    kind, start, size, at = _element(raw, at, end, order)
    if (kind, size) != (UINT32, 8):
        raise ValueError("a matrix has no flags")
    (flags,) = struct.unpack_from(order + "I", raw, start)
    kind, start, size, at = _element(raw, at, end, order)
    if kind != INT32 or size % 4 or not 1 <= size // 4 <= MOST_AXES:
        raise ValueError("a matrix has no shape")
    shape = struct.unpack_from(f"{order}{size // 4}i", raw, start)
    if min(shape) < 0:
        raise ValueError(f"a matrix is of shape {shape}")
    *_, at = _element(raw, at, end, order)  # its name
    return flags, shape, at


def _fields(raw, at: int, end: int, order: str, number: int) -> tuple[int, int]:
    """(how many fields a struct has, where their values start)."""
    if number == OBJECT:
        *_, at = _element(raw, at, end, order)  # the name of its class
    kind, start, size, at = _element(raw, at, end, order)
    length = struct.unpack_from(order + "i", raw, start)[0] if (kind, size) == (INT32, 4) else 0
    _, _, size, at = _element(raw, at, end, order)
    if length < 1 or size % length:
        raise ValueError("a struct has no names of fields")
    return size // length, at


def _inner(raw, at: int, end: int, order: str, count: int) -> list[tuple[int, int]]:
    if count * 8 > end - at:
        raise ValueError(f"{count} matrices are promised where there is no room for them")
    found = []
    for _ in range(count):
        kind, start, size, at = _element(raw, at, end, order)
        if kind != MATRIX:
            raise ValueError(f"an element of kind {kind} stands where a matrix should")
        found.append((start, start + size))
    return found
