"""The plots of deck 08: what was measured of poses in space, and what is made of it."""

from __future__ import annotations

from functools import lru_cache, partial

import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import lifting_scores as scores
from posekit import metrics, synthetic
from posekit.data.takes import LiftWindows, take_of
from posekit.models.lifters import LinearLifter
from posekit.tasks.lifting import open_takes, pose_loss
from slides import lifting_record as record
from slides.lifting_scenes import BODY, ROOT, kinds_of_points, lift, throw, turned
from slides.sketch import BLUE, GREEN, INK, LINE, PALE, QUIET, VERMILION

COLOURS = dict(zip(record.NETWORKS, (VERMILION, BLUE, GREEN)))
HATCHES = dict(zip(record.NETWORKS, ("", "//", "..")))
STEPS = 150  # of the linear lifter that learns while the deck is built


# ------------------------------------------------------------------------------- four errors
def errors():
    """Millimetres that four errors see in five wrong answers."""
    take = throw().take
    truth = take.joints.astype(float)
    wrist = truth.copy()
    wrist[:, BODY.index("left_wrist"), 2] += 0.3
    noise = np.random.default_rng(0).normal(0, 0.02, truth.shape)
    wrong = {
        "1 m to the right": truth + [1, 0, 0],
        "1.2 times as large": 1.2 * truth,
        "turned by 30°": turned(truth, 30),
        "a wrist 30 cm too far": wrist,
        "trembling by 20 mm": truth + noise,
    }
    about = {"root": ROOT}
    kinds = (
        partial(metrics.mpjpe, **about),
        partial(metrics.n_mpjpe, **about),
        metrics.pa_mpjpe,
        metrics.mpjve,
    )
    seen = [[1000 * of(one, truth, take.visible).value for of in kinds] for one in wrong.values()]
    fig, ax = plt.subplots(figsize=(10.2, 3.4), layout="constrained")
    ax.imshow(np.sqrt(seen), cmap="Blues", aspect="auto", vmax=16)
    for (row, column), value in np.ndenumerate(seen):
        ax.text(column, row, f"{value:.0f}", ha="center", va="center")
    ax.set_xticks(range(4), ("P1", "N-MPJPE", "P2", "velocity"))
    ax.set_yticks(range(5), wrong)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return fig, "Millimetres that each error sees in five wrong answers"


# ------------------------------------------------------------------------------ linear layers
@lru_cache
def _takes() -> tuple[list, list]:
    """Synthetic people to learn from, and others to test on."""
    learnt, test = (open_takes("synthetic", split, motions=26) for split in ("train", "test"))
    return learnt, test[::4]


def _least_squares(train: LiftWindows):
    """One linear layer alone, solved and not trained: a module of the same shapes."""
    batch = train.batch(range(len(train)))
    ones = torch.ones(len(batch.points), 1)
    inputs = torch.cat([batch.points.flatten(1), ones], 1).double()
    solved = torch.linalg.lstsq(inputs, batch.joints.flatten(1).double()).solution.float()
    layer = torch.nn.Linear(2 * len(BODY), 3 * len(BODY))
    layer.weight.data, layer.bias.data = solved[:-1].T.contiguous(), solved[-1]
    shape = torch.nn.Unflatten(2, (len(BODY), 3))
    net = torch.nn.Sequential(torch.nn.Flatten(2), layer, shape)
    net.field = 1
    return net


def _trained(windows: LiftWindows) -> LinearLifter:
    """A linear lifter after `STEPS` steps."""
    torch.manual_seed(0)
    net, rng = LinearLifter(len(BODY), hidden=256, dropout=0.1), np.random.default_rng(0)
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=STEPS)
    for step in range(STEPS):
        loss, _ = pose_loss(net, windows.batch(rng.choice(len(windows), 256), epoch=step))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval()


def linear_scores():
    """P1 of the mean pose, of one linear layer, and of the linear lifter."""
    learnt, test = _takes()
    windows = LiftWindows(learnt, frames=1, units="person")
    asked, mean = scores.Asked("person"), scores.mean_pose(learnt)
    one, many = (
        scores.score(net, test, mean, asked) for net in (_least_squares(windows), _trained(windows))
    )
    found = {
        "mean pose": one["mean_pose"],
        "one linear layer": one["p1"],
        "linear lifter": many["p1"],
    }
    fig, ax = plt.subplots(figsize=(5.2, 3.2), layout="constrained")
    bars = ax.barh(list(found), list(found.values()), color=(QUIET, BLUE, VERMILION), height=0.6)
    ax.bar_label(bars, fmt=" %.0f")
    ax.invert_yaxis()
    ax.set(title="P1, mm", xlim=(0, 1.2 * max(found.values())), xticks=())
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(length=0)
    return fig, f"True points, other synthetic people; {STEPS} steps"


# ----------------------------------------------------------------------------- recorded tables
def _grouped(ax, names, heights: dict[str, list], fmt: str = "%.0f"):
    """Bars of each of a few networks beside each other, in groups."""
    wide = 0.8 / len(heights)
    for n, (network, values) in enumerate(heights.items()):
        at = np.arange(len(values)) + wide * (n - (len(heights) - 1) / 2)
        look = {"color": COLOURS[network], "hatch": HATCHES[network], "edgecolor": "white"}
        bars = ax.bar(at, values, 0.92 * wide, label=network, **look)
        ax.bar_label(bars, fmt=fmt, padding=2)
    ax.set_xticks(range(len(names)), names)
    ax.set(yticks=(), ylim=(0, 1.2 * max(max(values) for values in heights.values())))
    ax.spines["left"].set_visible(False)
    ax.tick_params(length=0)


def over_time():
    """P1 and velocity error of the networks on HumanEva-I with noise of 3 pixels."""
    fig, axes = plt.subplots(1, 2, figsize=(5.2, 3.7), layout="constrained")
    titles = {"p1": "P1, mm", "velocity": "velocity, mm"}
    for ax, (name, title) in zip(axes, titles.items()):
        values = [record.figure(network, "noise", name) for network in record.NETWORKS]
        for n, (network, value) in enumerate(zip(record.NETWORKS, values)):
            look = {"color": COLOURS[network], "hatch": HATCHES[network], "edgecolor": "white"}
            ax.bar_label(ax.bar(n, value, **look, label=network), fmt="%.1f", padding=2)
        ax.set(title=title, xticks=(), yticks=(), ylim=(0, 1.15 * max(values)))
        ax.spines["left"].set_visible(False)
    fig.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        frameon=False,
        columnspacing=0.8,
        handletextpad=0.4,
        handlelength=1.2,
    )
    return fig, "HumanEva-I, points with noise of 3 pixels"


def which_points():
    """One moment with three kinds of points, and P1 of the networks on two of them."""
    fig, axes = plt.subplots(
        1, 4, figsize=(11.4, 4.1), layout="constrained", width_ratios=(1, 1, 1, 3.2)
    )
    kinds_of_points(axes[:3])
    for ax in axes[:3]:
        ax.set_axis_off()
    kinds = ("truth", "noise")
    found = {net: [record.figure(net, kind) for kind in kinds] for net in record.NETWORKS}
    _grouped(axes[3], kinds, found, "%.1f")
    axes[3].set(title="P1, mm, HumanEva-I", ylim=(0, 1.2 * axes[3].get_ylim()[1]))
    axes[3].legend(frameon=False, loc="upper center", ncols=3, handlelength=1.1, columnspacing=1)
    learnt = record.corrections("truth"), record.corrections("faults")
    truth, faults = (next(iter(rows.values()))["p1"] for rows in learnt)
    return fig, (
        f"And the network that never saw HumanEva-I: {truth:.1f} mm with true points, "
        f"{faults:.1f} mm with faults"
    )


def halves():
    """The recordings of three people, cut in two; and P1 on people known and unknown."""
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11.4, 3.9), layout="constrained", width_ratios=(1, 1.25)
    )
    for n, who in enumerate(record.PEOPLE):
        for x, colour, text in ((0, PALE[VERMILION], "Validate"), (1.03, PALE[BLUE], "Train")):
            left.add_patch(plt.Rectangle((x, 2.2 - n), 1, 0.7, facecolor=colour, edgecolor=INK))
            left.text(x + 0.5, 2.55 - n, text, ha="center", va="center")
        left.text(-0.08, 2.55 - n, who, ha="right", va="center")
    left.set(xlim=(-0.35, 2.05), ylim=(-0.1, 3.1), title="a recording, from start to end")
    left.set_axis_off()
    network = record.left_out()
    for shift, of, colour, hatch, label in (
        (-0.2, record.known, BLUE, "", "known from Train"),
        (0.2, record.stranger, VERMILION, "//", "never seen"),
    ):
        values = [of(network, who) for who in record.PEOPLE]
        at = np.arange(3) + shift
        look = {"color": colour, "hatch": hatch, "edgecolor": "white", "label": label}
        bars = right.bar(at, values, 0.38, **look)
        right.bar_label(bars, fmt="%.0f", padding=2)
    right.set_xticks(range(3), record.PEOPLE)
    right.set(title=f"P1, mm: {network}", yticks=(), ylim=(0, 1.35 * right.get_ylim()[1]))
    right.legend(frameon=False, loc="upper center", ncols=2, handlelength=1.2)
    right.spines["left"].set_visible(False)
    right.tick_params(length=0)
    return fig, _worse(network)


def _worse(network: str) -> str:
    known, strange = (
        np.mean([of(network, who) for who in record.PEOPLE])
        for of in (record.known, record.stranger)
    )
    learnt = "learnt for {} and {} epochs".format(*record.epochs(network))
    return f"Noise of 3 pixels, means over actions: {strange / known:.1f} times the error; {learnt}"


# ------------------------------------------------------------------------------- corrections
def hurts():
    """By how much each correction lowers P1, and the share of frames that it makes worse."""
    kinds = {"truth": ("o", BLUE), "noise": ("s", GREEN), "faults": ("^", VERMILION)}
    tables = {kind: record.corrections(kind) for kind in kinds}
    names = [name for name in list(tables["truth"])[1:] if "gated" not in name]  # alike here
    fig, axes = plt.subplots(1, 2, figsize=(11.4, 4.1), layout="constrained", sharey=True)
    titles = {"lower": "P1 lower, %", "worse": "frames worse, %"}
    for ax, (key, title) in zip(axes, titles.items()):
        for shift, (kind, (mark, colour)) in zip((-0.2, 0, 0.2), kinds.items()):
            values = [tables[kind][name][key] for name in names]
            at = np.arange(len(names)) + shift
            ax.plot(values, at, mark, color=colour, markersize=12, label=kind)
        ax.axvline(0, color=INK, linewidth=1.2)
        ax.set(title=title)
        ax.grid(axis="x", color=LINE)
        ax.margins(x=0.08)
    free = tables["truth"][next(iter(tables["truth"]))]["ms"]
    more = [tables["truth"][name]["ms"] - free for name in names]
    labels = [f"{name}, {max(ms, 0):.1f} ms" for name, ms in zip(names, more)]
    axes[0].set_yticks(range(len(names)), labels)
    axes[0].invert_yaxis()
    axes[1].legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), handletextpad=0)
    return (
        fig,
        "lifter on HumanEva-I, people and views that it has never seen; worse: by over 1 mm",
    )


# ------------------------------------------------------------------------------ applications
def flexion(joints, side: str = "left") -> np.ndarray:
    """(T,) degrees by which the shank is turned against the thigh; 0 for a straight leg."""
    hip, knee, ankle = (joints[:, BODY.index(f"{side}_{p}")] for p in ("hip", "knee", "ankle"))
    ways = np.stack([knee - hip, ankle - knee])
    ways = ways / np.linalg.norm(ways, axis=-1, keepdims=True)
    return np.degrees(np.arccos(np.clip((ways[0] * ways[1]).sum(-1), -1, 1)))


def _lean(joints) -> np.ndarray:
    """(T,) degrees between the trunk and the vertical."""
    trunk = joints[:, BODY.index("thorax")] - joints[:, ROOT]
    return np.degrees(np.arccos(-trunk[:, 1] / np.linalg.norm(trunk, axis=1)))


def _cadence(joints, fps: float = 30) -> float:
    """Steps a second: twice the strongest frequency of left knee minus right knee."""
    apart = flexion(joints) - flexion(joints, "right")
    power = np.abs(np.fft.rfft(apart - apart.mean(), 1024))
    return 2 * np.fft.rfftfreq(1024, 1 / fps)[power.argmax()]


def _moving(action: str, count: int, frames: int, seed: int) -> list:
    return [take_of(one) for one in synthetic.Motions(seed, count, frames, action=action)]


def _misleading(action: str):
    """Of four views of a motion the one in which the knee on the image is the most wrong."""
    views = [take_of(one) for one in synthetic.Motions(7, 1, 64, 4, action=action)]
    return max(views, key=lambda t: abs(np.ptp(flexion(t.joints)) - np.ptp(flexion(t.points))))


def measured():
    """The lean of people who fall or do not; a squat's knee; cadence against knee, by gait."""
    fig, (fall, squat, gait) = plt.subplots(1, 3, figsize=(11.4, 4.3), layout="constrained")
    seconds = np.arange(66) / 30  # later the one who fell stands up again
    for action, style, colour in (
        ("falling", "-", VERMILION),
        ("pushup", ":", GREEN),
        ("walk", "--", BLUE),
    ):
        angles = _lean(lift(_moving(action, 2, 66, 63)[1]))
        fall.plot(seconds, angles, style, color=colour, label=action)
    fall.set(
        title="lean of the trunk, °", xlabel="seconds", ylim=(0, 275), yticks=(0, 60, 120, 180)
    )
    take = _misleading("squat")
    angles = {"truth": take.joints, "lifted": lift(take), "image": take.points}
    for (name, joints), (style, colour) in zip(
        angles.items(), (("-", INK), ("--", BLUE), (":", VERMILION))
    ):
        squat.plot(np.arange(64) / 30, flexion(joints), style, color=colour, label=name)
    squat.set(
        title="flexion of a knee, °", xlabel="seconds", ylim=(0, 275), yticks=(0, 60, 120, 180)
    )
    for name, mark, colour in (("walk", "o", BLUE), ("run", "^", VERMILION)):
        found = [lift(take) for take in _moving(name, 6, 90, 80)]
        bends = [flexion(joints).max() for joints in found]
        steps = [_cadence(joints) for joints in found]
        gait.plot(steps, bends, mark, color=colour, markersize=10, label=name)
    gait.set(title="largest flexion, °", xlabel="steps a second")
    gait.set(ylim=(0, 275), yticks=(0, 60, 120, 180))
    for ax in (fall, squat, gait):
        ax.legend(frameon=False, loc="upper center", ncols=1, handlelength=1.4, labelspacing=0.15)
    ranges = [f"{name} {np.ptp(flexion(joints)):.0f}°" for name, joints in angles.items()]
    return fig, "Range of motion of the squat, seen from the worst of four sides: " + ", ".join(
        ranges
    )
