"""COCO keypoints 2017: 17 joints, many people an image, 59,000 images with people.

The official files are about 20 GB. The lab mirror has 60 images.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("coco", __doc__))
