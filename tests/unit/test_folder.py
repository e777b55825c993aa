"""Files as people have them: hidden ones, byte order marks, names that lead out of the folder."""

import codecs

import pytest

from posekit.datasets.fetch import local, registry
from posekit.datasets.folder import every_file, listed, read_lines, read_text
from posekit.errors import InputError

JUNK = ("._a.txt", ".DS_Store", ".ipynb_checkpoints/a-checkpoint.txt", "__MACOSX/a.txt")


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\0\5\26\7 no data")


def names_of(paths, folder):
    return [str(path.relative_to(folder)) for path in paths]


def test_hidden_files_are_no_data(tmp_path):
    folder = tmp_path / ".cache" / "set"  # what the folder itself is called does not matter
    write(folder, "b.txt", "a.txt", "sub/c.txt", *JUNK, *(f"sub/{name}" for name in JUNK))
    assert names_of(listed(folder, "*.txt"), folder) == ["a.txt", "b.txt"]
    assert names_of(listed(folder, "*/*.txt"), folder) == ["sub/c.txt"]
    assert names_of(every_file(folder), folder) == ["a.txt", "b.txt", "sub/c.txt"]
    assert listed(folder / "gone") == every_file(folder / "gone") == []


def test_links_to_folders_are_followed_and_circles_end(tmp_path):
    write(tmp_path, "disk/images/a.jpg", "set/joints.mat")
    (tmp_path / "set" / "images").symlink_to(tmp_path / "disk" / "images")
    (tmp_path / "disk" / "images" / "up").symlink_to(tmp_path / "set")
    assert names_of(every_file(tmp_path / "set"), tmp_path / "set") == [
        "images/a.jpg",
        "joints.mat",
    ]


TEXTS = {
    "plain": "Größe\nzwei\n".encode(),
    "with a mark": codecs.BOM_UTF8 + "Größe\nzwei\n".encode(),
    "utf-16, little": codecs.BOM_UTF16_LE + "Größe\nzwei\n".encode("utf-16-le"),
    "utf-16, big": codecs.BOM_UTF16_BE + "Größe\nzwei\n".encode("utf-16-be"),
    "windows ends": "Größe\r\nzwei\r\n".encode(),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_text_as_editors_save_it(tmp_path, kind):
    path = tmp_path / "list.txt"
    path.write_bytes(TEXTS[kind])
    assert read_lines(path) == ["Größe", "zwei"]


@pytest.mark.parametrize("raw", [b"\xff\xfeabc", b"\x80\x81", b"\xff\xd8\xff\xe0"])
def test_no_text(tmp_path, raw):
    (tmp_path / "list.txt").write_bytes(raw)
    with pytest.raises(InputError, match=r"list\.txt cannot be read as text"):
        read_text(tmp_path / "list.txt")
    with pytest.raises(InputError, match=r"gone\.txt is not there"):
        read_text(tmp_path / "gone.txt")


READERS = ["mpii", "coco", "h36m", "cmu_mocap", "jhmdb", "penn_action", "ucf101"]


def a_part_of(home):
    """The data set without most of its motions, which take seconds each to read."""
    for path in sorted(home.rglob("*.amc"))[2:]:
        path.unlink()
    return home


def what_is_read(name, home):
    reader = registry.get(name).open(home)
    first = reader[0]
    return len(reader), sorted(reader.absent), first.id, first.keypoints.tobytes()


@pytest.mark.parametrize("name", [*READERS, "mediapipe_recordings", "lsp"])
def test_no_reader_takes_a_hidden_file_for_data(mirror, tmp_path, name):
    home = a_part_of(local.find(name, tmp_path, mirror))
    expected = what_is_read(name, home)
    files = every_file(home)
    for folder in {path.parent for path in files} | {home}:
        example = next((path for path in files if path.parent == folder), files[0])
        write(
            folder,
            ".DS_Store",
            f"._{example.name}",
            f".ipynb_checkpoints/{example.stem}-checkpoint{example.suffix}",
        )
        write(folder.parent, f".ipynb_checkpoints/{example.name}") if folder != home else None
    assert what_is_read(name, home) == expected
    assert local.check(name, tmp_path).problems == []


@pytest.mark.parametrize("name", ["cmu_mocap", "ucf101", "mediapipe_recordings", "h36m", "coco"])
def test_every_reader_takes_a_byte_order_mark(mirror, tmp_path, name):
    home = a_part_of(local.find(name, tmp_path, mirror))
    expected = what_is_read(name, home)
    for path in every_file(home):
        if path.suffix in (".txt", ".asf", ".amc", ".json"):
            path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    assert what_is_read(name, home) == expected
    assert local.check(name, tmp_path).problems == []
