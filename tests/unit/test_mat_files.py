"""MATLAB files whose own lengths lie: refused before scipy opens them, which could end Python."""

import io
import struct
import zlib

import numpy as np
import pytest
from scipy.io import savemat

from posekit.datasets.mat_files import COMPRESSED, HEADER, check, read_mat
from posekit.errors import InputError

from . import made_sets

CONTENT = {
    "x": np.arange(6.0).reshape(2, 3),
    "text": "squat",
    "structs": made_sets.structs([{"a": 1.0, "b": "two"}, {"a": {"c": 3.0}}]),
    "complex": np.array([1 + 2j]),
    "empty": np.zeros((0, 0)),
}


def written(content=CONTENT, **options) -> bytes:
    file = io.BytesIO()
    savemat(file, content, **options)
    return file.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
def test_sound_files_pass(tmp_path, compressed):
    path = tmp_path / "a.mat"
    path.write_bytes(written(do_compression=compressed))
    found = read_mat(path, "a test")
    np.testing.assert_array_equal(found["x"], CONTENT["x"])
    assert found["text"].item() == "squat"


def changed(at: int, value: int, content=None) -> bytes:
    """A file with one number of four bytes set, counted from its first element on."""
    raw = bytearray(written(content or {"x": np.arange(6.0).reshape(2, 3)}))
    struct.pack_into("<i", raw, HEADER + at, value)
    return bytes(raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (changed(0, 7), "an element of kind 7 stands where a variable should"),
        (changed(4, 2**30), "an element is longer than what holds it"),
        (changed(8, 5), "a matrix has no flags"),
        (changed(16, 17), "a matrix is of class 17, which no label file needs"),
        (changed(28, 4 * 33), "an element is longer|no shape"),
        (changed(32, -2), r"a matrix is of shape \(-2, 3\)"),
        (changed(32, 2**30), "a matrix of shape .* has 48 bytes of kind 9"),
        (changed(48, 16), "a matrix of shape .* has 48 bytes of kind 16"),
        (written()[:-5], "an element is longer than what holds it"),
        (written(do_compression=True)[:-9], "an element is longer|Error"),
    ],
)
def test_lengths_that_lie(tmp_path, raw, words):
    path = tmp_path / "a.mat"
    path.write_bytes(raw)
    with pytest.raises(InputError, match=rf"a\.mat cannot be read as a test: .*({words})"):
        read_mat(path, "a test")


def test_a_bomb_of_cells_and_matrices_without_end():
    cells = np.empty(2, object)
    cells[:] = [1.0, "x"]
    with pytest.raises(ValueError, match="matrices are promised where there is no room"):
        check(changed(32, 2**30, {"x": cells}))
    nested = np.array(1.0)
    for _ in range(60):
        outer = np.empty(1, object)
        outer[0] = nested
        nested = outer
    with pytest.raises(ValueError, match="nested too deeply"):
        check(written({"x": nested}))


@pytest.mark.parametrize("sound", [True, False])
def test_a_compressed_variable_without_a_checksum_is_looked_into(sound):
    """As MATLAB writes one now and then: the stream is flushed, and has no end."""
    plain = written({"x": np.arange(600.0)})[HEADER:]
    if not sound:
        plain = plain[:32] + struct.pack("<i", -9) + plain[36:]
    stream = zlib.compressobj()
    packed = stream.compress(plain) + stream.flush(zlib.Z_SYNC_FLUSH)
    raw = written()[:HEADER] + struct.pack("<ii", COMPRESSED, len(packed)) + packed
    if sound:
        check(raw)
    else:
        with pytest.raises(ValueError, match="is of shape"):
            check(raw)
