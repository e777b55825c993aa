"""What deck 06 shows of time and accuracy: recorded, counted, or measured when it is built."""

from __future__ import annotations

import sys
import time
from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torchvision.models import mobilenet_v2

from posekit import latency
from posekit.models.crowd_nets import SmallCrowdNet
from posekit.models.layer_counts import layer_counts
from posekit.models.mobile import mobile_crowd_net
from slides import speed_record as record
from slides.sketch import BLUE, GREEN, INK, LINE, QUIET, VERMILION
from slides.speed_record import BEFORE, DENSE, SEPARABLE

# Seconds that the processor worked for this program: other programs do not count.
# Windows tells them too coarsely, so there the clock on the wall has to do.
CLOCK = time.perf_counter if sys.platform == "win32" else time.process_time
STAGES = {  # as the record names them: name, colour, hatch
    "prepare": ("pre-processing", GREEN, "//"),
    "network": ("network", BLUE, ""),
    "decode": ("decoder", VERMILION, ".."),
    "rest": ("the rest", LINE, ""),
}
FORMS = ((SEPARABLE, "separable", BLUE, ""), (BEFORE, "dense", VERMILION, "//"))


@lru_cache
def _nets() -> dict[str, nn.Module]:
    """Both forms, untrained: they take as long as trained ones."""
    return {SEPARABLE: mobile_crowd_net(18, 19).eval(), BEFORE: SmallCrowdNet(18, 19).eval()}


def _macs(name: str) -> int:
    return sum(row.macs for row in layer_counts(_nets()[name], (1, 3, 256, 256)))


# ------------------------------------------------------------------------- where the time goes
def _stack(ax, frames: dict[str, dict]):
    """A bar for each frame; its parts are as long as the stages take."""
    left = np.zeros(len(frames))
    for stage, (name, colour, hatch) in STAGES.items():
        ms = np.array([frame["stages"][stage] for frame in frames.values()])
        ax.barh(
            list(frames), ms, left=left, color=colour, hatch=hatch, edgecolor="white", label=name
        )
        left += ms
    for row, (length, frame) in enumerate(zip(left, frames.values())):
        text = f"{frame['frames_per_second']:.0f} frames a second"
        ax.text(length + 0.015 * left.max(), row, text, va="center")
    ax.set(xlabel="milliseconds", xlim=(0, 1.38 * left.max()))
    ax.invert_yaxis()


def budget():
    """One frame of chapter 05's network, stage by stage."""
    frame = record.frame(BEFORE, "channels last")
    fig, ax = plt.subplots(figsize=(11.2, 2.9), layout="constrained")
    _stack(ax, {"": frame})
    ax.legend(frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    return fig, f"Five people, {record.SIDE}² pixels; recorded on {record.machine()}"


def end_to_end():
    """One frame, each lever on top of the last."""
    runs = {
        "chapter 05, PyTorch": (BEFORE, "channels last"),
        "chapter 05, ONNX Runtime": (BEFORE, "ONNX Runtime"),
        "separable, PyTorch": (SEPARABLE, "channels last"),
        "separable, ONNX Runtime": (SEPARABLE, "ONNX Runtime"),
    }
    fig, ax = plt.subplots(figsize=(11.4, 4.4), layout="constrained")
    _stack(ax, {name: record.frame(*run) for name, run in runs.items()})
    ax.legend(frameon=False, loc="lower right")
    return fig, f"A frame of five people; recorded on {record.machine()}"


# --------------------------------------------------------------------------------- conventions
@lru_cache
def _numbers_of(kind: type[nn.Module]) -> int:
    """How many numbers the layers of one class give in MobileNetV2 at 224 x 224."""
    found = []
    with torch.device("meta"):
        net, image = mobilenet_v2().eval(), torch.empty(1, 3, 224, 224)
    for layer in net.modules():
        if isinstance(layer, kind):
            layer.register_forward_hook(lambda _, __, out: found.append(out.numel()))
    with torch.no_grad():
        net(image)
    return sum(found)


def conventions():
    """One network by four conventions."""
    macs = sum(row.macs for row in layer_counts(mobilenet_v2(), (1, 3, 224, 224)))
    norm, relu = _numbers_of(nn.BatchNorm2d), _numbers_of(nn.ReLU6)
    counted = {
        "convolutions, linear": macs,
        "+ batch norm, 2 each": macs + 2 * norm,
        "+ ReLU, 1 each": macs + 2 * norm + relu,
        "+ batch norm, 4 each": macs + 4 * norm,
    }
    fig, ax = plt.subplots(figsize=(6.7, 3.9), layout="constrained")
    millions = [count / 1e6 for count in counted.values()]
    bars = ax.barh(list(counted), millions, color=(BLUE, LINE, LINE, LINE), edgecolor=INK)
    ax.bar_label(bars, [f"{count:.1f}" for count in millions], padding=8)
    ax.set(xlim=(0, 1.3 * max(millions)), xticks=(), title="MobileNetV2, 224²: millions")
    ax.spines["bottom"].set_visible(False)
    ax.invert_yaxis()
    return fig, "Each: for each number that the layer gives"


# ------------------------------------------------------------------------------------ roofline
def _kind(net: nn.Module, row: latency.LayerTime) -> str:
    if row.count.kind == "depthwise":
        return "depthwise"
    return "1 × 1" if net.get_submodule(row.count.name).kernel_size == (1, 1) else "dense 3 × 3"


@lru_cache
def _layers() -> tuple[latency.Roofline, dict[str, list[tuple[float, float]]]]:
    """This machine's roofline on one thread, and (intensity, rate) of both forms' layers."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        images = torch.rand(1, 3, 256, 256)
        found: dict[str, list] = {"depthwise": [], "1 × 1": [], "dense 3 × 3": []}
        for net in _nets().values():
            for row in latency.time_layers(net, images, clock=CLOCK):
                found[_kind(net, row)].append((row.intensity, row.rate))
        return latency.measure_roofline(clock=CLOCK), found
    finally:
        torch.set_num_threads(threads)


def roofline():
    """Both forms' ratio in work and in time; and the layers under the roofline."""
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11.5, 4.1), layout="constrained", width_ratios=(1, 2.1)
    )
    _ratios(left)
    roof, layers = _layers()
    x = np.geomspace(0.2, 200, 200)
    right.plot(x, roof.rate(x), color=INK)
    styles = (("o", VERMILION), ("s", BLUE), ("^", GREEN))
    for (name, dots), (marker, colour) in zip(layers.items(), styles):
        style = {"color": colour, "markersize": 10, "alpha": 0.75, "linestyle": "none"}
        right.plot(*zip(*dots), marker=marker, label=name, **style)
    right.set(xscale="log", yscale="log", xlabel="multiply-accumulates per byte")
    right.set_title("10⁹ multiply-accumulates a second")
    right.set_xticks((0.3, 1, 3, 10, 30, 100), ("0.3", "1", "3", "10", "30", "100"))
    right.set_yticks((2, 5, 10, 20, 50, 100), ("2", "5", "10", "20", "50", "100"))
    right.minorticks_off()
    right.legend(frameon=False, loc="lower right", handletextpad=0.2)
    memory = f"{roof.peak:.0f} · 10⁹ a second, {roof.bandwidth:.0f} GB/s"
    return fig, f"Right: one thread of the machine that built this page: {memory}"


def _ratios(ax):
    """How many times the dense form has the work of the separable one, and its time."""
    macs = [_macs(name) for name in (BEFORE, SEPARABLE)]
    ms = [record.milliseconds(name, "eager") for name in (BEFORE, SEPARABLE)]
    ratios = [macs[0] / macs[1], ms[0] / ms[1]]
    bars = ax.bar(["work", "time"], ratios, color=(LINE, BLUE), edgecolor=INK)
    ax.bar_label(bars, [f"{ratio:.1f}" for ratio in ratios], padding=4)
    ax.set(ylim=(0, 8.4), yticks=(), title="dense : separable")
    ax.spines["left"].set_visible(False)


# ------------------------------------------------------------------------------- MobileNet thin
# Ildoo Kim's measurements: AP on COCO's validation images of 2014 at one scale, seconds a frame on
# a laptop (Core i9).
THIN = {
    "OpenPose (VGG19)": (0.859, 50.7),
    "MobileNetV2, large": (0.207, 31.3),
    "MobileNet, thin": (0.170, 28.1),
    "MobileNetV2, small": (0.129, 17.3),
}


def thin():
    """AP against the time of a frame, of OpenPose's network and three on a MobileNet."""
    fig, ax = plt.subplots(figsize=(6.7, 4.6), layout="constrained")
    for name, (seconds, ap) in THIN.items():
        told = name in ("OpenPose (VGG19)", "MobileNet, thin")
        ax.plot(seconds, ap, "o", color=VERMILION if told else QUIET, markersize=14)
        below = name.endswith(("thin", "small"))
        at, across = ((12, -8), "left") if seconds < 0.5 else ((0, 14), "center")
        at = (12, -20) if below else at
        ax.annotate(name, (seconds, ap), at, textcoords="offset points", ha=across)
    ax.set(xlabel="seconds a frame, laptop", ylabel="AP, COCO 2014", xlim=(0, 1.15), ylim=(0, 62))
    (slow, high), (fast, low) = THIN["OpenPose (VGG19)"], THIN["MobileNet, thin"]
    return fig, f"{slow / fast:.1f} times as fast; AP {low - high:.1f}".replace("-", "−")


# ------------------------------------------------------------------------------ our two networks
def two_networks():
    """The networks that were trained the same way: work, time, and AP against time."""
    fig, axes = plt.subplots(
        1, 3, figsize=(11.5, 4.0), layout="constrained", width_ratios=(1, 1, 2.2)
    )
    work = [_macs(name) / 1e6 for name, *_ in FORMS]
    time_ = [record.milliseconds(name, "ONNX Runtime") for name, *_ in FORMS]
    for ax, values, title, form in (
        (axes[0], work, "10⁶ MACs", "{:,.0f}"),
        (axes[1], time_, "ms", "{:.1f}"),
    ):
        names, colours, hatches = zip(*[row[1:] for row in FORMS])
        bars = ax.bar(names, values, color=colours, hatch=hatches, edgecolor="white")
        ax.bar_label(bars, [form.format(value) for value in values], padding=4)
        ax.set(title=title, ylim=(0, 1.15 * max(values)), yticks=())
        ax.spines["left"].set_visible(False)
        ax.set_xticks(range(2), ["sep.", "dense"])
    _speed_and_precision(axes[2])
    lost, low, high = record.loss(DENSE, SEPARABLE)
    text = f"At 256² the separable form loses {lost:.3f} AP ({low:.3f} to {high:.3f})"
    return fig, text.replace("-", "−")


def _speed_and_precision(ax):
    """AP against milliseconds, a line for each form, a dot for each input size."""
    for name, label, colour, _ in FORMS:
        found = record.precision(DENSE if name == BEFORE else name)
        times = {side: record.milliseconds(name, "ONNX Runtime", side) for side in sorted(found)}
        dots = [(ms, found[side]) for side, ms in times.items() if ms]
        style = "o-" if name == SEPARABLE else "s--"
        ax.plot(*zip(*dots), style, color=colour, markersize=9, label=label)
        above = name == SEPARABLE
        text = {"ha": "right" if above else "left", "color": colour, "textcoords": "offset points"}
        for side, dot in zip([side for side, ms in times.items() if ms], dots):
            if side % 128 == 0:  # the sizes between them have no room for their numbers
                ax.annotate(str(side), dot, (-5, 8) if above else (7, -18), **text)
    ax.set(xlabel="ms, ONNX Runtime", xscale="log", title="AP at several input sizes")
    (low, high), (low_ms, high_ms) = ax.get_ylim(), ax.get_xlim()
    ax.set(
        ylim=(low - 0.12 * (high - low), high + 0.1 * (high - low)),
        xlim=(low_ms / 1.4, 1.6 * high_ms),
    )
    ticks = [ms for ms in (1, 2, 5, 10, 20, 50, 100) if ax.get_xlim()[0] < ms < ax.get_xlim()[1]]
    ax.set_xticks(ticks, [str(ms) for ms in ticks])
    ax.minorticks_off()
    ax.legend(frameon=False, loc="lower right")


# --------------------------------------------------------------------------------- runtimes
def runtimes():
    """Milliseconds of both forms, however they are computed."""
    ways = {
        "PyTorch": "eager",
        "channels last": "channels last",
        "bf16": "bf16",
        "ONNX Runtime": "ONNX Runtime",
        "int8": "ONNX Runtime int8",
    }
    ways = {way: name for way, name in ways.items() if record.milliseconds(BEFORE, name)}
    fig, ax = plt.subplots(figsize=(11.4, 3.6), layout="constrained")
    for shift, (name, label, colour, hatch) in zip((-0.2, 0.2), FORMS):
        ms = [record.milliseconds(name, runtime) for runtime in ways.values()]
        at = np.arange(len(ways)) + shift
        bars = ax.bar(at, ms, 0.4, color=colour, hatch=hatch, edgecolor="white", label=label)
        ax.bar_label(bars, [f"{value:.1f}" for value in ms], padding=3)
    ax.set_xticks(range(len(ways)), list(ways))
    ax.set(ylabel="ms", yticks=(), ylim=(0, 1.18 * ax.dataLim.y1))
    ax.legend(frameon=False, ncols=2)
    lost, low, high = record.loss(SEPARABLE, f"{SEPARABLE} int8")
    text = f"int8 loses {lost:.3f} AP ({low:.3f} to {high:.3f})".replace("-", "−")
    return fig, f"One image of 256². ONNX Runtime {record.version('onnxruntime')}; {text}"
