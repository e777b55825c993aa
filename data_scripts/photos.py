"""Seven photographs from COCO that ship with posekit: nothing to download, checked where they lie.

For looking and trying; no network is trained on them or chosen by them.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("photos", __doc__))
