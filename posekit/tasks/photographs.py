"""One person per photograph, cut out: heatmaps, from a backbone that knows ImageNet.

LSP 1-800, LSP extended 1-5500 and rendered people are learnt from; LSP 801-1000 choose the
epoch and the settings (`tests/benchmarks/levers.py`); LSP 1001-2000 and LSP extended 5501-6000,
another kind of photograph, are scored once. What it all means is said in `single_person`.
"""

from __future__ import annotations

from functools import partial

from ..codecs import heatmaps
from ..data.batches import Augment
from ..models.pyramids import LiteHeatmapNet
from . import IMAGENET
from .single_person import BEST_PCK, maps, plans

SIZE = 192
# Athletes stand on their heads, and the box around a person is not always known.
STRONG = Augment(rotation=45, scale=0.35, shift=0.1, flip=0.5, colour=0.3)

RECIPES = (
    maps(
        "heatmap_photos",
        "a backbone that knows ImageNet, on photographs and rendered people",
        model=partial(LiteHeatmapNet, frozen=3),  # a step takes two thirds of the time
        encode=heatmaps.GaussianHeatmaps((SIZE, SIZE), heatmaps.STRIDE, heatmaps.SIGMA).encode,
        size=SIZE,
        plans=plans(1_000, None, 22),
        augment=STRONG,
        settings=BEST_PCK | {"average": 0.999},
        dataset="lsp+lspet+synthetic",
        start=IMAGENET,
    ),
)
