"""Photographs and videos of people, for demos. They exist on the lab mirror only."""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("people_media", __doc__))
