"""A lock is held by one program at a time, and ends with it, however it ends."""

import multiprocessing
import os
import signal
import time

import pytest

from posekit import locks
from posekit.locks import Held, locked


def _hold(path, ready):
    with locked(path):
        ready.set()
        time.sleep(60)


def _add_one(path, folder, times):
    for _ in range(times):
        with locked(path, waiting="waiting"):
            number = int((folder / "number").read_text())
            time.sleep(0.001)
            (folder / "number").write_text(str(number + 1))


@pytest.fixture
def held(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    run = context.Process(target=_hold, args=(tmp_path / "lock", ready))
    run.start()
    assert ready.wait(60)
    yield run
    run.kill()
    run.join()


def test_a_lock_leaves_nothing(tmp_path):
    for _ in range(3):
        with locked(tmp_path / "deep" / "lock"):
            pass
    with pytest.raises(KeyError), locked(tmp_path / "deep" / "lock"):
        raise KeyError
    assert list((tmp_path / "deep").iterdir()) == []


def test_a_lock_that_is_held(tmp_path, held, capsys, monkeypatch):
    with pytest.raises(Held, match="held by another program"), locked(tmp_path / "lock"):
        pass
    pauses = []

    def end_of_the_other(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            held.kill()
            held.join()

    monkeypatch.setattr(locks.time, "sleep", end_of_the_other)
    with locked(tmp_path / "lock", waiting="another one is at it"):
        assert capsys.readouterr().err == "another one is at it\n"
    assert len(pauses) >= 3


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_what_a_killed_program_left_locks_nothing(tmp_path, held):
    os.kill(held.pid, signal.SIGKILL)
    held.join()
    assert (tmp_path / "lock").exists()
    with locked(tmp_path / "lock"):
        pass


def test_several_wait_for_each_other(tmp_path, monkeypatch):
    (tmp_path / "number").write_text("0")
    context = multiprocessing.get_context("spawn")
    arguments = (tmp_path / "lock", tmp_path, 40)
    runs = [context.Process(target=_add_one, args=arguments) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert (tmp_path / "number").read_text() == "120"


def test_a_disk_without_locks(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "try_lock", lambda handle: None)
    with locked(tmp_path / "lock"), locked(tmp_path / "other"):
        pass
