"""Leeds Sports Pose, extended training set: 10,000 gymnasts and athletes, 14 joints.

A flag of 1 means *labelled* (the opposite use of LSP's), and junk coordinates stand where a
joint is not labelled. The lab mirror has the first 6,000 images.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("lspet", __doc__))
