"""The fast network for several people, and the dense one that it is compared with.

Both are chapter 05's network: `posekit.models.mobile` makes each dense 3 x 3 convolution of it a
depthwise separable block. Scenes, their order, the changes made to them, the loss, the steps, the
learning rate and the seed are the same, and each begins with what its own form learnt from single
people: ``heatmap`` of chapter 03, and ``heatmap_mobile``, which saw the same people as often.
Where bf16 is sooner for dense layers and not for depthwise ones, as on many CPUs, these stay in
float32.

Who chooses and who scores: the best epoch is chosen as for ``crowd``, see `posekit.tasks.crowds`.
Learning rates were chosen by short trainings on 10,000 single people, four epochs each, PCK on val
in %: the separable form reached 45.5 at 0.002, 50.5 at 0.005 and 52.4 at 0.01, the dense one 62.5
at 0.005. Both networks for several people are scored once, on the same rendered scenes of the test
split.
"""

from __future__ import annotations

from dataclasses import replace

from ..models.crowd_nets import SmallCrowdNet
from ..models.mobile import mobile_crowd_net, mobile_heatmap_net
from .crowds import BEST_AP, PLANS, CrowdPlan, Crowds
from .single_person import BEST_PCK, HEATMAP

SINGLE = replace(
    HEATMAP,
    name="heatmap_mobile",
    about="heatmaps, by depthwise separable blocks",
    model=mobile_heatmap_net,
    settings=BEST_PCK | {"lr": 1e-2},
)
MOBILE = Crowds(
    "crowd_mobile",
    "several people, by depthwise separable blocks",
    mobile_crowd_net,
    plans=PLANS | {"full": CrowdPlan(10_000, 48, 12, 192)},
    start="heatmap_mobile",
    settings=BEST_AP | {"lr": 3e-3},
)
DENSE = replace(
    MOBILE,
    name="crowd_mobile_dense",
    about="the same with dense blocks, to be compared with",
    model=SmallCrowdNet,
    start="heatmap",
)

RECIPES = (SINGLE, MOBILE, DENSE)
