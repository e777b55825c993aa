"""Human3.6M: 3.6 million frames with 3D poses, for which one must register.

The lab mirror has 4 frames, their poses, and the 44 cameras.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("h36m", __doc__))
