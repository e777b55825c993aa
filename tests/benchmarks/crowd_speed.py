"""How fast the networks for several people are on this machine, by runtime, size, width and form.

    python tests/benchmarks/crowd_speed.py [--threads 1 2] [--json slides/crowd_speed.json]

Each runtime is measured in a process of its own, with so many threads, one image at a time: the
threads that one runtime leaves spinning would slow the next one down. Times are milliseconds of
the network alone; *end to end* is a frame of 512 x 512 pixels with five people in, people out,
with its stages. ``crowd`` is the dense form of ``crowd_mobile``. OpenVINO is measured where `make
bench` has installed it: it is a peer, and posekit does not use it. Measure on a quiet machine:
elsewhere two threads wait for each other.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import torch
from torch import nn

from posekit import checkpoints, crowds, export, onnx_networks
from posekit.models.crowd_nets import SmallCrowdNet
from posekit.models.layer_counts import layer_counts
from posekit.models.mobile import mobile_crowd_net
from posekit.tasks.crowds import rendered

BUILD = Path(__file__).resolve().parents[2] / "build" / "crowd_speed"
PEERS = BUILD.parent / "bench-peers"  # where `make bench` puts them
SIZE, SIZES, WIDTHS = 256, (128, 192, 320, 384), (0.5, 0.75, 1.5)
FRAME, PEOPLE = 512, 5
SECONDS, LEAST = 0.5, 20  # a measurement takes so long, and so many calls
FORMS = {"crowd": SmallCrowdNet, "crowd_mobile": mobile_crowd_net}
# What is measured of each network: size and width, alone and together.
LEVERS = [(size, 1.0) for size in SIZES] + [(SIZE, width) for width in WIDTHS]
LEVERS += [(128, 0.5), (192, 0.5), (192, 0.75)]
export.TOLERANCE["int8"] = math.inf  # what int8 loses is measured here, and not refused


# --------------------------------------------------------------------------- networks and files
def checkpoint(name: str) -> str | Path:
    """A checkpoint of the package, or else what ``posekit train NAME`` left under runs/."""
    trained = BUILD.parents[1] / "runs" / f"{name}-full-synthetic" / f"{name}.safetensors"
    return name if name in checkpoints.names() else trained


def network(name: str, width: float = 1.0) -> nn.Module:
    """The trained network, or an untrained one of another width: it takes the same time."""
    if width == 1:
        return checkpoints.load_pretrained(checkpoint(name))[0].to(
            memory_format=torch.contiguous_format
        )
    return FORMS[name](joints=18, limbs=19, width=width).eval()


def exported(name: str, size: int = SIZE, int8: bool = False, width: float = 1.0) -> Path:
    """The network's ONNX file under build/, written once for each checkpoint."""
    version = checkpoints.card(checkpoint(name))["sha256"][:8]
    path = BUILD / f"{name}-{version}-{size}-{width}{'-int8' * int8}.onnx"
    if not path.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        if width == 1:
            export.export(checkpoint(name), path, (size, size), int8)
        else:
            file = export.to_onnx(network(name, width), (size, size))
            path.write_bytes(file.SerializeToString())
    return path


# ------------------------------------------------------------------------------------- runtimes
def eager(name: str, size: int, width: float, threads: int) -> Callable:
    return _torchs(network(name, width), torch.rand(1, 3, size, size))


def channels_last(name: str, size: int, width: float, threads: int) -> Callable:
    last = {"memory_format": torch.channels_last}
    return _torchs(network(name, width).to(**last), torch.rand(1, 3, size, size).contiguous(**last))


def bf16(name: str, size: int, width: float, threads: int) -> Callable:
    last = {"memory_format": torch.channels_last}
    images = torch.rand(1, 3, size, size).bfloat16().contiguous(**last)
    return _torchs(network(name, width).bfloat16().to(**last), images)


def _torchs(model: nn.Module, images: torch.Tensor) -> Callable:
    def call():
        with torch.inference_mode():
            model.predict(images)

    return call


def onnx(name: str, size: int, width: float, threads: int, int8: bool = False) -> Callable:
    session = onnx_networks.open_session(exported(name, size, int8, width), threads)
    images = np.random.default_rng(0).random((1, 3, size, size), np.float32)
    return lambda: session.run(None, {onnx_networks.INPUT: images})


def onnx_int8(name: str, size: int, width: float, threads: int) -> Callable:
    return onnx(name, size, width, threads, int8=True)


def openvino(name: str, size: int, width: float, threads: int, kind: str = "f32") -> Callable:
    import openvino as ov

    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    settings |= {"INFERENCE_PRECISION_HINT": kind}
    model = ov.Core().read_model(exported(name, size, False, width))
    model.reshape([1, 3, size, size])
    request = ov.Core().compile_model(model, "CPU", settings).create_infer_request()
    images = np.random.default_rng(0).random((1, 3, size, size), np.float32)
    return lambda: request.infer([images])


def openvino_bf16(name: str, size: int, width: float, threads: int) -> Callable:
    return openvino(name, size, width, threads, "bf16")


RUNTIMES = {
    "eager": eager,
    "channels last": channels_last,
    "bf16": bf16,
    "ONNX Runtime": onnx,
    "ONNX Runtime int8": onnx_int8,
    "OpenVINO": openvino,
    "OpenVINO bf16": openvino_bf16,
}


# ------------------------------------------------------------------------------------- measuring
def milliseconds(call: Callable) -> dict:
    """The median and the least of many calls, after a few that warm up."""
    for _ in range(5):
        call()
    taken, end = [], time.perf_counter() + SECONDS
    while len(taken) < LEAST or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - start))
    return {"median": round(median(taken), 3), "min": round(min(taken), 3)}


def measure(runtime: str, threads: int) -> dict:
    """What one process measures: both networks at 256 pixels, and for one runtime more."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    jobs = [(name, SIZE, 1.0) for name in FORMS]
    if runtime == "ONNX Runtime":
        jobs += [(name, *lever) for name in FORMS for lever in LEVERS]
    rows = [
        {"network": name, "runtime": runtime, "threads": threads, "size": size, "width": width}
        | milliseconds(RUNTIMES[runtime](name, size, width, threads))
        for name, size, width in jobs
    ]
    whole = [end_to_end(runtime, name, threads) for name in FORMS if runtime in WHOLE]
    return {"latency": rows, "end_to_end": whole}


WHOLE = ("channels last", "ONNX Runtime", "ONNX Runtime int8")


def end_to_end(runtime: str, name: str, threads: int) -> dict:
    """Frame in, people out: frames a second, and milliseconds of each stage."""
    source = exported(name, int8="int8" in runtime) if "ONNX" in runtime else checkpoint(name)
    model, card = onnx_networks.load_pretrained(source, threads)
    size, codec = (SIZE, SIZE), card["codec"]
    image = rendered("test", 8, FRAME)[PEOPLE - 1].image  # scenes of 1, 2, ... people, by turns
    fitted = crowds.fit_image(image, size)
    with torch.inference_mode():
        maps = model.predict(fitted.tensor)
        stages = {
            "prepare": milliseconds(lambda: crowds.fit_image(image, size)),
            "network": milliseconds(lambda: model.predict(fitted.tensor)),
            "decode": milliseconds(lambda: crowds.read_people(maps, 0, codec)),
        }
    whole = milliseconds(lambda: crowds.find_people(model, image, codec, SIZE))
    people = len(crowds.find_people(model, image, codec, SIZE).person_scores)
    fps = round(1000 / whole["median"], 1)
    row = {"network": name, "runtime": runtime, "threads": threads, "frames_per_second": fps}
    return row | {"whole": whole, "stages": stages, "found": people}


def in_a_process(runtime: str, threads: int) -> dict:
    """`measure` in a process of its own; nothing of a runtime that is not installed."""
    command = [sys.executable, __file__, "--runtime", runtime, "--threads", str(threads)]
    path = os.pathsep.join(filter(None, [str(PEERS), os.environ.get("PYTHONPATH")]))
    environ = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": path}
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    if done.returncode:
        print(f"{runtime} is not measured: {done.stderr.strip().splitlines()[-1]}")
        return {"latency": [], "end_to_end": []}
    return json.loads(done.stdout.splitlines()[-1])


# -------------------------------------------------------------------------------------- recording
def machine() -> str:
    """The processor's name as the system says it, and how many cores there are."""
    try:
        rows = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(row.partition(": ")[2] for row in rows if row.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor()
    return f"{name}, {os.cpu_count()} cores"


def counts() -> list[dict]:
    """MACs and parameters of what is measured, at 256 x 256."""
    rows = []
    for name, width in [(n, w) for n in FORMS for w in (1.0, *WIDTHS)]:
        layers = layer_counts(network(name, width), (1, 3, SIZE, SIZE))
        macs, parameters = (sum(getattr(r, k) for r in layers) for k in ("macs", "parameters"))
        rows.append({"network": name, "width": width, "macs": macs, "parameters": parameters})
    return rows


def record(path: Path, part: str, found: dict) -> None:
    """Put one part into the file, and leave the others as they are; a row has a line."""
    whole = json.loads(path.read_text()) if path.exists() else {}
    text = json.dumps(whole | {part: found}, indent=1)
    for least in (r"\[[^][{}]*\]", r"\{[^{}]*\}"):
        text = re.sub(least, lambda found: " ".join(found.group().split()), text)
    path.write_text(text + "\n")


def prepare() -> None:
    """Write every file that will be measured, so that measuring is nothing else."""
    for name in FORMS:
        for int8 in (False, True):
            exported(name, int8=int8)
    for name in FORMS:
        for size, width in LEVERS:
            exported(name, size, width=width)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--runtime", help="measure one alone, and print JSON")
    parser.add_argument("--prepare", action="store_true", help="write the files, measure nothing")
    parser.add_argument("--json", type=Path, help="record the figures in this file")
    args = parser.parse_args()
    if args.runtime:
        print(json.dumps(measure(args.runtime, *args.threads)))
        return
    prepare()
    if args.prepare:
        return
    load = os.getloadavg()[0]
    found = {"latency": [], "end_to_end": []}
    for threads in args.threads:
        for runtime in RUNTIMES:
            for part, rows in in_a_process(runtime, threads).items():
                found[part] += rows
    print(table(found))
    if args.json:
        versions = {name: metadata.version(name) for name in ("torch", "onnxruntime", "posekit")}
        about = {"command": "python tests/benchmarks/crowd_speed.py", "machine": machine()}
        about |= {"load": round(load, 1)}  # how many programs wanted a core when it began
        record(args.json, "speed", about | {"versions": versions, "counts": counts()} | found)


def table(found: dict) -> str:
    """The times as text."""
    lines = [
        f"{row['network']:20}{row['runtime']:20}{row['threads']} threads {row['size']:4} px "
        f"x {row['width']:<5}{row['median']:9.2f} ms (least {row['min']:.2f})"
        for row in found["latency"]
    ]
    for row in found["end_to_end"]:
        stages = ", ".join(f"{k} {v['median']:.2f}" for k, v in row["stages"].items())
        lines.append(
            f"{row['network']:20}{row['runtime']:20}{row['threads']} threads: "
            f"{row['frames_per_second']:.0f} frames/s, {row['found']} found ({stages} ms)"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
