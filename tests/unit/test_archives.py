"""Archives are unpacked whole and inside of their folder, or not at all."""

import bz2
import contextlib
import errno
import gzip
import io
import lzma
import multiprocessing
import os
import signal
import stat
import tarfile
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit.datasets.fetch import archives, disk
from posekit.datasets.fetch.archives import building, extract, sweep
from posekit.datasets.fetch.sums import Damaged
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


# ------------------------------------------------------------------- read to the end
PACKERS = {"tar.gz": gzip.compress, "tar.bz2": bz2.compress, "tar.xz": lzma.compress}


def plain_tar(folder):
    make_tar(folder / "plain.tar.gz", {"a": bytes(range(256)) * 40})
    raw = gzip.decompress((folder / "plain.tar.gz").read_bytes())
    (folder / "plain.tar.gz").unlink()
    return raw


def damage(raw, at):
    return raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :]


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("how", ["its sum", "its end", "one byte of its content"])
def test_damage_that_only_the_end_of_the_stream_tells(tmp_path, kind, how):
    archive, plain = tmp_path / f"a.{kind}", plain_tar(tmp_path)
    sound = PACKERS[kind](plain)
    if how == "its end":
        archive.write_bytes(sound[:-3])
    elif how == "its sum":
        archive.write_bytes(
            damage(sound, {"tar.gz": -8, "tar.bz2": -3, "tar.xz": -1}[kind] % len(sound))
        )
    elif kind == "tar.gz":  # stored, not packed: the stream stays readable, only its sum is wrong
        at = plain.index(bytes(range(256)))
        stored = gzip.compress(plain, compresslevel=0)
        archive.write_bytes(damage(stored, stored.index(plain[at : at + 256]) + 100))
    else:
        archive.write_bytes(damage(sound, len(sound) // 2))
    with pytest.raises(Damaged, match="damaged"), building(tmp_path / "d") as half:
        extract(archive, half)
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]


@pytest.mark.parametrize("kind", PACKERS)
def test_sound_streams(tmp_path, kind):
    (tmp_path / f"a.{kind}").write_bytes(PACKERS[kind](plain_tar(tmp_path)))
    with building(tmp_path / "d") as half:
        assert extract(tmp_path / f"a.{kind}", half) == 1
    assert (tmp_path / "d" / "a").read_bytes() == bytes(range(256)) * 40


# ------------------------------------------------------------------- zips as people have them
def test_zip_made_on_windows(tmp_path):
    members = {
        "lsp\\": b"",
        "lsp\\images\\": b"",
        "lsp\\images\\im1.jpg": b"one",
        "lsp\\a.mat": b"2",
    }
    with building(tmp_path / "d") as half:
        assert extract(make_zip(tmp_path / "a.zip", members), half) == 2
    found = sorted(str(path.relative_to(tmp_path / "d")) for path in (tmp_path / "d").rglob("*"))
    assert found == ["lsp", "lsp/a.mat", "lsp/images", "lsp/images/im1.jpg"]


def patched(archive, method, flags=0):
    """The archive with another packing in its headers: no program here packs like that."""
    raw = bytearray(archive.read_bytes())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = raw.index(mark) + at
        raw[start] |= flags
        raw[start + 2 : start + 4] = method.to_bytes(2, "little")
    archive.write_bytes(raw)
    return archive


@pytest.mark.parametrize(
    ("method", "flags", "name"),
    [(9, 0, "Deflate64"), (98, 0, "PPMd"), (77, 0, "method 77"), (0, 1, "encrypted")],
)
def test_a_packing_that_python_does_not_know_is_named(tmp_path, method, flags, name):
    archive = patched(make_zip(tmp_path / "a.zip", {"a": b"content"}), method, flags)
    with pytest.raises(InputError, match=rf"is whole, but packed .* \({name}\): unpack") as error:
        extract(archive, tmp_path / "d")
    assert not isinstance(error.value, Damaged), "it would be deleted, and is whole"


@pytest.mark.parametrize("members", [{"a": b"1", "a/b": b"2"}, {"a" * 300: b"1"}, {"./": b""}])
@pytest.mark.parametrize("kind", MAKERS)
def test_names_that_no_disk_takes(tmp_path, members, kind):
    archive = MAKERS[kind](tmp_path / f"a.{kind}", members)
    try:
        with building(tmp_path / "d") as half:
            extract(archive, half)
    except Damaged as error:
        assert str(archive) in str(error)


@given(st.data())
def test_a_mutated_archive_is_one_sentence(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("mutated")
    kind = data.draw(st.sampled_from([*MAKERS, "tar"]))
    raw = plain_tar(folder) if kind == "tar" else MAKERS[kind](folder / "a", GOOD).read_bytes()
    raw = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    (folder / "b").write_bytes(raw[: data.draw(st.integers(1, len(raw)))])
    try:
        with building(folder / "out") as half:
            extract(folder / "b", half)
    except InputError as error:
        assert "\n" not in str(error)
        assert not (folder / "out").exists()


# ------------------------------------------------------------------------------- bombs
def sparse_tar(path, size):
    """A tar of 2 KB with one file of that many bytes, all of them a hole."""
    header = tarfile.TarInfo("hole").tobuf(tarfile.GNU_FORMAT)
    info = bytearray(header)
    info[156:157] = b"S"
    info[257:265] = b"ustar  \0"
    info[386:398] = info[398:410] = b"00000000000\0"  # one piece of no bytes, at 0
    info[483:495] = f"{size:011o}\0".encode()
    info[148:156] = b"        "
    info[148:156] = f"{sum(info[:512]):06o}\0 ".encode()
    path.write_bytes(bytes(info[:512]) + bytes(1024))
    return path


def test_a_sparse_tar_does_not_fill_the_disk(tmp_path):
    archive = sparse_tar(tmp_path / "a.tar", 8_000_000_000)
    with tarfile.open(archive) as opened:
        assert opened.getmembers()[0].size == 8_000_000_000
    with pytest.raises(Damaged, match=r"not safe.*0.0 MB long and unpacks to more than"):
        extract(archive, tmp_path / "d")
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_bomb_is_refused_and_what_the_registry_expects_counts(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(archives, "ALWAYS_ALLOWED", 10_000)
    if kind == "zip":
        archive = tmp_path / "a.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
            target.writestr("zeros", bytes(3_000_000))
    else:
        archive = make_tar(tmp_path / "a.tar.gz", {"zeros": bytes(3_000_000)})
    times = 3_000_000 / archive.stat().st_size
    assert times > archives.MOST_TIMES
    with pytest.raises(Damaged, match="unpacks to more than"):
        extract(archive, tmp_path / "d")
    monkeypatch.setattr(archives, "MOST_TIMES", 2 * times)
    assert extract(archive, tmp_path) == 1
    with pytest.raises(Damaged, match="unpacks to more than"):  # half of that was to be expected
        extract(archive, tmp_path / "e", expected=archive.stat().st_size // 4)


def test_many_empty_files_count_too(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "ALWAYS_ALLOWED", 10_000)
    archive = make_tar(tmp_path / "a.tar.gz", {f"{n}": b"" for n in range(3000)})
    with pytest.raises(Damaged, match="unpacks to more than"):
        extract(archive, tmp_path / "d")


# ------------------------------------------------------------------- links, kills, two at once
def test_a_folder_that_is_a_link(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "lsp").symlink_to(disk)
    (tmp_path / "coco").symlink_to(tmp_path / "gone" / "deep")
    for name, real in (("lsp", disk), ("coco", tmp_path / "gone" / "deep")):
        with building(tmp_path / name) as half:
            (half / "a").write_bytes(b"whole")
        assert (real / "a").read_bytes() == (tmp_path / name / "a").read_bytes() == b"whole"
        assert (tmp_path / name).is_symlink()


def _build_and_wait(target):
    with building(target) as half:
        (half / "a").write_bytes(b"half")
        time.sleep(60)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_only_what_a_killed_process_left_is_swept(tmp_path):
    target, other = tmp_path / "lsp", tmp_path / ".lsp2-abcdefgh"
    other.mkdir()
    run = multiprocessing.get_context("spawn").Process(target=_build_and_wait, args=(target,))
    run.start()
    until = time.time() + 60
    while not list(tmp_path.glob(".lsp-*/a")) and time.time() < until:
        time.sleep(0.01)
    sweep([target])
    assert list(tmp_path.glob(".lsp-*/a")), "what a living process builds was swept"
    os.kill(run.pid, signal.SIGKILL)
    run.join()
    assert list(tmp_path.glob(".lsp-*/a"))
    sweep([target])
    assert list(tmp_path.iterdir()) == [other]
