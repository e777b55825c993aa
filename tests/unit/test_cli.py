"""The command line: exit status, one sentence on stderr, nothing else."""

import subprocess
import sys

import pytest

from posekit import __version__, cli
from posekit.errors import InputError


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    assert all(command in printed for command in ("data", "live", "doctor"))


def test_the_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"posekit {__version__}\n"


@pytest.mark.parametrize(
    "command", ["live --source gone.mp4", "live --source 97", "data check gone", "data get gone"]
)
def test_what_the_user_can_mend_is_one_sentence(capsys, command):
    assert cli.main(command.split()) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("posekit: ") and printed.err.count("\n") == 1
    assert printed.out == ""


def test_the_traceback_on_request(monkeypatch):
    monkeypatch.setenv("POSEKIT_DEBUG", "1")
    with pytest.raises(InputError, match=r"gone\.mp4"):
        cli.main(["live", "--source", "gone.mp4"])


def test_a_disk_that_is_full_is_one_sentence(monkeypatch, capsys):
    def full(args):
        raise OSError(28, "No space left on device", "drawn.png")

    monkeypatch.setattr("posekit.commands.live.run", full)
    assert cli.main(["live"]) == 2
    assert capsys.readouterr().err == (
        "posekit: drawn.png cannot be used (No space left on device): name another, "
        "or free some space.\n"
    )


def test_ctrl_c(monkeypatch, capsys):
    def stop(args):
        raise KeyboardInterrupt

    monkeypatch.setattr("posekit.commands.doctor.run", stop)
    assert cli.main(["doctor"]) == 130
    assert "stopped" in capsys.readouterr().err


def test_what_is_given_arrives(monkeypatch):
    calls = []
    monkeypatch.setattr("posekit.live.pipeline.run_live", lambda *a, **k: calls.append((a[:3], k)))
    cli.main(["live", "--source", "a.mp4", "--poses", "3", "--out", "b.mp4", "--model", "cnn"])
    assert calls == [((cli.Path("a.mp4"), cli.Path("b.mp4"), "cnn"), {"poses": 3})]


def test_help_for_a_checkpoint_shows_the_options_of_its_kind(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["eval", "heatmap", "--help"])
    printed = capsys.readouterr().out
    assert stop.value.code == 0
    assert all(option in printed for option in ("--data", "--box", "--flip", "--people"))


def test_the_doctors_exit_status(monkeypatch):
    monkeypatch.setattr("posekit.commands.doctor.print_report", lambda: 1)
    assert cli.main(["doctor"]) == 1


def test_nothing_heavy_is_imported_for_help():
    program = (
        "import sys, posekit.cli as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('numpy', 'cv2', 'torch', 'mediapipe') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.endswith("[]\n"), done.stdout + done.stderr


def test_the_doctor_runs_without_numpy_opencv_and_torch():
    """A missing package is what it is there to name, so it must not need one."""
    program = (
        "import sys\n"
        "for name in ('numpy', 'cv2', 'torch', 'requests', 'pooch'): sys.modules[name] = None\n"
        "from posekit.cli import main\n"
        "sys.exit(main(['doctor']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr == ""
    assert "not looked at: torch is missing" in done.stdout
    assert "to mend, marked WRONG." in done.stdout
