"""Archives are unpacked whole and inside of their folder, or not at all."""

import contextlib
import errno
import io
import stat
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit.datasets.fetch import archives, disk
from posekit.datasets.fetch.archives import building, extract
from posekit.errors import InputError


def make_zip(path, members):
    """Members: name -> bytes, or ("link", where to)."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            if isinstance(content, tuple):
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
                content = content[1]
            archive.writestr(info, content)
    return path


def make_tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, tuple):
                info.type = {
                    "link": tarfile.SYMTYPE,
                    "hardlink": tarfile.LNKTYPE,
                    "device": tarfile.CHRTYPE,
                }[content[0]]
                info.linkname, content = content[1], b""
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


MAKERS = {"zip": make_zip, "tar.gz": make_tar}
GOOD = {"images/im1.jpg": b"one", "joints.mat": b"two", "empty": b""}


@pytest.mark.parametrize("kind", MAKERS)
def test_good_archive(tmp_path, kind):
    members = {"images/": b""} | GOOD if kind == "zip" else GOOD
    archive = MAKERS[kind](tmp_path / f"a.{kind}", members)
    with building(tmp_path / "out") as half:
        assert extract(archive, half) == 3
    for name, content in GOOD.items():
        assert (tmp_path / "out" / name).read_bytes() == content


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil", r"\.\."),
        ("images/../../evil", r"\.\."),
        ("/tmp/evil", "absolute"),
        ("C:/evil", "absolute"),
        ("C:\\evil", "absolute"),
        ("..\\evil", r"\.\."),
    ],
)
def test_way_out_refuses_the_whole_archive(tmp_path, kind, name, reason):
    archive = MAKERS[kind](tmp_path / f"a.{kind}", GOOD | {name: b"evil"})
    with pytest.raises(InputError, match=f"not safe.*{reason}"), building(tmp_path / "d") as half:
        extract(archive, half)
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("zip", ("link", "/etc")),
        ("tar.gz", ("link", "/etc")),
        ("tar.gz", ("link", "joints.mat")),
        ("tar.gz", ("hardlink", "joints.mat")),
        ("tar.gz", ("device", "")),
    ],
)
def test_links_and_devices_refuse_the_whole_archive(tmp_path, kind, content):
    archive = MAKERS[kind](tmp_path / f"a.{kind}", GOOD | {"images/door": content})
    with pytest.raises(InputError, match=r"is a (link|device)"), building(tmp_path / "d") as half:
        extract(archive, half)
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]


@given(st.lists(st.sampled_from(["..", ".", "a", "images", "", "~", "b.jpg", "..."]), min_size=1))
def test_no_name_gets_out(tmp_path_factory, parts):
    folder = tmp_path_factory.mktemp("box")
    archive = make_zip(folder / "a.zip", {"/".join(parts) or "x": b"content"})
    inside = folder / "deep" / "inside"
    inside.mkdir(parents=True)
    with contextlib.suppress(InputError, OSError):
        extract(archive, inside)
    outside = {path for path in folder.rglob("*") if inside not in (path, *path.parents)}
    assert outside == {archive, folder / "deep"}


@pytest.mark.parametrize("kind", MAKERS)
def test_damaged_archive(tmp_path, kind):
    members = {"a": bytes(range(256)) * 400}
    archive = MAKERS[kind](tmp_path / f"a.{kind}", members)
    raw = archive.read_bytes()
    archive.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(InputError, match="damaged"), building(tmp_path / "d") as half:
        extract(archive, half)
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]


def test_member_whose_sum_is_wrong(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"a": b"content of the member"})
    archive.write_bytes(archive.read_bytes().replace(b"content of", b"contents o", 1))
    with pytest.raises(InputError, match="damaged"), building(tmp_path / "d") as half:
        extract(archive, half)
    assert not (tmp_path / "d").exists()


def test_disk_that_fills_up_leaves_nothing(tmp_path, monkeypatch):
    archive = make_zip(tmp_path / "a.zip", GOOD)

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archives.shutil, "copyfileobj", full)
    with pytest.raises(InputError, match="full"), building(tmp_path / "d") as half:
        extract(archive, half)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_archive_larger_than_the_disk(tmp_path, monkeypatch):
    archive = make_zip(tmp_path / "a.zip", GOOD)
    usage = disk.shutil.disk_usage(tmp_path)._replace(free=2)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(InputError, match="full"), building(tmp_path / "d") as half:
        extract(archive, half)
    assert not (tmp_path / "d").exists()


def test_building_is_all_or_nothing(tmp_path):
    target = tmp_path / "lsp"
    with pytest.raises(KeyboardInterrupt), building(target) as half:
        (half / "joints.mat").write_bytes(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with building(target) as half:
        (half / "joints.mat").write_bytes(b"whole")
        assert not target.exists()
    assert (target / "joints.mat").read_bytes() == b"whole"


def test_two_processes_build_the_same(tmp_path):
    target = tmp_path / "lsp"
    with building(target) as slow:
        (slow / "a").write_text("slow")
        with building(target) as quick:
            (quick / "a").write_text("quick")
    assert (target / "a").read_text() == "quick"
    assert [path.name for path in tmp_path.iterdir()] == ["lsp"]
