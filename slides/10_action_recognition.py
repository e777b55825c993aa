"""The pictures of deck 10: what a score on windows is worth, and what helps with strangers.

A figure's inch is 100 px on the slide; pictures.py says how much room there is. What trained
networks reach is read from action_study.json and from the records of the real benchmarks, or
computed with the network ``actions`` while the deck is built.
"""

from __future__ import annotations

from slides.action_plots import (  # noqa: F401, pictures of this deck
    gradients,
    ladder,
    networks,
    one_label,
    one_window,
    rates,
    splits,
    stills,
)
from slides.action_scenes import facing, hero, live_clip, overlap, recording, sixteen  # noqa: F401
from slides.action_scores import alarms, benchmarks, similar  # noqa: F401
