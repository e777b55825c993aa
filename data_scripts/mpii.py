"""MPII Human Pose: 25,000 images of everyday activities, 16 joints, several people each.

The official images are 12.9 GB. The official labels are one nested .mat; the widespread
annot/{train,valid}.json is read as well. The lab mirror has 5 images and valid.json.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("mpii", __doc__))
