"""``make bench``: posekit and its peers side by side, a table and build/benchmarks.json.

Each bench_*.py beside this file runs in a process of its own, since thread pools that one
library leaves spinning slow the next one down. The peers are installed into a folder of their
own under build/, which only these processes have on their path: the environment that the
course runs in is not touched. Without a network they are reported as not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from measure import load_average, table

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build"
PEERS = BUILD / "bench-peers"
RESULT = BUILD / "benchmarks.json"
TIMEOUT = 600  # seconds a bench file may take


def install_peers() -> bool:
    """Peers into build/bench-peers, once for each content of requirements.txt."""
    wanted, stamp = (HERE / "requirements.txt").read_text(), PEERS / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    print("Installing the peers into build/bench-peers ...", flush=True)
    # Without dependencies: albumentations would bring a second OpenCV over the first one.
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--upgrade",
        "--target",
        str(PEERS),
        "-r",
        str(HERE / "requirements.txt"),
    ]
    if subprocess.run(pip).returncode:
        return False
    stamp.write_text(wanted)
    return True


def run_bench(path: Path) -> list[dict] | None:
    """The rows of one bench file, or None, its own words above, where it failed."""
    out = BUILD / f"{path.stem}.json"
    out.unlink(missing_ok=True)
    folders = [str(PEERS), str(HERE), os.environ.get("PYTHONPATH", "")]
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, folders)),
        "POSEKIT_BENCH_OUT": str(out),
        # Libraries that would use the network or more than one thread by themselves.
        "NO_ALBUMENTATIONS_UPDATE": "1",
        "OMP_NUM_THREADS": "1",
    }
    try:
        done = subprocess.run([sys.executable, str(path)], env=environ, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        print(f"{path.name} took longer than {TIMEOUT} s.", file=sys.stderr)
        return None
    if done.returncode or not out.exists():
        print(f"{path.name} failed with exit status {done.returncode}.", file=sys.stderr)
        return None
    rows = json.loads(out.read_text())
    out.unlink()
    return rows


def main() -> int:
    """Run the bench files named (all of them); 1 if one failed or a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", metavar="NAME", help="crop for bench_crop.py, ...")
    only = parser.parse_args().only
    paths = [
        path
        for path in sorted(HERE.glob("bench_*.py"))
        if not only or path.stem.removeprefix("bench_") in only
    ]
    BUILD.mkdir(exist_ok=True)
    if not install_peers():
        print("The peers could not be installed: those missing are not measured.")
    rows, failed, warning = [], [], load_average()
    for path in paths:
        print(f"{path.name} ...", flush=True)
        found = run_bench(path)
        rows.extend(found or [])
        failed.extend([path.name] if found is None else [])
    RESULT.write_text(json.dumps(rows, indent=1) + "\n")
    print(
        f"\n{table(rows)}\n\nratio: the peer's time over posekit's, of the fastest of many "
        f"short batches; written to {RESULT.relative_to(BUILD.parent)}"
    )
    if warning:
        print(warning)
    below = [row for row in rows if row["ratio"] is not None and row["ratio"] < row["goal"]]
    if failed or below:
        print(f"{len(below)} below its goal; failed: {', '.join(failed) or 'none'}.")
    return int(bool(failed or below))


if __name__ == "__main__":
    sys.exit(main())
