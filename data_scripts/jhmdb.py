"""JHMDB: 928 clips of 21 actions with 15 joints in every frame.

The lab mirror has the skeletons of 14 of the 21 classes: results on them are not comparable
with published ones.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("jhmdb", __doc__))
