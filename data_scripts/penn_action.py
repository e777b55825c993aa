"""Penn Action: 2,326 clips of 15 actions, 13 joints in every frame.

The official archive is got in a browser; the lab mirror has all labels and no frames.
"""

from posekit.datasets import script

if __name__ == "__main__":
    raise SystemExit(script("penn_action", __doc__))
