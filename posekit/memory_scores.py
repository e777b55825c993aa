"""Does a network remember? Its scores when it sees other frames before the one that it answers for.

The weights are the same in all rows of a `report`. What differs is which frames the network sees,
and in which order, before it says where the joints of frame t are:

    kept        all frames up to t, in their order: the memory at work
    reset       frame t alone, as the first frame of a video: no memory
    repeated    frame t again and again, t + 1 times: as many steps, and nothing to remember
    shuffled    the frames before t in a random order, then t: the same images, and no movement
    one_euro    the answers of ``reset``, smoothed by `posekit.smoothing.OneEuro`

If ``shuffled`` is as good as ``kept``, the network does not use the order of the frames, or these
clips do not need it. If ``repeated`` is as good, it only takes more steps, and remembers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from . import metrics
from .codecs.heatmaps import decode_heatmaps
from .data.batches import loader
from .data.clip_crops import ClipCrops, ClipDataset
from .data.crops import crop_labels
from .errors import check_known
from .inference import predicting
from .smoothing import OneEuro

# From t and random numbers to the frames that are seen; the last one is answered for.
CONTROLS: dict[str, Callable[[int, np.random.Generator], Sequence[int]]] = {
    "kept": lambda t, rng: range(t + 1),
    "reset": lambda t, rng: [t],
    "repeated": lambda t, rng: [t] * (t + 1),
    "shuffled": lambda t, rng: [*rng.permutation(t).tolist(), t],
}
LENGTHS = {"1": (1, 1), "2": (2, 2), "3-4": (3, 4), "5+": (5, np.inf)}  # frames
# Of `OneEuro`, in Hz, and Hz for each pixel a second: what is best for occluded joints of the val
# split's clips (tests/benchmarks/memory_study.py), so that the filter is no weak opponent.
STEADY = 1, 0.1
MOVING = 0.1  # of the torso, from frame to frame, in the image: a pan counts, too


# -------------------------------------------------------------------------------- answers
def answers(model: nn.Module, clips: Tensor, control: str = "kept", seed: int = 0) -> Tensor:
    """Raw maps (B, T, K, h, w) of a `posekit.models.pose_machines.PoseMachine`.

    Args:
        clips: (B, T, 3, H, W) from 0 to 1.
        control: one of `CONTROLS`, which says what the network sees before each frame.
        seed: of the random orders.

    No state is kept from one call to the next. Raises `InputError` for an unknown control.
    """
    check_known("control", control, CONTROLS)
    if control == "kept":
        return model(clips)
    seen, rng = CONTROLS[control], np.random.default_rng(seed)
    last = [model(clips[:, list(seen(t, rng))])[:, -1] for t in range(clips.shape[1])]
    return torch.stack(last, 1)


def predict(
    model: nn.Module, clips: ClipCrops, control: str = "kept", batch_size: int = 16
) -> np.ndarray:
    """(N T, K, 2) pixels of the network's input, as `answers` has them; each clip begins anew.

    The model is left in the mode that it was in.
    """
    device, found = next(model.parameters()).device, []
    with predicting(model):
        for n, batch in enumerate(loader(ClipDataset(clips), batch_size, shuffle=False)):
            maps = answers(model, batch.images.to(device), control, n)
            found.append(decode_heatmaps(maps.flatten(0, 1).float()).cpu().numpy())
    return np.concatenate(found)


def smoothed(points: np.ndarray, frames: int, rate: float = 20) -> np.ndarray:
    """(N T, K, 2) points of N clips of ``frames`` frames, each smoothed by a `STEADY` `OneEuro`."""
    clips = points.reshape(-1, frames, *points.shape[1:])
    smooth = OneEuro(rate, *STEADY)
    steady = np.stack([smooth(clips[:, t]) for t in range(frames)], 1)
    return steady.reshape(points.shape).astype(points.dtype)


# --------------------------------------------------------------------------------- scores
def hidden_for(visible: np.ndarray) -> np.ndarray:
    """(N, T, K) for how many frames a joint has been occluded, this one included.

    0 where it is not occluded, and -1 as long as it has not been seen in this clip: then there is
    nothing to remember. ``visible`` (N, T, K): 0 unlabelled, 1 occluded, 2 visible. An unlabelled
    frame counts as one in which the joint is hidden, and is 0 itself.
    """
    length, seen = np.zeros(visible.shape, int), np.zeros(visible[:, 0].shape, bool)
    since = np.zeros(seen.shape, int)
    for t in range(visible.shape[1]):
        seen |= visible[:, t] == 2
        since = np.where(visible[:, t] == 2, 0, since + 1)
        length[:, t] = np.where(visible[:, t] == 1, np.where(seen, since, -1), 0)
    return length


def groups(points: np.ndarray, visible: np.ndarray, lengths: np.ndarray) -> dict[str, np.ndarray]:
    """Which joints (N, T, K) are scored together, by name.

    ``all``; ``occluded``, ``remembered`` of them those that were seen earlier in the clip,
    ``never_seen`` the others, and ``hidden_1`` and so on by `hidden_for`; ``moving``, whose way
    from the frame before is `MOVING` of the torso at least. ``points`` are (N, T, K, 2), true,
    and ``lengths`` (N, T) those of the torso.
    """
    hidden = hidden_for(visible)
    way = np.linalg.norm(np.diff(points, axis=1, prepend=points[:, :1]), axis=-1)
    found = {
        "all": visible > 0,
        "occluded": visible == 1,
        "remembered": hidden > 0,
        "never_seen": hidden < 0,
    }
    for name, (low, high) in LENGTHS.items():
        found[f"hidden_{name}"] = (hidden >= low) & (hidden <= high)
    with np.errstate(invalid="ignore"):
        found["moving"] = (visible > 0) & (way >= MOVING * lengths[..., None])
    return found


def scores(predicted: np.ndarray, clips: ClipCrops) -> dict[str, dict]:
    """PCK at 0.2 of the torso of each of the `groups`, with the joints that it counts.

    ``predicted`` is (N T, K, 2) as `predict` gives it. ``pck`` is NaN where no joint is counted.
    """
    points, visible = crop_labels(clips.crops)
    torso = metrics.torso_lengths(points, visible, clips.crops.skeleton)
    by_clip = [each.reshape(-1, clips.frames, *each.shape[1:]) for each in (points, visible)]
    found = {}
    for name, which in groups(*by_clip, torso.values.reshape(-1, clips.frames)).items():
        counted = visible * which.reshape(visible.shape)
        score = metrics.pck(predicted, points, counted, torso, 0.2)
        found[name] = {"pck": score.value, "joints": score.count}
    return found


def predictions(
    model: nn.Module, clips: ClipCrops, controls: Sequence[str] = tuple(CONTROLS), rate: float = 20
) -> dict[str, np.ndarray]:
    """What `predict` gives, by control, and ``one_euro`` where ``reset`` is among them."""
    points = {name: predict(model, clips, name) for name in controls}
    if "reset" in points:
        points["one_euro"] = smoothed(points["reset"], clips.frames, rate)
    return points


def report(points: Mapping[str, np.ndarray], clips: ClipCrops) -> dict:
    """`scores` of `predictions`, by their names, and of which clips they are."""
    rows = {name: scores(each, clips) for name, each in points.items()}
    about = {"clips": len(clips), "frames": clips.frames, "input": clips.crops.size}
    return about | {"skeleton": clips.crops.skeleton, "controls": rows}


def table(found: dict) -> str:
    """A `report` as text."""
    rows = found["controls"]
    first = next(iter(rows.values()))
    width = max(map(len, rows))
    lines = [" " * width + "".join(f"{name:>12}" for name in first)]
    for name, row in rows.items():
        lines.append(f"{name:{width}}" + "".join(f"{part['pck']:12.1f}" for part in row.values()))
    lines.append(
        f"{'joints':{width}}" + "".join(f"{part['joints']:12,}" for part in first.values())
    )
    lines.append(f"{found['clips']} clips of {found['frames']} frames, PCK within 0.2 x torso, %")
    return "\n".join(lines)
