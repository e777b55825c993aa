"""Downloads: they resume, retry and verify, and leave nothing half done under a real name."""

import errno
import hashlib
import json

import numpy as np
import pytest

from posekit.datasets.fetch import disk, download
from posekit.datasets.fetch.download import NotThere, fetch
from posekit.datasets.fetch.sums import Artefact, remember, verify
from posekit.errors import InputError

from .web import serve

BODY = np.random.default_rng(0).bytes(3_000_000)
SUM = f"sha256:{hashlib.sha256(BODY).hexdigest()}"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(download, "PAUSE", 0.0)


@pytest.fixture
def site():
    with serve({"people.zip": BODY}) as site:
        yield site


@pytest.fixture
def get(site, tmp_path):
    """Fetch people.zip into tmp_path; the checksum is the right one unless given."""

    def get(checksum=SUM):
        artefact = Artefact("people.zip", checksum=checksum)
        return fetch(f"{site.address}/people.zip", tmp_path / "people.zip", artefact, tmp_path)

    return get


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_whole(get, site, tmp_path):
    assert get().read_bytes() == BODY
    assert names(tmp_path) == ["people.zip"]
    assert site.asked == [("/people.zip", None)]


def test_md5_is_known_too(get):
    assert get(f"md5:{hashlib.md5(BODY).hexdigest()}").read_bytes() == BODY


def test_half_finished_download_is_resumed(get, site, tmp_path):
    (tmp_path / "people.zip.part").write_bytes(BODY[:1_000_000])
    assert get().read_bytes() == BODY
    assert site.asked == [("/people.zip", "bytes=1000000-")]
    assert names(tmp_path) == ["people.zip"]


def test_finished_part_is_not_downloaded_again(get, site, tmp_path):
    (tmp_path / "people.zip.part").write_bytes(BODY)
    assert get().read_bytes() == BODY
    assert len(site.asked) == 1  # the server is asked, and has nothing to add


def test_part_that_is_too_long_is_thrown_away(get, tmp_path):
    (tmp_path / "people.zip.part").write_bytes(BODY + b"more")
    assert get().read_bytes() == BODY


def test_part_of_another_file_is_thrown_away(get, site, tmp_path):
    (tmp_path / "people.zip.part").write_bytes(b"x" * 1_000_000)
    assert get().read_bytes() == BODY
    assert [asked for _, asked in site.asked] == ["bytes=1000000-", None]


def test_server_without_ranges(get, site, tmp_path):
    site.ranges = False
    (tmp_path / "people.zip.part").write_bytes(BODY[:1_000_000])
    assert get().read_bytes() == BODY


def test_broken_connections_are_tried_again_from_where_they_broke(get, site):
    site.cuts = [1_000_000, 700_000]
    assert get().read_bytes() == BODY
    assert len(site.asked) == 3
    starts = [int(asked.strip("bytes=-")) for _, asked in site.asked[1:]]
    assert 900_000 < starts[0] <= 1_000_000
    assert starts[0] + 600_000 < starts[1] <= starts[0] + 700_000


def test_busy_server_is_tried_again(get, site):
    site.refuse = [503, 500]
    assert get().read_bytes() == BODY


def test_giving_up_keeps_the_part(get, site, tmp_path):
    site.cuts = [1000] * 10
    with pytest.raises(InputError, match=r"4 attempts.*goes on from there"):
        get()
    assert names(tmp_path) == ["people.zip.part"]
    site.cuts = []
    assert get().read_bytes() == BODY


def test_nobody_answers(tmp_path):
    with serve({}) as site:
        address = site.address
    with pytest.raises(InputError, match="cannot be downloaded"):
        fetch(f"{address}/a.zip", tmp_path / "a.zip", Artefact("a.zip"), tmp_path)
    assert names(tmp_path) == []


def test_no_such_file_is_not_tried_again(get, site, tmp_path):
    site.files.clear()
    with pytest.raises(NotThere, match="404"):
        get()
    assert len(site.asked) == 1
    assert names(tmp_path) == []


def test_forbidden(get, site):
    site.refuse = [403]
    with pytest.raises(InputError, match="403"):
        get()


def test_address_that_is_none(tmp_path):
    with pytest.raises(InputError, match="cannot be downloaded"):
        fetch("http://", tmp_path / "a.zip", Artefact("a.zip"), tmp_path)


def test_wrong_checksum_leaves_nothing(get, tmp_path):
    with pytest.raises(InputError, match=r"not the file it should be.*was expected"):
        get("sha256:" + "0" * 64)
    assert names(tmp_path) == []


@pytest.mark.filterwarnings("error")
def test_unverified_is_recorded_on_first_use_and_compared_later(get, site, tmp_path):
    artefact = Artefact("people.zip")
    with pytest.warns(UserWarning, match="nobody publishes a checksum"):
        remember(get("unverified"), artefact, tmp_path)
    recorded = json.loads((tmp_path / "checksums.json").read_text())
    assert recorded == {"people.zip": SUM.removeprefix("sha256:")}
    verify(tmp_path / "people.zip", artefact, tmp_path)
    remember(tmp_path / "people.zip", artefact, tmp_path)  # and no second warning
    (tmp_path / "people.zip").unlink()
    site.files["people.zip"] = BODY[::-1]
    with pytest.raises(InputError, match="has changed"):
        get("unverified")
    assert names(tmp_path) == ["checksums.json"]


def test_file_that_changes_after_it_was_verified(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"good")
    artefact = Artefact("a.bin", checksum=f"sha256:{hashlib.sha256(b'good').hexdigest()}")
    verify(path, artefact, tmp_path)
    path.write_bytes(b"evil, and longer")
    with pytest.raises(InputError, match="not the file"):
        verify(path, artefact, tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_disk_that_fills_up(get, monkeypatch, tmp_path, code):
    def full(response, job, have, sent):
        job.part.write_bytes(BODY[:1000])
        raise OSError(code, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(download, "_save", full)
        with pytest.raises(InputError, match=r"disk that holds .* is full"):
            get()
        assert names(tmp_path) == ["people.zip.part"]
    assert get().read_bytes() == BODY  # room was made: it is resumed


def test_disk_that_is_too_small_is_found_before_the_download(get, monkeypatch, tmp_path):
    usage = disk.shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(InputError, match=r"3.0 MB are needed and 0.0 MB are free"):
        get()
    assert names(tmp_path) == []


def test_folder_that_cannot_be_written(get, monkeypatch):
    def refused(*args):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(download, "_save", refused)
    with pytest.raises(InputError, match="cannot be written"):
        get()
