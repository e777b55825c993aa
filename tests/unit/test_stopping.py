"""What is there of a recording that is stopped, killed, or left without its terminal."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from posekit.live import Writer, open_source, sinks
from posekit.live.stopping import stopped_by_signals

RECORDING = """
import sys, time
from posekit import cli
from posekit.live import NullDetector, pipeline

class Slow(NullDetector):
    def detect(self, image, time_ms=None):
        time.sleep(0.01)
        print("frame", flush=True)
        return super().detect(image, time_ms)

pipeline.open_detector = lambda *args, **options: Slow()
sys.exit(cli.main(["live", "--source", sys.argv[1], "--out", sys.argv[2]]))
"""


@pytest.fixture
def recording(tmp_path):
    """A live command that is drawing a long video, 30 frames of it so far."""
    noise = np.random.default_rng(0).integers(0, 255, (300, 144, 192, 3), dtype=np.uint8)
    with Writer(tmp_path / "long.avi", fps=25) as writer:
        for frame in noise:
            writer.write(frame)

    def start(out, **options):
        command = [sys.executable, "-c", RECORDING, tmp_path / "long.avi", out]
        return subprocess.Popen(command, **options)

    return start


def read_frames(process, count=30):
    for _ in range(count):
        while "frame" not in process.stdout.readline():
            assert process.poll() is None, process.stderr.read()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_signal_ends_a_recording_and_the_file_plays(recording, tmp_path, name, suffix):
    out, pipe = tmp_path / f"drawn{suffix}", subprocess.PIPE
    process = recording(out, stdout=pipe, stderr=pipe, text=True)
    read_frames(process)
    for _ in range(2):  # the second finds it at work on the end of the file
        process.send_signal(getattr(signal, name))
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    frames = sum(1 for _ in open_source(out))
    assert frames >= 29 and f"long.avi: {frames} frames" in printed, (frames, printed)
    assert [path.name for path in tmp_path.glob("drawn*")] == [out.name]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("suffix", sinks.VIDEO_CODECS)
def test_what_is_left_of_a_killed_recording_plays(recording, tmp_path, suffix):
    pipe = subprocess.PIPE
    process = recording(tmp_path / f"drawn{suffix}", stdout=pipe, stderr=pipe, text=True)
    read_frames(process, 90)
    process.kill()
    process.communicate(timeout=60)
    part = tmp_path / f"drawn.{process.pid}.part{suffix}"
    assert list(tmp_path.glob("drawn*")) == [part]
    frames = sum(1 for _ in open_source(part))
    assert frames >= 40, f"{frames} frames came out of a file in which about 90 were"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_a_terminal_that_is_closed_leaves_a_video_that_plays(recording, tmp_path):
    import fcntl
    import termios

    terminal, side = os.openpty()
    process = recording(
        tmp_path / "drawn.mp4",
        stdin=side,
        stdout=side,
        stderr=side,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(side, termios.TIOCSCTTY, 0),
    )
    os.close(side)
    seen = b""
    while seen.count(b"frame\r") < 30:
        seen += os.read(terminal, 4096)
    os.close(terminal)
    process.wait(timeout=60)
    assert [path.name for path in tmp_path.glob("drawn*")] == ["drawn.mp4"]
    frames = sum(1 for _ in open_source(tmp_path / "drawn.mp4"))
    assert frames >= 29, f"{frames} frames came, at least 29 were drawn"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_signals_are_handled_while_it_runs_and_only_then():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(n) for n in numbers]
    hung = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with stopped_by_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, "nohup must stay"
    finally:
        signal.signal(signal.SIGHUP, hung)
    with stopped_by_signals():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        for number in numbers:
            signal.raise_signal(number)  # ignored: one is enough
    with stopped_by_signals() as finish:
        finish()
        signal.raise_signal(signal.SIGTERM)
    assert [signal.getsignal(n) for n in numbers] == before
    inside = []
    thread = threading.Thread(target=lambda: inside.append(run_in_thread()))
    thread.start()
    thread.join()
    assert inside == [before], "only the main thread may handle signals"


def run_in_thread():
    with stopped_by_signals() as finish:
        finish()
        return [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
