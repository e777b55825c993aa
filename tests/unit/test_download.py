"""Downloads: they resume, retry and verify, and leave nothing half done under a real name."""

import errno
import gzip
import hashlib
import io
import json
import tarfile
import time

import numpy as np
import pytest

from posekit.datasets.fetch import disk, download
from posekit.datasets.fetch.download import NotThere, Unreachable, fetch
from posekit.datasets.fetch.sums import Artefact, forget, recorded, remember, verify
from posekit.datasets.fetch.versions import Version
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


# ------------------------------------------------------------- a part and the file it is of
OLD = bytes(len(BODY))  # an older file of the same length
VALIDATORS = {
    "etag": [{"ETag": '"old"'}, {"ETag": '"new"'}],
    "time": [
        {"Last-Modified": "Sat, 01 Jan 2022 00:00:00 GMT"},
        {"Last-Modified": "Sun, 02 Jan 2022 00:00:00 GMT"},
    ],
}


@pytest.mark.parametrize("if_range", [True, False], ids=["if-range", "no if-range"])
@pytest.mark.parametrize("checksum", [SUM, "unverified"])
@pytest.mark.parametrize("kind", VALIDATORS)
def test_a_part_is_not_continued_with_another_version(
    get, site, tmp_path, kind, checksum, if_range
):
    site.if_range = if_range
    site.files["people.zip"], site.headers = OLD, VALIDATORS[kind][0]
    site.cuts = [400_000] * 4
    with pytest.raises(InputError, match="goes on from there"):
        get(checksum)
    assert (tmp_path / "people.zip.part").stat().st_size > 900_000
    site.files["people.zip"], site.headers, site.cuts = BODY, VALIDATORS[kind][1], []
    assert get(checksum).read_bytes() == BODY
    assert names(tmp_path) == ["people.zip"]


@pytest.mark.parametrize("kind", VALIDATORS)
def test_the_same_version_is_continued(get, site, tmp_path, kind):
    site.headers, site.cuts = VALIDATORS[kind][0], [1_000_000, 1_000_000]
    assert get("unverified").read_bytes() == BODY
    assert [asked is None for _, asked in site.asked] == [True, False, False]
    assert names(tmp_path) == ["people.zip"]


def test_without_sum_and_version_a_part_is_begun_again(get, site):
    site.cuts = [1_000_000]
    assert get("unverified").read_bytes() == BODY
    assert [asked for _, asked in site.asked] == [None, None]


def test_a_length_tells_versions_apart():
    """Some servers give the same ETag to all their files."""
    known = Version('"one"', "", 3_000_000)
    assert known.differs(Version('"one"', "", 2_999_993))
    assert known.differs(Version('"one"', "", 3_000_000, "gzip"))
    assert not known.differs(Version('"one"', "", -1))


@pytest.mark.parametrize(
    "range_", ["bytes 0-9/3000000", "bytes 999-2999999/3000000", "3000000", "", "bytes x-y/z"]
)
def test_a_piece_from_another_place_is_not_added(get, site, tmp_path, range_):
    (tmp_path / "people.zip.part").write_bytes(BODY[:1_000_000])
    site.headers = {"Content-Range": range_}
    assert get().read_bytes() == BODY
    assert [asked for _, asked in site.asked] == ["bytes=1000000-", None]


def test_a_weak_etag_vouches_for_nothing():
    assert Version('W/"a"').validator == ""
    assert Version('W/"a"', "Sat, 01 Jan 2022 00:00:00 GMT").validator.startswith("Sat")


# ------------------------------------------------------------------------- odd servers
@pytest.mark.parametrize("length", ["many", "", "-5", "1e3"])
def test_words_for_a_length_do_no_harm(get, site, length):
    site.headers = {"Content-Length": length}
    assert get().read_bytes() == BODY


def tar_gz(content: bytes) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.bin")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return raw.getvalue()


ZIP, TAR = b"PK" + BODY, tar_gz(BODY)
SENT = {  # name, what it is, what is sent: a server may pack it, or only say so
    "packed zip": ("a.zip", ZIP, gzip.compress(ZIP)),
    "said of a zip": ("a.zip", ZIP, ZIP),
    "packed tar.gz": ("a.tar.gz", TAR, gzip.compress(TAR)),
    "said of a tar.gz": ("a.tar.gz", TAR, TAR),
}


@pytest.mark.parametrize("cuts", [[], [400_000]])
@pytest.mark.parametrize("case", SENT)
def test_a_server_that_says_gzip(site, tmp_path, case, cuts):
    name, content, sent = SENT[case]
    site.files, site.cuts = {name: sent}, list(cuts)
    site.headers = {"Content-Encoding": "gzip", "ETag": '"a"'}
    artefact = Artefact(name, checksum=f"sha256:{hashlib.sha256(content).hexdigest()}")
    fetch(f"{site.address}/{name}", tmp_path / name, artefact, tmp_path)
    assert (tmp_path / name).read_bytes() == content
    assert len(site.asked) == 1 + len(cuts)
    assert names(tmp_path) == [name]


def test_another_packing_is_named(get, site):
    site.headers = {"Content-Encoding": "br"}
    with pytest.raises(InputError, match="packs it as br, though it was asked not to"):
        get()


PAGES = [
    b"<html>log in, please</html>",
    b"\n<!DOCTYPE html>\n<html><body>Welcome to the airport</body></html>",
    b"\xef\xbb\xbf<!-- portal --><HTML>",
    b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x"><html/>',
]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("checksum", [SUM, "unverified"])
def test_a_log_in_page_is_not_the_file(get, site, tmp_path, page, checksum):
    site.files["people.zip"] = page
    with pytest.raises(Unreachable, match=r"gave a web page in place of people\.zip.*log in"):
        get(checksum)
    assert names(tmp_path) == []
    site.files["people.zip"] = BODY  # logged in
    assert get(checksum).read_bytes() == BODY


def test_a_log_in_page_costs_no_part(get, site, tmp_path):
    (tmp_path / "people.zip.part").write_bytes(BODY[:1_000_000])
    site.ranges, site.files["people.zip"] = False, PAGES[0]
    with pytest.raises(Unreachable, match="web page"):
        get()
    assert (tmp_path / "people.zip.part").read_bytes() == BODY[:1_000_000]


def test_what_cannot_be_opened_is_deleted(site, tmp_path):
    def opens(path):
        raise InputError("no bundle")

    artefact = Artefact("people.zip")
    with pytest.raises(InputError, match="no bundle"):
        fetch(f"{site.address}/people.zip", tmp_path / "a", artefact, tmp_path, opens=opens)
    assert names(tmp_path) == []


# ------------------------------------------------------------------------------ silence
@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(download, "SILENCE", 0.3)


@pytest.mark.parametrize("how", ["silent", "drips", "drips_headers"])
@pytest.mark.parametrize(("attempts", "connections"), [(1, 1), (4, 2)])
def test_a_server_that_says_nothing_is_given_up(
    site, tmp_path, impatient, how, attempts, connections
):
    setattr(site, how, True)
    artefact = Artefact("people.zip", checksum=SUM)
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="sends nothing, or next to nothing"):
        fetch(f"{site.address}/people.zip", tmp_path / "a", artefact, tmp_path, attempts)
    took = time.monotonic() - begun
    assert len(site.asked) == connections
    assert took < 10 * download.SILENCE * connections, f"it took {took:.1f} s"


def test_one_attempt_is_one(site, tmp_path):
    site.cuts = [1000] * 5
    artefact = Artefact("people.zip", checksum=SUM)
    with pytest.raises(
        Unreachable, match=r"after 1 attempt: there is no connection to .*, or it broke"
    ):
        fetch(f"{site.address}/people.zip", tmp_path / "a", artefact, tmp_path, attempts=1)
    assert len(site.asked) == 1


# ------------------------------------------------------------------------------ secrets
@pytest.mark.parametrize("trouble", ["gone", "refused", "early", "page", "dead", "no address"])
def test_no_sentence_holds_a_password(site, tmp_path, trouble, monkeypatch):
    address = site.address.replace("//", "//ann:sesame@") + "/people.zip?key=sesame"
    if trouble == "gone":
        site.files = {}
    elif trouble == "refused":
        site.refuse = [401]
    elif trouble == "page":
        site.files = {"people.zip?key=sesame": PAGES[0]}
    elif trouble == "early":
        site.files, site.cuts = {"people.zip?key=sesame": BODY}, [10] * 4
    elif trouble == "dead":
        address = "http://ann:sesame@127.0.0.1:9/people.zip"
    else:
        address = "http://ann:sesame@:x/people.zip"
    with pytest.raises(InputError, match=r"people\.zip") as error:
        fetch(address, tmp_path / "a", Artefact("people.zip", checksum=SUM), tmp_path)
    assert "sesame" not in str(error.value), str(error.value)


# -------------------------------------------------------------------------- checksums.json
GOOD = {"a.zip": "1" * 64, "b.zip": "2" * 64, "c.zip": "3" * 64}
LISTS = {
    "a line deleted, its comma left": json.dumps(GOOD, indent=1).replace(
        f',\n "c.zip": "{GOOD["c.zip"]}"', ","
    ),
    "cut off": json.dumps(GOOD, indent=1)[:-20],
    "with a mark": "\ufeff" + json.dumps(GOOD),
    "empty": "",
    "zeros": "\0" * 50,
    "a list": "[1, 2]",
    "no text": '{"a.zip": 5}',
}


@pytest.mark.filterwarnings("ignore:.*no valid JSON")
@pytest.mark.parametrize("kind", LISTS)
def test_a_damaged_list_of_sums_is_read_and_mended(tmp_path, kind):
    path = tmp_path / "checksums.json"
    path.write_text(LISTS[kind], encoding="utf-8")
    kept = [name for name, text in GOOD.items() if f'"{text}"' in LISTS[kind]]
    expected = {name: GOOD[name] for name in kept}
    assert recorded(tmp_path) == expected
    (tmp_path / "new.zip").write_bytes(b"new")
    with pytest.warns(UserWarning, match="nobody publishes"):
        remember(tmp_path / "new.zip", Artefact("new.zip"), tmp_path)
    new = {"new.zip": hashlib.sha256(b"new").hexdigest()}
    assert json.loads(path.read_text(encoding="utf-8")) == expected | new
    assert names(tmp_path) == ["checksums.json", "new.zip"]


def test_a_damaged_list_is_one_warning(tmp_path):
    path = tmp_path / "checksums.json"
    path.write_text(LISTS["a line deleted, its comma left"])
    with pytest.warns(UserWarning, match="the 2 checksums that could be read in it were kept"):
        recorded(tmp_path)
    assert json.loads(path.read_text()) == {name: GOOD[name] for name in ("a.zip", "b.zip")}


def test_only_its_own_sum_is_forgotten(tmp_path):
    file, artefact = tmp_path / "a.zip", Artefact("a.zip")
    file.write_bytes(b"one")
    with pytest.warns(UserWarning):
        remember(file, artefact, tmp_path)
    file.write_bytes(b"another")
    forget(file, artefact, tmp_path)
    assert recorded(tmp_path) == {"a.zip": hashlib.sha256(b"one").hexdigest()}
    file.write_bytes(b"one")
    forget(file, artefact, tmp_path)
    assert recorded(tmp_path) == {}
