"""CMU motion capture: skeletons (.asf) and motions (.amc), free for all uses.

The official archive is 1.1 GB; the lab mirror has subjects 01-03.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("cmu_mocap", __doc__))
