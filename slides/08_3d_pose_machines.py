"""The pictures of deck 08: joints on the image, lifted into space, and corrected.

A figure's inch is 100 px on the slide; pictures.py says how much room there is. What trained
networks reach is read from lifting_study.json, or computed while the deck is built.
"""

from __future__ import annotations

from posekit.data.takes import in_units
from posekit.lifting import Correction
from slides import lifting_sketch
from slides.lifting_plots import (  # noqa: F401, pictures of this deck
    errors,
    halves,
    hurts,
    linear_scores,
    measured,
    over_time,
    which_points,
)
from slides.lifting_scenes import (  # noqa: F401
    BODY,
    ROOT,
    costume,
    distances,
    hero,
    live_clip,
    marshaller,
    motivation,
    network,
    throw,
    twins,
    two_poses,
)
from slides.lifting_sketch import cost, field, linear, machine  # noqa: F401


def _corrected(how: Correction):
    """What a correction makes of the throw."""
    model, card = network()
    take = throw().take
    return how.apply(model, in_units(take.points, card["units"], take.size, ROOT), BODY)


def loop():
    """The correction as a diagram; below it what it did to the throw."""
    before = {name: value.clone() for name, value in network()[0].state_dict().items()}
    run = _corrected(Correction(least=0.0))
    after = network()[0].state_dict()
    same = all(bool((before[name] == after[name]).all()) for name in before)
    fell = (run.after < run.before).mean()
    weights = "the same, bit for bit" if same else "changed"
    return lifting_sketch.loop(), (
        f"The throw: reprojection lower in {fell:.0%} of the frames; weights afterwards: {weights}"
    )
