"""A trained network written as one ONNX file, which runs without PyTorch.

1. PyTorch traces the network at one image size, for any number of images.
2. With ``int8``, rendered people that it did not learn from show which values each layer gives,
   and weights and values become whole numbers of 8 bits (*static quantisation*).
3. The file's answers are compared with PyTorch's, and the file is refused where they differ.
4. The card goes into the file's metadata, where `posekit.onnx_networks` reads it.
"""

from __future__ import annotations

import json
import logging
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from . import catalog, checkpoints, crowds, onnx_networks
from .data.batches import CropDataset, loader
from .data.crops import cache_crops
from .errors import InputError
from .files import atomic_write, check_writable
from .onnx_networks import ENTRY, INPUT, OUTPUT, OnnxNetwork, open_session, require
from .tasks.crowds import rendered

OPSET = 18  # of 2022: every runtime of today knows it
PACKAGES = ("onnx", "onnxscript", "onnxruntime")
# How far the file's answers may be from PyTorch's, as `difference` measures it.
TOLERANCE = {"float32": 1e-4, "int8": 0.25}
CALIBRATION = 64  # rendered images that int8 is calibrated on
COMPARED = 8  # rendered images on which the answers are compared; not those above


class Exported(nn.Module):
    """A network as it is exported: images in, what its codec reads out."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model
        self.answer = getattr(model, "predict", model.forward)

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(B, 3, H, W) from 0 to 1 to one tensor, or to several maps."""
        return self.answer(images)


def export(
    name: str | Path, out: str | Path, size: tuple[int, int] | None = None, int8: bool = False
) -> dict:
    """Write a checkpoint as one ONNX file; returns the card that the file holds.

    Args:
        name: one of `posekit.checkpoints.names`, or a ``.safetensors`` file.
        out: the file, ``FILE.onnx``.
        size: (height, width) in pixels of the images that it is to take; None: the size that the
            network is scored at. The number of images stays free.
        int8: with weights and values of 8 bits instead of 32.

    The card's ``export`` says the size, the precision, the outputs' names, and for each output how
    far it is from PyTorch's, see `difference`.

    Raises `InputError` for a name, a size or a file name that cannot be, a layer that ONNX does
    not have, answers that are not PyTorch's, and packages that are not installed.
    """
    if Path(out).suffix != onnx_networks.SUFFIX:
        raise InputError(f"{out} must end in .onnx, so that `posekit live` knows what it is.")
    check_writable(out)
    require(*PACKAGES)
    model, card = checkpoints.load_pretrained(name)
    size = size or default_size(card)
    check_size(model, card, size)
    file, precision = to_onnx(model, size, card["name"]), "float32"
    if int8:
        file, precision = quantised(file, rendered_inputs(card, size, CALIBRATION, "val")), "int8"
    network = OnnxNetwork(open_session(file.SerializeToString()))
    apart = compare(model, network, rendered_inputs(card, size, COMPARED, "test"), precision)
    card = card | {"export": {"size": list(size), "precision": precision, "opset": OPSET}}
    card["export"] |= {"outputs": list(apart), "difference": apart}
    if "decode" in card:  # who looks at squares reads their side here
        card["size"] = size[0]
    file.metadata_props.add(key=ENTRY, value=json.dumps(card))
    atomic_write(out, file.SerializeToString(deterministic=True))
    return card


# ---------------------------------------------------------------------------------- size
def default_size(card: Mapping) -> tuple[int, int]:
    """(height, width) at which a network is scored and shown."""
    side = card["size"] if "decode" in card else crowds.SIDE
    return side, side


def check_size(model: nn.Module, card: Mapping, size: tuple[int, int]) -> None:
    """`InputError` for a size that the network's strides do not divide, or cannot be shown."""
    multiple = getattr(model, "multiple", crowds.MULTIPLE)
    if any(side < 1 or side % multiple for side in size):
        raise InputError(
            f"the sides of {card['name']}'s images must be multiples of {multiple}, its coarsest "
            f"stride, and are {size[0]} x {size[1]}: choose another --size."
        )
    if "decode" in card and size[0] != size[1]:
        raise InputError(
            f"{card['name']} looks at squares: --size must be one number, and is "
            f"{size[0]}x{size[1]}."
        )


# -------------------------------------------------------------------------------- to ONNX
def to_onnx(model: nn.Module, size: tuple[int, int], name: str = "the network"):
    """An ``onnx.ModelProto`` of a network for images (B, 3, height, width) from 0 to 1.

    Raises `InputError` for a layer that cannot be exported.
    """
    network = Exported(model).eval()
    images = torch.zeros(2, 3, *size)  # of one image PyTorch would take it that it is always one
    try:
        with torch.no_grad():
            names = list(getattr(network(images), "_fields", [OUTPUT]))
    except (InputError, RuntimeError) as error:
        raise InputError(f"{name} takes no single images, so it is not exported: {error}") from None
    try:
        program = _traced(network, images, names)
    except Exception as error:  # many classes, of torch and of onnxscript
        said = next(filter(None, str(error).strip().splitlines()), type(error).__name__)
        raise InputError(
            f"{name} has a layer that cannot be exported at {size[0]} x {size[1]} ({said}): "
            "replace it, or choose another --size."
        ) from error
    return _without_traces(program.model_proto)


def _traced(network: nn.Module, images: Tensor, names: list[str]):
    """PyTorch's program: the exporter says much on the way, and nothing that a reader needs."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            options = {"input_names": [INPUT], "output_names": names, "opset_version": OPSET}
            options["dynamic_shapes"] = ({0: torch.export.Dim("batch")},)
            # The older exporter, without dynamo, computes each padding anew for each image.
            return torch.onnx.export(network, (images,), dynamo=True, verbose=False, **options)
    finally:
        logger.setLevel(level)


def _without_traces(file):
    """The file without notes on where in which source file each node came from."""
    graph = file.graph
    for part in (file, graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        del part.metadata_props[:]
    return file


# ----------------------------------------------------------------------------------- int8
def quantised(file, images: Tensor):
    """The same in int8, calibrated on images (N, 3, H, W) from 0 to 1.

    Weights have a scale for each output channel, values one for each tensor, and both are signed;
    each layer stands between a pair that quantises and *de*-quantises (QDQ), which runtimes merge
    with it. Jacob et al., "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", CVPR 2018. A processor without instructions for 8 bits
    (VNNI) gains nothing by it.

    Raises `InputError` for images of one colour: they show no layer's values.
    """
    if float(images.amax() - images.amin()) < 1 / 255:
        raise InputError("the images to calibrate on are all of one colour: give others.")
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        before, ready, after = (Path(folder, f"{n}.onnx") for n in ("a", "b", "c"))
        onnx.save(file, before)
        # Merges layers and infers shapes; its symbolic inference fails on a free batch size.
        quant_pre_process(before, ready, skip_symbolic_shape=True)
        signed, form = quantization.QuantType.QInt8, quantization.QuantFormat.QDQ
        how = {"activation_type": signed, "weight_type": signed, "quant_format": form}
        quantization.quantize_static(ready, after, _Reader(images), **how, per_channel=True)
        made = onnx.load(after)
    used = {node.domain for node in made.graph.node}
    kept = [opset for opset in made.opset_import if opset.domain in used]
    del made.opset_import[:]  # it names domains that only ONNX Runtime knows, and that nothing uses
    made.opset_import.extend(kept)
    return made


class _Reader:
    """Hands ONNX Runtime one image at a time to calibrate on."""

    def __init__(self, images: Tensor):
        self.images = iter(images.numpy())

    def get_next(self) -> dict[str, np.ndarray] | None:
        image = next(self.images, None)
        return None if image is None else {INPUT: image[None]}


def rendered_inputs(card: Mapping, size: tuple[int, int], count: int, split: str) -> Tensor:
    """(N, 3, height, width) from 0 to 1: rendered people as the network sees them.

    Scenes of several people for a network that looks at whole images, people cut out for others.
    """
    if "decode" not in card:
        scenes = rendered(split, count, max(size))
        return torch.cat([crowds.fit_image(scene.image, size).tensor for scene in scenes])
    options = {"count": count, "size": 2 * size[0], "skeleton": card["skeleton"]}
    people = catalog.load(catalog.SYNTHETIC, split, **options)
    crops = CropDataset(cache_crops(people, size[0], progress=False))
    return torch.cat([batch.images for batch in loader(crops, count, shuffle=False)])


# -------------------------------------------------------------------------------- compare
def compare(
    model: nn.Module, network: nn.Module, images: Tensor, precision: str = "float32"
) -> dict[str, float]:
    """The `difference` of each output by name, of all images together and of one alone.

    Raises `InputError` where one is beyond `TOLERANCE`.
    """
    found: dict[str, float] = {}
    for batch in (images, images[:1]):
        with torch.inference_mode():
            expected, got = Exported(model)(batch), network(batch)
        names = getattr(expected, "_fields", [OUTPUT])
        pairs = zip(expected, got) if len(names) > 1 else [(expected, got)]
        for name, (one, other) in zip(names, pairs):
            found[name] = max(found.get(name, 0.0), difference(one, other))
    worst = max(found, key=found.get)
    if not found[worst] <= TOLERANCE[precision]:
        raise InputError(
            f"the exported network does not answer as PyTorch does: {worst} differs by "
            f"{found[worst]:.1e}, and {TOLERANCE[precision]:g} is the most for {precision}. "
            "Nothing was written."
        )
    return found


def difference(expected: Tensor, found: Tensor) -> float:
    """How far one output is from another: the root mean square of both, divided.

    sqrt(mean((found - expected)^2) / mean(expected^2)); infinite where shapes differ, or a value
    is not finite.
    """
    if expected.shape != found.shape or not torch.isfinite(found).all():
        return float("inf")
    scale = expected.double().square().mean().clamp(min=1e-12)
    return float(((found - expected).double().square().mean() / scale).sqrt())
