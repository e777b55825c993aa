"""18 recordings of MediaPipe's 33 landmarks by five people, for action recognition.

They exist on the lab mirror only, and stay there: they are people's own motion.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("mediapipe_recordings", __doc__))
