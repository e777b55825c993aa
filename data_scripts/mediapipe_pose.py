"""MediaPipe's BlazePose bundle (full), which `posekit live` and chapter 00 run.

9.4 MB from Google's model store, or from the lab mirror.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("mediapipe_pose", __doc__))
