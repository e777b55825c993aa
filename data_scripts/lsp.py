"""Leeds Sports Pose: 2,000 sports people, 14 joints, about 150 pixels tall.

A flag of 1 means *occluded*. Train 1-800, val 801-1000, test 1001-2000.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("lsp", __doc__))
