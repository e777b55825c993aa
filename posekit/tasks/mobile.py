"""The fast network for several people, and the dense one that it is compared with.

The two recipes differ in nothing but the network: each separable block of `MobileCrowdNet` is one
dense 3 x 3 convolution in the other. Scenes, their order, the changes made to them, the loss, the
steps and the seed are the same, and both start from scratch. Where bf16 is sooner for dense layers
and not for depthwise ones, as on many CPUs, only the dense one is trained in it.

Who chooses and who scores: the best epoch is chosen as for ``crowd``, see `posekit.tasks.crowds`.
The learning rate was chosen by the loss of short trainings (2,000 scenes, two epochs): the higher
it was, of 0.001, 0.002 and 0.004, the faster the separable network learnt; the dense one learnt as
fast at 0.001 as at 0.002. Both are scored once, on the same rendered scenes of the test split.
"""

from __future__ import annotations

from dataclasses import replace

from ..models.mobile import MobileCrowdNet, dense_crowd_net
from .crowds import BEST_AP, PLANS, CrowdPlan, Crowds

MOBILE = Crowds(
    "crowd_mobile",
    "several people, by depthwise separable blocks",
    MobileCrowdNet,
    plans=PLANS | {"full": CrowdPlan(5_000, 48, 12, 192)},
    settings=BEST_AP | {"lr": 3e-3},
)
DENSE = replace(
    MOBILE,
    name="crowd_mobile_dense",
    about="the same with dense blocks, to be compared with",
    model=dense_crowd_net,
)

RECIPES = (MOBILE, DENSE)
