"""HumanEva-I: 3D poses of 15 joints, for which one must register.

The lab mirror has the poses in metres and their projections into three cameras, as one .npz.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("humaneva", __doc__))
