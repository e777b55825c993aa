"""One person per image, cut out: recipes of networks that predict coordinates, see `single_person`.

Those named ``..._lspet`` learn from LSP extended alone and are compared with each other: images
1-5000 are learnt from, LSP 801-1000 choose the epoch, LSP extended 5501-6000 are scored once.
"""

from __future__ import annotations

from functools import partial

import torch

from ..models import regression
from ..models.lite_regression import LiteRegressor
from . import IMAGENET
from .single_person import GENTLE, PLANS, SinglePerson, coordinate_loss, plans

FUSED = partial(torch.optim.AdamW, fused=True)  # all weights in one go: a step takes 7 % less
# Gradients of squared pixels are large: only odd ones are cut.
CUT = {"monitor": "mse", "grad_clip": 1000.0}

coordinates = partial(SinglePerson, loss=coordinate_loss, plans=PLANS, settings=CUT)
photographs = partial(
    coordinates, size=96, plans=plans(None, None, 30), augment=GENTLE, dataset="lspet"
)

RECIPES = (
    coordinates("cnn", "a plain network predicts coordinates", regression.cnn),
    coordinates("small_resnet", "a small ResNet predicts coordinates", regression.small_resnet),
    coordinates("resnet18", "ResNet-18 predicts coordinates", partial(regression.resnet, depth=18)),
    coordinates(
        "resnet50",
        "ResNet-50 predicts coordinates",
        partial(regression.resnet, depth=50),
        settings=CUT | {"optimizer": FUSED},
    ),
    photographs(
        "cnn_lspet",
        "the plain network, four times as large, from scratch",
        partial(regression.cnn, width=64, dropout=0.3),
        settings=CUT | {"lr": 5e-4},
    ),
    photographs(
        "lite_lspet",
        "a backbone that knows ImageNet predicts coordinates",
        LiteRegressor,
        start=IMAGENET,
    ),
    photographs(
        "lite_scratch_lspet",
        "the same backbone, from scratch",
        LiteRegressor,
        settings=CUT | {"lr": 5e-4},
    ),
)
