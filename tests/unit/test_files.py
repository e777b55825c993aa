"""A file is saved whole, or not at all."""

import errno

import pytest

from posekit import files
from posekit.errors import InputError


@pytest.mark.parametrize("data", ["text, même", b"bytes"])
def test_what_is_written_is_there(tmp_path, data):
    path = tmp_path / "new" / "folder" / "file"
    files.atomic_write(path, data)
    assert path.read_bytes() == (data.encode() if isinstance(data, str) else data)
    assert [p.name for p in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_what_was_there(monkeypatch, tmp_path, step):
    path = tmp_path / "checksums.json"
    files.atomic_write(path, "old")

    def fail(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, step, fail)
    with pytest.raises(InputError, match=r"No space left on device.*untouched"):
        files.atomic_write(path, "new")
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="could not be saved"):
        files.atomic_write(tmp_path / "file" / "below", "new")


def test_all_of_a_file_is_read_and_what_is_none_is_named(tmp_path):
    path = tmp_path / "some.bin"
    with pytest.raises(InputError, match=r"some\.bin is not there"):
        files.read_bytes(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"some\.bin is empty"):
        files.read_bytes(path)
    path.write_bytes(b"\0\xff")
    assert files.read_bytes(path) == files.read_bytes(str(path)) == b"\0\xff"
    with pytest.raises(InputError, match="cannot be read"):
        files.read_bytes(tmp_path)
