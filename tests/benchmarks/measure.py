"""Side-by-side timing for the bench files: one thread, interleaved, in a process of its own.

A bench file calls `compare` for each piece of work and `finish` at its end::

    results = compare("crop 640x480 to 256x256", posekit=ours, peers={
        "cv2.warpAffine": (theirs, 0.87),              # function, least ratio it should have
        "albumentations": (None, 4, "not installed"),  # a peer that could not be measured
    })
    finish(results)

A *ratio* is the peer's time over posekit's: 4 means that posekit is four times as fast. It is
taken of the fastest of many short batches, since other programs can only add time; the
batches of all contestants alternate, so that a busy minute hits all of them.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROUNDS, BATCH_SECONDS = 25, 0.02


def one_thread():
    """One thread for OpenCV and torch: on a shared machine more threads measure the others."""
    import cv2
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def keep_memory():
    """What is freed stays with the process, for every contestant, where the C library is glibc.

    By default a tensor of some 30 MB is new memory in each call, and the system's work to
    provide it takes longer than most of what is measured here.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt:
        mallopt(-4, 0)  # M_MMAP_MAX: nothing is mapped by itself
        mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD: nothing is given back


def load(*modules: str) -> tuple | str:
    """The modules, or the sentence why they cannot be imported."""
    try:
        return tuple(map(importlib.import_module, modules))
    except Exception as error:  # a peer may fail in any way on a version it does not know
        return f"{type(error).__name__}: {error}"


def times(contestants: dict[str, Callable], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Milliseconds per call, ``rounds`` batches of each, in turns."""
    calls = {}
    for name, call in contestants.items():
        call()  # caches, lazy imports
        start = time.perf_counter()
        call()
        once = time.perf_counter() - start
        calls[name] = max(1, round(BATCH_SECONDS / max(once, 1e-7)))
    taken = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, call in contestants.items():
            start = time.perf_counter()
            for _ in range(calls[name]):
                call()
            taken[name].append(1000 * (time.perf_counter() - start) / calls[name])
    return taken


def compare(
    name: str,
    posekit: Callable,
    peers: dict[str, tuple],
    rounds: int = ROUNDS,
    bound: tuple[str, Callable, float] | None = None,
) -> list[dict]:
    """One row a peer: name, peer, ratio (None where not measured), goal, and milliseconds.

    ``bound`` is what no program on this machine can do the work without: its name, a function
    that does that alone (fills the tensor, say), and the share of its speed that posekit is to
    reach. It becomes a row of its own, and no goal asks for more than that share allows.
    """
    present = {peer: row[0] for peer, row in peers.items() if row[0] is not None}
    if bound:
        what, alone, share = bound
        peers = peers | {f"bound: {what}": (alone, share)}
        present[f"bound: {what}"] = alone
    taken = times({"posekit": posekit, **present}, rounds)
    rows = []
    for peer, (_, goal, *why) in peers.items():
        if bound and peer in present:
            goal = min(goal, share * min(taken[peer]) / min(taken[f"bound: {what}"]))
        row = {"name": name, "peer": peer, "ratio": None, "goal": round(goal, 2)}
        missing = {**row, "why": why[0] if why else "not measured"}
        rows.append(timed(row, taken) if peer in present else missing)
    return rows


def timed(row: dict, taken: dict[str, list[float]]) -> dict:
    """A row with its ratio and milliseconds, from the times of posekit and its peer."""
    ms = {
        who: {"min": round(min(taken[who]), 4), "median": round(median(taken[who]), 4)}
        for who in ("posekit", row["peer"])
    }
    return {**row, "ratio": round(min(taken[row["peer"]]) / min(taken["posekit"]), 3), "ms": ms}


def finish(rows: list[dict]):
    """Hand the rows to run.py, or print them where the bench file is run by itself."""
    out = os.environ.get("POSEKIT_BENCH_OUT")
    if out:
        Path(out).write_text(json.dumps(rows))
    else:
        print(table(rows))


def table(rows: list[dict]) -> str:
    """The rows as text."""
    lines = [f"{'work':44}{'peer':28}{'posekit':>10}{'its time':>10}{'ratio':>8}{'goal':>7}"]
    for row in rows:
        head = f"{row['name']:44.43}{row['peer']:28.27}"
        if row["ratio"] is None:
            lines.append(f"{head}not measured: {row['why'].splitlines()[0][:90]}")
            continue
        ours, theirs = (row["ms"][who]["min"] for who in ("posekit", row["peer"]))
        verdict = "" if row["ratio"] >= row["goal"] else "  BELOW"
        lines.append(
            f"{head}{ours:7.3f} ms{theirs:7.3f} ms{row['ratio']:8.2f}{row['goal']:7.2f}{verdict}"
        )
    return "\n".join(lines)


def load_average() -> str:
    """A warning where other programs keep this machine busy, else an empty string."""
    if not hasattr(os, "getloadavg"):
        return ""
    busy, cores = os.getloadavg()[0], os.cpu_count() or 1
    if busy < 0.75 * cores:
        return ""
    return f"load {busy:.1f} on {cores} cores at the start: other programs ran, repeat when quiet"


if __name__ == "__main__":
    sys.exit("this file is imported by bench_*.py; run `make bench`.")
