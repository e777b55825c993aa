"""Data sets come from a folder, a mirror or the official address, whole or not at all."""

import errno
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import tarfile
import time
import warnings
import zipfile
from dataclasses import replace

import pytest

from posekit import cli
from posekit.datasets.fetch import download, local, registry, sums
from posekit.datasets.fetch.sums import Artefact
from posekit.datasets.lsp import LSP
from posekit.errors import InputError

from . import made_sets
from .web import serve


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch, tmp_path):
    monkeypatch.delenv("POSEKIT_MIRROR", raising=False)
    monkeypatch.setenv("POSEKIT_DATA", str(tmp_path / "root"))
    monkeypatch.setattr(download, "PAUSE", 0.0)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "root"


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A mirror folder with a tiny lsp_dataset.zip and a model bundle, and their true sums."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    made_sets.lsp(tmp_path / "made")
    archive = folder / "lsp_dataset.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for path in sorted((tmp_path / "made").rglob("*")):
            target.write(path, path.relative_to(tmp_path / "made"))
    with zipfile.ZipFile(folder / "pose_landmarker_full.task", "w") as target:
        target.writestr("pose_detector.tflite", b"weights")
    for name in ("lsp", "mediapipe_pose"):
        entry = registry.DATASETS[name]
        artefact = entry.mirror[0]
        artefact = replace(artefact, checksum=f"sha256:{sum_of(folder / artefact.file)}")
        monkeypatch.setitem(registry.DATASETS, name, replace(entry, mirror=(artefact,)))
    return folder


def sum_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def contents(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*")) if folder.exists() else []


def official(monkeypatch, name, *artefacts):
    entry = replace(registry.DATASETS[name], official=artefacts)
    monkeypatch.setitem(registry.DATASETS, name, entry)


def test_not_here(root):
    assert local.find("lsp") is None
    assert local.find("mediapipe_pose") is None
    with pytest.raises(InputError, match="posekit data get lsp"):
        local.check("lsp")
    assert not root.exists()


def test_unknown_name():
    for call in (local.find, local.ensure, local.check):
        with pytest.raises(InputError, match="no data set 'lps'; there are: lsp, lspet"):
            call("lps")


def test_mirror_folder_is_unpacked_and_not_copied(lab, root):
    home = local.find("lsp", mirror=lab)
    assert home == root / "lsp"
    assert len(LSP(home)) == 4
    assert not list(root.rglob("*.zip"))
    assert (lab / "lsp_dataset.zip").exists()
    shutil.rmtree(lab)
    assert local.find("lsp") == home  # from now on without the mirror
    assert local.record(home)["artefacts"].keys() == {"lsp_dataset.zip"}


def test_mirror_from_the_environment(lab, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(lab))
    assert local.ensure("lsp").name == "lsp"


def test_single_file_is_used_where_it_lies(lab, root):
    assert local.find("mediapipe_pose", mirror=lab) == lab / "pose_landmarker_full.task"
    assert contents(root) == []


def test_mirror_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="neither a folder nor an http address"):
        local.find("lsp", mirror=tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["lsp", "mediapipe_pose"])
def test_damaged_mirror_file_is_refused_and_leaves_nothing(lab, root, name):
    path = lab / registry.get(name).mirror[0].file
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(InputError, match=f"{path.name} is not the file it should be"):
        local.find(name, mirror=lab)
    assert local.find(name) is None
    assert contents(root) == []


def test_archive_of_something_else(lab, root, monkeypatch):
    with zipfile.ZipFile(lab / "lsp_dataset.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing else")
    artefact = Artefact("lsp_dataset.zip", checksum=f"sha256:{sum_of(lab / 'lsp_dataset.zip')}")
    monkeypatch.setitem(registry.DATASETS, "lsp", replace(registry.get("lsp"), mirror=(artefact,)))
    with pytest.raises(InputError, match=r"lsp_dataset\.zip is not lsp as it is known"):
        local.find("lsp", mirror=lab)
    assert contents(root) == []


@pytest.mark.parametrize("inner", ["", "lsp_dataset"])
def test_unpacked_by_hand(tmp_path, root, inner):
    made_sets.lsp(root / "lsp" / inner)
    assert local.find("lsp") == root / "lsp" / inner
    assert local.check("lsp").problems == []


def test_folder_that_is_something_else_is_not_touched(lab, root):
    (root / "lsp").mkdir(parents=True)
    (root / "lsp" / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match="move it away"):
        local.find("lsp", mirror=lab)
    assert (root / "lsp" / "thesis.tex").read_text() == "mine"


def test_http_mirror(lab, root):
    files = {path.name: path.read_bytes() for path in lab.iterdir()}
    with serve(files) as site:
        assert local.find("lsp", mirror=site.address) is None  # find never downloads
        home = local.ensure("lsp", mirror=site.address + "/")
        bundle = local.ensure("mediapipe_pose", mirror=site.address)
    assert len(LSP(home)) == 4
    assert bundle.read_bytes() == files["pose_landmarker_full.task"]
    assert local.find("mediapipe_pose") == bundle == root / bundle.parent.name / bundle.name
    assert not list(root.rglob("*.zip"))


def test_http_mirror_without_it_leads_to_the_official_address(lab, monkeypatch, capsys):
    with serve({}) as mirror, serve({"lsp.zip": (lab / "lsp_dataset.zip").read_bytes()}) as site:
        official(monkeypatch, "lsp", Artefact("lsp.zip", f"{site.address}/lsp.zip"))
        with pytest.warns(UserWarning, match="nobody publishes a checksum"):
            assert len(LSP(local.ensure("lsp", mirror=mirror.address))) == 4
    assert "going to the official address" in capsys.readouterr().err


def test_official_of_several_archives(lab, root, monkeypatch, tmp_path):
    with zipfile.ZipFile(lab / "lsp_dataset.zip") as whole:
        for part, inside in (("a.zip", "images/"), ("b.zip", "joints.mat")):
            with zipfile.ZipFile(tmp_path / part, "w") as target:
                for name in whole.namelist():
                    if name.startswith(inside):
                        target.writestr(name, whole.read(name))
    files = {name: (tmp_path / name).read_bytes() for name in ("a.zip", "b.zip")}
    with serve(files) as site:
        official(
            monkeypatch,
            "lsp",
            *(
                Artefact(name, f"{site.address}/{name}", f"sha256:{sum_of(tmp_path / name)}")
                for name in files
            ),
        )
        site.files = {"a.zip": files["a.zip"]}
        with pytest.raises(InputError, match="404"):
            local.ensure("lsp")
        assert local.find("lsp") is None
        site.files = files
        assert len(LSP(local.ensure("lsp"))) == 4
    assert [path for path, _ in site.asked] == ["/a.zip", "/b.zip", "/b.zip"]
    assert contents(root / "downloads") == []


def test_official_address_that_is_dead(monkeypatch):
    with serve({}) as site:
        address = f"{site.address}/lsp_dataset.zip"
    official(monkeypatch, "lsp", Artefact("lsp_dataset.zip", address))
    with pytest.raises(InputError, match=r"no connection to 127.*lab's mirror.*--mirror") as error:
        local.ensure("lsp")
    assert "kept" not in str(error.value)


def test_copy_of_the_official_files_on_a_mirror(lab, monkeypatch):
    (lab / "lsp_dataset.zip").rename(lab / "lsp_official.zip")
    official(monkeypatch, "lsp", Artefact("lsp_official.zip", "http://localhost/unused"))
    with pytest.warns(UserWarning, match="nobody publishes a checksum"):
        assert local.find("lsp", mirror=lab) is not None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("h36m", "register at .*human3.6m"),
        ("humaneva", "register at .*humaneva"),
        ("penn_action", "in a browser"),
        ("ucf101", "unrar"),
        ("people_media", "ask the lab"),
    ],
)
def test_clear_words_where_no_program_can_get_it(name, words):
    with pytest.raises(InputError, match=words) as error:
        local.ensure(name)
    assert "--mirror" in str(error.value)


# ------------------------------------------------- what is trusted, and when it is recorded
PORTAL = b"<html>log in, please</html>"
JUNK = b"\0\1\2 neither a page nor an archive"


def recorded(root):
    path = root / "checksums.json"
    return json.loads(path.read_text()) if path.exists() else {}


@pytest.mark.parametrize("first", [PORTAL, JUNK, b""], ids=["page", "junk", "nothing"])
@pytest.mark.parametrize("name", ["lsp", "mediapipe_pose"])
def test_a_first_answer_that_is_not_the_file_leaves_no_trace(lab, root, monkeypatch, name, first):
    file = registry.get(name).mirror[0].file
    with serve({file: first}) as site:
        official(monkeypatch, name, Artefact(file, f"{site.address}/{file}"))
        with pytest.raises(InputError) as error:
            local.ensure(name)
        assert file in str(error.value)
        assert local.find(name) is None
        assert [path for path in contents(root) if (root / path).is_file()] == []
        site.files = {file: (lab / file).read_bytes()}  # logged in
        with pytest.warns(UserWarning, match="nobody publishes"):
            found = local.ensure(name)
    assert recorded(root) == {file: sum_of(lab / file)}
    assert local.find(name) == found


@pytest.mark.filterwarnings("ignore:.*nobody publishes")
def test_what_does_not_unpack_is_deleted_with_its_sum(lab, root, monkeypatch):
    """As an older version left it: downloaded, its sum recorded, and it is a portal's page."""
    kept = root / "downloads" / "lsp" / "lsp_dataset.zip"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(PORTAL)
    (root / "checksums.json").write_text(json.dumps({kept.name: sum_of(kept), "b": "1" * 64}))
    with serve({kept.name: (lab / kept.name).read_bytes()}) as site:
        official(monkeypatch, "lsp", Artefact(kept.name, f"{site.address}/{kept.name}"))
        with pytest.raises(InputError, match="damaged"):
            local.ensure("lsp")
        assert not kept.exists()
        assert recorded(root) == {"b": "1" * 64}
        assert len(LSP(local.ensure("lsp"))) == 4
    assert recorded(root) == {"b": "1" * 64, kept.name: sum_of(lab / kept.name)}


@pytest.mark.filterwarnings("ignore:.*nobody publishes")
def test_a_bundle_is_opened_before_it_is_believed(lab, root, monkeypatch):
    """26 bytes of HTML in the bundle's place, with its sum, as an older version left them."""
    path = root / "mediapipe_pose" / "pose_landmarker_full.task"
    path.parent.mkdir(parents=True)
    path.write_bytes(PORTAL[:26])
    (root / "checksums.json").write_text(json.dumps({path.name: sum_of(path)}))
    assert local.find("mediapipe_pose") is None
    with pytest.raises(InputError, match="posekit data get mediapipe_pose"):
        local.check("mediapipe_pose")
    good = (lab / path.name).read_bytes()
    with serve({path.name: good}) as site:
        official(monkeypatch, "mediapipe_pose", Artefact(path.name, f"{site.address}/{path.name}"))
        assert local.ensure("mediapipe_pose").read_bytes() == good
    assert recorded(root) == {path.name: hashlib.sha256(good).hexdigest()}


def test_a_bad_bundle_on_a_mirror_is_not_believed(lab, root, monkeypatch):
    (lab / "pose_landmarker_full.task").write_bytes(PORTAL)
    entry = registry.get("mediapipe_pose")
    artefact = Artefact(entry.mirror[0].file)
    monkeypatch.setitem(registry.DATASETS, entry.name, replace(entry, mirror=(artefact,)))
    with pytest.raises(InputError, match="cannot be opened"):
        local.find("mediapipe_pose", mirror=lab)
    assert recorded(root) == {}
    assert (lab / "pose_landmarker_full.task").exists(), "a mirror's files are not ours to delete"


def test_one_bad_archive_of_several_does_not_cost_the_others(lab, root, monkeypatch):
    made_sets.lsp(lab / "made")
    with tarfile.open(lab / "images.tar.gz", "w:gz") as target:
        target.add(lab / "made" / "images", "images")
    files = {"images.tar.gz": (lab / "images.tar.gz").read_bytes(), "labels.zip": JUNK}
    with serve(files) as site:
        parts = [Artefact(name, f"{site.address}/{name}") for name in files]
        official(monkeypatch, "lsp", *parts)
        with pytest.raises(InputError, match=r"labels\.zip cannot be unpacked"):
            local.ensure("lsp")
        with zipfile.ZipFile(lab / "labels.zip", "w") as target:
            target.write(lab / "made" / "joints.mat", "joints.mat")
        site.files["labels.zip"] = (lab / "labels.zip").read_bytes()
        with pytest.warns(UserWarning, match="nobody publishes"):
            assert len(LSP(local.ensure("lsp"))) == 4
    assert [path for path, _ in site.asked] == ["/images.tar.gz", "/labels.zip", "/labels.zip"]


def test_an_archive_that_python_cannot_unpack_is_kept(lab, root, monkeypatch):
    whole = bytearray((lab / "lsp_dataset.zip").read_bytes())
    for mark, at in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        whole[whole.index(mark) + at] = 9  # Deflate64
    with serve({"lsp.zip": bytes(whole)}) as site:
        official(monkeypatch, "lsp", Artefact("lsp.zip", f"{site.address}/lsp.zip"))
        with pytest.raises(InputError, match=r"lsp\.zip is whole.*Deflate64"):
            local.ensure("lsp")
    assert (root / "downloads" / "lsp" / "lsp.zip").read_bytes() == whole


RECORDS = {  # what is left of it -> the part that is known
    '{"artefacts": {}, "part": "the first three",}': "the first three",
    '{\n "part": "images \\"1\\"-6000",\n': 'images "1"-6000',
    '\ufeff{"part": "a"}': "a",
    "": "",
    "\0\0\0": "",
    "[1]": "",
    '{"part": 5}': "",
}


@pytest.mark.parametrize("text", RECORDS)
def test_a_damaged_record_is_read_and_mended(root, text):
    made_sets.lsp(root / "lsp")
    path = root / "lsp" / sums.RECORD
    path.write_text(text, encoding="utf-8")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        report = local.check("lsp")
    assert (report.part, report.problems) == (RECORDS[text], [])
    assert len(said) == (RECORDS[text] != "a"), "one warning where it is damaged, else none"
    if RECORDS[text]:
        assert json.loads(path.read_text(encoding="utf-8-sig"))["part"] == RECORDS[text]


# ------------------------------------------------------------------------ places and links
def test_folders_that_are_links(lab, tmp_path, root):
    disk = tmp_path / "disk"
    (disk / "elsewhere").mkdir(parents=True)
    root.symlink_to(disk)
    (disk / "lsp").symlink_to(disk / "elsewhere")
    home = local.find("lsp", mirror=lab)
    assert len(LSP(home)) == 4
    assert (disk / "lsp").is_symlink() and (disk / "elsewhere" / "joints.mat").is_file()
    shutil.move(disk / "elsewhere" / "images", disk / "pictures")
    (disk / "elsewhere" / "images").symlink_to(disk / "pictures")
    assert local.check("lsp").counts["images read"] == 4


@pytest.mark.parametrize("what", ["a file", "a link to a file"])
def test_a_file_where_a_folder_should_be(lab, tmp_path, root, what):
    root.mkdir()
    (tmp_path / "note").write_text("mine")
    if what == "a file":
        (root / "lsp").write_text("mine")
    else:
        (root / "lsp").symlink_to(tmp_path / "note")
    with pytest.raises(InputError, match="move it away"):
        local.find("lsp", mirror=lab)
    with pytest.raises(InputError, match="is a file: name a folder"):
        local.find("lsp", tmp_path / "note", lab)


def test_a_single_file_that_was_fetched_stays_found(lab, root):
    home = local.ensure("mediapipe_pose", mirror=lab)
    assert home == root / "mediapipe_pose" / "pose_landmarker_full.task"
    assert local.find("mediapipe_pose") == home
    assert home.read_bytes() == (lab / home.name).read_bytes()


def test_a_single_file_is_used_where_it_lies_if_it_cannot_be_copied(lab, root, monkeypatch, capsys):
    def refused(*args):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(local.shutil, "copyfile", refused)
    expected = lab / "pose_landmarker_full.task"
    assert local.ensure("mediapipe_pose", mirror=lab) == expected
    assert f"{expected} is used where it lies" in capsys.readouterr().err
    assert [path for path in contents(root) if (root / path).is_file()] == []


def test_a_mirror_s_password_is_not_printed(lab, monkeypatch, capsys):
    with serve({}) as mirror, serve({"lsp.zip": (lab / "lsp_dataset.zip").read_bytes()}) as site:
        official(monkeypatch, "lsp", Artefact("lsp.zip", f"{site.address}/lsp.zip"))
        secret = mirror.address.replace("//", "//ann:sesame@")
        with pytest.warns(UserWarning) as said:
            local.ensure("lsp", mirror=secret)
        assert cli.main(["data", "list", "--mirror", secret]) == 0
        assert cli.main(["data", "get", "people_media", "--mirror", secret]) == 2
        assert cli.main(["data", "get", "lsp", "--mirror", "ftp://ann:sesame@lab"]) == 2
    printed = capsys.readouterr()
    text = printed.out + printed.err + "".join(str(one.message) for one in said)
    assert "sesame" not in text, text
    assert "mirror: http://127.0.0.1" in printed.out


def test_one_attempt_for_lessons(lab, monkeypatch):
    monkeypatch.setattr(download, "SILENCE", 0.3)
    with serve({}) as site:
        site.silent = True
        official(monkeypatch, "lsp", Artefact("lsp.zip", f"{site.address}/lsp.zip"))
        begun = time.monotonic()
        with pytest.raises(InputError, match="after 1 attempt: the server sends nothing"):
            local.ensure("lsp", attempts=1)
        assert len(site.asked) == 1
    took = time.monotonic() - begun
    assert took < 20 * download.SILENCE, f"it took {took:.1f} s"


# ------------------------------------------------------------------- two at once, and kills
def _get(name, address, file, answers):
    entry = replace(registry.DATASETS[name], official=(Artefact(file, f"{address}/{file}"),))
    registry.DATASETS[name] = entry
    try:
        answers.put(str(local.ensure(name)))
    except Exception as error:
        answers.put(repr(error))


@pytest.mark.parametrize("name", ["lsp", "mediapipe_pose"])
def test_several_at_once_all_have_it(lab, root, name):
    file = registry.get(name).mirror[0].file
    context = multiprocessing.get_context("spawn")
    with serve({file: (lab / file).read_bytes()}) as site:
        answers = context.Queue()
        arguments = (name, site.address, file, answers)
        runs = [context.Process(target=_get, args=arguments) for _ in range(3)]
        for run in runs:
            run.start()
        came = {answers.get(timeout=100) for _ in runs}
        for run in runs:
            run.join()
    assert came == {str(local.find(name))}
    assert len(site.asked) == 1
    left = [path for path in contents(root) if path.startswith(".") or ".part" in path]
    assert left == []


def _unpack_slowly(mirror):
    write = shutil.copyfileobj

    def slow(*args):
        time.sleep(0.2)
        return write(*args)

    shutil.copyfileobj = slow
    entry = registry.DATASETS["lsp"]
    artefact = replace(entry.mirror[0], checksum=f"sha256:{sum_of(mirror / 'lsp_dataset.zip')}")
    registry.DATASETS["lsp"] = replace(entry, mirror=(artefact,))
    local.find("lsp", mirror=mirror)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("next_start", ["with the mirror", "after it was unpacked by hand"])
def test_what_a_kill_left_is_swept_at_the_next_start(lab, root, next_start):
    run = multiprocessing.get_context("spawn").Process(target=_unpack_slowly, args=(lab,))
    run.start()
    until = time.time() + 60
    while not list(root.glob(".lsp-*/images/*")) and time.time() < until:
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    run.join()
    assert list(root.glob(".lsp-*/images/*")), "it was killed too late"
    assert local.find("lspet") is None
    assert list(root.glob(".lsp-*")), "another data set's start swept it"
    if next_start == "with the mirror":
        assert len(LSP(local.find("lsp", mirror=lab))) == 4
    else:
        made_sets.lsp(root / "lsp")
        local.find("lsp")
    assert [path.name for path in root.iterdir()] == ["lsp"]


def test_an_image_that_claims_too_many_pixels_is_a_problem(root):
    made_sets.lsp(root / "lsp")
    path = root / "lsp" / "images" / "im0002.jpg"
    raw = bytearray(path.read_bytes())
    at = raw.index(b"\xff\xc0")
    raw[at + 5 : at + 9] = (30_000).to_bytes(2, "big") * 2
    path.write_bytes(raw)
    report = local.check("lsp")
    assert report.counts["images read"] == 3
    assert len(report.problems) == 1
    assert "im0002.jpg claims to be 30,000 x 30,000 pixels" in report.problems[0]


def test_check_counts_what_is_wrong(root):
    made_sets.lsp(root / "lsp")
    images = root / "lsp" / "images"
    (images / "im0001.jpg").write_bytes((images / "im0001.jpg").read_bytes()[:300])
    (images / "im0002.jpg").unlink()
    (images / "im0003.jpg").write_bytes(b"")
    report = local.check("lsp")
    assert report.counts["images read"] == 1
    text = report.text()
    for words in ("im0001.jpg is truncated", "im0003.jpg is empty", "im0002.jpg is listed but"):
        assert words in text
    assert sum("im0001" in problem for problem in report.problems) == 1


def test_check_counts_people_and_joints(root):
    made_sets.lsp(root / "lspet", extended=True)
    report = local.check("lspet")
    assert report.counts["people"] == 4
    assert report.counts["joints labelled"] == 4 * 13
    assert report.oddities["joints unlabelled"] == 4
    assert "nothing wrong" in report.text()


def test_check_of_a_bundle(lab, tmp_path):
    assert local.check("mediapipe_pose", mirror=lab).problems == []
    kept = tmp_path / "root" / "mediapipe_pose" / "pose_landmarker_full.task"
    kept.parent.mkdir(parents=True)
    raw = (lab / kept.name).read_bytes()
    kept.write_bytes(raw.replace(b"weights", b"wrights"))
    assert "damaged" in local.check("mediapipe_pose").text()


def test_command_line(lab, root, capsys):
    arguments = ["--root", str(root), "--mirror", str(lab)]
    assert cli.main(["data", "get", "lsp", *arguments]) == 0
    assert cli.main(["data", "check", "lsp", *arguments]) == 0
    assert "nothing wrong" in capsys.readouterr().out
    (root / "lsp" / "images" / "im0001.jpg").write_bytes(b"")
    assert cli.main(["data", "check", "lsp", *arguments]) == 1
    assert "im0001.jpg is empty" in capsys.readouterr().out
    assert cli.main(["data", "list", *arguments]) == 0
    listing = capsys.readouterr().out
    assert all(name in listing for name in registry.DATASETS)
    assert str(root / "lsp") in listing


@pytest.mark.parametrize("action", ["get", "check"])
def test_command_line_refuses(action, capsys):
    assert cli.main(["data", action, "lps"]) == 2
    assert capsys.readouterr().err.startswith("posekit: no data set 'lps'")
    assert cli.main(["data", action, "h36m"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "register" in error


def test_list_is_sound():
    for entry in registry.DATASETS.values():
        assert entry.terms and entry.citation and entry.page and entry.marks
        assert entry.official or entry.by_hand or entry.packaged
        for artefact in entry.official:
            assert artefact.address.startswith("http") and artefact.address.endswith(artefact.file)
        for artefact in entry.mirror:
            assert not artefact.address and artefact.checksum.startswith("sha256:")


def test_mirror_sums_are_the_mirror_s(mirror):
    lines = (mirror / "SHA256SUMS").read_text().split("\n")
    sums = {name: total for total, name in (line.split() for line in lines if line)}
    listed = {
        a.file: a.checksum.split(":")[1] for e in registry.DATASETS.values() for a in e.mirror
    }
    assert listed == sums


@pytest.mark.parametrize("name", ["lsp", "mediapipe_pose", "people_media"])
def test_from_the_mirror(mirror, root, name):
    report = local.check(name, mirror=mirror)
    assert report.problems == []
    if name == "lsp":
        assert report.counts["images read"] == report.counts["people"] == 2000
        assert report.counts["joints labelled"] == 28000
        assert report.counts["of these occluded"] == 2044
    if name == "people_media":
        assert (report.counts["images read"], report.counts["videos read to their end"]) == (17, 2)
        assert json.loads((root / name / sums.RECORD).read_text())["artefacts"]
