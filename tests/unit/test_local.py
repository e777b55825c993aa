"""Data sets come from a folder, a mirror or the official address, whole or not at all."""

import hashlib
import json
import shutil
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
        assert entry.official or entry.by_hand
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
