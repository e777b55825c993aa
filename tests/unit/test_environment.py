"""Every POSEKIT_* variable is read in one place, as people write it."""

import re

import pytest

from posekit import cli, doctor, environment
from posekit.datasets import default_mirror, default_root
from posekit.errors import InputError

NAMES = ("POSEKIT_DATA", "POSEKIT_MIRROR", "POSEKIT_DEBUG", "POSEKIT_SOLUTIONS")


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def test_no_other_file_of_the_package_reads_them(root):
    places = {
        str(path.relative_to(root))
        for path in (root / "posekit").rglob("*.py")
        if re.search(r"environ\S*\W+POSEKIT_", path.read_text(encoding="utf-8"))
        or "getenv(" in path.read_text(encoding="utf-8")
    }
    assert places == set(), f"read POSEKIT_* in posekit/environment.py, not in {places}"


WAYS = {  # what is written -> the folder that is meant, below the working folder
    "~/lab": "home/lab",
    "lab": "lab",
    "./lab/": "lab",
    "  lab  ": "lab",
    "~": "home",
}


@pytest.mark.parametrize("written", WAYS)
def test_a_folder_means_the_same_everywhere(tmp_path, monkeypatch, written):
    folder = tmp_path / WAYS[written]
    folder.mkdir(parents=True)
    monkeypatch.setenv("POSEKIT_DATA", written)
    monkeypatch.setenv("POSEKIT_MIRROR", written)
    expected = str(folder)
    came = {
        "data_folder": str(environment.data_folder()),
        "mirror": environment.mirror(),
        "default_root": str(default_root()),
        "default_mirror": default_mirror(),
        "doctor's mirror": next(doctor.mirror()).found.partition(",")[0],
        "doctor's data folder": next(doctor.data_root()).found.partition(",")[0],
        "--mirror": environment.as_mirror(written),
    }
    assert came == dict.fromkeys(came, expected)


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_blank_is_no_value(monkeypatch, blank):
    for name in NAMES:
        monkeypatch.setenv(name, blank)
    came = (
        environment.data_folder(),
        environment.mirror(),
        environment.debug(),
        environment.shows_solutions(),
    )
    assert came == (None, "", False, True)


@pytest.mark.parametrize("written", ["http://lab/data", " HTTPS://lab/data "])
def test_an_address_is_no_folder(monkeypatch, written):
    monkeypatch.setenv("POSEKIT_MIRROR", written)
    assert environment.mirror() == written.strip()
    assert environment.is_address(environment.mirror())


SWITCHES = {"0": False, "off": False, "No": False, "FALSE": False, "1": True, "yes": True}


@pytest.mark.parametrize("written", SWITCHES)
def test_switches(monkeypatch, written):
    monkeypatch.setenv("POSEKIT_DEBUG", written)
    monkeypatch.setenv("POSEKIT_SOLUTIONS", written)
    came = (environment.debug(), environment.shows_solutions())
    assert came == (SWITCHES[written],) * 2


def test_debug_that_is_off_shows_no_traceback(monkeypatch, capsys):
    monkeypatch.setenv("POSEKIT_DEBUG", "0")
    assert cli.main(["data", "get", "nothing"]) == 2
    assert "no data set" in capsys.readouterr().err
    monkeypatch.setenv("POSEKIT_DEBUG", "1")
    with pytest.raises(InputError):
        cli.main(["data", "get", "nothing"])


SECRETS = {
    "http://ann:sesame@lab/data/a.zip": "http://lab/data/a.zip",
    "http://ann:ses@me@lab/data/a.zip": "http://lab/data/a.zip",
    "http://ann:ses/ame@lab/data/a.zip": "http://lab/data/a.zip",
    "https://lab:8080/data@2024/a.zip?key=sesame": "https://lab:8080/data@2024/a.zip",
    "ftp://ann:sesame@lab/data": "ftp://lab/data",
    "/home/ann@lab/data": "/home/ann@lab/data",
}


@pytest.mark.parametrize("address", SECRETS)
def test_a_password_is_never_printed(address):
    assert environment.without_secrets(address) == SECRETS[address]


@pytest.mark.parametrize("address", [address for address in SECRETS if "sesame" in address])
def test_nor_in_another_library_s_sentence(address):
    host = address.partition("//")[2].partition("/")[0]
    for text in (f"{address!r} is wrong", f"{host} refused", f"no route to {host}?key=sesame"):
        assert "sesame" not in environment.without_secrets_in(text, address)
